"""Every curated statement of an index, made ready to be looked up and compared: one entry a statement.

A concept is *akin* to another if it is the same, its class, or a member of it: *opioid* is akin to *tramadol*.
"""

import copy
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple, Self

from fmqa.corpus import anchors
from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import NotFound
from fmqa.index.reading import Index
from fmqa.remembering import remembered
from fmqa.text import figures
from fmqa.text.words import content_words
from fmqa.types import Anchor, EvidenceGrade, EvidenceStatement, Metadata, Statement, StatementKind, StatementSpan

FIELDS: Final = ("interventions", "conditions", "populations", "outcomes")  # what a statement is about


class Entry(NamedTuple):
    """A curated statement of the index with what is looked up for each query."""

    id: str  # document#statement
    row: int
    document: Metadata
    span: StatementSpan
    statement: Statement
    text: str  # without its stem
    words: frozenset[str]
    numbers: frozenset[str]
    tells_of: frozenset[str]  # documents that its words name
    sets: tuple[int, ...]  # a number for each of FIELDS: equal sets of concepts have equal numbers

    @property
    def said(self) -> "Said":
        """What it says, as it is compared with others."""
        return Said(self.words, self.numbers, self.statement.grades, self.document.id, _told_of(self.statement))


class Documents(Mapping[str, Metadata]):
    """The metadata of every document of an index, by id; that of running text is read when it is asked for."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.named = {metadata.id: metadata for metadata in index.named_documents()}

    def __getitem__(self, document_id: str) -> Metadata:
        if document_id in self.named:
            return self.named[document_id]
        try:
            return self._index.document(document_id).metadata
        except NotFound:
            raise KeyError(document_id) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.document_ids)

    def __len__(self) -> int:
        return len(self._index.document_ids)


class Catalogue:
    """Every curated statement of an index, by row, by id and by the interventions it is about."""

    def __init__(self, index: Index, matcher: Matcher) -> None:
        self.index = index
        self.matcher = matcher
        self._whole: Catalogue | None = None
        self.by_row: dict[int, Entry] = {}
        self.by_id: dict[str, Entry] = {}
        self.by_concept: dict[str, list[Entry]] = {}
        self.by_document: dict[str, list[Entry]] = {}
        self.interactions: list[Entry] = []
        self.overviews: list[Entry] = []
        self.ancestors = {concept.id: matcher.ancestors(concept.id) for concept in index.vocabulary.concepts}
        self.kin = _kin(self.ancestors)
        self.quantities = lru_cache(None)(_quantities)
        self.evidence = remembered(self._read_evidence, 1024)
        self._about: dict[str, tuple[Entry, ...]] = {}
        members = Counter(a for c, found in self.ancestors.items() for a in found if a != c)
        # A class has members of its own right; a drug with one other form is no class: what is said of the drug is not
        # said of the form.
        self.classes = frozenset(c for c, n in members.items() if n > 2)
        pack = matcher.pack
        # Everybody unless said otherwise: these do not narrow a statement, nor a question.
        self.usual = pack.usual.everybody
        self.plain_outcomes = frozenset(pack.usual.outcomes)
        # Treatment as such, which a question about no treatment in particular may well be about.
        self.at_large = frozenset(pack.at_large)
        self.implied = frozenset().union(*(concept.implies for concept in index.vocabulary.concepts))
        """What is said by naming some treatment: those who take it."""
        self.documents = Documents(index)
        ours = [metadata for metadata in self.documents.named.values() if metadata.origin is None]
        named_by = (text for m in ours for text in (m.title, m.short_title, *m.aliases))
        other_words = set().union(*map(index.stems, named_by))
        titles = {metadata.short_title.lower(): metadata.id for metadata in ours}
        named = re.compile("|".join(re.escape(t) for t in sorted(titles, key=len, reverse=True)) or r"(?!)")
        numbered: dict[tuple[str, tuple[str, ...]], int] = {}
        for document_id in sorted({document_id for document_id, _ in index.statement_rows}):
            document = index.document(document_id)
            for span in document.statements:
                row = index.statement_rows[document_id, span.statement.id]
                text = document.text[span.start : span.end]
                words = content_words(text)
                numbers = _numbers(words)
                name = f"{document_id}#{span.statement.id}"
                tells_of = frozenset(titles[found] for found in named.findall(text.lower()))
                keys = ((field, getattr(span.statement, field)) for field in FIELDS)
                sets = tuple(numbered.setdefault(key, len(numbered)) for key in keys)
                entry = Entry(name, row, document.metadata, span, span.statement, text, words, numbers, tells_of, sets)
                self.by_row[row] = self.by_id[entry.id] = entry
                self.by_document.setdefault(document_id, []).append(entry)
                other_words |= index.stems(span.statement.plain or "")
                if span.statement.overview:
                    self.overviews.append(entry)
                for concept in {a for c in span.statement.interventions for a in matcher.ancestors(c)}:
                    self.by_concept.setdefault(concept, []).append(entry)
                if span.statement.kind is StatementKind.INTERACTION:
                    self.interactions.append(entry)
        told = (o for entry in self.by_id.values() for o in entry.statement.outcomes)
        self.outcomes = frozenset(a for outcome in told for a in matcher.ancestors(outcome))
        """Outcomes that some statement tells of, with the broader ones."""
        self.other_words = frozenset(other_words)
        """Terms of plain wordings and of the documents' names, which the lexical index does not hold."""

    @property
    def whole(self) -> "Catalogue":
        """Every statement, whichever documents were chosen: what is unsafe is told from all of them."""
        return self if self._whole is None else self._whole

    def _read_evidence(self, statement_id: str) -> EvidenceStatement:
        entry = self.by_id[statement_id]
        return quoted(self, entry.row, (entry.span.start, entry.span.end), entry.span.stem, entry.span, 0.0)

    def only(self, documents: Collection[str]) -> Self:
        """Return the statements of some documents alone, and all interactions; every document stays known by name."""
        part = copy.copy(self)
        part._whole = self.whole
        part.by_row = {row: entry for row, entry in self.by_row.items() if entry.document.id in documents}
        part.by_id = {entry.id: entry for entry in part.by_row.values()}
        part.by_document = {name: found for name, found in self.by_document.items() if name in documents}
        part.by_concept = {}
        for concept, found in self.by_concept.items():
            if kept := [entry for entry in found if entry.document.id in documents]:
                part.by_concept[concept] = kept
        part.overviews = [entry for entry in self.overviews if entry.document.id in documents]
        part._about = {}
        return part

    def about(self, concept: str) -> tuple[Entry, ...]:
        """Return the statements about an intervention, its members, or a class that it belongs to."""
        if concept not in self._about:
            found = {entry.id: entry for entry in self.by_concept.get(concept, ())}
            for ancestor in self.ancestors[concept]:
                for entry in self.by_concept.get(ancestor, ()):
                    if ancestor in entry.statement.interventions:
                        found[entry.id] = entry
            self._about[concept] = tuple(found.values())
        return self._about[concept]

    def akin(self, one: str, other: str) -> bool:
        """Return whether one concept is the other, its class or a member of it."""
        return one in self.kin[other]

    def knows(self, concept: str) -> bool:
        """Return whether any statement is about an intervention."""
        return bool(self.about(concept))


def is_about(statement: Statement, field: str, asked: str, catalogue: Catalogue) -> bool:
    """Return whether a statement is about a concept, or one akin to it, in one of its fields."""
    return not catalogue.kin[asked].isdisjoint(getattr(statement, field))


def is_about_any(statement: Statement, field: str, asked: Iterable[str], catalogue: Catalogue) -> bool:
    """Return whether a statement is about one of some concepts, or one akin to it, in one of its fields."""
    return any(is_about(statement, field, concept, catalogue) for concept in asked)


def _kin(ancestors: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return for each concept those that it is akin to."""
    kin = {concept: set(broader) for concept, broader in ancestors.items()}
    for concept, broader in ancestors.items():
        for one in broader:
            kin[one].add(concept)
    return {concept: frozenset(found) for concept, found in kin.items()}


def _quantities(text: str) -> frozenset[Decimal]:
    return frozenset(quantity.value for quantity in figures.quantities(text))


def concepts_of(statement: EvidenceStatement, field: str, catalogue: Catalogue) -> frozenset[str]:
    """Return what a statement is about in one of its fields: by its record, or else by what its words name."""
    if statement.statement is not None:
        return frozenset(getattr(statement.statement, field))
    return frozenset(m.concept for m in catalogue.matcher.mentions(statement.text) if m.kind.value == field)


class Said(NamedTuple):
    """What a statement says, as it is compared with another."""

    words: frozenset[str]
    numbers: frozenset[str]
    grades: tuple[EvidenceGrade, ...]
    document: str
    told_of: tuple[frozenset[str], ...] | None = None  # interventions, conditions, outcomes; None: nobody recorded them


def _told_of(statement: Statement) -> tuple[frozenset[str], ...]:
    return (
        frozenset(statement.interventions),
        frozenset((*statement.conditions, *statement.populations)),
        frozenset(statement.outcomes),
    )


def said(statement: EvidenceStatement) -> Said:
    """Return what an evidence statement says."""
    words = content_words(statement.text)
    told_of = _told_of(statement.statement) if statement.statement else None
    return Said(words, _numbers(words), statement.grades, statement.document.id, told_of)


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if any(c.isdigit() for c in word))


SAME: Final = 0.65
"""Share of words in common from which two statements of one document say the same thing."""
_SAME_PLAIN: Final = 0.6  # the same, where neither has a number or a grade


def says_again(one: Said, other: Said, share: float | None = None) -> bool:
    """Return whether two statements say the same thing; different numbers or grades do not.

    Nor do statements on different treatments, nor two of one document that are recorded as being on different matters:
    much of "A with B can cause C" is also in "A with D can cause C".

    Args:
        one: What the first says.
        other: What the second says.
        share: Share of words in common; None: by what they are and whether they are of one document.
    """
    if not one.words or not other.words:
        return False
    if not (one.numbers <= other.numbers or other.numbers <= one.numbers) or one.grades != other.grades:
        return False
    if (
        one.told_of
        and other.told_of
        and (one.told_of[0] != other.told_of[0] or (one.document == other.document and one.told_of != other.told_of))
    ):
        return False
    if share is None and not one.numbers and not other.numbers and not one.grades:
        share = _SAME_PLAIN
    shared = len(one.words & other.words) / min(len(one.words), len(other.words))
    return shared >= (share or (SAME if one.document == other.document else SAME + 0.1))


def evidence_of(entry: Entry, score: float, catalogue: Catalogue) -> EvidenceStatement:
    """Return a curated statement with its words and anchors cut from the document's text."""
    return catalogue.evidence(entry.id).model_copy(update={"score": score})


def quoted(
    catalogue: Catalogue,
    row: int,
    body: tuple[int, int],
    stem: tuple[int, int] | None,
    record: StatementSpan | None,
    score: float,
) -> EvidenceStatement:
    """Return words of a passage as an evidence statement; the only place where one is made.

    Args:
        catalogue: Holds the index.
        row: The passage that the words stand in.
        body: Where they stand in the document's text.
        stem: Where the list stem or heading stands that they depend on.
        record: What was recorded of them; None: they are quoted as found.
        score: How well they answer.
    """
    passage = catalogue.index.passage(row)
    document = catalogue.index.document(passage.anchor.document_id)

    def anchor(start: int, end: int) -> Anchor:
        return anchors.make(document.id, document.text, document.sha256, start, end, passage.text)

    opening, words = anchor(*stem) if stem else None, anchor(*body)
    statement = record.statement if record else None
    return EvidenceStatement(
        id=f"{document.id}#{statement.id}" if statement else f"{document.id}@{body[0]}-{body[1]}",
        passage_id=passage.id,
        kind=statement.kind if statement else StatementKind.BACKGROUND,
        text=f"{opening.quote.exact} {words.quote.exact}" if opening else words.quote.exact,
        anchor=words,
        stem=opening,
        grades=statement.grades if statement else (),
        grade_anchors=tuple(anchor(*grade) for grade in record.grades) if record else (),
        statement=statement,
        document=document.metadata,
        review_state=document.review_state,
        score=score,
        page=document.page(body[0]),
        section=passage.headings if document.is_added else (),
    )
