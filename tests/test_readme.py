"""README's example is what ``fmqa ask --short`` prints in a terminal of a hundred columns, to the letter."""

import io
import re
from pathlib import Path

import pytest

from fmqa.assistant import Assistant
from fmqa.cli.asking import FOLLOW_UP
from fmqa.cli.environment import EXAMPLE
from fmqa.cli.terminal import Terminal

README = Path(__file__).parent.parent / "README.md"


def printed(assistant: Assistant) -> str:
    """Return what the command prints, without colours and what only fills a line."""
    out = io.StringIO()
    terminal = Terminal(out)
    terminal.answer(assistant.ask(EXAMPLE), short=True)
    terminal.say(FOLLOW_UP)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    return "\n".join(line.rstrip() for line in shown.strip("\n").splitlines())


def test_the_example_is_what_the_command_prints(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("COLUMNS", "100"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    block = f"```text\n$ fmqa ask --short {EXAMPLE}\n\n{printed(assistant)}\n```\n"
    assert block in README.read_text("utf-8"), f"put this into README.md:\n{block}"
