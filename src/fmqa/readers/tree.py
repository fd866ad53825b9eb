"""One walk for every markup: HTML, JATS, SPL and the abstracts of MEDLINE become blocks by a table of what tags mean.

``walk`` reads the tree of lxml. ``Plain`` is the second way through the same file: it is fed start tags, end tags and
words by another parser (expat, or the HTML parser of the standard library), keeps no tree, and gives the words alone.
"""

import html.entities
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers.blocks import Builder, clean, lowered, raised

Attributes = Mapping[str, str]

_ENTITY_DECLARATION: Final = re.compile(rb"<!ENTITY|<!ELEMENT|<!ATTLIST")
_HEAD: Final = 4096  # bytes in which a document type is declared
_NAMED: Final = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_XML_NAMES: Final = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_DEEPEST: Final = 200
_WIDEST_CELL: Final = 64  # columns that one cell may span


@dataclass(frozen=True)
class Rules:
    """What the tags of a markup mean. A tag that is in no set is inline: its words belong to the block around it."""

    skip: Callable[[str, Attributes], bool]  # elements that are no part of the text, with all that is in them
    block: frozenset[str]
    item: frozenset[str] = frozenset({"li"})
    lists: frozenset[str] = frozenset({"ul", "ol"})
    heading: Callable[["etree._Element", str], int] = lambda _element, _tag: 0  # level of a heading, else 0
    row: frozenset[str] = frozenset({"tr"})
    cell: frozenset[str] = frozenset({"td", "th"})
    caption: frozenset[str] = frozenset({"caption"})
    tables: frozenset[str] = frozenset({"table"})
    brk: frozenset[str] = frozenset({"br"})
    sup: frozenset[str] = frozenset({"sup"})
    sub: frozenset[str] = frozenset({"sub"})


def name(tag: object) -> str:
    """Return the local name of a tag, in lower case as it stands; empty for comments and instructions."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


# --- parsing XML without anything from outside ------------------------------------------------------------------------


def parse_xml(data: bytes) -> "etree._Element":
    """Return the root of an XML file; nothing outside the file is read and no entity of its own is expanded.

    Raises: BadFile if it declares entities or elements, is not well formed, or is nested too deeply.
    """
    data = resolved(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadFile(f"the XML is not well formed: {_first_line(error)}") from error
    return root


def resolved(data: bytes) -> bytes:
    """Return XML with named characters such as ``&alpha;`` in place, which its DTD would define; the DTD is not read.

    Raises: BadFile if it defines entities itself, or uses one that is no character of HTML.
    """
    if _ENTITY_DECLARATION.search(data[: 1 << 20]) or (b"<!DOCTYPE" in data and b"[" in _doctype(data)):
        raise BadFile("it declares entities or elements of its own; files that do are not read")

    def character(match: re.Match[bytes]) -> bytes:
        if match[1] in _XML_NAMES:
            return match[0]
        found = html.entities.html5.get(f"{match[1].decode('ascii')};")
        if found is None:
            raise BadFile(f"it uses the entity &{match[1].decode('ascii')};, which no standard defines")
        return "".join(f"&#{ord(c)};" for c in found).encode("ascii")

    return _NAMED.sub(character, data)


def _doctype(data: bytes) -> bytes:
    start = data.find(b"<!DOCTYPE")
    return data[start : data.find(b">", start) + 1] if start >= 0 else b""


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0][:120]


# --- blocks -----------------------------------------------------------------------------------------------------------


class Walk:
    """Reads the children of an element into blocks."""

    def __init__(self, rules: Rules, builder: Builder, level: int = 0) -> None:
        self.rules, self.builder, self.level = rules, builder, level
        self._buffer: list[str] = []

    def read(self, element: "etree._Element", depth: int = 0) -> None:
        """Add the blocks in an element."""
        if depth > _DEEPEST:
            raise BadFile(f"its elements are nested more than {_DEEPEST} deep")
        self._words(element.text)
        for child in element:
            self._child(child, depth)
            self._words(child.tail)
        if depth == 0:
            self.flush()

    def _child(self, child: "etree._Element", depth: int) -> None:
        tag, rules = name(child.tag), self.rules
        if not tag or rules.skip(tag, child.attrib):
            return
        level = rules.heading(child, tag)
        if level:
            self.flush()
            self.builder.heading(level + self.level, self.inline(child))
        elif tag in rules.tables:
            self.flush()
            self._table(child)
        elif tag in rules.lists:
            self.flush()
            stem = self.builder.lead()
            for item in child:
                if name(item.tag) and not rules.skip(name(item.tag), item.attrib):
                    if name(item.tag) in rules.item:
                        self.builder.paragraph(self._item(item), stem)
                    else:
                        self._child(item, depth + 1)
                        self.flush()
                self._words(item.tail)
            self.flush()
        elif tag in rules.block:
            self.flush()
            self.read(child, depth + 1)
            self.flush()
        elif tag in rules.brk:
            self._words(" ")
        elif _holds(child, rules.block | rules.tables | rules.lists):
            self.read(child, depth + 1)  # an inline element around blocks
        else:
            self._words(self._shaped(child, tag))

    def _words(self, words: str | None) -> None:
        if words:
            self._buffer.append(words)

    def flush(self) -> None:
        """End the paragraph that is open."""
        words, self._buffer = "".join(self._buffer), []
        self.builder.paragraph(words)

    def inline(self, element: "etree._Element") -> str:
        """Return the words of an element, what it holds put behind each other; blocks in it are parted by ``; ``."""
        parts = [element.text or ""]
        for child in element:
            tag = name(child.tag)
            if tag and not self.rules.skip(tag, child.attrib):
                if tag in self.rules.brk:
                    parts.append(" ")
                elif tag in self.rules.block or tag in self.rules.row or tag in self.rules.cell:
                    parts += [" ", self.inline(child), " "]
                else:
                    parts.append(self._shaped(child, tag, "".join(parts)))
            parts.append(child.tail or "")
        return "".join(parts)

    def _shaped(self, element: "etree._Element", tag: str, before: str | None = None) -> str:
        words = self.inline(element)
        if tag in self.rules.sup:
            return raised(words, before if before is not None else "".join(self._buffer))
        if tag in self.rules.sub:
            return lowered(words, before if before is not None else "".join(self._buffer))
        return words

    def _item(self, item: "etree._Element") -> str:
        """Return a list item with the lists below it as one run of words."""
        parts: list[str] = [item.text or ""]
        for child in item:
            tag = name(child.tag)
            if tag and not self.rules.skip(tag, child.attrib):
                if tag in self.rules.lists:
                    below = [self._item(i) for i in child if name(i.tag) and not self.rules.skip(name(i.tag), i.attrib)]
                    lead = clean("".join(parts))
                    parts.append(": " if lead and lead[-1] not in ":;,.?!" else " ")
                    parts.append("; ".join(words for words in map(clean, below) if words) + " ")
                elif tag in self.rules.block or tag in self.rules.brk or tag in self.rules.tables:
                    parts += [" ", self._item(child), " "]
                elif _holds(child, self.rules.lists):
                    parts.append(self._item(child))
                else:
                    parts.append(self._shaped(child, tag, "".join(parts)))
            parts.append(child.tail or "")
        return "".join(parts)

    def _spread(self, cells: "list[etree._Element]", below: dict[int, int]) -> list[str]:
        """Return the words of a row by column; ``below`` tells, and learns, how many rows a cell above still takes."""
        row: list[str] = []

        def skip() -> None:
            while below.get(len(row), 0) > 0:
                below[len(row)] -= 1
                row.append("")

        for cell in cells:
            skip()
            for extra in range(_span(cell, "colspan")):
                below[len(row)] = _span(cell, "rowspan") - 1
                row.append("" if extra else self.inline(cell))
        skip()
        return row

    def _table(self, table: "etree._Element", told: str = "") -> None:
        rules = self.rules
        if any(name(e.tag) in rules.tables for e in table.iterdescendants()):  # a table that lays out a page
            self.read(table, 1)
            self.flush()
            return
        caption = told or " ".join(self.inline(e) for e in table.iter() if name(e.tag) in rules.caption)
        head: list[list[str]] = []
        rows: list[list[str]] = []
        below: dict[int, int] = {}
        for row in table.iter():
            if name(row.tag) not in rules.row or rules.skip(name(row.tag), row.attrib):
                continue
            cells = [c for c in row if name(c.tag) in rules.cell and not rules.skip(name(c.tag), c.attrib)]
            words = self._spread(cells, below)
            in_head = any(name(a.tag) == "thead" for a in row.iterancestors())
            all_heads = bool(cells) and all(name(c.tag) == "th" for c in cells)
            if (in_head or all_heads) and not rows:
                head.append(words)
            else:
                rows.append(words)
        if not head and len(rows) > 1 and len(rows[0]) > 1:
            head, rows = rows[:1], rows[1:]
        self.builder.table(caption, head, rows, 6 + self.level)


def _span(cell: "etree._Element", attribute: str) -> int:
    given = cell.get(attribute, "1").strip()
    return max(1, min(int(given), _WIDEST_CELL)) if given.isdigit() else 1


def _holds(element: "etree._Element", tags: frozenset[str]) -> bool:
    return any(name(e.tag) in tags for e in element.iterdescendants())


# --- the second way ---------------------------------------------------------------------------------------------------


class Plain:
    """The words of a markup in order, from events of a parser without a tree; blocks are parted by line ends."""

    def __init__(self, rules: Rules, *, starts: Callable[[str, Attributes], bool] | None = None) -> None:
        """Take the rules, and which elements hold the text; None for the whole file."""
        self._rules, self._starts = rules, starts
        self._parts: list[str] = []
        self._skipped: tuple[str, int] | None = None  # the tag that is skipped and how deep it is in itself
        self._inside = 0 if starts else 1
        self._open: list[tuple[str, bool]] = []
        self._shapes: list[tuple[str, list[str]]] = []  # raised and lowered elements that are open

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(self._parts)

    def add(self, words: str) -> None:
        """Take words that stand in an attribute."""
        self._parts.append(words)

    def take(self) -> str:
        """Return the words so far and begin anew."""
        words, self._parts = self.text, []
        return words

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take a start tag."""
        if self._skipped is not None:
            if tag == self._skipped[0]:
                self._skipped = (tag, self._skipped[1] + 1)
            return
        if self._rules.skip(tag, attributes):
            self._skipped = (tag, 1)
            return
        if self._starts is not None:
            begins = self._starts(tag, attributes)
            self._open.append((tag, begins))
            self._inside += begins
            if begins:
                self._parts.append("\n")
        self._edge(tag)
        if tag in self._rules.sup or tag in self._rules.sub:
            self._shapes.append((tag, []))

    def end(self, tag: str) -> None:
        """Take an end tag."""
        if self._skipped is not None:
            if tag == self._skipped[0]:
                depth = self._skipped[1] - 1
                self._skipped = (tag, depth) if depth else None
            return
        if self._shapes and tag == self._shapes[-1][0]:
            words = "".join(self._shapes.pop()[1])
            before = "".join(self._parts[-8:])
            self.data(raised(words, before) if tag in self._rules.sup else lowered(words, before))
        self._edge(tag)
        if self._starts is not None and self._open and self._open[-1][0] == tag:
            self._inside -= self._open.pop()[1]

    def data(self, words: str) -> None:
        """Take words."""
        if self._skipped is None and self._inside:
            (self._shapes[-1][1] if self._shapes else self._parts).append(words)

    def _edge(self, tag: str) -> None:
        rules = self._rules
        if tag in rules.block or tag in rules.item or tag in rules.lists or tag in rules.cell or tag in rules.row:
            self.data("\n")
        elif tag in rules.brk:
            self.data(" ")


def plain_xml(data: bytes, rules: Rules, starts: Callable[[str, Attributes], bool] | None = None) -> str:
    """Return the words of an XML file by expat; what lies outside the elements that ``starts`` names is left out.

    Raises: BadFile if it is not well formed.
    """
    plain = Plain(rules, starts=starts)
    feed_xml(data, plain)
    return plain.text


def feed_xml(data: bytes, plain: Plain, ended: Callable[[str], None] = lambda _tag: None) -> None:
    """Feed an XML file to ``plain`` by expat; ``ended`` is called with the tag of each element that has ended.

    Raises: BadFile if it is not well formed.
    """

    def end(tag: str) -> None:
        plain.end(name(tag))
        ended(name(tag))

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = lambda tag, attributes: plain.start(name(tag), attributes)
    parser.EndElementHandler = end
    parser.CharacterDataHandler = plain.data
    parser.buffer_text = True
    try:
        parser.Parse(resolved(data), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadFile(f"the XML is not well formed: {_first_line(error)}") from error
