"""The corpus at a glance: what each source says on each intervention, its timeline, its estimates, and its edges."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final, Literal, NamedTuple

from fmqa.corpus.vocabulary import Matcher
from fmqa.grades.telling import display, shown_grade, side
from fmqa.types import (
    ConceptKind,
    Direction,
    Document,
    DocumentKind,
    Effect,
    Metadata,
    ReviewState,
    ShownGrade,
    StatementKind,
    StatementSpan,
    Vocabulary,
)
from fmqa.web import estimates
from fmqa.web.estimates import Estimate
from fmqa.web.markup import span_link

_MAPPED: Final = (DocumentKind.GUIDELINE, DocumentKind.REVIEW, DocumentKind.TRIAL)
_SIDES: Final = frozenset({Direction.FOR.value, Direction.AGAINST.value})
_EFFECTS: Final = frozenset({Effect.BENEFIT.value, Effect.NO_DIFFERENCE.value, Effect.HARM.value, Effect.MIXED.value})
_NO_YEAR: Final = "Year not stated"
Relation = Literal["agree", "differ", "silent"]


class Said(NamedTuple):
    """What one statement says on an intervention."""

    document: Metadata
    direction: str  # for, against, silent, or the effect that a finding reports; "" where it is typed as neither
    outcomes: tuple[str, ...]  # labels
    grades: tuple[tuple[str, ShownGrade], ...]  # as the answer shows them
    quote: str
    link: str
    on_main: bool  # on the result by which treatments are judged first

    @property
    def current(self) -> bool:
        """Whether no later edition has replaced the document."""
        return self.document.superseded_by is None


class Row(NamedTuple):
    """One intervention of the evidence map."""

    concept: str
    label: str
    said: dict[str, tuple[Said, ...]]  # by document
    guidelines: Relation  # how the current ones stand: silent if none takes a side
    studies: Relation  # how current trials and reviews stand on the main result


class EvidenceMap(NamedTuple):
    """Interventions by sources, for one condition."""

    condition: str
    label: str
    main_result: str  # label of the result by which treatments are judged first; empty where none is
    guidelines: tuple[Metadata, ...]  # newest first
    rows: tuple[Row, ...]

    def studies(self, row: Row, kind: str) -> tuple[Said, ...]:
        """Return what the documents of one kind say in a row, newest first."""
        found = [said for each in row.said.values() for said in each if said.document.kind == kind]
        return tuple(sorted(found, key=lambda said: (-(said.document.year or 0), said.document.id)))


class Event(NamedTuple):
    """A document in the timeline."""

    when: str  # the year, or words where the source gives none
    document: Metadata


class Coverage(NamedTuple):
    """What the corpus holds, and what it knows by name and does not treat."""

    kinds: tuple[tuple[str, int], ...]
    statements: int
    states: tuple[tuple[ReviewState, int], ...]
    interventions: tuple[tuple[str, int], ...]  # label and number of statements, most first
    without: tuple[str, ...]  # labels of interventions that no statement is about
    conditions: tuple[str, ...]
    out_of_scope: tuple[str, ...]


def conditions(documents: Iterable[Document], vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    """Return ids and labels of the conditions that recommendations or findings are about, the commonest first."""
    counts = Counter(
        name
        for document in documents
        if document.metadata.kind in _MAPPED
        for span in document.statements
        if is_mapped(span)
        for name in span.statement.conditions
    )
    labels = {concept.id: concept.label for concept in vocabulary.concepts if concept.in_scope}
    return tuple((name, labels[name]) for name, _ in counts.most_common() if name in labels)


def evidence_map(documents: Sequence[Document], vocabulary: Vocabulary, condition: str) -> EvidenceMap:
    """Return what guidelines recommend, and reviews and trials find, on each intervention for a condition.

    Background pages and the article tell of these sources and are left out, so that nothing counts twice. A statement
    on a broader class is listed under the class.

    Raises: ValueError if the vocabulary has no such condition.
    """
    matcher = Matcher(vocabulary)
    label = matcher.label(condition)
    found: dict[str, dict[str, list[Said]]] = {}
    guidelines: dict[str, Metadata] = {}
    for document in documents:
        if document.metadata.kind not in _MAPPED:
            continue
        for span in document.statements:
            if condition not in span.statement.conditions or not is_mapped(span):
                continue
            if document.metadata.kind is DocumentKind.GUIDELINE:
                guidelines[document.id] = document.metadata
            for concept in span.statement.interventions:
                found.setdefault(concept, {}).setdefault(document.id, []).append(said_of(document, span, matcher))
    rows = []
    for concept, by_document in found.items():
        every = [said for each in by_document.values() for said in each]
        cells = {
            document_id: tuple(sorted(each, key=lambda said: said.direction == ""))  # what takes a side comes first
            for document_id, each in by_document.items()
        }
        recommended = {
            said.direction for said in every if said.document.kind is DocumentKind.GUIDELINE and said.current
        }
        on_main = {
            said.direction for said in every if said.document.kind is not DocumentKind.GUIDELINE and said.on_main
        }
        rows.append(
            Row(
                concept,
                matcher.label(concept),
                cells,
                guidelines=_relation(recommended & _SIDES),
                studies=_relation(on_main & _EFFECTS),
            )
        )
    rows.sort(key=lambda row: (-len(row.said), row.label.lower()))
    newest = sorted(guidelines.values(), key=lambda m: (m.superseded_by is not None, -(m.year or 0), m.id))
    main = matcher.label(matcher.pack.main_result) if matcher.pack.main_result else ""
    return EvidenceMap(condition, label, main, tuple(newest), tuple(rows))


def directions(table: EvidenceMap) -> tuple[str, ...]:
    """Return the directions that the sources of a map take, the commonest first."""
    taken = Counter(said.direction for row in table.rows for each in row.said.values() for said in each)
    return tuple(direction for direction, _ in taken.most_common() if direction)


def filtered(table: EvidenceMap, intervention: str = "", body: str = "", direction: str = "") -> EvidenceMap:
    """Return the part of a map that is wanted; what is empty filters nothing.

    Args:
        table: The whole map.
        intervention: Part of the name of the interventions to keep, in any case.
        body: Id of the one guideline to keep, with the rows on which it says something.
        direction: Keep the rows in which a source that is kept takes it.
    """
    wanted = intervention.strip().casefold()
    rows = []
    for row in table.rows:
        said = {name: each for name, each in row.said.items() if not body or name == body}
        taken = {one.direction for each in said.values() for one in each}
        if said and wanted in row.label.casefold() and (not direction or direction in taken):
            rows.append(row._replace(said=said))
    guidelines = tuple(each for each in table.guidelines if not body or each.id == body)
    return table._replace(guidelines=guidelines, rows=tuple(rows))


def is_mapped(span: StatementSpan) -> bool:
    """Return whether a statement takes a side, or says that its source takes none."""
    statement = span.statement
    graded = any(grade.direction for grade in statement.grades)
    return statement.kind is StatementKind.RECOMMENDATION or graded or statement.effect is not None


def said_of(document: Document, span: StatementSpan, matcher: Matcher) -> Said:
    """Return what one statement of a document says."""
    statement = span.statement
    stem = f"{document.text[slice(*span.stem)]} " if span.stem else ""
    return Said(
        document=document.metadata,
        direction=side(statement.grades, statement.effect) or "",
        outcomes=tuple(matcher.label(name) for name in statement.outcomes),
        grades=tuple(
            (display(grade), shown_grade(grade, matcher.grading)) for grade in statement.grades if grade.is_stated
        ),
        quote=stem + document.text[span.start : span.end],
        link=span_link(document.id, span.start, span.end),
        on_main=matcher.pack.main_result in (None, *statement.outcomes),
    )


def _relation(sides: Set[str]) -> Relation:
    if not sides:
        return "silent"
    return "differ" if len(sides) > 1 else "agree"


def timeline(documents: Iterable[Document]) -> tuple[Event, ...]:
    """Return guidelines, criteria, reviews and trials by year, newest first, those without a year last."""
    shown = (*_MAPPED, DocumentKind.CRITERIA, DocumentKind.ARTICLE)
    listed = sorted((d.metadata for d in documents if d.metadata.kind in shown), key=lambda m: (-(m.year or 0), m.id))
    return tuple(Event(str(metadata.year or _NO_YEAR), metadata) for metadata in listed)


def all_estimates(documents: Iterable[Document], condition: str) -> tuple[Estimate, ...]:
    """Return the estimates of trials and reviews on a condition."""
    found = []
    for document in documents:
        about = {span.statement.id: span.statement.conditions for span in document.statements}
        mine = estimates.of_document(document)
        found += [estimate for estimate in mine if condition in about[estimate.statement_id]]
    return tuple(found)


def coverage(documents: Sequence[Document], vocabulary: Vocabulary) -> Coverage:
    """Return what the corpus holds and does not hold."""
    concepts = {concept.id: concept for concept in vocabulary.concepts}
    told = Counter(
        name for document in documents for span in document.statements for name in span.statement.interventions
    )
    known = [concept for concept in vocabulary.concepts if concept.kind is ConceptKind.INTERVENTION]
    states = Counter(document.review_state for document in documents)
    kinds = Counter(document.metadata.kind.value for document in documents)
    return Coverage(
        kinds=tuple((kind.value, kinds[kind.value]) for kind in DocumentKind if kinds[kind.value]),
        statements=sum(len(document.statements) for document in documents),
        states=tuple((state, states[state]) for state in ReviewState),
        interventions=tuple((concepts[name].label, n) for name, n in told.most_common() if name in concepts),
        without=tuple(sorted(concept.label for concept in known if not told[concept.id])),
        conditions=tuple(
            sorted(c.label for c in vocabulary.concepts if c.kind is ConceptKind.CONDITION and c.in_scope)
        ),
        out_of_scope=tuple(sorted(concept.label for concept in vocabulary.concepts if not concept.in_scope)),
    )


def labels(vocabulary: Vocabulary) -> Mapping[str, str]:
    """Return the label of each concept."""
    return {concept.id: concept.label for concept in vocabulary.concepts}


def estimate_label(estimate: Estimate, label: Mapping[str, str]) -> str:
    """Return what an estimate is called in a plot: outcome, intervention, source, and how many took part if told."""
    about = ", ".join(label.get(name, name) for name in estimate.interventions)
    outcome = f"{label.get(estimate.outcomes[0], estimate.outcomes[0])}: " if estimate.outcomes else ""
    return f"{outcome}{about}, {estimate.short_title}{f', n = {estimate.people}' if estimate.people else ''}"
