"""Finds running heads and feet of a PDF's pages, and the page numbers that are printed on them."""

import re
from collections import Counter
from itertools import pairwise
from typing import Final

from fmqa.readers.paged.layout import Page
from fmqa.readers.paged.tables import Line, Table

_PAGE_NUMBER: Final = re.compile(r"^(?:page\s*|p\.\s*)?[\divxlc]{1,5}(?:\s*(?:of|/)\s*\d{1,4})?$", re.IGNORECASE)
_COUNTED: Final = re.compile(  # what counts from page to page: figures at the ends of a line, or behind "page"
    r"^[\divxlc]+(?=\s|$)|(?<=[\s:;|/-])[\divxlc]+$|(?<=page )\d+|(?<=of )\d+(?=\s|$)|(?<=p\. )\d+", re.IGNORECASE
)
_MARGIN: Final = 0.12  # share of the page's height in which running heads and feet stand
_ROMAN: Final = re.compile(r"^[ivxlc]{1,7}$")


def without_running(pages: list[Page], body: float) -> list[Page]:
    """Return pages without running heads and feet, which are kept under ``dropped``.

    A line in the margin is one if it stands there on several pages, the figures that count pages aside. A line that is
    larger than the text of the file may be a heading: its figures must be the same too, and on few pages no such line
    is taken for one.

    Args:
        pages: In order.
        body: Size of the running text.
    """
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update(
            {_place(line, page, body) for line in page.items if isinstance(line, Line) and _in_margin(line, page)}
        )
    least = min(max(2, len(pages) // 20), 3) if len(pages) < 60 else len(pages) // 20
    shift = _shift(pages)
    found = []
    for page in pages:
        kept: list[Line | Table] = []
        dropped = list(page.dropped)
        label = None
        for item in page.items:
            if isinstance(item, Line) and _is_running(item, page, body, seen, least, shift, len(pages)):
                dropped.append(item.check)
                label = label or _label(item.text, page.number, shift)
            else:
                kept.append(item)
        found.append(page._replace(items=kept, dropped=dropped, label=label))
    return found


def _is_running(
    line: Line, page: Page, body: float, seen: Counter[tuple[str, int]], least: int, shift: int | None, pages: int
) -> bool:
    if not _in_margin(line, page):
        return False
    text = line.text.strip()
    if _PAGE_NUMBER.match(text):
        return True
    if shift is not None and page.number - shift in _outer_numbers(text) and line.size <= 1.08 * body:
        return True
    times = seen[_place(line, page, body)]
    if _is_large(line, body):
        return times >= max(3, least)
    if times < least or pages < 2:
        return False
    # A line that comes twice, or is set like the text, could be text: it must stand apart from what is below or above.
    apart = _is_outermost(line, page)
    return apart if abs(line.size - body) < 0.3 else times >= 3 or (times >= pages and apart)


def _is_outermost(line: Line, page: Page) -> bool:
    """Return whether a line stands apart, with hardly anything between it and the edge of the page."""
    lines = [item for item in page.items if isinstance(item, Line)]
    if line.top > page.height / 2:
        beyond = [other for other in lines if other.top > line.bottom + 1]
        nearest = max((other.bottom for other in lines if other.bottom < line.top + 1), default=0.0)
        return len(beyond) <= 2 and line.top - nearest > 0.8 * line.size
    beyond = [other for other in lines if other.bottom < line.top - 1]
    nearest = min((other.top for other in lines if other.top > line.bottom - 1), default=page.height)
    return len(beyond) <= 2 and nearest - line.bottom > 0.8 * line.size


def _shift(pages: list[Page]) -> int | None:
    """Return by how much printed page numbers are behind, if a third of the pages agree on it."""
    shifts: Counter[int] = Counter()
    for page in pages:
        lines = [line for line in page.items if isinstance(line, Line) and _in_margin(line, page)]
        shifts.update({page.number - number for line in lines for number in _outer_numbers(line.text)})
    best = shifts.most_common(1)
    return best[0][0] if best and best[0][1] >= max(3, len(pages) / 3) else None


def _label(text: str, number: int, shift: int | None) -> str | None:
    """Return what is printed as the number of a page in one of its running lines."""
    if shift is not None and number - shift in _outer_numbers(text):
        return str(number - shift)
    alone = text.strip().lower()
    return alone if _ROMAN.match(alone) else None


def labels(pages: list[Page]) -> tuple[tuple[int, str], ...]:
    """Return the printed numbers of pages where they differ from their places in the file, Roman ones in order."""
    found = [(page.number, page.label) for page in pages if page.label]
    roman = [(n, label) for n, label in found if _ROMAN.match(label)]
    grows = all(b[0] - a[0] == _value(b[1]) - _value(a[1]) for a, b in pairwise(roman))
    return tuple((n, label) for n, label in found if label != str(n) and (grows or not _ROMAN.match(label)))


def _value(roman: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[c] for c in roman]
    return sum(-a if a < b else a for a, b in pairwise([*values, 0]))


def _outer_numbers(text: str) -> set[int]:
    """Return the figures at the outer ends of a line."""
    return {int(n) for n in re.findall(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$", text.strip())}


def _in_margin(line: Line, page: Page) -> bool:
    return line.bottom < _MARGIN * page.height or line.top > (1 - _MARGIN) * page.height


def _is_large(line: Line, body: float) -> bool:
    return line.size > 1.08 * body or (line.bold and line.size >= 0.95 * body)


def _place(line: Line, page: Page, body: float) -> tuple[str, int]:
    text = line.text.strip()
    if not _is_large(line, body):
        text = _COUNTED.sub("#", text)
    return text, int(line.top > page.height / 2)
