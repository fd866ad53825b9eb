"""DOCX (Office Open XML): headings by style, lists, tables, formulas, text boxes, notes.

Tracked changes are read as accepted; what is struck out or hidden is left out and told. A footnote or endnote stands
behind the paragraph that refers to it, which is its stem.
"""

import io
import re
import zipfile
import zlib
from typing import Final
from xml.parsers import expat

import docx
from docx.document import Document as Opened
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers import archive, formulas, symbols
from fmqa.readers.blocks import (
    UNSURE,
    Builder,
    Extract,
    again,
    as_title,
    clean,
    left_out,
    plain,
    subscript,
    superscript,
    told,
)
from fmqa.readers.grid import Cell, flat, span, tell
from fmqa.types import FileFormat

_HEADING: Final = re.compile(r"^(?:heading|berschrift|überschrift|titre)\s*(\d)$", re.IGNORECASE)
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_NOTES: Final = ("word/footnotes.xml", "word/endnotes.xml")
_PARTS: Final = ("word/document.xml", *_NOTES)
_STRUCK: Final = "that are struck out"
_HIDDEN: Final = "that are hidden, white or tiny"
_LONGEST_SIGN: Final = 40  # characters of the text of a picture that stands for a sign
_LARGEST_SIGN: Final = 460_000  # EMU, half an inch
_PICTURED: Final = re.compile(r"generated|picture|image|logo|photo|icon\b", re.IGNORECASE)
_CODE: Final = re.compile(r"[0-9A-Fa-f]{1,5}")
_MOST: Final = 64  # columns or levels that an attribute may name
_TINY: Final = 4  # half points
# The library takes each element for what should stand there: a part that is damaged is an attribute that is missing.
_UNREADABLE: Final = (
    *(AttributeError, LookupError, NotImplementedError, OSError, TypeError, ValueError, zipfile.BadZipFile, zlib.error),
    *(etree.XMLSyntaxError, OpcError),
)


def read(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of a DOCX file.

    Raises: BadFile if it is no sound package, unpacks to more than 200 MB, holds paths that lead out of it, or
        declares a document type.
    """
    parts = archive.parts_of(data)
    if "word/document.xml" not in parts:
        raise BadFile("it is a ZIP archive without word/document.xml: this is no DOCX")
    try:
        package = docx.Document(io.BytesIO(data))
        styles = {style.style_id: style.name or "" for style in package.styles}
    except _UNREADABLE as error:
        why = "one of its parts is damaged" if isinstance(error, AttributeError | TypeError) else str(error)[:120]
        raise BadFile(f"it cannot be opened as a DOCX: {why}") from error
    builder = Builder()
    notes = {}
    for part in _NOTES:
        if part in parts:
            try:
                root = etree.fromstring(parts[part], etree.XMLParser(resolve_entities=False, no_network=True))
            except etree.XMLSyntaxError as error:
                raise BadFile(f"one of its parts is not well formed: {str(error)[:80]}") from error
            notes[part[5:-4]] = {e.get(qn("w:id")): e for e in root if e.get(qn("w:type")) is None}
    body = _Body(builder, styles, notes)
    content = package.element.find(qn("w:body"))
    if content is None:
        raise BadFile("it holds no body: this is no DOCX")
    for element in content.iterchildren():
        body.add(element)
    body.end()
    body.rest()
    blocks = builder.finish()
    if not blocks:
        raise BadFile("it holds no words")
    first = next((block.words for block in blocks if block.level == 1), None)
    text = " ".join(block.words for block in blocks[:40]).casefold()
    title, author = _properties(package)
    return (
        Extract(
            format=FileFormat.DOCX,
            blocks=blocks,
            source=("\n".join(_second(parts[n]) for n in _PARTS if n in parts),),
            # What Word writes into a file is often of the template that it was made from: it must be printed as well.
            title=(title if title and title.casefold() in text else None) or first or as_title(blocks[0].words),
            authors=(author,) if author and author.casefold() in text else (),
            notes=builder.notes(),
        ),
    )


def _properties(package: Opened) -> tuple[str, str]:
    """Return the title and the author that a file says of itself; empty where it says none, or its part is damaged."""
    try:
        core = package.core_properties
        return clean(core.title or ""), clean(core.author or "")
    except _UNREADABLE:  # nothing is lost: both count only where they are printed as well
        return "", ""


class _Body:
    """Adds the paragraphs and tables of a body to a builder."""

    def __init__(
        self, builder: Builder, styles: dict[str, str], notes: dict[str, dict[str | None, "etree._Element"]]
    ) -> None:
        self._builder, self._styles, self._notes = builder, styles, notes
        self._stem: tuple[int, int] | None = None
        self._item: str | None = None  # a list item that is open, with the items below it
        self._depth = -1
        self._waiting: list[str] = []  # notes that the open paragraph refers to
        self._told: dict[str, list[str]] = {kind: [] for kind in notes}  # notes that stand in the text already

    def add(self, element: "etree._Element") -> None:
        """Add one child of the body."""
        if element.tag == qn("w:p"):
            self._paragraph(element)
        elif element.tag == qn("w:tbl"):
            self.end()
            self._table(element)
        elif element.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:moveTo"), qn("w:customXml")):
            for child in element.iterchildren():
                self.add(child)
        elif element.tag in (qn("w:del"), qn("w:moveFrom")):
            self._builder.paragraph(left_out(_raw(element)))
        elif element.tag in (f"{_M}oMathPara", f"{_M}oMath"):
            self._builder.paragraph(left_out(_raw(element)) + again(formulas.shaped(element)))

    def end(self) -> None:
        """End the list item that is open."""
        if self._item is not None:
            item, self._item = self._item, None
            self._close(self._builder.paragraph(item, self._stem))

    def rest(self) -> None:
        """Add the notes that nothing referred to; the others stand where they were referred to."""
        for kind, notes in self._notes.items():
            for number, note in notes.items():
                words = self._note(note)
                is_told = f"{kind} {number}" in self._told[kind]
                self._builder.paragraph(left_out(words) if is_told else words)

    def _close(self, number: int | None) -> None:
        """Add the notes of the paragraph that has just been added, and its text boxes."""
        waiting, self._waiting = self._waiting, []
        for words in waiting:
            self._builder.paragraph(again(words), (number, number) if number is not None else None)

    def _note(self, note: "etree._Element") -> str:
        return " ".join(self._words(p) for p in note.iter(qn("w:p")))

    def _paragraph(self, paragraph: "etree._Element") -> None:
        waiting, self._waiting = self._waiting, []
        boxes: list[etree._Element] = []
        text = self._words(paragraph, boxes)
        mine, self._waiting = self._waiting, waiting
        style = self._styles.get(_value(paragraph, "pPr/pStyle"), "")
        heading = 1 if style == "Title" else int(m[1]) if (m := _HEADING.match(style)) else 0
        numbering = paragraph.find(f"{_W}pPr/{_W}numPr")
        is_item = numbering is not None or style.startswith(("List Bullet", "List Number"))
        if heading:
            self.end()
            self._builder.heading(heading, text)
        elif is_item and clean(told(text)):
            level = numbering.find(f"{_W}ilvl") if numbering is not None else None
            depth = _figure(level.get(qn("w:val"))) if level is not None else int(style[-1:].isdigit() and style[-1])
            if self._item is not None and depth > self._depth:
                gap = " " if clean(told(self._item)).endswith(":") else "; "
                self._item += gap + text
            else:
                if self._item is None:
                    self._stem = self._builder.lead()
                else:
                    self.end()
                self._depth, self._item = depth, text
            self._waiting += mine
            mine = []
        else:
            self.end()
            self._waiting = mine
            self._close(self._builder.paragraph(text))
            mine = []
        self._waiting += mine
        if heading:
            self._close(None)
        for box in boxes:
            self.end()
            for child in box.iterchildren():
                self._again(child)

    def _again(self, element: "etree._Element") -> None:
        """Add what stands in a text box, whose words the check has found in the paragraph around it."""
        if element.tag == qn("w:p"):
            self._builder.paragraph(again(self._words(element)))
        elif element.tag == qn("w:tbl"):
            rows, heads = self._cells(element)
            tell(self._builder, [[c._replace(words=again(c.words)) for c in row] for row in rows], heads=heads)

    # --- tables -------------------------------------------------------------------------------------------------------

    def _table(self, table: "etree._Element") -> None:
        rows, heads = self._cells(table)
        if max((sum(cell.columns for cell in row) for row in rows), default=0) > 1:
            tell(self._builder, rows, heads=heads)
            self._close(None)
            return
        for cell in table.iter(qn("w:tc")):  # a box
            if next(cell.iterancestors(qn("w:tbl"))) is table:
                for child in cell.iterchildren():
                    self.add(child)
        self.end()

    def _cells(self, table: "etree._Element") -> tuple[list[list[Cell]], int]:
        """Return the cells of each row and how many rows are marked as a head."""
        rows: list[list[Cell]] = []
        heads = 0
        open_: dict[int, tuple[int, int]] = {}  # column: row and number of the cell that goes on below
        for row in _within(table, "tr"):
            cells: list[Cell] = []
            column = _figure(_value(row, "trPr/gridBefore"))
            cells += [Cell("")] * column
            is_deleted = row.find(f"{_W}trPr/{_W}del") is not None
            for cell in _within(row, "tc"):
                columns = span(_value(cell, "tcPr/gridSpan"))
                merge = cell.find(f"{_W}tcPr/{_W}vMerge")
                if merge is not None and merge.get(qn("w:val")) != "restart" and column in open_:
                    above, number = open_[column]
                    begun = rows[above][number]
                    rows[above][number] = begun._replace(rows=len(rows) - above + 1)
                    extra = self._cell(cell)
                    if clean(told(extra)):
                        rows[above][number] = rows[above][number]._replace(words=f"{begun.words} {extra}")
                else:
                    if merge is not None:
                        open_[column] = (len(rows), len(cells))
                    else:
                        open_.pop(column, None)
                    words = self._cell(cell)
                    cells.append(Cell(left_out(words) if is_deleted else words, 1, columns, head=_all_bold(cell)))
                column += columns
            heads += len(rows) == heads and row.find(f"{_W}trPr/{_W}tblHeader") is not None
            rows.append(cells)
        return rows, heads if heads < len(rows) else 0

    def _cell(self, cell: "etree._Element") -> str:
        """Return the marked words of a cell: its paragraphs, items of a list parted by semicolons, tables in a line."""
        parts: list[str] = []
        in_list = False
        for child in _within(cell, "p", "tbl"):
            if child.tag == qn("w:tbl"):
                parts.append(flat(self._cells(child)[0]))
                continue
            boxes: list[etree._Element] = []
            words = self._words(child, boxes)
            words += "".join(again(" " + self._words(p)) for box in boxes for p in box.iter(qn("w:p")))
            is_item = child.find(f"{_W}pPr/{_W}numPr") is not None
            if clean(told(words)):
                parts.append("; " if in_list and is_item else " ")
                in_list = is_item
            parts.append(words)
        return "".join(parts)

    # --- paragraphs ---------------------------------------------------------------------------------------------------

    def _words(self, paragraph: "etree._Element", boxes: "list[etree._Element] | None" = None) -> str:
        """Return the marked words of a paragraph as shown: insertions are in, deletions are out."""
        parts: list[str] = []
        for element in _runs(paragraph):
            if element.tag == f"{_M}oMath":
                parts.append(left_out(_raw(element)) + again(formulas.shaped(element)))
            elif any(a.tag == qn("w:moveFrom") for a in element.iterancestors()):
                parts.append(left_out(_raw(element)))
            else:
                parts.append(self._run(element, "".join(parts), boxes))
        return "".join(parts)

    def _run(self, run: "etree._Element", before: str, boxes: "list[etree._Element] | None") -> str:
        font = next((f for f in (_value(run, f"rPr/rFonts@{each}") for each in ("ascii", "hAnsi")) if f), None)
        parts: list[str] = []
        for child in run:
            local = str(child.tag).rpartition("}")[2]
            if local in ("footnoteReference", "endnoteReference"):
                self._refer(local[:-9], child.get(qn("w:id")))
            elif local in ("drawing", "pict", "AlternateContent", "object"):
                parts.append(left_out(_raw(child)) + self._picture(child))
                if boxes is not None:
                    boxes += [b for b in child.iter(qn("w:txbxContent")) if not _is_fallback(b)]
            else:
                parts.append(_run_part(child, font))
        text = "".join(parts)
        reason = _reason(run)
        if reason is not None:
            return self._builder.omit(reason, text)
        value = _value(run, "rPr/vertAlign")
        if value == "superscript":
            return superscript(text, before)
        return subscript(text, before) if value == "subscript" else text

    def _picture(self, drawing: "etree._Element") -> str:
        """Return what the text of a picture says; a small one without a text may be a sign that is not known."""
        if drawing.find(f".//{_W}txbxContent") is not None:
            return ""
        properties = drawing.find(".//{*}inline/{*}docPr")
        if properties is None:
            return ""
        said = clean(properties.get("descr") or "")
        if said and len(said) <= _LONGEST_SIGN and not _PICTURED.search(said):
            return again(said)
        width = next((e.get("cx") or "" for e in drawing.iterfind(".//{*}inline/{*}extent")), "")
        if not said and width.isdecimal() and int(width) < _LARGEST_SIGN:
            self._builder.unread += 1
            return UNSURE
        return ""

    def _refer(self, kind: str, number: str | None) -> None:
        note = self._notes.get(f"{kind}s", {}).get(number)
        name = f"{kind}s {number}"
        if note is not None and name not in self._told[f"{kind}s"]:
            self._told[f"{kind}s"].append(name)
            self._waiting.append(self._note(note))


def _runs(element: "etree._Element") -> "list[etree._Element]":
    """Return the runs and formulas of a paragraph in order, whatever stands around them, but not those in boxes."""
    found: list[etree._Element] = []
    for child in element.iterchildren():
        if child.tag in (qn("w:r"), f"{_M}oMath"):
            found.append(child)
        elif child.tag not in (qn("w:del"), qn("w:pPr")):
            found += _runs(child)
    return found


def _within(element: "etree._Element", *names: str) -> "list[etree._Element]":
    """Return the children of some names, also where content controls or insertions stand around them."""
    found: list[etree._Element] = []
    for child in element.iterchildren():
        if child.tag in [qn(f"w:{each}") for each in names]:
            found.append(child)
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml"), qn("w:moveTo")):
            found += _within(child, *names)
    return found


def _value(element: "etree._Element", path: str) -> str:
    """Return a value below an element: that of ``w:val``, or of the attribute behind an ``@``."""
    path, _, attribute = path.partition("@")
    found = element.find("/".join(f"{_W}{step}" for step in path.split("/")))
    return (found.get(qn(f"w:{attribute or 'val'}")) or "") if found is not None else ""


def _figure(given: str | None) -> int:
    """Return a small figure of an attribute; 0 where it holds none."""
    return min(int(given), _MOST) if given and given.isdecimal() and len(given) < 6 else 0


def _is_on(run: "etree._Element", name: str) -> bool:
    found = run.find(f"{_W}rPr/{_W}{name}")
    return found is not None and found.get(qn("w:val")) not in ("0", "false", "none", "off")


def _reason(run: "etree._Element") -> str | None:
    """Return why the words of a run are no part of the text."""
    if _is_on(run, "strike") or _is_on(run, "dstrike"):
        return _STRUCK
    size, colour = _value(run, "rPr/sz"), _value(run, "rPr/color")
    shade = _value(run, "rPr/shd@fill") or _value(run, "rPr/highlight")
    cell = next(run.iterancestors(qn("w:tc")), None)
    shade = shade or (_value(cell, "tcPr/shd@fill") if cell is not None else "")
    paragraph = next(run.iterancestors(qn("w:p")), None)
    shade = shade or (_value(paragraph, "pPr/shd@fill") if paragraph is not None else "")
    is_white = colour.upper() in ("FFFFFF", "FEFEFE", "FDFDFD") and shade.upper() in ("", "AUTO", "FFFFFF", "WHITE")
    is_tiny = size.isdigit() and int(size) <= _TINY
    return _HIDDEN if _is_on(run, "vanish") or _is_on(run, "webHidden") or is_white or is_tiny else None


def _is_fallback(element: "etree._Element") -> bool:
    """Return whether an element is the copy for programs that do not know a drawing of a newer kind."""
    return any(str(a.tag).endswith("}Fallback") for a in element.iterancestors())


def _all_bold(cell: "etree._Element") -> bool:
    runs = [run for run in cell.iter(qn("w:r")) if "".join(run.itertext()).strip()]
    return bool(runs) and all(_is_on(run, "b") for run in runs)


def _run_part(child: "etree._Element", font: str | None = None) -> str:
    if child.tag == qn("w:t"):
        text = plain(child.text or "")
        if not symbols.is_symbol_font(font) or not text.strip():
            return text
        meant = symbols.translated(text, font)
        return left_out(text) + again(meant) + (UNSURE if symbols.UNKNOWN in meant else "")
    if child.tag == qn("w:sym"):
        code = child.get(qn("w:char")) or ""
        is_code = _CODE.fullmatch(code)
        meant = symbols.translated(chr(int(code, 16)), child.get(qn("w:font"))) if is_code else symbols.UNKNOWN
        return meant if symbols.UNKNOWN not in meant else UNSURE
    if child.tag in (qn("w:tab"), qn("w:br"), qn("w:cr")):
        return " "
    return {qn("w:noBreakHyphen"): "-", qn("w:softHyphen"): ""}.get(str(child.tag), "")


def _raw(element: "etree._Element") -> str:
    """Return all words of an element as the second way has them."""
    parts: list[str] = []
    for each in element.iter():
        if each.tag == f"{_M}t":
            parts.append(plain(each.text or ""))
        else:
            parts.append("\n" if each.tag == qn("w:p") else _run_part(each))
    return "".join(parts)


_MARKS: Final = {"tab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-", "p": "\n", "tc": "\n"}
"""Elements that stand for a character, or end what is before them."""


def _symbol(attributes: dict[str, str]) -> str:
    """Return the character of a symbol font, as Unicode has it."""
    given = {key.rpartition("}")[2]: value for key, value in attributes.items()}
    code = given.get("char", "")
    return symbols.translated(chr(int(code, 16)), given.get("font")) if _CODE.fullmatch(code) else ""


def _second(part: bytes) -> str:
    """Return all words of a part by expat, without a tree: also what is struck out, hidden or there twice."""
    text: list[str] = []
    state = {"t": False, "separator": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition("}")[2]
        if local in ("footnote", "endnote"):
            state["separator"] = any(k.endswith("}type") for k in attributes)
        elif local == "t":
            state["t"] = True
        elif local == "sym":
            text.append(_symbol(attributes))
        else:
            text.append(_MARKS.get(local, ""))

    def end(tag: str) -> None:
        local = tag.rpartition("}")[2]
        state["t"] = state["t"] and local != "t"
        if local in ("p", "tc"):
            text.append("\n")

    def data(words: str) -> None:
        if state["t"] and not state["separator"]:
            text.append(words)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.buffer_text = True
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise BadFile(f"one of its parts is not well formed: {str(error)[:80]}") from error
    return "".join(text)
