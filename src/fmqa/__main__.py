"""Run the command line: ``python -m fmqa``."""

from fmqa.cli.main import main

main()
