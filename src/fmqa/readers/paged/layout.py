"""The layout of a PDF's pages: words put together into lines, in reading order, with tables.

pdfplumber (pdfminer.six) gives words with place and size; see ``fmqa.readers.pdf`` for the rules.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from fmqa.readers.blocks import checked, superscript, told
from fmqa.readers.paged import words as words_of
from fmqa.readers.paged.tables import Line, Setting, Table, found_in, ruled
from fmqa.readers.paged.words import Box, Words

UNMAPPED: Final = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff\ufffd]")
"""What stands for characters that mean nothing outside their font."""

_FEW_WORDS: Final = 6  # on a page that is an image, such as its number
_SAME_LINE: Final = 0.5  # share of its height by which a word must overlap a line


class Page(NamedTuple):
    """What stands on a page."""

    number: int
    height: float
    items: list[Line | Table]  # in reading order
    dropped: list[str]  # words of it that are no text: running heads, hidden words, numbers of lines
    left: Counter[str] = Counter()  # noqa: RUF012 - how many words were left out, by the reason
    label: str | None = None  # what is printed as its number
    is_scan: bool = False  # an image with hardly any words


SIDEWAYS: Final = "printed sideways, as in margins and figures,"
HIDDEN: Final = "that nobody sees (white, tiny or without ink)"
STRUCK: Final = "that are struck out"
OUTSIDE: Final = "outside the page"
LINE_NUMBERS: Final = "that number lines"


def read_page(page: Any, number: int, invisible: Sequence[Box], shows: Callable[[Box], bool]) -> Page:
    """Return the lines and tables of a page in reading order; what pdfplumber kept of it is let go.

    Args:
        page: Of pdfplumber.
        number: Of the page, from 1.
        invisible: Places of words written without ink.
        shows: Whether anything can be seen at a place of the page.
    """
    if _doubled(page.chars):  # bold made by printing twice
        page = page.dedupe_chars(tolerance=1)
    left: dict[str, list[Words]] = {}
    cannot_be_seen = words_of.hidden(page, invisible, shows)
    if cannot_be_seen is not None:
        left[HIDDEN] = words_of.of_page(words_of.of_chars(page, cannot_be_seen))
        page = words_of.of_chars(page, lambda char: not cannot_be_seen(char))
    tables = [t for t in page.find_tables() if len(t.rows) > 1 and max(len(r.cells) for r in t.rows) > 1]
    tables = [t for t in tables if (t.bbox[3] - t.bbox[1]) < 0.98 * float(page.height)]
    if not all(char["upright"] for char in page.chars):
        # A little askew, as in a scan, is upright: pdfminer says so by the sign of the matrix, not by its zeros.
        down = words_of.of_chars(page, lambda char: not char["upright"] and char["matrix"][1] <= 0)
        up = words_of.of_chars(page, lambda char: not char["upright"] and char["matrix"][1] > 0)
        left[SIDEWAYS] = [*words_of.of_page(down, "ttb"), *words_of.of_page(up, "btt")]
        page = words_of.of_chars(page, lambda char: bool(char["upright"]))
    words = words_of.of_page(page)
    left[OUTSIDE] = [w for w in words if not _on_page(w, page)]
    left[STRUCK] = words_of.struck(page, words)
    gone = {id(word) for word in left[STRUCK]}
    words = [{**w, "text": ""} if id(w) in gone else w for w in _without(words, left[OUTSIDE])]  # they fill their place
    left[LINE_NUMBERS] = words_of.line_numbers(words)
    words = words_of.with_initials(_without(words, left[LINE_NUMBERS]))
    items: list[Line | Table] = []
    for table in tables:
        inside = [w for w in words if _within(w, table.bbox)]
        words = [w for w in words if not _within(w, table.bbox)]
        items += _ruled(table, inside, number)
    known = [item for item in items if isinstance(item, Table) and len(item.edges) > 1]
    across = [float(r["top"]) for r in (*page.lines, *page.rects) if r["height"] < 2 and r["width"] > 40]
    width = float(page.width)
    flow: list[Line | Table] = [*_in_columns(_assembled(words, number, width), 0.0, width, Setting(across, known))]
    for item in sorted(items, key=lambda i: i.top):  # a table stands before the first line below it
        at = next((n for n, other in enumerate(flow) if other.top > item.top), len(flow))
        flow.insert(at, item)
    height = float(page.height)
    images = max((float(i["width"]) * float(i["height"]) for i in page.images), default=0.0)
    is_scan = images > 0.4 * width * height and len(words) < _FEW_WORDS
    page.close()
    dropped = [" ".join(word["text"] for word in gone) for gone in left.values() if gone]
    counts = Counter({reason: len(gone) for reason, gone in left.items() if gone and reason is not LINE_NUMBERS})
    return Page(number, height, flow, dropped, counts, is_scan=is_scan)


def _on_page(word: Words, page: Any) -> bool:
    middle = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(0 <= middle[1] <= page.height and 0 <= middle[0] <= page.width)


def _without(words: list[Words], *gone: list[Words]) -> list[Words]:
    ids = {id(word) for each in gone for word in each}
    return [word for word in words if id(word) not in ids] if ids else words


def _doubled(chars: list[Words]) -> bool:
    places = Counter((c["text"], round(c["x0"]), round(c["top"])) for c in chars)
    return sum(n - 1 for n in places.values()) > 0.02 * len(chars)


def _within(word: Words, box: tuple[float, float, float, float]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1)


def _ruled(table: Any, words: list[Words], number: int) -> list[Line | Table]:
    """Return a table by its cells; words in none of them are lines with gaps, which are not quoted."""
    cells: dict[Box, list[Line]] = {}
    left = list(words)
    for row in table.rows:
        for box in row.cells:
            if box is not None and box not in cells:
                cells[box] = _assembled([w for w in left if _within(w, box)], number, 0)
                left = [w for w in left if not _within(w, box)]
    made = ruled(table, cells, number)
    if made is None:
        return [line._replace(gaps=1) for line in _assembled(left, number, 0)]
    return [made._replace(unsure=bool(left)), *(line._replace(gaps=1) for line in _assembled(left, number, 0))]


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
        text += superscript(word["text"], text) if is_raised and len(word["text"]) <= 12 else word["text"]
        previous = word
    bold = sum(len(w["text"]) for w in words if "bold" in w["fontname"].lower() or "black" in w["fontname"].lower())
    return Line(
        text=told(text),
        check=checked(text),
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


def _in_columns(lines: list[Line], x0: float, x1: float, setting: Setting) -> list[Line | Table]:
    """Return lines in reading order: left column before right column, within bands parted by lines across both.

    A column is looked at again for columns of its own: a margin beside two columns makes three. Words in bold beside a
    text are its heading.
    """
    beside = _side_headings(lines)
    if beside:
        rest = [line for line in lines if not any(line in cluster for cluster in beside)]
        parts: list[Line | Table] = []
        for cluster in beside:
            above = [line for line in rest if line.top < cluster[0].top - 0.5 * line.size]
            rest = [line for line in rest if line not in above]
            parts += [*_in_columns(above, x0, x1, setting), *cluster]
        return parts + _in_columns(rest, x0, x1, setting)
    gutter = _gutter(lines, x0, x1)
    if gutter is None:
        return found_in(lines, setting)
    ordered: list[Line | Table] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line.x1 <= gutter + 2:
            left.append(line)
        elif line.x0 >= gutter - 2:
            right.append(line)
        else:
            ordered += [*_in_columns(left, x0, gutter, setting), *_in_columns(right, gutter, x1, setting), line]
            left, right = [], []
    return ordered + _in_columns(left, x0, gutter, setting) + _in_columns(right, gutter, x1, setting)


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
