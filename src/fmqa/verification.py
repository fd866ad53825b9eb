"""Answer -> a verdict on every statement, from nothing but the answer and the documents that it cites.

A statement is supported only if each check finds nothing. There is no threshold that could be loosened: a statement
with a fault is not sent.

- anchor: the cited document has the hash that the anchor names, and the span holds the quote.
- stem: where the quoted block depends on a list stem, the statement begins with it.
- words: a verbatim statement is stem and quote, but for Unicode form and white space; a plain one is the record's.
- numbers, units, comparators, negation, modality: nothing that the quote does not have; no "not" lost.
- grade: each grade is the record's, named and explained by its system, and its anchor is where the record has it.
- citation: every number in brackets leads to a source, the statement cites nothing but its own words, and what a
  source tells of its document (title, year, edition, link) is what the document's record says.
"""

import re
from collections.abc import Callable
from typing import Final

from fmqa import anchors, facts, grading
from fmqa.errors import NotFound
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

_CHECKS: Final = tuple(check for check in Check if check is not Check.DISCLAIMER)
_OF_THE_RECORD: Final = (
    *("title", "short_title", "kind", "organisation", "year", "edition", "superseded_by"),
    *("evidence_checked", "last_updated"),
)
_CITED: Final = re.compile(r"\[(\d+)\]")


def verify(answer: Answer, document: Callable[[str], Document]) -> tuple[Verdict, ...]:
    """Return one verdict for each statement of an answer, in order.

    Args:
        answer: Any cited answer, whoever made it.
        document: Returns the document with an id; raises ``KeyError`` or ``LookupError`` where there is none.
    """
    return tuple(_verdict(statement, answer, document) for statement in answer.statements)


def answer_faults(answer: Answer, document: Callable[[str], Document]) -> tuple[Fault, ...]:
    """Return the faults of an answer as a whole.

    They are: the disclaimer, citations in the text that lead nowhere, and sources whose anchor does not resolve, also
    where only a notice or a conflict cites them.
    """
    faults: list[Fault] = []
    if answer.disclaimer != DISCLAIMER:
        faults.append(Fault(check=Check.DISCLAIMER, detail="the disclaimer is missing or altered"))
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


def _verdict(statement: AnswerStatement, answer: Answer, document: Callable[[str], Document]) -> Verdict:
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
    faults += _stem_faults(statement, source, span)
    if not anchor_faults:
        faults += _span_faults(source, span)
        faults += _wording_faults(statement, source, span)
    faults += _grade_faults(statement, origin, span)
    return Verdict(supported=not faults, checks=_CHECKS, faults=tuple(faults))


def _span_of(statement: AnswerStatement, origin: Document) -> StatementSpan | None:
    return next((s for s in origin.statements if f"{origin.id}#{s.statement.id}" == statement.id), None)


def _source_faults(source: Source, origin: Document) -> list[Fault]:
    """Return a fault if a source is introduced as another than its document: by title, year, successor or link."""
    record = origin.metadata
    told = [getattr(source, name) for name in _OF_THE_RECORD]
    if told != [getattr(record, name) for name in _OF_THE_RECORD] or source.review_state is not origin.review_state:
        return [Fault(check=Check.CITATION, detail=f"{origin.id} is not described as in its record")]
    known = [reference.link for reference in record.references]
    links = {None, record.url, f"https://doi.org/{record.doi}", *known}
    if source.link not in links or any(reference not in record.references for reference in source.references):
        return [Fault(check=Check.CITATION, detail=f"{origin.id} does not rest on what is linked")]
    return []


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


def _stem_faults(statement: AnswerStatement, source: Source, span: StatementSpan | None) -> list[Fault]:
    if span is None or span.stem is None:
        return []
    if source.stem is None or (source.stem.position.start, source.stem.position.end) != span.stem:
        return [Fault(check=Check.STEM, detail="the list stem is not cited")]
    stem = facts.normalised(source.stem.quote.exact)
    if statement.wording == "verbatim" and not facts.normalised(statement.text).startswith(stem):
        return [Fault(check=Check.STEM, detail="the list stem is left out")]
    return []


def _wording_faults(statement: AnswerStatement, source: Source, span: StatementSpan | None) -> list[Fault]:
    quote = " ".join(a.quote.exact for a in (source.stem, source.anchor) if a)
    faults: list[Fault] = []
    if statement.wording == "verbatim":
        if facts.normalised(statement.text) != facts.normalised(quote):
            faults.append(Fault(check=Check.WORDS, detail="the words are not those of the quote"))
    elif span is None or span.statement.plain is None:
        faults.append(Fault(check=Check.WORDS, detail="the source has no plain wording"))
    elif facts.normalised(statement.text) != facts.normalised(span.statement.plain):
        faults.append(Fault(check=Check.WORDS, detail="the words are not the reviewed plain wording"))
    return faults + facts.fact_faults(statement.text, quote, whole=statement.wording == "verbatim")


def _grade_faults(statement: AnswerStatement, origin: Document, span: StatementSpan | None) -> list[Fault]:
    recorded = span.statement.grades if span else ()
    shown = tuple(shown.grade for shown in statement.grades)
    if shown != recorded:
        return [Fault(check=Check.GRADE, detail="the grades are not those of the record")]
    faults: list[Fault] = []
    for grade, place in zip(statement.grades, span.grades if span else (), strict=True):
        named = (grade.system_name, grade.explanation)
        if named != (grading.system(grade.grade.system).name, grading.explain(grade.grade)):
            faults.append(Fault(check=Check.GRADE, detail="the grade is explained by another system than its own"))
        if grade.anchor is None:
            faults.append(Fault(check=Check.GRADE, detail="a grade without an anchor"))
        elif grade.anchor.document_id != origin.id or _resolve_faults(grade.anchor, origin):
            faults.append(Fault(check=Check.GRADE, detail="the grade's anchor does not resolve"))
        elif (grade.anchor.position.start, grade.anchor.position.end) != place:
            faults.append(Fault(check=Check.GRADE, detail="the grade's anchor is not where the record has it"))
        elif facts.normalised(grade.anchor.quote.exact) != facts.normalised(grade.grade.printed):
            faults.append(Fault(check=Check.GRADE, detail="the grade is not printed like that"))
    return faults
