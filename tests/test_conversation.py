"""Follow-up questions are read as standalone ones, over the shipped vocabulary and documents."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fmqa import corpus
from fmqa.conversation import Names, resolve
from fmqa.types import Intent, Query, Status, Turn
from fmqa.vocabulary import Matcher

CORPUS = Path(__file__).parents[1] / "corpus"
START = "naltrexone-first-line-fibromyalgia"

Ask = Callable[..., list[Query]]


@pytest.fixture(scope="module")
def ask() -> Ask:
    loaded = corpus.load(CORPUS)
    matcher = Matcher(loaded.vocabulary)
    names = Names([document.metadata for document in loaded.documents])
    start = next(document.metadata for document in loaded.documents if document.id == START)

    def run(*questions: str) -> list[Query]:
        turns: list[Turn] = []
        for number, question in enumerate(questions):
            query = resolve(question, turns, matcher, names, start)
            status = Status.NEEDS_CLARIFICATION if query.choices else Status.ANSWERED
            turns.append(Turn(id=str(number), question=question, query=query, status=status))
        return [turn.query for turn in turns if turn.query]

    return run


def last(queries: Sequence[Query]) -> Query:
    return queries[-1]


def test_a_first_question_with_a_pronoun_is_about_the_article(ask: Ask) -> None:
    query = last(ask("Is it safe with tramadol?"))
    assert set(query.interventions) == {"low-dose-naltrexone", "tramadol"}
    assert query.intents[0] is Intent.INTERACTION


def test_and_x_takes_intent_and_guideline_from_the_last_turn(ask: Ask) -> None:
    query = last(ask("What evidence level does EULAR give exercise?", "and CBT?"))
    assert query.interventions == ("cbt",)
    assert query.intents[0] is Intent.GUIDELINE_POSITION
    assert query.organisations == ("EULAR",)
    assert query.text == "What evidence level does EULAR give cognitive behavioural therapy?"


def test_a_complete_question_is_a_topic_switch(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "What is the label dose of pregabalin?"))
    assert query.interventions == ("pregabalin",)


def test_a_pronoun_takes_the_intervention(ask: Ask) -> None:
    query = last(ask("Does LDN beat placebo?", "Did it at least help the brain fog?"))
    assert query.interventions == ("low-dose-naltrexone",)
    assert query.outcomes == ("cognition",)
    assert "low-dose naltrexone" in query.text


def test_a_new_population_keeps_the_intervention(ask: Ask) -> None:
    query = last(ask("What is the dose of duloxetine?", "What about in pregnancy?"))
    assert query.interventions == ("duloxetine",)
    assert query.populations == ("pregnancy",)


def test_in_it_stands_for_the_guideline(ask: Ask) -> None:
    query = last(ask("What does EULAR say about exercise?", "Is fluoxetine still in it?"))
    assert query.interventions == ("fluoxetine",)
    assert query.organisations == ("EULAR",)


def test_a_year_alone_keeps_the_publisher(ask: Ask) -> None:
    query = last(ask("What does EULAR say about exercise?", "What did they find in 2008?"))
    assert query.documents == ("eular-2008",)


def test_how_long_off_it_is_about_what_must_be_stopped(ask: Ask) -> None:
    query = last(ask("I take tramadol. Could I add LDN?", "How long would I have to be off it?"))
    assert query.text == "How long would I have to be off tramadol before low-dose naltrexone?"
    assert "washout" in query.outcomes


def test_what_a_person_takes_is_kept_for_safety_checks(ask: Ask) -> None:
    query = last(ask("I take tramadol every day.", "What dose of LDN did the trials use?"))
    assert "tramadol" in query.taking


def test_an_unclear_pronoun_is_asked_back(ask: Ask) -> None:
    query = last(ask("Compare duloxetine with milnacipran", "What is its dose?"))
    assert query.choices == ("What is duloxetine's dose?", "What is milnacipran's dose?")


def test_the_choice_answers_the_question_asked_back(ask: Ask) -> None:
    query = last(ask("Compare duloxetine with milnacipran", "What is its dose?", "milnacipran"))
    assert query.interventions == ("milnacipran",)
    assert query.intents[0] is Intent.DOSE
    assert not query.choices


def test_a_question_on_treatment_at_large_is_about_no_drug(ask: Ask) -> None:
    query = last(ask("Does LDN help?", "And which of all these cures it?"))
    assert query.interventions == ()


def test_a_question_about_an_unknown_thing_does_not_become_one_about_the_last_drug() -> None:
    loaded = corpus.load(CORPUS)
    matcher = Matcher(loaded.vocabulary)
    names = Names([document.metadata for document in loaded.documents])
    start = next(document.metadata for document in loaded.documents if document.id == START)
    query = resolve(
        "How much zzyzxol should people take?", (), matcher, names, start, known=lambda word: word != "zzyzxol"
    )
    assert "low-dose-naltrexone" not in query.interventions


def test_another_disease_is_not_turned_into_fibromyalgia(ask: Ask) -> None:
    query = last(ask("What gabapentin dose do you use in trigeminal neuralgia?"))
    assert query.conditions == ("trigeminal-neuralgia",)
