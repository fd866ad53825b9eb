"""The statements that answer a query, in the order in which they are said.

Nothing is worded here: a statement is chosen or left.

1. A medicine named together with one it must not be combined with: the interaction comes first.
2. The statements that are likely enough to bear on what was asked, best first (``ranking``); nothing fills up.
3. The very thing asked for before the rest: a grade, an interval, all treatments that are compared; a statement for
   the range in which a given value lies, and none for another range (``bands``).
4. Every current source that the question names is heard; a superseded statement is never alone; an article's claim
   comes with what its sources say.
5. Saying a thing once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from fmqa.evidence import confidence
from fmqa.evidence.catalogue import SAME, Catalogue, Entry, evidence_of, is_about, is_about_any, quoted, says_again
from fmqa.evidence.library import Library
from fmqa.evidence.ranking import CUT, Ranked, beside, ranked
from fmqa.evidence.rules import bands, gaps, interactions, sides
from fmqa.evidence.rules.gaps import Gaps
from fmqa.evidence.searching import Found
from fmqa.text import sentences, statistics
from fmqa.text.words import content_words
from fmqa.types import (
    DirectReason,
    DocumentKind,
    Effect,
    EvidenceStatement,
    Intent,
    Metadata,
    Query,
    RetrievedPassage,
    StatementKind,
    StatementRole,
)

_MOST: Final = 7
_SAY_THEMSELVES: Final = frozenset({DocumentKind.GUIDELINE, DocumentKind.CRITERIA, DocumentKind.REVIEW})
"""Documents that are asked what they say; what a trial was is told by its protocol and its reviews too."""


class Selection(NamedTuple):
    """What was chosen for a query."""

    lead: tuple[EvidenceStatement, ...]  # interactions that come first
    warned: bool  # whether a dangerous combination is met: by the lead, or said in the last answer
    statements: tuple[EvidenceStatement, ...]  # the answer, in order
    positions: tuple[tuple[str, tuple[EvidenceStatement, ...]], ...]  # by intervention: what each source says of it
    fits_value: bool  # whether a statement is for the range in which a value that is given lies
    uncovered: Gaps  # what is asked about and no source is about, or gives no dose of
    unmatched: Gaps  # "drug in population", found only apart; "drug by name", found only as its class
    unexplained: Gaps  # the reason, where one is asked for and none is given; what no statement at all tells of
    ungraded: tuple[str, ...]  # documents whose level or grade was asked for and is not stated
    features: dict[str, float]  # what the chance that the sources answer is computed from


def choose(query: Query, found: Found, library: Library, *, said: Sequence[frozenset[str]] = ()) -> Selection:
    """Return the statements that answer a query; see the module docstring for the rules.

    Args:
        query: What is asked.
        found: What searching found.
        library: The curated statements and what they are looked up in.
        said: Ids of the statements of each earlier answer, the last answer first. An interaction is not led with twice
            in a row unless it is asked for.
    """
    catalogue = library.catalogue
    told = said[0] if said else frozenset()
    fired, lead = interactions.leading(query, told, catalogue)
    wanted = _beside(query, lead) if lead else query
    best = ranked(wanted, found, library.statements, catalogue, said)
    fitting = bands.fitting(wanted, best.entries, catalogue)
    chosen = _chosen(wanted, best, lead, fitting, catalogue)
    if not fired:
        lead = interactions.blocking(query, chosen, told, catalogue)
        chosen = [entry for entry in chosen if entry not in lead]
    first = next(iter((*lead, *chosen)), None)
    raised = beside(first, best) if first else {}
    told_now = _with_beside(wanted, best, lead, chosen, raised, told | fitting.missed, catalogue)
    chances = _chances(told_now, best) | raised
    statements = tuple(evidence_of(entry, chances[entry.id], catalogue) for entry in told_now)
    by_class = gaps.by_class(query, fired, catalogue)
    unnamed = dict(by_class)  # what is said of a class is no position on these
    positions = sides.positions(query, found.ours.fused, catalogue, chosen)
    apart = (
        *gaps.unmatched(query, fired, chosen, catalogue),
        *by_class,
        *gaps.without_statistic(query, chosen, catalogue),
        *gaps.apart(query, fired, catalogue),
        *gaps.of_source(query, catalogue),
        *gaps.without_stopping(query, fired, catalogue),
    )
    return Selection(
        lead=tuple(evidence_of(entry, 1.0, catalogue) for entry in lead),
        warned=bool(fired),
        statements=statements or _uncurated(query, found.passages, catalogue),
        positions=tuple(each for each in positions if each[0] not in unnamed),
        fits_value=bool(query.measured and fitting.first) and not query.assumed,
        uncovered=gaps.uncovered(wanted, fired, catalogue),
        unmatched=apart if chosen else (),
        unexplained=() if lead else (*gaps.unexplained(query, chosen), *gaps.untold(query, catalogue)),
        ungraded=gaps.ungraded(wanted, chosen),
        features=confidence.features(query, best, found, catalogue),
    )


def _chances(chosen: Sequence[Entry], best: Ranked) -> dict[str, float]:
    """Return by id the chance of each statement that was chosen; most are among the first."""
    wanted = {entry.id for entry in chosen}
    found: dict[str, float] = {}
    for entry, chance in zip(best.entries, best.chances.tolist(), strict=True):
        if len(found) == len(wanted):
            break
        if entry.id in wanted:
            found[entry.id] = chance
    return found


def _beside(query: Query, lead: Sequence[Entry]) -> Query:
    """Return what else is wanted beside a warning: what the danger looks like helps as much as that there is one."""
    wanted = query.intents
    if query.personal and Intent.DOSE in wanted:  # no dose is told beside a dangerous combination
        wanted = (Intent.INTERACTION, *(i for i in wanted if i not in (Intent.DOSE, Intent.INTERACTION)))
    elif wanted == (Intent.GENERAL,):
        wanted = (Intent.INTERACTION,)
    conditions = tuple(dict.fromkeys((*query.conditions, *lead[0].statement.conditions)))
    return query.model_copy(update={"conditions": conditions, "intents": wanted})


def _chosen(
    query: Query, best: Ranked, lead: Sequence[Entry], fitting: bands.Fitting, catalogue: Catalogue
) -> list[Entry]:
    """Return the statements worth saying, best first, each with what its edition or an article's check says of it."""
    of_value = [catalogue.by_id[name] for name in fitting.first]
    of_group = not set(catalogue.matcher.pack.special_populations).isdisjoint(query.populations)
    chosen: list[Entry] = of_value or _of_all(query, best, catalogue) or _on_effect(query, best, catalogue)
    fits = partial(_fits, query, lead, catalogue)
    for entry, chance in zip(best.entries, best.chances.tolist(), strict=True):
        if len(chosen) == _MOST or (chosen and chance < CUT):
            break
        if entry.id in fitting.missed or not fits(entry, chosen):
            continue
        if (chosen or of_group) and _of_others(entry, query, catalogue):
            continue
        chosen.append(entry)
    chosen[1:1] = _of_named_sources(query, best.entries, chosen, catalogue)
    chosen = _direct_first(query, chosen, catalogue)
    chosen[1:1] = sides.opposite(query, best, chosen)
    ordered: list[Entry] = []
    for entry in chosen:
        companions = _companions(query, entry, best.entries, catalogue)
        after = entry.document.superseded_by or entry.document.id == catalogue.matcher.pack.checks_of_articles
        pair = (*companions, entry) if after else (entry, *companions)
        ordered += [each for each in pair if each not in lead and each not in ordered]
    return ordered


def _with_beside(
    query: Query,
    best: Ranked,
    lead: Sequence[Entry],
    chosen: Sequence[Entry],
    raised: Mapping[str, float],
    passed: Collection[str],
    catalogue: Catalogue,
) -> list[Entry]:
    """Return the statements with those that the record of the first says are not left out, where they are likely.

    Each stands before the first of the others that is less likely to bear on the question.
    """
    ordered = list(chosen)
    for name, chance in sorted(raised.items(), key=lambda each: (-each[1], each[0])):
        entry = catalogue.by_id[name]
        if chance < CUT or name in passed or _of_others(entry, query, catalogue):
            continue
        others = [each for each in ordered if each is not entry]
        if entry in ordered or _fits(query, lead, catalogue, entry, others):
            at = 0 if lead else 1
            chances = _chances(others, best) | dict(raised)
            place = next((n for n, e in enumerate(others) if n >= at and chances[e.id] < chance), len(others))
            ordered = [*others[:place], entry, *others[place:]]
    return ordered


def _fits(query: Query, lead: Sequence[Entry], catalogue: Catalogue, entry: Entry, chosen: Sequence[Entry]) -> bool:
    """Return whether a statement adds something to what is told already, on what is asked about."""
    repeats = any(
        says_again(entry.said, other.said, SAME) or _repeats_lead(entry, other, query, catalogue) for other in lead
    )
    return not (
        entry in lead
        or repeats
        or _is_dose_of_others(entry, chosen, query, catalogue)
        or _is_dose_of_unnamed(entry, query)
        or _is_of_another(entry, query, catalogue)
        or interactions.on_denied(entry, query, catalogue)
        or _is_of_tried(entry, query, catalogue)
        or any(says_again(entry.said, other.said) for other in chosen)
    )


def _is_dose_of_unnamed(entry: Entry, query: Query) -> bool:
    """Return whether a statement gives a dose where one is asked for and it is not known of which medicine.

    Nearness alone may take the wrong one out of the talk.
    """
    asks = query.intents[0] is Intent.DOSE and not (query.interventions or query.documents)
    return asks and entry.statement.kind is StatementKind.DOSING and bool(entry.statement.interventions)


def _of_all(query: Query, best: Ranked, catalogue: Catalogue) -> list[Entry]:
    """Return the best statement on all treatments that are compared, where a likely one is."""
    if query.intents[0] is not Intent.COMPARISON or len(query.interventions) < 2:
        return []
    on_all = partial(_is_about_all, query.interventions, catalogue)
    likely = (entry for entry, chance in zip(best.entries, best.chances.tolist(), strict=True) if chance >= CUT)
    others = {StatementKind.INTERACTION}  # that they must not be combined, or are both advised, makes none the better
    if Intent.GUIDELINE_POSITION not in query.intents:
        others.add(StatementKind.RECOMMENDATION)
    fit = (entry for entry in likely if entry.statement.kind not in others and not entry.document.superseded_by)
    return [entry for entry in fit if on_all(entry)][:1]


def _on_effect(query: Query, best: Ranked, catalogue: Catalogue) -> list[Entry]:
    """Return the best result on the very treatment and outcome, where it is asked whether a treatment works.

    "Is it effective?" is near an effective dose and an approved use in words; what answers it is a verdict or a main
    result, told by its record.
    """
    asked = query.whether
    named = [c for c in query.interventions if asked is not None and c in asked.concepts]
    if asked is None or asked.reason is not DirectReason.EFFECT or asked.words or len(named) != 1:
        return []
    outcomes = set(query.outcomes) - catalogue.plain_outcomes
    found = [
        entry
        for entry in best.entries
        if named[0] in entry.statement.interventions
        and entry.statement.effect is not None
        and entry.statement.role in (StatementRole.VERDICT, StatementRole.MAIN_RESULT)
        and not entry.document.superseded_by
        and entry.document.kind is not DocumentKind.ARTICLE
        and (not outcomes or outcomes & set(entry.statement.outcomes))
        and not _of_others(entry, query, catalogue)
    ]
    first = [entry for entry in found if entry.statement.role is StatementRole.VERDICT]
    return (first or found)[:1]


def _is_of_another(entry: Entry, query: Query, catalogue: Catalogue) -> bool:
    """Return whether a statement is on another treatment than those that the question names: it answers another one.

    Of two that are asked about together, what is said of one of them and a third is on another pair.
    """
    named = [c for c in query.interventions if c not in query.implied]
    own = set(entry.statement.interventions)
    at_large = own & catalogue.at_large or set(named) <= catalogue.at_large
    if not named or not own or at_large:
        return False
    met = [c for c in named if not catalogue.kin[c].isdisjoint(own)]
    strangers = [c for c in own if all(c not in catalogue.kin[n] for n in named)]
    together = query.whether is not None and query.whether.reason is DirectReason.COMBINATION
    on_pairs = together or entry.statement.kind is StatementKind.INTERACTION
    return not met or (len(named) > 1 and on_pairs and len(met) < len(named) and bool(strangers))


def _is_of_tried(entry: Entry, query: Query, catalogue: Catalogue) -> bool:
    """Return whether a statement is on treatments that were tried or are not taken, where others are asked for."""
    tried = set().union(*(catalogue.kin[c] for c in query.denied if c in catalogue.kin))
    own = set(entry.statement.interventions)
    treatments = set(catalogue.matcher.pack.patients_take)
    others = [c for c in own - tried if treatments & catalogue.ancestors[c]]
    return bool(own & tried) and not others and not set(query.interventions) - set(query.implied)


def _of_others(entry: Entry, query: Query, catalogue: Catalogue) -> bool:
    """Return whether a statement is on a special population, such as children, of which nobody asked."""
    special = frozenset(catalogue.matcher.pack.special_populations) & frozenset(entry.statement.populations)
    return bool(special) and not is_about_any(entry.statement, "populations", query.populations, catalogue)


def _is_dose_of_others(entry: Entry, chosen: Sequence[Entry], query: Query, catalogue: Catalogue) -> bool:
    """Return whether a statement gives a dose for people at large, where one for those asked about is told already."""
    asked = set(query.populations) - catalogue.usual

    def is_on(other: Entry) -> bool:
        return is_about_any(other.statement, "populations", asked, catalogue)

    return entry.statement.kind is StatementKind.DOSING and bool(asked) and not is_on(entry) and any(map(is_on, chosen))


def _direct_first(query: Query, chosen: Sequence[Entry], catalogue: Catalogue) -> list[Entry]:
    """Return the statements that give the very thing asked for before the others.

    A grade, where the grade is asked for; a statistic by its name, where one is; all treatments that are compared.
    Of those that do, the ones of the documents asked about come first.
    """
    if query.asks.grade:
        gives: Callable[[Entry], bool] = _has_grade
    elif query.asks.statistics:
        gives = partial(_gives, query.asks.statistics)
    elif query.intents[0] is Intent.COMPARISON and len(query.interventions) > 1:
        # What is said of treatments at large tells more of the two than what is said of one of them.
        on_all = partial(_is_about_all, query.interventions, catalogue)
        return sorted(chosen, key=lambda entry: 0 if on_all(entry) else 1 if not entry.statement.interventions else 2)
    else:
        advice_of_one = query.intents[0] is Intent.GUIDELINE_POSITION and len(query.documents) == 1

        kinds = (catalogue.documents[d].kind for d in query.documents if d in catalogue.documents)
        asks_a_source = bool(query.organisations) or any(kind in _SAY_THEMSELVES for kind in kinds)

        def is_other(entry: Entry) -> bool:
            own = entry.document.id in query.documents and entry.statement.kind is StatementKind.RECOMMENDATION
            return advice_of_one and not own

        def later(entry: Entry) -> tuple[bool, ...]:
            heard = {entry.document.id, *entry.tells_of}
            elsewhere = asks_a_source and heard.isdisjoint(query.documents)
            unasked = _is_unasked_pair(query, catalogue, entry)
            of_use = query.intents[0] is Intent.INTERACTION and entry.statement.kind is StatementKind.BACKGROUND
            return is_other(entry), elsewhere, unasked, of_use, _helps_not(query, entry)

        return sorted(chosen, key=later)

    def place(entry: Entry) -> int:
        elsewhere = query.documents and entry.document.id not in query.documents
        return 2 if not gives(entry) else 1 if elsewhere else 0

    return sorted(chosen, key=place)


def _is_unasked_pair(query: Query, catalogue: Catalogue, entry: Entry) -> bool:
    """Return whether a statement warns of what is asked about together with something that is not: no first line."""
    on_pair = entry.statement.kind is StatementKind.INTERACTION and Intent.INTERACTION not in query.intents
    met = {c for c in (*query.interventions, *query.taking, *query.beside) if c in catalogue.kin}
    others = [c for c in entry.statement.interventions if all(c not in catalogue.kin[each] for each in met)]
    return on_pair and bool(others) and not interactions.blocks_another(entry, catalogue)


def _helps_not(query: Query, entry: Entry) -> bool:
    """Return whether a statement says of some treatment that it does not help, where it is asked what helps."""
    open_to_all = not set(query.interventions) - set(query.implied) and query.intents[0] is Intent.EFFICACY
    return open_to_all and entry.statement.effect in (Effect.NO_DIFFERENCE, Effect.HARM)


def _is_about_all(drugs: Sequence[str], catalogue: Catalogue, entry: Entry) -> bool:
    return all(is_about(entry.statement, "interventions", drug, catalogue) for drug in drugs)


def _has_grade(entry: Entry) -> bool:
    return any(grade.is_stated for grade in entry.statement.grades)


def _gives(asked: frozenset[str], entry: Entry) -> bool:
    return not asked.isdisjoint(statistics.named(entry.text))


def _of_named_sources(
    query: Query, scored: Sequence[Entry], chosen: Sequence[Entry], catalogue: Catalogue
) -> list[Entry]:
    """Return the best statement, on the treatment asked about, of each current source named and not heard yet."""
    drugs = query.interventions

    def speaks(entry: Entry) -> bool:
        return is_about_any(entry.statement, "interventions", drugs, catalogue)

    def is_named(document: Metadata) -> bool:
        of_body = not query.documents and document.organisation in query.organisations
        return (of_body or document.id in query.documents) and not document.superseded_by

    if not drugs or not (query.documents or query.organisations):
        return []
    heard = {entry.document.id for entry in chosen if speaks(entry)}
    named = {name for name, entries in catalogue.by_document.items() if is_named(entries[0].document)} - heard
    found: dict[str, Entry] = {}
    for entry in scored if named else ():
        if entry.document.id in named and speaks(entry):
            found.setdefault(entry.document.id, entry)
    return list(found.values())


def _repeats_lead(entry: Entry, lead: Entry, query: Query, catalogue: Catalogue) -> bool:
    """Return whether a statement only repeats the interaction that the answer leads with."""
    if entry.statement.kind is not StatementKind.INTERACTION or query.intents[0] is Intent.INTERACTION:
        return False
    if set(query.outcomes) & set(entry.statement.outcomes):
        return False
    own = set(entry.statement.interventions)
    return all(catalogue.ancestors[c] & set(lead.statement.interventions) for c in own & set(query.interventions))


def _companions(query: Query, entry: Entry, scored: Sequence[Entry], catalogue: Catalogue) -> tuple[Entry, ...]:
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
    scored: Sequence[Entry],
    catalogue: Catalogue,
    *,
    any_kind: bool = False,
) -> tuple[Entry, ...]:
    """Return the best statement of another document on the same interventions, with a grade if this one has a grade."""
    own = entry.statement
    found = [
        other
        for other in scored
        if other.document.id == document_id
        and (any_kind or (other.statement.kind is own.kind and bool(other.statement.grades) == bool(own.grades)))
        and any(catalogue.akin(a, b) for a in own.interventions for b in other.statement.interventions)
    ]
    return tuple(found[:1])


def _uncurated(
    query: Query, retrieved: Sequence[RetrievedPassage], catalogue: Catalogue
) -> tuple[EvidenceStatement, ...]:
    """Return the sentences nearest to the query from passages that carry no curated statement, verbatim."""
    wanted = frozenset(query.asks.words)
    found: list[EvidenceStatement] = []
    for passage in retrieved[:5]:
        if passage.passage.statement is not None:
            continue
        text, stem = passage.passage.text, passage.passage.stem
        start, end = max(
            sentences.sentences(text, (0, len(text))),
            key=lambda span: (len(content_words(text[slice(*span)]) & wanted), -span[0]),
        )
        offset = passage.passage.anchor.position.start
        stem_at = (stem.position.start, stem.position.end) if stem else None
        found.append(quoted(catalogue, passage.row, (offset + start, offset + end), stem_at, None, 0.0))
    return tuple(found[:3])
