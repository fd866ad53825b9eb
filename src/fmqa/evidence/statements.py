"""The curated statements of an index as arrays, so that a question is held against all of them at once."""

import copy
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from functools import partial
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from fmqa.evidence.catalogue import FIELDS, Catalogue, Entry
from fmqa.index.reading import NOTHING
from fmqa.remembering import remembered
from fmqa.types import DocumentKind, FloatArray, IntArray, StatementKind, StatementRole

BoolArray = NDArray[np.bool_]
_N = TypeVar("_N", bound=Hashable)
_BY_STATEMENT: Final = ("rows", "superseded", "article", "check", "graded", "numbers", "drugless", "roles")
"""Arrays with a place for each statement."""
_BY_NAME: Final = ("_of", "_tells", "_kinds", "_years")
"""Dictionaries of such arrays, by document, kind or year."""


class Statements:
    """The curated statements of an index as arrays, a place each, in the order of their ids."""

    def __init__(self, catalogue: Catalogue) -> None:
        index = catalogue.index
        names = [f"{document}#{statement}" for document, statement in index.statement_rows]
        answered = index.wording_of[:, 1] != NOTHING
        self.unanswered: FloatArray = index.wordings[index.wording_of[~answered, 0]]
        """Vectors of questions that people ask and none of the statements answers, (questions, dimension)."""
        vector, numbered, is_question = index.wording_of[answered].T
        curated = np.unique(numbered).tolist()
        self.entries = tuple(catalogue.by_id[names[number]] for number in curated)
        self.rows: IntArray = np.array([entry.row for entry in self.entries], dtype=np.int64)
        at = np.searchsorted(curated, numbered)
        own = is_question == 0  # one for each statement
        self._own, self._own_at = index.wordings[vector[own]], at[own]
        # A question may be met by several statements, and is held against what is asked once.
        asked, which = np.unique(vector[~own], return_inverse=True)
        self._questions = index.wordings[asked]
        order = np.argsort(at[~own], kind="stable")
        self._questions_of, self._questions_at = which[order], at[~own][order]
        self._asked, self._firsts = np.unique(self._questions_at, return_index=True)
        self._catalogue = catalogue
        self.superseded = self._flags(entry.document.superseded_by is not None for entry in self.entries)
        self.article = self._flags(entry.document.kind is DocumentKind.ARTICLE for entry in self.entries)
        check = catalogue.matcher.pack.checks_of_articles
        self.check = self._flags(entry.document.id == check for entry in self.entries)
        self.graded = self._flags(any(g.is_stated for g in entry.statement.grades) for entry in self.entries)
        self.numbers = self._flags(bool(entry.numbers) for entry in self.entries)
        self.drugless = self._flags(not entry.statement.interventions for entry in self.entries)
        self._place_of = {entry.id: at for at, entry in enumerate(self.entries)}
        self._of = self._named_by(lambda entry: (entry.document.id,))
        self._tells = self._named_by(lambda entry: entry.tells_of)
        self._kinds = self._named_by(lambda entry: (entry.statement.kind,))
        self._years = self._named_by(lambda entry: (entry.document.year or 0,))
        self._on = {field: self._named_by(partial(_concepts, field)) for field in FIELDS}
        self.roles: BoolArray = np.array(
            [[entry.statement.role is role for role in StatementRole] for entry in self.entries], dtype=np.bool_
        ).reshape(len(self.entries), len(StatementRole))
        """(statements, roles), in the order of ``StatementRole``."""
        self._about = remembered(self._read_about, None)
        self._narrow = remembered(self._read_narrow, 256)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.entries)

    def _flags(self, values: Iterable[bool]) -> BoolArray:
        return np.fromiter(values, dtype=np.bool_, count=len(self.entries))

    def _named_by(self, names_of: Callable[[Entry], Iterable[_N]]) -> dict[_N, BoolArray]:
        """Return for each name that statements have which of them have it."""
        found: dict[_N, BoolArray] = {}
        for at, entry in enumerate(self.entries):
            for name in names_of(entry):
                if name not in found:
                    found[name] = np.zeros(len(self.entries), dtype=np.bool_)
                found[name][at] = True
        return found

    def only(self, documents: Collection[str]) -> Self:
        """Return the statements of some documents alone."""
        kept = self.of(documents)
        places = np.cumsum(kept) - 1
        part = copy.copy(self)
        part.entries = tuple(entry for entry, keep in zip(self.entries, kept.tolist(), strict=True) if keep)
        part._place_of = {entry.id: at for at, entry in enumerate(part.entries)}
        for name in _BY_STATEMENT:
            setattr(part, name, getattr(self, name)[kept])
        for at, vectors in (("_own_at", "_own"), ("_questions_at", "_questions_of")):
            of_kept = kept[getattr(self, at)]
            setattr(part, vectors, getattr(self, vectors)[of_kept])
            setattr(part, at, places[getattr(self, at)[of_kept]])
        part._asked, part._firsts = np.unique(part._questions_at, return_index=True)
        for name in _BY_NAME:
            setattr(part, name, _kept(getattr(self, name), kept))
        part._on = {field: _kept(flags, kept) for field, flags in self._on.items()}
        part._about = remembered(part._read_about, None)
        part._narrow = remembered(part._read_narrow, 256)
        return part

    def named(self, ids: Iterable[str]) -> BoolArray:
        """Return which statements have one of some ids."""
        flags = np.zeros(len(self), dtype=np.bool_)
        flags[[self._place_of[i] for i in ids if i in self._place_of]] = True
        return flags

    def on(self, interventions: Iterable[str]) -> BoolArray:
        """Return which statements are about one of some interventions itself, not its class or a member of it."""
        return self._any(self._on["interventions"], interventions)

    def of(self, documents: Iterable[str]) -> BoolArray:
        """Return which statements are of one of some documents."""
        return self._any(self._of, documents)

    def telling_of(self, documents: Iterable[str]) -> BoolArray:
        """Return which statements name one of some documents in their words."""
        return self._any(self._tells, documents)

    def of_kinds(self, kinds: Iterable[StatementKind]) -> BoolArray:
        """Return which statements are of one of some kinds."""
        return self._any(self._kinds, kinds)

    def of_years(self, years: Iterable[int]) -> BoolArray:
        """Return which statements are of documents of one of some years."""
        return self._any(self._years, years)

    def _any(self, flags: Mapping[_N, BoolArray], names: Iterable[_N]) -> BoolArray:
        found = np.zeros(len(self), dtype=np.bool_)
        for name in names:
            if name in flags:
                found |= flags[name]
        return found

    def _read_about(self, field: str, concept: str) -> BoolArray:
        return self._any(self._on[field], self._catalogue.kin[concept])

    def _read_narrow(self, field: str, usual: frozenset[str]) -> FloatArray:
        counts = np.zeros(len(self), dtype=np.float32)
        for concept, flags in self._on[field].items():
            if concept not in usual:
                counts += flags
        return counts

    def about(self, field: str, concept: str) -> BoolArray:
        """Return which statements are about a concept, or one akin to it, in one of their fields."""
        return self._about(field, concept)

    def narrow(self, field: str, usual: frozenset[str]) -> FloatArray:
        """Return how many concepts of a field narrow each statement: all but the usual ones."""
        return self._narrow(field, usual)

    def nearest(self, vector: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return how near a vector is to each statement's nearest question, and to its own words; cosines."""
        # One dot product a row, on the thread that asks: a product of matrix and vector would wait for other cores.
        questions = np.full(len(self), -1.0, dtype=np.float32)
        if len(self._questions_of):
            cosines: FloatArray = np.asarray(np.round(np.vecdot(self._questions, vector), 5))
            questions[self._asked] = np.maximum.reduceat(cosines[self._questions_of], self._firsts)
        own = np.full(len(self), -1.0, dtype=np.float32)
        own[self._own_at] = np.round(np.vecdot(self._own, vector), 5)
        return np.where(questions < own, own, questions) if not len(self._questions_of) else questions, own


def _concepts(field: str, entry: Entry) -> tuple[str, ...]:
    """Return the concepts of a statement in one of its fields."""
    concepts: tuple[str, ...] = getattr(entry.statement, field)
    return concepts


def _kept(flags: Mapping[_N, BoolArray], kept: BoolArray) -> dict[_N, BoolArray]:
    return {name: each[kept] for name, each in flags.items()}
