"""Tests of fmqa.text.spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.text.spelling import Speller, normal, one_typo_apart, plain_marks, words

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("oedema", "edema"),
        ("diarrhoea", "diarrhea"),
        ("behavioural", "behavioral"),
        ("anaesthesia", "anesthesia"),
        ("generalised", "generalized"),
        ("programme", "program"),
        ("centre", "center"),
        ("labelled", "labeled"),
        ("therapies", "therapy"),
        ("Patient’s", "patients"),
        ("café", "cafe"),
    ],
)
def test_spellings_of_one_word_agree(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"), [("four", "for"), ("swelling", "sweling"), ("raised", "raized"), ("diagnosis", "diagnosi")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@given(st.text(max_size=60))
def test_plain_marks_move_no_character(text: str) -> None:
    assert len(plain_marks(text)) == len(text)


@given(st.text(max_size=60))
def test_words_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    end = 0
    for match in words(text):
        assert match.start() >= end
        assert text[match.start() : match.end()] == match.group()
        end = match.end()


@given(WORD, st.data())
def test_one_letter_left_out_is_one_typo(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    shorter = word[:at] + word[at + 1 :]
    assert one_typo_apart(word, shorter)
    assert one_typo_apart(shorter, word)


@given(WORD, WORD)
def test_typos_are_symmetric_and_no_word_is_its_own(one: str, other: str) -> None:
    assert one_typo_apart(one, other) == one_typo_apart(other, one)
    assert not one_typo_apart(one, one)


@given(st.lists(WORD, max_size=8), WORD)
def test_a_correction_is_a_known_word_and_is_not_corrected_again(known: list[str], word: str) -> None:
    speller = Speller(known)
    found = speller.correct(word)
    assert found == word or found in known
    assert speller.correct(found) == found


def test_a_word_between_two_known_ones_is_left_alone() -> None:
    assert Speller(["prednisona", "prednisonb"]).correct("prednisonc") == "prednisonc"


def test_an_ordinary_word_is_no_typo() -> None:
    assert Speller(["meditation"], never=["medication"]).correct("medication") == "medication"
    assert Speller(["meditation"]).correct("medication") == "meditation"
