"""Questions that the reader learns to answer with no."""

from pathlib import Path

from training.unanswered import unanswered

from fmqa.types import question_key
from questions import judged


def test_no_question_that_is_judged_is_trained_on() -> None:
    assert len(unanswered()) > 100
    assert [question for question in unanswered() if question_key(question) in judged()] == []


def test_a_file_that_is_missing_holds_no_questions(tmp_path: Path) -> None:
    assert unanswered(tmp_path / "none") == ()
