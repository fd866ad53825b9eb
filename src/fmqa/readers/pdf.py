"""PDF: headings by size, paragraphs, lists, tables with ruled cells, one or two columns, and the page of every block.

pdfplumber (pdfminer.six) gives words with place and size; the second way through the file is PDFium's text. A PDF has
no structure of its own, so what is made here is by rules:

- A line that stands at the same place on at least three pages, figures aside, is a running head or foot: left out.
- Two columns are read one after the other where a white gutter runs down the middle of the page; lines across it part
  the page into bands.
- Words clearly smaller than their line and above its middle are raised: ``m²``, ``10⁻³``, ``trial¹²``.
- A heading is larger than the text, or bold, short and by itself.
- A hyphen at the end of a line is kept if a figure follows, or the word is written so elsewhere in the file.
"""

import io
import logging
import re
import struct
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pdfplumber
import pypdfium2
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from fmqa.errors import BadFile
from fmqa.readers.blocks import Block, Builder, Extract, clean, raised
from fmqa.types import FileFormat

# What pdfminer and pdfplumber raise on files whose objects are not what they should be.
_DAMAGE: Final = (
    *(PDFException, PdfminerException, MalformedPDFException, ArithmeticError, AssertionError, AttributeError),
    *(LookupError, RecursionError, TypeError, ValueError, struct.error),
)
_MOST_PAGES: Final = 3000
_BULLET: Final = re.compile(r"^(?:[•■▪●○◦‣·・–*✓]|[-])\s+(?=\S)|^[•■▪●○◦‣](?=\S)")
_NUMBERED: Final = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)")
_MARKER: Final = re.compile(r"^(?:[•■▪●○◦‣·・–*✓-]|\(?[\da-zA-Z]{1,3}(?:\.\d{1,2})*[.)]?)$")  # of an item or a heading
_PAGE_NUMBER: Final = re.compile(r"^(?:page\s*)?[\divxlc]{1,5}(?:\s*(?:of|/)\s*\d{1,4})?$", re.IGNORECASE)
_MARGIN: Final = 0.12  # share of the page's height in which running heads and feet stand
_UNMAPPED: Final = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff\ufffd]")
_SAME_LINE: Final = 0.5  # share of its height by which a word must overlap a line
_DOI: Final = re.compile(r"\b10\.\d{4,9}/[-._;()/:a-zA-Z0-9]+[a-zA-Z0-9]")
_LICENCE: Final = re.compile(
    r"CC[ -]BY(?:-NC)?(?:-SA|-ND)?(?:[ -]\d\.\d)?(?: IGO)?|Creative Commons Attribution(?:[^.]|\.(?=\d)){0,80}"
)
_ISSUER: Final = re.compile(
    r"©\s*(?:copyright\s*)?(?:the\s+)?([A-Z][\w&’' .-]{2,60}?)\s*,?\s*(?:19|20)\d\d", re.IGNORECASE
)
_RETRACTED: Final = re.compile(r"^(?:retracted(?: article)?|retraction notice)\b", re.IGNORECASE)

_Words = dict[str, Any]


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


class _Table(NamedTuple):
    rows: list[list[str]]
    top: float
    page: int


class _Page(NamedTuple):
    number: int
    height: float
    items: list[Line | _Table]  # in reading order
    dropped: list[str]  # running heads and feet


def read(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of a PDF.

    Raises: BadFile if it needs a password, has no text (a scan) or more than 3000 pages, or is damaged.
    """
    second = _second(data)
    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # its warnings are about fonts, a line for every glyph
    try:
        with pdfplumber.open(io.BytesIO(data)) as file:
            raw = [_lines(page, number) for number, page in enumerate(file.pages, start=1)]
            told = {key: clean(str(value)) for key, value in (file.metadata or {}).items() if isinstance(value, str)}
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise BadFile("it is encrypted: save it without a password") from error
    except _DAMAGE as error:
        if isinstance(error.__context__, PDFPasswordIncorrect | PDFEncryptionError):
            raise BadFile("it is encrypted: save it without a password") from error
        raise BadFile(f"it cannot be read as a PDF: {type(error).__name__}") from error
    if len(raw) != len(second):
        raise BadFile(f"its two readings find {len(raw)} and {len(second)} pages: it is damaged")
    pages = _without_running(raw)
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    if not any(c.isalpha() for line in lines for c in line.text):
        raise BadFile("its pages hold no text: it is a scan; recognise its text (OCR) and add the result")
    composer = _Composer(lines)
    blocks = composer.compose(pages)
    garbled = sum(bool(_UNMAPPED.search(block.words)) for block in blocks)
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
            blocks=tuple(b._replace(quotable=b.quotable and not _UNMAPPED.search(b.words)) for b in blocks),
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
            notes=_notes(garbled, composer.parted),
        ),
    )


def _authors(told: str) -> tuple[str, ...]:
    """Return the authors of a file's metadata, which parts them by semicolons or commas."""
    parts = told.split(";") if ";" in told else re.split(r",\s+(?=[A-Z][\w.-]* )", told)
    return tuple(filter(None, map(clean, parts)))


def _notes(garbled: int, parted: int) -> tuple[str, ...]:
    notes = []
    if garbled:
        notes.append(f"{garbled} blocks hold characters that mean nothing outside their font; they are not indexed")
    if parted:
        notes.append(f"{parted} blocks are cells of tables without rules, side by side; they are not indexed")
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


# --- lines ------------------------------------------------------------------------------------------------------------


def _lines(page: Any, number: int) -> _Page:
    """Return the lines and tables of a page in reading order; what pdfplumber kept of it is let go."""
    if _doubled(page.chars):  # bold made by printing twice
        page = page.dedupe_chars(tolerance=1)
    tables = [t for t in page.find_tables() if len(t.rows) > 1 and max(len(r.cells) for r in t.rows) > 1]
    tables = [t for t in tables if (t.bbox[3] - t.bbox[1]) < 0.98 * float(page.height)]
    words = page.extract_words(extra_attrs=["size", "fontname"], x_tolerance_ratio=0.18, y_tolerance=2)
    words = [
        w
        for w in words
        if 0 <= (w["top"] + w["bottom"]) / 2 <= page.height and 0 <= (w["x0"] + w["x1"]) / 2 <= page.width
    ]
    items: list[Line | _Table] = []
    for table in tables:
        inside = [w for w in words if _within(w, table.bbox)]
        words = [w for w in words if not _within(w, table.bbox)]
        rows = _rows(table, inside, number)
        if rows:
            items.append(_Table(rows, float(table.bbox[1]), number))
    flow: list[Line | _Table] = [*_in_columns(_assembled(words, number, float(page.width)), 0.0, float(page.width))]
    for item in sorted(items, key=lambda i: i.top):  # a table stands before the first line below it
        at = next((n for n, line in enumerate(flow) if isinstance(line, Line) and line.top > item.top), len(flow))
        flow.insert(at, item)
    height = float(page.height)
    page.close()
    return _Page(number, height, flow, [])


def _doubled(chars: list[_Words]) -> bool:
    places = Counter((c["text"], round(c["x0"]), round(c["top"])) for c in chars)
    return sum(n - 1 for n in places.values()) > 0.02 * len(chars)


def _within(word: _Words, box: tuple[float, float, float, float]) -> bool:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    return bool(box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1)


def _rows(table: Any, words: list[_Words], number: int) -> list[list[str]]:
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


def _assembled(words: list[_Words], page: int, width: float) -> list[Line]:
    """Return words as lines: a word belongs to the line that it overlaps; across a wide gap a new line begins."""
    groups: list[list[_Words]] = []
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
        run: list[_Words] = []
        for word in group:
            gap = word["x0"] - run[-1]["x1"] if run else 0
            if run and width and gap > max(9.0, 1.1 * run[-1]["size"]):
                lines.append(_line(run, page))
                run = []
            run.append(word)
        lines.append(_line(run, page))
    return sorted(lines, key=lambda line: (line.top, line.x0))


def _line(words: list[_Words], page: int) -> Line:
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[round(word["size"], 1)] += len(word["text"])
    size = sizes.most_common(1)[0][0]
    main = [w for w in words if w["size"] > 0.85 * size] or words
    middle = sum((w["top"] + w["bottom"]) / 2 for w in main) / len(main)
    text = ""
    previous: _Words | None = None
    for word in words:
        is_raised = word["size"] < 0.8 * size and (word["top"] + word["bottom"]) / 2 < middle - 0.08 * size
        if previous is not None and word["x0"] - previous["x1"] > 0.15 * min(word["size"], size):
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


def _in_columns(lines: list[Line], x0: float, x1: float) -> list[Line]:
    """Return lines in reading order: left column before right column, within bands parted by lines across both.

    A column is looked at again for columns of its own: a margin beside two columns makes three.
    """
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


def _without_running(pages: list[_Page]) -> list[_Page]:
    """Return pages without running heads and feet, which are kept under ``dropped``."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({_place(line, page) for line in page.items if isinstance(line, Line) and _in_margin(line, page)})
    least = max(3, len(pages) // 20)
    shift = _shift(pages)
    found = []
    for page in pages:
        kept: list[Line | _Table] = []
        dropped: list[str] = []
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


def _shift(pages: list[_Page]) -> int | None:
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


def _in_margin(line: Line, page: _Page) -> bool:
    return line.bottom < _MARGIN * page.height or line.top > (1 - _MARGIN) * page.height


def _place(line: Line, page: _Page) -> tuple[str, int]:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text.strip()), int(line.top > page.height / 2)


# --- blocks -----------------------------------------------------------------------------------------------------------


class _Composer:
    """Puts lines together into headings, paragraphs and items."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[line.size] += len(line.text)
        self._body = sizes.most_common(1)[0][0]
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
        self.parted = 0  # paragraphs that are lines of a table without rules

    def compose(self, pages: list[_Page]) -> list[Block]:
        """Return the blocks of all pages."""
        for page in pages:
            for item in page.items:
                if isinstance(item, _Table):
                    self._end()
                    self._builder.page = item.page
                    head, rows = (item.rows[:1], item.rows[1:]) if len(item.rows) > 1 else ([], item.rows)
                    self._builder.table("", head, rows, 6)
                else:
                    self._line(item)
        self._end()
        return self._builder.blocks

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
        return not re.search(r"[.!?:;][)\]\"'”’⁰-⁹¹²³]*$", last.text.strip()) and line.text.strip()[:1].islower()

    def _end(self) -> None:
        """End what is open and add it."""
        lines, self._open = self._open, []
        if not lines:
            return
        self._builder.page = lines[0].page
        if self._is_heading(lines[0]):
            self._in_list = False
            level = self._levels.get(lines[0].size, 6)
            self._builder.heading(level, self._joined(lines)[0])
            return
        text, turns = self._joined(lines)
        text = _BULLET.sub("", text)
        # Words of neighbouring cells that stand in one line would read as one sentence: they are kept, not quoted.
        parted = sum(line.gaps > 0 for line in lines)
        self.parted += parted > 0
        number = self._builder.paragraph(text, self._stem if self._in_list else None, quotable=not parted)
        if number is not None and turns:
            self._builder.blocks[number] = self._builder.blocks[number]._replace(turns=tuple(turns))

    def _joined(self, lines: list[Line]) -> tuple[str, list[tuple[int, int]]]:
        text = lines[0].text.strip()
        turns: list[tuple[int, int]] = []
        for before, line in pairwise(lines):
            following = line.text.strip()
            text = self._with(text, following)
            if line.page != before.page:
                turns.append((len(clean(text)) - len(clean(following)), line.page))
        return text, turns

    def _with(self, text: str, following: str) -> str:
        """Return a line with the next, the hyphen between them kept or not."""
        match = re.search(r"([^\W\d_]+)[-\u00ad\u2010]$", text)
        if match is None:
            if re.search(r"[-–−/]$", text) and not re.search(r"\s[-–−/]$", text):
                return text + following
            return f"{text} {following}"
        second = re.match(r"[^\W\d_]+", following)
        if second is None or not second.group()[0].islower():
            return text + following
        whole, parted = (match[1] + second.group()).lower(), f"{match[1]}-{second.group()}".lower()
        if text[-1] != "\u00ad" and self._words[parted] and self._words[parted] >= self._words[whole]:
            return text + following
        return text[:-1] + following


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
