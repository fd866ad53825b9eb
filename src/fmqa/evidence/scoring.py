"""How well a statement answers a query: a sum of weighed reasons, each of which can be read off the two records.

A reason is a name and how far it applies. What was asked (intent, interventions, conditions, populations, outcomes,
documents), how near the words are, and authority; ``scoring.json`` holds what each weighs.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from fmqa.evidence.catalogue import FIELDS, Catalogue, Entry
from fmqa.evidence.searching import Nearness
from fmqa.text import figures
from fmqa.types import DocumentKind, Effect, Intent, Query, Statement, StatementKind

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
WEIGHTS: Final[dict[str, float]] = {
    name: reason["weight"]
    for name, reason in json.loads(Path(__file__).with_name("scoring.json").read_text("utf-8")).items()
}
"""What each reason weighs. Fitted on the development topics by ``eval/fit_scoring.py``, which writes the file."""
SIGNALS: Final = ("fused", "dense", "bm25", "coverage", "first")
"""Reasons that searching gives, in the order of the columns that ``scored_statements`` is handed."""
_NAMES: Final = ("first intent", "second intent", "further intent")
_FITS: Final = ("same drug", "broader drug", "narrower drug")  # best first
_SECOND_KIND: Final = 0.7  # a kind of statement that answers an intent, but not best
_OLDEST: Final = 2005
_PER_DECADE: Final = 10.0


Reason = tuple[str, float]


def scored_statements(
    query: Query, ranked: Iterable[int], nearness: Nearness, asked: "Asked", catalogue: Catalogue
) -> list[tuple[float, Entry]]:
    """Return the candidate statements with their scores, best first, ties by id."""
    entries = candidates(query, ranked, catalogue)
    near = nearness([entry.row for entry in entries]) @ [WEIGHTS[name] for name in SIGNALS]
    scored = [(asked.score(entry) + by_search, entry) for entry, by_search in zip(entries, near.tolist(), strict=True)]
    scored.sort(key=lambda pair: (-pair[0], pair[1].id))
    return scored


def candidates(query: Query, ranked: Iterable[int], catalogue: Catalogue) -> list[Entry]:
    """Return the statements that may answer: found by searching, or on an intervention or of a document asked for."""
    found = {row: catalogue.by_row[row] for row in ranked if row in catalogue.by_row}
    found |= {entry.row: entry for concept in query.interventions for entry in catalogue.about(concept)}
    found |= {entry.row: entry for document in query.documents for entry in catalogue.by_document.get(document, ())}
    return list(found.values())


class Asked:
    """What a query asks for, made ready to score many statements. Scores depend on sets of concepts: they are kept."""

    def __init__(self, query: Query, catalogue: Catalogue) -> None:
        self._query = query
        self._catalogue = catalogue
        self._wanted = frozenset(query.documents)
        self._on_article = any(
            catalogue.documents[d].kind is DocumentKind.ARTICLE for d in query.documents if d in catalogue.documents
        )
        self._named = "named document" if not query.asks.reason else "tells of document"
        self._kinds = _kind_reasons(query)
        self._any_kind = query.intents == (Intent.GENERAL,)
        self._on_positions = query.intents[0] is Intent.GUIDELINE_POSITION
        self._pack = catalogue.matcher.pack
        self._main_result = query.intents[0] is Intent.EFFICACY and not set(query.outcomes) - {self._pack.main_result}
        self._asks_number = query.asks.number
        self._drugs_named = tuple(c for c in query.interventions if c not in query.implied)
        self._usual = catalogue.usual.union(*map(catalogue.matcher.implied, query.interventions))
        self._asked = {field: frozenset(getattr(query, field)) - self._usual for field in FIELDS[1:]}
        self._numbers = [] if query.years else list(query.asks.numbers)
        bodies = "|".join(map(re.escape, query.organisations))
        self._bodies = re.compile(rf"(?<!\w)(?:{bodies})(?!\w)") if bodies else None
        self._kin = {field: self._kin_of(asked) for field, asked in self._asked.items()}
        self._kin_of_drugs = self._kin_of(self._drugs_named)
        self._known: dict[int, float] = {}  # weights by the number of a set of concepts
        self._stray: dict[int, bool] = {}  # the same, whether it strays

    def score(self, entry: Entry) -> float:
        """Return how well a statement answers the query, apart from what searching says."""
        known = self._known
        for field, number in zip(FIELDS, entry.sets, strict=True):
            if number not in known:
                known[number] = _weighed(self._on_field(field, entry.statement))
        return sum(known[number] for number in entry.sets) + _weighed(self._on_entry(entry))

    def reasons(self, entry: Entry) -> dict[str, float]:
        """Return every reason for or against a statement and how far it applies; its score is their weighed sum."""
        found: dict[str, float] = {}
        for field in FIELDS:
            for name, value in self._on_field(field, entry.statement):
                found[name] = found.get(name, 0.0) + value
        for name, value in self._on_entry(entry):
            found[name] = found.get(name, 0.0) + value
        return found

    def _on_entry(self, entry: Entry) -> Iterator[Reason]:
        """Yield the reasons that lie in a statement and its document, apart from what it is about."""
        statement, document = entry.statement, entry.document
        yield f"from {document.kind.value}", 1.0
        yield f"is {statement.kind.value}", 1.0
        if statement.kind in self._kinds:
            yield self._kinds[statement.kind]
        elif not self._any_kind:
            yield "other kind", 1.0
        if self._wanted:
            if document.id in self._wanted:
                yield self._named, 1.0
            else:
                yield ("tells of document" if entry.tells_of & self._wanted else "other document"), 1.0
        if document.id == self._pack.checks_of_articles:  # an article's claim is not told without its check
            yield ("check asked for" if self._on_article else "check not asked for"), 1.0
        elif document.kind is DocumentKind.ARTICLE and not self._on_article:
            yield "article not asked for", 1.0
        if document.superseded_by and document.year not in self._query.years:
            yield "superseded", 1.0
        if self._on_positions and any(grade.level or grade.strength for grade in statement.grades):
            yield "graded", 1.0
        if self._on_positions and document.kind is DocumentKind.GUIDELINE and document.year:
            yield "newer guideline", (document.year - _OLDEST) / _PER_DECADE
        if statement.overview and not self._strays(entry):
            yield "overview", 1.0
        if self._numbers and self._asked["populations"] & set(statement.populations) and figures.has_range(entry.text):
            inside = any(figures.holds(entry.text, number) for number in self._numbers)
            yield "number in range", 1.0 if inside else -1.0
        if statement.kind is StatementKind.INTERACTION and self._names_other_drug(statement):
            yield "other partner", 1.0
        if self._bodies and not self._wanted and self._bodies.search(entry.text):
            yield "names the body", 1.0
        if self._numbers and self._states_numbers(entry):
            yield "same numbers", 1.0
        if self._asks_number:
            yield ("number asked for" if entry.numbers else "no number"), 1.0
        if self._main_result and statement.effect is not None and self._pack.main_result in statement.outcomes:
            yield "main result", 1.0
            if statement.effect is Effect.MIXED:
                yield "sums up", 1.0

    def _on_field(self, field: str, statement: Statement) -> Iterator[Reason]:
        """Yield the reasons that lie in one of the sets of concepts that a statement is about."""
        about = getattr(statement, field)
        yield from self._drugs(about) if field == "interventions" else self._aspect(field, about)

    def hits(self, entry: Entry, only: str | None = None) -> bool:
        """Return whether a statement is about a condition, population or outcome that was asked about."""
        if only is not None:
            return not self._kin[only].isdisjoint(getattr(entry.statement, only))
        return any(not kin.isdisjoint(getattr(entry.statement, field)) for field, kin in self._kin.items())

    def _states_numbers(self, entry: Entry) -> bool:
        """Return whether a statement states every number of the question."""
        return self._catalogue.quantities(entry.text).issuperset(self._numbers)

    def _names_other_drug(self, statement: Statement) -> bool:
        """Return whether an interaction has another drug in the place of one that was asked about."""
        asked = self._drugs_named
        if len(asked) < 2:
            return False
        fits = [[self._fit(own, drug) is not None for own in statement.interventions] for drug in asked]
        stranger = any(not any(row[i] for row in fits) for i in range(len(statement.interventions)))
        return stranger and not all(any(row) for row in fits)

    def _strays(self, entry: Entry) -> bool:
        """Return whether a statement is about a condition, population or outcome that was not asked about."""
        on_diagnosis = entry.statement.kind is StatementKind.DIAGNOSIS
        for field, number in zip(FIELDS, entry.sets, strict=True):
            if field == "interventions" or (field == "outcomes" and on_diagnosis):
                continue
            if number not in self._stray:
                narrow = frozenset(getattr(entry.statement, field)) - self._usual - self._catalogue.plain_outcomes
                self._stray[number] = not narrow <= self._kin[field]
            if self._stray[number]:
                return True
        return False

    def _kin_of(self, concepts: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(self._catalogue.kin[concept] for concept in concepts))

    def _drugs(self, about: tuple[str, ...]) -> Iterator[Reason]:
        asked = self._drugs_named
        if not asked:
            if any(self._fit(own, drug) for own in about for drug in self._query.implied):
                yield "implied drug", 1.0
            elif about and not self._catalogue.at_large & set(about) and self._one_class(about):
                yield "one drug", 1.0
            return
        if not about:
            yield "no drug", 1.0
            return
        strangers = len(about)
        if self._kin_of_drugs.isdisjoint(about):
            yield "other drug", 1.0
        else:
            fits = {(own, drug): self._fit(own, drug) for own in about for drug in asked}
            found = [fit for fit in fits.values() if fit]
            met = sum(any(fits[own, drug] for own in about) for drug in asked)
            yield min(found, key=_FITS.index), met / len(asked)
            strangers = sum(all(fits[own, drug] is None for drug in asked) for own in about)
        if strangers:
            yield "extra drugs", min(3, strangers)

    def _one_class(self, about: tuple[str, ...]) -> bool:
        """Return whether all the interventions are one treatment under several names or of one class."""
        return all(self._catalogue.akin(about[0], other) for other in about[1:])

    def _fit(self, own: str, asked: str) -> str | None:
        if own == asked:
            return "same drug"
        if own in self._catalogue.ancestors[asked]:
            return "broader drug"
        return "narrower drug" if asked in self._catalogue.ancestors[own] else None

    def _aspect(self, field: str, about: tuple[str, ...]) -> Iterator[Reason]:
        asked = self._asked[field]
        narrow = frozenset(about) - self._usual
        hits = sum(not self._catalogue.kin[a].isdisjoint(narrow) for a in asked)
        if hits:
            yield f"{field} asked for", hits
        if missed := len(asked) - hits:
            yield f"{field} missed", missed
        if strangers := len(narrow - self._kin[field]):
            yield f"{field} not asked for", min(2, strangers)


def _weighed(reasons: Iterable[Reason]) -> float:
    return sum(WEIGHTS[name] * value for name, value in reasons)


def _kind_reasons(query: Query) -> dict[StatementKind, Reason]:
    """Return for each kind of statement that answers an intent the reason that the strongest such intent gives."""
    found: dict[StatementKind, Reason] = {}
    for rank, intent in enumerate(query.intents):
        for kind in KINDS[intent]:
            found.setdefault(
                kind, (_NAMES[min(rank, len(_NAMES) - 1)], 1.0 if kind is KINDS[intent][0] else _SECOND_KIND)
            )
    return found
