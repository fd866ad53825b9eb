"""What of a passage can be quoted: a short block, the items of a list under their heading, or a sentence of a block."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from fmqa.text.sentences import Span, sentences
from fmqa.types import Document, Passage, Section, StatementSpan

_WHOLE: Final = 45  # words up to which a block is quoted whole
_ITEM: Final = 15  # words up to which a block can be an item of a list without a stem
_ENDS: Final = re.compile(r"[.!?:;][)\]\"'”’\[\d,\s–⁰-⁹¹²³-]*$")
DRAWN: Final = re.compile(r"[\u2500-\u259f]")
"""A sign that draws a table or figure in text: what stands in it is not read surely."""
_REFERENCES: Final = re.compile(
    r"^\W*(?:\d+\.?\s*)?(?:references?(?: list)?|bibliography|literature cited)\W*$", re.IGNORECASE
)
_ENTRY: Final = re.compile(
    r"^\W*(?:\d{1,3}[\].)]*\s+)?(?:[A-ZÀ-Þ][\w'’-]*\s){1,3}[A-ZÀ-Þ]{1,3}(?:,|\.| et al\b).*?"
    r"(?:(?<![(\d])(?:19|20)\d\d\s?[;:(]\s?\d|\bdoi[.:]|https?://|\baccessed \d|\bet al\b)",
    re.DOTALL,
)
LEANS: Final = re.compile(
    r"^(?:it|this|these|those|they|such|he|she|however|moreover|thus|therefore|both|neither)\b", re.I
)
"""A sentence that says of what only with the one before."""


def quotable(
    document: Document, passage: Passage, records: Mapping[Span, StatementSpan]
) -> Iterator[tuple[Span, Span | None]]:
    """Yield the spans of a passage that can be quoted, each with the span that must be quoted with it."""
    first, last = passage.anchor.position.start, passage.anchor.position.end
    blocks = [
        ((max(section.start, first), min(section.end, last)), section)
        for section in document.sections
        if section.start < last and first < section.end and document.text[section.start : section.end].strip()
    ]
    graded = [span for span, record in records.items() if record.grades]
    items: list[tuple[Span, Section]] = []
    for block, section in blocks:
        count = len(document.text[slice(*block)].split())
        has_grade = any(block[0] <= start and end <= block[1] for start, end in graded)  # it is of its own sentence
        ends = document.text[slice(*block)].endswith((".", ":", "?"))
        if count <= _ITEM and not (has_grade or ends or section.stem):
            items.append((block, section))
            continue
        yield from _list(document, items)
        items = []
        spans = _finished(document.text, sentences(document.text, block))
        if count <= _WHOLE and not has_grade:
            yield (block[0], spans[-1][1]), section.stem
            continue
        for number, span in enumerate(spans):
            if number and LEANS.match(document.text, *span):
                yield (spans[number - 1][0], span[1]), section.stem  # it says of what only with the one before
            yield span, section.stem
    yield from _list(document, items)


def is_reference(text: str, headings: Sequence[str]) -> bool:
    """Return whether a text is an entry of a list of references, which says nothing itself.

    >>> is_reference("Watts DH. Risk of therapy in pregnancy. Reports. 2021;4:1.", ())
    True
    """
    listed = bool(headings) and bool(_REFERENCES.match(headings[-1]))
    return listed or bool(_ENTRY.match(text))


def _finished(text: str, spans: list[Span]) -> list[Span]:
    """Return the sentences of a block without a last one that has no end: a column or passage broke off in it."""
    unfinished = len(spans) > 1 and not _ENDS.search(text, *spans[-1])
    return spans[:-1] if unfinished else spans


def _list(document: Document, items: Sequence[tuple[Span, Section]]) -> Iterator[tuple[Span, Span | None]]:
    """Yield the items of a list together, as many as can be quoted at once, below what they are items of."""
    start, count = 0, 0
    for number, (block, section) in enumerate(items):
        count += len(document.text[slice(*block)].split())
        following = items[number + 1][0] if number + 1 < len(items) else None
        if following is None or count + len(document.text[slice(*following)].split()) > _WHOLE:
            yield (items[start][0][0], block[1]), _heading(document, section)
            start, count = number + 1, 0


def _heading(document: Document, section: Section) -> Span | None:
    """Return where the heading above a block stands."""
    if not section.headings:
        return None
    start = document.text.rfind(section.headings[-1], 0, section.start)
    return (start, start + len(section.headings[-1])) if start >= 0 else None
