"""The mutation benchmark: what is wrong is noticed, what is harmless passes, and the figures can be recomputed."""

import pytest

from fmqa.assistant import Assistant
from fmqa.corpus import loading
from fmqa.evaluation.mutants import Mutant, World, bases
from fmqa.evaluation.mutations import MutationRow, MutationSummary, judged, mutants, run_mutations, summarise_mutations
from fmqa.evaluation.operators import OPERATORS
from fmqa.types import Answer, Audience, Check, Document, Vocabulary
from questions import VARIED, Ask

SEED = 7
FURTHER = (
    "What does NICE say about opioids?",
    "What does NICE say about ketamine?",
    "Which forms of naltrexone are approved?",
    "Does sublingual cyclobenzaprine help sleep in fibromyalgia?",
)
"""Answers of these have what the varied ones lack: other bodies, routes."""
Ran = tuple[tuple[MutationRow, ...], MutationSummary]


@pytest.fixture(scope="module")
def answers(ask: Ask) -> list[Answer]:
    return [
        ask(question, audience=audience, max_words=200)[0] for question in (*VARIED, *FURTHER) for audience in Audience
    ]


@pytest.fixture(scope="module")
def loaded(assistant: Assistant) -> tuple[tuple[Document, ...], Vocabulary]:
    found = loading.load(assistant.settings.corpus)
    return tuple(found.documents), found.vocabulary


@pytest.fixture(scope="module")
def ran(answers: list[Answer], loaded: tuple[tuple[Document, ...], Vocabulary], assistant: Assistant) -> Ran:
    return run_mutations(answers, *loaded, assistant.index.generation, SEED, per_operator=12)


def test_every_kind_of_wrong_answer_is_noticed(ran: Ran) -> None:
    rows, summary = ran
    assert summary.wrong > 400
    assert [(row.operator, row.done) for row in rows if row.harmful and not row.noticed] == []
    for result in summary.operators:
        if result.harmful and result.noticed.value is not None:
            assert result.passed, result.operator


def test_what_says_the_same_passes(ran: Ran) -> None:
    rows, summary = ran
    assert summary.harmless > 100
    assert [(row.operator, row.done, row.flagged) for row in rows if not row.harmful and row.noticed] == []


def test_the_flagged_words_are_the_altered_ones(ran: Ran) -> None:
    rows, _ = ran
    placed = [row for row in rows if row.noticed and row.overlaps is not None]
    assert len(placed) > 250
    assert [(row.operator, row.done, row.span, row.flagged) for row in placed if not row.overlaps] == []


def test_nearly_every_operator_found_something_to_alter(ran: Ran) -> None:
    assert [r.operator for r in ran[1].operators if r.noticed.n == 0 and r.operator != "thousands"] == []


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(
    answers: list[Answer], loaded: tuple[tuple[Document, ...], Vocabulary], assistant: Assistant
) -> None:
    runs = [
        run_mutations(answers[:6], *loaded, assistant.index.generation, seed, per_operator=3)
        for seed in (SEED, SEED, 8)
    ]
    assert runs[0] == runs[1]
    assert runs[0][1].rows_sha256 == runs[1][1].rows_sha256 != runs[2][1].rows_sha256


def test_progress_is_told_by_operator(
    answers: list[Answer], loaded: tuple[tuple[Document, ...], Vocabulary], assistant: Assistant
) -> None:
    told: list[tuple[str, int, int]] = []
    run_mutations(
        answers[:1],
        *loaded,
        assistant.index.generation,
        SEED,
        per_operator=1,
        progress=lambda step, done, total: told.append((step, done, total)),
    )
    assert told == [("mutations", i, len(OPERATORS)) for i in range(1, len(OPERATORS) + 1)]


def row(operator: str, *, harmful: bool, noticed: bool, overlaps: bool | None = None) -> MutationRow:
    return MutationRow(
        id=f"{operator} {noticed}",
        operator=operator,
        harmful=harmful,
        statement="eular-2017#exercise",
        wording="verbatim",
        noticed=noticed,
        checks=(Check.WORDS,) if noticed else (),
        span=None if overlaps is None else (0, 1),
        flagged=(),
        overlaps=overlaps,
        done="'a' became 'b'",
        said="b",
    )


def test_rates_count_what_was_noticed_and_survivors_are_told() -> None:
    rows = [
        *(row("digit changed", harmful=True, noticed=i > 0, overlaps=i > 2) for i in range(10)),
        *(row("case", harmful=False, noticed=i == 0) for i in range(4)),
    ]
    summary = summarise_mutations(rows, SEED)
    by_name = {result.operator: result for result in summary.operators}
    digits, case = by_name["digit changed"], by_name["case"]
    assert (digits.noticed.value, digits.noticed.n, digits.noticed.interval) == (0.9, 10, "exact")
    assert digits.placed.value == pytest.approx(7 / 9, abs=1e-6)
    assert digits.checks == {"words": 9}
    assert (digits.passed, case.passed, by_name["dashes"].passed) == (False, False, False)
    assert (summary.wrong, summary.harmless, summary.killed.value, summary.false_alarms.value) == (10, 4, 0.9, 0.25)
    assert summary.survivors == (rows[0],)
    assert summary.alarms == (rows[10],)
    assert not summary.passed


def test_an_operator_that_meets_its_requirement_passes() -> None:
    joins = [row("two statements joined", harmful=True, noticed=i > 1) for i in range(10)]
    by_name = {result.operator: result for result in summarise_mutations(joins, SEED).operators}
    assert by_name["two statements joined"].required == 0.8
    assert by_name["two statements joined"].passed


def test_a_right_answer_is_not_noticed(
    answers: list[Answer], loaded: tuple[tuple[Document, ...], Vocabulary], assistant: Assistant
) -> None:
    world = World(*loaded)
    single, whole = bases(answers)
    assert len(single) > 60
    for answer in (*single, *whole):
        unaltered = Mutant(
            operator="none",
            harmful=False,
            answer=answer,
            document=world.document,
            statement=None,
            span=None,
            done="nothing",
        )
        found = judged(unaltered, world, assistant.index.generation)
        assert not found.noticed, (answer.text, found.checks)


def test_at_most_so_many_mutants_are_drawn_of_an_operator_and_none_twice(
    answers: list[Answer], loaded: tuple[tuple[Document, ...], Vocabulary]
) -> None:
    world, made_from = World(*loaded), bases(answers)
    made = list(mutants("digit changed", OPERATORS["digit changed"], made_from, world, SEED, per_operator=50))
    assert len(made) == 50
    assert len({(mutant.answer.text, mutant.done) for mutant in made}) == 50
    spaced = list(mutants("white space", OPERATORS["white space"], made_from, world, SEED, per_operator=20))
    assert len(spaced) == 40


@pytest.mark.parametrize("operator", ["source changed", "stale generation"])
def test_only_the_world_around_an_answer_is_altered_where_its_words_are_not(
    operator: str, answers: list[Answer], loaded: tuple[tuple[Document, ...], Vocabulary]
) -> None:
    made_from = bases(answers)
    known = {answer.text for answer in made_from[0]}
    for mutant in mutants(operator, OPERATORS[operator], made_from, World(*loaded), SEED, per_operator=20):
        assert mutant.answer.text in known
        assert mutant.span is None
