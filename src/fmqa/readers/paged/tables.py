"""Finds tables on a PDF's pages.

In a ruled table the edges of the cells tell what they span; a table without rules is recognised by its columns.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from fmqa.readers.blocks import again, left_out
from fmqa.readers.grid import Cell

_SAME_EDGE: Final = 2.5  # points by which edges of one column may differ
_FEWEST_ROWS: Final = 3  # of a table without rules
_GUTTER: Final = 5.0  # points of white between two columns
_MOSTLY: Final = 0.65  # share of the rows with a first cell, and with a value
_LOOSE: Final = 1.35  # times the spacing of lines from which a new row begins
_PAGE: Final = re.compile(r"\d{1,4}|[ivxlc]{1,7}")
_MARKER: Final = re.compile(r"^(?:[•■▪●○◦‣·・–*✓-]|\(?[\da-zA-Z]{1,3}(?:\.\d{1,2})*[.)]?)$")  # of an item or a heading


class Line(NamedTuple):
    """A line of a page, or of one of its columns."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    page: int
    gaps: int = 0  # wide gaps inside it: cells of a table that could not be read
    check: str = ""  # the words as the file has them


class Table(NamedTuple):
    """A table, row by row, and where its columns begin."""

    rows: list[list[Cell]]
    top: float
    bottom: float
    page: int
    edges: tuple[float, ...]
    right: float  # where the last column ends
    unsure: bool = False  # not all of it could be read
    under: "tuple[Cell, ...]" = ()  # the head of a table above it, whose columns it stands in


class Setting(NamedTuple):
    """What else stands on the page of some lines."""

    rules: Sequence[float]  # heights at which rules run across
    known: Sequence[Table]  # tables with ruled cells


def marked(line: Line) -> str:
    """Return the marked words of a line."""
    return line.text if line.check == line.text else left_out(line.check) + again(line.text)


def ruled(table: Any, cells_of: dict[tuple[float, float, float, float], list[Line]], page: int) -> Table | None:
    """Return a table by the edges of its cells.

    Args:
        table: Of pdfplumber.
        cells_of: The lines in each cell, by its box.
        page: Number of the page.
    """
    boxes = sorted(cells_of, key=lambda box: (box[1], box[0]))
    columns = _edges([box[0] for box in boxes])
    tops = _edges([box[1] for box in boxes])
    rows: list[list[Cell]] = [[] for _ in tops]
    filled = [0] * len(tops)  # columns that the cells of a row cover so far, with those that reach into it
    reached: set[tuple[int, int]] = set()
    for box in boxes:
        row, across, down = _at(tops, box[1]), _spanned(columns, box[0], box[2]), _spanned(tops, box[1], box[3])
        while filled[row] < across.start:
            if (row, filled[row]) not in reached:
                rows[row].append(Cell(""))
            filled[row] += 1
        lines = cells_of[box]
        words = " ".join(marked(line) for line in lines)
        bold = bool(lines) and all(line.bold for line in lines)
        rows[row].append(Cell(words, max(1, len(down)), max(1, len(across)), head=bold))
        filled[row] = max(filled[row], across.stop)
        reached |= {(r, c) for r in range(row + 1, down.stop) for c in across}
    rows = [row for row in rows if row]
    has_words = any(cell.words.strip() for each in rows for cell in each)
    _, top, right, bottom = (float(each) for each in table.bbox)
    return Table(rows, top, bottom, page, tuple(columns), right) if has_words else None


def _edges(values: Sequence[float]) -> list[float]:
    """Return values without those that are nearly the same as one before."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _SAME_EDGE:
            found.append(value)
    return found


def _at(edges: list[float], value: float) -> int:
    return max((n for n, edge in enumerate(edges) if edge <= value + _SAME_EDGE), default=0)


def _spanned(edges: list[float], start: float, end: float) -> range:
    """Return the numbers of the columns, or rows, that begin from one edge up to another."""
    return range(_at(edges, start), _at(edges, end - _SAME_EDGE - 0.1) + 1)


# --- without rules ----------------------------------------------------------------------------------------------------


def found_in(lines: list[Line], setting: Setting) -> list[Line | Table]:
    """Return the lines of one column with the tables in it that have no ruled cells, in order.

    A table is at least three rows of pieces that stand in columns with white between them. What could be read in two
    ways stays lines with gaps: it is shown and never quoted.

    Args:
        lines: The pieces of lines; what a wide gap parts is two pieces.
        setting: What else stands on the page.
    """
    rows = _text_rows(lines)
    found: list[Line | Table] = []
    at = 0
    while at < len(rows):
        end = _region(rows, at)
        table = _below(rows[at:end], setting.known) if end > at + 1 else None
        if table is None and end - at >= _FEWEST_ROWS:
            table = _table(rows[at:end], setting.rules)
        if table is not None:
            found.append(table)
        else:
            end = max(end, at + 1)
            found += [_joined(row) for row in rows[at:end]]
        at = end
    return found


def _text_rows(lines: list[Line]) -> list[list[Line]]:
    """Return pieces by the line that they stand in, an item's mark joined to its words."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: (round(each.top), each.x0)):
        last = rows[-1] if rows else None
        if last is not None and abs(last[-1].top - line.top) < 0.4 * line.size and line.x0 >= last[-1].x1:
            if len(last) == 1 and _MARKER.match(last[0].text.strip()) and not last[0].text.strip().isalnum():
                last[-1] = _together(last[-1], line)
            else:
                last.append(line)
        else:
            rows.append([line])
    return rows


def _together(one: Line, other: Line, gaps: int = 0) -> Line:
    return one._replace(
        text=f"{one.text} {other.text}",
        check=f"{one.check} {other.check}",
        x1=other.x1,
        bottom=max(one.bottom, other.bottom),
        bold=one.bold and other.bold,
        gaps=one.gaps + gaps,
    )


def _joined(row: list[Line]) -> Line:
    """Return a row as one line; pieces of it that are no mark of an item leave gaps."""
    line = row[0]
    for piece in row[1:]:
        line = _together(line, piece, gaps=not _MARKER.match(line.text.strip()))
    return line


def _region(rows: list[list[Line]], start: int) -> int:
    """Return where a run of rows ends in which pieces stand side by side."""
    if len(rows[start]) < 2:
        return start + 1
    end = start
    alone = 0
    for number in range(start, len(rows)):
        row, before = rows[number], rows[number - 1] if number > start else None
        size = row[0].size
        if before is not None and row[0].top - max(p.bottom for p in before) > 3.2 * size:
            break
        if len(row) > 1:
            alone, end = 0, number + 1
            continue
        alone += 1
        wide = row[0].x1 - row[0].x0 > 0.75 * (max(p.x1 for r in rows[start:end] for p in r) - rows[start][0].x0)
        if alone > 6 or (wide and alone > 1):
            break
    # What still belongs to the last row: lines of one of its cells.
    while end < len(rows) and len(rows[end]) == 1 and end > start:
        piece, last = rows[end][0], rows[end - 1]
        near = piece.top - max(p.bottom for p in last) < 0.45 * piece.size
        columns = _columns(rows[start:end])
        inside = columns is not None and len(_covered(columns, piece)) == 1 and piece.x1 <= columns[-1][1] + 2
        if not (near and inside):
            break
        end += 1
    return end


def _columns(rows: list[list[Line]]) -> list[tuple[float, float]] | None:
    """Return the columns in which the pieces of rows stand, each from its left to its right edge."""
    pieces = sorted((piece.x0, piece.x1) for row in rows if len(row) > 1 for piece in row)
    columns: list[tuple[float, float]] = []
    for x0, x1 in pieces:
        if columns and x0 < columns[-1][1] + _GUTTER:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns if len(columns) > 1 else None


def _covered(columns: list[tuple[float, float]], piece: Line) -> list[int]:
    found = [n for n, (x0, x1) in enumerate(columns) if piece.x0 < x1 and piece.x1 > x0]
    return found or [min(range(len(columns)), key=lambda n: abs(columns[n][0] - piece.x0))]


def _table(rows: list[list[Line]], rules: Sequence[float]) -> Table | None:
    """Return rows of pieces as a table; None where it is not sure what belongs together."""
    columns = _columns(rows)
    if columns is None or sum(len(row) > 1 for row in rows) < _FEWEST_ROWS:
        return None
    if any(len(row) > len(columns) for row in rows):
        return None
    groups = _logical(rows, columns, rules)
    if groups is None or len(groups) < 2:
        return None
    cells = [_cells(group, columns) for group in groups]
    if any(row is None for row in cells):
        return None
    made = [row for row in cells if row is not None]
    if all(_PAGE.fullmatch(row[-1].words.strip()) for row in made if row[-1].words.strip()):
        return None  # of contents
    if len(columns) == 2 and all(_MARKER.match(row[0].words.strip()) for row in made if row[0].words.strip()):
        return None  # a list
    filled = [sum(bool(cell.words.strip()) for cell in row) for row in made]
    headed = sum(bool(row[0].words.strip()) for row in made)
    if sum(count > 1 for count in filled) < max(2, _MOSTLY * len(made)) or headed < _MOSTLY * len(made):
        return None  # pieces of a figure
    first, last = rows[0][0], rows[-1][0]
    return Table(made, first.top, last.bottom, first.page, tuple(x0 for x0, _ in columns), columns[-1][1])


def _below(rows: list[list[Line]], known: Sequence[Table]) -> Table | None:
    """Return rows as part of a table with ruled cells on their page, in whose columns they stand without rules."""
    for above in known:
        edges = [*above.edges, above.right]
        columns = [(x0 - _SAME_EDGE, x1 - _SAME_EDGE) for x0, x1 in pairwise(edges)]
        pieces = [piece for row in rows for piece in row]
        held = [[n for n, (x0, x1) in enumerate(columns) if x0 <= p.x0 < x1 and p.x1 <= x1 + 6] for p in pieces]
        if above.top > rows[0][0].top or len({n for each in held for n in each}) != len(columns) or not all(held):
            continue
        steps = [b[0].top - a[0].top for a, b in pairwise(rows)]
        groups = _split(rows, [step > _LOOSE * min(steps) for step in steps])
        cells = [_cells(group, columns) for group in groups]
        if any(row is None or not row[0].words for row in cells):
            return None
        made = [row for row in cells if row is not None]
        first, last = rows[0][0], rows[-1][0]
        under = tuple(_head_again(above))
        return Table(made, first.top, last.bottom, first.page, above.edges, above.right, under=under)
    return None


def _head_again(table: Table) -> list[Cell]:
    return [cell._replace(words=again(cell.words), rows=1, head=True) for cell in table.rows[0]]


def _cells(group: list[list[Line]], columns: list[tuple[float, float]]) -> list[Cell] | None:
    """Return the cells of a row from the pieces of its lines; None if a piece lies across columns that others fill."""
    if len(group) == 1 and len(group[0]) == 1:
        piece = group[0][0]
        across = _covered(columns, piece)
        if len(across) == len(columns):
            return [Cell(marked(piece), columns=len(columns), head=piece.bold)]
    held: list[list[Line]] = [[] for _ in columns]
    spans: dict[int, int] = {}
    for row in group:
        for piece in row:
            across = _covered(columns, piece)
            if len(across) > 1:
                if len(group) > 1 or any(held[n] for n in across):
                    return None
                spans[across[0]] = len(across)
            held[across[0]].append(piece)
    cells: list[Cell] = []
    skip = 0
    for number, pieces in enumerate(held):
        if skip:
            skip -= 1
            continue
        bold = bool(pieces) and all(piece.bold for piece in pieces)
        cells.append(Cell(" ".join(map(marked, pieces)), columns=spans.get(number, 1), head=bold))
        skip = spans.get(number, 1) - 1
    return cells


def _logical(
    rows: list[list[Line]], columns: list[tuple[float, float]], rules: Sequence[float]
) -> list[list[list[Line]]] | None:
    """Return text rows put together into rows of the table; None where it cannot be told which belong together."""
    between = [any(a[0].bottom - 2 < y < b[0].top + 2 for y in rules) for a, b in pairwise(rows)]
    if sum(between) >= 0.6 * (len(rows) - 1):
        return _split(rows, between)
    steps = [b[0].top - a[0].top for a, b in pairwise(rows)]
    least = min(steps)
    loose = [step > _LOOSE * least for step in steps]
    first_column = [any(0 in _covered(columns, piece) for piece in row) for row in rows]
    whole = [len(row) > 1 and has for row, has in zip(rows, first_column, strict=True)]
    if all(whole) and not _is_wrapped(rows, columns):
        return [[row] for row in rows]  # every line has a first cell: a row each
    if sum(between) >= 2:
        return _split(rows, between)
    if not any(loose):
        return _by_openings(rows, columns) if not _is_wrapped(rows, columns) else None
    groups = _split(rows, loose)
    # A row with several lines in it must be parted from the next by more than its lines are from each other.
    tight = [step for step, apart in zip(steps, loose, strict=True) if not apart]
    wide = [step for step, apart in zip(steps, loose, strict=True) if apart]
    if tight and max(tight) > 0.9 * min(wide):
        return None
    several = [group for group in groups if len(group) > 1]
    if any(sum(w for row, w in zip(rows, whole, strict=True) if row in group) > 1 for group in several):
        # Two lines with a first cell in one group: wrapped text, or rows set close?
        return groups if all(_flows(group, columns) for group in several) else None
    return groups


def _split(rows: list[list[Line]], apart: Sequence[bool]) -> list[list[list[Line]]]:
    groups = [[rows[0]]]
    for row, begins in zip(rows[1:], apart, strict=True):
        if begins:
            groups.append([row])
        else:
            groups[-1].append(row)
    return groups


def _by_openings(rows: list[list[Line]], columns: list[tuple[float, float]]) -> list[list[list[Line]]] | None:
    """Return rows that each begin with a first cell, where lines without one go on the row above."""
    begins = [any(_covered(columns, piece)[0] == 0 for piece in row) for row in rows]
    alone = [len(row) == 1 and begun for row, begun in zip(rows, begins, strict=True)]
    if not begins[0] or any(alone):
        return None  # a first cell alone may be the second line of the one above, or a subheading
    for row, begun in zip(rows, begins, strict=True):
        if not begun and not all(re.match(r"[a-z(]|and\b|or\b", piece.text.strip()) for piece in row):
            return None
    return _split(rows, begins[1:])


def _is_wrapped(rows: list[list[Line]], columns: list[tuple[float, float]]) -> bool:
    """Return whether the lines of some column look like running text: most go on in small letters."""
    for number in range(len(columns)):
        pieces = [piece for row in rows for piece in row if _covered(columns, piece)[0] == number]
        going_on = sum(bool(re.match(r"[a-z(]", piece.text.strip())) for piece in pieces[1:])
        if len(pieces) > 2 and going_on > 0.4 * len(pieces) and any(len(p.text.split()) > 3 for p in pieces):
            return True
    return False


def _flows(group: list[list[Line]], columns: list[tuple[float, float]]) -> bool:
    """Return whether the first column of a group is one text: its lines fill the column, or go on in small letters."""
    pieces = [piece for row in group for piece in row if _covered(columns, piece)[0] == 0]
    width = columns[0][1] - columns[0][0]
    return all(
        b.text.strip()[:1].islower() or a.x1 - a.x0 > 0.8 * width or a.text.rstrip().endswith((",", "-", "–", "/", "("))
        for a, b in pairwise(pieces)
    )
