"""A page of a PDF as a picture, and where words that were quoted from it stand on it.

Both are made by PDFium. A quote is found by its letters and figures alone: hyphens at line ends, ligatures and raised
figures are written in other ways in the text of a document than on its page. Where the page has other words in between,
such as a note at its foot, those words of the quote are marked that stand in its order.
"""

import io
import unicodedata
from ctypes import c_int
from difflib import SequenceMatcher
from typing import Final

import pypdfium2
from PIL import Image, ImageChops, ImageDraw
from pydantic import Field
from pypdfium2 import raw

from fmqa.errors import BadFile
from fmqa.types import Record

_LONGEST: Final = 1500
"""Pixels of the longer side of a picture: a page of A4 can be read well."""
_MOST_SCALE: Final = 4.0
_MARK: Final = "#fff0a8"
_EDGE: Final = "#b26b00"
_HEAVY: Final = 900_000
"""Bytes above which a picture is sent as JPEG: it is a photograph, or a scan."""
_UNITS: Final = 10_000  # of a page's width and height, in which PDFium tells places
_LEAST: Final = 0.6  # share of a quote's words that must be found on a page
_RUN: Final = 3  # words that must follow each other to count


class Places(Record):
    """Where words stand on a page, in points from its upper left corner as it is shown: left, top, right, bottom."""

    width: float = Field(gt=0)
    height: float = Field(gt=0)
    boxes: tuple[tuple[float, float, float, float], ...] = Field((), description="One a line; none: not found.")


def drawn(data: bytes, number: int, words: str = "", share: float = 0.0) -> bytes:
    """Return a page as PNG, or as JPEG where that is much smaller.

    Args:
        data: The file.
        number: The place of the page in it, from 1.
        words: What is boxed on it, as ``places`` finds it; nothing, if it is not found.
        share: As ``places`` takes it.
    Raises: BadFile if it cannot be drawn.
    """
    document = _opened(data)
    try:
        page = _page(document, number)
        scale = min(_LONGEST / max(page.get_size()), _MOST_SCALE)
        image = page.render(scale=scale).to_pil().convert("RGB")
        found = _places(page, words, share)
    except pypdfium2.PdfiumError as error:
        raise BadFile("its page cannot be drawn: it is damaged") from error
    finally:
        document.close()
    marks = Image.new("RGB", image.size, "white")
    lines = ImageDraw.Draw(marks)
    for left, top, right, bottom in found.boxes:
        box = (left * scale - 3, top * scale - 2, right * scale + 3, bottom * scale + 2)
        lines.rectangle(box, fill=_MARK, outline=_EDGE, width=2)
    made = io.BytesIO()
    image = ImageChops.multiply(image, marks)
    image.save(made, "PNG")
    if made.tell() > _HEAVY:
        made = io.BytesIO()
        image.save(made, "JPEG", quality=80)
    return made.getvalue()


def places(data: bytes, number: int, words: str, share: float = 0.0) -> Places:
    """Return where words stand on a page.

    Args:
        data: The file.
        number: The place of the page in it, from 1.
        words: As the text of the document has them.
        share: How much of the page's text stands before them, in [0, 1]: which place it is of several.
    Raises: BadFile if the page cannot be read.
    """
    document = _opened(data)
    try:
        return _places(_page(document, number), words, share)
    except pypdfium2.PdfiumError as error:
        raise BadFile("its page cannot be read: it is damaged") from error
    finally:
        document.close()


def _places(page: pypdfium2.PdfPage, words: str, share: float) -> Places:
    width, height = page.get_size()
    text = page.get_textpage()
    printed = text.get_text_range() if words else ""
    found = _whole(printed, words, share) or _parts(printed, words)
    boxes = [box for box in (_box(page, text, place) for place in found) if box is not None]
    across, down = width / _UNITS, height / _UNITS
    scaled = [(left * across, top * down, right * across, bottom * down) for left, top, right, bottom in _lines(boxes)]
    return Places(width=width, height=height, boxes=tuple(scaled))


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise BadFile("it cannot be read as a PDF") from error


def _page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    if not 1 <= number <= len(document):
        raise BadFile(f"it has no page {number}: it has {len(document)}")
    return document[number - 1]


def _bare(words: str) -> tuple[str, list[int]]:
    """Return the letters and figures of words, and where each stands."""
    letters: list[str] = []
    at: list[int] = []
    for place, character in enumerate(words):
        for each in unicodedata.normalize("NFKC", character).casefold():
            if each.isalnum():
                letters.append(each)
                at.append(place)
    return "".join(letters), at


def _whole(printed: str, words: str, share: float) -> list[int]:
    """Return the characters of a page that are the words, all in one run; of several runs the one nearest the share."""
    letters, at = _bare(printed)
    wanted, _ = _bare(words)
    starts: list[int] = []
    start = letters.find(wanted) if wanted else -1
    while start >= 0:
        starts.append(start)
        start = letters.find(wanted, start + 1)
    if not starts:
        return []
    first = min(starts, key=lambda place: abs(place / max(1, len(letters)) - share))
    return at[first : first + len(wanted)]


def _parts(printed: str, words: str) -> list[int]:
    """Return the characters of the words of a quote that stand on a page in its order; none if too few do."""
    ours = [(_bare(word)[0], start, start + len(word)) for word, start in _words(printed)]
    theirs = [_bare(word)[0] for word, _ in _words(words)]
    matcher = SequenceMatcher(None, [word for word, _, _ in ours], theirs, autojunk=False)
    runs = [match for match in matcher.get_matching_blocks() if match.size >= min(_RUN, len(theirs))]
    if sum(run.size for run in runs) < _LEAST * max(1, len(theirs)):
        return []
    return [place for run in runs for _, start, end in ours[run.a : run.a + run.size] for place in range(start, end)]


def _words(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    start: int | None = None
    for place, character in enumerate(f"{text} "):
        if character.isspace():
            if start is not None and _bare(text[start:place])[0]:
                found.append((text[start:place], start))
            start = None
        elif start is None:
            start = place
    return found


def _box(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, place: int) -> tuple[int, int, int, int] | None:
    """Return the box of a character as the page is shown, turned and cut as it may be."""
    left, bottom, right, top = text.get_charbox(place, loose=True)
    if right <= left or top <= bottom:
        return None
    corners = [_shown(page, x, y) for x, y in ((left, top), (right, bottom))]
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _shown(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[int, int]:

    across, down = c_int(), c_int()
    raw.FPDF_PageToDevice(page.raw, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
    return across.value, down.value


def _lines(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Return boxes of characters joined to one a line."""
    lines: list[tuple[int, int, int, int]] = []
    for left, top, right, bottom in boxes:
        if lines:
            x0, y0, x1, y1 = lines[-1]
            height = min(bottom - top, y1 - y0)
            same = min(bottom, y1) - max(top, y0) > height / 2 and -height <= left - x1 < 3 * (y1 - y0)
            if same:
                lines[-1] = (min(x0, left), min(y0, top), max(x1, right), max(y1, bottom))
                continue
        lines.append((left, top, right, bottom))
    return lines
