"""Question to passages: nearest vectors and BM25, joined into one ranking."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmqa.evidence.catalogue import FIELDS, Catalogue
from fmqa.evidence.library import Library
from fmqa.index.reading import Index
from fmqa.question import asking, dialogue, intents, references, resolving
from fmqa.settings import Settings
from fmqa.text.words import LIGHT_WORDS, content_words, tokenize
from fmqa.types import ConceptKind, FloatArray, IntArray, Query, RetrievedPassage, Trust

SHOWN: Final = 10
"""Passages looked at whole: for confidence, for what is related, and where a passage carries no statement."""
Nearness = Callable[[Sequence[int] | IntArray], FloatArray]
"""Rows of the index -> (rows, signals): how near each is to the question, by every way of searching, or by some."""
SIGNALS: Final = ("fused", "dense", "bm25", "coverage", "first")
"""What ``nearness`` gives of a row, in the order of its columns."""
_Doubles = NDArray[np.float64]
_FEW_ROWS: Final = 20_000
RRF_K = 60
"""Rank constant of reciprocal rank fusion (Cormack et al. 2009, doi:10.1145/1571941.1572114)."""


class Ranking(NamedTuple):
    """Every candidate row of a question with its scores, best first, ties by smaller row."""

    vector: FloatArray
    fused: dict[int, float]
    dense: dict[int, float]  # cosine similarity of the rows that dense search returned
    bm25: dict[int, float]  # BM25 score of the rows that lexical search returned


def rank_text(
    text: str,
    index: Index,
    settings: Settings,
    terms: Sequence[str] = (),
    among: NDArray[np.bool_] | None = None,
    *,
    curated: bool = False,
) -> Ranking:
    """Return the candidates for a question; the same for the same index and text.

    Args:
        text: The standalone question.
        index: What is searched.
        settings: How many candidates each search gives and how they are joined.
        terms: Concepts that the question names (``c:<id>``), searched beside its words.
        among: Which rows are candidates; None: all.
        curated: Whether these are of documents of our own alone, whose words are weighed as they are there.
    """
    index.encode_ahead(text)  # while words are looked up
    lexical = index.lexical(tokenize(text, terms), settings.candidates, among, curated=curated)
    vector = index.encode(text)
    dense = index.dense(vector, settings.candidates, among)
    if settings.fusion == "rrf":
        fused = reciprocal_rank_fusion([dense[0], lexical[0]])
    else:
        fused = convex_fusion(dense, lexical, settings.dense_weight)
    rows, scores = np.fromiter(fused, np.int64, len(fused)), np.fromiter(fused.values(), np.float64, len(fused))
    order = np.lexsort((rows, -scores))
    ordered = dict(zip(rows[order].tolist(), scores[order].tolist(), strict=True))
    cosine, bm25 = (dict(zip(rows.tolist(), scores.tolist(), strict=True)) for rows, scores in (dense, lexical))
    return Ranking(vector, ordered, cosine, bm25)


def nearness_of(
    ranking: Ranking,
    index: Index,
    words: Sequence[str],
    rows: Sequence[int] | IntArray,
    signals: Sequence[str] = SIGNALS,
) -> FloatArray:
    """Return how near rows are to a question, (rows, signals) float64, each number in about [0, 1].

    Columns: score in the ranking as a share of the best, cosine similarity, BM25 score as a share of the best, share of
    the question's words by their rarity, and reciprocal rank; a row that is not in the ranking has 0 for its scores.

    Args:
        ranking: The ranking of the question.
        index: What was searched.
        words: The terms of the question, each thing said once, in the form that the lexical index knows.
        rows: The rows that are looked at.
        signals: Which of ``SIGNALS`` are wanted.
    """
    at = np.asarray(rows, dtype=np.int64)

    def fused() -> _Doubles:
        return _of_rows(ranking.fused, at, len(index)) / (next(iter(ranking.fused.values()), 0.0) or 1.0)

    def dense() -> _Doubles:
        return np.asarray(np.round(np.vecdot(index.vectors[at], ranking.vector), 5), dtype=np.float64)

    def bm25() -> _Doubles:
        return _of_rows(ranking.bm25, at, len(index)) / (max(ranking.bm25.values(), default=0.0) or 1.0)

    def first() -> _Doubles:
        return _of_rows({row: 1 / place for place, row in enumerate(ranking.fused, start=1)}, at, len(index))

    ways: dict[str, Callable[[], _Doubles]] = {
        "fused": fused,
        "dense": dense,
        "bm25": bm25,
        "coverage": lambda: index.coverage(words, at),
        "first": first,
    }
    return np.column_stack([ways[name]() for name in signals]).astype(np.float64)


def _of_rows(scores: Mapping[int, float], rows: IntArray, size: int) -> NDArray[np.float64]:
    """Return the score of each row, 0 for one that has none; ``size`` says how many rows there are at all."""
    scored = np.fromiter(scores, np.int64, len(scores))
    values = np.fromiter(scores.values(), np.float64, len(scores))
    if size <= _FEW_ROWS:  # a place for every row is filled faster than rows are looked up
        every = np.zeros(size, dtype=np.float64)
        every[scored] = values
        return every[rows]
    order = np.argsort(scored)
    scored, values = scored[order], np.append(values[order], 0.0)
    places = np.searchsorted(scored, rows)
    held = np.append(scored, -1)[places] == rows
    return np.where(held, values[places], 0.0)


def passages(ranking: Ranking, index: Index, k: int | None = None) -> tuple[RetrievedPassage, ...]:
    """Return the best ``k`` passages of a ranking, or all of them."""
    return tuple(
        RetrievedPassage(
            row=row,
            passage=index.passage(row),
            rank=number,
            score=score,
            dense=ranking.dense.get(row),
            bm25=ranking.bm25.get(row),
        )
        for number, (row, score) in enumerate(islice(ranking.fused.items(), k), start=1)
    )


def reciprocal_rank_fusion(rankings: Sequence[IntArray]) -> dict[int, float]:
    """Return for each row the sum of 1 / (60 + rank) over the rankings that hold it.

    >>> import numpy as np
    >>> reciprocal_rank_fusion([np.array([7, 3]), np.array([3])])[3] > 1 / 61
    True
    """
    fused: dict[int, float] = {}
    for rows in rankings:
        for rank, row in enumerate(rows.tolist(), start=1):
            fused[row] = fused.get(row, 0.0) + 1 / (RRF_K + rank)
    return fused


def convex_fusion(
    dense: tuple[IntArray, FloatArray], lexical: tuple[IntArray, FloatArray], dense_weight: float
) -> dict[int, float]:
    """Return for each row the weighted sum of its two scores, each scaled by what the best row of the question has.

    BM25 is divided by its highest score: 0 is a passage without any of the words. Cosines are scaled between the lowest
    candidate (0) and the highest (1), as all lie close together. A row that one search did not return has 0 there.
    """
    weighed: list[NDArray[np.float64]] = []
    for scores, weight, floor in (
        (dense[1], dense_weight, float(dense[1].min(initial=1))),
        (lexical[1], 1 - dense_weight, 0.0),
    ):
        span = float(scores.max(initial=floor)) - floor
        scaled = (scores.astype(np.float64) - floor) / span if span > 0 else np.ones(len(scores))
        weighed.append(weight * scaled)
    rows, places = np.unique(np.concatenate((dense[0], lexical[0])), return_inverse=True)
    sums = np.bincount(places, weights=np.concatenate(weighed))
    return dict(zip(rows.tolist(), sums.tolist(), strict=True))


class Found(NamedTuple):
    """What searching found for a query: among curated documents, and among those as published."""

    ours: Ranking
    passages: tuple[RetrievedPassage, ...]  # the best of ours
    published: Ranking | None  # None: no document was added as published
    typed: str  # the question as it was typed
    behind: str  # the same, behind the question before it: what a follow-up may lean on
    meant: FloatArray  # the vector of what it means, behind all that was asked
    asked_of_published: Query  # without what the article that the conversation starts from gave the query
    open: str | None  # the document as published that is asked about, if one is


def search(
    question: str,
    query: Query,
    library: Library,
    before: str | None = None,
    spoken_of: str | None = None,
    earlier: Sequence[str] = (),
) -> Found:
    """Return both rankings for a query; apart, so that what somebody adds cannot push a curated statement out.

    Args:
        question: What was typed.
        query: What it was read as.
        library: What is searched.
        before: The question before it, made to stand alone; None: there is none.
        spoken_of: The document as published that the conversation is on.
        earlier: The questions before it as they were typed, the last one first.
    """
    behind = f"{before} {question}" if before else question
    meant = library.opened.meant(question, earlier, behind)
    ours = rank(query, library, as_published=False)
    is_open = opened_by(question, query, library, spoken_of)
    theirs = query if before else asked_of_published(question, query, library)
    if is_open is not None:
        theirs = resolving.without_label(query, library.catalogue.documents[is_open].title)
    published = None if library.opened.published is None else rank(theirs, library, as_published=True, of=is_open)
    ours_best = passages(ours, library.opened, SHOWN)
    return Found(ours, ours_best, published, question, behind, meant.result(), theirs, is_open)


def opened_by(question: str, query: Query, library: Library, spoken_of: str | None = None) -> str | None:
    """Return the document as published that a question is about; None where it is about none, or may be about any.

    It is the one that the question names or refers back to, else the one that the conversation started from, else the
    one that it is on, where the question leans on what was said before and names nothing that only others know. A
    question that names another source is about that.
    """
    facts = library.opened.facts

    def added(document: str | None) -> str | None:
        return document if document in facts and facts[document].added else None

    if query.documents or query.organisations:
        return added(query.documents[0]) if len(query.documents) == 1 else None
    if library.start is not None and library.start.origin is not None:
        return library.start.id
    leans = query.text.casefold().strip(" ?.!") != question.casefold().strip(" ?.!") or _points_back(question, library)
    if (
        spoken_of is None
        or not leans
        or any(_is_elsewhere(word, spoken_of, library) for word in _own(query.text, library))
    ):
        return None
    return added(spoken_of)


def _points_back(question: str, library: Library) -> bool:
    """Return whether a question leans on the last one where the vocabulary knows nothing that "it" could be."""
    if any(m.kind in (ConceptKind.INTERVENTION, ConceptKind.CONDITION) for m in library.matcher.mentions(question)):
        return False
    refers = references.reference(question, (), ()) is not None or references.speaks_of_patient(question)
    return refers or references.is_elliptic(question) or not _own(question, library)


def _own(text: str, library: Library) -> tuple[str, ...]:
    """Return the words of a question that name what it is about, and not what is asked of it."""
    return dialogue.words_left(text, asking.forms(text), lambda _word: False, intents.cues_of(library.matcher.pack))


def _is_elsewhere(word: str, document: str, library: Library) -> bool:
    """Return whether a word is a name that other documents know, and this one does not."""
    opened = library.opened
    rows = np.array(opened.rows_of(document), dtype=np.int64)
    terms = sorted(opened.stems(word))
    return opened.is_name(word) and not bool((opened.coverage(terms, rows) >= 1).any())


def rank(query: Query, library: Library, *, as_published: bool | None = None, of: str | None = None) -> Ranking:
    """Return the ranking for a query, searched in its own words and in the vocabulary's.

    Args:
        query: What is asked.
        library: What is searched.
        as_published: Whether only documents as published are searched, or only those of our own; None: all. Apart, the
            thousands that somebody adds cannot push a curated statement out of the candidates.
        of: The document as published that is asked about: beside it, only approved ones are searched then.
    """
    opened = library.opened
    among = None if as_published is None else opened.published if as_published else opened.curated
    if of is not None:
        names = [name for name, facts in opened.facts.items() if facts.trust is Trust.TRUSTED or name == of]
        among = opened.rows_among(names) if among is None else among & opened.rows_among(names)
    if library.allowed is not None:
        among = library.allowed if among is None else among & library.allowed
    concepts = tuple(
        c
        for c in (*query.interventions, *query.conditions, *query.populations, *query.outcomes)
        if c not in query.implied
    )
    labels = (library.matcher.label(c) for c in concepts if c not in library.matcher.pack.subject)
    other_words = [label for label in dict.fromkeys(labels) if label.lower() not in query.text.lower()]
    words = re.sub(r"(\d) to (?=\d)", r"\1-", query.text)  # a range, as the corpus writes it
    text = f"{words} ({', '.join(other_words)})" if other_words else words
    terms = dict.fromkeys((*library.matcher.expansions(query.text), *(f"c:{c}" for c in concepts)))
    return rank_text(text, opened, library.settings, tuple(terms), among, curated=as_published is False)


def asked_of_published(question: str, query: Query, library: Library) -> Query:
    """Return a query as documents as published are asked: without what the article that one starts from gave it."""
    if len(content_words(question) - LIGHT_WORDS) <= 1:
        return query
    named = [mention.concept for mention in library.matcher.mentions(question)]
    own = {f: tuple(c for c in getattr(query, f) if c in named) for f in FIELDS}
    return query.model_copy(update={"text": question, **own})


def nearness(query: Query, ranking: Ranking, catalogue: Catalogue, signals: Sequence[str] = SIGNALS) -> Nearness:
    """Return how near any row is to a query; what the vocabulary knows counts in whatever words it is said."""
    mentions = catalogue.matcher.mentions(query.text)
    ends = (0, *(mention.end for mention in mentions))
    starts = (*(mention.start for mention in mentions), len(query.text))
    rest = "".join(query.text[end:start] for end, start in zip(ends, starts, strict=True))
    words = [*(f"c:{mention.concept}" for mention in mentions), *tokenize(rest)]
    return partial(nearness_of, ranking, catalogue.index, words, signals=signals)
