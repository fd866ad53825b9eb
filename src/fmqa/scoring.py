"""How well a statement answers a query: a sum of weighed reasons, each of which can be read off the two records.

What was asked weighs most (intent, interventions, conditions, populations, outcomes, documents), then the relevance
that retrieval found, then authority. The weights were set on development questions.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from fmqa import facts, intents
from fmqa.catalogue import FIELDS, USUAL, Catalogue, Entry
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
# Authority where two statements help equally: small against everything that was asked.
_AUTHORITY: Final = {
    DocumentKind.GUIDELINE: 0.06,
    DocumentKind.LABEL: 0.06,
    DocumentKind.CRITERIA: 0.06,
    DocumentKind.REVIEW: 0.04,
    DocumentKind.TRIAL: 0.02,
    DocumentKind.BACKGROUND: 0.0,
    DocumentKind.ARTICLE: -0.8,
}
_EDITORIAL: Final = -0.55  # the check of an article's claim, where nobody asked about the article
_RELEVANCE: Final = 0.7
_UNRANKED: Final = 0.3  # relevance of a statement found by its intervention or document alone
_INTENT: Final = (0.35, 0.2, 0.1)  # for the first, second and further intents of the query
_OTHER_KIND: Final = -0.3
_EXACT: Final = 0.5  # the statement is about an intervention that was asked about
_BROADER: Final = 0.35  # ... about its class
_NARROWER: Final = 0.1  # ... about a member of the class
_OTHER_DRUG: Final = -0.6
_OTHER_PARTNER: Final = -0.8  # an interaction with a drug that was not asked about, where two were
_EXTRA_DRUG: Final = -0.06
_NO_DRUG: Final = -0.12  # a statement about no intervention, where one was asked about
_ONE_DRUG: Final = -0.3  # a statement about one intervention, where none was asked about
_ASKED: Final = {"conditions": 0.4, "populations": 0.45, "outcomes": 0.3}
_NOT_ASKED: Final = {"conditions": -0.1, "populations": -0.25, "outcomes": -0.05}
_MISSED: Final = -0.12  # the query names a condition, population or outcome that the statement is not about
_NAMED_DOCUMENT: Final = 0.6
_TELLS_OF_DOCUMENT: Final = 0.35  # a statement of another document that speaks of the one named
_OTHER_DOCUMENT: Final = -0.2
_IN_RANGE: Final = 0.3  # a number of the question lies in a range of the statement, for the population asked about
_SAME_NUMBERS: Final = 0.2  # the statement states every number of the question
_SUPERSEDED: Final = -0.3
_OVERVIEW: Final = 0.25
_PER_YEAR: Final = 0.02  # a newer guideline before an older one
_OLDEST: Final = 2005
_MAIN_RESULT: Final = 0.2  # the effect on pain, where nobody asked for another outcome
_SUMS_UP: Final = 0.1  # a result that says that results are mixed
_GRADED: Final = 0.15  # a recommendation with its level or strength, where positions are asked for
PLAIN_OUTCOMES: Final = frozenset({"pain", "adverse-events", "approval", "treatment-goals"})
EDITORIAL: Final = "editorial-discrepancies"


def scored_statements(
    query: Query, relevance: Mapping[int, float], asked: "Asked", catalogue: Catalogue
) -> list[tuple[float, Entry]]:
    """Return the candidate statements with their scores, best first, ties by id."""
    candidates = {row: catalogue.by_row[row] for row in relevance if row in catalogue.by_row}
    for concept in query.interventions:
        for entry in catalogue.about(concept):
            candidates[entry.row] = entry
    for document_id in query.documents:
        for entry in catalogue.by_document.get(document_id, ()):
            candidates[entry.row] = entry
    scored = [(asked.score(entry, relevance.get(entry.row, _UNRANKED)), entry) for entry in candidates.values()]
    scored.sort(key=lambda pair: (-pair[0], pair[1].id))
    return scored


class Asked:
    """What a query asks for, made ready to score many statements. Scores depend on sets of concepts: they are kept."""

    def __init__(self, query: Query, catalogue: Catalogue) -> None:
        self._query = query
        self._catalogue = catalogue
        self._wanted = frozenset(query.documents)
        self._on_article = any(
            catalogue.documents[d].kind is DocumentKind.ARTICLE for d in query.documents if d in catalogue.documents
        )
        self._named = _NAMED_DOCUMENT if not intents.asks_why(query.text) else _TELLS_OF_DOCUMENT
        self._kinds = _kind_weights(query)
        self._other_kind = _OTHER_KIND if query.intents != (Intent.GENERAL,) else 0.0
        self._on_positions = query.intents[0] is Intent.GUIDELINE_POSITION
        self._main_result = query.intents[0] is Intent.EFFICACY and not set(query.outcomes) - {"pain"}
        self._usual = USUAL
        if any("opioid" in catalogue.ancestors[c] for c in query.interventions):
            self._usual = USUAL | {"opioid-users", "opioid-withdrawal"}  # said by naming an opioid
        self._asked = {field: frozenset(getattr(query, field)) - self._usual for field in _ASKED}
        self._numbers = [] if query.years else list(facts.numbers(query.text))
        bodies = "|".join(map(re.escape, query.organisations))
        self._bodies = re.compile(rf"(?<!\w)(?:{bodies})(?!\w)") if bodies else None
        self._kin = {field: self._kin_of(asked) for field, asked in self._asked.items()}
        self._kin_of_drugs = self._kin_of(query.interventions)
        self._known: dict[int, float] = {}  # weights by the number of a set of concepts
        self._stray: dict[int, bool] = {}  # the same, whether it strays

    def score(self, entry: Entry, relevance: float) -> float:
        """Return how well a statement answers the query, given its relevance by retrieval in [0, 1]."""
        statement, document = entry.statement, entry.document
        score = _RELEVANCE * relevance + _AUTHORITY[document.kind]
        score += self._kinds.get(statement.kind, self._other_kind)
        known = self._known
        if any(number not in known for number in entry.sets):
            self._weigh(entry)
        for number in entry.sets:
            score += known[number]
        if self._wanted:
            if document.id in self._wanted:
                score += self._named
            else:
                score += _TELLS_OF_DOCUMENT if entry.tells_of & self._wanted else _OTHER_DOCUMENT
        if self._on_article and document.id == EDITORIAL:
            score += _NAMED_DOCUMENT - _OTHER_DOCUMENT  # what an article says is not told without what its sources say
        elif document.id == EDITORIAL:
            score += _EDITORIAL
        elif self._on_article and document.kind is DocumentKind.ARTICLE:
            score -= _AUTHORITY[DocumentKind.ARTICLE]
        if document.superseded_by and document.year not in self._query.years:
            score += _SUPERSEDED
        if self._on_positions and any(grade.level or grade.strength for grade in statement.grades):
            score += _GRADED
        if self._on_positions and document.kind is DocumentKind.GUIDELINE and document.year:
            score += _PER_YEAR * (document.year - _OLDEST)
        if statement.overview and not self._strays(entry):
            score += _OVERVIEW
        if self._numbers and self._asked["populations"] & set(statement.populations) and facts.has_range(entry.text):
            score += _IN_RANGE if any(facts.holds(entry.text, number) for number in self._numbers) else -_IN_RANGE
        if statement.kind is StatementKind.INTERACTION and self._names_other_drug(statement):
            score += _OTHER_PARTNER
        if self._bodies and not self._wanted and self._bodies.search(entry.text):
            score += _NAMED_DOCUMENT
        if self._numbers and self._states_numbers(entry):
            score += _SAME_NUMBERS
        if self._main_result and statement.effect is not None and "pain" in statement.outcomes:
            score += _MAIN_RESULT if statement.effect is not Effect.MIXED else _MAIN_RESULT + _SUMS_UP
        return score

    def _weigh(self, entry: Entry) -> None:
        """Weigh the sets of concepts of a statement that were not met before."""
        for field, number in zip(FIELDS, entry.sets, strict=True):
            if number not in self._known:
                about = getattr(entry.statement, field)
                self._known[number] = self._drugs(about) if field == "interventions" else self._aspect(field, about)

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
        asked = self._query.interventions
        if len(asked) < 2:
            return False
        fits = [[self._fit(own, drug) > 0 for own in statement.interventions] for drug in asked]
        stranger = any(not any(row[i] for row in fits) for i in range(len(statement.interventions)))
        return stranger and not all(any(row) for row in fits)

    def _strays(self, entry: Entry) -> bool:
        """Return whether a statement is about a condition, population or outcome that was not asked about."""
        on_diagnosis = entry.statement.kind is StatementKind.DIAGNOSIS
        for field, number in zip(FIELDS, entry.sets, strict=True):
            if field == "interventions" or (field == "outcomes" and on_diagnosis):
                continue
            if number not in self._stray:
                narrow = frozenset(getattr(entry.statement, field)) - self._usual - PLAIN_OUTCOMES
                self._stray[number] = not narrow <= self._kin[field]
            if self._stray[number]:
                return True
        return False

    def _kin_of(self, concepts: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(self._catalogue.kin[concept] for concept in concepts))

    def _drugs(self, about: tuple[str, ...]) -> float:
        asked = self._query.interventions
        if not asked:
            at_large = self._catalogue.at_large & set(about)
            return _ONE_DRUG if about and not at_large and self._one_class(about) else 0.0
        if not about:
            return _NO_DRUG
        if self._kin_of_drugs.isdisjoint(about):  # most statements: what the steps below come to
            return _OTHER_DRUG + _EXTRA_DRUG * min(3, len(about))
        fits = {(own, drug): self._fit(own, drug) for own in about for drug in asked}
        best = max(fits.values())
        if best > 0:
            best *= sum(any(fits[own, drug] > 0 for own in about) for drug in asked) / len(asked)
        strangers = sum(all(fits[own, drug] < 0 for drug in asked) for own in about)
        return best + _EXTRA_DRUG * min(3, strangers)

    def _one_class(self, about: tuple[str, ...]) -> bool:
        """Return whether all the interventions are one treatment under several names or of one class."""
        return all(self._catalogue.akin(about[0], other) for other in about[1:])

    def _fit(self, own: str, asked: str) -> float:
        if own == asked:
            return _EXACT
        if own in self._catalogue.ancestors[asked]:
            return _BROADER
        return _NARROWER if asked in self._catalogue.ancestors[own] else _OTHER_DRUG

    def _aspect(self, field: str, about: tuple[str, ...]) -> float:
        asked = self._asked[field]
        narrow = frozenset(about) - self._usual
        hits = sum(not self._catalogue.kin[a].isdisjoint(narrow) for a in asked)
        score = _ASKED[field] * hits + _MISSED * (len(asked) - hits)
        return score + _NOT_ASKED[field] * min(2, len(narrow - self._kin[field]))


def _kind_weights(query: Query) -> dict[StatementKind, float]:
    weights: dict[StatementKind, float] = {}
    for rank, intent in enumerate(query.intents):
        for kind in KINDS[intent]:
            weight = _INTENT[min(rank, len(_INTENT) - 1)] * (1.0 if kind is KINDS[intent][0] else 0.7)
            weights[kind] = max(weight, weights.get(kind, weight))
    return weights
