"""Names that the world knows and the sources do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question.outside import named_like_medicines, unheard_of


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


SLOTS = {
    "What is the dose of zorbitol in fibromyalgia?": ("zorbitol",),
    "Can I take zorbitol with tramadol?": ("zorbitol",),
    "Is zorbitol safe in pregnancy?": ("zorbitol",),
    "Does Zorbitol help?": ("zorbitol",),
    "What grade does EULAR give zorbitol?": ("zorbitol",),
    "My neighbour zorbitol came by.": (),  # no treatment stands there
}


@pytest.mark.parametrize("question", SLOTS)
def test_an_invented_name_in_the_place_of_a_treatment_is_one(question: str) -> None:
    assert named_like_medicines(question, lambda word: word == "zorbitol") == SLOTS[question]


@given(st.text(max_size=60))
def test_no_word_that_is_known_is_a_strange_name(text: str) -> None:
    assert named_like_medicines(text, nothing) == ()
