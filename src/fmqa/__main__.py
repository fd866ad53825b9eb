"""Run the command line: ``python -m fmqa``."""

import sys

from fmqa.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
