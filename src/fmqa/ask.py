"""The line: one function from a question to a verified answer.

This is the only place where the stages meet.
"""

from collections.abc import Sequence
from functools import partial

from fmqa.answer.offering import offered
from fmqa.answer.sending import send
from fmqa.clock import Clock
from fmqa.danger import cautions, emergencies
from fmqa.evidence import filtering
from fmqa.evidence.again import said_again
from fmqa.evidence.choosing import choose
from fmqa.evidence.comparing import with_table
from fmqa.evidence.deciding import decide, urgent, which
from fmqa.evidence.library import Library
from fmqa.evidence.lists import of_document, of_section, with_list
from fmqa.evidence.published.quoting import quote
from fmqa.evidence.searching import search
from fmqa.phrasing.using import NOBODY, Helper
from fmqa.question import meta
from fmqa.question.openings import asked_last, two_questions, without_opening
from fmqa.question.orders import without_orders
from fmqa.question.references import asks_what_next
from fmqa.question.resolving import resolve
from fmqa.text.figures import in_milligrams
from fmqa.types import (
    Answer,
    Audience,
    ConceptKind,
    Frame,
    Material,
    Metadata,
    Opening,
    Query,
    RetrievedPassage,
    Status,
    Told,
    Turn,
    Watch,
)


def ignore(_step: Query | tuple[RetrievedPassage, ...]) -> None:
    """Watch nothing."""


def ask(
    question: str,
    turns: Sequence[Turn],
    frame: Frame,
    library: Library,
    watch: Watch = ignore,
    helper: Helper = NOBODY,
) -> Told:
    """Return the verified answer to a question after the earlier turns, and the query that it was read as."""
    clock = Clock()
    library.opened.encode_ahead(question)  # while words are looked at
    danger = emergencies.detect(question, library.urgency, library.opened.encode)
    if danger is not None:
        return Told(send(urgent(question, danger, frame.audience, library), frame, library, clock), None)
    request = meta.request(question) or _like(question, turns, library)
    again = said_again(request, question, turns, frame, library) if request else None
    if again is not None:
        return Told(send(_leading_on(again.material, turns, library), again.frame, library, clock), again.query)
    warned = cautions.warning(question, frame.audience)
    question = in_milligrams(without_opening(without_orders(question, partial(_names, library))))
    helper = NOBODY if warned else helper  # what may harm is kept from a language model
    query = read(question, turns, library, frame.audience)
    cited = turns[-1].source_ids[0] if turns and turns[-1].source_ids else None
    of_one = of_document(question, query, frame, library, cited)
    if of_one is not None:
        watch(of_one.material.query)
        return Told(send(_leading_on(of_one.material, turns, library), of_one.frame, library, clock), of_one.query)
    query = helper.standalone(question, spoken_of(turns), query, partial(_reread, turns, frame, library))
    watch(query)
    library = filtering.since(query.since, library)
    clock.lap("resolve")
    if query.choices:
        return Told(send(which(query, library), frame, library, clock), query)
    material = _decided(question, query, turns, library, clock, watch)
    if material.status is Status.NOT_IN_CORPUS:
        material, query = _otherwise(question, material, turns, frame, library, clock)
    elif material.opening is Opening.UNSURE:  # one of two questions may be answered for sure
        material = _in_parts(question, material, turns, frame, library) or material
    material = _leading_on(material._replace(cautions=warned), turns, library)
    return Told(_sent(material, query, frame, library, clock, helper), query)


def _like(question: str, turns: Sequence[Turn], library: Library) -> meta.Request | None:
    """Return what a short message that names nothing wants of the last answer, if that told something."""
    index = library.opened
    told = bool(turns) and bool(turns[-1].statement_ids)
    if not told or library.matcher.mentions(question) or library.names.in_text(question).documents:
        return None
    return meta.like(question, index.encode(question), index.encoder, index.encode_all)


def _otherwise(
    question: str, material: Material, turns: Sequence[Turn], frame: Frame, library: Library, clock: Clock
) -> tuple[Material, Query]:
    """Return what answers a part of a question that has no answer as a whole, or the section that it names."""
    material, query = _at_its_end(question, material, turns, frame, library, clock)
    if material.status is not Status.NOT_IN_CORPUS:
        return material, query
    part = _in_parts(question, material, turns, frame, library)
    section = None if part else of_section(question, query, frame, library, alone=True)
    if section is not None:
        return section.material, section.material.query
    return part or material, query


def _at_its_end(
    question: str, material: Material, turns: Sequence[Turn], frame: Frame, library: Library, clock: Clock
) -> tuple[Material, Query]:
    """Return what answers the question that a long note ends with, where that names a treatment; else what there is."""
    query, last = material.query, asked_last(question)
    names = any(m.kind is ConceptKind.INTERVENTION for m in library.matcher.mentions(last or ""))
    if last is None or query.unknown or not names:  # what no source knows is not forgotten
        return material, query
    kept = {field: getattr(query, field) for field in ("conditions", "populations", "taking", "denied")}
    ends = read(last, turns, library, frame.audience).model_copy(update=kept)
    found = _decided(last, ends, turns, library, clock, ignore)
    return (material, query) if found.status.abstains else (found, ends)


def asked_before(turns: Sequence[Turn]) -> list[Turn]:
    """Return the turns that asked something of the sources, the last one first.

    Thanks, and what only wants the last answer in another form, keep its query and are no part of what is spoken of.
    """
    queries = [None, *(turn.query for turn in turns)]
    return [turn for turn, last in zip(turns, queries, strict=False) if turn.query not in (None, last)][::-1]


def _decided(
    question: str, query: Query, turns: Sequence[Turn], library: Library, clock: Clock, watch: Watch
) -> Material:
    """Return what the answer to a query is made of."""
    before = next((turn.query.text for turn in reversed(turns) if turn.query is not None), None)
    on = spoken_of_published(turns, library)
    spoken = asked_before(turns)
    earlier = [turn.question for turn in spoken]
    chooses = bool(turns) and turns[-1].status is Status.NEEDS_CLARIFICATION
    if chooses or asks_what_next(question):  # read anew as a whole: a choice is no question, and what failed no subject
        question, before, earlier = query.text, None, []
    found = search(question, query, library, before, on.id if on else None, earlier)
    watch(found.passages)
    clock.lap("search")
    chosen = choose(query, found, library, said=[frozenset(turn.statement_ids) for turn in spoken])
    quoted = quote(found, library)
    clock.lap("choose")
    material = with_list(with_table(decide(query, found, chosen, quoted, library), library), library)
    clock.lap("decide")
    return material


def _in_parts(question: str, whole: Material, turns: Sequence[Turn], frame: Frame, library: Library) -> Material | None:
    """Return what there is on one of two questions asked in one breath, with the other one named as not answered."""
    parts = two_questions(question)
    if parts is None:
        return None
    by_itself = bool({m.concept for m in library.matcher.mentions(question)} & set(whole.query.interventions))
    before = () if by_itself else turns
    first = read(parts[0], before, library, frame.audience)
    then = read(parts[1], before, library, frame.audience)
    if not set(then.interventions) - set(then.implied):  # what the first one asks about goes on
        named = " and ".join(map(library.matcher.label, first.interventions))
        then = read(f"{named}: {parts[1]}" if named else parts[1], before, library, frame.audience)
    told = [_decided(each.text, each, turns, library, Clock(), ignore) for each in (first, then)]
    silent = [part for part, each in zip(parts, told, strict=True) if each.status.abstains]
    if len(silent) != 1:
        return None
    found = next(each for each in told if not each.status.abstains)
    query = found.query.model_copy(update={"text": whole.query.text})
    return found._replace(
        status=Status.PARTIAL, query=query, uncovered=(*found.uncovered, ("", f"“{silent[0].rstrip(' ?.!')}”"))
    )


def _leading_on(material: Material, turns: Sequence[Turn], library: Library) -> Material:
    """Return the material with what could be asked next."""
    return material._replace(suggestions=offered(material, turns, library))


def _sent(material: Material, query: Query, frame: Frame, library: Library, clock: Clock, helper: Helper) -> Answer:
    """Return the verified answer, put in order and into words by a language model where there is one."""
    answer = send(material, frame, library, clock)
    ordered = helper.ordered(query.text, material, answer)
    if ordered is not material:
        answer = reordered(answer, send(ordered, frame, library, clock))
    return helper.worded(answer, library)


def spoken_of(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return the earlier questions as they were read, but for emergencies and what somebody asked for themselves."""
    queries = (turn.query for turn in turns if turn.status is not Status.URGENT)
    return tuple(
        query.text
        for query in queries
        if query is not None and not (query.personal or query.asks.own_regimen or query.taking)
    )


def reordered(before: Answer, after: Answer) -> Answer:
    """Return an answer in another order, unless it would open with another word or say less for sure."""
    same = (before.direct and before.direct.word, before.status) == (after.direct and after.direct.word, after.status)
    return after if same else before


def _reread(turns: Sequence[Turn], frame: Frame, library: Library, text: str) -> Query | None:
    """Return how a question made to stand alone is read; None if it tells of an emergency."""
    danger = emergencies.detect(text, library.urgency, library.opened.encode)
    return None if danger else read(text, turns, library, frame.audience)


def _names(library: Library, words: str) -> bool:
    """Return whether words name a treatment, an illness or a group of people; an outcome alone asks nothing."""
    return any(mention.kind is not ConceptKind.OUTCOME for mention in library.matcher.mentions(words))


def read(question: str, turns: Sequence[Turn], library: Library, audience: Audience = Audience.CLINICIAN) -> Query:
    """Return the standalone query that a question means after the earlier turns of its conversation."""
    clinician = audience is Audience.CLINICIAN
    start, known = library.start, library.opened.known
    strange = library.opened.is_strange
    on = spoken_of_published(turns, library)
    return resolve(question, turns, library.matcher, library.names, start, known, strange, on, clinician=clinician)


def spoken_of_published(turns: Sequence[Turn], library: Library) -> Metadata | None:
    """Return the document as published that the latest answer with sources cites first, if it does."""
    first = next((turn.source_ids[0] for turn in reversed(turns) if turn.source_ids), None)
    document = library.catalogue.documents.get(first) if first is not None else None
    return document if document is not None and document.origin is not None else None
