"""Feedback: stored without the question, gone with its conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from fmqa.cli.main import main
from fmqa.errors import NotFound
from fmqa.store import feedback
from fmqa.store.conversations import Conversations
from fmqa.store.feedback import FeedbackKind
from samples import GENERATION, SampleAssistant

QUESTION = "Zebrafish-7391 and exercise?"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[SampleAssistant]:
    opened = SampleAssistant(Conversations(f"sqlite:///{tmp_path / 'fmqa.db'}"))
    yield opened
    opened.close()


def test_it_holds_what_the_answer_said_and_no_word_of_the_question(assistant: SampleAssistant) -> None:
    answer = assistant.ask(QUESTION)
    feedback.add(assistant.conversations, answer.question_id, FeedbackKind.WRONG, "  The level is of 2008. ")
    (given,) = feedback.every(assistant.conversations)
    assert (given.kind, given.comment, given.generation) == ("wrong", "The level is of 2008.", GENERATION)
    assert given.statement_ids == ("eular-2017#exercise",)
    assert "Zebrafish" not in given.model_dump_json()


def test_it_comes_in_the_order_it_was_given(assistant: SampleAssistant) -> None:
    answer = assistant.ask(QUESTION)
    for kind in FeedbackKind:
        feedback.add(assistant.conversations, answer.question_id, kind, "")
    assert [given.kind for given in feedback.every(assistant.conversations)] == list(FeedbackKind)


def test_an_unknown_answer_and_a_long_comment_are_refused(assistant: SampleAssistant) -> None:
    with pytest.raises(NotFound):
        feedback.add(assistant.conversations, "nothing", FeedbackKind.HELPFUL, "")
    answer = assistant.ask(QUESTION)
    with pytest.raises(ValidationError):
        feedback.add(assistant.conversations, answer.question_id, FeedbackKind.HELPFUL, "x" * 2001)
    assert list(feedback.every(assistant.conversations)) == []


def test_it_goes_with_a_conversation_that_is_deleted(assistant: SampleAssistant) -> None:
    answer = assistant.ask(QUESTION)
    feedback.add(assistant.conversations, answer.question_id, FeedbackKind.MISSING, "CBT")
    assistant.conversations.delete(answer.conversation_id)
    assert list(feedback.every(assistant.conversations)) == []


def test_the_command_line_lists_and_exports_it(
    assistant: SampleAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = assistant.ask(QUESTION)
    feedback.add(assistant.conversations, answer.question_id, FeedbackKind.WRONG, "two\nlines")
    monkeypatch.setenv("FMQA_DATABASE", f"sqlite:///{tmp_path / 'fmqa.db'}")
    assert main(["feedback", "list"]) == 0
    listed = capsys.readouterr()
    assert f"wrong\t{answer.question_id}\ttwo lines" in listed.out
    assert main(["feedback", "export", str(tmp_path / "out.jsonl")]) == 0
    (line,) = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert feedback.DatedFeedback.model_validate_json(line).comment == "two\nlines"
    assert "Zebrafish" not in listed.out + line
    assert main(["feedback", "export", str(tmp_path / "nowhere" / "out.jsonl")]) == 69
