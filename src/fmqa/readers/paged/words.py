"""Finds which characters and words of a page are not text: hidden or struck out, or the numbers of lines.

It also joins initials to the word from which they are set apart. Words are those of pdfplumber: text, place (``x0``,
``x1``, ``top``, ``bottom``), size, font and colour.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

Words = dict[str, Any]
Box = tuple[float, float, float, float]  # x0, top, x1, bottom

_TINY: Final = 2.5  # points
_LIGHT: Final = 0.94  # of 1, from which a colour is white to the eye
_STRUCK_WIDTH: Final = 0.8  # share of a word that a line through it covers
_FEWEST_NUMBERED: Final = 4  # lines on a page that carry numbers
_FEWEST_APART: Final = 3  # where not every line does


def of_page(page: Any, rotated: str = "ttb") -> list[Words]:
    """Return the words of a page."""
    return list(
        page.extract_words(
            extra_attrs=["size", "fontname"], x_tolerance_ratio=0.18, y_tolerance=2, char_dir_rotated=rotated
        )
    )


def of_chars(page: Any, holds: Callable[[Words], bool]) -> Any:
    """Return a page with some of its characters alone."""
    return page.filter(lambda each: each["object_type"] != "char" or holds(each))


def hidden(page: Any, invisible: Sequence[Box], shows: Callable[[Box], bool]) -> Callable[[Words], bool] | None:
    """Return what tells whether a character cannot be seen; None where all can.

    Args:
        page: Of pdfplumber.
        invisible: Places of words that are written without ink, as those are that lie on the image of a scan.
        shows: Whether anything can be seen at a place of the page as it is printed.
    """

    def is_suspect(char: Words) -> bool:
        middle = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
        return bool(_is_light(char["non_stroking_color"]) or any(_in(middle, box) for box in invisible))

    gone: set[int] = set()
    for char in page.chars:
        is_tiny = char["upright"] and char["size"] < _TINY and char["matrix"][3] < _TINY
        if is_tiny or (char["text"].strip() and is_suspect(char) and not shows(_box(char))):
            gone.add(id(char))
    return (lambda char: id(char) in gone) if gone else None


def struck(page: Any, words: list[Words]) -> list[Words]:
    """Return the words that a line runs through."""
    lines = [_box(each) for each in (*page.lines, *page.rects, *page.curves)]
    lines = [line for line in lines if line[3] - line[1] < 1.6 and line[2] - line[0] > 4]
    if not lines:
        return []
    found = []
    for word in words:
        height, width = word["bottom"] - word["top"], word["x1"] - word["x0"]
        for x0, top, x1, bottom in lines:
            at = ((top + bottom) / 2 - word["top"]) / height if height else 0
            if 0.35 < at < 0.72 and min(x1, word["x1"]) - max(x0, word["x0"]) >= _STRUCK_WIDTH * width:
                found.append(word)
                break
    # A rule of a table runs on where there are no words; a line through words ends with them.
    return [w for w in found if not _is_rule(w, found, lines)]


def _is_rule(word: Words, found: list[Words], lines: list[Box]) -> bool:
    beside = [w for w in found if abs(w["top"] - word["top"]) < 2]
    covered = sum(w["x1"] - w["x0"] for w in beside)
    middle = word["top"] + 0.55 * (word["bottom"] - word["top"])
    through = sum(x1 - x0 for x0, top, x1, _ in lines if abs(top - middle) < 0.25 * (word["bottom"] - word["top"]))
    return bool(through > 2.5 * covered + 12)


def line_numbers(words: list[Words]) -> list[Words]:
    """Return the numbers that stand at the lines of a page, as in a manuscript.

    They are the first or last words of their lines, one below the other, and grow by the same step from line to line.
    """
    rows: dict[int, list[Words]] = {}
    for word in words:
        rows.setdefault(round(word["bottom"] / 3), []).append(word)
    text = [w for w in words if not w["text"].isdecimal()]
    if not text:
        return []
    for is_left in (True, False):
        outer = [
            min(row, key=lambda w: w["x0"]) if is_left else max(row, key=lambda w: w["x1"]) for row in rows.values()
        ]
        numbers = [w for w in outer if w["text"].isdecimal() and len(w["text"]) < 5]
        edges = Counter(round(w["x1"] / 2) for w in numbers)
        if not edges:
            continue
        edge = edges.most_common(1)[0][0]
        column = sorted((w for w in numbers if abs(w["x1"] / 2 - edge) <= 3), key=lambda w: float(w["top"]))
        # Nothing else stands where they stand.
        inner = [
            w for w in text if (w["x0"] <= edge * 2 + 1 if is_left else w["x1"] >= min(c["x0"] for c in column) - 1)
        ]
        values = [int(w["text"]) for w in column]
        steps = Counter(b - a for a, b in pairwise(values))
        if not steps or len(inner) > 2:
            continue
        step, times = steps.most_common(1)[0]
        if len(column) < (_FEWEST_NUMBERED if step == 1 else _FEWEST_APART) or not _is_running_text(rows, column):
            continue
        if step in (1, 2, 5, 10) and times >= 0.9 * (len(column) - 1) and (step > 1 or len(column) > 0.5 * len(rows)):
            return column
    return []


def _is_running_text(rows: dict[int, list[Words]], numbers: list[Words]) -> bool:
    """Return whether many of the lines go on a sentence: those of a numbered list each begin one."""
    ids = {id(word) for word in numbers}
    first = [min((w for w in row if id(w) not in ids), key=lambda w: w["x0"], default=None) for row in rows.values()]
    going_on = sum(word is not None and not word["text"][:1].isupper() for word in first)
    return going_on > 0.25 * len(first)


def with_initials(words: list[Words]) -> list[Words]:
    """Return words with initials over several lines put before the word that they begin."""
    sizes = Counter(round(w["size"], 1) for w in words)
    if not sizes:
        return words
    body = sizes.most_common(1)[0][0]
    kept = list(words)
    for initial in [w for w in words if len(w["text"]) == 1 and w["text"].isupper() and w["size"] > 1.8 * body]:
        beside = [
            w
            for w in kept
            if w is not initial
            and w["size"] < 1.3 * body
            and 0 <= w["x0"] - initial["x1"] < 1.2 * body
            and initial["top"] - body < w["top"] < initial["bottom"]
        ]
        first = min(beside, key=lambda w: float(w["top"]), default=None)
        if first is not None and re.match(r"[a-z’'-]|[A-Z]{2,}", first["text"]) and len(beside) > 1:
            kept[kept.index(first)] = {**first, "text": initial["text"] + first["text"]}
            kept = [w for w in kept if w is not initial]
    return kept


def _is_light(colour: object) -> bool:
    """Return whether a colour of grey, red-green-blue or four inks is white to the eye."""
    if isinstance(colour, int | float):
        colour = (colour,)
    if not isinstance(colour, tuple | list) or not all(isinstance(c, int | float) for c in colour):
        return False
    if len(colour) == 4:
        return bool(max(colour) < 1 - _LIGHT)
    return len(colour) in (1, 3) and bool(min(colour) > _LIGHT)


def _box(each: Words) -> Box:
    return float(each["x0"]), float(each["top"]), float(each["x1"]), float(each["bottom"])


def _in(place: tuple[float, float], box: Box) -> bool:
    return box[0] - 0.5 <= place[0] <= box[2] + 0.5 and box[1] - 0.5 <= place[1] <= box[3] + 0.5
