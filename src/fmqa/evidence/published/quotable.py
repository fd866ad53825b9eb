"""What of a passage can be quoted: a short block, the items of a list under their heading, or a sentence of a block."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from fmqa.evidence.published import tables
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
    stems = {section.stem for section in document.sections}
    items: list[tuple[Span, Section]] = []
    for block, section in blocks:
        count = len(document.text[slice(*block)].split())
        has_grade = any(block[0] <= start and end <= block[1] for start, end in graded)  # it is of its own sentence
        ends = document.text[slice(*block)].endswith((".", ":", "?"))
        if block in stems and count <= _ITEM and not ends:  # what a list stands under says nothing without the list
            continue
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
    yield from _whole_lists(document, blocks, graded)


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


def _whole_lists(
    document: Document, blocks: Sequence[tuple[Span, Section]], graded: Sequence[Span]
) -> Iterator[tuple[Span, Span | None]]:
    """Yield the short items below one stem together, as many as can be quoted at once: who asks for a list gets it.

    A row of a table is whole by itself, and an item that bears a grade stands alone with it.
    """
    start, count = 0, 0
    for number, (block, section) in enumerate(blocks):
        count += len(document.text[slice(*block)].split())
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        if (
            following is not None
            and _go_on(document.text, (block, section), following)
            and count + len(document.text[slice(*following[0])].split()) <= _WHOLE
        ):
            continue
        whole = (blocks[start][0][0], block[1])
        if number > start and not any(whole[0] <= first and last <= whole[1] for first, last in graded):
            yield whole, section.stem
        start, count = number + 1, 0


def _go_on(text: str, item: tuple[Span, Section], following: tuple[Span, Section]) -> bool:
    """Return whether a block is an item of the same list as the one before it, with nothing between them."""
    (span, section), (after, below) = item, following
    if section.stem is None or section.stem != below.stem or text[span[1] : after[0]].strip():
        return False
    parts = [text[slice(*each)] for each in (section.stem, span, after)]
    return not any(tables.CELLS in part for part in parts) and all(len(part.split()) <= _ITEM for part in parts[1:])


def _heading(document: Document, section: Section) -> Span | None:
    """Return where the heading above a block stands."""
    if not section.headings:
        return None
    start = document.text.rfind(section.headings[-1], 0, section.start)
    return (start, start + len(section.headings[-1])) if start >= 0 else None
