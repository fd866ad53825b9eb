"""Names that the world knows and the sources do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question.outside import unheard_of


def nothing(_word: str) -> bool:
    return False


@pytest.mark.parametrize("name", ["zoledronate", "dupilumab", "psoriasis", "malaria"])
def test_a_medicine_or_disease_that_no_source_has_is_unheard_of(name: str) -> None:
    assert unheard_of(("help", name), nothing) == (name,)
    assert unheard_of((name,), lambda _word: True) == ()


@pytest.mark.parametrize(
    "word", ["morning", "water", "orange", "balance", "monitor", "burns", "disease", "kicks", "guide"]
)
def test_ordinary_words_are_no_subject(word: str) -> None:
    assert unheard_of((word,), nothing) == ()


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_words_can_be_asked_for(words: list[str]) -> None:
    assert set(unheard_of(words, nothing)) <= set(words)
