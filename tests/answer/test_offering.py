"""What is offered next leads on: answered, about what is spoken of, and not what was asked already."""

import pytest

from fmqa.answer.offering import offered
from fmqa.assistant import Assistant
from fmqa.corpus.vocabulary import Matcher
from fmqa.evidence.library import Library
from fmqa.settings import Settings
from fmqa.types import Intent, Material, Query, Status, Turn

EFFECT = "What is the effect of duloxetine?"
HARMS = "What are the side effects of duloxetine?"
DOSE = "What dose of duloxetine is described?"
MIXED = "Which medicines interact with duloxetine?"
OTHERS = "What are the side effects of exercise?"
AT_LARGE = "How is fibromyalgia diagnosed?"


@pytest.fixture
def library(small: Settings) -> Library:
    opened = Assistant.open(small)
    made = opened.library
    opened.close()
    vocabulary = made.opened.vocabulary
    pack = vocabulary.pack.model_copy(update={"subject": ("fibromyalgia",)})
    return made._replace(
        matcher=Matcher(vocabulary.model_copy(update={"pack": pack})),
        suggestions={"duloxetine": (EFFECT, HARMS, DOSE, MIXED), "exercise": (OTHERS,), "fibromyalgia": (AT_LARGE,)},
        start=None,
    )


def _material(text: str, *about: str, intent: Intent = Intent.GENERAL) -> Material:
    return Material(Status.ANSWERED, Query(text=text, intents=(intent,), interventions=about), documents={})


def _turn(text: str, *about: str, intent: Intent) -> Turn:
    query = Query(text=text, intents=(intent,), interventions=about)
    return Turn(id=text, question=text, query=query, status=Status.ANSWERED)


def test_what_follows_on_what_was_asked_comes_first_and_that_itself_never(library: Library) -> None:
    asked = _material("how much of it?", "duloxetine", intent=Intent.DOSE)
    assert offered(asked, (), library) == (MIXED, EFFECT, HARMS, AT_LARGE)


def test_what_was_asked_before_in_other_words_is_not_offered_again(library: Library) -> None:
    turns = (_turn("is it any good", "duloxetine", intent=Intent.EFFICACY),)
    asked = _material("and its harms", "duloxetine", intent=Intent.SAFETY)
    assert offered(asked, turns, library)[:2] == (DOSE, MIXED)
    assert EFFECT not in offered(asked, turns, library)


def test_two_treatments_take_turns_and_without_one_the_subject_is_left(library: Library) -> None:
    assert offered(_material("x or y", "duloxetine", "exercise"), (), library)[:2] == (EFFECT, OTHERS)
    assert offered(_material("what is it"), (), library) == (AT_LARGE,)


def test_after_thanks_what_was_spoken_of_goes_on(library: Library) -> None:
    turns = (_turn("the dose", "duloxetine", intent=Intent.DOSE),)
    assert offered(_material("thanks"), turns, library)[:2] == (MIXED, EFFECT)
