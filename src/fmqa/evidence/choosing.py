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
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from fmqa.corpus import anchors
from fmqa.evidence import confidence, interactions, scoring, sides
from fmqa.evidence.catalogue import Catalogue, Entry, evidence_of, is_about
from fmqa.evidence.library import Library
from fmqa.evidence.searching import Found, nearness
from fmqa.text import sentences
from fmqa.text.words import content_words
from fmqa.types import (
    Direction,
    DocumentKind,
    EvidenceStatement,
    Intent,
    Pack,
    Query,
    RetrievedPassage,
    StatementKind,
)

_ON_DOSE: Final = frozenset({StatementKind.DOSING})
# These ask of one drug itself, and of its use in a disease where one is named.
_OF_ONE_DRUG: Final = frozenset({Intent.DOSE, Intent.EFFICACY, Intent.GUIDELINE_POSITION})
_MARGIN: Final = 0.65  # how far below the best a statement may be and still be said
_MARGIN_OF_ANOTHER: Final = 0.9  # ... that is from a source not heard yet
_HEADS: Final = 0.4  # how much less well the evidence may fit than an article's claim, and still lead
_FLOOR: Final = 0.35
_SAID_AGAIN: Final = frozenset({StatementKind.SAFETY, StatementKind.INTERACTION})
_TOLD: Final = 0.2  # what the last answer said is said again only if it fits better than the rest
_SAME: Final = 0.65  # share of words in common from which two statements say the same thing
_SAME_PLAIN: Final = 0.6  # the same, where neither has a number or a grade
_NEAR: Final = 0.15  # of two statements alike, the fuller is said if it scores no lower than this below
_MOST: Final = 7
_HAS_INTERVAL: Final = re.compile(r"\bCI\b")


Gaps = tuple[tuple[str, str], ...]
"""Interventions, each with the words for what of it no source has."""


class Selection(NamedTuple):
    """What was chosen for a query."""

    lead: tuple[EvidenceStatement, ...]  # interactions that come first
    statements: tuple[EvidenceStatement, ...]  # the answer, in order
    positions: tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]  # by intervention: what each source says of it
    uncovered: Gaps  # what is asked about and no source is about, or gives no dose of
    unmatched: Gaps  # "drug in population", found only apart; "drug by name", found only as its class
    ungraded: tuple[str, ...]  # documents whose level or grade was asked for and is not stated
    features: dict[str, float]  # what the calibrated confidence is computed from


def choose(query: Query, found: Found, library: Library, *, told: frozenset[str] = frozenset()) -> Selection:
    """Return the statements that answer a query; see the module docstring for the rules.

    Args:
        query: What is asked.
        found: What searching found.
        library: The curated statements and what they are looked up in.
        told: Ids of the statements of the last answer: an interaction is not led with twice in a row unless asked for.
    """
    catalogue, relevance, retrieved = library.catalogue, found.ours.fused, found.passages
    near = nearness(query, found.ours, library)
    as_asked = query
    positions = sides.positions(query, relevance, catalogue)
    asked = set(query.interventions)
    fired = interactions.fired((asked, *interactions.named_with(query, catalogue)), catalogue)
    if asked and not fired:  # what somebody takes matters for what is asked about now
        fired = tuple(
            e
            for e in interactions.fired((asked | set(query.taking),), catalogue)
            if interactions.concerns(e, asked, catalogue)
        )
    if query.beside and not fired and (query.personal or interactions.ON_TAKING & set(query.intents)):
        # "Is 4.5 mg right for my patient on methadone?": what is spoken of and what is taken come together.
        fired = interactions.fired((asked | set(query.beside),), catalogue)
    lead = fired if not (fired and fired[0].id in told and not interactions.LEAD_AGAIN & set(query.intents)) else ()
    if lead:  # what the danger looks like helps as much as that there is one
        wanted = query.intents
        if query.personal and Intent.DOSE in wanted:  # no dose is told beside a dangerous combination
            wanted = (Intent.INTERACTION, *(i for i in wanted if i not in (Intent.DOSE, Intent.INTERACTION)))
        elif wanted == (Intent.GENERAL,):
            wanted = (Intent.INTERACTION,)
        conditions = (*query.conditions, *lead[0].statement.conditions)
        query = query.model_copy(update={"conditions": conditions, "intents": wanted})
    asks = scoring.Asked(query, catalogue)
    scored = scoring.scored_statements(query, relevance, near, asks, catalogue)
    scored = sorted(
        (
            (score - _TOLD * (entry.id in told and entry.statement.kind not in _SAID_AGAIN), entry)
            for score, entry in scored
        ),
        key=lambda pair: (-pair[0], pair[1].id),
    )
    chosen = _chosen(query, scored, lead, asks, catalogue)
    if not lead and not fired:
        about = [
            set(entry.statement.interventions)
            for _, entry in chosen
            if entry.document.kind is not DocumentKind.GUIDELINE
            and entry.statement.kind is not StatementKind.INTERACTION
            and (not query.documents or entry.document.id in query.documents)  # of the source asked about, if one is
        ]
        blocked = [drugs | set(query.interventions) for drugs in about]
        lead = tuple(
            e
            for e in interactions.fired(blocked, catalogue)
            if interactions.blocks_another(e, catalogue) and e.id not in told
        )
        chosen = [(score, entry) for score, entry in chosen if entry.id not in {e.id for e in lead}]
    statements = tuple(evidence_of(entry, score, catalogue) for score, entry in chosen)
    return Selection(
        lead=tuple(evidence_of(entry, 1.0, catalogue) for entry in lead),
        statements=statements or _uncurated(query, retrieved, catalogue),
        positions=positions,
        uncovered=_uncovered(query, fired, catalogue),
        unmatched=(*_unmatched(as_asked, chosen, catalogue), *_by_class(as_asked, fired, catalogue)) if chosen else (),
        ungraded=_ungraded(query, chosen),
        features=confidence.features(as_asked, retrieved, scored, catalogue),
    )


def _uncovered(query: Query, fired: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return the interventions that no statement is about or, where a dose is asked for, gives a dose of."""
    dose = query.intents[0] is Intent.DOSE and not fired  # beside an interaction, both medicines are spoken of
    return tuple(
        (c, f"a dose of {catalogue.matcher.label(c)}" if catalogue.knows(c) else catalogue.matcher.label(c))
        for c in query.interventions
        if not any(not dose or entry.statement.kind in _ON_DOSE for entry in catalogue.about(c))
    )


def _unmatched(query: Query, chosen: Sequence[tuple[float, Entry]], catalogue: Catalogue) -> Gaps:
    """Return the pairs of an intervention and a population or disease asked about that nothing chosen is about."""
    label = catalogue.matcher.label
    in_disease = query.intents[0] in _OF_ONE_DRUG
    return tuple(
        (drug, f"{label(drug)} in {label(asked)}")
        for field in ("conditions", "populations")
        for drug in query.interventions
        for asked in getattr(query, field)
        if (field == "populations" or in_disease or not catalogue.matcher.get(asked).in_scope)
        and asked not in catalogue.usual
        and not (field == "populations" and asked in catalogue.implied)
        and not any(
            is_about(entry.statement, field, asked, catalogue)
            and is_about(entry.statement, "interventions", drug, catalogue)
            for _, entry in chosen
        )
    )


def _by_class(query: Query, fired: Sequence[Entry], catalogue: Catalogue) -> Gaps:
    """Return the drugs whose effect, dose or standing is asked for, and of which only their class is spoken.

    A result of the class is worth telling, but not as the drug's own. An interaction of the class holds for the drug.
    """
    if fired or not _OF_ONE_DRUG & set(query.intents):
        return ()
    return tuple(
        (c, f"{catalogue.matcher.label(c)} by name")
        for c in query.interventions
        if c not in catalogue.by_concept and catalogue.knows(c)
    )


def _ungraded(query: Query, chosen: Sequence[tuple[float, Entry]]) -> tuple[str, ...]:
    """Return the documents that were asked for a level or grade and state none for what is answered from them."""
    if not query.asks.grade or not query.interventions:
        return ()
    letters = query.asks.letter  # a verb of recommendation is a strength, but no letter
    stated = {
        entry.document.id
        for _, entry in chosen
        if any(g.level or g.grade or (g.strength and not letters) for g in entry.statement.grades)
    }
    named = [entry.document.id for _, entry in chosen if entry.document.id in query.documents]
    return tuple(dict.fromkeys(d for d in named if d not in stated))


def _chosen(
    query: Query,
    scored: Sequence[tuple[float, Entry]],
    lead: Sequence[Entry],
    asks: scoring.Asked,
    catalogue: Catalogue,
) -> list[tuple[float, Entry]]:
    """Return the statements worth saying, best first, each with what may not be left out beside it."""
    lead_ids = {entry.id for entry in lead}
    one_part = len(set(query.intents) - {Intent.POPULATION}) <= 1 and not query.asks.reason
    only_hits = one_part and bool(scored) and asks.hits(scored[0][1])  # what was not asked about does not help
    only_population = any(score >= _FLOOR and asks.hits(entry, "populations") for score, entry in scored)
    further = sides.REACH if sides.sources_differ(query, scored, catalogue) else _MARGIN_OF_ANOTHER
    chosen: list[tuple[float, Entry]] = []
    for score, entry in scored:
        if score < _FLOOR or len(chosen) >= _MOST:
            break
        if (
            chosen
            and score < chosen[0][0] - _MARGIN
            and not (score >= chosen[0][0] - further and sides.adds_a_source(entry, chosen))
        ):
            continue
        if entry.id in lead_ids or any(_alike(entry, other, _SAME) for other in lead):
            continue
        if (only_hits and not asks.hits(entry)) or (only_population and not asks.hits(entry, "populations")):
            continue
        if any(_says_again(entry, other, query, catalogue) for other in lead):
            continue
        asked_in = content_words(query.text) & entry.words  # a twin without a word of the question is no twin
        twin = next((pair for pair in chosen if _alike(entry, pair[1]) and asked_in <= pair[1].words), None)
        if twin is None:
            chosen.append((score, entry))
        elif twin[0] - score <= _NEAR and len(entry.words) > len(twin[1].words):
            chosen[chosen.index(twin)] = (twin[0], entry)  # of two that say the same, the one that says more
    ordered: list[tuple[float, Entry]] = []
    chosen += _of_named_sources(query, scored, chosen, catalogue)
    chosen = _direct_first(query, chosen, catalogue)
    chosen = _headed_by_evidence(query, chosen, catalogue)
    chosen[1:1] = sides.opposite(query, scored, chosen)
    chosen[3:3] = _harms(query, scored, chosen, catalogue.matcher.pack)
    for score, entry in (*chosen, *_for_population(query, chosen, catalogue)):
        beside = _companions(query, entry, scored, catalogue)
        after = entry.document.superseded_by or entry.document.id == catalogue.matcher.pack.checks_of_articles
        pair = (*beside, entry) if after else (entry, *beside)
        ordered += [(score, e) for e in pair if e.id not in lead_ids and all(e.id != other.id for _, other in ordered)]
    return ordered


def _direct_first(
    query: Query, chosen: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> list[tuple[float, Entry]]:
    """Return the statements that give the very thing asked for before the others.

    A grade, where the grade is asked for; the interval of a result, where the interval is; all treatments that are
    compared. Of those that do, the ones of the documents asked about come first.
    """
    if query.asks.grade:
        gives: Callable[[Entry], bool] = _has_grade
    elif query.asks.interval:
        gives = _has_interval
    elif query.intents[0] is Intent.COMPARISON and len(query.interventions) > 1:
        gives = partial(_is_about_all, query.interventions, catalogue)
    else:
        return list(chosen)

    def place(pair: tuple[float, Entry]) -> int:
        elsewhere = query.documents and pair[1].document.id not in query.documents
        return 2 if not gives(pair[1]) else 1 if elsewhere else 0

    return sorted(chosen, key=place)


def _is_about_all(drugs: Sequence[str], catalogue: Catalogue, entry: Entry) -> bool:
    return all(is_about(entry.statement, "interventions", drug, catalogue) for drug in drugs)


def _has_grade(entry: Entry) -> bool:
    return any(grade.is_stated for grade in entry.statement.grades)


def _has_interval(entry: Entry) -> bool:
    return bool(_HAS_INTERVAL.search(entry.text)) and entry.statement.effect is not None


def _headed_by_evidence(
    query: Query, chosen: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> list[tuple[float, Entry]]:
    """Return the statements headed by one of the evidence: an article's own claim leads only where one asks of it."""
    documents = [catalogue.documents[d] for d in query.documents if d in catalogue.documents]
    check = catalogue.matcher.pack.checks_of_articles
    if any(document.kind is DocumentKind.ARTICLE or document.id == check for document in documents):
        return list(chosen)
    first = next((i for i, (_, entry) in enumerate(chosen) if entry.document.kind is not DocumentKind.ARTICLE), 0)
    if not first or chosen[first][0] < chosen[0][0] - _HEADS:
        return list(chosen)
    return [chosen[first], *chosen[:first], *chosen[first + 1 :]]


def _of_named_sources(
    query: Query, scored: Sequence[tuple[float, Entry]], chosen: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> list[tuple[float, Entry]]:
    """Return the best statement, on the treatment asked about, of each current source named and not heard yet."""
    heard = {entry.document.id for _, entry in chosen}
    found: dict[str, tuple[float, Entry]] = {}
    for score, entry in scored if query.interventions else ():
        document = entry.document
        if document.id not in query.documents or document.id in heard or document.superseded_by:
            continue
        if any(is_about(entry.statement, "interventions", drug, catalogue) for drug in query.interventions):
            found.setdefault(document.id, (score, entry))
    return list(found.values())


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
    asked = frozenset(query.populations) & set(catalogue.matcher.pack.special_populations)
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
    query: Query, scored: Sequence[tuple[float, Entry]], chosen: Sequence[tuple[float, Entry]], pack: Pack
) -> list[tuple[float, Entry]]:
    """Return licence and main harms of a treatment whose general benefit was asked about: they belong together."""
    broad = query.intents == (Intent.EFFICACY,) and len(query.interventions) == 1 and not query.documents
    if not broad or pack.foreign(query.conditions) or set(query.outcomes) - {pack.main_result}:
        return []
    taken = {entry.id for _, entry in chosen[:3]}
    about = [
        (score, entry)
        for score, entry in scored
        if entry.id not in taken and query.interventions[0] in entry.statement.interventions
    ]
    approval = [pair for pair in about if pack.beside_benefit.licence in pair[1].statement.outcomes]
    harms = [
        pair
        for pair in about
        if pair[1].statement.kind is StatementKind.SAFETY
        and pair[1].statement.overview
        and pack.beside_benefit.harms in pair[1].statement.outcomes
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
    if share is None and not one.numbers and not other.numbers and not one.statement.grades:
        share = _SAME_PLAIN
    shared = len(one.words & other.words) / min(len(one.words), len(other.words))
    return shared >= (share or (_SAME if one.document.id == other.document.id else _SAME + 0.1))


def _companions(
    query: Query, entry: Entry, scored: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> tuple[Entry, ...]:
    """Return what is said with a statement.

    The successor of a superseded statement, or what the new edition says of its being dropped; what a guideline said
    before, where its position is asked for; the check of an article's claim.
    """
    document = entry.document
    if document.superseded_by:  # what the successor says of it, in whatever way
        same = _same_subject(entry, document.superseded_by, scored, catalogue)
        return same or _same_subject(entry, document.superseded_by, scored, catalogue, any_kind=True)
    check = catalogue.matcher.pack.checks_of_articles
    if document.kind is DocumentKind.ARTICLE:
        return _same_subject(entry, check, scored, catalogue, any_kind=True) if check else ()
    articles = [d for d in query.documents if catalogue.documents[d].kind is DocumentKind.ARTICLE]
    if document.id == check and articles:
        return _same_subject(entry, articles[0], scored, catalogue, any_kind=True)
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


def is_silent(statement: EvidenceStatement) -> bool:
    """Return whether a statement only records that a guideline takes no position."""
    return bool(statement.grades) and all(grade.direction is Direction.SILENT for grade in statement.grades)


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
        start, end = max(
            sentences.sentences(text, (0, len(text))),
            key=lambda span: (len(content_words(text[slice(*span)]) & wanted), -span[0]),
        )
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
