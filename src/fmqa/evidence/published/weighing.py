"""What documents that were added as published say on a question: their sentences, verbatim, as found in the text.

From the documents that searching puts first, the passages nearest to the question are cut into what can be quoted: a
short block, the items of a list under their heading, or a sentence of a long one. Each has reasons for and against, as
curated statements have (``evidence.ranking``); what they weigh, and which chance of being right is enough for an
answer, is fitted on public questions by ``eval/fit_published.py``. Where these are silent, or the curated statements
answer about as well, nothing is quoted.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmqa import fitting
from fmqa.evidence.catalogue import Catalogue
from fmqa.evidence.published import forms, tables
from fmqa.evidence.published.quotable import DRAWN, LEANS, is_reference, quotable
from fmqa.evidence.ranking import KINDS
from fmqa.evidence.searching import SIGNALS, Nearness, Ranking
from fmqa.index import reader
from fmqa.question import intents, outside, persons
from fmqa.text.sentences import Span
from fmqa.text.words import LIGHT_WORDS, content_words
from fmqa.types import Document, Query, StatementSpan

DoubleArray = NDArray[np.float64]

_FITTED: Final = json.loads(Path(__file__).with_name("weighing.json").read_text("utf-8"))
WEIGHTS: Final[dict[str, float]] = {name: reason["weight"] for name, reason in _FITTED["reasons"].items()}
_PASSAGES: Final = 20  # that searching puts first
_DOCUMENTS: Final = 3  # of which other passages are looked at too
_OF_EACH: Final = 12
_FEWEST: Final = 3  # words of a quotation
_ENCODED: Final = 32  # candidates whose own words the encoder looks at: a millisecond each
_READ: Final = 12  # of those, candidates that the reader reads with the question: twice as many are no more often right
_A_BODY: Final = 1_000_000  # milligrams: no dose, but the weight of somebody
_IN_TITLE: Final = 0.3  # weight of a word of the title, which is said of every sentence and tells none from another
# A dose whose drug stands in a line above: alone it could be taken for that of another.
_NUMBER: Final = r"\d[\d.,–-]*+"  # possessive, as all below: a long row of numbers has one reading, not thousands
_UNIT: Final = r"(?:mg|g|mcg|[µμ]g|ml|units?|iu)\b"
_NAMELESS: Final = re.compile(
    r"(?:\W*+\b(?:(?:adults?|child(?:ren)?|infants?|neonates?|elderly|pregnan\w+|under|over|age[ds]?|of|years?|months?|weeks?"
    r"|old|for|[ivm]|weighing|by|mouth|oral(?:ly)?|iv|im|intra\w+|then|or|and|to|up|the|max\w*|dos\w+|loading|maintenance|initial"
    rf"|initially|start\w*|with|give[ns]?|kg)\b|{_NUMBER}(?!\w|\s?{_UNIT})))*+\W*+{_NUMBER}\s?{_UNIT}",
    re.IGNORECASE,
)
_TERM: Final = re.compile(r"[A-Z][a-z][\w ,/'’-]{2,55}: ")  # and behind it what is said of it
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
_OF: Final = re.compile(r"\b(?:of|in|for)\b(.+)", re.IGNORECASE)
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


CHANCE: Final[dict[str, float]] = _FITTED["chance"]
_TOLD_BY: Final = (
    *("says", "words", "words and headings", "passage", "title", "headings", "dense", "bm25", "rarest", "document"),
    *("asked section", "of another", "in results", "in methods", "pairs", "reads"),
)
"""Reasons that the chance of a quotation is computed from, beside its score."""
CHANCE_SIGNALS: Final = ("score", "below best", "share", *_TOLD_BY)


class Candidate(NamedTuple):
    """Something that can be quoted, and the reasons for and against it."""

    row: int
    document: str
    span: Span
    stem: Span | None
    record: StatementSpan | None
    text: str  # what would be quoted, with its stem
    own: str  # the same, without its stem
    reasons: dict[str, float]
    of_group: bool = True  # whether it speaks of a group of people that is asked about, where one is
    of_others: bool = False  # whether it speaks of one that nobody asked about, and its document is not about
    gives: bool = False  # whether it gives a dose, where one is asked for
    beside: bool = False  # whether it does not speak of a dose at all, where one is asked for
    of_another: bool = False  # whether it gives a dose, and nothing says that it is of the drug that is asked about

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


def chance_signals(scores: DoubleArray, reasons: Mapping[str, DoubleArray]) -> DoubleArray:
    """Return for each candidate what its chance is computed from, (candidates, signals), best first as the scores.

    Args:
        scores: Weighed sums, best first.
        reasons: By name, the reasons of each candidate.
    """
    shares = np.exp(scores - scores.max())
    told = (np.asarray(reasons[name], dtype=np.float64) for name in _TOLD_BY)
    return np.column_stack([scores, scores - scores.max(), shares / shares.sum(), *told])


def chances(found: Sequence[Candidate]) -> DoubleArray:
    """Return the chance in (0, 1) that each of some candidates, best first, answers the question."""
    if not found:
        return np.zeros(0)
    scores = np.array([each.score for each in found])
    reasons = {name: np.array([each.reasons[name] for each in found]) for name in _TOLD_BY}
    signals = chance_signals(scores, reasons)
    total = CHANCE["constant"] + signals @ np.array([CHANCE[name] for name in CHANCE_SIGNALS])
    return fitting.chances(total)


def candidates(query: Query, ranking: Ranking, near: Nearness, catalogue: Catalogue) -> list[Candidate]:
    """Return what can be quoted with its reasons, best first, ties in the order of the text.

    The words of the likeliest by the other reasons are compared with the question by the encoder; until then a sentence
    counts as near as its passage. The reader then reads the likeliest of those together with the question.
    """
    asked = _Asked(query, ranking, catalogue)
    found = [
        each
        for row, signals in _rows(query, ranking.fused, near, catalogue).items()
        for each in asked.candidates(row, signals)
    ]
    if any(each.of_group for each in found):  # of whom is asked about, and not of those spoken of beside them
        found = [each for each in found if each.of_group]
    found = _at_large(found)
    found = _each_once(sorted(found, key=_place_of))[:_ENCODED]
    if not found:
        return []
    stays = tables.asked_for([((each.document, each.stem), each.own) for each in found], query.text)
    found = [each for each, keep in zip(found, stays, strict=True) if keep]
    said = np.round(catalogue.index.encode_all([each.text for each in found]) @ ranking.vector, 5)
    found = _told(found, "says", said.tolist())
    read = reader.shipped().score(query.text, [asked.under_title(each) for each in found[:_READ]])
    # What is not read is taken for no better than the worst that is: it stands behind in all else.
    numbers = [*read.tolist(), *[float(read.min())] * (len(found) - len(read))]
    return _told(found, "reads", [round(number, 4) for number in numbers])


def _at_large(found: Sequence[Candidate]) -> list[Candidate]:
    """Return, of documents that give a dose at large where one is asked for, what gives or speaks of one at large.

    The dose of a group that nobody asked about is not the dose, and what is no dose does not go before it.
    """
    at_large = {each.document for each in found if each.gives and not (each.of_others or each.of_another)}
    own = (each for each in found if not each.of_another)
    return [each for each in own if each.document not in at_large or not (each.of_others or each.beside)]


def _each_once(found: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those whose words the same document says before: they would share one chance."""
    return list({(each.document, each.text): each for each in reversed(found)}.values())[::-1]


def _told(found: Sequence[Candidate], name: str, numbers: Sequence[float]) -> list[Candidate]:
    """Return the candidates with a number each for one of their reasons, best first."""
    told = (each._replace(reasons={**each.reasons, name: number}) for each, number in zip(found, numbers, strict=True))
    return sorted(told, key=_place_of)


def _place_of(candidate: Candidate) -> tuple[float, int, Span]:
    return -round(candidate.score, 6), candidate.row, candidate.span


def _rows(
    query: Query, fused: Mapping[int, float], near: Nearness, catalogue: Catalogue
) -> dict[int, dict[str, float]]:
    """Return the passages that searching put first, and of the first documents those nearest, with what is near."""
    index = catalogue.index
    first = [row for row in list(fused)[:_PASSAGES] if not query.documents or index.document_of(row) in query.documents]
    share: dict[str, float] = {}
    for row in first:
        name = index.document_of(row)
        share[name] = share.get(name, 0.0) + fused[row]
    total = sum(share.values()) or 1.0
    named = list(share)[:_DOCUMENTS]
    every = list(dict.fromkeys([*first, *(row for name in named for row in index.rows_of(name))]))
    signals = {
        row: {**dict(zip(SIGNALS, values, strict=True)), "document": share.get(index.document_of(row), 0.0) / total}
        for row, values in zip(every, near(every).tolist(), strict=True)
    }
    nearest = (
        sorted(index.rows_of(name), key=lambda row: (-signals[row]["dense"] - signals[row]["coverage"], row))[:_OF_EACH]
        for name in named
    )
    return {row: signals[row] for row in dict.fromkeys([*first, *(row for rows in nearest for row in rows)])}


class _Known(NamedTuple):
    """A document as a question needs it."""

    document: Document
    title: frozenset[str]  # terms of its title and publisher
    records: dict[Span, StatementSpan]  # its statements by their place
    abbreviations: tuple[tuple[re.Pattern[str], frozenset[str]], ...]  # a form, and the terms of the other form


class _Asked:
    """A question made ready to weigh many sentences."""

    def __init__(self, query: Query, ranking: Ranking, catalogue: Catalogue) -> None:
        self._catalogue, self._index, self._vector = catalogue, catalogue.index, ranking.vector
        self._wanted = weights(query, catalogue)
        self._kinds = {kind for intent in query.intents for kind in KINDS[intent]}
        self._pairs = {(self._form(a), self._form(b)) for a, b in pairwise(query.asks.words)}
        self._asks_result = query.asks.result
        self._asks_number = query.asks.number
        by_weight = any(unit == "mg" and value >= _A_BODY for value, unit in query.asks.amounts)
        self._groups = () if by_weight else persons.groups(self._wanted)  # "a child of 20 kg" is told by the weight
        self._forms = forms.asked_for(query, self._wanted)
        if self._forms.forbidden:
            self._wanted[forms.NOT] = catalogue.index.idf(forms.NOT)
        self._sections = [(words, _SECTIONS[name]) for name, words in query.asks.sections.items()]
        of_form = {word for words in query.asks.sections.values() for word in words}
        self._subject = {word: value for word, value in self._wanted.items() if word not in of_form}
        self._named = frozenset().union(*(self._index.stems(name) for name in query.unknown))
        self._asked_terms = frozenset().union(*(self._index.stems(word) for word in self._wanted))
        self._rarest = max(self._wanted, key=lambda word: (self._wanted[word], word), default=None)
        self._compares = query.asks.comparison
        self._subjects = [self._index.stems(name) for name in self._names(query)]
        self._knows: dict[str, bool] = {}
        self._of: dict[str, _Known] = {}

    def _form(self, word: str) -> str:
        return " ".join(sorted(self._index.stems(word)))

    def _names(self, query: Query) -> Iterator[str]:
        """Yield the words that name a treatment or disease which the vocabulary lacks and some document has."""
        mentions = self._catalogue.matcher.mentions(query.text)
        mentioned = {word for m in mentions for word in query.text[m.start : m.end].lower().split()}
        cues = intents.cues_of(self._catalogue.matcher.pack)
        of_form = {word for words in query.asks.sections.values() for word in words}
        for word in outside.named_like_medicines(query.text, self._index.is_name):
            if word not in mentioned | of_form | LIGHT_WORDS and not intents.intents(word, cues):
                yield word

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset().union(*(self._index.stems(word) for word in content_words(text)))

    def _document(self, name: str) -> _Known:
        if name not in self._of:
            document = self._index.document(name)
            metadata = document.metadata
            around = f"{metadata.title} {metadata.organisation or ''} {metadata.year or ''}"
            records = {(span.start, span.end): span for span in document.statements}
            self._of[name] = _Known(document, self._stems(around), records, tuple(self._abbreviations(document)))
        return self._of[name]

    def _abbreviations(self, document: Document) -> Iterator[tuple[re.Pattern[str], frozenset[str]]]:
        """Yield the forms of what a document abbreviates, each with the terms of the other form that are asked for."""
        for short, long in document.metadata.origin.abbreviations if document.metadata.origin else ():
            for form, other in ((short, long), (long, short)):
                terms = self._stems(other)
                if terms & self._asked_terms:
                    case = 0 if form == short else re.IGNORECASE
                    yield re.compile(rf"(?<!\w){re.escape(form)}(?!\w)", case), terms

    def _terms(self, text: str, known: _Known) -> frozenset[str]:
        """Return the terms of a text of a document, and those that its abbreviations in it stand for."""
        meant = (terms for form, terms in known.abbreviations if form.search(text))
        return self._stems(text).union(*meant)

    def candidates(self, row: int, signals: Mapping[str, float]) -> Iterator[Candidate]:
        """Yield what can be quoted of a passage; nothing where a medicine or disease asked about is not in it."""
        passage = self._index.passage(row)
        known = self._document(passage.anchor.document_id)
        document, title, records = known.document, known.title, known.records
        over = self._terms(" ".join(passage.headings), known)
        headings = over | self._said_by(passage.headings)
        whole = self._index.passage_stems(row) | self._terms(passage.text, known) | title | headings
        if not (self._named <= whole and self._is_known(document.id) and self._is_on_group(passage.text, whole)):
            return
        whole = whole | self._said_of_groups(passage.text, whole)
        telling = {w: v * (_IN_TITLE if self._index.stems(w) <= title else 1.0) for w, v in self._wanted.items()}
        shared = {
            **{name: signals[name] for name in ("fused", "dense", "bm25", "first", "document")},
            "passage": coverage(self._wanted, whole, self._catalogue),
            "title": coverage(self._wanted, title, self._catalogue),
            "headings": coverage(telling, headings, self._catalogue),
            "rarest": float(self._rarest is not None and self._index.stems(self._rarest) <= whole),
            "early": float(row - self._index.rows_of(document.id).start < 6),
            **self._place(passage.headings),
            "of another": self._is_of_another(passage.headings) * self._unnamed(title | over),
            "outdated": float(_is_outdated(document)),
        }
        for span, above in quotable(document, passage, records):
            text = document.text[slice(*span)]
            words = text.split()
            if len(words) < _FEWEST or text.endswith((":", "?")) or (text.isupper() and len(words) < 12):
                continue
            if is_reference(text, passage.headings) or DRAWN.search(text):
                continue
            at = records.get(span)
            record = at or next((r for s, r in records.items() if span[0] <= s[0] and s[1] <= span[1]), None)
            stem = at.stem if at else above
            whole_text = f"{document.text[slice(*stem)]} {text}" if stem else text
            if _NAMELESS.match(text) and not self._is_of_subject(whole_text, stem, known):
                continue
            reasons = shared | {"says": signals["dense"], "reads": 0.0}
            graded = record is not None and bool(record.statement.grades)
            by_form = self._stems(" ".join(self._forms.said(whole_text, graded=graded)))
            own = self._terms(whole_text, known) | by_form
            reasons |= self._of_words(text, headings, telling, own | self._said_of_groups(whole_text, own))
            reasons["passage"] = coverage(self._wanted, whole | by_form, self._catalogue)
            reasons |= {
                "kind": float(record is not None and record.statement.kind in self._kinds),
                "graded": float(graded),
                "list": float(stem is not None and "\n" in text.strip()),
            }
            of_group = self._is_on_group(whole_text, own | title | headings)
            of_others = self._is_of_others(whole_text, self._terms(whole_text, known), title)
            gives = bool(self._forms.dose) and bool(self._forms.said(whole_text, graded=False))
            beside = bool(self._forms.dose) and not (gives or forms.speaks_of_dose(whole_text))
            of_another = gives and not self._names_subject(own | title | headings)
            told = (of_group, of_others, gives, beside, of_another)
            yield Candidate(row, document.id, span, stem, at, whole_text, text, reasons, *told)

    def _is_of_another(self, headings: Sequence[str]) -> bool:
        """Return whether a section is of the kind that is asked for, and of something that the question does not name.

        "Complications of amoebiasis" does not tell those of a lung abscess, though it may mention one.
        """
        last = headings[-1] if headings else ""
        of = (_OF.search(last, found.end()) for _, heads in self._sections if (found := heads.search(last)))
        names = (word for match in of if match for word in content_words(match[1]))
        return any(not self._index.stems(word) <= self._asked_terms for word in names)

    def _unnamed(self, terms: frozenset[str]) -> float:
        """Return the share of what a question is about that terms lack: of "complications of boils", the boils."""
        return 1.0 - coverage(self._subject, terms, self._catalogue) if self._subject else 0.0

    def _names_subject(self, terms: frozenset[str]) -> bool:
        """Return whether terms hold a name that is asked about, if the question has one."""
        return not self._subjects or any(name <= terms for name in self._subjects)

    def _is_on_group(self, text: str, terms: frozenset[str]) -> bool:
        """Return whether a passage speaks of a group of people that is asked about, if one is."""
        return not self._groups or any(self._speaks_of(group, text, terms) for group in self._groups)

    def _is_of_others(self, text: str, terms: frozenset[str], title: frozenset[str]) -> bool:
        """Return whether a quotation speaks of a group of people that is not asked about."""
        others = [group for group in persons.every_group() if group not in self._groups]
        return any(self._speaks_of(group, text, terms) and not self._speaks_of(group, "", title) for group in others)

    def _speaks_of(self, group: persons.Group, text: str, terms: frozenset[str]) -> bool:
        return group.is_told_by_age(text) or any(self._index.stems(word) <= terms for word in group.words)

    def _said_of_groups(self, text: str, terms: frozenset[str]) -> frozenset[str]:
        """Return the terms of the words of a question for groups that a text speaks of in any word."""
        spoken_of = [group for group in self._groups if self._speaks_of(group, text, terms)]
        said = (self._index.stems(word) for word in self._wanted if any(word in g.words for g in spoken_of))
        return frozenset().union(*said)

    def _is_of_subject(self, text: str, stem: Span | None, known: _Known) -> bool:
        """Return whether a dose is of what is asked about: it says so, or its list or table in a document on that."""
        held = self._terms(text, known) | (known.title if stem else frozenset())
        names = self._subjects or ([self._index.stems(self._rarest)] if self._rarest else [])
        return any(name <= held for name in names)

    def _is_known(self, document: str) -> bool:
        """Return whether a document knows what the question names; one that does not is not asked."""
        if document not in self._knows:
            rows = np.array(self._index.rows_of(document), dtype=np.int64)
            title = self._document(document).title
            found = [
                name <= title or bool((self._index.coverage(sorted(name), rows) > 0).any()) for name in self._subjects
            ]
            self._knows[document] = any(found) if self._compares else all(found)
        return not self._subjects or self._knows[document]

    def under_title(self, candidate: Candidate) -> str:
        """Return a quotation as the reader reads it: what is no sentence under its document's title, where that tells.

        A row, an item and what stands behind a term leave it to the title to say what they are about.
        """
        known = self._document(candidate.document)
        is_sentence = candidate.stem is None and not _TERM.match(candidate.own) and tables.CELLS not in candidate.own
        if is_sentence or not self._asked_terms & known.title - self._terms(candidate.text, known):
            return candidate.text
        return f"{known.document.metadata.title}\n{candidate.text}"

    def _of_words(
        self, text: str, headings: frozenset[str], telling: Mapping[str, float], stems: frozenset[str]
    ) -> dict[str, float]:
        """Return the reasons that the words of a quotation give, whose terms are ``stems``."""
        forms = [self._form(word) for word in re.findall(r"\w+", text.lower()) if word not in LIGHT_WORDS]
        pairs = self._pairs & set(pairwise(forms))
        count = len(text.split())
        return {
            "words": coverage(telling, stems, self._catalogue),
            "words and headings": coverage(telling, stems | headings, self._catalogue),
            "pairs": len(pairs) / len(self._pairs) if self._pairs else 0.0,
            "result": float(self._asks_result and bool(_RESULT.search(text))),
            "number": float(self._asks_number and bool(re.search(r"\d", text))),
            "length": min(1.0, count / 40),
            "short": float(count < 6),
            "leans": float(bool(LEANS.match(text))),
        }

    def _said_by(self, headings: Sequence[str]) -> frozenset[str]:
        """Return the terms of the words that ask for this kind of section: "treated" is said by "Treatment"."""
        path = " ".join(headings)
        words = [
            word for asked, heads in self._sections if heads.search(path) for word in asked if word in self._wanted
        ]
        return frozenset().union(*(self._index.stems(word) for word in words))

    def _place(self, headings: Sequence[str]) -> dict[str, float]:
        """Return what the headings say of the sentences below: of effects results tell, and methods seldom do."""
        last, path = " ".join(headings[-2:]), " ".join(headings)
        asked = any(heads.search(path) for _, heads in self._sections)
        other = not asked and bool(self._sections) and any(heads.search(last) for heads in _SECTIONS.values())
        places = {f"in {name}": float(bool(heads.search(last))) for name, heads in _PLACES}
        if not self._asks_result:  # who was treated, how, and what was seen: either may tell
            places["in results"] = places["in methods"] = 0.0
        elif places["in results"]:  # "Methods and findings"
            places["in methods"] = 0.0
        return {"asked section": float(asked), "other section": float(other), **places}


def _is_outdated(document: Document) -> bool:
    """Return whether a document is superseded or retracted."""
    metadata = document.metadata
    return metadata.superseded_by is not None or (
        metadata.origin is not None and metadata.origin.retraction is not None
    )
