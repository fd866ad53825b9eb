"""Finds the parts of a question that the chosen statements do not cover, so that the reader can be told."""

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Final

from fmqa.evidence.catalogue import Catalogue, Entry, is_about, is_about_any
from fmqa.question.asking import asks_why
from fmqa.text import statistics
from fmqa.types import DocumentKind, Intent, Query, StatementKind, StatementRole

Gaps = tuple[tuple[str, str], ...]
"""Interventions, each with the words for what of it no source has."""
_SEEN: Final = 3  # statements that one looks at for a reason
_PAIRED: Final = 3  # medicines of which every pair is named
_BECAUSE: Final = re.compile(
    r"\b(?:because|since|due to|so that|owing to|the reason)\b|[,;] so\b|: (?:it|they)\b", re.IGNORECASE
)
_ON_DOSE: Final = frozenset({StatementKind.DOSING})
# These ask of one drug itself, and of its use in a disease where one is named.
_OF_ONE_DRUG: Final = frozenset({Intent.DOSE, Intent.EFFICACY, Intent.GUIDELINE_POSITION})
_ON_STOPPING: Final = frozenset({StatementKind.DOSING, StatementKind.SAFETY})
_ON_TAKING: Final = frozenset(
    {StatementKind.INTERACTION, StatementKind.SAFETY, StatementKind.DOSING, StatementKind.MONITORING}
)
_OF_TREATMENTS: Final = frozenset({DocumentKind.GUIDELINE, DocumentKind.REVIEW})
_OF_IT_AT_ALL: Final = _OF_ONE_DRUG | {Intent.GENERAL, Intent.DEFINITION}


def uncovered(query: Query, fired: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return the interventions that no statement is about or, where a dose is asked for, gives a dose of."""
    dose = query.intents[0] is Intent.DOSE and not fired  # beside an interaction, both medicines are spoken of
    named = tuple((name, name) for name in query.unknown)
    return named + tuple(
        (c, f"a dose of {catalogue.matcher.label(c)}" if catalogue.knows(c) else catalogue.matcher.label(c))
        for c in query.interventions
        if not _is_warned_of(c, fired, catalogue)
        and not any(not dose or entry.statement.kind in _ON_DOSE for entry in catalogue.about(c))
    )


def unmatched(query: Query, fired: Sequence[Entry], chosen: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return the pairs of an intervention and a population or disease asked about that nothing chosen is about.

    A dangerous combination is one whatever disease either is taken for.
    """
    label = catalogue.matcher.label
    in_disease = query.intents[0] in _OF_ONE_DRUG
    return tuple(
        (drug, f"{label(drug)} in {label(asked)}")
        for field in ("conditions", "populations")
        for drug in query.interventions
        for asked in getattr(query, field)
        if not (field == "conditions" and fired)
        and drug not in query.implied
        and not _is_taken_beside(drug, query, catalogue)
        and (field == "populations" or in_disease or not catalogue.matcher.get(asked).in_scope)
        and asked not in catalogue.usual
        and asked not in query.assumed
        and not (field == "populations" and asked in catalogue.implied)
        and not any(
            is_about_any(entry.statement, field, _together(asked, field, query, catalogue), catalogue)
            and is_about(entry.statement, "interventions", drug, catalogue)
            for entry in chosen
        )
    )


def _together(asked: str, field: str, query: Query, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the groups of which one has to be spoken of: a man of 78 is answered by what is said of older adults."""
    special = set(catalogue.matcher.pack.special_populations)
    groups = [c for c in query.populations if c in special] if field == "populations" and asked not in special else []
    return (asked, *groups)


def _is_taken_beside(drug: str, query: Query, catalogue: Catalogue) -> bool:
    """Return whether a medicine is only told as taken beside another one: no source gives it for the subject."""
    others = set(query.interventions) - {drug}
    kinds = {entry.statement.kind for entry in catalogue.about(drug)}
    return bool(others) and bool(kinds) and kinds <= {StatementKind.SAFETY, StatementKind.INTERACTION}


def without_stopping(query: Query, fired: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return the medicines whose stopping is asked about, and of whose stopping no source speaks but in a special case.

    How long before an operation it is left out, or how another one is tapered, is worth telling, but no answer.
    """
    stopping = catalogue.matcher.pack.asks.stopping
    if stopping is None or stopping not in query.outcomes or fired:  # which tells how long before another one
        return ()

    def speaks(entry: Entry, drug: str) -> bool:
        statement = entry.statement
        own = not catalogue.kin[drug].isdisjoint(statement.interventions) and statement.kind in _ON_STOPPING
        special = {*statement.populations, *statement.conditions} - catalogue.usual - set(query.populations)
        return own and stopping in statement.outcomes and not special

    return tuple(
        (drug, f"stopping {catalogue.matcher.label(drug)}")
        for drug in query.interventions
        if drug not in query.implied and drug in catalogue.by_concept
        if not any(speaks(entry, drug) for entry in catalogue.about(drug))
    )


def by_class(query: Query, fired: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return the drugs whose effect, dose or standing is asked for, and of which only their class is spoken.

    A result of the class is worth telling, but not as the drug's own. An interaction of the class holds for the drug;
    where another one is warned of, a drug that it is not about is named, too.
    """
    if not fired and not _OF_IT_AT_ALL & set(query.intents):
        return ()
    return tuple(
        (c, f"{catalogue.matcher.label(c)} by name")
        for c in query.interventions
        if c not in catalogue.by_concept and catalogue.knows(c) and not _is_warned_of(c, fired, catalogue)
    )


def _is_warned_of(drug: str, fired: Sequence[Entry], catalogue: Catalogue) -> bool:
    """Return whether an interaction that is met is about a drug, by a source that may not be one of those chosen."""
    return any(is_about(entry.statement, "interventions", drug, catalogue) for entry in fired)


def without_statistic(query: Query, chosen: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return the statistics asked for by name that no source gives for the drug they are asked of.

    Other results of the drug may be told then, but not in the place of the number that was asked for.
    """
    wanted = query.asks.statistics
    if not wanted:
        return ()
    wanted -= _given(chosen)
    return tuple(
        (drug, f"{name} for {catalogue.matcher.label(drug)}")
        for drug in query.interventions
        if drug not in query.implied
        for name in sorted(wanted - _given(catalogue.about(drug)))
    )


def _given(entries: Sequence[Entry]) -> frozenset[str]:
    """Return the statistics that results among the statements are printed with."""
    results = (entry for entry in entries if entry.statement.kind is StatementKind.FINDING)
    return frozenset[str]().union(*(statistics.named(entry.text) for entry in results))


def apart(query: Query, fired: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return what no source speaks of together, of medicines that are asked about together: another pair is no answer.

    Of two or three each such pair; of more, or beside a warning of another pair, each medicine that is in no pair.
    """
    named = [c for c in query.interventions if c not in query.implied and c in catalogue.by_concept]
    together = Intent.INTERACTION in query.intents or (
        Intent.SAFETY in query.intents and set(named) & set(query.taking)
    )
    if not together or query.asks.comparison:
        return ()
    label = catalogue.matcher.label
    silent = [pair for pair in combinations(named, 2) if not _are_told_together(*pair, catalogue)]
    if len(named) <= _PAIRED and not fired:
        return tuple((one, f"{label(one)} together with {label(other)}") for one, other in silent)
    unwarned = [c for c in named if not _is_warned_of(c, fired, catalogue)]
    alone = [c for c in unwarned if sum(c in pair for pair in silent) == len(named) - 1]
    return tuple((c, f"{label(c)} together with the others") for c in alone)


def _are_told_together(one: str, other: str, catalogue: Catalogue) -> bool:
    """Return whether a statement tells of taking both: not a list that both stand in, nor what one is approved for."""
    return any(
        is_about(entry.statement, "interventions", other, catalogue)
        for entry in catalogue.about(one)
        if entry.statement.kind in _ON_TAKING
    )


def of_source(query: Query, catalogue: Catalogue) -> Gaps:
    """Return each treatment with the source that was asked about it and does not speak of it.

    All documents of one publisher are one source. What another source says of it is told then, but not as its answer.
    """
    drugs = [c for c in query.interventions if c not in query.implied and c not in catalogue.at_large]
    sources: dict[str, list[str]] = {}
    for document_id in query.documents:
        document = catalogue.documents.get(document_id)
        if document is not None and document.kind in _OF_TREATMENTS and document_id in catalogue.by_document:
            sources.setdefault(document.organisation or document_id, []).append(document_id)

    def speaks(entry: Entry, documents: Sequence[str], drug: str) -> bool:
        of_it = entry.document.id in documents or not entry.tells_of.isdisjoint(documents)
        return of_it and is_about(entry.statement, "interventions", drug, catalogue)

    label = catalogue.matcher.label
    return tuple(
        (drug, f"{label(drug)} in {catalogue.documents[documents[-1]].short_title}")
        for documents in sources.values()
        for drug in drugs
        if catalogue.about(drug) and not any(speaks(entry, documents, drug) for entry in catalogue.about(drug))
    )


def unexplained(query: Query, chosen: Sequence[Entry]) -> Gaps:
    """Return the reason that is asked for, where none of the first statements gives one.

    What is so is worth telling beside a "why?", but not as its answer.
    """
    if not query.asks.reason or not chosen:
        return ()
    explained = chosen[0].statement.role is StatementRole.CAVEAT or any(map(_explains, chosen[:_SEEN]))
    return () if explained else (("", "the reason"),)


def _explains(entry: Entry) -> bool:
    statement = entry.statement
    of_how = statement.kind is StatementKind.MECHANISM
    return of_how or bool(_BECAUSE.search(entry.text)) or any(asks_why(question) for question in statement.answers)


def untold(query: Query, catalogue: Catalogue) -> Gaps:
    """Return the outcomes asked about that no statement tells of, though the vocabulary knows them: who paid for it."""
    matcher, told = catalogue.matcher, catalogue.outcomes
    return tuple(("", matcher.label(o)) for o in query.outcomes if told.isdisjoint(matcher.ancestors(o)))


def ungraded(query: Query, chosen: Sequence[Entry]) -> tuple[str, ...]:
    """Return the documents that were asked for a level or grade and state none for what is answered from them."""
    if not query.asks.grade or not query.interventions:
        return ()
    letters = query.asks.letter  # a verb of recommendation is a strength, but no letter
    stated = {
        entry.document.id
        for entry in chosen
        if any(g.level or g.grade or (g.strength and not letters) for g in entry.statement.grades)
    }
    named = [entry.document.id for entry in chosen if entry.document.id in query.documents]
    return tuple(dict.fromkeys(d for d in named if d not in stated))
