"""Wording: harmless variants of a sentence are no difference, and everything else is one, at its place."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fmqa.text import wording
from fmqa.text.wording import begins_with, differences, tokens

WORDS = st.sampled_from(
    ["naltrexone", "pain", "women", "oedema", "randomised", "not", "must", "may", "fibromyalgia", "placebo", "Sjögren"]
)
AMOUNTS = st.sampled_from(["500 mg", "4.5 mg", "7-10 days", "≥7", "12 weeks", "2228 people", "-0.34 points", "30%"])
SENTENCES = st.lists(st.one_of(WORDS, AMOUNTS), min_size=2, max_size=12).map(" ".join)


def named(text: str) -> tuple[tuple[str, int, int], ...]:
    """Find one concept under two names."""
    return tuple(("ldn", m.start(), m.end()) for m in re.finditer(r"\b(?:LDN|low-dose naltrexone)\b", text))


@given(SENTENCES)
def test_a_sentence_does_not_differ_from_itself_in_any_form(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert differences(unicodedata.normalize(form, text), text) == ()
    for variant in (text.upper(), text.replace(" ", " \u00a0"), text.replace("-", "−"), f"  {text}\n"):
        assert differences(variant, text) == ()


@given(SENTENCES, SENTENCES)
def test_difference_goes_both_ways(one: str, other: str) -> None:
    assert bool(differences(one, other)) == bool(differences(other, one))


@given(SENTENCES, st.data())
def test_a_word_left_out_is_a_difference_around_its_place(text: str, data: st.DataObject) -> None:
    words = text.split()
    at = data.draw(st.integers(0, len(words) - 1))
    shorter = " ".join(words[:at] + words[at + 1 :])
    found = differences(shorter, text)
    assert found
    assert all(0 <= start <= end <= len(shorter) for start, end in found)


@given(SENTENCES, st.data())
def test_a_word_put_in_is_flagged_itself(text: str, data: st.DataObject) -> None:
    words = text.split()
    at = data.draw(st.integers(0, len(words)))
    longer = " ".join([*words[:at], "zebra", *words[at:]])
    place = longer.index("zebra")
    assert any(start < place + 5 and place < end for start, end in differences(longer, text))


@given(SENTENCES)
def test_tokens_are_in_reading_order_and_do_not_overlap(text: str) -> None:
    found = tokens(text)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(text[token.start : token.end].strip() for token in found)


@given(SENTENCES, SENTENCES)
def test_a_text_begins_with_its_opening(opening: str, rest: str) -> None:
    assume(not re.search(r"\d$", opening))
    assert begins_with(f"{opening} {rest}", opening)
    assert begins_with(f"{opening.upper()}  {rest}", opening)
    assert not begins_with(f"zebra {opening}", opening)


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ("Take 0.5 g.", "Take 500 mg."),
        ("Take 4500 µg.", "Take 4.5 mg."),
        ("Take 4500 \u03bcg.", "Take 4500 \u00b5g."),
        ("In 2,228 women.", "In 2228 women."),
        ("A randomized trial of edema.", "A randomised trial of oedema."),
        ("take it at least  7\u2009 days", "Take it at least 7 days."),
        ("WPI >= 7", "WPI ≥7"),
        ("LDN reduced pain.", "Low-dose naltrexone reduced pain.".replace("Low", "low")),
    ],
)
def test_harmless_variants_are_the_same(text: str, original: str) -> None:
    assert differences(text, original, named) == ()
    assert differences(original, text, named) == ()


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ("Take 5 g.", "Take 500 mg."),
        ("Take 4.5 µg.", "Take 4.5 mg."),
        ("Wait 10-7 days.", "Wait 7-10 days."),
        ("WPI >7", "WPI ≥7"),
        ("naltrexone reduced pain.", "low-dose naltrexone reduced pain."),
        ("a 10² rise", "a 102 rise"),
        ("pain fell by 0.3", "pain fell by -0.3"),
    ],
)
def test_other_meanings_differ(text: str, original: str) -> None:
    assert differences(text, original, named)
    assert differences(original, text, named)


def test_without_a_vocabulary_names_are_compared_letter_by_letter() -> None:
    assert differences("LDN reduced pain.", "low-dose naltrexone reduced pain.")
    assert wording.no_names("LDN") == ()
