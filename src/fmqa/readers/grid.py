"""One model of a table for every format: cells with their spans, from which each row is told whole.

- A cell that spans rows or columns is told at each place that it covers, and an empty first cell repeats the one above.
- Head rows are put together by column (``Dose, adults | Dose, children``) and are, with the caption, the stem of the
  rows. A first row over the whole width above a head is the title.
- A row over the whole width, or with its first cell alone, is a subheading of the rows below it. Its words open each of
  these rows: ``Not recommended: saunamide | 10 mg``.
- Where it cannot be told which rows a subheading governs, the rows stay in the text and are not quoted.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.readers.blocks import UNSURE, Builder, again, clean, left_out, told

_LONGEST_CAPTION: Final = 300
_LONGEST_GROUP: Final = 160  # a longer row over the whole width is a note
_SENTENCE: Final = 5  # words from which a row over the whole width that ends in a full stop is a note
_LONGEST_HEAD: Final = 14  # words of a cell of a head that is not set as one
_WIDEST: Final = 64  # columns that one cell may span
_INDENT: Final = re.compile(r"\s*[\u00a0\u2000-\u200a\u3000]+")
_DATUM: Final = re.compile(r"[<>≤≥~≈±−–-]?\s?[\d½¼¾]|(?:yes|no|none|not? .*|avoid|✓|✗|✔|✘|\+|-|–)$", re.IGNORECASE)


class Cell(NamedTuple):
    """A cell as the file has it: marked words, and how far it spans."""

    words: str
    rows: int = 1
    columns: int = 1
    head: bool = False  # it is set as a head: by its tag, or in bold


class _Place(NamedTuple):
    cell: Cell
    first: bool  # whether the cell begins here

    @property
    def bare(self) -> str:
        return clean(told(self.cell.words))

    @property
    def words(self) -> str:
        return self.cell.words if self.first else again(self.cell.words)

    @property
    def indent(self) -> int:
        """How far its words are moved in, by spaces that do not collapse."""
        match = _INDENT.match(told(self.cell.words))
        return len(match.group().strip("\n\t ")) if match else 0


_Row = list[_Place]
_EMPTY: Final = _Place(Cell(""), first=True)


def span(given: str | None) -> int:
    """Return how many rows or columns a cell spans by its attribute."""
    given = (given or "1").strip()
    return max(1, min(int(given), _WIDEST)) if given.isdecimal() and len(given) < 6 else 1


def tell(
    builder: Builder,
    rows: Sequence[Sequence[Cell]],
    *,
    caption: str = "",
    heads: int = 0,
    level: int = 6,
    pages: Sequence[int] = (),
    unsure: bool = False,
) -> None:
    """Add a table to a builder: caption, head, and a block for each row.

    Args:
        builder: Takes the blocks.
        rows: The cells of each row in the order of the file; a cell that spans rows stands in the first of them.
        caption: In marked words.
        heads: How many rows are known to be its head; 0: it is told by the cells.
        level: Of the caption as a heading; the subheadings are one deeper.
        pages: Of each row, where the file has pages.
        unsure: Whether the rows are to be shown and not quoted, because not all could be read.
    """
    places = [(row, pages[n] if pages else builder.page) for n, row in enumerate(_spread(rows))]
    places = [(row, at) for row, at in places if any(place.bare or place.words for place in row)]
    before, page = builder.path, builder.page
    table = _Table(builder, level, unsure=unsure)
    table.caption(caption)
    table.tell(places, heads)
    builder.path, builder.page = before, page


def flat(rows: Sequence[Sequence[Cell]]) -> str:
    """Return a table inside a cell as words: ``low dose: 1.6; high dose: 3.1``."""
    spread = _spread(rows)
    head = spread[0] if len(spread) > 1 and len(spread[0]) > 2 and _is_head(spread[0], spread[1:]) else None
    if head is None:
        lines = (": ".join(place.words for place in row if place.bare) for row in spread)
        return " " + "; ".join(line for line in lines if line) + " "
    # Each row repeats the heads of its values, so that they are left out above; a head without any value is told there.
    valued = [any(row[n].bare for row in spread[1:]) for n in range(len(head))]
    above = " ".join(left_out(p.words) if known else p.words for p, known in zip(head, valued, strict=True))
    parts = []
    for row in spread[1:]:
        filled = [(n, place) for n, place in enumerate(row) if place.bare]
        named = [f"{again(f'{head[n].bare}: ') if head[n].bare else ''}{place.words}" for n, place in filled]
        parts.append(", ".join(named))
    gap = "; " if clean(told(above)) else " "
    return f" {above}{gap}" + "; ".join(part for part in parts if part) + " "


class _Table:
    """Adds the rows of one table."""

    def __init__(self, builder: Builder, level: int, *, unsure: bool) -> None:
        self._builder, self._level = builder, level
        self._first = len(builder.blocks)
        self._stem: tuple[int, int] | None = None
        self._groups: list[_Place] = []  # subheadings that are open, the outer one first
        self._unsure = unsure
        self._rows = 0

    def caption(self, caption: str) -> None:
        """Add the caption."""
        words = clean(told(caption))
        if words and len(words) <= _LONGEST_CAPTION:
            self._builder.heading(self._level, caption)
        else:
            self._builder.paragraph(caption)
        if len(self._builder.blocks) > self._first:
            self._stem = (self._first, len(self._builder.blocks) - 1)

    def tell(self, rows: list[tuple[_Row, int | None]], heads: int) -> None:
        """Add head and rows."""
        only = [row for row, _ in rows]
        titled = 0
        while titled < len(only) - 1 and _over_all(only[titled]) and (heads > titled or _is_title(only[titled:])):
            self._page(rows[titled][1])
            self._title(only[titled][0].words)
            titled += 1
        rows, only, heads = rows[titled:], only[titled:], max(0, heads - titled)
        if not heads:
            heads = _heads(only)
        if heads and heads < len(only):
            self._page(rows[0][1])
            self._head(only[:heads])
            rows, only = rows[heads:], only[heads:]
        lone = [_is_lone(row) for row in only]
        grouped = _are_groups(only, lone)
        # Where a first cell spans some columns, there is no column of labels: a row over all may be a value for all.
        labelled = all(row[0].cell.columns == 1 for row, is_lone in zip(only, lone, strict=True) if not is_lone)
        self._unsure |= not labelled and any(lone[:-1])
        above: _Row | None = None
        moved_in: int | None = None  # how far the first row below a subheading is moved in
        for number, (row, page) in enumerate(rows):
            self._page(page)
            if lone[number] and (grouped or _over_all(row)):
                self._group(row, is_last=all(lone[number:]), behind_group=bool(number and lone[number - 1]))
                # Rows without a subheading stand above: where does one of a single cell end?
                loose = number > 0 and not _over_all(row) and not row[0].cell.head and not all(lone[:number])
                following = only[number + 1][0] if number + 1 < len(only) else row[0]
                moved_in = following.indent if following.indent > row[0].indent else None
                self._unsure |= loose and moved_in is None and not any(lone[:number])
                above = None
            elif heads and not lone[number] and _is_further_head(row, only):
                self._groups, above, moved_in = [], None, None
                self._head([row])
            else:
                if moved_in is not None and row[0].bare and row[0].indent < moved_in:
                    self._groups, moved_in = [], None
                self._row(row, above)
                above = row if row[0].bare or above is None else above

    def _page(self, page: int | None) -> None:
        self._builder.page = page

    def _title(self, words: str) -> None:
        if len(clean(told(words))) <= _LONGEST_CAPTION:
            self._builder.heading(self._level, words)
        else:
            self._builder.paragraph(words)
        self._stem = (self._first, len(self._builder.blocks) - 1)

    def _head(self, rows: list[_Row]) -> None:
        columns: list[str] = []
        for places in zip(*rows, strict=True):
            parts = dict.fromkeys(place.bare for place in places if place.bare)
            columns.append(", ".join(parts))
        as_printed = "\n".join(" ".join(p.words for p in row if p.first) for row in rows)
        joined = " ".join(" | ".join(columns).split())
        if any(columns):
            number = self._builder.paragraph(left_out(as_printed) + again(f"{joined.rstrip(':')}:"), quotable=False)
            if number is not None:  # a further head stands alone: the rows before it are none of its
                self._stem = (number if self._rows else self._first, number)

    def _group(self, row: _Row, *, is_last: bool, behind_group: bool) -> None:
        place = next(place for place in row if place.bare)
        is_sentence = place.bare.endswith((".", "!", "?")) and len(place.bare.split()) >= _SENTENCE
        if is_sentence and not is_last:  # a note between the rows
            self._builder.paragraph(place.words + (UNSURE if self._unsure else ""), self._stem)
            return
        if is_last or len(place.bare) > _LONGEST_GROUP:
            self._builder.paragraph(place.words + (UNSURE if self._unsure else ""), self._stem)
            self._groups = []
            return
        if behind_group and self._groups:
            self._groups.append(place)
        elif len(self._groups) > 1:  # does it end the inner one of two subheadings, or both?
            outer = self._groups[0].cell
            alike = [each for each in self._groups if _set(each.cell) == _set(place.cell)]
            self._unsure |= len(alike) != 1
            is_outer = _set(outer) == _set(place.cell)
            self._groups = [place] if is_outer else [self._groups[0], place]
        else:
            self._groups = [place]
        self._builder.heading(self._level + len(self._groups), place.words)

    def _row(self, row: _Row, above: _Row | None) -> None:
        words = [place.words for place in row]
        if not row[0].bare and above is not None and above[0].bare:
            words[0] = again(above[0].cell.words) + words[0]
        opening = "".join(again(f"{place.bare.rstrip(':')}: ") for place in self._groups)
        bare = [clean(told(each)) for each in words]
        filled = sum(map(bool, bare))
        joined = opening + " | ".join(words) + (UNSURE if self._unsure else "")
        if not filled:
            self._builder.paragraph(left_out(" ".join(words)))
            return
        self._rows += self._builder.paragraph(joined, self._stem) is not None


def _spread(rows: Sequence[Sequence[Cell]]) -> list[_Row]:
    """Return the rows with a place for every column that a cell covers."""
    found: list[_Row] = []
    below: dict[int, tuple[Cell, int]] = {}  # column: the cell that reaches into the next row, and how many rows more
    for cells in rows:
        waiting = {column: (cell, left - 1) for column, (cell, left) in below.items() if left > 1}
        row: _Row = []
        for cell in cells:
            row += _reaching(below, len(row))
            waiting |= {len(row) + n: (cell, cell.rows - 1) for n in range(cell.columns) if cell.rows > 1}
            row += [_Place(cell, first=not n) for n in range(cell.columns)]
        row += _reaching(below, len(row))
        for column in sorted(below):  # a row with too few cells
            if column >= len(row):
                row += [_EMPTY] * (column - len(row)) + [_Place(below[column][0], first=False)]
        below = waiting
        found.append(row)
    width = max(map(len, found), default=0)
    return [_filled(row, width) for row in found]


def _reaching(below: dict[int, tuple[Cell, int]], column: int) -> _Row:
    """Return the places from a column on that cells above reach into."""
    places: _Row = []
    while column + len(places) in below:
        places.append(_Place(below[column + len(places)][0], first=False))
    return places


def _filled(row: _Row, width: int) -> _Row:
    """Return a row over the whole width; a cell that fills it spans what is missing."""
    last = row[-1].cell if row else _EMPTY.cell
    filler = _Place(last, first=False) if last.columns > 1 and last.columns == len(row) else _EMPTY
    return row + [filler] * (width - len(row))


def _over_all(row: _Row) -> bool:
    """Return whether one cell spans the whole row."""
    return len(row) > 1 and bool(row[0].bare) and all(place.cell is row[0].cell for place in row)


def _is_lone(row: _Row) -> bool:
    """Return whether a row has words in one cell alone."""
    filled = {id(place.cell) for place in row if place.bare}
    return len(row) > 1 and len(filled) == 1 and (_over_all(row) or sum(bool(p.bare) for p in row) == 1)


def _are_groups(rows: list[_Row], lone: list[bool]) -> bool:
    """Return whether rows with one cell alone are subheadings, not rows whose values are missing.

    A subheading has rows below it; two rows in a row without values, or at the end, are missing values.
    """
    single = [n for n, is_lone in enumerate(lone) if is_lone and not _over_all(rows[n])]
    return all(
        rows[n][0].bare and not rows[n][0].bare[0].isdecimal() and n + 1 < len(rows) and not lone[n + 1] for n in single
    )


def _is_title(rows: list[_Row]) -> bool:
    """Return whether a first row over the whole width is the title: the only such row, with a head below it."""
    body = rows[1:]
    while body and _is_lone(body[-1]):  # notes below the rows
        body = body[:-1]
    return not any(map(_over_all, body)) and len(body) > 1 and _is_head(body[0], body[1:])


def _heads(rows: list[_Row]) -> int:
    """Return how many of the first rows are the head."""
    if len(rows) < 2 or len(rows[0]) < 2 or not _is_head(rows[0], rows[1:]):
        return 0
    count = max((place.cell.rows for place in rows[0]), default=1)
    spans = any(place.cell.columns > 1 for place in rows[0]) and not _over_all(rows[0])
    if count == 1 and spans and len(rows) > 2 and _is_head(rows[1], rows[2:]):
        count = 2
    while count < len(rows) - 1 and _set_as_head(rows[count]) and _set_as_head(rows[0]) and not _is_lone(rows[count]):
        count += 1
    return count if count < len(rows) else 1


def _set_as_head(row: _Row) -> bool:
    return not _over_all(row) and all(place.cell.head for place in row if place.bare)


def _is_further_head(row: _Row, rows: list[_Row]) -> bool:
    """Return whether a row between others is set as a head, as the others are not, and holds no values."""
    if not _set_as_head(row) or all(map(_set_as_head, rows)):
        return False
    return not any(_DATUM.match(place.bare) for place in row[1:])


def _is_head(row: _Row, below: list[_Row]) -> bool:
    """Return whether a row is a head: set as one, or without anything that looks like a value."""
    if _over_all(row) or sum(bool(place.bare) for place in row) < 2:
        return False
    others = [each for each in below if not _is_lone(each)]
    if _set_as_head(row) and (not others or not all(map(_set_as_head, others))):
        return True
    if any(len(place.bare.split()) > _LONGEST_HEAD for place in row):
        return False
    if not row[0].bare:
        return True
    if _DATUM.match(row[0].bare):
        return False
    if _has_other_shape(row, below):
        return True
    own = {id(place.cell) for place in row}
    values = [{each[n].bare.casefold() for each in below if id(each[n].cell) not in own} for n in range(len(row))]
    return not any(
        _DATUM.match(place.bare) or place.bare.casefold() in values[n]
        for n, place in enumerate(row)
        if n and place.bare
    )


def _has_other_shape(row: _Row, below: list[_Row]) -> bool:
    """Return whether the values of each column are alike but for their figures, and a first row is not like them."""
    rows = [each for each in below if not _is_lone(each)]
    shapes = [{_shape(each[n].bare) for each in rows} for n in range(1, len(row))]
    return len(rows) > 1 and all(
        len(found) == 1 and _shape(place.bare) not in found and any("#" in each for each in found)
        for found, place in zip(shapes, row[1:], strict=True)
    )


def _shape(words: str) -> str:
    return re.sub(r"\d[\d.,·]*", "#", words.casefold())


def _set(cell: Cell) -> tuple[bool, bool]:
    """Return how a subheading is set, by which an outer one can be told from an inner one."""
    return cell.head, clean(told(cell.words)).isupper()
