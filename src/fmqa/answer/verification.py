"""Answer -> a verdict on every statement, from nothing but the answer and the documents that it cites.

A statement is supported only if each check finds nothing. There is no threshold that could be loosened: a statement
with a fault is not sent.

- anchor: the cited document has the hash that the anchor names, and the span holds the quote.
- stem: where the quoted block depends on a list stem, the statement begins with it.
- words: a verbatim statement is stem and quote, a plain one the record's wording, but for the harmless variants of
  fmqa.text.wording: white space, Unicode form, case, spelling, 500 mg for 0.5 g, a listed synonym.
- numbers, units, comparators, negation, modality: nothing that the quote does not have; no "not" lost.
- grade: each grade is the record's, named and explained by its system, and its anchor is where the record has it.
- citation: every number in brackets leads to a source, the statement cites nothing but its own words, and what a
  source tells of its document (title, year, edition, link) is what the document's record says.

Of the answer as a whole: the disclaimer, the index generation, every source, and that its text says each statement word
for word with its citation and grade, and beside them nothing but notices, fixed phrases and how its sources are called;
each position of a conflict is that of the record, and the word that it opens with is the one that the records give.
"""

import re
from collections.abc import Callable
from typing import Final

from fmqa.answer import direct, phrases, text_check
from fmqa.corpus import anchors
from fmqa.errors import NotFound
from fmqa.grades.systems import GENERAL, Known
from fmqa.grades.telling import display, shown_grade, side
from fmqa.text import figures, wording
from fmqa.types import (
    DISCLAIMER,
    Anchor,
    Answer,
    AnswerStatement,
    Check,
    Document,
    Fault,
    Source,
    StatementSpan,
    Verdict,
)

_OF_ANSWERS: Final = (Check.DISCLAIMER, Check.GENERATION)
_CHECKS: Final = tuple(check for check in Check if check not in _OF_ANSWERS)
_OF_THE_RECORD: Final = (
    *("title", "short_title", "kind", "organisation", "year", "edition", "superseded_by"),
    *("evidence_checked", "last_updated"),
)
_CITED: Final = re.compile(r"\[(\d+)\]")


def verify(
    answer: Answer,
    document: Callable[[str], Document],
    names: wording.Names = wording.no_names,
    grading: Known = GENERAL,
) -> tuple[Verdict, ...]:
    """Return one verdict for each statement of an answer, in order: of its text, its further evidence, its table.

    Args:
        answer: Any cited answer, whoever made it.
        document: Returns the document with an id; raises ``KeyError`` or ``LookupError`` where there is none.
        names: Finds concepts in a text, so that a listed synonym counts as the same words; see ``names_of``.
        grading: The systems that grades are explained in.
    """
    return tuple(_verdict(s, answer, document, names, grading) for s in answer.every_statement)


def answer_faults(
    answer: Answer, document: Callable[[str], Document], generation: str | None = None
) -> tuple[Fault, ...]:
    """Return the faults of an answer as a whole.

    They are: the disclaimer, another index generation than the one given, citations in the text that lead nowhere, a
    text that says something else than the statements, positions of a conflict that are not the record's, and sources
    whose anchor does not resolve, also where only a notice or a conflict cites them.
    """
    faults: list[Fault] = []
    if answer.disclaimer != DISCLAIMER:
        faults.append(Fault(check=Check.DISCLAIMER, detail="the disclaimer is missing or altered"))
    if generation is not None and answer.generation != generation:
        faults.append(Fault(check=Check.GENERATION, detail="the answer was made from another index generation"))
    faults += text_check.text_faults(answer, document)
    faults += _conflict_faults(answer, document)
    faults += _direct_faults(answer, document)
    known = {source.n for source in answer.sources}
    for match in _CITED.finditer(answer.text):
        if int(match[1]) not in known:
            faults.append(Fault(check=Check.CITATION, detail=f"no source {match[1]}", span=match.span()))
    for source in answer.sources:
        try:
            origin = document(source.document_id)
        except (LookupError, NotFound):
            faults.append(Fault(check=Check.CITATION, detail=f"no document {source.document_id}"))
            continue
        faults += _source_faults(source, origin)
        faults += _anchor_faults(source, origin)
    return tuple(faults)


def _conflict_faults(answer: Answer, document: Callable[[str], Document]) -> list[Fault]:
    """Return a fault for each position whose words, grade or direction are not those of the statement it rests on."""
    faults: list[Fault] = []
    by_number = {source.n: source for source in answer.sources}
    for conflict in answer.conflicts:
        for position in conflict.positions:
            source = by_number.get(position.source)
            try:
                origin = document(position.document_id)
            except (LookupError, NotFound):
                origin = None
            if source is None or origin is None or source.document_id != origin.id:
                faults.append(Fault(check=Check.CITATION, detail="a position without its source"))
                continue
            record = origin.metadata
            if (position.short_title, position.current) != (record.short_title, record.superseded_by is None):
                faults.append(Fault(check=Check.CITATION, detail=f"{origin.id} is not described as in its record"))
            quote = " ".join(anchor.quote.exact for anchor in (source.stem, source.anchor) if anchor)
            if figures.normalised(position.quote) != figures.normalised(quote):
                faults.append(Fault(check=Check.WORDS, detail=f"the position of {origin.id} is not its quote"))
            place = (source.anchor.position.start, source.anchor.position.end)
            span = next((s for s in origin.statements if (s.start, s.end) == place), None)
            if span is None or (position.direction, position.grade) != _position_of(span):
                faults.append(Fault(check=Check.GRADE, detail=f"the position of {origin.id} is not the record's"))
    return faults


def _direct_faults(answer: Answer, document: Callable[[str], Document]) -> list[Fault]:
    """Return a fault if an answer opens with a word that the records of its own statements do not give."""
    if answer.direct is None:
        return []
    shown = {statement.id for statement in answer.statements}
    facts: list[direct.Fact] = []
    for name in answer.direct.basis:
        try:
            origin = document(name.partition("#")[0])
        except (LookupError, NotFound):
            break
        span = next((s for s in origin.statements if f"{origin.id}#{s.statement.id}" == name), None)
        if name not in shown or span is None:
            break
        stem = f"{origin.text[slice(*span.stem)]} " if span.stem else ""
        facts.append(direct.Fact(span.statement, stem + origin.text[span.start : span.end]))
    if len(facts) < len(answer.direct.basis) or direct.word(answer.direct.reason, facts) is not answer.direct.word:
        return [Fault(check=Check.NEGATION, detail="the first word is not what the records give", span=(0, 1))]
    return []


def _position_of(span: StatementSpan) -> tuple[str, str | None]:
    """Return direction and grade of a statement as a position tells them."""
    grades = span.statement.grades
    shown = [display(grade) for grade in grades if grade.is_stated]
    return side(grades, span.statement.effect) or phrases.NOT_STATED, "; ".join(shown) or None


def _verdict(
    statement: AnswerStatement,
    answer: Answer,
    document: Callable[[str], Document],
    names: wording.Names,
    grading: Known,
) -> Verdict:
    faults: list[Fault] = []
    by_number = {source.n: source for source in answer.sources}
    cited = [by_number[n] for n in statement.citations if n in by_number]
    if len(cited) < len(statement.citations) or not cited:
        faults.append(Fault(check=Check.CITATION, detail="cites a number without a source"))
        return Verdict(supported=False, checks=_CHECKS, faults=tuple(faults))
    source = cited[0]
    if any(other.anchor != source.anchor for other in cited[1:]):
        faults.append(Fault(check=Check.CITATION, detail="cites a source besides its own words"))
    try:
        origin = document(source.document_id)
    except (LookupError, NotFound):
        faults.append(Fault(check=Check.CITATION, detail=f"no document {source.document_id}"))
        return Verdict(supported=False, checks=_CHECKS, faults=tuple(faults))
    if not statement.id.startswith((f"{origin.id}#", f"{origin.id}@")):
        faults.append(Fault(check=Check.CITATION, detail="the cited document is not the statement's own"))
    faults += _source_faults(source, origin)
    anchor_faults = _anchor_faults(source, origin)
    faults += anchor_faults
    span = _span_of(statement, origin)
    faults += _stem_faults(statement, source, span, origin, names)
    if not anchor_faults:
        faults += _span_faults(source, span)
        faults += _wording_faults(statement, source, span, names)
    faults += _grade_faults(statement, origin, span, grading)
    return Verdict(supported=not faults, checks=_CHECKS, faults=tuple(faults))


def _span_of(statement: AnswerStatement, origin: Document) -> StatementSpan | None:
    document, _, name = statement.id.partition("#")
    return next((s for s in origin.statements if s.statement.id == name), None) if document == origin.id else None


def _source_faults(source: Source, origin: Document) -> list[Fault]:
    """Return a fault if a source is introduced as another than its document: by title, year, successor or link."""
    record = origin.metadata
    told = [getattr(source, name) for name in _OF_THE_RECORD]
    if told != [getattr(record, name) for name in _OF_THE_RECORD] or source.review_state is not origin.review_state:
        return [Fault(check=Check.CITATION, detail=f"{origin.id} is not described as in its record")]
    if source.trust is not origin.trust:
        return [Fault(check=Check.CITATION, detail=f"{origin.id} is called more or less trusted than it is")]
    if (source.wording == "source") != origin.is_added:
        return [Fault(check=Check.CITATION, detail=f"{origin.id} is called a quotation or a summary and is the other")]
    if (source.page, source.section) != _place(source, origin):
        return [Fault(check=Check.CITATION, detail="the page or section is not where the words stand")]
    known = [reference.link for reference in record.references]
    if record.url and source.page is not None:
        known.append(f"{record.url}#page={source.page}")
    links = {None, record.url, f"https://doi.org/{record.doi}", *known}
    if source.link not in links or any(reference not in record.references for reference in source.references):
        return [Fault(check=Check.CITATION, detail=f"{origin.id} does not rest on what is linked")]
    return []


def _place(source: Source, origin: Document) -> tuple[int | None, tuple[str, ...]]:
    """Return page and heading path of the cited words in a document as published; nothing for one of our own."""
    if not origin.is_added:
        return None, ()
    start = source.anchor.position.start
    inside = (section for section in origin.sections if section.start <= start < section.end)
    return origin.page(start), next((section.headings for section in inside), ())


def _anchor_faults(source: Source, origin: Document) -> list[Fault]:
    faults: list[Fault] = []
    for anchor in filter(None, (source.anchor, source.stem)):
        if anchor.document_id != origin.id:
            faults.append(Fault(check=Check.ANCHOR, detail="the anchor is of another document"))
            continue
        if anchor.document_sha256 != origin.sha256:
            faults.append(Fault(check=Check.ANCHOR, detail=f"{origin.id} has changed since this was cited"))
            continue
        faults += _resolve_faults(anchor, origin)
    return faults


def _resolve_faults(anchor: Anchor, origin: Document) -> list[Fault]:
    try:
        anchors.resolve(anchor, origin.text)
    except anchors.BrokenAnchor as error:
        return [Fault(check=Check.ANCHOR, detail=str(error))]
    return []


def _span_faults(source: Source, span: StatementSpan | None) -> list[Fault]:
    """Return a fault if the anchor is not the statement's own span: a neighbour may say something else."""
    if span is None:
        return []
    position = source.anchor.position
    if (position.start, position.end) != (span.start, span.end):
        return [Fault(check=Check.ANCHOR, detail="the anchor is not the span of this statement")]
    return []


def _stem_faults(
    statement: AnswerStatement, source: Source, span: StatementSpan | None, origin: Document, names: wording.Names
) -> list[Fault]:
    if span is None or span.stem is None:
        return []
    faults: list[Fault] = []
    if source.stem is None or (source.stem.position.start, source.stem.position.end) != span.stem:
        faults.append(Fault(check=Check.STEM, detail="the list stem is not cited"))
    stem = origin.text[slice(*span.stem)]
    if statement.wording == "verbatim" and not wording.begins_with(statement.text, stem, names):
        opening = wording.tokens(statement.text)[:1]
        place = (0, opening[0].end if opening else len(statement.text))
        faults.append(Fault(check=Check.STEM, detail="the list stem is left out or changed", span=place))
    return faults


def _wording_faults(
    statement: AnswerStatement, source: Source, span: StatementSpan | None, names: wording.Names
) -> list[Fault]:
    quote = " ".join(a.quote.exact for a in (source.stem, source.anchor) if a)
    if statement.wording == "verbatim":
        detail, original = "the words are not those of the quote", quote
    elif span is None or span.statement.plain is None:
        return [Fault(check=Check.WORDS, detail="the source has no plain wording")]
    else:
        detail, original = "the words are not the reviewed plain wording", span.statement.plain
    faults = [
        Fault(check=Check.WORDS, detail=detail, span=place)
        for place in wording.differences(statement.text, original, names)
    ]
    return faults + figures.fact_faults(statement.text, quote, whole=statement.wording == "verbatim")


def _grade_faults(
    statement: AnswerStatement, origin: Document, span: StatementSpan | None, grading: Known
) -> list[Fault]:
    recorded = span.statement.grades if span else ()
    shown = tuple(shown.grade for shown in statement.grades)
    if shown != recorded:
        return [Fault(check=Check.GRADE, detail="the grades are not those of the record")]
    faults: list[Fault] = []
    for grade, place in zip(statement.grades, span.grades if span else (), strict=True):
        if grade != shown_grade(grade.grade, grading, grade.anchor):
            faults.append(Fault(check=Check.GRADE, detail="the grade is explained by another system than its own"))
        if grade.anchor is None:
            faults.append(Fault(check=Check.GRADE, detail="a grade without an anchor"))
        elif grade.anchor.document_id != origin.id or _resolve_faults(grade.anchor, origin):
            faults.append(Fault(check=Check.GRADE, detail="the grade's anchor does not resolve"))
        elif (grade.anchor.position.start, grade.anchor.position.end) != place:
            faults.append(Fault(check=Check.GRADE, detail="the grade's anchor is not where the record has it"))
        elif figures.normalised(grade.anchor.quote.exact) != figures.normalised(grade.grade.printed):
            faults.append(Fault(check=Check.GRADE, detail="the grade is not printed like that"))
    return faults
