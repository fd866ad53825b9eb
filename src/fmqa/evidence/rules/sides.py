"""Finds what sources say against each other: opposing positions, differing results, and sources not heard so far."""

from collections.abc import Mapping, Sequence
from typing import Final

from fmqa.evidence.catalogue import Catalogue, Entry, evidence_of
from fmqa.evidence.ranking import CUT, Ranked
from fmqa.types import DocumentKind, Effect, EvidenceStatement, Intent, Query, StatementKind

_ANSWERING: Final = 2
"""Statements of an answer that carry it; what comes after them is beside it."""


def positions(
    query: Query, relevance: Mapping[int, float], catalogue: Catalogue, chosen: Sequence[Entry] = ()
) -> tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]:
    """Return what guidelines, or else reviews and trials, say about each intervention; one statement a document.

    Not where the question is narrowed to something that none of these guidelines speaks of: a position on the treatment
    as such would then read as one on that.

    Args:
        query: What is asked.
        relevance: How near each row is to it.
        catalogue: What is known.
        chosen: The statements that the answer tells, in their order.
    """
    wanted = bool({Intent.GUIDELINE_POSITION, Intent.COMPARISON, Intent.EFFICACY} & set(query.intents))
    # Who is told what one guideline recommends is told what another one says against it.
    wanted = wanted or any(entry.statement.kind is StatementKind.RECOMMENDATION for entry in chosen[:_ANSWERING])
    aspects = {*query.conditions, *query.populations, *query.outcomes}
    spoken_of = {
        c
        for drug in query.interventions
        for entry in catalogue.about(drug)
        if entry.document.kind is DocumentKind.GUIDELINE and entry.statement.kind is StatementKind.RECOMMENDATION
        for c in entry.statement.conditions
    }
    usual = catalogue.usual | catalogue.plain_outcomes | frozenset(catalogue.matcher.pack.usual.positions)
    narrowed = aspects - usual - spoken_of
    one_document = query.documents and Intent.GUIDELINE_POSITION not in query.intents
    if not wanted or not query.interventions or narrowed or (one_document and not query.asks.reason):
        return ()
    found: list[tuple[str, tuple[EvidenceStatement, ...]]] = []
    for concept in query.interventions:
        guidelines: dict[str, Entry] = {}
        studies: dict[str, Entry] = {}
        for entry in catalogue.about(concept):
            statement, document = entry.statement, entry.document
            if document.superseded_by:
                continue
            exact = concept in statement.interventions
            broader = any(c in catalogue.ancestors[concept] & catalogue.classes for c in statement.interventions)
            if not exact and not broader:
                continue
            if document.kind is DocumentKind.GUIDELINE and statement.kind is StatementKind.RECOMMENDATION:
                _keep_best(guidelines, entry, concept, relevance)
            elif (
                document.kind in (DocumentKind.REVIEW, DocumentKind.TRIAL)
                and statement.kind is StatementKind.FINDING
                and statement.effect is not None
                and catalogue.matcher.pack.main_result in (None, *statement.outcomes)
            ):
                _keep_best(studies, entry, concept, relevance)
        efficacy = Intent.EFFICACY in query.intents and Intent.GUIDELINE_POSITION not in query.intents
        sides = studies if efficacy and len(studies) > 1 else guidelines
        if len(sides) > 1:
            ranked = sorted(sides.values(), key=lambda e: (e.document.kind.value, -(e.document.year or 0), e.id))
            found.append((concept, tuple(evidence_of(entry, 0.0, catalogue) for entry in ranked)))
    return tuple(found)


def _keep_best(best: dict[str, Entry], entry: Entry, concept: str, relevance: Mapping[int, float]) -> None:
    """Keep the statement of a document that takes a side, or else is most exactly about the intervention."""

    def rank(candidate: Entry) -> tuple[bool, bool, int, float, str]:
        statement = candidate.statement
        return (
            any(grade.direction for grade in statement.grades),
            concept in statement.interventions,
            -len(statement.interventions),
            relevance.get(candidate.row, 0.0),
            candidate.id,
        )

    current = best.get(entry.document.id)
    if current is None or rank(entry) > rank(current):
        best[entry.document.id] = entry


def opposite(query: Query, best: Ranked, chosen: Sequence[Entry]) -> list[Entry]:
    """Return the best result that differs from the one told first, on the same outcome of the same treatment."""
    told = next((entry.statement for entry in chosen if _is_result(entry)), None)
    if told is None or not query.interventions:
        return []
    if any(_is_result(entry) and entry.statement.effect is not told.effect for entry in chosen):
        return []
    differing = [
        entry
        for entry, chance in zip(best.entries, best.chances.tolist(), strict=True)
        if chance >= CUT / 2
        and _is_result(entry)
        and entry.statement.effect is not told.effect
        and entry.statement.interventions == told.interventions
        and set(entry.statement.outcomes) & set(told.outcomes)
    ]
    return differing[:1]


def _is_result(entry: Entry) -> bool:
    return entry.statement.kind is StatementKind.FINDING and entry.statement.effect not in (None, Effect.UNCLEAR)
