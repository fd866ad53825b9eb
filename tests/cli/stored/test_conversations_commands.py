"""The commands for stored conversations."""

import json
from pathlib import Path

import pytest

from commands import QUESTION, run
from samples import SENTENCE


@pytest.fixture
def asked(sample_assistant: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """One conversation is stored; its id."""
    monkeypatch.setenv("FMQA_DATABASE", f"sqlite:///{sample_assistant}")
    return str(json.loads(run(capsys, "ask", "--json", QUESTION)[1])["conversation_id"])


def test_they_are_listed_without_a_word_of_a_question(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "conversations", "list")
    assert (code, asked in out, "EULAR" in out) == (0, True, False)
    (listed,) = json.loads(run(capsys, "conversations", "list", "--json")[1])
    assert (listed["id"], listed["turns"]) == (asked, 1)


def test_one_is_shown_as_it_was_answered(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "conversations", "show", asked)
    assert (code, f"? {QUESTION}" in out, SENTENCE in out) == (0, True, True)
    (stored,) = json.loads(run(capsys, "conversations", "show", asked, "--json")[1])
    assert (stored["question"], stored["answer"]["conversation_id"]) == (QUESTION, asked)
    assert run(capsys, "conversations", "show", "no-such")[0] == 66


def test_those_that_are_deleted_are_gone_and_others_are_said_to_be_unknown(
    asked: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "conversations", "delete", "no-such", asked)
    assert (code, "1 deleted" in err, "no-such" in err) == (66, True, False)
    assert json.loads(run(capsys, "conversations", "list", "--json")[1]) == []
