"""What documents that were added as published say on a question: their sentences, verbatim, as found in the text.

From the documents that searching puts first, the passages nearest to the question are cut into what can be quoted: a
short block, the items of a list under their heading, or a sentence of a long one. Each has reasons for and against, as
curated statements have (``scoring``); what they weigh, and which chance of being right is enough for an answer, is
fitted on public questions by ``eval/fit_published.py``. Where these are silent, or the curated statements answer about
as well, nothing is quoted.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from fmqa import fitting
from fmqa.evidence.catalogue import Catalogue, quoted
from fmqa.evidence.library import Library
from fmqa.evidence.ranking import KINDS
from fmqa.evidence.searching import SIGNALS, Found, Nearness, nearness
from fmqa.text import figures
from fmqa.text.sentences import Span, sentences
from fmqa.text.words import LIGHT_WORDS, content_words
from fmqa.types import (
    Document,
    EvidenceStatement,
    Passage,
    Query,
    Section,
    StatementSpan,
)

MORE: Final = 0.2
"""How much more of what is asked than any curated statement, where these answer too."""
SURE: Final = 0.8
"""The least chance of being right with which they take the place of curated statements that answer confidently."""

_FITTED: Final = json.loads(Path(__file__).with_name("quoting.json").read_text("utf-8"))
WEIGHTS: Final[dict[str, float]] = {name: reason["weight"] for name, reason in _FITTED["reasons"].items()}
CHANCE: Final[dict[str, float]] = _FITTED["chance"]
THRESHOLD: Final[float] = _FITTED["threshold"]
"""The least chance of being right with which something is quoted; see docs/decisions/0008."""

_SIGNALS: Final = tuple(name for name in CHANCE if name in WEIGHTS)
"""Reasons of the first candidate that the chance is computed from, beside its score."""
_PASSAGES: Final = 20  # that searching puts first
_DOCUMENTS: Final = 3  # of which other passages are looked at too
_OF_EACH: Final = 12
_FEWEST: Final = 3  # words of a quotation
_MOST: Final = 3
_WHOLE: Final = 45  # words up to which a block is quoted whole
_ITEM: Final = 15  # words up to which a block can be an item of a list without a stem
_IN_TITLE: Final = 0.3  # weight of a word of the title, which is said of every sentence and tells none from another
_NEAR: Final = 1.0  # how far below the best score another quotation may be
_ENDS: Final = re.compile(r"[.!?:;][)\]\"'”’\[\d,\s–⁰-⁹¹²³-]*$")
# A dose whose drug stands in a line above: alone it could be taken for that of another.
_NAMELESS: Final = re.compile(
    r"(?:\W*\b(?:adults?|child(?:ren)?|infants?|neonates?|elderly|pregnan\w+|under|over|age[ds]?|of|years?|months?|weeks?"
    r"|old|for|[ivm]|weighing|by|mouth|oral(?:ly)?|iv|im|intra\w+|then|or|and|to|up|the|max\w*|dos\w+|loading|maintenance|initial"
    r"|initially|start\w*|with|give[ns]?|\d[\d.,–-]*|kg)\b)*\W*\d[\d.,–-]*\s?(?:mg|g|mcg|[µμ]g|ml|units?|iu)\b",
    re.IGNORECASE,
)
_LEANS: Final = re.compile(
    r"^(?:it|this|these|those|they|such|he|she|however|moreover|thus|therefore|both|neither)\b", re.I
)
_RESULT: Final = re.compile(
    r"\b[pP]\s?[=<>≤≥]\s?0?[.·]\d|\bCI\b|\bconfidence interval\b"
    r"|\b(?:significant(?:ly)?|differ(?:ed|ences?)?|similar)\b"
    r"|\b(?:increased?|decreased?|reduced|reductions?|improved|improvements?|higher|lower|greater|fewer|less|more|better"
    r"|worse) (?:\w+ ){0,6}(?:than|in|with|by|after|compared|from)\b",
    re.IGNORECASE,
)
# What the heading of a kind of section says, for the kinds that a question may ask for.
_SECTIONS: Final = {
    name: re.compile(heads, re.IGNORECASE)
    for name, heads in {
        "treatment": r"treat|manage|therap|\bdrug|medic",
        "prevention": r"prevent|prophyla",
        "investigations": r"investigat|\btests?|examination|work-?up",
        "differential diagnosis": r"differential",
        "features": r"features|symptom|signs|presentation",
        "complications": r"complication|sequel",
        "causes": r"cause|a?etiolog|risk factor|pathogen",
        "harms": r"adverse|safety|harm|caution|contra-?indic|warning",
        "recommendations": r"recommend|summary|guidance",
    }.items()
}
_PLACES: Final = tuple(
    (name, re.compile(heads, re.IGNORECASE))
    for name, heads in (
        ("results", r"\b(?:results?|findings?)\b"),
        ("conclusions", r"\b(?:conclusions?|summary|interpretation)\b"),
        ("discussion", r"\bdiscussion\b"),
        (
            "methods",
            r"\b(?:methods?|design|participants|statistic\w*|analys[ei]s|procedures?|measures?|setting|protocol)\b",
        ),
        ("background", r"\b(?:background|introduction|objectives?|aims?)\b"),
        ("matter", r"\b(?:contents|acknowledge?ments?|competing|conflicts?|funding|contributions?|abbreviations)\b"),
    )
)


class Published(NamedTuple):
    """What was found."""

    statements: tuple[EvidenceStatement, ...]
    coverage: float = 0.0  # share of what is asked that the best of them holds, with its headings and title
    chance: float = 0.0  # that the first of them answers


class Candidate(NamedTuple):
    """Something that can be quoted, and the reasons for and against it."""

    row: int
    span: Span
    stem: Span | None
    record: StatementSpan | None
    held: float  # share of what is asked that its passage and title hold
    reasons: dict[str, float]

    @property
    def score(self) -> float:
        """The weighed sum of its reasons."""
        return sum(WEIGHTS[name] * value for name, value in self.reasons.items())


def weights(query: Query, catalogue: Catalogue) -> dict[str, float]:
    """Return the words of a question that carry meaning, each with how rare it is."""
    return {word: catalogue.index.idf(word) for word in sorted(query.asks.words)}


def coverage(wanted: Mapping[str, float], stems: frozenset[str], catalogue: Catalogue) -> float:
    """Return the share of what is asked that the terms of a text hold, in [0, 1]."""
    total = sum(wanted.values())
    return sum(w for word, w in wanted.items() if catalogue.index.stems(word) <= stems) / total if total else 0.0


def quote(searched: Found, library: Library) -> Published:
    """Return what documents as published answer to a query, best first; nothing if it is too likely to be wrong."""
    if searched.published is None:
        return Published(())
    query, catalogue = searched.asked_of_published, library.catalogue
    found = candidates(query, searched.published.fused, nearness(query, searched.published, catalogue), catalogue)
    if not found or (likely := chance(found)) < THRESHOLD:
        return Published(())
    # A question about 5 cm is not answered by what holds for 10, where something says what holds for 5.
    numbers = set() if query.years else set(query.asks.numbers)
    if numbers and numbers <= set(figures.numbers(_words(found[0], catalogue))):
        found = [each for each in found if numbers <= set(figures.numbers(_words(each, catalogue)))]
    kept: list[Candidate] = []
    for each in found:
        if len(kept) == _MOST or each.score < found[0].score - _NEAR:
            break
        words = content_words(_words(each, catalogue))
        said = (content_words(_words(other, catalogue)) for other in kept)
        if not any(len(words & before) >= 0.8 * min(len(words), len(before)) for before in said if before and words):
            kept.append(each)
    return Published(tuple(_evidence(each, catalogue) for each in kept), max(each.held for each in kept), likely)


def chance(found: Sequence[Candidate]) -> float:
    """Return the chance that the first of the candidates answers the question, in (0, 1)."""
    total = CHANCE["constant"] + sum(CHANCE[name] * value for name, value in signals(found).items())
    return fitting.chance(total)


def signals(found: Sequence[Candidate]) -> dict[str, float]:
    """Return the numbers that the chance is computed from."""
    best = found[0]
    return {
        "score": best.score,
        "margin": best.score - found[-1].score,
        **{name: best.reasons[name] for name in _SIGNALS},
    }


def candidates(query: Query, fused: Mapping[int, float], near: Nearness, catalogue: Catalogue) -> list[Candidate]:
    """Return what can be quoted with its reasons, best first, ties in the order of the text."""
    asked = _Asked(query, catalogue)
    found = [
        each for row, signals in _rows(query, fused, near, catalogue).items() for each in asked.candidates(row, signals)
    ]
    return sorted(found, key=lambda each: (-each.score, each.row, each.span))


def _rows(
    query: Query, fused: Mapping[int, float], near: Nearness, catalogue: Catalogue
) -> dict[int, dict[str, float]]:
    """Return the passages that searching put first, and of the first documents those nearest, with what is near."""
    index = catalogue.index
    first = [
        row
        for row in list(fused)[:_PASSAGES]
        if not query.documents or index.passage(row).anchor.document_id in query.documents
    ]
    named = list(dict.fromkeys(index.passage(row).anchor.document_id for row in first))[:_DOCUMENTS]
    every = list(dict.fromkeys([*first, *(row for name in named for row in index.rows_of(name))]))
    signals = {
        row: dict(zip(SIGNALS, values, strict=True)) for row, values in zip(every, near(every).tolist(), strict=True)
    }
    nearest = (
        sorted(index.rows_of(name), key=lambda row: (-signals[row]["dense"] - signals[row]["coverage"], row))[:_OF_EACH]
        for name in named
    )
    return {row: signals[row] for row in dict.fromkeys([*first, *(row for rows in nearest for row in rows)])}


class _Asked:
    """A question made ready to weigh many sentences."""

    def __init__(self, query: Query, catalogue: Catalogue) -> None:
        self._catalogue, self._index = catalogue, catalogue.index
        self._wanted = weights(query, catalogue)
        self._kinds = {kind for intent in query.intents for kind in KINDS[intent]}
        self._pairs = {(self._form(a), self._form(b)) for a, b in pairwise(query.asks.words)}
        self._asks_result = query.asks.result
        self._asks_number = query.asks.number
        self._sections = [(words, _SECTIONS[name]) for name, words in query.asks.sections.items()]
        self._of: dict[str, tuple[Document, frozenset[str], dict[Span, StatementSpan]]] = {}

    def _form(self, word: str) -> str:
        return " ".join(sorted(self._index.stems(word)))

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset().union(*(self._index.stems(word) for word in content_words(text)))

    def _document(self, name: str) -> tuple[Document, frozenset[str], dict[Span, StatementSpan]]:
        """Return a document, the terms of its title, and its statements by their place."""
        if name not in self._of:
            document = self._index.document(name)
            metadata = document.metadata
            around = f"{metadata.title} {metadata.organisation or ''} {metadata.year or ''}"
            records = {(span.start, span.end): span for span in document.statements}
            self._of[name] = document, self._stems(around), records
        return self._of[name]

    def candidates(self, row: int, signals: Mapping[str, float]) -> Iterator[Candidate]:
        """Yield what can be quoted from a passage."""
        passage = self._index.passage(row)
        document, title, records = self._document(passage.anchor.document_id)
        headings = self._stems(" ".join(passage.headings)) | self._said_by(passage.headings)
        whole = self._index.passage_stems(row) | title | headings
        telling = {w: v * (_IN_TITLE if self._index.stems(w) <= title else 1.0) for w, v in self._wanted.items()}
        shared = {
            **{name: signals[name] for name in ("fused", "dense", "bm25", "first")},
            "passage": coverage(self._wanted, whole, self._catalogue),
            "title": coverage(self._wanted, title, self._catalogue),
            "headings": coverage(telling, headings, self._catalogue),
            "early": float(row - self._index.rows_of(document.id).start < 6),
            **self._place(passage.headings),
            "outdated": float(_is_outdated(document)),
        }
        for span, stem in _quotable(document, passage, records):
            text = document.text[slice(*span)]
            words = text.split()
            if len(words) < _FEWEST or text.endswith((":", "?")) or (text.isupper() and len(words) < 12):
                continue
            if _NAMELESS.match(text):
                continue
            record = records.get(span) or next(
                (r for s, r in records.items() if span[0] <= s[0] and s[1] <= span[1]), None
            )
            stems = self._stems(f"{document.text[slice(*stem)] if stem else ''} {text}")
            forms = [self._form(word) for word in re.findall(r"\w+", text.lower()) if word not in LIGHT_WORDS]
            pairs = self._pairs & set(pairwise(forms))
            reasons = {
                **shared,
                "words": coverage(telling, stems, self._catalogue),
                "words and headings": coverage(telling, stems | headings, self._catalogue),
                "pairs": len(pairs) / len(self._pairs) if self._pairs else 0.0,
                "result": float(self._asks_result and bool(_RESULT.search(text))),
                "number": float(self._asks_number and bool(re.search(r"\d", text))),
                "kind": float(record is not None and record.statement.kind in self._kinds),
                "graded": float(record is not None and bool(record.statement.grades)),
                "length": min(1.0, len(words) / 40),
                "short": float(len(words) < 6),
                "leans": float(bool(_LEANS.match(text))),
                "list": float(stem is not None and "\n" in text.strip()),
            }
            at = records.get(span)
            yield Candidate(row, span, at.stem if at else stem, at, shared["passage"], reasons)

    def _said_by(self, headings: Sequence[str]) -> frozenset[str]:
        """Return the terms of the words that ask for this kind of section: "treated" is said by "Treatment"."""
        path = " ".join(headings)
        words = [
            word for asked, heads in self._sections if heads.search(path) for word in asked if word in self._wanted
        ]
        return frozenset().union(*(self._index.stems(word) for word in words))

    def _place(self, headings: Sequence[str]) -> dict[str, float]:
        """Return what the headings say of the sentences below: results answer, methods seldom do."""
        last, path = " ".join(headings[-2:]), " ".join(headings)
        asked = any(heads.search(path) for _, heads in self._sections)
        other = not asked and bool(self._sections) and any(heads.search(last) for heads in _SECTIONS.values())
        places = {f"in {name}": float(bool(heads.search(last))) for name, heads in _PLACES}
        if places["in results"]:  # "Methods and findings"
            places["in methods"] = 0.0
        return {"asked section": float(asked), "other section": float(other), **places}


def _is_outdated(document: Document) -> bool:
    """Return whether a document is superseded or retracted."""
    metadata = document.metadata
    return metadata.superseded_by is not None or (
        metadata.origin is not None and metadata.origin.retraction is not None
    )


def _quotable(
    document: Document, passage: Passage, records: Mapping[Span, StatementSpan]
) -> Iterator[tuple[Span, Span | None]]:
    """Yield the spans of a passage that can be quoted, each with the span that must be quoted with it."""
    first, last = passage.anchor.position.start, passage.anchor.position.end
    blocks = [
        ((max(section.start, first), min(section.end, last)), section)
        for section in document.sections
        if section.start < last and first < section.end and document.text[section.start : section.end].strip()
    ]
    graded = [span for span, record in records.items() if record.grades]
    items: list[tuple[Span, Section]] = []
    for block, section in blocks:
        count = len(document.text[slice(*block)].split())
        has_grade = any(block[0] <= start and end <= block[1] for start, end in graded)  # it is of its own sentence
        ends = document.text[slice(*block)].endswith((".", ":", "?"))
        if count <= _ITEM and not (has_grade or ends or section.stem):
            items.append((block, section))
            continue
        yield from _list(document, items)
        items = []
        spans = _finished(document.text, sentences(document.text, block))
        if count <= _WHOLE and not has_grade:
            yield (block[0], spans[-1][1]), section.stem
            continue
        for number, span in enumerate(spans):
            if number and _LEANS.match(document.text, *span):
                yield (spans[number - 1][0], span[1]), section.stem  # it says of what only with the one before
            yield span, section.stem
    yield from _list(document, items)


def _finished(text: str, spans: list[Span]) -> list[Span]:
    """Return the sentences of a block without a last one that has no end: a column or passage broke off in it."""
    unfinished = len(spans) > 1 and not _ENDS.search(text, *spans[-1])
    return spans[:-1] if unfinished else spans


def _list(document: Document, items: Sequence[tuple[Span, Section]]) -> Iterator[tuple[Span, Span | None]]:
    """Yield the items of a list together, as many as can be quoted at once, below what they are items of."""
    start, count = 0, 0
    for number, (block, section) in enumerate(items):
        count += len(document.text[slice(*block)].split())
        following = items[number + 1][0] if number + 1 < len(items) else None
        if following is None or count + len(document.text[slice(*following)].split()) > _WHOLE:
            yield (items[start][0][0], block[1]), _heading(document, section)
            start, count = number + 1, 0


def _heading(document: Document, section: Section) -> Span | None:
    """Return where the heading above a block stands."""
    if not section.headings:
        return None
    start = document.text.rfind(section.headings[-1], 0, section.start)
    return (start, start + len(section.headings[-1])) if start >= 0 else None


def _words(candidate: Candidate, catalogue: Catalogue) -> str:
    """Return what would be quoted, with its stem."""
    text = catalogue.index.document(catalogue.index.passage(candidate.row).anchor.document_id).text
    return f"{text[slice(*candidate.stem)] if candidate.stem else ''} {text[slice(*candidate.span)]}"


def _evidence(candidate: Candidate, catalogue: Catalogue) -> EvidenceStatement:
    """Return the quotation, its lines joined, below a heading that ends in a colon."""
    made = quoted(catalogue, candidate.row, candidate.span, candidate.stem, candidate.record, candidate.score)
    lines = [" ".join(line.split()) for line in made.anchor.quote.exact.splitlines() if line.strip()]
    opening = " ".join(made.stem.quote.exact.split()) if made.stem else ""
    if opening and candidate.record is None and not opening.endswith(":"):
        opening += ":"
    return made.model_copy(update={"text": f"{opening} {'; '.join(lines)}".strip()})
