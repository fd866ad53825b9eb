"""Which curated statements answer a query: a weighed sum of how near they are and of what was typed, best first.

A statement is met in two ways: by its own words, and by the questions that it is known to answer. How near a question
is to both, by the encoder, says most (docs/decisions/0013). What cannot be seen from nearness is read off the records:
another population or disease than the one asked about, another document than the one named, a superseded edition, an
article's own claim. Nothing here reads words. What each reason weighs, and which score is which chance of answering, is
fitted on development turns by ``eval/fit_ranking.py``, which writes ``ranking.json``.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from fmqa import fitting
from fmqa.evidence.catalogue import Catalogue, Entry
from fmqa.evidence.searching import Found, nearness
from fmqa.evidence.statements import BoolArray, Statements
from fmqa.types import DocumentKind, FloatArray, Intent, Query, StatementKind, StatementRole

DoubleArray = NDArray[np.float64]

# Which kinds of statement answer which intent, best first.
KINDS: Final[dict[Intent, tuple[StatementKind, ...]]] = {
    Intent.DOSE: (StatementKind.DOSING,),
    Intent.EFFICACY: (StatementKind.FINDING,),
    Intent.SAFETY: (StatementKind.SAFETY, StatementKind.INTERACTION, StatementKind.MONITORING),
    Intent.INTERACTION: (StatementKind.INTERACTION, StatementKind.SAFETY),
    Intent.COMPARISON: (StatementKind.FINDING, StatementKind.DEFINITION, StatementKind.RECOMMENDATION),
    Intent.GUIDELINE_POSITION: (StatementKind.RECOMMENDATION,),
    Intent.MECHANISM: (StatementKind.MECHANISM,),
    Intent.MONITORING: (StatementKind.MONITORING, StatementKind.SAFETY),
    Intent.DURATION: (StatementKind.SAFETY, StatementKind.INTERACTION, StatementKind.DOSING, StatementKind.MONITORING),
    Intent.POPULATION: (StatementKind.DOSING, StatementKind.SAFETY, StatementKind.FINDING),
    Intent.DIAGNOSIS: (StatementKind.DIAGNOSIS,),
    Intent.DEFINITION: (StatementKind.DEFINITION, StatementKind.BACKGROUND, StatementKind.MECHANISM),
    Intent.GENERAL: (),
}
_SIGNALS: Final = (
    *("question", "question as typed", "question as meant"),
    *("statement", "statement as typed", "statement as meant"),
    *("fused", "bm25", "coverage"),
)
_ASPECTS: Final = ("populations", "conditions", "outcomes")
_OF_QUESTION: Final = (
    *_SIGNALS,
    *(f"{field} {how}" for field in _ASPECTS for how in ("asked for", "missed", "not asked for")),
    *("same drug", "kindred drug", "other drug", "no drug"),
    *("named document", "other document", "tells of document"),
    *("superseded", "article not asked for", "check not asked for"),
    *("kind asked for", "number asked for", "grade asked for"),
    *("told", "told before", "of a document told", "of a document told before"),
)
FEATURES: Final = (*_OF_QUESTION, *(f"role {role.value}" for role in StatementRole))
"""Names of the reasons, in the order of the columns of ``features``."""
_FITTED: Final = json.loads(Path(__file__).with_name("ranking.json").read_text("utf-8"))
WEIGHTS: Final[DoubleArray] = np.array([_FITTED["weights"][name] for name in FEATURES], dtype=np.float64)
CHANCE: Final[dict[str, float]] = _FITTED["chance"]
CUT: Final[float] = _FITTED["cut"]
"""The least chance with which a statement is said beside the first."""
ANSWERS: Final[float] = _FITTED["answers"]
"""The least chance with which a statement of a document as published is an answer; see docs/decisions/0014."""
CHANCE_SIGNALS: Final = ("score", "below best", "question", "share", "beside")
"""What the chance that one statement bears on the question is computed from."""


class _InOrder(Sequence[Entry]):
    """Statements in another order; a thousand lie apart in memory, of which only the first are looked at."""

    def __init__(self, entries: Sequence[Entry], order: Sequence[int]) -> None:
        self._entries, self._order = entries, order

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, at: int) -> Entry: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Entry, ...]: ...

    def __getitem__(self, at: int | slice) -> Entry | tuple[Entry, ...]:
        if isinstance(at, slice):
            return tuple(map(self._entries.__getitem__, self._order[at]))
        return self._entries[self._order[at]]

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entries.__getitem__, self._order)


class Ranked(NamedTuple):
    """The curated statements for one query, best first, ties by id."""

    entries: Sequence[Entry]
    scores: DoubleArray  # (n,), weighed sums
    chances: DoubleArray  # (n,), that each bears on what was asked, in (0, 1)
    coverage: DoubleArray  # (n,), share of the question's words that the passage of each has, by their rarity
    questions: DoubleArray  # (n,), how near the nearest of its questions is: as read, typed or meant
    unanswered: float  # how near the nearest question is that none of them answers, as read, typed or meant


def features(
    query: Query, found: Found, statements: Statements, catalogue: Catalogue, said: Sequence[frozenset[str]]
) -> DoubleArray:
    """Return every reason for and against every statement, (statements, reasons), in the order of ``FEATURES``.

    Args:
        query: What is asked.
        found: What searching found for it.
        statements: The curated statements.
        catalogue: What concepts they are looked up by.
        said: Ids of the statements of each earlier answer, the last answer first.
    """
    index = catalogue.index
    size = len(statements)
    columns: dict[str, FloatArray | BoolArray] = {}
    near_to: list[tuple[FloatArray, tuple[FloatArray, FloatArray]]] = []  # mostly the same text, and so one vector
    for vector, how in (
        (found.ours.vector, ""),
        (index.encode(found.typed), " as typed"),
        (found.meant, " as meant"),
    ):
        near_to.append((vector, next((n for v, n in near_to if v is vector), None) or statements.nearest(vector)))
        columns[f"question{how}"], columns[f"statement{how}"] = near_to[-1][1]
    by_words = ("fused", "bm25", "coverage")
    columns |= zip(by_words, nearness(query, found.ours, catalogue, by_words)(statements.rows).T, strict=True)
    usual = catalogue.usual.union(*map(catalogue.matcher.implied, query.interventions))
    for field in _ASPECTS:
        asked = sorted(frozenset(getattr(query, field)) - usual)
        hits = [statements.about(field, concept) for concept in asked]
        met = np.sum(hits, axis=0) if hits else np.zeros(size)
        any_met = np.any(hits, axis=0) if hits else np.zeros(size, dtype=np.bool_)
        columns[f"{field} asked for"] = np.minimum(met, 2)
        columns[f"{field} missed"] = np.minimum(len(asked) - met, 2)
        columns[f"{field} not asked for"] = np.minimum(statements.narrow(field, usual), 1) * ~any_met
    columns |= _drugs(query, statements)
    columns |= _documents(query, statements, catalogue)
    columns["kind asked for"] = statements.of_kinds(kind for intent in query.intents[:2] for kind in KINDS[intent])
    columns["number asked for"] = statements.numbers & query.asks.number
    columns["grade asked for"] = statements.graded & (query.asks.grade or query.asks.letter)
    columns |= _said(said, statements)
    table = np.empty((size, len(FEATURES)), dtype=np.float64)
    for at, name in enumerate(_OF_QUESTION):
        table[:, at] = columns[name]
    table[:, len(_OF_QUESTION) :] = statements.roles
    return table


def _drugs(query: Query, statements: Statements) -> dict[str, FloatArray | BoolArray]:
    """Return how the interventions of each statement stand to those that the question names."""
    asked = [c for c in query.interventions if c not in query.implied]
    nothing = np.zeros(len(statements), dtype=np.bool_)
    if not asked:
        return dict.fromkeys(("same drug", "kindred drug", "other drug", "no drug"), nothing)
    kindred = np.any([statements.about("interventions", drug) for drug in asked], axis=0)
    same = statements.on(asked)
    return {
        "same drug": same,
        "kindred drug": kindred & ~same,
        "other drug": ~kindred & ~statements.drugless,
        "no drug": statements.drugless,
    }


def _documents(query: Query, statements: Statements, catalogue: Catalogue) -> dict[str, FloatArray | BoolArray]:
    """Return how the document of each statement stands to those that the question names, and to its time."""
    wanted = frozenset(query.documents)
    named = statements.of(wanted)
    tells = statements.telling_of(wanted)
    kinds = [catalogue.documents[d].kind for d in query.documents if d in catalogue.documents]
    on_article = DocumentKind.ARTICLE in kinds
    return {
        "named document": named,
        "tells of document": tells & ~named,
        "other document": ~named & ~tells & bool(wanted),
        "superseded": statements.superseded & ~statements.of_years(query.years) & ~named,
        "article not asked for": statements.article & (not on_article),
        "check not asked for": statements.check & (not on_article) & ~named,
    }


def _said(said: Sequence[frozenset[str]], statements: Statements) -> dict[str, BoolArray]:
    """Return how each statement stands to what the conversation has said: it was told, or it is of a source told of."""
    last = said[0] if said else frozenset[str]()
    before = frozenset[str]().union(*said)

    def of(ids: frozenset[str]) -> BoolArray:
        return statements.of({name.partition("#")[0] for name in ids})

    return {
        "told": statements.named(last),
        "told before": statements.named(before),
        "of a document told": of(last),
        "of a document told before": of(before),
    }


def ranked(
    query: Query, found: Found, statements: Statements, catalogue: Catalogue, said: Sequence[frozenset[str]]
) -> Ranked:
    """Return the curated statements with their scores and chances, best first; see ``features`` for the arguments."""
    if not len(statements):
        nothing = np.zeros(0)
        return Ranked((), nothing, nothing, nothing, nothing, 0.0)
    table = features(query, found, statements, catalogue, said)
    scores = np.round(table @ WEIGHTS, 6)
    order = np.lexsort((np.arange(len(scores)), -scores))  # entries are in the order of their ids
    scores, nearest = scores[order], table[:, :3].max(axis=1)[order]
    entries = _InOrder(statements.entries, order.tolist())
    coverage = table[:, FEATURES.index("coverage")][order]
    alone = np.zeros(len(scores), dtype=np.bool_)
    unanswered = _unanswered(found, statements, catalogue)
    return Ranked(entries, scores, chances(chance_signals(scores, nearest, alone)), coverage, nearest, unanswered)


def _unanswered(found: Found, statements: Statements, catalogue: Catalogue) -> float:
    """Return how near the nearest question is that nothing here answers; 0 where no such question is known."""
    if not len(statements.unanswered):
        return 0.0
    vectors = (found.ours.vector, catalogue.index.encode(found.typed), found.meant)
    return max(round(float(np.vecdot(statements.unanswered, vector).max()), 5) for vector in vectors)


def beside(first: Entry, best: Ranked) -> dict[str, float]:
    """Return by id the chance of each statement that belongs beside the first one, now that this one is told."""
    if not first.statement.beside:
        return {}
    belongs = np.array([entry.id in first.statement.beside for entry in best.entries], dtype=np.bool_)
    if not belongs.any():
        return {}
    raised = chances(chance_signals(best.scores, best.questions, belongs))
    return {best.entries[at].id: float(raised[at]) for at in np.flatnonzero(belongs).tolist()}


def chance_signals(scores: DoubleArray, nearest: DoubleArray, belongs: BoolArray) -> DoubleArray:
    """Return for each statement what its chance is computed from, (statements, signals), best first as the scores.

    Args:
        scores: Weighed sums.
        nearest: How near the nearest of its questions is.
        belongs: Whether the record of the statement told first names it.
    """
    shares = np.exp(scores - scores.max())
    return np.column_stack([scores, scores - scores.max(), nearest, shares / shares.sum(), belongs])


def chances(signals: DoubleArray) -> DoubleArray:
    """Return the chance in (0, 1) that each statement bears on what was asked, from ``chance_signals``."""
    total = CHANCE["constant"] + signals @ np.array([CHANCE[name] for name in CHANCE_SIGNALS])
    return fitting.chances(total)
