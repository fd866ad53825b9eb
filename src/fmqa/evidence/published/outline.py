"""The main points of a document as published: its graded recommendations, then what each of its sections opens with."""

from typing import Final

from fmqa.evidence.catalogue import quoted
from fmqa.evidence.library import Library
from fmqa.evidence.published.quotable import quotable
from fmqa.evidence.published.quoting import in_lines
from fmqa.text.sentences import Span
from fmqa.types import Document, EvidenceStatement, StatementSpan

_FEWEST: Final = 6  # words of a sentence that says something
_MOST: Final = 12  # main points that are gathered


def outline(document: Document, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return the main points of a document that was added as published, as they stand in it."""
    opened = library.opened
    records = {(span.start, span.end): span for span in document.statements}
    graded: list[EvidenceStatement] = []
    opening: dict[tuple[str, ...], EvidenceStatement] = {}
    for row in opened.rows_of(document.id):
        passage = opened.passage(row)
        for span, stem in quotable(document, passage, records):
            record = records.get(span)
            if record is not None and record.grades:
                graded.append(_made(row, span, stem, record, library))
            elif passage.headings not in opening and len(document.text[slice(*span)].split()) >= _FEWEST:
                opening[passage.headings] = _made(row, span, stem, record, library)
    return (*graded, *opening.values())[:_MOST]


def _made(row: int, span: Span, stem: Span | None, record: StatementSpan | None, library: Library) -> EvidenceStatement:
    return in_lines(quoted(library.catalogue, row, span, stem, record, 0.0))
