"""Makes blocks of the lines of a PDF's pages.

Headings are recognised by size; paragraphs go on over columns and pages; list items keep their stem.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from fmqa.readers.blocks import Block, Builder, again, clean, told
from fmqa.readers.grid import Cell, tell
from fmqa.readers.paged.layout import Page
from fmqa.readers.paged.tables import Line, Table

_BULLET: Final = re.compile(r"^(?:[•■▪●○◦‣·・–*✓]|[-])\s+(?=\S)|^[•■▪●○◦‣](?=\S)")
_NOTE: Final = 0.93  # times the size of the text, below which a line at the foot of a page is a note
_ENDED: Final = re.compile(r"[.!?:;][)\]\"'”’⁰-⁹¹²³]*$")
_TURN: Final = "\f"  # stands in what the check sees where a block turns a page
_FOOTNOTE: Final = re.compile(r"(?:[\d⁰-⁹¹²³]{1,3}|[*†‡§¶#]{1,3}|[a-z](?=[\s.)]|[A-Z]))[\s.)]*\S")
# A number that is broken at its decimal point: what follows has a unit, for a sentence may begin with a number.
_BROKEN: Final = re.compile(r"(?<![\w.,·–−-])\d{1,3}[.,·]$")
_THOUSANDS: Final = re.compile(r"(?<![\d.,·] )(?<![\w.,·])[1-9]\d{0,2},\n\d{3}(?![\d.])")
_ZERO: Final = re.compile(r"(?<![\w.,·])0[.,·]$")
_REST: Final = re.compile(
    r"\d{1,3}(?:\s?(?:%|°|‰|[µμnmkc]?(?:g|l|L|mol|m|M|IU|U)(?:\b|/)|mmHg|hours?|days?|weeks?)|[)\],;])"
)
_NUMBERED: Final = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)")


class Composer:
    """Puts lines together into headings, paragraphs and items."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._body = body_size(lines)
        larger = sorted({line.size for line in lines if line.size > 1.08 * self._body}, reverse=True)
        self._levels = {size: min(5, number) for number, size in enumerate(larger, start=1)}
        self._words = Counter(word.lower() for line in lines for word in re.findall(r"[\w-]+", line.text))
        gaps = [b.top - a.bottom for a, b in pairwise(lines) if a.page == b.page and 0 < b.top - a.bottom < self._body]
        self._gap = sorted(gaps)[len(gaps) // 2] if gaps else 2.0
        self._builder = Builder()
        self._open: list[Line] = []
        self._stem: tuple[int, int] | None = None
        self._in_list = False
        self._indent = 0.0
        self.parted = 0  # paragraphs that are lines of a table that could not be read
        self.again: dict[int, list[str]] = {}  # heads of tables that a page prints again, by the page
        self._notes: list[Line] = []  # footnotes of a page whose last sentence goes on overleaf

    def compose(self, pages: list[Page]) -> list[Block]:
        """Return the blocks of all pages."""
        tables = _continued([(page, item) for page in pages for item in page.items])
        for page in pages:
            feet = self._feet(page)
            for number, item in enumerate(page.items):
                if isinstance(item, Table):
                    rows = tables.get((page.number, number))
                    if rows is not None:
                        self._end()
                        self._table(rows, item)
                elif number in feet:
                    self._notes.append(item)
                    if number + 1 not in feet and not (self._open and self._is_unfinished()):
                        self._end()
                else:
                    self._line(item)
        self._end()
        return list(self._builder.finish())

    def _table(self, rows: list[tuple[int, list[Cell]]], first: Table) -> None:
        """Add a table that may go on over pages; the head that a page prints again is told once."""
        before = self._builder.page
        kept: list[list[Cell]] = []
        pages: list[int] = []
        head = [clean(told(cell.words)) for cell in rows[0][1]]
        for number, (page, row) in enumerate(rows):
            words = [clean(told(cell.words)) for cell in row]
            if number and page != rows[0][0] and words == head:
                self.again.setdefault(page, []).append(" ".join(words))
            elif number and page != pages[-1] and _goes_on_overleaf(kept[-1], row):
                self.again.setdefault(page, []).append(" ".join(words))
                kept[-1] = [
                    a._replace(words=f"{a.words} {again(b.words)}".strip()) for a, b in zip(kept[-1], row, strict=True)
                ]
            else:
                kept.append(row)
                pages.append(page)
        if first.under:
            tell(self._builder, [first.under, *kept], pages=[pages[0], *pages], heads=1, unsure=first.unsure)
        else:
            tell(self._builder, kept, pages=pages, unsure=first.unsure)
        self._builder.page = before

    def _feet(self, page: Page) -> set[int]:
        """Return which lines of a page are footnotes: small ones at the end of a column or of the page."""
        found: set[int] = set()
        run: list[int] = []
        for number, item in [*enumerate(page.items), (len(page.items), None)]:
            is_small = isinstance(item, Line) and item.size < _NOTE * self._body and item.top > 0.5 * page.height
            last = page.items[run[-1]] if run else None
            if is_small and (last is None or (isinstance(item, Line) and item.top > last.top)):
                run.append(number)
                continue
            first = page.items[run[0]] if run else None
            ends = item is None or (last is not None and item.top < last.top)
            if ends and isinstance(first, Line) and _FOOTNOTE.match(first.text.strip()):
                found |= set(run)
            run = [number] if is_small else []
        return found

    def _is_unfinished(self) -> bool:
        return not self._is_heading(self._open[-1]) and not _ENDED.search(self._open[-1].text.strip())

    def _line(self, line: Line) -> None:
        text = line.text.strip()
        if not text:
            return
        if self._is_heading(line):
            if not (self._open and self._is_heading(self._open[-1]) and self._continues_heading(line)):
                self._end()
            self._open.append(line)
            return
        if self._open and self._is_heading(self._open[-1]):
            self._end()
        if _BULLET.match(text) or (_NUMBERED.match(text) and (self._in_list or self._leads())):
            self._end()
            if not self._in_list:
                self._stem, self._in_list = self._builder.lead(), True
            self._indent = line.x0
            self._open = [line]
            return
        if self._open and self._goes_on(line):
            self._open.append(line)
            return
        self._end()
        self._in_list = False
        self._stem = None
        self._open = [line]

    def _leads(self) -> bool:
        if self._open:
            return self._open[-1].text.rstrip().endswith(":")
        return self._builder.lead() is not None

    def _is_heading(self, line: Line) -> bool:
        text = line.text.strip()
        if len(text) > 160 or not any(c.isalpha() for c in text) or _BULLET.match(text):
            return False
        if text.count(",") > 2 and re.search(r"[⁰¹²³⁴-⁹]", text):  # authors with the marks of their addresses
            return False
        return line.size > 1.08 * self._body or (
            line.bold and line.size >= 0.95 * self._body and len(text) <= 90 and not text.endswith((".", ",", ";"))
        )

    def _continues_heading(self, line: Line) -> bool:
        last = self._open[-1]
        near = last.page == line.page and 0 <= line.top - last.top < 1.9 * line.size
        return near and abs(last.size - line.size) < 0.3 and last.bold == line.bold

    def _goes_on(self, line: Line) -> bool:
        """Return whether a line belongs to the paragraph that is open."""
        last = self._open[-1]
        if abs(last.size - line.size) > 0.12 * self._body:
            return False
        if last.page == line.page and line.top > last.top:
            if self._in_list and line.x0 < self._indent - 1:
                return False
            return line.top - last.bottom <= max(1.8 * self._gap, self._gap + 0.35 * line.size)
        # The next column or page: a sentence that is not finished goes on.
        if _ENDED.search(last.text.strip()):
            return False
        following = line.text.strip()
        if _NUMBERED.match(following):
            return False
        fills = last.x1 - last.x0 > 0.6 * (line.x1 - line.x0)
        return following[:1].islower() or (fills and bool(re.match(r"[(\[<>≤≥~±]?\d|[(\[“]|[A-Z]{2,}\b", following)))

    def _end(self) -> None:
        """End what is open and add it, and then the notes at the foot of its page."""
        lines, self._open = self._open, []
        notes, self._notes = self._notes, []
        if lines:
            self._add(lines)
        for note in self._paragraphs(notes):
            self._builder.page = note[0].page
            text, check, _ = self._joined(note)
            self._put(self._builder.paragraph(text), check, [])

    def _add(self, lines: list[Line]) -> None:
        self._builder.page = lines[0].page
        text, check, turns = self._joined(lines)
        if self._is_heading(lines[0]):
            self._in_list = False
            before = len(self._builder.blocks)
            self._builder.heading(self._levels.get(lines[0].size, 6), text)
            self._put(before if len(self._builder.blocks) > before else None, check, turns)
            return
        text = _BULLET.sub("", text)
        # Words of neighbouring cells that stand in one line would read as one sentence: they are kept, not quoted.
        parted = any(line.gaps > 0 for line in lines)
        self.parted += parted
        # "1," and "200" on the next line may be one number or two.
        broken = any(_THOUSANDS.search(f"{a.text.strip()}\n{b.text.strip()}") for a, b in pairwise(lines))
        stem = self._stem if self._in_list else None
        number = self._builder.paragraph(text, stem, quotable=not (parted or broken))
        self._put(number, check, turns)

    def _put(self, number: int | None, check: str, turns: list[tuple[int, int]]) -> None:
        """Write into a block what the check sees of it, and where it turns a page."""
        if number is not None:
            self._builder.blocks[number] = self._builder.blocks[number]._replace(check=check, turns=tuple(turns))

    def _paragraphs(self, notes: list[Line]) -> list[list[Line]]:
        """Return notes by the line that begins each."""
        found: list[list[Line]] = []
        for line in notes:
            begins = _FOOTNOTE.match(line.text.strip()) and not (
                found and line.text.strip()[:1].islower() and not line.text.strip()[1:2].isspace()
            )
            if not found or begins or found[-1][-1].page != line.page:
                found.append([line])
            else:
                found[-1].append(line)
        return found

    def _joined(self, lines: list[Line]) -> tuple[str, str, list[tuple[int, int]]]:
        """Return lines as one text, what the check sees of it, and where in the text a further page begins."""
        text, check = lines[0].text.strip(), lines[0].check
        turns: list[tuple[int, int]] = []
        for before, line in pairwise(lines):
            following = line.text.strip()
            text = self._with(text, following)
            if line.page != before.page:
                turns.append((len(clean(text)) - len(clean(following)), line.page))
            check += (_TURN if line.page != before.page else " ") + line.check
        return text, check, turns

    def _with(self, text: str, following: str) -> str:
        """Return a line with the next, the hyphen between them kept or not."""
        if re.search(r"\s[-−]$", text) and re.match(r"[\d.]*\d", following):
            return text + following  # a minus
        if (_BROKEN.search(text) and _REST.match(following)) or (_ZERO.search(text) and following[:1].isdecimal()):
            return text + following
        match = re.search(r"([^\W\d_]+)[-\u00ad\u2010]$", text)
        if match is None:
            if re.search(r"[-–−/]$", text) and not re.search(r"\s[-–−/]$", text):
                return text + following
            return f"{text} {following}"
        second = re.match(r"[^\W\d_]+", following)
        if second is None or not second.group()[0].islower():
            return text + following
        first, last = match[1].lower(), second.group().lower()
        whole, parted = self._words[first + last], self._words[f"{first}-{last}"]
        # Of two words that the file has by themselves, and never as one, the hyphen is their own.
        both = not whole and len(first) > 3 and len(last) > 3 and self._words[first] and self._words[last]
        if text[-1] != "\u00ad" and ((parted and parted >= whole) or both):
            return text + following
        return text[:-1] + following


def body_size(lines: Sequence[Line]) -> float:
    """Return the size in which most of the text is set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _continued(items: list[tuple[Page, Line | Table]]) -> dict[tuple[int, int], list[tuple[int, list[Cell]]]]:
    """Return the rows of each table with the page of each, by the page and number of its first part.

    A table goes on where the next page begins with one of the same columns and nothing stands between them.
    """
    found: dict[tuple[int, int], list[tuple[int, list[Cell]]]] = {}
    last: tuple[tuple[int, int], Table] | None = None
    numbers: Counter[int] = Counter()
    for page, item in items:
        number = numbers[page.number]
        numbers[page.number] += 1
        if not isinstance(item, Table):
            last = None
            continue
        rows = [(item.page, row) for row in item.rows]
        key = (page.number, number)
        if last is not None and item.page - last[1].page == int(not item.under) and _same_columns(last[1], item):
            found[last[0]] += rows
            last = (last[0], item)
        else:
            found[key] = rows
            last = (key, item)
    return found


def _same_columns(one: Table, other: Table) -> bool:
    return len(one.edges) == len(other.edges) and all(
        abs(a - b) < 6 for a, b in zip(one.edges, other.edges, strict=True)
    )


def _goes_on_overleaf(above: list[Cell], row: list[Cell]) -> bool:
    """Return whether the first row of a page is the rest of the last row of the page before."""
    if len(above) != len(row) or any(cell.rows > 1 or cell.columns > 1 for cell in (*above, *row)):
        return False
    words = [clean(told(cell.words)) for cell in row]
    return not words[0] and all(word[:1].islower() for word in words if word) and any(words)
