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
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from fmqa import anchors
from fmqa.index import Index
from fmqa.types import (
    Direction,
    DocumentKind,
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
    Intent.MECHANISM: (StatementKind.MECHANISM, StatementKind.DEFINITION),
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
    DocumentKind.ARTICLE: -0.25,
}
_RELEVANCE: Final = 1.0
_INTENT: Final = (0.35, 0.2, 0.1)  # for the first, second and further intents of the query
_OTHER_KIND: Final = -0.1
_EXACT: Final = 0.5  # the statement is about an intervention that was asked about
_BROADER: Final = 0.35  # ... about its class
_NARROWER: Final = 0.1  # ... about a member of the class
_OTHER_DRUG: Final = -0.6
_EXTRA_DRUG: Final = -0.06
_NO_DRUG: Final = -0.12
_ASKED: Final = {"conditions": 0.4, "populations": 0.45, "outcomes": 0.3}
_NOT_ASKED: Final = {"conditions": -0.1, "populations": -0.25, "outcomes": -0.05}
_MISSED: Final = -0.12  # the query names a condition, population or outcome that the statement is not about
_NAMED_DOCUMENT: Final = 0.6
_OTHER_DOCUMENT: Final = -0.2
_SUPERSEDED: Final = -0.3
_OVERVIEW: Final = 0.15
_MARGIN: Final = 0.45  # how far below the best a statement may be and still be said
_FLOOR: Final = 0.35
_SAME: Final = 0.55  # share of words in common from which two statements say the same thing
_MOST: Final = 7
_STOP: Final = frozenset(
    """a an and are as at be by can do does for from had has have how i in is it its may me my of on or our should so
    that the their them there these they this to was we were what when which who why will with would you your not no
    about any much many people""".split()
)
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9'.-]*[a-z0-9]|[a-z0-9]", re.IGNORECASE)
EDITORIAL: Final = "editorial-discrepancies"


class Entry(NamedTuple):
    """A curated statement of the index with what is looked up for each query."""

    row: int
    document: Metadata
    span: StatementSpan
    words: frozenset[str]

    @property
    def statement(self) -> Statement:
        """The curated record."""
        return self.span.statement

    @property
    def id(self) -> str:
        """document#statement."""
        return f"{self.document.id}#{self.span.statement.id}"


class Catalogue:
    """Every curated statement of an index, by row, by id and by the interventions it is about."""

    def __init__(self, index: Index, matcher: Matcher) -> None:
        self.index = index
        self.matcher = matcher
        self.by_row: dict[int, Entry] = {}
        self.by_id: dict[str, Entry] = {}
        self.by_concept: dict[str, list[Entry]] = {}
        self.interactions: list[Entry] = []
        self.documents = {metadata.id: metadata for metadata in index.documents()}
        for document_id in self.documents:
            document = index.document(document_id)
            for span in document.statements:
                row = index.statement_rows[document_id, span.statement.id]
                text = document.text[span.start : span.end]
                entry = Entry(row, document.metadata, span, content_words(text))
                self.by_row[row] = self.by_id[entry.id] = entry
                for concept in {a for c in span.statement.interventions for a in matcher.ancestors(c)}:
                    self.by_concept.setdefault(concept, []).append(entry)
                if span.statement.kind is StatementKind.INTERACTION:
                    self.interactions.append(entry)

    def about(self, concept: str) -> tuple[Entry, ...]:
        """Return the statements about an intervention, its members, or a class that it belongs to."""
        found = {entry.id: entry for entry in self.by_concept.get(concept, ())}
        for ancestor in self.matcher.ancestors(concept):
            for entry in self.by_concept.get(ancestor, ()):
                if ancestor in entry.statement.interventions:
                    found[entry.id] = entry
        return tuple(found.values())

    def knows(self, concept: str) -> bool:
        """Return whether any statement is about an intervention."""
        return bool(self.about(concept))


class Selection(NamedTuple):
    """What was chosen for a query."""

    lead: tuple[EvidenceStatement, ...]  # interactions that come first
    statements: tuple[EvidenceStatement, ...]  # the answer, in order
    positions: tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]  # by intervention: what each source says of it
    uncovered: tuple[str, ...]  # interventions asked about that no source is about
    features: dict[str, float]  # what the calibrated confidence is computed from


def content_words(text: str) -> frozenset[str]:
    """Return the lower-case words of a text that carry meaning."""
    return frozenset(word for word in _WORD.findall(text.lower()) if word not in _STOP)


def select(query: Query, retrieved: Sequence[RetrievedPassage], catalogue: Catalogue) -> Selection:
    """Return the statements that answer a query; see the module docstring for the rules."""
    relevance = _relevance(retrieved)
    scored = _scored(query, relevance, catalogue)
    chosen = _chosen(scored, catalogue)
    if not chosen:
        chosen = _uncurated(query, retrieved, catalogue)
    fired = _fired(query, [catalogue.by_id[s.id] for s in chosen if s.id in catalogue.by_id], catalogue)
    lead = tuple(evidence_of(entry, 1.0, catalogue) for entry in fired)
    lead_ids = {statement.id for statement in lead}
    chosen = tuple(statement for statement in chosen if statement.id not in lead_ids)
    return Selection(
        lead=lead,
        statements=chosen,
        positions=_positions(query, relevance, catalogue),
        uncovered=tuple(c for c in query.interventions if not catalogue.knows(c)),
        features=_features(query, retrieved, scored, catalogue),
    )


def _relevance(retrieved: Sequence[RetrievedPassage]) -> dict[int, float]:
    """Return the fused score of each row as a share of the best."""
    best = max((passage.score for passage in retrieved), default=0.0)
    return {passage.row: passage.score / best if best > 0 else 0.0 for passage in retrieved}


def _scored(query: Query, relevance: dict[int, float], catalogue: Catalogue) -> list[tuple[float, Entry]]:
    """Return the candidate statements with their scores, best first, ties by id."""
    candidates = {row: catalogue.by_row[row] for row in relevance if row in catalogue.by_row}
    for concept in query.interventions:
        for entry in catalogue.about(concept):
            candidates[entry.row] = entry
    for document_id in query.documents:
        if document_id in catalogue.documents:
            for span in catalogue.index.document(document_id).statements:
                entry = catalogue.by_id[f"{document_id}#{span.statement.id}"]
                candidates[entry.row] = entry
    wanted = frozenset(query.documents)
    scored = [
        (_score(query, entry, relevance.get(entry.row, 0.0), wanted, catalogue), entry) for entry in candidates.values()
    ]
    return sorted(scored, key=lambda pair: (-pair[0], pair[1].id))


def _score(query: Query, entry: Entry, relevance: float, wanted: frozenset[str], catalogue: Catalogue) -> float:
    statement, document = entry.statement, entry.document
    score = _RELEVANCE * relevance + _AUTHORITY[document.kind]
    score += _kind_score(query, statement) + _drug_score(query, statement, catalogue.matcher)
    for field in ("conditions", "populations", "outcomes"):
        score += _aspect_score(field, getattr(query, field), getattr(statement, field), catalogue.matcher)
    if wanted:
        score += _NAMED_DOCUMENT if document.id in wanted else _OTHER_DOCUMENT
        if document.id == EDITORIAL and any(catalogue.documents[d].kind is DocumentKind.ARTICLE for d in wanted):
            score += _NAMED_DOCUMENT  # what the article says is never told without what its sources say
    if document.superseded_by and not (query.years and document.year in query.years):
        score += _SUPERSEDED
    if statement.overview:
        score += _OVERVIEW
    return score


def _kind_score(query: Query, statement: Statement) -> float:
    best = _OTHER_KIND if query.intents != (Intent.GENERAL,) else 0.0
    for rank, intent in enumerate(query.intents):
        kinds = KINDS[intent]
        if statement.kind in kinds:
            weight = _INTENT[min(rank, len(_INTENT) - 1)] * (1.0 if statement.kind is kinds[0] else 0.7)
            best = max(best, weight)
    return best


def _drug_score(query: Query, statement: Statement, matcher: Matcher) -> float:
    asked, about = query.interventions, statement.interventions
    if not asked:
        return 0.0
    if not about:
        return _NO_DRUG
    best = _OTHER_DRUG
    matched = 0
    for own in about:
        fit = max(_fit(own, drug, matcher) for drug in asked)
        matched += fit > 0
        best = max(best, fit)
    if best > 0:
        covered = sum(any(_fit(own, drug, matcher) > 0 for own in about) for drug in asked)
        best *= covered / len(asked)
    return best + _EXTRA_DRUG * min(3, len(about) - matched)


def _fit(own: str, asked: str, matcher: Matcher) -> float:
    if own == asked:
        return _EXACT
    if matcher.covers(own, asked):
        return _BROADER
    return _NARROWER if matcher.covers(asked, own) else _OTHER_DRUG


def _aspect_score(field: str, asked: Iterable[str], about: Iterable[str], matcher: Matcher) -> float:
    asked_set = {concept for concept in asked if concept != "fibromyalgia"}
    about_set = {concept for concept in about if concept not in ("fibromyalgia", "adults", "women")}
    hits = {a for a in asked_set if any(matcher.covers(b, a) or matcher.covers(a, b) for b in about_set)}
    score = _ASKED[field] * len(hits)
    score += _MISSED * len(asked_set - hits)
    others = {b for b in about_set if not any(matcher.covers(b, a) or matcher.covers(a, b) for a in asked_set)}
    return score + _NOT_ASKED[field] * min(2, len(others))


def _chosen(scored: Sequence[tuple[float, Entry]], catalogue: Catalogue) -> tuple[EvidenceStatement, ...]:
    """Return the statements worth saying, best first, each followed by what may not be left out beside it."""
    if not scored or scored[0][0] < _FLOOR:
        return ()
    best = scored[0][0]
    chosen: list[tuple[float, Entry]] = []
    for score, entry in scored:
        if score < max(_FLOOR, best - _MARGIN) or len(chosen) >= _MOST:
            break
        if any(_alike(entry, other) for _, other in chosen):
            continue
        chosen.append((score, entry))
    ordered: list[tuple[float, Entry]] = []
    for score, entry in chosen:
        for companion in _companions(entry, scored, catalogue):
            if all(companion.id != other.id for _, other in (*ordered, *chosen)):
                ordered.append((score, companion))
        if all(entry.id != other.id for _, other in ordered):
            ordered.append((score, entry))
    ordered = _current_first(ordered)
    return tuple(evidence_of(entry, score, catalogue) for score, entry in ordered)


def _current_first(chosen: list[tuple[float, Entry]]) -> list[tuple[float, Entry]]:
    """Return the same statements with those of superseded documents behind the rest."""
    return sorted(chosen, key=lambda pair: pair[1].document.superseded_by is not None)


def _alike(one: Entry, other: Entry) -> bool:
    """Return whether two statements say the same thing; different documents or numbers do not."""
    if not one.words or not other.words:
        return False
    numbers_one = {word for word in one.words if any(c.isdigit() for c in word)}
    numbers_other = {word for word in other.words if any(c.isdigit() for c in word)}
    if not (numbers_one <= numbers_other or numbers_other <= numbers_one):
        return False
    if one.statement.grades != other.statement.grades:
        return False
    shared = len(one.words & other.words) / min(len(one.words), len(other.words))
    return shared >= (_SAME if one.document.id == other.document.id else _SAME + 0.15)


def _companions(entry: Entry, scored: Sequence[tuple[float, Entry]], catalogue: Catalogue) -> tuple[Entry, ...]:
    """Return what must be said with a statement: the successor of a superseded one, the check of an article's claim."""
    document = entry.document
    if document.superseded_by:
        same = [
            other
            for _, other in scored
            if other.document.id == document.superseded_by
            and other.statement.kind is entry.statement.kind
            and _shares_subject(entry.statement, other.statement, catalogue.matcher)
        ]
        return tuple(same[:1])
    if document.kind is DocumentKind.ARTICLE:
        checks = [
            other
            for score, other in scored
            if other.document.id == EDITORIAL
            and score > 0
            and _shares_subject(entry.statement, other.statement, catalogue.matcher)
        ]
        return tuple(checks[:1])
    return ()


def _shares_subject(one: Statement, other: Statement, matcher: Matcher) -> bool:
    if not one.interventions and not other.interventions:
        return True
    return any(matcher.covers(a, b) or matcher.covers(b, a) for a in one.interventions for b in other.interventions)


def _fired(query: Query, chosen: Sequence[Entry], catalogue: Catalogue) -> tuple[Entry, ...]:
    """Return the interactions to lead with: two drugs that a statement of that kind names stand together here."""
    matcher = catalogue.matcher
    together = [set(query.interventions) | set(query.background)]
    together += [
        set(entry.statement.interventions) | set(query.interventions)
        for entry in chosen
        if entry.statement.kind is not StatementKind.INTERACTION
        and entry.document.kind is not DocumentKind.GUIDELINE
        and any(matcher.covers("naltrexone", c) for c in entry.statement.interventions)
    ]
    for document_id in query.documents:
        about = set(catalogue.documents[document_id].interventions) if document_id in catalogue.documents else set()
        together.append(about | set(query.interventions))
    fired: list[tuple[float, Entry]] = []
    for number, drugs in enumerate(together):
        for entry in catalogue.interactions:
            listed = entry.statement.interventions
            matched = {c: {d for d in drugs if matcher.covers(c, d)} for c in listed}
            parts = [c for c in listed if matched[c]]
            used = {d for c in parts for d in matched[c]}
            if len(parts) < 2 or len(used) < 2 or not _distinct(matched, parts):
                continue
            exact = sum(c in drugs for c in listed)
            with_naltrexone = any(matcher.covers("naltrexone", c) for c in listed)
            if number and not with_naltrexone:
                continue
            score = 2.0 * entry.statement.overview + exact - 0.3 * (len(listed) - len(parts))
            fired.append((score, entry))
    fired.sort(key=lambda pair: (-pair[0], pair[1].id))
    unique = list(dict.fromkeys(entry.id for _, entry in fired))
    return tuple(catalogue.by_id[i] for i in unique[:1])


def _distinct(matched: dict[str, set[str]], parts: Sequence[str]) -> bool:
    """Return whether two of the listed classes are met by two different drugs."""
    return any(
        a != b for i, one in enumerate(parts) for other in parts[i + 1 :] for a in matched[one] for b in matched[other]
    )


def _positions(
    query: Query, relevance: dict[int, float], catalogue: Catalogue
) -> tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]:
    """Return what guidelines, or else reviews and trials, say about each intervention; one statement a document."""
    wanted = {Intent.GUIDELINE_POSITION, Intent.COMPARISON, Intent.EFFICACY, Intent.GENERAL} & set(query.intents)
    if not wanted or not query.interventions:
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
            broader = any(catalogue.matcher.covers(c, concept) for c in statement.interventions)
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
    weights = {word: catalogue.index.idf(word) for word in content_words(query.text)}
    total = sum(weights.values())
    text = " ".join(
        " ".join((*passage.passage.headings, passage.passage.stem.quote.exact if passage.passage.stem else "",
                  passage.passage.text)).lower()
        for passage in retrieved[:5]
    )  # fmt: skip
    seen = catalogue.index.stems(text)
    covered = sum(weight for word, weight in weights.items() if catalogue.index.stems(word) <= seen)
    concepts = {m.start for m in catalogue.matcher.mentions(query.text)}
    unknown = [w for w in weights if not catalogue.index.known(w) and not catalogue.matcher.mentions(w)]
    return {
        "dense": dense,
        "coverage": covered / total if total else 0.0,
        "score": scored[0][0] if scored else 0.0,
        "unknown": min(len(unknown), 3) / 3,
        "concepts": min(len(concepts), 3) / 3,
    }


def evidence_of(entry: Entry, score: float, catalogue: Catalogue) -> EvidenceStatement:
    """Return the statement with its words and anchors cut from the document's text."""
    document = catalogue.index.document(entry.document.id)
    span = entry.span
    passage = catalogue.index.passage(entry.row)

    def anchor(start: int, end: int) -> anchors.Anchor:
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
