"""Every record of a kind: complete, of current editions, and only where all of a kind are asked for."""

import pytest

from fmqa.assistant import Assistant
from fmqa.evidence.lists import listed
from fmqa.types import Direction, StatementKind
from questions import Ask


@pytest.mark.parametrize(
    "question",
    [
        "Which treatments have level Ia in EULAR 2017?",
        "list everything that EULAR 2017 gives level Ia",
        "What treatments get level Ia from EULAR?",
    ],
)
def test_all_of_a_level_are_told_and_nothing_else(question: str, ask: Ask, assistant: Assistant) -> None:
    (given,) = ask(question, max_words=1000)
    expected = {
        entry.id
        for entry in assistant.library.catalogue.by_document["eular-2017"]
        if entry.statement.kind is StatementKind.RECOMMENDATION
        and [(grade.level, grade.direction) for grade in entry.statement.grades] == [("Ia", Direction.FOR)]
    }
    assert len(expected) > 5
    assert {statement.id for statement in (*given.statements, *given.more)} == expected


def test_what_is_not_of_a_level_is_the_rest_of_what_is_recommended(ask: Ask) -> None:
    (given,) = ask("which of the drugs recommended by EULAR 2017 isn't Ia")
    assert "eular-2017#tramadol" in {statement.id for statement in given.statements}
    assert all(shown.grade.level != "Ia" for statement in given.statements for shown in statement.grades)


def test_the_strongest_advice_of_a_body_is_for_or_against_as_asked(ask: Ask, assistant: Assistant) -> None:
    (strongest,) = ask("What is the strongest recommendation in EULAR 2017?")
    assert [statement.id for statement in strongest.statements] == ["eular-2017#exercise"]
    assert assistant.library.catalogue.by_id["eular-2017#exercise"].statement.grades[0].direction is Direction.FOR


@pytest.mark.parametrize(
    "question",
    [
        "What is level Ia?",
        "Is exercise level Ia in EULAR 2017?",
        "list all treatments with a strong recommendation",
        "What level does EULAR 2017 give exercise?",
        "Which drugs does EULAR 2017 recommend?",
    ],
)
def test_a_question_of_another_sort_gets_no_list(question: str, ask: Ask, assistant: Assistant) -> None:
    (given,) = ask(question)
    turn = assistant.conversations.turns(given.conversation_id)[-1]
    assert turn.query is not None
    assert listed(turn.query, assistant.library.catalogue) == () or turn.query.interventions


def test_the_main_points_of_a_guideline_open_with_what_it_advises_in_all(assistant: Assistant) -> None:
    for message in ("what are the key points", "summarise this guideline"):
        given = assistant.ask(message, document="eular-2017")
        assert given.statements[0].id == "eular-2017#recommended"
        assert all(source.document_id == "eular-2017" for source in given.sources)
        assert "eular-2017#exercise" in {statement.id for statement in (*given.statements, *given.more)}


def test_an_article_is_summed_up_by_its_bottom_line_and_the_opening_of_each_section(assistant: Assistant) -> None:
    given = assistant.ask("summarise the article")
    assert given.statements[0].id == "naltrexone-first-line-fibromyalgia#not-first-line"
    titration = assistant.ask("what is reference 1")
    assert "reference 1 is not one source" in titration.text
    assert titration.text.startswith("Reference 1 of Naltrexone article")


def test_every_recommendation_that_says_so_has_its_direction(assistant: Assistant) -> None:
    """These verbs are plain; a condition or another verb leaves the direction unknown."""
    guidelines = ("canadian-2012", "german-s3-2017", "israeli-2013")
    plain = {"recommends ": Direction.FOR, "discourages ": Direction.AGAINST, "advises against ": Direction.AGAINST}
    checked = 0
    for entry in (entry for name in guidelines for entry in assistant.library.catalogue.by_document[name]):
        said = [direction for verb, direction in plain.items() if verb in entry.text]
        told = {grade.direction for grade in entry.statement.grades}
        conditional = any(word in entry.text for word in (" if ", "recommends no ", "only ", ";"))
        if (
            entry.statement.kind is StatementKind.RECOMMENDATION
            and entry.statement.interventions
            and said
            and not conditional
        ):
            assert told == set(said), entry.id
            checked += 1
    assert checked >= 19
