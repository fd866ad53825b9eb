"""The curated statements of an index as arrays, so that a question is held against all of them at once."""

import copy
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from fmqa.evidence.catalogue import Catalogue
from fmqa.types import DocumentKind, FloatArray, IntArray, StatementRole

BoolArray = NDArray[np.bool_]
_BY_STATEMENT: Final = (
    *("rows", "superseded", "article", "check", "graded", "numbers", "drugless"),
    *("years", "kinds", "roles"),
)
"""Arrays with a place for each statement."""


class Statements:
    """The curated statements of an index as arrays, a place each, in the order of their ids."""

    def __init__(self, catalogue: Catalogue) -> None:
        index = catalogue.index
        names = [f"{document}#{statement}" for document, statement in index.statement_rows]
        curated = sorted({int(number) for number in index.wording_of[:, 0]})
        self.entries = tuple(catalogue.by_id[names[number]] for number in curated)
        self.rows: IntArray = np.array([entry.row for entry in self.entries], dtype=np.int64)
        place = {number: at for at, number in enumerate(curated)}
        at = np.array([place[int(number)] for number in index.wording_of[:, 0]], dtype=np.int64)
        is_question = index.wording_of[:, 1] == 1
        self._own = index.wordings[~is_question]  # one for each, in order: the build writes own words first
        self._own_at = at[~is_question]
        self._questions, self._questions_at = index.wordings[is_question], at[is_question]
        self._catalogue = catalogue
        self.superseded = self._flags(entry.document.superseded_by is not None for entry in self.entries)
        self.article = self._flags(entry.document.kind is DocumentKind.ARTICLE for entry in self.entries)
        check = catalogue.matcher.pack.checks_of_articles
        self.check = self._flags(entry.document.id == check for entry in self.entries)
        self.graded = self._flags(any(g.is_stated for g in entry.statement.grades) for entry in self.entries)
        self.numbers = self._flags(bool(entry.numbers) for entry in self.entries)
        self.drugless = self._flags(not entry.statement.interventions for entry in self.entries)
        sources = sorted({entry.document.id for entry in self.entries})
        self._of = {name: self._flags(name == entry.document.id for entry in self.entries) for name in sources}
        self._place_of = {entry.id: at for at, entry in enumerate(self.entries)}
        told = sorted({document for entry in self.entries for document in entry.tells_of})
        self._tells = {name: self._flags(name in entry.tells_of for entry in self.entries) for name in told}
        drugs = sorted({drug for entry in self.entries for drug in entry.statement.interventions})
        self._on = {
            drug: self._flags(drug in entry.statement.interventions for entry in self.entries) for drug in drugs
        }
        self.years = np.array([entry.document.year or 0 for entry in self.entries], dtype=np.int64)
        self.kinds = np.array([entry.statement.kind.value for entry in self.entries], dtype=object)
        number = {None: -1} | {role: number for number, role in enumerate(StatementRole)}
        self.roles = np.array([number[entry.statement.role] for entry in self.entries], dtype=np.int8)
        self._about = lru_cache(None)(self._read_about)
        self._narrow = lru_cache(256)(self._read_narrow)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.entries)

    def _flags(self, values: Iterable[bool]) -> BoolArray:
        return np.fromiter(values, dtype=np.bool_, count=len(self.entries))

    def only(self, documents: Collection[str]) -> Self:
        """Return the statements of some documents alone."""
        kept = self.of(documents)
        places = np.cumsum(kept) - 1
        part = copy.copy(self)
        part.entries = tuple(entry for entry, keep in zip(self.entries, kept.tolist(), strict=True) if keep)
        part._place_of = {entry.id: at for at, entry in enumerate(part.entries)}
        for name in _BY_STATEMENT:
            setattr(part, name, getattr(self, name)[kept])
        for at, vectors in (("_own_at", "_own"), ("_questions_at", "_questions")):
            of_kept = kept[getattr(self, at)]
            setattr(part, vectors, getattr(self, vectors)[of_kept])
            setattr(part, at, places[getattr(self, at)[of_kept]])
        part._tells = {name: flags[kept] for name, flags in self._tells.items()}
        part._of = {name: flags[kept] for name, flags in self._of.items()}
        part._on = {name: flags[kept] for name, flags in self._on.items()}
        part._about = lru_cache(None)(part._read_about)
        part._narrow = lru_cache(256)(part._read_narrow)
        return part

    def named(self, ids: Iterable[str]) -> BoolArray:
        """Return which statements have one of some ids."""
        flags = np.zeros(len(self), dtype=np.bool_)
        flags[[self._place_of[i] for i in ids if i in self._place_of]] = True
        return flags

    def on(self, interventions: Iterable[str]) -> BoolArray:
        """Return which statements are about one of some interventions itself, not its class or a member of it."""
        return self._any(self._on, interventions)

    def of(self, documents: Iterable[str]) -> BoolArray:
        """Return which statements are of one of some documents."""
        return self._any(self._of, documents)

    def telling_of(self, documents: Iterable[str]) -> BoolArray:
        """Return which statements name one of some documents in their words."""
        return self._any(self._tells, documents)

    def _any(self, flags: Mapping[str, BoolArray], names: Iterable[str]) -> BoolArray:
        found = np.zeros(len(self), dtype=np.bool_)
        for name in names:
            if name in flags:
                found |= flags[name]
        return found

    def _read_about(self, field: str, concept: str) -> BoolArray:
        kin = self._catalogue.kin[concept]
        return self._flags(not kin.isdisjoint(getattr(entry.statement, field)) for entry in self.entries)

    def _read_narrow(self, field: str, usual: frozenset[str]) -> FloatArray:
        counts = (len(set(getattr(entry.statement, field)) - usual) for entry in self.entries)
        return np.fromiter(counts, dtype=np.float64, count=len(self.entries))

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
        np.maximum.at(questions, self._questions_at, np.round(np.vecdot(self._questions, vector), 5))
        own = np.full(len(self), -1.0, dtype=np.float32)
        own[self._own_at] = np.round(np.vecdot(self._own, vector), 5)
        return np.where(questions < own, own, questions) if not len(self._questions) else questions, own
