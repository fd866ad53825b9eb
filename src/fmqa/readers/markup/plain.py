"""The second reading of markup, and what it shares with the first.

``Plain`` is fed start tags, end tags and words by a parser without a tree (expat, or the HTML parser of the standard
library) and gives all words of the file. It does not know what ``Walk`` leaves out or reshapes; that is marked in the
blocks.
"""

import html.entities
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from lxml import etree

from fmqa.errors import BadFile

Attributes = Mapping[str, str]

_ENTITY_DECLARATION: Final = re.compile(rb"<!ENTITY|<!ELEMENT|<!ATTLIST")
_NAMED: Final = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_XML_NAMES: Final = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})


def _nothing(_element: "etree._Element", _tag: str) -> str | None:
    return None


@dataclass(frozen=True)
class Rules:
    """What the tags of a markup mean. A tag that is in no set is inline: its words belong to the block around it."""

    block: frozenset[str]
    silent: frozenset[str] = frozenset()  # elements without words of the file, such as scripts: no way reads them
    leave: Callable[["etree._Element", str], str | None] = _nothing  # why an element is no part of the text
    item: frozenset[str] = frozenset({"li"})
    lists: frozenset[str] = frozenset({"ul", "ol"})
    terms: frozenset[str] = frozenset({"dt", "term"})
    definitions: frozenset[str] = frozenset({"dd", "def"})
    defined: frozenset[str] = frozenset({"dl", "def-list"})  # lists of terms and definitions
    heading: Callable[["etree._Element", str], int] = lambda _element, _tag: 0  # level of a heading, else 0
    scopes: frozenset[str] = frozenset()  # elements whose headings end with them
    row: frozenset[str] = frozenset({"tr"})
    cell: frozenset[str] = frozenset({"td", "th"})
    caption: frozenset[str] = frozenset({"caption"})
    tables: frozenset[str] = frozenset({"table"})
    brk: frozenset[str] = frozenset({"br"})
    parted: frozenset[str] = frozenset()  # elements with white space around them inside a paragraph
    sup: frozenset[str] = frozenset({"sup"})
    sub: frozenset[str] = frozenset({"sub"})
    math: frozenset[str] = frozenset({"math"})
    mark: Callable[["etree._Element", str, str], bool | None] = lambda _element, _tag, _before: None
    """Whether an element is raised, by its tag, class or link, and then whether as the mark of a reference."""
    font: Callable[["etree._Element", str], str | None] = _nothing  # a font of signs in which the words are set
    alt: Callable[[str, Attributes], str] = lambda _tag, _attributes: ""  # words that stand in an attribute
    unread: Callable[["etree._Element", str], bool] = lambda _element, _tag: False  # an image whose sign is not known

    @property
    def edges(self) -> frozenset[str]:
        """Elements that part words."""
        tables = self.cell | self.row | self.tables | self.caption
        return self.block | self.item | self.lists | self.terms | self.definitions | self.parted | tables


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


# --- the second way ---------------------------------------------------------------------------------------------------


class Plain:
    """The words of a markup in order, from events of a parser without a tree; blocks are parted by line ends."""

    def __init__(self, rules: Rules, *, starts: Callable[[str, Attributes], bool] | None = None) -> None:
        """Take the rules, and which elements hold the text; None for the whole file."""
        self._rules, self._starts, self._edges = rules, starts, rules.edges
        self._parts: list[str] = []
        self._silent: tuple[str, int] | None = None  # the tag without words that is open and how deep it is in itself
        self._unread = 0
        self._inside = 0 if starts else 1
        self._open: list[tuple[str, bool]] = []

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(self._parts)

    @property
    def swallowed(self) -> str | None:
        """What is to be said of words behind the start of an element that has none and never ended; None: nothing."""
        if self._silent is None or not self._unread:
            return None
        return f"<{self._silent[0]}> is not closed: the {self._unread} words after it were left out"

    def add(self, words: str) -> None:
        """Take words that stand in an attribute."""
        self._parts.append(words)

    def take(self) -> str:
        """Return the words so far and begin anew."""
        words, self._parts = self.text, []
        return words

    def start(self, tag: str, attributes: Attributes, *, is_void: bool = False) -> None:
        """Take a start tag."""
        if self._silent is not None:
            if tag == self._silent[0] and not is_void:
                self._silent = (tag, self._silent[1] + 1)
            return
        if tag in self._rules.silent:
            self._silent, self._unread = None if is_void else (tag, 1), 0
            return
        if self._starts is not None and not is_void:
            begins = self._starts(tag, attributes)
            self._open.append((tag, begins))
            self._inside += begins
            if begins:
                self._parts.append("\n")
        self._edge(tag)
        self.data(self._rules.alt(tag, attributes))

    def end(self, tag: str) -> None:
        """Take an end tag."""
        if self._silent is not None:
            if tag == self._silent[0]:
                depth = self._silent[1] - 1
                self._silent = (tag, depth) if depth else None
            return
        self._edge(tag)
        if self._starts is not None and self._open and self._open[-1][0] == tag:
            self._inside -= self._open.pop()[1]

    def data(self, words: str) -> None:
        """Take words."""
        if self._silent is not None:
            self._unread += len(words.split())
        if words and self._silent is None and self._inside:
            self._parts.append(words)

    def _edge(self, tag: str) -> None:
        if tag in self._edges:
            self.data("\n")
        elif tag in self._rules.brk:
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
