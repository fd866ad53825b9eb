"""What is held out of fitting, and ranks that can be counted by hand."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fmqa.tuning.held_out import SHARE, Trial, counts
from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray, question_key

AXES = "abcdefghij"


def made(name: str, text: str, questions: Sequence[str]) -> PackStatement:
    return PackStatement(name, "d", "Title", frozenset(), text, text, None, tuple(questions))


def by_letter(texts: Sequence[str]) -> FloatArray:
    """Return unit vectors of how often each text has each letter."""
    rows = np.array([[text.count(axis) for axis in AXES] for text in texts], dtype=np.float32)
    found: FloatArray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return found


def trial_of(questions: Sequence[Sequence[str]], texts: Sequence[str] = AXES) -> Trial:
    """Return a trial of a statement for each letter; it is the first by hash whose questions are asked."""
    return Trial(
        [made(axis, text, asked) for axis, text, asked in zip(AXES, texts, questions, strict=False)], by_letter
    )


@given(st.lists(st.lists(st.sampled_from(["a?", "b", "c", "d", "e", "B!"]), max_size=3), min_size=5, max_size=10))
def test_no_question_that_is_asked_is_fitted_on(questions: list[list[str]]) -> None:
    having = [asked for asked in questions if asked]
    if len(having) < SHARE:
        return
    trial = trial_of(questions)
    asked = {question_key(question) for _, question in trial.asked}
    assert not asked & {question_key(q) for statement in trial.fitted_on for q in statement.questions}
    assert not {at for at, _ in trial.asked} & {AXES.index(statement.id) for statement in trial.fitted_on}
    found = counts(trial)
    assert (found.statements, found.held_out_statements) == (len(having), len(having) // SHARE)
    assert found.questions == sum(map(len, having))


def test_a_statement_counts_by_its_text_and_its_nearest_other_question() -> None:
    held = trial_of([[axis] for axis in AXES[:5]]).asked[0][1]
    rivals = [axis for axis in AXES[:5] if axis != held]
    # The text of the statement itself says another letter, two rivals are near by a question, and one by its text.
    texts = ["j" if axis == held else held + rivals[0] if axis == rivals[0] else axis for axis in AXES[:5]]
    questions = [[held] if axis == held else [held + axis if axis in rivals[1:3] else axis] for axis in AXES[:5]]
    assert trial_of(questions, texts).ranks(by_letter).tolist() == [4]
    questions[AXES.index(held)] = [held, held * 2 + "j"]
    ranks = trial_of(questions, texts).ranks(by_letter).tolist()
    assert ranks[0] == 0, "its other question brings the statement before every rival"


def test_statements_that_say_nearly_the_same_all_count_as_right() -> None:
    held = trial_of([[axis] for axis in AXES[:5]]).asked[0][1]
    twin = "a" if held != "a" else "b"
    texts = ["j" if axis in {held, twin} else axis for axis in AXES[:5]]
    questions = [["j"] if axis == held else ["i"] if axis == twin else [axis] for axis in AXES[:5]]
    found = trial_of(questions, texts).figures(by_letter)
    assert (found.first.value, found.first.n) == (1.0, 1)
