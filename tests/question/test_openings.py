"""Words that only open a message are left out of what is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question.openings import two_questions, without_opening


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("ok thanks!! and does it help the pain?", "and does it help the pain?"),
        ("hmm, the summary says otherwise", "the summary says otherwise"),
        ("good morning, what dose?", "what dose?"),
        ("so why would she offer it", "so why would she offer it"),
        ("well-being on LDN?", "well-being on LDN?"),
        ("no, I meant the other one", "no, I meant the other one"),
        ("thanks!", "thanks!"),
    ],
)
def test_an_opening_is_left_out(message: str, asked: str) -> None:
    assert without_opening(message) == asked


@given(st.text(max_size=120))
def test_what_is_left_is_the_end_of_the_message(message: str) -> None:
    left = without_opening(message)
    assert message.endswith(left)
    assert bool(left) == bool(message)


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("What does it cost, and is it safe?", ("What does it cost", "is it safe?")),
        ("does exercise help and how much of it?", ("does exercise help", "how much of it?")),
        ("I hurt all over, is exercise going to help?", None),
        ("Is LDN safe and effective?", None),
        ("what is LDN, is it safe, how much do I take?", None),
    ],
)
def test_two_questions_in_one_are_told_apart(message: str, parts: tuple[str, str] | None) -> None:
    assert two_questions(message) == parts
