"""What follows on an answer without a new search: shorter, longer, plain, as a table, with its source."""

import pytest

from fmqa.answer import phrases
from fmqa.answer.composing import word_count
from fmqa.types import Answer, Audience, Opening, Status
from questions import Ask

FIRST = "What do guidelines say about pregabalin in fibromyalgia?"


def ids(answer: Answer) -> list[str]:
    return [statement.id for statement in answer.statements]


@pytest.fixture(scope="module")
def first(ask: Ask) -> Answer:
    return ask(FIRST)[0]


def test_shorter_keeps_the_first_statement_and_longer_brings_the_rest(first: Answer, ask: Ask) -> None:
    _, shorter, longer = ask(FIRST, "shorter please", "more")
    assert ids(shorter) == ids(first)[:1]
    assert word_count(shorter.text) < word_count(first.text)
    assert ids(longer)[: len(first.statements)] == ids(first)
    assert set(ids(longer)) == {s.id for s in (*first.statements, *first.more)}
    assert (longer.more, longer.status) == ((), Status.ANSWERED)


def test_longer_says_so_where_there_is_no_more(ask: Ask) -> None:
    _, all_, none = ask(FIRST, "more", "more")
    assert all_.statements
    assert (none.status, none.text) == (Status.CONVERSATION, phrases.OPENINGS[Opening.NO_MORE])


def test_plain_words_are_the_stored_ones_of_the_same_statements(first: Answer, ask: Ask) -> None:
    plain = ask(FIRST, "can you say it simpler?")[1]
    assert plain.audience is Audience.PATIENT
    assert ids(plain) == ids(first)[: len(plain.statements)]
    assert any(statement.wording == "plain" for statement in plain.statements)


def test_a_table_has_a_verified_statement_or_nothing_in_each_cell(ask: Ask) -> None:
    (asked,) = ask("Compare duloxetine and pregabalin")
    assert asked.table is not None
    assert asked.table.columns == ("duloxetine", "pregabalin")
    assert {"effect", "dose", "kidney impairment", "EULAR 2017"} <= {row.name for row in asked.table.rows}
    for cell in asked.table.statements:
        assert cell.verdict is not None
        assert cell.verdict.supported
    for row in asked.table.rows:
        for column, shown in zip(asked.table.columns, row.cells, strict=True):
            assert shown is None or column in shown.text.lower(), shown.id
    one = ask(FIRST, "in a table please")[1]
    assert one.table is not None
    assert [row.name for row in one.table.rows] == ["says"]
    assert all(cell is not None for cell in one.table.rows[0].cells)


def test_trials_are_compared_by_their_own_statements(ask: Ask) -> None:
    (asked,) = ask("Compare FINAL and INNOVA")
    assert asked.table is not None
    for row in asked.table.rows:
        for cell, document in zip(row.cells, ("final-2024", "innova"), strict=True):
            assert cell is None or cell.id.startswith(f"{document}#")


def test_two_guidelines_are_compared_by_what_each_advises_as_a_whole(ask: Ask) -> None:
    (asked,) = ask("what does NICE say vs EULAR")
    assert {statement.id for statement in asked.statements[:2]} == {"nice-ng193#recommended", "eular-2017#recommended"}


def test_the_source_is_named_with_its_original_and_link(first: Answer, ask: Ask) -> None:
    named = ask(FIRST, "source?")[1]
    assert named.text.startswith(phrases.OPENINGS[Opening.SOURCES])
    assert set(ids(named)) <= set(ids(first))
    for source in named.sources[: len(named.statements)]:
        for reference in source.references:
            assert reference.citation in named.text
            assert reference.link is None or reference.link in named.text


@pytest.mark.parametrize(
    "message", ["shorter", "are you sure?", "source?", "that's not what I asked", "table?", "simpler"]
)
def test_no_message_on_the_answer_repeats_it_or_searches_for_its_words(message: str, first: Answer, ask: Ask) -> None:
    again = ask(FIRST, message)[1]
    assert again.text != first.text
    assert again.status in (Status.ANSWERED, Status.CONVERSATION)
    assert {s.id for s in again.statements} <= {s.id for s in (*first.statements, *first.more)}


@pytest.mark.parametrize("message", ["thanks", "hello", "help", "in Spanish please"])
def test_a_word_between_two_questions_changes_nothing_of_what_is_spoken_of(message: str, ask: Ask) -> None:
    straight = ask(FIRST, "And what does NICE say?")[1]
    _, between, after = ask(FIRST, message, "And what does NICE say?")
    assert (between.status, between.statements, between.sources) == (Status.CONVERSATION, (), ())
    assert after.interpreted_question == straight.interpreted_question
    assert ids(after) == ids(straight)


@pytest.mark.parametrize("message", ["shorter", "source?", "are you sure?", "why?"])
def test_without_an_answer_there_is_nothing_to_change(message: str, ask: Ask) -> None:
    (alone,) = ask(message)
    assert alone.text == phrases.OPENINGS[Opening.NOTHING_YET]


def test_a_refusal_stands_and_an_emergency_is_not_talked_away(ask: Ask) -> None:
    refused, sure = ask("Does the carnivore diet help fibromyalgia?", "are you sure?")
    assert refused.status.abstains
    assert sure.text == phrases.OPENINGS[Opening.NONE]
    urgent, again = ask("I took an overdose of naltrexone and cannot breathe", "are you sure?")
    assert urgent.status is Status.URGENT
    assert again.text == phrases.OPENINGS[Opening.URGENT]


def test_a_dangerous_combination_still_leads_when_it_is_said_shorter(ask: Ask) -> None:
    asked, shorter = ask("Can I take LDN with tramadol?", "shorter")
    assert shorter.statements[0] == asked.statements[0]
    assert shorter.text.startswith(f"**No: {asked.statements[0].text}**")
