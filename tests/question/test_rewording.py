"""A follow-up is put into words that stand alone."""

from pathlib import Path

import pytest

from fmqa.corpus import loading
from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher
from fmqa.question import rewording
from fmqa.question.rewording import Fragment

CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.fixture(scope="module")
def read() -> tuple[Matcher, Names]:
    loaded = loading.load(CORPUS)
    return Matcher(loaded.vocabulary), Names(
        [document.metadata for document in loaded.documents], loaded.vocabulary.pack.bodies
    )


def fragment(text: str, read: tuple[Matcher, Names]) -> Fragment:
    matcher, names = read
    return Fragment(text, matcher.mentions(text), names.in_text(text).spans)


@pytest.mark.parametrize("text", ["and CBT?", "NICE?", "the tiredness", "and the Israeli one?"])
def test_a_bare_subject_has_no_other_content(text: str, read: tuple[Matcher, Names]) -> None:
    assert rewording.names_only_a_subject(fragment(text, read))


@pytest.mark.parametrize("text", ["pregabalin with a low ceiling", "a raised CRP?", "duration?", ""])
def test_other_content_is_no_bare_subject(text: str, read: tuple[Matcher, Names]) -> None:
    assert not rewording.names_only_a_subject(fragment(text, read))


@pytest.mark.parametrize(
    ("text", "title", "last", "found"),
    [
        (
            "CBT",
            None,
            "What does EULAR say about exercise?",
            "What does EULAR say about cognitive behavioural therapy?",
        ),
        ("NICE", "NICE NG193", "EULAR vs AAPT on yoga?", "NICE NG193 on yoga?"),
        ("the tiredness", None, "does yoga reduce the pain?", "does yoga reduce the fatigue?"),
        ("the FIQR", None, "FIQ MCID?", "the FIQR MCID?"[4:]),
        ("brain fog", None, "did it have side effects?", None),
        ("NICE", None, "does yoga help?", None),
    ],
)
def test_a_new_subject_takes_the_place_of_its_kind(
    text: str, title: str | None, last: str, found: str | None, read: tuple[Matcher, Names]
) -> None:
    assert rewording.substituted(fragment(text, read), last, title, *read) == found


def test_a_narrowing_fragment_goes_to_the_end_or_takes_the_place_of_another(read: tuple[Matcher, Names]) -> None:
    narrowed = rewording.narrowed("In pregnancy", "What is the dose of duloxetine?", read[0])
    assert narrowed == "What is the dose of duloxetine in pregnancy?"
    assert rewording.narrowed("in men", narrowed, read[0]) == "What is the dose of duloxetine in men?"


def test_a_possessive_pronoun_stays_one() -> None:
    assert rewording.replaced("What is its dose?", (8, 11), "duloxetine") == "What is duloxetine's dose?"


def test_the_topic_is_put_before_a_question_once() -> None:
    assert rewording.with_topic(["yoga"], "and is it safe?") == "Yoga: is it safe?"
    assert rewording.with_topic(["yoga", "yoga"], "Yoga, safe?") == "Yoga, safe?"
