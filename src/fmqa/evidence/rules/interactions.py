"""Finds the interaction statements with which an answer must begin.

An interaction statement lists the classes that must not be taken together. It applies where two different drugs belong
to two of these classes: drugs that are asked about, drugs of an article that is asked about, or drugs that somebody is
said to take.
"""

from collections.abc import Sequence
from typing import Final

from fmqa.evidence.catalogue import Catalogue, Entry
from fmqa.types import DocumentKind, Intent, Query, StatementKind

# Intents under which an interaction is worth saying again.
LEAD_AGAIN: Final = frozenset({Intent.INTERACTION, Intent.DOSE, Intent.DURATION})

# Intents under which what somebody is said to take is held against what the talk was about.
ON_TAKING: Final = frozenset({Intent.INTERACTION, Intent.DOSE, Intent.SAFETY, Intent.DURATION})


def named_with(query: Query, catalogue: Catalogue) -> list[set[str]]:
    """Return, for each article that the query names, what it is about together with what is asked about."""
    return [
        set(catalogue.documents[d].interventions) | set(query.interventions)
        for d in query.documents
        if d in catalogue.documents and catalogue.documents[d].kind is DocumentKind.ARTICLE
    ]


def concerns(entry: Entry, asked: set[str], catalogue: Catalogue) -> bool:
    """Return whether an interaction is one of a drug that is asked about."""
    return any(c in catalogue.ancestors[d] for c in entry.statement.interventions for d in asked)


def blocks_another(entry: Entry, catalogue: Catalogue) -> bool:
    """Return whether an interaction is one of a drug that blocks the effect of others: it is told unasked."""
    return any(catalogue.matcher.blocks(c) for c in entry.statement.interventions)


def fired(together: Sequence[set[str]], catalogue: Catalogue) -> tuple[Entry, ...]:
    """Return the interaction to lead with: a statement of that kind whose two classes are met by two drugs of a set."""
    found: list[tuple[float, Entry]] = []
    for drugs in together:
        if len(drugs) < 2:
            continue
        met = frozenset().union(*(catalogue.ancestors[drug] for drug in drugs))
        for entry in catalogue.interactions:
            listed = entry.statement.interventions
            if sum(c in met for c in listed) < 2:
                continue
            matched = {c: {d for d in drugs if c in catalogue.ancestors[d]} for c in listed}
            parts = [c for c in listed if matched[c]]
            if len(parts) < 2 or not _distinct(matched, parts):
                continue
            narrow = 1.5 * bool(entry.statement.outcomes)  # on an interval, on stopping: not the warning itself
            fit = sum(2 if d in listed else any(d in matched[c] for c in parts) for d in drugs)
            found.append((fit - (len(listed) - len(parts)) + 2.0 * entry.statement.overview - narrow, entry))
    found.sort(key=lambda pair: (-pair[0], pair[1].id))
    return tuple(entry for _, entry in found[:1])


def _distinct(matched: dict[str, set[str]], parts: Sequence[str]) -> bool:
    """Return whether two of the listed classes are met by two different drugs."""
    return any(
        a != b for i, one in enumerate(parts) for other in parts[i + 1 :] for a in matched[one] for b in matched[other]
    )


def _are_alternatives(query: Query) -> bool:
    """Return whether medicines are compared, one or the other, and not asked about together."""
    return len(query.compared) > 1 and Intent.INTERACTION not in query.intents and not query.taking


def leading(query: Query, told: frozenset[str], catalogue: Catalogue) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the interaction that a query fires, and what of it the answer leads with: it is not said twice in a row.

    Args:
        query: What is asked.
        told: Ids of the statements of the last answer.
        catalogue: The interactions.
    """
    asked = set(query.interventions)
    found = fired((asked, *named_with(query, catalogue)), catalogue)
    if found and not blocks_another(found[0], catalogue) and _are_alternatives(query):
        others = asked - set(query.compared)
        found = fired([others | {drug} for drug in query.compared], catalogue)
    if asked and query.taking and not found:  # what somebody takes matters for what is asked about now
        with_taken = fired((asked | set(query.taking),), catalogue)
        found = tuple(entry for entry in with_taken if concerns(entry, asked, catalogue))
    if query.beside and not found and (query.personal or ON_TAKING & set(query.intents)):
        # "Is 4.5 mg right for my patient on methadone?": what is spoken of and what is taken come together.
        found = fired((asked | set(query.beside),), catalogue)
    again = bool(found) and found[0].id in told and not LEAD_AGAIN & set(query.intents)
    return found, () if again else found


def blocking(query: Query, chosen: Sequence[Entry], told: frozenset[str], catalogue: Catalogue) -> tuple[Entry, ...]:
    """Return the warning of a blocked class of medicines, where what is told of a treatment could lead to it.

    A guideline or an interaction says itself what must not be combined; of another source, only the one asked about
    counts. Where the answer begins with such a warning nothing is put before it.
    """
    if any(_warns(entry, catalogue) for entry in chosen[:1]):
        return ()
    about = [
        set(entry.statement.interventions) | set(query.interventions)
        for entry in chosen
        if entry.document.kind is not DocumentKind.GUIDELINE
        and entry.statement.kind is not StatementKind.INTERACTION
        and (not query.documents or entry.document.id in query.documents)
    ]
    return tuple(
        entry
        for entry in fired(about, catalogue)
        if blocks_another(entry, catalogue) and entry.id not in told and not on_denied(entry, query, catalogue)
    )


def _warns(entry: Entry, catalogue: Catalogue) -> bool:
    return entry.statement.kind is StatementKind.INTERACTION and blocks_another(entry, catalogue)


def on_denied(entry: Entry, query: Query, catalogue: Catalogue) -> bool:
    """Return whether a statement is an interaction with what somebody is said not to take."""
    denied = (catalogue.kin[c] for c in query.denied if c in catalogue.kin)
    of_pair = entry.statement.kind is StatementKind.INTERACTION
    return of_pair and any(not kin.isdisjoint(entry.statement.interventions) for kin in denied)
