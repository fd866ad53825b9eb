"""Sets treatments or studies side by side, with one statement for each of them and each of a few aspects.

The typed records alone decide what a cell holds. An empty cell means that the sources have no such statement.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from fmqa.evidence.catalogue import Catalogue, Entry, evidence_of, is_about_any
from fmqa.evidence.library import Library
from fmqa.types import (
    DocumentKind,
    EvidenceStatement,
    Intent,
    Material,
    Query,
    StatementKind,
    StatementRole,
)

MOST_COLUMNS: Final = 4
_RANK: Final = (
    StatementRole.VERDICT,
    StatementRole.MAIN_RESULT,
    StatementRole.RULE,
    StatementRole.EXCEPTION,
    StatementRole.SIDE_FINDING,
    StatementRole.DETAIL,
    StatementRole.CAVEAT,
)
_OF_INTENT: Final = {
    Intent.EFFICACY: ("effect",),
    Intent.DOSE: ("dose",),
    Intent.SAFETY: ("harm", "stopping"),
    Intent.DURATION: ("stopping",),
}
"""The aspects that a comparison is asked in; none of these intents: all aspects."""
_DECIDES: Final = frozenset({Intent.GUIDELINE_POSITION})
"""Intents by which a comparison is decided by what bodies say of it, and not by results."""
Fits = Callable[[Entry], bool]
Row = tuple[str, tuple[EvidenceStatement | None, ...]]


class Comparison(NamedTuple):
    """Columns by their names, and rows with a statement or nothing for each."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def with_table(material: Material, library: Library) -> Material:
    """Return the material with a table, where treatments or documents are compared and no danger comes first."""
    query = material.query
    if material.lead or not material.statements or not query.asks.comparison:
        return material
    asked = tuple(drug for drug in query.interventions if drug in query.compared)
    table = compared(query.model_copy(update={"interventions": asked}), library.catalogue)
    if table is None:
        return material
    statements, rows = material.statements, table.rows
    if query.documents and not asked and set(query.interventions) <= set(query.implied):
        # Documents are compared as wholes: what each advises, or finds, comes first, and is not said again.
        first = tuple(cell for cell in rows[0][1] if cell)
        rows = rows[1:] or rows
        statements = _with_first(first, statements)
    elif asked and (told := _of_named(query, rows, library.catalogue)):
        statements = _with_first([cell for cell in told if cell], statements)
    elif asked and not (_DECIDES & set(query.intents) or query.asks.statistics or _is_compared(statements[0], asked)):
        first = (*_on_comparing(library.catalogue), *(cell for cell in _asked_for(query, rows) if cell))
        statements = _with_first(first, statements)
    return material._replace(statements=statements, columns=table.columns, rows=rows)


def _of_named(query: Query, rows: Sequence[Row], catalogue: Catalogue) -> tuple[EvidenceStatement | None, ...]:
    """Return what the one document that a comparison names says of each; nothing where it names none, or several."""
    titles = [catalogue.documents[d].short_title for d in query.documents]
    return dict(rows).get(titles[0], ()) if len(titles) == 1 else ()


def _asked_for(query: Query, rows: Sequence[Row]) -> tuple[EvidenceStatement | None, ...]:
    """Return the cells of the aspect that a comparison is asked in first; those of the first row where of none."""
    aspects = [aspect for intent in query.intents for aspect in _OF_INTENT.get(intent, ())]
    cells = dict(rows)
    return next((cells[aspect] for aspect in aspects if aspect in cells), rows[0][1])


def _with_first(
    first: Sequence[EvidenceStatement], others: Sequence[EvidenceStatement]
) -> tuple[EvidenceStatement, ...]:
    """Return some statements and then the others, none twice."""
    return tuple({statement.id: statement for statement in (*first, *others)}.values())


def _is_compared(statement: EvidenceStatement, drugs: Sequence[str]) -> bool:
    """Return whether a statement is a result on all of some treatments."""
    on = set(statement.statement.interventions) if statement.statement else set()
    return statement.kind is StatementKind.FINDING and set(drugs) <= on


def _on_comparing(catalogue: Catalogue) -> tuple[EvidenceStatement, ...]:
    """Return what the corpus says on when one treatment may be called better than another, where it says it."""
    told = catalogue.by_id.get(catalogue.matcher.pack.on_comparing or "")
    return (evidence_of(told, 0.0, catalogue),) if told else ()


def compared(query: Query, catalogue: Catalogue) -> Comparison | None:
    """Return what is asked about, side by side; None where it is not several things, or there is nothing on most."""
    of_documents = len(query.documents) > 1 and len(query.interventions) < 2
    if of_documents:
        current = [d for d in query.documents if not catalogue.documents[d].superseded_by]
        titled = (current if len(current) > 1 and not query.years else list(query.documents))[:MOST_COLUMNS]
        named = [catalogue.documents[d].short_title for d in titled]
        columns = [(name, _on(query.interventions, d, catalogue)) for name, d in zip(named, titled, strict=True)]
    else:
        drugs = query.interventions[:MOST_COLUMNS]
        columns = [(catalogue.matcher.label(drug), _of(drug, catalogue)) for drug in drugs]
    if len(columns) < 2 or sum(bool(entries) for _, entries in columns) < 2:
        return None
    wanted = {aspect for intent in query.intents for aspect in _OF_INTENT.get(intent, ())}
    aspects = [(name, fits) for name, fits in _aspects(catalogue) if not wanted or name in wanted]
    if of_documents:
        aspects = [("advice", _advises), *aspects]
    told = {name for name, _ in aspects}
    if len(query.interventions) > 1 and (not wanted or Intent.GUIDELINE_POSITION in query.intents):
        aspects += [
            (guideline, _of_guideline(guideline, catalogue))
            for guideline in _guidelines(e for _, all_ in columns for e in all_)
        ]
    rows: list[Row] = []
    for name, fits in aspects:
        found = [min(filter(fits, entries), key=_order, default=None) for _, entries in columns]
        if any(found) and (name in told or all(found)):  # advice is compared where each has some
            rows.append((name, tuple(evidence_of(e, 0.0, catalogue) if e else None for e in found)))
    return Comparison(tuple(name for name, _ in columns), tuple(rows)) if rows else None


def _on(drugs: Sequence[str], document: str, catalogue: Catalogue) -> list[Entry]:
    """Return the statements of a document on the treatments that are asked about; all of them where none is."""
    entries = catalogue.by_document.get(document, [])
    return [e for e in entries if not drugs or is_about_any(e.statement, "interventions", drugs, catalogue)]


def _of(drug: str, catalogue: Catalogue) -> list[Entry]:
    """Return the current statements of one treatment itself; on several at once none is the treatment's own."""
    return [
        entry
        for entry in catalogue.about(drug)
        if drug in entry.statement.interventions
        and entry.document.superseded_by is None
        and entry.document.kind is not DocumentKind.ARTICLE
        and entry.statement.role is not StatementRole.ABOUT_ARTICLE
    ]


def _guidelines(entries: Iterable[Entry]) -> list[str]:
    """Return the names of the guidelines, the newest first."""
    found = {
        entry.document.short_title: -(entry.document.year or 0)
        for entry in entries
        if entry.document.kind is DocumentKind.GUIDELINE
    }
    return sorted(found, key=lambda name: (found[name], name))


def _order(entry: Entry) -> tuple[int, bool, int, int, int, str]:
    """Return what makes one statement fill a cell before another: how much is its own, its role, newness, brevity."""
    role = entry.statement.role
    rank = _RANK.index(role) if role in _RANK else len(_RANK)
    own = len(entry.statement.interventions)
    last = len(entry.text) if own else entry.span.start  # of two that sum up all treatments, what is said first
    return own, not entry.statement.overview, rank, -(entry.document.year or 0), last, entry.id


def _aspects(catalogue: Catalogue) -> list[tuple[str, Fits]]:
    """Return the aspects in which treatments are compared, each with what tells a statement on it."""
    pack = catalogue.matcher.pack
    stopping, harms = pack.asks.stopping, pack.beside_benefit.harms

    def general(entry: Entry) -> bool:
        return not set(entry.statement.populations) - catalogue.usual

    def effect(entry: Entry) -> bool:
        statement = entry.statement
        on_main = pack.main_result in (None, *statement.outcomes)
        return statement.kind is StatementKind.FINDING and statement.effect is not None and on_main and general(entry)

    def dose(entry: Entry) -> bool:
        return (
            entry.statement.kind is StatementKind.DOSING and stopping not in entry.statement.outcomes and general(entry)
        )

    def harm(entry: Entry) -> bool:
        on_harms = harms in (None, *entry.statement.outcomes)
        return entry.statement.kind is StatementKind.SAFETY and on_harms and general(entry)

    def stops(entry: Entry) -> bool:
        alone = entry.statement.kind is not StatementKind.INTERACTION
        return alone and stopping is not None and stopping in entry.statement.outcomes and general(entry)

    def among(population: str) -> Fits:
        return lambda entry: population in entry.statement.populations

    label = catalogue.matcher.label
    return [
        ("effect", effect),
        ("dose", dose),
        *((label(population), among(population)) for population in pack.compared),
        ("harm", harm),
        ("stopping", stops),
    ]


def _advises(entry: Entry) -> bool:
    return entry.statement.kind is StatementKind.RECOMMENDATION


def _of_guideline(name: str, catalogue: Catalogue) -> Fits:
    def fits(entry: Entry) -> bool:
        general = not set(entry.statement.populations) - catalogue.usual
        return entry.document.short_title == name and _advises(entry) and general

    return fits


def by_source(statements: Sequence[EvidenceStatement]) -> Comparison:
    """Return what each of a few documents says, side by side: its first statement among those given."""
    first: dict[str, EvidenceStatement] = {}
    for statement in statements:
        first.setdefault(statement.document.id, statement)
    told = tuple(first.values())[:MOST_COLUMNS]
    return Comparison(tuple(s.document.short_title for s in told), (("says", told),))
