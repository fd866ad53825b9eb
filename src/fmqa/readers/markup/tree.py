"""Walks any markup and makes blocks of it: HTML, JATS, SPL and the abstracts of MEDLINE.

A table for each format says what its tags mean.
"""

import re
from typing import Final

from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers import formulas, symbols
from fmqa.readers.blocks import UNSURE, Builder, again, clean, left_out, plain, subscript, superscript, told
from fmqa.readers.grid import Cell, flat, span, tell
from fmqa.readers.markup.plain import Rules, name

_DEEPEST: Final = 200
_DEGREES: Final = re.compile(r"\s?[CF]\b")
_LONG: Final = 600  # characters of a definition that is no longer one block with its term
_SMALL: Final = 400  # characters of a table that is told inside the cell that it stands in


class Walk:
    """Reads the children of an element into blocks."""

    def __init__(self, rules: Rules, builder: Builder, level: int = 0) -> None:
        self.rules, self.builder, self.level = rules, builder, level
        self._edges = rules.edges
        self._holders = rules.block | rules.tables | rules.lists | rules.defined
        self._buffer: list[str] = []
        self._stem: tuple[int, int] | None = None  # of paragraphs that belong to a term

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
        if not tag or tag in rules.silent:
            return
        reason = rules.leave(child, tag)
        if reason is not None:
            self._buffer.append(self.builder.omit(reason, self.raw(child)))
            return
        level = rules.heading(child, tag)
        before = self.builder.path
        if level:
            self.flush()
            self.builder.heading(level + self.level, self.inline(child))
        elif tag in rules.tables:
            self.flush()
            self._table(child, depth)
        elif tag in rules.defined:
            self.flush()
            self._definitions(child, depth)
        elif tag in rules.lists:
            self.flush()
            self._list(child, depth)
        elif tag in rules.block:
            self.flush()
            self.read(child, depth + 1)
            self.flush()
        elif tag not in rules.math and _holds(child, self._holders):
            self.read(child, depth + 1)  # an inline element around blocks
        else:
            self._buffer.append(self._shaped(child, tag, "".join(self._buffer)))
        if tag in rules.scopes:
            self.builder.path = before

    def _words(self, words: str | None) -> None:
        if words:
            self._buffer.append(plain(words))

    def flush(self) -> None:
        """End the paragraph that is open."""
        words, self._buffer = "".join(self._buffer), []
        self.builder.paragraph(words, self._stem)

    def inline(self, element: "etree._Element", before: str = "") -> str:
        """Return the marked words of an element, what it holds put behind each other."""
        parts = [before, plain(element.text or "")]
        for child in element:
            tag = name(child.tag)
            if tag and tag not in self.rules.silent:
                parts.append(self._shaped(child, tag, "".join(parts)))
            parts.append(plain(child.tail or ""))
        return "".join(parts[1:])

    def _shaped(self, element: "etree._Element", tag: str, before: str) -> str:
        """Return the marked words of an element inside a block."""
        rules = self.rules
        reason = rules.leave(element, tag)
        if reason is not None:
            return self.builder.omit(reason, self.raw(element))
        if tag in rules.brk:
            return " "
        if tag in rules.math:
            return left_out(self.raw(element)) + again(formulas.shaped(element))
        if rules.unread(element, tag):
            self.builder.unread += 1
            return left_out(self.raw(element)) + UNSURE
        if tag in rules.tables:
            return self._flat(element)
        if tag in rules.lists or tag in rules.defined:
            return f" {self._items(element, before)} "
        words = plain(rules.alt(tag, element.attrib)) + self.inline(element, before)
        if tag in self._edges:
            return f" {words} "
        return self._set(element, tag, words, before)

    def _set(self, element: "etree._Element", tag: str, words: str, before: str) -> str:
        """Return the marked words of an inline element as they are set: raised, lowered, in a font of signs."""
        rules = self.rules
        font = rules.font(element, tag)
        if font is not None and words.strip():
            meant = symbols.translated(told(words), font)
            return left_out(words) + again(meant) + (UNSURE if symbols.UNKNOWN in meant else "")
        if tag in rules.sup and told(words).strip() in ("o", "O", "0") and _DEGREES.match(element.tail or ""):
            return left_out(words) + again("°")
        if tag in rules.sup:
            below = tag_after(element) in rules.sub and (element.tail or "").strip() in ("/", "⁄")
            fraction = below and told(before)[-1:].isdecimal()
            parent = element.getparent()
            linked = parent is not None and name(parent.tag) in ("a", "xref")
            linked = linked or element.find(".//a") is not None or bool(rules.mark(element, tag, before))
            return again(" ") + superscript(words) if fraction else superscript(words, before, reference=linked)
        if tag in rules.sub:
            return subscript(words, before)
        mark = rules.mark(element, tag, before)
        return words if mark is None else superscript(words, before, reference=mark)

    def raw(self, element: "etree._Element") -> str:
        """Return all words of an element as the second way has them."""
        tag, rules = name(element.tag), self.rules
        if not tag or tag in rules.silent:
            return ""
        edge = "\n" if tag in self._edges else " " if tag in rules.brk else ""
        parts = [edge, rules.alt(tag, element.attrib), element.text or ""]
        for child in element:
            parts += [self.raw(child), child.tail or ""]
        return plain("".join([*parts, edge]))

    # --- lists --------------------------------------------------------------------------------------------------------

    def _list(self, element: "etree._Element", depth: int) -> None:
        stem = self.builder.lead()
        self._words(element.text)
        for item in element:
            tag = name(item.tag)
            if tag in self.rules.item and self.rules.leave(item, tag) is None:
                if _holds(item, self.rules.tables):
                    waiting, self._stem = self._stem, stem or self._stem
                    self.read(item, depth + 1)
                    self.flush()
                    self._stem = waiting
                else:
                    self.flush()
                    self.builder.paragraph(self._item(item), stem or self._stem)
            elif tag:
                self._child(item, depth + 1)
            self._words(item.tail)
        self.flush()

    def _item(self, item: "etree._Element") -> str:
        """Return a list item with the lists below it as one run of words."""
        parts: list[str] = [plain(item.text or "")]
        for child in item:
            tag = name(child.tag)
            if tag and tag not in self.rules.silent:
                if tag in self.rules.lists and self.rules.leave(child, tag) is None:
                    parts.append(self._items(child, "".join(parts)))
                elif tag in self.rules.block - self.rules.tables and self.rules.leave(child, tag) is None:
                    parts += [" ", self._item(child), " "]
                else:
                    parts.append(self._shaped(child, tag, "".join(parts)))
            parts.append(plain(child.tail or ""))
        return "".join(parts)

    def _items(self, element: "etree._Element", before: str) -> str:
        """Return a list inside a block, its items parted by semicolons."""
        items = [self._item(child) for child in element if name(child.tag) not in self.rules.silent and name(child.tag)]
        lead = clean(told(before))
        opening = ": " if lead and lead[-1] not in ":;,.?!|" else " "
        return opening + "; ".join(words for words in items if clean(words)) + " "

    def _definitions(self, element: "etree._Element", depth: int) -> None:
        """Add each term with what is said of it as one block; a long definition as paragraphs below its term."""
        terms: list[str] = []
        waiting = self._stem
        for part in list(element):
            tag = name(part.tag)
            if not tag or tag in self.rules.silent:
                continue
            if tag in self.rules.terms:
                terms.append(self.inline(part))
            elif tag in self.rules.definitions:
                term = ", ".join(words for words in terms if clean(told(words)))
                opening = f"{term}: " if term and clean(told(term))[-1] not in ":?" else f"{term} "
                if len("".join(part.itertext())) <= _LONG and not _holds(part, self.rules.tables):
                    self.builder.paragraph(opening + self._item(part), waiting)
                else:
                    number = self.builder.paragraph(opening, waiting, quotable=False)
                    self._stem = (number, number) if number is not None else waiting
                    self.read(part, depth + 1)
                    self.flush()
                    self._stem = waiting
                if tag_after(part) not in self.rules.definitions:
                    terms = []
            elif part.find("*") is not None and _holds(part, self.rules.terms):
                self._definitions(part, depth + 1)
            else:
                self._child(part, depth + 1)
                self.flush()
        for left in terms:
            self.builder.paragraph(left, waiting)

    # --- tables -------------------------------------------------------------------------------------------------------

    def _table(self, table: "etree._Element", depth: int = 0, told_caption: str = "") -> None:
        rules = self.rules
        if self._lays_out(table):
            self.read(table, depth + 1)
            self.flush()
            return
        own = [e for e in table.iter() if name(e.tag) in rules.caption and self._table_of(e) is table]
        caption = told_caption or " ".join(self.inline(e) for e in own)
        rows, heads = self._cells(table)
        for e in table:
            self._omit_odd(e)
        tell(self.builder, rows, caption=caption, heads=heads, level=6 + self.level)

    def _omit_odd(self, part: "etree._Element") -> None:
        reason = self.rules.leave(part, name(part.tag)) if name(part.tag) else None
        if reason is not None:
            self.builder.paragraph(self.builder.omit(reason, self.raw(part)))

    def _cells(self, table: "etree._Element") -> tuple[list[list[Cell]], int]:
        """Return the cells of each row and how many rows are a head for certain."""
        rules = self.rules
        rows: list[list[Cell]] = []
        heads = 0
        for row in table.iter():
            if name(row.tag) not in rules.row or self._table_of(row) is not table:
                continue
            reason = rules.leave(row, name(row.tag))
            if reason is not None:
                rows.append([Cell(self.builder.omit(reason, self.raw(row)))])
                continue
            cells = []
            for cell in row:
                tag = name(cell.tag)
                if tag in rules.cell:
                    why = rules.leave(cell, tag)
                    words = self._item(cell) if why is None else self.builder.omit(why, self.raw(cell))
                    is_head = tag == "th" or _all_bold(cell)
                    cells.append(Cell(words, span(cell.get("rowspan")), span(cell.get("colspan")), is_head))
            if cells:
                heads += len(rows) == heads and any(name(a.tag) == "thead" for a in row.iterancestors())
                rows.append(cells)
        return rows, heads if heads < len(rows) else 0

    def _flat(self, table: "etree._Element") -> str:
        caption = [e for e in table.iter() if name(e.tag) in self.rules.caption]
        return " ".join(self.inline(e) for e in caption) + flat(self._cells(table)[0])

    def _table_of(self, element: "etree._Element") -> "etree._Element | None":
        return next((a for a in element.iterancestors() if name(a.tag) in self.rules.tables), None)

    def _lays_out(self, table: "etree._Element") -> bool:
        """Return whether a table lays out a page: it has one column, or holds headings or large tables."""
        if table.get("role") in ("presentation", "none"):
            return True
        widest = 0
        for element in table.iterdescendants():
            tag = name(element.tag)
            if tag in self.rules.tables and len("".join(element.itertext())) > _SMALL:
                return True
            if self.rules.heading(element, tag) and tag not in self.rules.caption:
                return any(name(a.tag) in self.rules.cell for a in element.iterancestors())
            if tag in self.rules.row:
                widest = max(widest, sum(span(c.get("colspan")) for c in element if name(c.tag) in self.rules.cell))
        return widest < 2


def tag_after(element: "etree._Element") -> str:
    """Return the name of the next element beside one; empty for none."""
    following = element.getnext()
    return name(following.tag) if following is not None else ""


def _all_bold(cell: "etree._Element") -> bool:
    """Return whether all words of a cell stand in bold."""
    bold = sum(len("".join(e.itertext()).strip()) for e in cell if name(e.tag) in ("b", "strong", "bold"))
    inner = cell[0] if len(cell) == 1 and name(cell[0].tag) == "p" and not (cell.text or "").strip() else None
    if inner is not None:
        return _all_bold(inner)
    return 0 < bold == len("".join(cell.itertext()).strip())


def _holds(element: "etree._Element", tags: frozenset[str]) -> bool:
    return any(name(e.tag) in tags for e in element.iterdescendants())
