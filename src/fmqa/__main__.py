"""Run the command line: ``python -m fmqa``."""

import sys

from fmqa.cli.main import main

sys.exit(main())
