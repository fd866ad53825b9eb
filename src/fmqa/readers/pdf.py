"""PDF: headings by size, paragraphs, lists, tables with ruled cells, one or two columns, and the page of every block.

pdfplumber (pdfminer.six) gives words with place and size; the second way through the file is PDFium's text. A PDF has
no structure of its own, so what is made here is by rules:

- A line that stands at the same place on at least three pages, figures aside, is a running head or foot: left out.
- Words printed sideways (tabs in the margin, axes of figures) are left out.
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
from collections.abc import Sequence
from typing import Final

import pdfplumber
import pypdfium2
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from fmqa.errors import BadFile
from fmqa.readers.blocks import Extract, clean
from fmqa.readers.pdf_blocks import Composer
from fmqa.readers.pdf_layout import UNMAPPED, Line, read_page, without_running
from fmqa.types import FileFormat

# What pdfminer and pdfplumber raise on files whose objects are not what they should be.
_DAMAGE: Final = (
    *(PDFException, PdfminerException, MalformedPDFException, ArithmeticError, AssertionError, AttributeError),
    *(LookupError, RecursionError, TypeError, ValueError, struct.error),
)
_MOST_PAGES: Final = 3000
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
    second = _second(data)
    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # its warnings are about fonts, a line for every glyph
    try:
        with pdfplumber.open(io.BytesIO(data)) as file:
            raw = [read_page(page, number) for number, page in enumerate(file.pages, start=1)]
            told = {key: clean(str(value)) for key, value in (file.metadata or {}).items() if isinstance(value, str)}
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise BadFile("it is encrypted: save it without a password") from error
    except _DAMAGE as error:
        if isinstance(error.__context__, PDFPasswordIncorrect | PDFEncryptionError):
            raise BadFile("it is encrypted: save it without a password") from error
        raise BadFile(f"it cannot be read as a PDF: {type(error).__name__}") from error
    if len(raw) != len(second):
        raise BadFile(f"its two readings find {len(raw)} and {len(second)} pages: it is damaged")
    pages = without_running(raw)
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    if not any(c.isalpha() for line in lines for c in line.text):
        raise BadFile("its pages hold no text: it is a scan; recognise its text (OCR) and add the result")
    composer = Composer(lines)
    blocks = composer.compose(pages)
    garbled = sum(bool(UNMAPPED.search(block.words)) for block in blocks)
    front = " ".join(line.text for line in lines if line.page <= 4)
    title = _title(lines, told.get("Title", ""))
    doi = _DOI.search(front)
    licence = _LICENCE.search(front)
    issuer = _ISSUER.search(front)
    created = re.match(r"D:((?:19|20)\d\d)(\d\d)?(\d\d)?", told.get("CreationDate", ""))
    heads = " ".join(line for page in pages[:1] for line in page.dropped)
    retracted = next((b.words for b in blocks[:12] if _RETRACTED.match(b.words)), None)
    return (
        Extract(
            format=FileFormat.PDF,
            blocks=tuple(b._replace(quotable=b.quotable and not UNMAPPED.search(b.words)) for b in blocks),
            source=tuple(second),
            dropped=tuple("\n".join(page.dropped) for page in pages),
            paged=True,
            title=title,
            authors=_authors(told.get("Author", "")),
            year=_year(front + heads) or (int(created[1]) if created else None),
            published="-".join(filter(None, created.groups())) if created else None,
            doi=doi.group() if doi else None,
            organisation=clean(issuer[1]) if issuer else None,
            licence=clean(licence.group()) if licence else None,
            retraction=retracted,
            notes=_notes(garbled, composer.parted, sum(page.sideways for page in pages)),
        ),
    )


def _authors(told: str) -> tuple[str, ...]:
    """Return the authors of a file's metadata, which parts them by semicolons or commas."""
    parts = told.split(";") if ";" in told else re.split(r",\s+(?=[A-Z][\w.-]* )", told)
    return tuple(filter(None, map(clean, parts)))


def _notes(garbled: int, parted: int, sideways: int) -> tuple[str, ...]:
    notes = []
    if garbled:
        notes.append(f"{garbled} blocks hold characters that mean nothing outside their font; they are not indexed")
    if parted:
        notes.append(f"{parted} blocks are cells of tables without rules, side by side; they are not indexed")
    if sideways:
        notes.append(f"{sideways} words are printed sideways, as in margins and figures; they are not read")
    return tuple(notes)


def _second(data: bytes) -> list[str]:
    """Return the text of every page by PDFium."""
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
        for page in document:
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
        return texts
    except pypdfium2.PdfiumError as error:
        raise BadFile("one of its pages cannot be read: it is damaged") from error
    finally:
        document.close()


def _title(lines: Sequence[Line], told: str) -> str:
    """Return the title: of the file's metadata if it reads like one, else the largest words of the first two pages."""
    if len(told.split()) > 3 and not re.search(r"\.(?:docx?|indd|pdf|qxd)\b|^microsoft word", told, re.IGNORECASE):
        return told
    front = [line for line in lines if line.page <= 2 and sum(c.isalpha() for c in line.text) > 3]
    front = front or list(lines[:5])
    size = max(line.size for line in front)
    largest = [line.text.strip() for line in front if line.size > 0.95 * size]
    return clean(" ".join(dict.fromkeys(largest)))[:300]


def _year(front: str) -> int | None:
    match = re.search(r"(?:©|\(c\)|copyright|published|:)\s*[^.\d]{0,60}((?:19|20)\d\d)\b", front, re.IGNORECASE)
    return int(match[1]) if match else None
