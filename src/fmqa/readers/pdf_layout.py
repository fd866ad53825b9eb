"""The layout of a PDF's pages: words put together into lines, in reading order, with tables and without running heads.

pdfplumber (pdfminer.six) gives words with place and size; see ``fmqa.readers.pdf`` for the rules.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from fmqa.readers.blocks import raised

_MARKER: Final = re.compile(r"^(?:[•■▪●○◦‣·・–*✓-]|\(?[\da-zA-Z]{1,3}(?:\.\d{1,2})*[.)]?)$")  # of an item or a heading
_PAGE_NUMBER: Final = re.compile(r"^(?:page\s*)?[\divxlc]{1,5}(?:\s*(?:of|/)\s*\d{1,4})?$", re.IGNORECASE)
UNMAPPED: Final = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff\ufffd]")
"""What stands for characters that mean nothing outside their font."""

_MARGIN: Final = 0.12  # share of the page's height in which running heads and feet stand
_SAME_LINE: Final = 0.5  # share of its height by which a word must overlap a line

Words = dict[str, Any]


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
    gaps: int = 0  # wide gaps inside it: cells of a table without rules


class Table(NamedTuple):
    """A table with ruled cells, row by row."""

    rows: list[list[str]]
    top: float
    page: int


class Page(NamedTuple):
    """What stands on a page."""

    number: int
    height: float
    items: list[Line | Table]  # in reading order
    dropped: list[str]  # running heads and feet, and words printed sideways
    sideways: int = 0  # words printed sideways


def read_page(page: Any, number: int) -> Page:
    """Return the lines and tables of a page in reading order; what pdfplumber kept of it is let go."""
    if _doubled(page.chars):  # bold made by printing twice
        page = page.dedupe_chars(tolerance=1)
    tables = [t for t in page.find_tables() if len(t.rows) > 1 and max(len(r.cells) for r in t.rows) > 1]
    tables = [t for t in tables if (t.bbox[3] - t.bbox[1]) < 0.98 * float(page.height)]
    sideways: list[Words] = []
    if not all(char["upright"] for char in page.chars):
        # A little askew, as in a scan, is upright: pdfminer says so by the sign of the matrix, not by its zeros.
        down = _of_chars(page, lambda char: not char["upright"] and char["matrix"][1] <= 0)
        up = _of_chars(page, lambda char: not char["upright"] and char["matrix"][1] > 0)
        sideways = [*_words(down, "ttb"), *_words(up, "btt")]
        page = _of_chars(page, lambda char: bool(char["upright"]))
    words = _words(page)
    words = [
        w
        for w in words
        if 0 <= (w["top"] + w["bottom"]) / 2 <= page.height and 0 <= (w["x0"] + w["x1"]) / 2 <= page.width
    ]
    items: list[Line | Table] = []
    for table in tables:
        inside = [w for w in words if _within(w, table.bbox)]
        words = [w for w in words if not _within(w, table.bbox)]
        rows = _rows(table, inside, number)
        if rows:
            items.append(Table(rows, float(table.bbox[1]), number))
    flow: list[Line | Table] = [*_in_columns(_assembled(words, number, float(page.width)), 0.0, float(page.width))]
    for item in sorted(items, key=lambda i: i.top):  # a table stands before the first line below it
        at = next((n for n, line in enumerate(flow) if isinstance(line, Line) and line.top > item.top), len(flow))
        flow.insert(at, item)
    height = float(page.height)
    page.close()
    return Page(number, height, flow, [" ".join(word["text"] for word in sideways)] if sideways else [], len(sideways))


def _of_chars(page: Any, holds: Callable[[Words], bool]) -> Any:
    """Return a page with some of its characters alone."""
    return page.filter(lambda each: each["object_type"] != "char" or holds(each))


def _words(page: Any, rotated: str = "ttb") -> list[Words]:
    return list(
        page.extract_words(
            extra_attrs=["size", "fontname"], x_tolerance_ratio=0.18, y_tolerance=2, char_dir_rotated=rotated
        )
    )


def _doubled(chars: list[Words]) -> bool:
    places = Counter((c["text"], round(c["x0"]), round(c["top"])) for c in chars)
    return sum(n - 1 for n in places.values()) > 0.02 * len(chars)


def _within(word: Words, box: tuple[float, float, float, float]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1)


def _rows(table: Any, words: list[Words], number: int) -> list[list[str]]:
    """Return the cells of a table by the words that lie in each; words in no cell make a row of their own."""
    rows = []
    left = list(words)
    for row in table.rows:
        cells = []
        for box in row.cells:
            if box is None:
                continue
            inside = [w for w in left if _within(w, box)]
            left = [w for w in left if not _within(w, box)]
            cells.append(" ".join(line.text for line in _assembled(inside, number, 0)))
        rows.append(cells)
    if left:
        rows.append([" ".join(line.text for line in _assembled(left, number, 0))])
    return [row for row in rows if any(cell.strip() for cell in row)]


def _assembled(words: list[Words], page: int, width: float) -> list[Line]:
    """Return words as lines: a word belongs to the line that it overlaps; across a wide gap a new line begins."""
    groups: list[list[Words]] = []
    for word in sorted(words, key=lambda w: (-round(w["bottom"] - w["top"]), w["top"])):
        height = word["bottom"] - word["top"]
        best, overlap = None, _SAME_LINE * height
        for group in groups:
            first = group[0]
            shared = min(word["bottom"], first["bottom"]) - max(word["top"], first["top"])
            if shared >= overlap:
                best, overlap = group, shared
        if best is None:
            groups.append([word])
        else:
            best.append(word)
    lines: list[Line] = []
    for group in groups:
        group.sort(key=lambda w: w["x0"])
        run: list[Words] = []
        for word in group:
            gap = word["x0"] - run[-1]["x1"] if run else 0
            if run and width and gap > max(9.0, 1.1 * run[-1]["size"]):
                lines.append(_line(run, page))
                run = []
            run.append(word)
        lines.append(_line(run, page))
    return sorted(lines, key=lambda line: (line.top, line.x0))


def _line(words: list[Words], page: int) -> Line:
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[round(word["size"], 1)] += len(word["text"])
    size = sizes.most_common(1)[0][0]
    main = [w for w in words if w["size"] > 0.85 * size] or words
    middle = sum((w["top"] + w["bottom"]) / 2 for w in main) / len(main)
    text = ""
    previous: Words | None = None
    for word in words:
        is_raised = word["size"] < 0.8 * size and (word["top"] + word["bottom"]) / 2 < middle - 0.08 * size
        if previous is not None and _parted(previous, word):
            text += " "
        text += raised(word["text"], text) if is_raised and len(word["text"]) <= 12 else word["text"]
        previous = word
    bold = sum(len(w["text"]) for w in words if "bold" in w["fontname"].lower() or "black" in w["fontname"].lower())
    return Line(
        text=text,
        x0=float(words[0]["x0"]),
        x1=float(max(w["x1"] for w in words)),
        top=float(min(w["top"] for w in main)),
        bottom=float(max(w["bottom"] for w in main)),
        size=size,
        bold=bold > 0.7 * sum(len(w["text"]) for w in words),
        page=page,
    )


def _parted(word: Words, following: Words) -> bool:
    """Return whether two pieces of a line are two words: those of one font were parted by a blank, if a narrow one."""
    if (word["fontname"], word["size"]) == (following["fontname"], following["size"]):
        return True
    return bool(following["x0"] - word["x1"] > 0.15 * min(word["size"], following["size"]))


def _in_columns(lines: list[Line], x0: float, x1: float) -> list[Line]:
    """Return lines in reading order: left column before right column, within bands parted by lines across both.

    A column is looked at again for columns of its own: a margin beside two columns makes three. Words in bold beside a
    text are its heading.
    """
    beside = _side_headings(lines)
    if beside:
        rest = [line for line in lines if not any(line in cluster for cluster in beside)]
        parts: list[Line] = []
        for cluster in beside:
            above = [line for line in rest if line.top < cluster[0].top - 0.5 * line.size]
            rest = [line for line in rest if line not in above]
            parts += _in_columns(above, x0, x1) + cluster
        return parts + _in_columns(rest, x0, x1)
    gutter = _gutter(lines, x0, x1)
    if gutter is None:
        return _joined_across(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line.x1 <= gutter + 2:
            left.append(line)
        elif line.x0 >= gutter - 2:
            right.append(line)
        else:
            ordered += _in_columns(left, x0, gutter) + _in_columns(right, gutter, x1) + [line]
            left, right = [], []
    return ordered + _in_columns(left, x0, gutter) + _in_columns(right, gutter, x1)


def _side_headings(lines: list[Line]) -> list[list[Line]]:
    """Return the headings that stand beside their text, each as its lines, from above down.

    Nothing but such headings stands left of the text from the first to the next of them: a heading of the left one of
    two columns has its text below it.
    """
    clusters: list[list[Line]] = []
    bold = (line for line in lines if line.bold and len(line.text) <= 40 and sum(map(str.isalpha, line.text)) > 3)
    for line in sorted(bold, key=lambda line: line.top):
        last = clusters[-1][-1] if clusters else None
        if last is not None and abs(last.x0 - line.x0) < 3 and line.top - last.bottom < 0.6 * line.size:
            clusters[-1].append(line)
        else:
            clusters.append([line])
    found = []
    for number, cluster in enumerate(clusters):
        edge, top = max(line.x1 for line in cluster) + 4, cluster[0].top
        until = min(
            (c[0].top for c in clusters[number + 1 :] if abs(c[0].x0 - cluster[0].x0) < 3), default=cluster[-1].bottom
        )
        others = [line for line in lines if line not in cluster and top - 3 < line.top < until - 3]
        beside = [line for line in others if line.x0 >= edge and line.top < cluster[-1].bottom]
        text = sum(len(line.text) for line in beside)
        if beside and all(line.x0 >= edge for line in others) and text > 2 * sum(len(line.text) for line in cluster):
            found.append(cluster)
    return [cluster for cluster in found if _is_column(cluster, found, lines)]


def _is_column(cluster: list[Line], found: list[list[Line]], lines: list[Line]) -> bool:
    """Return whether a heading beside its text is one of several, or all that stands so far left."""
    alike = [other for other in found if abs(other[0].x0 - cluster[0].x0) < 3]
    edge = max(line.x1 for line in cluster) + 4
    return len(alike) > 1 or all(line.x0 >= edge or line in cluster for line in lines)


def _gutter(lines: list[Line], x0: float, x1: float) -> float | None:
    """Return the middle of a white strip between two edges, if most lines stand on one side of it."""
    if len(lines) < 12 or x1 <= x0:
        return None
    best: tuple[int, float] | None = None
    for step in range(25, 76):
        x = x0 + (x1 - x0) * step / 100
        crossing = sum(line.x0 < x - 3 and line.x1 > x + 3 for line in lines)
        off_middle = abs(step - 50)
        if best is None or (crossing, off_middle) < (best[0], abs((best[1] - x0) / (x1 - x0) * 100 - 50)):
            best = (crossing, x)
    if best is None:
        return None
    crossing, x = best
    left = [line for line in lines if line.x1 <= x + 3]
    right = [line for line in lines if line.x0 >= x - 3]
    # Columns hold lines that fill them; the cells of a table are short.
    full = [line for line in (*left, *right) if line.x1 - line.x0 > 0.22 * (x1 - x0)]
    balanced = min(len(left), len(right)) >= 0.2 * len(lines)
    return x if crossing <= 0.25 * len(lines) and balanced and len(full) >= 0.5 * len(lines) else None


def _joined_across(lines: list[Line]) -> list[Line]:
    """Return lines of one column with pieces of one line, parted by wide gaps, put together again."""
    joined: list[Line] = []
    for line in sorted(lines, key=lambda line: (round(line.top), line.x0)):
        last = joined[-1] if joined else None
        if last is not None and abs(last.top - line.top) < 0.4 * line.size and line.x0 >= last.x1:
            joined[-1] = last._replace(
                text=f"{last.text} {line.text}",
                x1=line.x1,
                bottom=max(last.bottom, line.bottom),
                bold=last.bold and line.bold,
                gaps=last.gaps + (not _MARKER.match(last.text.strip())),
            )
        else:
            joined.append(line)
    return joined


def without_running(pages: list[Page]) -> list[Page]:
    """Return pages without running heads and feet, which are kept under ``dropped``."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({_place(line, page) for line in page.items if isinstance(line, Line) and _in_margin(line, page)})
    least = max(3, len(pages) // 20)
    shift = _shift(pages)
    found = []
    for page in pages:
        kept: list[Line | Table] = []
        dropped = list(page.dropped)
        for item in page.items:
            running = (
                isinstance(item, Line)
                and _in_margin(item, page)
                and (
                    seen[_place(item, page)] >= least
                    or _PAGE_NUMBER.match(item.text.strip()) is not None
                    or (shift is not None and page.number - shift in _outer_numbers(item.text))
                )
            )
            if running and isinstance(item, Line):
                dropped.append(item.text)
            else:
                kept.append(item)
        found.append(page._replace(items=kept, dropped=dropped))
    return found


def _shift(pages: list[Page]) -> int | None:
    """Return by how much printed page numbers are behind, if a third of the pages agree on it."""
    shifts: Counter[int] = Counter()
    for page in pages:
        lines = [line for line in page.items if isinstance(line, Line) and _in_margin(line, page)]
        shifts.update({page.number - number for line in lines for number in _outer_numbers(line.text)})
    best = shifts.most_common(1)
    return best[0][0] if best and best[0][1] >= max(3, len(pages) / 3) else None


def _outer_numbers(text: str) -> set[int]:
    """Return the figures at the outer ends of a line."""
    return {int(n) for n in re.findall(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$", text.strip())}


def _in_margin(line: Line, page: Page) -> bool:
    return line.bottom < _MARGIN * page.height or line.top > (1 - _MARGIN) * page.height


def _place(line: Line, page: Page) -> tuple[str, int]:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text.strip()), int(line.top > page.height / 2)
