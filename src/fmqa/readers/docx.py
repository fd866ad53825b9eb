"""DOCX (Office Open XML): headings by style, lists, tables, footnotes; deleted text of tracked changes is left out."""

import io
import re
import zipfile
from typing import Final
from xml.parsers import expat

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tbl
from docx.oxml.text.paragraph import CT_P
from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers.blocks import Builder, Extract, clean, lowered, raised
from fmqa.types import FileFormat

_LARGEST: Final = 200_000_000  # bytes, unpacked
_MOST_PARTS: Final = 5000
_RATIO: Final = 200  # unpacked to packed, of a part above a megabyte
_HEADING: Final = re.compile(r"^(?:heading|berschrift|überschrift|titre)\s*(\d)$", re.IGNORECASE)
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of a DOCX file.

    Raises: BadFile if it is no sound package, unpacks to more than 200 MB, holds paths that lead out of it, or
        declares a document type.
    """
    parts = check_archive(data)
    if "word/document.xml" not in parts:
        raise BadFile("it is a ZIP archive without word/document.xml: this is no DOCX")
    try:
        package = docx.Document(io.BytesIO(data))
    except (KeyError, ValueError, NotImplementedError, zipfile.BadZipFile, etree.XMLSyntaxError, OpcError) as error:
        raise BadFile(f"it cannot be opened as a DOCX: {str(error)[:120]}") from error
    styles = {style.style_id: style.name or "" for style in package.styles}
    builder = Builder()
    body = _Body(builder, styles)
    for element in package.element.body.iterchildren():
        body.add(element)
    body.end()
    notes = parts.get("word/footnotes.xml")
    if notes is not None:
        body.footnotes(etree.fromstring(notes, etree.XMLParser(resolve_entities=False, no_network=True)))
    if not builder.blocks:
        raise BadFile("it holds no words")
    core = package.core_properties
    first = next((block.words for block in builder.blocks if block.level == 1), None)
    return (
        Extract(
            format=FileFormat.DOCX,
            blocks=tuple(builder.blocks),
            source=("\n".join(_second(parts[n]) for n in ("word/document.xml", "word/footnotes.xml") if n in parts),),
            title=clean(core.title or "") or first or builder.blocks[0].words[:120],
            authors=(clean(core.author),) if clean(core.author or "") not in ("", "python-docx") else (),
        ),
    )


def check_archive(data: bytes) -> dict[str, bytes]:
    """Return the XML parts of an archive after checks that it is safe to unpack.

    Raises: BadFile naming what is wrong with it.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise BadFile("it is no sound ZIP archive: it may be cut off") from error
    entries = archive.infolist()
    if len(entries) > _MOST_PARTS:
        raise BadFile(f"the archive has {len(entries)} parts, more than the {_MOST_PARTS} that are read")
    total = sum(entry.file_size for entry in entries)
    for entry in entries:
        if (
            entry.filename.startswith(("/", "\\"))
            or ".." in re.split(r"[/\\]", entry.filename)
            or ":" in entry.filename
        ):
            raise BadFile("the archive holds a path that leads out of it")
        if entry.flag_bits & 1:
            raise BadFile("the archive is encrypted: save it without a password")
        if entry.file_size > 1_000_000 and entry.file_size > _RATIO * max(1, entry.compress_size):
            raise BadFile(f"a part unpacks to more than {_RATIO} times its size: this is a decompression bomb")
    if total > _LARGEST:
        raise BadFile(f"it unpacks to {total // 1_000_000} MB, more than the {_LARGEST // 1_000_000} that are read")
    found: dict[str, bytes] = {}
    for entry in entries:
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        try:
            with archive.open(entry) as part:
                content = part.read(entry.file_size + 1)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
            raise BadFile(f"the archive is damaged: {str(error)[:80]}") from error
        except Exception as error:  # zlib.error has no public base
            if type(error).__module__ != "zlib":
                raise
            raise BadFile("the archive is damaged") from error
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise BadFile("one of its parts declares a document type or entities; files that do are not read")
        found[entry.filename] = content
    return found


class _Body:
    """Adds the paragraphs and tables of a body to a builder."""

    def __init__(self, builder: Builder, styles: dict[str, str]) -> None:
        self._builder, self._styles = builder, styles
        self._stem: tuple[int, int] | None = None
        self._item: str | None = None  # a list item that is open, with the items below it
        self._depth = -1

    def add(self, element: "etree._Element") -> None:
        """Add one child of the body."""
        if isinstance(element, CT_P):
            self._paragraph(element)
        elif isinstance(element, CT_Tbl):
            self.end()
            self._table(element)
        elif element.tag in (qn("w:sdt"), qn("w:sdtContent")):  # a content control around blocks
            for child in element.iterchildren():
                self.add(child)

    def end(self) -> None:
        """End the list item that is open."""
        if self._item is not None:
            self._builder.paragraph(self._item, self._stem)
            self._item = None

    def footnotes(self, root: "etree._Element") -> None:
        """Add footnotes at the end, each a paragraph."""
        for note in root.iter(qn("w:footnote")):
            if note.get(qn("w:type")) is None:
                self._builder.paragraph(" ".join(words(p) for p in note.iter(qn("w:p"))))

    def _paragraph(self, paragraph: CT_P) -> None:
        text = words(paragraph)
        style = self._styles.get(paragraph.style or "", "")
        heading = 1 if style == "Title" else int(m[1]) if (m := _HEADING.match(style)) else 0
        numbering = paragraph.find(f"{_W}pPr/{_W}numPr")
        is_item = numbering is not None or style.startswith(("List Bullet", "List Number"))
        if heading:
            self.end()
            self._builder.heading(heading, text)
        elif is_item and clean(text):
            level = numbering.find(f"{_W}ilvl") if numbering is not None else None
            depth = int(level.get(qn("w:val")) or 0) if level is not None else int(style[-1:].isdigit() and style[-1])
            if self._item is None:
                self._stem, self._depth, self._item = self._builder.lead(), depth, text
            elif depth > self._depth:
                gap = " " if clean(self._item).endswith(":") else "; "
                self._item += gap + text
            else:
                self._builder.paragraph(self._item, self._stem)
                self._item, self._depth = text, depth
        else:
            self.end()
            self._builder.paragraph(text)

    def _table(self, table: CT_Tbl) -> None:
        rows = []
        for row in table.iter(qn("w:tr")):
            rows.append([" ".join(words(p) for p in cell.iter(qn("w:p"))) for cell in row.findall(qn("w:tc"))])
        rows = [row for row in rows if any(clean(cell) for cell in row)]
        if len(rows) > 1 and len(rows[0]) > 1:
            self._builder.table("", rows[:1], rows[1:], 6)
        else:  # a box
            for row in rows:
                for cell in row:
                    self._builder.paragraph(cell)


def words(paragraph: "etree._Element") -> str:
    """Return the words of a paragraph as shown: insertions are in, deletions are out, raised figures stay raised."""
    parts: list[str] = []
    for run in paragraph.iter(qn("w:r")):
        if any(a.tag in (qn("w:del"), qn("w:moveFrom")) for a in run.iterancestors()):
            continue
        if run.find(f"{_W}rPr/{_W}vanish") is not None:
            continue
        text = "".join(_run_part(child) for child in run)
        align = run.find(f"{_W}rPr/{_W}vertAlign")
        value = align.get(qn("w:val")) if align is not None else None
        before = "".join(parts)[-4:]
        parts.append(
            raised(text, before) if value == "superscript" else lowered(text, before) if value == "subscript" else text
        )
    return "".join(parts)


def _run_part(child: "etree._Element") -> str:
    if child.tag == qn("w:t"):
        return child.text or ""
    if child.tag in (qn("w:tab"), qn("w:br"), qn("w:cr")):
        return " "
    return {qn("w:noBreakHyphen"): "-", qn("w:softHyphen"): ""}.get(str(child.tag), "")


def _second(part: bytes) -> str:
    """Return the words of a part by expat, without a tree."""
    text: list[str] = []
    state = {"t": False, "hidden": False, "separator": False}
    out, align = [0], [""]

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition("}")[2]
        if local in ("del", "moveFrom"):
            out[0] += 1
        elif local == "r":
            align[0], state["hidden"] = "", False
        elif local == "vertAlign":
            align[0] = next((v for k, v in attributes.items() if k.endswith("}val")), "")
        elif local == "vanish":
            state["hidden"] = True
        elif local == "footnote":
            state["separator"] = any(k.endswith("}type") for k in attributes)
        elif local == "t":
            state["t"] = True
        elif local in ("tab", "br", "cr"):
            text.append(" ")
        elif local == "noBreakHyphen":
            text.append("-")

    def end(tag: str) -> None:
        local = tag.rpartition("}")[2]
        if local in ("del", "moveFrom"):
            out[0] -= 1
        elif local == "t":
            state["t"] = False
        elif local in ("p", "tc"):
            text.append("\n")

    def data(words: str) -> None:
        if state["t"] and not out[0] and not state["hidden"] and not state["separator"]:
            before = "".join(text[-4:])
            shape = {"superscript": raised, "subscript": lowered}.get(align[0])
            text.append(shape(words, before) if shape else words)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.buffer_text = True
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise BadFile(f"one of its parts is not well formed: {str(error)[:80]}") from error
    return "".join(text)
