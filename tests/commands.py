"""How tests give a command, and the question that they ask."""

import pytest

from fmqa.cli.main import main

QUESTION = "What evidence level does EULAR give exercise?"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err
