"""Retrieved passages -> the evidence statements that answer the query, in the order in which they are said.

Nothing is worded here: a statement is chosen or left. The rules, in order of weight:

1. A medicine named together with one it must not be combined with: the interaction comes first.
2. What was asked: intent, interventions, population, condition, outcome, document. A statement about another drug, or
   about children when nobody asked, does not help the question.
3. Current before superseded; a superseded statement is never alone.
4. Recommendations before reviews before trials before an article's own claim; a claim that its source does not bear
   out comes with that fact.
5. Saying a thing once.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from fmqa import anchors, facts, intents
from fmqa.index import Index
from fmqa.types import (
    Anchor,
    Direction,
    DocumentKind,
    Effect,
    EvidenceStatement,
    Intent,
    Metadata,
    Query,
    RetrievedPassage,
    Statement,
    StatementKind,
    StatementSpan,
)
from fmqa.vocabulary import Matcher

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
_ON_DOSE: Final = frozenset({StatementKind.DOSING})
# Authority where two statements help equally: small against everything that was asked.
_AUTHORITY: Final = {
    DocumentKind.GUIDELINE: 0.06,
    DocumentKind.LABEL: 0.06,
    DocumentKind.CRITERIA: 0.06,
    DocumentKind.REVIEW: 0.04,
    DocumentKind.TRIAL: 0.02,
    DocumentKind.BACKGROUND: 0.0,
    DocumentKind.ARTICLE: -0.6,
}
_EDITORIAL: Final = -0.35  # the check of an article's claim, where nobody asked about the article
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
_SUPERSEDED: Final = -0.3
_OVERVIEW: Final = 0.25
_MAIN_RESULT: Final = 0.2  # the effect on pain, where nobody asked for another outcome
_SUMS_UP: Final = 0.1  # a result that says that results are mixed
_GRADED: Final = 0.15  # a recommendation with its level or strength, where positions are asked for
_MARGIN: Final = 0.55  # how far below the best a statement may be and still be said
_FLOOR: Final = 0.35
_SAME: Final = 0.65  # share of words in common from which two statements say the same thing
_NEAR: Final = 0.15  # of two statements alike, the fuller is said if it scores no lower than this below
_PER_PART: Final = 2  # statements added for a part of the question that the best do not answer
_MOST: Final = 7
_STOP: Final = frozenset(
    """a an and are as at be by can do does for from had has have how i in is it its may me my of on or our should so
    that the their them there these they this to was we were what when which who why will with would you your not no
    about any much many people""".split()
)
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9'.-]*[a-z0-9]|[a-z0-9]", re.IGNORECASE)
# Everybody unless said otherwise: these do not narrow a statement, nor a question.
_USUAL: Final = frozenset({"fibromyalgia", "chronic-primary-pain", "adults", "women"})
_PLAIN_OUTCOMES: Final = frozenset({"pain", "adverse-events", "approval", "treatment-goals"})
EDITORIAL: Final = "editorial-discrepancies"


class Entry(NamedTuple):
    """A curated statement of the index with what is looked up for each query."""

    id: str  # document#statement
    row: int
    document: Metadata
    span: StatementSpan
    statement: Statement
    words: frozenset[str]
    numbers: frozenset[str]
    tells_of: frozenset[str]  # documents that its words name


class Catalogue:
    """Every curated statement of an index, by row, by id and by the interventions it is about."""

    def __init__(self, index: Index, matcher: Matcher) -> None:
        self.index = index
        self.matcher = matcher
        self.by_row: dict[int, Entry] = {}
        self.by_id: dict[str, Entry] = {}
        self.by_concept: dict[str, list[Entry]] = {}
        self.by_document: dict[str, list[Entry]] = {}
        self.interactions: list[Entry] = []
        self.overviews: list[Entry] = []
        self.ancestors = {concept.id: matcher.ancestors(concept.id) for concept in index.vocabulary.concepts}
        # Treatment as such, which a question about no treatment in particular may well be about.
        self.at_large = frozenset({"non-drug-treatment", "patient-education", "self-management"})
        self.documents = {metadata.id: metadata for metadata in index.documents()}
        titles = {metadata.short_title.lower(): metadata.id for metadata in self.documents.values()}
        named = re.compile("|".join(re.escape(t) for t in sorted(titles, key=len, reverse=True)) or r"(?!)")
        for document_id in self.documents:
            document = index.document(document_id)
            for span in document.statements:
                row = index.statement_rows[document_id, span.statement.id]
                text = document.text[span.start : span.end]
                words = content_words(text)
                numbers = frozenset(word for word in words if any(c.isdigit() for c in word))
                name = f"{document_id}#{span.statement.id}"
                tells_of = frozenset(titles[found] for found in named.findall(text.lower()))
                entry = Entry(name, row, document.metadata, span, span.statement, words, numbers, tells_of)
                self.by_row[row] = self.by_id[entry.id] = entry
                self.by_document.setdefault(document_id, []).append(entry)
                if span.statement.overview:
                    self.overviews.append(entry)
                for concept in {a for c in span.statement.interventions for a in matcher.ancestors(c)}:
                    self.by_concept.setdefault(concept, []).append(entry)
                if span.statement.kind is StatementKind.INTERACTION:
                    self.interactions.append(entry)

    def text(self, entry: Entry) -> str:
        """Return the words of a statement, without its stem."""
        return self.index.document(entry.document.id).text[entry.span.start : entry.span.end]

    def about(self, concept: str) -> tuple[Entry, ...]:
        """Return the statements about an intervention, its members, or a class that it belongs to."""
        found = {entry.id: entry for entry in self.by_concept.get(concept, ())}
        for ancestor in self.ancestors[concept]:
            for entry in self.by_concept.get(ancestor, ()):
                if ancestor in entry.statement.interventions:
                    found[entry.id] = entry
        return tuple(found.values())

    def akin(self, one: str, other: str) -> bool:
        """Return whether one concept is the other, its class or a member of it."""
        return one in self.ancestors[other] or other in self.ancestors[one]

    def knows(self, concept: str) -> bool:
        """Return whether any statement is about an intervention."""
        return bool(self.about(concept))


class Selection(NamedTuple):
    """What was chosen for a query."""

    lead: tuple[EvidenceStatement, ...]  # interactions that come first
    statements: tuple[EvidenceStatement, ...]  # the answer, in order
    positions: tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]  # by intervention: what each source says of it
    uncovered: tuple[str, ...]  # labels of what is asked about and no source is about, or gives no dose of
    unmatched: tuple[str, ...]  # "drug in population", asked about together and found only apart
    ungraded: tuple[str, ...]  # documents whose level or grade was asked for and is not stated
    features: dict[str, float]  # what the calibrated confidence is computed from


def content_words(text: str) -> frozenset[str]:
    """Return the lower-case words of a text that carry meaning."""
    return frozenset(word for word in _WORD.findall(text.lower()) if word not in _STOP)


def select(
    query: Query,
    relevance: Mapping[int, float],
    retrieved: Sequence[RetrievedPassage],
    catalogue: Catalogue,
    told: frozenset[str] = frozenset(),
) -> Selection:
    """Return the statements that answer a query; see the module docstring for the rules.

    Args:
        query: What is asked.
        relevance: Fused score of every candidate row.
        retrieved: The best passages among them.
        catalogue: The curated statements of the index.
        told: Ids of the statements of the last answer: an interaction is not led with twice in a row unless asked for.
    """
    relevance = _shares(relevance)
    positions = _positions(query, relevance, catalogue)
    asked = set(query.interventions)
    fired = _fired((asked, *_named_with(query, catalogue)), catalogue)
    if asked and not fired:  # what somebody takes matters for what is asked about now
        fired = tuple(e for e in _fired((asked | set(query.taking),), catalogue) if _concerns(e, asked, catalogue))
    lead = fired if not (fired and fired[0].id in told and not _LEAD_AGAIN & set(query.intents)) else ()
    if lead:  # what the danger looks like helps as much as that there is one
        wanted = query.intents
        if query.personal and Intent.DOSE in wanted:  # no dose is told beside a dangerous combination
            wanted = (Intent.INTERACTION, *(i for i in wanted if i not in (Intent.DOSE, Intent.INTERACTION)))
        conditions = (*query.conditions, *lead[0].statement.conditions)
        query = query.model_copy(update={"conditions": conditions, "intents": wanted})
    asks = _Asked(query, catalogue)
    scored = _scored(query, relevance, asks, catalogue)
    chosen = _chosen(query, scored, lead, asks, catalogue)
    if not lead and not fired:
        about = [
            set(entry.statement.interventions)
            for _, entry in chosen
            if entry.document.kind is not DocumentKind.GUIDELINE
            and entry.statement.kind is not StatementKind.INTERACTION
        ]
        blocked = [drugs | set(query.interventions) for drugs in about]
        lead = tuple(e for e in _fired(blocked, catalogue) if _with_naltrexone(e, catalogue) and e.id not in told)
        chosen = [(score, entry) for score, entry in chosen if entry.id not in {e.id for e in lead}]
    statements = tuple(evidence_of(entry, score, catalogue) for score, entry in chosen)
    return Selection(
        lead=tuple(evidence_of(entry, 1.0, catalogue) for entry in lead),
        statements=statements or _uncurated(query, retrieved, catalogue),
        positions=positions,
        uncovered=_uncovered(query, catalogue),
        unmatched=_unmatched(query, chosen, catalogue) if chosen else (),
        ungraded=_ungraded(query, chosen),
        features=_features(query, retrieved, scored, catalogue),
    )


def _uncovered(query: Query, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the interventions that no statement is about or, where a dose is asked for, gives a dose of."""
    dose = query.intents[0] is Intent.DOSE
    return tuple(
        catalogue.matcher.label(c)
        for c in query.interventions
        if not any(not dose or entry.statement.kind in _ON_DOSE for entry in catalogue.about(c))
    )


def _unmatched(query: Query, chosen: Sequence[tuple[float, Entry]], catalogue: Catalogue) -> tuple[str, ...]:
    """Return the pairs of an intervention and a population asked about together that nothing chosen is about."""
    label = catalogue.matcher.label
    return tuple(
        f"{label(drug)} in {label(population)}"
        for drug in query.interventions
        for population in query.populations
        if population not in _USUAL
        and population != "opioid-users"
        and not any(
            _is_about(entry.statement, "populations", population, catalogue)
            and _is_about(entry.statement, "interventions", drug, catalogue)
            for _, entry in chosen
        )
    )


def _ungraded(query: Query, chosen: Sequence[tuple[float, Entry]]) -> tuple[str, ...]:
    """Return the documents that were asked for a level or grade and state none for what is answered from them."""
    if not intents.asks_grade(query.text) or not query.interventions:
        return ()
    stated = {entry.document.id for _, entry in chosen if any(g.level or g.strength for g in entry.statement.grades)}
    named = [entry.document.id for _, entry in chosen if entry.document.id in query.documents]
    return tuple(dict.fromkeys(d for d in named if d not in stated))


def _shares(scores: Mapping[int, float]) -> dict[int, float]:
    """Return the score of each row as a share of the best."""
    best = max(scores.values(), default=0.0)
    return {row: score / best if best > 0 else 0.0 for row, score in scores.items()}


def _scored(
    query: Query, relevance: dict[int, float], asked: "_Asked", catalogue: Catalogue
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


class _Asked:
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
        self._usual = _USUAL
        if any("opioid" in catalogue.ancestors[c] for c in query.interventions):
            self._usual = _USUAL | {"opioid-users", "opioid-withdrawal"}  # said by naming an opioid
        self._asked = {field: frozenset(getattr(query, field)) - self._usual for field in _ASKED}
        self._numbers = [] if query.years else list(facts.numbers(query.text))
        bodies = "|".join(map(re.escape, query.organisations))
        self._bodies = re.compile(rf"(?<!\w)(?:{bodies})(?!\w)") if bodies else None
        self._known: dict[tuple[str, tuple[str, ...]], float] = {}

    def score(self, entry: Entry, relevance: float) -> float:
        """Return how well a statement answers the query, given its relevance by retrieval in [0, 1]."""
        statement, document = entry.statement, entry.document
        score = _RELEVANCE * relevance + _AUTHORITY[document.kind]
        score += self._kinds.get(statement.kind, self._other_kind)
        score += self._kept("interventions", statement.interventions)
        score += self._kept("conditions", statement.conditions)
        score += self._kept("populations", statement.populations)
        score += self._kept("outcomes", statement.outcomes)
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
        if statement.overview and not self._strays(statement):
            score += _OVERVIEW
        if self._numbers and self._asked["populations"] & set(statement.populations):
            text = self._catalogue.text(entry)
            if facts.has_range(text):
                score += _IN_RANGE if any(facts.holds(text, number) for number in self._numbers) else -_IN_RANGE
        if statement.kind is StatementKind.INTERACTION and self._names_other_drug(statement):
            score += _OTHER_PARTNER
        if self._bodies and not self._wanted and self._bodies.search(self._catalogue.text(entry)):
            score += _TELLS_OF_DOCUMENT
        if self._main_result and statement.effect is not None and "pain" in statement.outcomes:
            score += _MAIN_RESULT if statement.effect is not Effect.MIXED else _MAIN_RESULT + _SUMS_UP
        return score

    def hits(self, entry: Entry, only: str | None = None) -> bool:
        """Return whether a statement is about a condition, population or outcome that was asked about."""
        return any(
            self._catalogue.akin(a, b)
            for field, asked in self._asked.items()
            if only in (None, field)
            for a in asked
            for b in getattr(entry.statement, field)
        )

    def _names_other_drug(self, statement: Statement) -> bool:
        """Return whether an interaction is with another drug than those asked about together."""
        asked = self._query.interventions
        return len(asked) > 1 and any(
            all(self._fit(own, drug) < 0 for drug in asked) for own in statement.interventions
        )

    def _strays(self, statement: Statement) -> bool:
        """Return whether a statement is about a condition, population or outcome that was not asked about."""
        fields = ("conditions", "populations") if statement.kind is StatementKind.DIAGNOSIS else tuple(_ASKED)
        return any(
            not any(self._catalogue.akin(a, b) for a in self._asked[field])
            for field in fields
            for b in frozenset(getattr(statement, field)) - self._usual - _PLAIN_OUTCOMES
        )

    def _kept(self, field: str, about: tuple[str, ...]) -> float:
        key = (field, about)
        if key not in self._known:
            self._known[key] = self._drugs(about) if field == "interventions" else self._aspect(field, about)
        return self._known[key]

    def _drugs(self, about: tuple[str, ...]) -> float:
        asked = self._query.interventions
        if not asked:
            at_large = self._catalogue.at_large & set(about)
            return _ONE_DRUG if about and not at_large and self._one_class(about) else 0.0
        if not about:
            return _NO_DRUG
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
        akin = {(a, b) for a in asked for b in narrow if self._catalogue.akin(a, b)}
        hits = {a for a, _ in akin}
        score = _ASKED[field] * len(hits) + _MISSED * len(asked - hits)
        return score + _NOT_ASKED[field] * min(2, len(narrow - {b for _, b in akin}))


def _kind_weights(query: Query) -> dict[StatementKind, float]:
    weights: dict[StatementKind, float] = {}
    for rank, intent in enumerate(query.intents):
        for kind in KINDS[intent]:
            weight = _INTENT[min(rank, len(_INTENT) - 1)] * (1.0 if kind is KINDS[intent][0] else 0.7)
            weights[kind] = max(weight, weights.get(kind, weight))
    return weights


def _chosen(
    query: Query, scored: Sequence[tuple[float, Entry]], lead: Sequence[Entry], asks: _Asked, catalogue: Catalogue
) -> list[tuple[float, Entry]]:
    """Return the statements worth saying, best first, each with what may not be left out beside it."""
    lead_ids = {entry.id for entry in lead}
    one_part = len(set(query.intents) - {Intent.POPULATION}) <= 1
    only_hits = one_part and bool(scored) and asks.hits(scored[0][1])  # what was not asked about does not help
    only_population = any(score >= _FLOOR and asks.hits(entry, "populations") for score, entry in scored)
    chosen: list[tuple[float, Entry]] = []
    for score, entry in scored:
        if score < max(_FLOOR, chosen[0][0] - _MARGIN if chosen else _FLOOR) or len(chosen) >= _MOST:
            break
        if entry.id in lead_ids or any(_alike(entry, other, _SAME) for other in lead):
            continue
        if (only_hits and not asks.hits(entry)) or (only_population and not asks.hits(entry, "populations")):
            continue
        if any(_says_again(entry, other, query, catalogue) for other in lead):
            continue
        twin = next((pair for pair in chosen if _alike(entry, pair[1])), None)
        if twin is None:
            chosen.append((score, entry))
        elif twin[0] - score <= _NEAR and len(entry.words) > len(twin[1].words):
            chosen[chosen.index(twin)] = (twin[0], entry)  # of two that say the same, the one that says more
    ordered: list[tuple[float, Entry]] = []
    chosen += _for_unanswered(query, scored, chosen, lead, catalogue)
    chosen += _for_second_intent(query, scored, chosen)
    chosen[3:3] = _harms(query, scored, chosen)
    for score, entry in (*chosen, *_for_population(query, chosen, catalogue)):
        beside = _companions(query, entry, scored, catalogue)
        pair = ((*beside, entry)) if entry.document.superseded_by else ((entry, *beside))
        ordered += [(score, e) for e in pair if e.id not in lead_ids and all(e.id != other.id for _, other in ordered)]
    return ordered


def _for_unanswered(
    query: Query,
    scored: Sequence[tuple[float, Entry]],
    chosen: Sequence[tuple[float, Entry]],
    lead: Sequence[Entry],
    catalogue: Catalogue,
) -> list[tuple[float, Entry]]:
    """Return the best statements on each part of the question that nothing chosen is about."""
    if not chosen:
        return []
    said = [entry.statement for entry in (*lead, *(e for _, e in chosen))]
    found: list[tuple[float, Entry]] = []
    for field in ("conditions", "populations", "outcomes"):
        for asked in getattr(query, field):
            if asked in _USUAL or any(_is_about(statement, field, asked, catalogue) for statement in said):
                continue
            parts = [pair for pair in scored if _is_about(pair[1].statement, field, asked, catalogue)]
            found += [pair for pair in parts[:_PER_PART] if pair[0] >= _FLOOR and pair not in found]
    return found


def _for_second_intent(
    query: Query, scored: Sequence[tuple[float, Entry]], chosen: Sequence[tuple[float, Entry]]
) -> list[tuple[float, Entry]]:
    """Return the best statement for the second thing asked, where nothing chosen answers it."""
    if len(query.intents) < 2 or query.intents[1] is Intent.POPULATION or query.documents or not query.interventions:
        return []
    kinds = KINDS[query.intents[1]][:1]
    if any(entry.statement.kind in kinds and entry.statement.effect is not None for _, entry in chosen):
        return []
    found = [pair for pair in scored if pair[1].statement.kind in kinds and pair[0] >= _FLOOR]
    return found[:1]


def _is_about(statement: Statement, field: str, asked: str, catalogue: Catalogue) -> bool:
    return any(catalogue.akin(asked, own) for own in getattr(statement, field))


def _says_again(entry: Entry, lead: Entry, query: Query, catalogue: Catalogue) -> bool:
    """Return whether a statement only repeats the interaction that the answer leads with."""
    if entry.statement.kind is not StatementKind.INTERACTION or query.intents[0] is Intent.INTERACTION:
        return False
    if set(query.outcomes) & set(entry.statement.outcomes):
        return False
    own = set(entry.statement.interventions)
    return all(catalogue.ancestors[c] & set(lead.statement.interventions) for c in own & set(query.interventions))


def _for_population(
    query: Query, chosen: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> list[tuple[float, Entry]]:
    """Return what the sources offer a population besides the treatment that was asked about."""
    asked = frozenset(query.populations) & {"children", "pregnancy", "older-adults"}
    if not asked or not query.interventions:
        return []
    taken = {entry.id for _, entry in chosen}
    offered = [
        (0.0, entry)
        for entry in catalogue.overviews
        if entry.id not in taken
        and asked & set(entry.statement.populations)
        and not any(catalogue.akin(a, b) for a in query.interventions for b in entry.statement.interventions)
    ]
    return offered[:2]


def _harms(
    query: Query, scored: Sequence[tuple[float, Entry]], chosen: Sequence[tuple[float, Entry]]
) -> list[tuple[float, Entry]]:
    """Return licence and main harms of a treatment whose general benefit was asked about: they belong together."""
    broad = query.intents == (Intent.EFFICACY,) and len(query.interventions) == 1 and not query.documents
    if not broad or query.conditions not in ((), ("fibromyalgia",)) or set(query.outcomes) - {"pain"}:
        return []
    taken = {entry.id for _, entry in chosen[:3]}
    about = [
        (score, entry)
        for score, entry in scored
        if entry.id not in taken and query.interventions[0] in entry.statement.interventions
    ]
    approval = [pair for pair in about if "approval" in pair[1].statement.outcomes]
    harms = [
        pair
        for pair in about
        if pair[1].statement.kind is StatementKind.SAFETY
        and pair[1].statement.overview
        and "adverse-events" in pair[1].statement.outcomes
    ]
    return approval[:1] + harms[:1]


def _alike(one: Entry, other: Entry, share: float | None = None) -> bool:
    """Return whether two statements say the same thing; different numbers or grades do not."""
    if not one.words or not other.words:
        return False
    if not (one.numbers <= other.numbers or other.numbers <= one.numbers):
        return False
    if one.statement.grades != other.statement.grades:
        return False
    shared = len(one.words & other.words) / min(len(one.words), len(other.words))
    return shared >= (share or (_SAME if one.document.id == other.document.id else _SAME + 0.1))


def _companions(
    query: Query, entry: Entry, scored: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> tuple[Entry, ...]:
    """Return what is said with a statement.

    The successor of a superseded statement; what a guideline said before, where its position is asked for; the check
    of an article's claim.
    """
    document = entry.document
    if document.superseded_by:
        return _same_subject(entry, document.superseded_by, scored, catalogue)
    if document.kind is DocumentKind.ARTICLE:
        return _same_subject(entry, EDITORIAL, scored, catalogue, any_kind=True)
    on_editions = query.intents[0] in (Intent.GUIDELINE_POSITION, Intent.COMPARISON)
    if on_editions and query.interventions and document.supersedes:
        return _same_subject(entry, document.supersedes[0], scored, catalogue)
    return ()


def _same_subject(
    entry: Entry,
    document_id: str,
    scored: Sequence[tuple[float, Entry]],
    catalogue: Catalogue,
    *,
    any_kind: bool = False,
) -> tuple[Entry, ...]:
    """Return the best statement of another document on the same interventions, with a grade if this one has a grade."""
    own = entry.statement
    found = [
        other
        for _, other in scored
        if other.document.id == document_id
        and (any_kind or (other.statement.kind is own.kind and bool(other.statement.grades) == bool(own.grades)))
        and any(catalogue.akin(a, b) for a in own.interventions for b in other.statement.interventions)
    ]
    return tuple(found[:1])


# Intents under which an interaction is worth saying again.
_LEAD_AGAIN: Final = frozenset({Intent.INTERACTION, Intent.DOSE, Intent.DURATION})


def _named_with(query: Query, catalogue: Catalogue) -> list[set[str]]:
    """Return, for each article that the query names, what it is about together with what is asked about."""
    return [
        set(catalogue.documents[d].interventions) | set(query.interventions)
        for d in query.documents
        if d in catalogue.documents and catalogue.documents[d].kind is DocumentKind.ARTICLE
    ]


def _concerns(entry: Entry, asked: set[str], catalogue: Catalogue) -> bool:
    """Return whether an interaction is one of a drug that is asked about."""
    return any(c in catalogue.ancestors[d] for c in entry.statement.interventions for d in asked)


def _with_naltrexone(entry: Entry, catalogue: Catalogue) -> bool:
    return any("naltrexone" in catalogue.ancestors[c] for c in entry.statement.interventions)


def _fired(together: Sequence[set[str]], catalogue: Catalogue) -> tuple[Entry, ...]:
    """Return the interaction to lead with: a statement of that kind whose two classes are met by two drugs of a set."""
    fired: list[tuple[float, Entry]] = []
    for drugs in together:
        if len(drugs) < 2:
            continue
        for entry in catalogue.interactions:
            listed = entry.statement.interventions
            matched = {c: {d for d in drugs if c in catalogue.ancestors[d]} for c in listed}
            parts = [c for c in listed if matched[c]]
            if len(parts) < 2 or not _distinct(matched, parts):
                continue
            fit = sum(2 if d in listed else any(d in matched[c] for c in parts) for d in drugs)
            fired.append((fit - (len(listed) - len(parts)) + 2.0 * entry.statement.overview, entry))
    fired.sort(key=lambda pair: (-pair[0], pair[1].id))
    return tuple(entry for _, entry in fired[:1])


def _distinct(matched: dict[str, set[str]], parts: Sequence[str]) -> bool:
    """Return whether two of the listed classes are met by two different drugs."""
    return any(
        a != b for i, one in enumerate(parts) for other in parts[i + 1 :] for a in matched[one] for b in matched[other]
    )


def _positions(
    query: Query, relevance: dict[int, float], catalogue: Catalogue
) -> tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]:
    """Return what guidelines, or else reviews and trials, say about each intervention; one statement a document."""
    wanted = {Intent.GUIDELINE_POSITION, Intent.COMPARISON, Intent.EFFICACY} & set(query.intents)
    aspects = {*query.conditions, *query.populations, *query.outcomes}
    narrowed = aspects - _USUAL - _PLAIN_OUTCOMES - {"treatment-order", "newest-evidence"}
    one_document = query.documents and Intent.GUIDELINE_POSITION not in query.intents
    if not wanted or not query.interventions or narrowed or (one_document and not intents.asks_why(query.text)):
        return ()
    found: list[tuple[str, tuple[EvidenceStatement, ...]]] = []
    for concept in query.interventions:
        guidelines: dict[str, Entry] = {}
        studies: dict[str, Entry] = {}
        for entry in catalogue.about(concept):
            statement, document = entry.statement, entry.document
            if document.superseded_by:
                continue
            exact = concept in statement.interventions
            broader = any(c in catalogue.ancestors[concept] for c in statement.interventions)
            if not exact and not broader:
                continue
            if document.kind is DocumentKind.GUIDELINE and any(grade.direction for grade in statement.grades):
                _keep_best(guidelines, entry, concept, relevance)
            elif (
                document.kind in (DocumentKind.REVIEW, DocumentKind.TRIAL)
                and statement.kind is StatementKind.FINDING
                and statement.effect is not None
                and "pain" in statement.outcomes
            ):
                _keep_best(studies, entry, concept, relevance)
        efficacy = Intent.EFFICACY in query.intents and Intent.GUIDELINE_POSITION not in query.intents
        chosen = studies if efficacy and len(studies) > 1 else guidelines
        if len(chosen) > 1:
            ranked = sorted(chosen.values(), key=lambda e: (e.document.kind.value, -(e.document.year or 0), e.id))
            found.append((concept, tuple(evidence_of(entry, 0.0, catalogue) for entry in ranked)))
    return tuple(found)


def _keep_best(best: dict[str, Entry], entry: Entry, concept: str, relevance: dict[int, float]) -> None:
    """Keep the statement of a document that is most exactly about the intervention."""

    def rank(candidate: Entry) -> tuple[bool, int, float, str]:
        statement = candidate.statement
        return (
            concept in statement.interventions,
            -len(statement.interventions),
            relevance.get(candidate.row, 0.0),
            candidate.id,
        )

    current = best.get(entry.document.id)
    if current is None or rank(entry) > rank(current):
        best[entry.document.id] = entry


def _features(
    query: Query, retrieved: Sequence[RetrievedPassage], scored: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> dict[str, float]:
    """Return the numbers that the confidence is computed from, each in about [0, 1]."""
    dense = max((passage.dense or 0.0 for passage in retrieved), default=0.0)
    mentions = catalogue.matcher.mentions(query.text)
    top = [entry for _, entry in scored[:3]]
    told = {
        word
        for mention in mentions
        if any(_is_about(entry.statement, mention.kind.value, mention.concept, catalogue) for entry in top)
        for word in content_words(query.text[mention.start : mention.end])
    }  # words for something that the best statements are about, in whatever words they say it
    words = (word for word in content_words(query.text) - intents.FILLER if not re.fullmatch(r"[\d.,-]+", word))
    weights = {word: catalogue.index.idf(word) for word in words}
    total = sum(weights.values())
    best = [passage.passage for passage in retrieved[:5]]
    stems = catalogue.index.stems(
        " ".join(" ".join((*p.headings, p.stem.quote.exact if p.stem else "", p.text)) for p in best)
    )
    covered = sum(weight for word, weight in weights.items() if word in told or catalogue.index.stems(word) <= stems)
    named = content_words(" ".join(query.text[m.start : m.end] for m in mentions))
    unknown = [word for word in weights if word not in named and not catalogue.index.known(word)]
    return {
        "dense": dense,
        "coverage": covered / total if total else 0.0,
        "score": scored[0][0] if scored else 0.0,
        "answered": _answered_share(query, top, catalogue),
        "unknown": min(len(unknown), 3) / 3,
        "concepts": min(len({m.concept for m in mentions}), 3) / 3,
    }


def _answered_share(query: Query, best: Sequence[Entry], catalogue: Catalogue) -> float:
    """Return the share of what was asked about, concepts and named documents, that the best statements are about."""
    parts = [
        any(_is_about(entry.statement, field, asked, catalogue) for entry in best)
        for field in ("interventions", "conditions", "populations", "outcomes")
        for asked in getattr(query, field)
        if asked not in _USUAL
    ]
    if query.documents:
        parts.append(any(entry.document.id in query.documents for entry in best))
    return sum(parts) / len(parts) if parts else 0.0


def evidence_of(entry: Entry, score: float, catalogue: Catalogue) -> EvidenceStatement:
    """Return the statement with its words and anchors cut from the document's text."""
    document = catalogue.index.document(entry.document.id)
    span = entry.span
    passage = catalogue.index.passage(entry.row)

    def anchor(start: int, end: int) -> Anchor:
        return anchors.make(document.id, document.text, document.sha256, start, end, passage.text)

    stem = anchor(*span.stem) if span.stem else None
    body = anchor(span.start, span.end)
    text = f"{stem.quote.exact} {body.quote.exact}" if stem else body.quote.exact
    return EvidenceStatement(
        id=entry.id,
        passage_id=passage.id,
        kind=span.statement.kind,
        text=text,
        anchor=body,
        stem=stem,
        grades=span.statement.grades,
        grade_anchors=tuple(anchor(*grade) for grade in span.grades),
        statement=span.statement,
        document=document.metadata,
        review_state=document.review_state,
        score=score,
    )


def is_silent(statement: EvidenceStatement) -> bool:
    """Return whether a statement only records that a guideline takes no position."""
    return bool(statement.grades) and all(grade.direction is Direction.SILENT for grade in statement.grades)


_SENTENCE: Final = re.compile(r"[^.!?]+(?:[.!?](?!\s+[A-Z(]|\s*$)[^.!?]*)*[.!?]?")


def _uncurated(
    query: Query, retrieved: Sequence[RetrievedPassage], catalogue: Catalogue
) -> tuple[EvidenceStatement, ...]:
    """Return the sentences nearest to the query from passages that carry no curated statement, verbatim."""
    wanted = content_words(query.text)
    found: list[EvidenceStatement] = []
    for passage in retrieved[:5]:
        if passage.passage.statement is not None:
            continue
        text = passage.passage.text
        sentences = [m.span() for m in _SENTENCE.finditer(text) if m.group().strip()]
        start, end = max(
            sentences or [(0, len(text))], key=lambda s: (len(content_words(text[slice(*s)]) & wanted), -s[0])
        )
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end -= len(text[start:end]) - len(text[start:end].rstrip())
        document = catalogue.index.document(passage.passage.anchor.document_id)
        offset = passage.passage.anchor.position.start
        found.append(
            EvidenceStatement(
                id=passage.passage.id,
                passage_id=passage.passage.id,
                kind=StatementKind.BACKGROUND,
                text=(f"{passage.passage.stem.quote.exact} " if passage.passage.stem else "") + text[start:end],
                anchor=anchors.make(document.id, document.text, document.sha256, offset + start, offset + end, text),
                stem=passage.passage.stem,
                document=document.metadata,
                review_state=document.review_state,
                statement=None,
                score=passage.score,
            )
        )
    return tuple(found[:3])
