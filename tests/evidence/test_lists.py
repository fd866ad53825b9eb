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
