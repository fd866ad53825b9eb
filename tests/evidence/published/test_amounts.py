"""An amount asked about is told apart from others of its kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.evidence.published.amounts import fitting
from fmqa.question.asking import asks


@pytest.mark.parametrize(
    ("question", "texts", "stay"),
    [
        ("a cyst of 4 cm", ["< 5 cm: rest", "5–10 cm: puncture", "> 10 cm: surgery"], [True, False, False]),
        ("a cyst of 7 cm", ["< 5 cm: rest", "5–10 cm: puncture", "> 10 cm: surgery"], [False, True, False]),
        ("with 5 mg of it", ["safe with 0.4 mg", "not with 5 mg or more"], [False, True]),
        ("after 2 years", ["adults over 18 years", "it fell by 3 points"], [True, True]),  # nor is one held
        ("of 3 cm", ["of 4 cm", "of 6 cm"], [True, True]),  # nothing holds it: all stay
        ("a stone of 3 mm", ["> 9 mm: refer", "drink water"], [False, True]),  # a bound leaves it out
        ("how long", ["for 5 days", "for 9 days"], [True, True]),
    ],
)
def test_what_holds_the_amount_keeps_others_out(question: str, texts: list[str], stay: list[bool]) -> None:
    assert fitting(texts, asks(question, own_regimen=False).amounts) == stay


@given(st.integers(1, 400), st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_what_names_the_very_amount_always_stays(asked: int, others: list[int]) -> None:
    texts = [f"It is {asked} mg.", *(f"It is {other} mg." for other in others)]
    stays = fitting(texts, asks(f"What of {asked} mg?", own_regimen=False).amounts)
    assert stays == [text == texts[0] for text in texts]
