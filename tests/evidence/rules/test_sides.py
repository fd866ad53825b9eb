"""Sides: where sources differ, each is heard; what they say is told in their words."""

from fmqa.assistant import Assistant
from questions import Ask


def test_the_opposite_result_is_told_beside_the_first(ask: Ask) -> None:
    answer = ask("Tonmya: how consistent is the phase 3 evidence?", max_words=250)[0]
    said = {statement.id for statement in answer.statements}
    assert "tonmya-label#rally" in said
    assert said & {"tonmya-label#evidence", "tonmya-label#relief", "tonmya-label#resilient"}


def test_a_recommendation_without_a_recorded_side_is_quoted_and_given_none(ask: Ask, assistant: Assistant) -> None:
    (conflict,) = ask("What do guidelines say about pregabalin in fibromyalgia?")[0].conflicts
    (german,) = (position for position in conflict.positions if position.document_id == "german-s3-2017")
    assert german.direction == "not stated"
    assert german.grade is None
    quotes = {e.text for e in assistant.library.catalogue.about("pregabalin") if e.document.id == "german-s3-2017"}
    assert german.quote in quotes


def test_no_position_is_told_on_what_no_guideline_speaks_of(ask: Ask) -> None:
    assert ask("Do guidelines recommend duloxetine in glaucoma?")[0].conflicts == ()
    assert ask("Do guidelines recommend duloxetine with depression?")[0].conflicts != ()


def test_every_source_that_is_named_is_heard(ask: Ask) -> None:
    answer = ask("What do EULAR 2017, NICE NG193 and APS 2005 say about cyclobenzaprine or duloxetine?", max_words=250)[
        0
    ]
    said = {statement.id.partition("#")[0] for statement in answer.statements}
    assert {"eular-2017", "nice-ng193", "aps-2005"} <= said


def test_a_superseded_position_comes_after_what_its_successor_says_of_it(ask: Ask) -> None:
    said = [s.id.partition("#")[0] for s in ask("Is tropisetron a recommended drug for fibromyalgia?")[0].statements]
    assert said[:2] == ["eular-2017", "eular-2008"]
