"""The corpus at a glance agrees with the statements that it is drawn from."""

import pytest

from fmqa.assistant import Assistant
from fmqa.types import Document, DocumentKind
from fmqa.web import overview


@pytest.fixture(scope="module")
def documents(assistant: Assistant) -> list[Document]:
    return [assistant.index.document(name) for name in assistant.index.document_ids]


def test_the_map_holds_each_position_with_its_words_and_grade(documents: list[Document], assistant: Assistant) -> None:
    table = overview.evidence_map(documents, assistant.index.vocabulary, "fibromyalgia")
    exercise = next(row for row in table.rows if row.concept == "exercise")
    eular = exercise.said["eular-2017"][0]
    assert eular.direction == "for"
    assert eular.grades[0][0] == "level Ia, grade A, strong for, 100 % agreement"
    texts = {document.id: document.text for document in documents}
    for row in table.rows:
        for document_id, said in row.said.items():
            assert all(each.document.id == document_id for each in said)
            assert all(each.quote.split(" ")[-1] in texts[document_id] for each in said)
    superseded = [guideline.id for guideline in table.guidelines if guideline.superseded_by]
    assert superseded == ["eular-2008"]
    assert table.guidelines[-1].id == "eular-2008"


def test_agreement_conflict_and_silence_are_told_apart(documents: list[Document], assistant: Assistant) -> None:
    table = overview.evidence_map(documents, assistant.index.vocabulary, "fibromyalgia")
    rows = {row.concept: row for row in table.rows}
    assert rows["low-dose-naltrexone"].guidelines == "silent"
    assert rows["low-dose-naltrexone"].studies == "differ"
    assert rows["exercise"].guidelines == "agree"
    assert rows["pregabalin"].guidelines == "differ"  # EULAR 2017 for, NICE against
    pregabalin = {said.direction for each in rows["pregabalin"].said.values() for said in each}
    assert {"for", "against"} <= pregabalin


def test_documents_that_tell_of_others_are_not_counted(documents: list[Document], assistant: Assistant) -> None:
    table = overview.evidence_map(documents, assistant.index.vocabulary, "fibromyalgia")
    kinds = {said.document.kind for row in table.rows for each in row.said.values() for said in each}
    assert kinds == {DocumentKind.GUIDELINE, DocumentKind.REVIEW, DocumentKind.TRIAL}


def test_studies_are_listed_newest_first(documents: list[Document], assistant: Assistant) -> None:
    table = overview.evidence_map(documents, assistant.index.vocabulary, "fibromyalgia")
    row = next(row for row in table.rows if row.concept == "low-dose-naltrexone")
    years = [said.document.year or 0 for said in table.studies(row, DocumentKind.TRIAL)]
    assert years == sorted(years, reverse=True)
    assert len(years) > 5


def test_an_unknown_condition_is_refused(documents: list[Document], assistant: Assistant) -> None:
    with pytest.raises(ValueError, match="nothing"):
        overview.evidence_map(documents, assistant.index.vocabulary, "nothing")


def test_conditions_are_those_that_the_map_can_show(documents: list[Document], assistant: Assistant) -> None:
    known = overview.conditions(documents, assistant.index.vocabulary)
    assert known[0] == ("fibromyalgia", "fibromyalgia")
    for condition, _ in known:
        assert overview.evidence_map(documents, assistant.index.vocabulary, condition).rows


def test_the_timeline_has_every_edition_once(documents: list[Document]) -> None:
    events = overview.timeline(documents)
    ids = [event.document.id for event in events]
    assert len(ids) == len(set(ids))
    assert {"eular-2008", "eular-2017", "final-2024"} <= set(ids)
    years = [int(event.when) for event in events if event.when.isdigit()]
    assert years == sorted(years, reverse=True)


def test_coverage_counts_what_there_is(documents: list[Document], assistant: Assistant) -> None:
    held = overview.coverage(documents, assistant.index.vocabulary)
    assert sum(n for _, n in held.kinds) == len(documents)
    assert sum(n for _, n in held.states) == len(documents)
    assert held.statements == sum(len(document.statements) for document in documents)
    assert "low-dose naltrexone" in dict(held.interventions)
    assert not set(dict(held.interventions)) & set(held.without)
    assert "diabetes" in held.out_of_scope


def test_an_estimate_is_named_by_source_intervention_and_outcome(
    documents: list[Document], assistant: Assistant
) -> None:
    labels = overview.labels(assistant.index.vocabulary)
    names = [overview.estimate_label(e, labels) for e in overview.all_estimates(documents, "fibromyalgia")]
    assert "pain: low-dose naltrexone, Vatvani 2024, n = 222" in names


def test_a_map_is_filtered_by_intervention_body_and_direction(documents: list[Document], assistant: Assistant) -> None:
    table = overview.evidence_map(documents, assistant.index.vocabulary, "fibromyalgia")
    assert overview.filtered(table) == table
    assert {"for", "against", "benefit"} <= set(overview.directions(table))
    named = overview.filtered(table, intervention=" Pregab")
    assert [row.concept for row in named.rows] == ["pregabalin"]
    body = overview.filtered(table, body="nice-ng193", direction="against")
    assert [guideline.id for guideline in body.guidelines] == ["nice-ng193"]
    assert body.rows
    for row in body.rows:
        assert row.said.keys() == {"nice-ng193"}
        assert "against" in {said.direction for said in row.said["nice-ng193"]}
    assert overview.filtered(table, intervention="no such thing").rows == ()
