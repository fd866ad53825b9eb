"""What documents that were added as published say on a question: their sentences, verbatim, as found in the text.

They answer only where they hold clearly more of what is asked than the curated statements do, or these are silent. No
chance is given that they are right: the rule that a confidence comes from was fitted on curated statements.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from fmqa import anchors, facts, intents, scoring
from fmqa.catalogue import Catalogue, content_words
from fmqa.sentences import Span, sentences
from fmqa.types import Anchor, Document, EvidenceStatement, Query, RetrievedPassage, StatementKind, StatementSpan

LEAST: Final = 0.62
"""Share of what is asked, by weight of its words, that a passage and its headings must hold to answer."""
MORE: Final = 0.2
"""How much more of it than the curated statements, where these answer too."""

_NEAR: Final = 0.12  # how much less than the best another passage may hold and still be quoted
_IN_TITLE: Final = 0.3  # weight of a word that the title holds
_ON_IT: Final = 0.4  # for a document whose title holds what is asked
_ANSWERS: Final = 0.15
_ANSWERING: Final = re.compile(
    r"\b(?:conclusions?|results?|findings?|recommendations?|summary|management|treatment)\b", re.I
)
_LEADING_UP: Final = re.compile(
    r"\b(?:background|introduction|methods?|contents|objectives?|acknowledge?ments?)\b", re.I
)
_FEWEST: Final = 3  # words of a quotation
_OF_KIND: Final = 0.35  # for a sentence of the kind that is asked for
_GRADED: Final = 0.1
_OUTDATED: Final = -0.3  # retracted or superseded, where another source says it too
_MOST: Final = 3
_WHOLE: Final = 45  # words up to which a block is quoted whole
_LEANS: Final = re.compile(
    r"^(?:it|this|these|those|they|such|he|she|however|moreover|thus|therefore|both|neither)\b", re.I
)


class Published(NamedTuple):
    """What was found."""

    statements: tuple[EvidenceStatement, ...]
    coverage: float  # share of what is asked that the best of them holds


class _Choice(NamedTuple):
    score: float
    coverage: float
    passage: RetrievedPassage
    document: Document
    span: Span
    record: StatementSpan | None


def weights(query: Query, catalogue: Catalogue) -> dict[str, float]:
    """Return the words of a question that carry meaning, each with how rare it is."""
    words = content_words(query.text) - intents.FILLER
    return {word: catalogue.index.idf(word) for word in sorted(words)}


def coverage(wanted: Mapping[str, float], stems: frozenset[str], catalogue: Catalogue) -> float:
    """Return the share of what is asked that the terms of a text hold, in [0, 1]."""
    total = sum(wanted.values())
    return sum(w for word, w in wanted.items() if catalogue.index.stems(word) <= stems) / total if total else 0.0


def select(query: Query, retrieved: Sequence[RetrievedPassage], catalogue: Catalogue) -> Published:
    """Return the sentences of documents as published that answer a query, best first; none if too little is held.

    Args:
        query: What is asked.
        retrieved: The best passages of such documents.
        catalogue: The index.
    """
    wanted = weights(query, catalogue)
    kinds = {kind for intent in query.intents for kind in scoring.KINDS[intent]}
    choices = [c for passage in retrieved if (c := _choice(passage, query, wanted, kinds, catalogue)) is not None]
    choices.sort(key=lambda c: (-c.score, c.passage.row))
    if not choices:
        return Published((), 0.0)
    # A question about 5 cm is not answered by what holds for 10, where something says what holds for 5.
    numbers = set() if query.years else set(facts.numbers(query.text))
    if numbers and numbers <= set(facts.numbers(_words(choices[0]))):
        choices = [choice for choice in choices if numbers <= set(facts.numbers(_words(choice)))]
    best = max(c.coverage for c in choices)
    kept: list[_Choice] = []
    for choice in choices:
        words = content_words(choice.document.text[slice(*choice.span)])
        said = (content_words(other.document.text[slice(*other.span)]) for other in kept)
        repeated = any(len(words & before) >= 0.8 * min(len(words), len(before)) for before in said if before and words)
        if choice.coverage >= max(LEAST, best - _NEAR) and not repeated and len(kept) < _MOST:
            kept.append(choice)
    return Published(tuple(_evidence(choice) for choice in kept), best if kept else 0.0)


def _words(choice: _Choice) -> str:
    """Return what would be quoted, with its stem."""
    stem = choice.passage.passage.stem
    return f"{stem.quote.exact if stem else ''} {choice.document.text[slice(*choice.span)]}"


def _choice(
    retrieved: RetrievedPassage,
    query: Query,
    wanted: Mapping[str, float],
    kinds: set[StatementKind],
    catalogue: Catalogue,
) -> _Choice | None:
    index, passage = catalogue.index, retrieved.passage
    document = index.document(passage.anchor.document_id)
    if query.documents and document.id not in query.documents:
        return None
    around = f"{document.metadata.title} {document.metadata.organisation or ''} {document.metadata.year or ''}"
    context = frozenset().union(*(index.stems(word) for word in content_words(around)))
    held = coverage(wanted, index.passage_stems(retrieved.row) | context, catalogue)
    records = {(span.start, span.end): span for span in document.statements}
    # What the title says is said of every sentence: it tells none from another.
    telling = {word: w * (_IN_TITLE if index.stems(word) <= context else 1.0) for word, w in wanted.items()}
    in_place = _in_place(passage.headings)
    best: tuple[float, Span] | None = None
    for block in _blocks(document, (passage.anchor.position.start, passage.anchor.position.end)):
        graded = any(block[0] <= s[0] and s[1] <= block[1] and r.grades for s, r in records.items())
        whole = len(document.text[slice(*block)].split()) <= _WHOLE and not graded  # a grade is of its own sentence
        spans = [block] if whole else sentences(document.text, block)
        for number, span in enumerate(spans):
            words = document.text[slice(*span)]
            if words.endswith((":", "?")) or words.isupper() or len(words.split()) < _FEWEST:
                continue
            stems = frozenset().union(*(index.stems(word) for word in content_words(words)))
            record = records.get(span) or next(
                (r for s, r in records.items() if span[0] <= s[0] and s[1] <= span[1]), None
            )
            score = coverage(telling, stems, catalogue) + in_place
            score += _OF_KIND * (record is not None and record.statement.kind in kinds)
            score += _GRADED * (record is not None and bool(record.statement.grades))
            if number and _LEANS.match(words):
                span = (spans[number - 1][0], span[1])  # noqa: PLW2901 - it says of what only with the one before
            if best is None or score > best[0]:
                best = score, span
    if best is None:
        return None
    metadata = document.metadata
    outdated = metadata.superseded_by is not None or (
        metadata.origin is not None and metadata.origin.retraction is not None
    )
    score = best[0] + held + 0.2 * retrieved.score + (_OUTDATED if outdated else 0.0)
    score += _ON_IT * coverage(wanted, context, catalogue)
    return _Choice(score, held, retrieved, document, best[1], records.get(best[1]))


def _in_place(headings: Sequence[str]) -> float:
    """Return what the section says of its sentences: results and recommendations answer, background seldom does."""
    last = " ".join(headings[-2:])
    return _ANSWERS * (bool(_ANSWERING.search(last)) - bool(_LEADING_UP.search(last)))


def _blocks(document: Document, whole: Span) -> list[Span]:
    """Return the parts of a document's blocks that lie in a passage."""
    found = []
    for section in document.sections:
        start, end = max(section.start, whole[0]), min(section.end, whole[1])
        if start < end and document.text[start:end].strip():
            found.append((start, end))
    return found


def _evidence(choice: _Choice) -> EvidenceStatement:
    document, passage, record = choice.document, choice.passage.passage, choice.record

    def anchor(start: int, end: int) -> Anchor:
        return anchors.make(document.id, document.text, document.sha256, start, end, passage.text)

    stem = passage.stem if record is None else anchor(*record.stem) if record.stem else None
    body = anchor(*choice.span)
    return EvidenceStatement(
        id=f"{document.id}#{record.statement.id}" if record else passage.id,
        passage_id=passage.id,
        kind=record.statement.kind if record else StatementKind.BACKGROUND,
        text=" ".join(f"{stem.quote.exact if stem else ''} {body.quote.exact}".split()),
        anchor=body,
        stem=stem,
        grades=record.statement.grades if record else (),
        grade_anchors=tuple(anchor(*grade) for grade in record.grades) if record else (),
        statement=record.statement if record else None,
        document=document.metadata,
        review_state=document.review_state,
        score=choice.score,
        page=document.page(choice.span[0]),
        section=passage.headings,
    )
