"""PDF: headings by size, paragraphs, lists, tables with ruled cells, one or two columns, and the page of every block.

pdfplumber (pdfminer.six) gives words with place and size; the second way through the file is PDFium's text. A PDF has
no structure of its own, so what is made here is by rules:

- A line that stands at the same place on several pages, figures aside, is a running head or foot: left out
  (``paged.running``).
- Words printed sideways, in white, without ink, struck out or as numbers of lines are left out (``paged.words``).
- A table has ruled cells, or pieces in columns with white between them (``paged.tables``); what could be read in two
  ways stays in the text and is not quoted. A table goes on where the next page begins with one of the same columns.
- Small lines at the end of a page are its notes: they stand behind the sentence that goes on overleaf.
- The year is the one that is printed; what the file says of when it was made is no date of the work.
- Words in bold beside a text, with nothing else left of it, are its heading.
- Two columns are read one after the other where a white gutter runs down the middle of the page; lines across it part
  the page into bands.
- Words clearly smaller than their line and above its middle are raised: ``m²``, ``10⁻³``, ``trial¹²``.
- A heading is larger than the text, or bold, short and by itself.
- A hyphen at the end of a line is kept if a figure follows, if the word is written so elsewhere in the file, or if the
  file has both its parts as words of their own and never the whole.
"""

import io
import logging
import re
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pdfplumber
import pypdfium2
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException
from pypdfium2 import raw

from fmqa.errors import BadFile
from fmqa.readers.blocks import Extract, clean
from fmqa.readers.paged.blocks import Composer, body_size
from fmqa.readers.paged.layout import UNMAPPED, Page, read_page
from fmqa.readers.paged.running import labels, without_running
from fmqa.readers.paged.tables import Line, Table
from fmqa.readers.paged.words import Box
from fmqa.types import FileFormat

# What pdfminer and pdfplumber raise on files whose objects are not what they should be.
_DAMAGE: Final = (
    *(PDFException, PdfminerException, MalformedPDFException, ArithmeticError, AssertionError, AttributeError),
    *(LookupError, RecursionError, TypeError, ValueError, struct.error),
)
_MOST_PAGES: Final = 3000
_SCALE: Final = 2  # pixels a point, of a page that is looked at
_CONTRAST: Final = 24  # of 255, below which nothing can be seen
_FRONT: Final = 4  # pages on which a work says what it is
_MOST_TITLE_LINES: Final = 8
_DOI: Final = re.compile(r"\b10\.\d{4,9}/[-._;()/:a-zA-Z0-9]+[a-zA-Z0-9]")
_LICENCE: Final = re.compile(
    r"CC[ -]BY(?:-NC)?(?:-SA|-ND)?(?:[ -]\d\.\d)?(?: IGO)?|Creative Commons Attribution(?:[^.]|\.(?=\d)){0,80}"
)
_ISSUER: Final = re.compile(
    r"©\s*(?:copyright\s*)?(?:the\s+)?([A-Z][\w&’' .-]{2,60}?)\s*,?\s*(?:19|20)\d\d", re.IGNORECASE
)
_RETRACTED: Final = re.compile(r"^(?:retracted(?: article)?|retraction notice)\b", re.IGNORECASE)


def read(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of a PDF.

    Raises: BadFile if it needs a password, has no text (a scan) or more than 3000 pages, or is damaged.
    """
    second, invisible = _second(data)
    printed = _Printed(data)
    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # its warnings are about fonts, a line for every glyph
    try:
        with pdfplumber.open(io.BytesIO(data)) as file:
            if len(file.pages) != len(second):
                raise BadFile(f"its two readings find {len(file.pages)} and {len(second)} pages: it is damaged")
            found = [
                read_page(page, number, invisible.get(number, ()), printed.shows(number))
                for number, page in enumerate(file.pages, start=1)
            ]
            about = {key: clean(str(value)) for key, value in (file.metadata or {}).items() if isinstance(value, str)}
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise BadFile("it is encrypted: save it without a password") from error
    except _DAMAGE as error:
        if isinstance(error.__context__, PDFPasswordIncorrect | PDFEncryptionError):
            raise BadFile("it is encrypted: save it without a password") from error
        raise BadFile(f"it cannot be read as a PDF: {type(error).__name__}") from error
    body = body_size([item for page in found for item in page.items if isinstance(item, Line)])
    pages = without_running(found, body)
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    has_table = any(isinstance(item, Table) for page in pages for item in page.items)
    if not has_table and not any(c.isalpha() for line in lines for c in line.text):
        raise BadFile("its pages hold no text: it is a scan; recognise its text (OCR) and add the result")
    composer = Composer(lines)
    blocks = composer.compose(pages)
    garbled = sum(bool(UNMAPPED.search(block.words)) for block in blocks)
    front = " ".join(line.text for line in lines if line.page <= _FRONT)
    doi, licence, issuer = _DOI.search(front), _LICENCE.search(front), _ISSUER.search(front)
    retracted = next((b.words for b in blocks[:12] if _RETRACTED.match(b.words)), None)
    return (
        Extract(
            format=FileFormat.PDF,
            blocks=tuple(b._replace(quotable=b.quotable and not UNMAPPED.search(b.words)) for b in blocks),
            source=tuple(second),
            dropped=tuple(_dropped(page, composer) for page in pages),
            paged=True,
            title=_title(lines, about.get("Title", ""), front),
            authors=_authors(about.get("Author", ""), front),
            front="\n".join([*(line for page in pages[:1] for line in page.dropped), front]),
            doi=doi.group() if doi else None,
            organisation=clean(issuer[1]) if issuer else None,
            licence=clean(licence.group()) if licence else None,
            retraction=retracted,
            notes=_notes(garbled, composer.parted, pages),
            page_labels=labels(pages),
        ),
    )


def _dropped(page: Page, composer: Composer) -> str:
    """Return what the check finds of a page besides its blocks."""
    return "\n".join([*page.dropped, *composer.again.get(page.number, ())])


def _authors(about: str, front: str) -> tuple[str, ...]:
    """Return the authors of a file's metadata that are printed on its first pages: it may name who typed it."""
    parts = about.split(";") if ";" in about else re.split(r",\s+(?=[A-Z][\w.-]* )", about)
    printed = set(re.findall(r"[^\W\d_]{2,}", front.casefold()))
    names = [clean(part) for part in parts]
    return tuple(n for n in names if n and set(re.findall(r"[^\W\d_]{2,}", n.casefold())) <= printed and " " in n)


def _notes(garbled: int, parted: int, pages: list[Page]) -> tuple[str, ...]:
    notes = []
    if garbled:
        notes.append(f"{garbled} blocks hold characters that mean nothing outside their font; they are not indexed")
    if parted:
        notes.append(f"{parted} blocks are cells of tables without rules, side by side; they are not indexed")
    for reason, count in sum((page.left for page in pages), Counter()).items():
        notes.append(f"{count} words {reason} were left out")
    scans = [str(page.number) for page in pages if page.is_scan]
    if scans:
        which = f"page {scans[0]} is" if len(scans) == 1 else f"pages {', '.join(scans)} are"
        notes.append(f"{which} an image, such as a scan, and not read: recognise the text (OCR) and add the result")
    return tuple(notes)


def _second(data: bytes) -> tuple[list[str], dict[int, list[Box]]]:
    """Return the text of every page by PDFium, and the places of words without ink on pages that have any."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise BadFile("it is encrypted: save it without a password") from error
        raise BadFile("it cannot be read as a PDF: it is damaged or cut off") from error
    try:
        if len(document) > _MOST_PAGES:
            raise BadFile(f"it has {len(document)} pages, more than the {_MOST_PAGES} that are read: split it")
        texts = []
        invisible: dict[int, list[Box]] = {}
        for number, page in enumerate(document, start=1):
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            boxes = _without_ink(page)
            if boxes:
                invisible[number] = boxes
            page.close()
        return texts, invisible
    except pypdfium2.PdfiumError as error:
        raise BadFile("one of its pages cannot be read: it is damaged") from error
    finally:
        document.close()


def _without_ink(page: pypdfium2.PdfPage) -> list[Box]:
    """Return the places of words that are written without ink."""
    height = page.get_height()
    boxes: list[Box] = []
    for each in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,), max_depth=4):
        if raw.FPDFTextObj_GetTextRenderMode(each.raw) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            left, bottom, right, top = each.get_bounds()
            boxes.append((left, height - top, right, height - bottom))
    return boxes


class _Printed:
    """Pages as they are printed, made when the first of them is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._number = 0
        self._pixels: npt.NDArray[np.uint8] = np.zeros((0, 0), np.uint8)

    def shows(self, number: int) -> Callable[[Box], bool]:
        """Return what tells whether anything can be seen at a place of a page."""

        def shown(box: Box) -> bool:
            if self._number != number:
                self._print(number)
            x0, top, x1, bottom = (round(each * _SCALE) for each in box)
            part = self._pixels[max(0, top) : bottom + 1, max(0, x0) : x1 + 1]
            return part.size > 0 and int(part.max()) - int(part.min()) > _CONTRAST

        return shown

    def _print(self, number: int) -> None:
        document = pypdfium2.PdfDocument(self._data)
        try:
            page = document[number - 1]
            self._pixels = np.array(page.render(scale=_SCALE, grayscale=True).to_numpy()).squeeze()
            self._number = number
        finally:
            document.close()


def _title(lines: Sequence[Line], about: str, pages: str) -> str:
    """Return the title: of the file's metadata if it is printed too, else the largest words of the first two pages."""
    front = [line for line in lines if line.page <= 2 and sum(c.isalpha() for c in line.text) > 3] or list(lines[:5])
    printed = set(re.findall(r"\w+", pages.casefold()))
    words = re.findall(r"\w+", about.casefold())
    if len(words) > 2 and sum(word in printed for word in words) >= 0.8 * len(words):
        return about
    if not front:
        return about
    size = max(line.size for line in front)
    largest = list(dict.fromkeys(line.text.strip() for line in front if line.size > 0.95 * size))
    if len(largest) > _MOST_TITLE_LINES:  # all is of one size
        return largest[0]
    return clean(" ".join(largest))
