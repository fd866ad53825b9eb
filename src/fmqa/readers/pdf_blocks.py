"""Lines of a PDF's pages -> blocks: headings by size, paragraphs over columns and pages, items with their stem."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from fmqa.readers.blocks import Block, Builder, clean
from fmqa.readers.pdf_layout import Line, Page, Table

_BULLET: Final = re.compile(r"^(?:[•■▪●○◦‣·・–*✓]|[-])\s+(?=\S)|^[•■▪●○◦‣](?=\S)")
_NUMBERED: Final = re.compile(r"^(?:\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)")


class Composer:
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

    def compose(self, pages: list[Page]) -> list[Block]:
        """Return the blocks of all pages."""
        for page in pages:
            for item in page.items:
                if isinstance(item, Table):
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
        first, last = match[1].lower(), second.group().lower()
        whole, parted = self._words[first + last], self._words[f"{first}-{last}"]
        # Of two words that the file has by themselves, and never as one, the hyphen is their own.
        both = not whole and len(first) > 3 and len(last) > 3 and self._words[first] and self._words[last]
        if text[-1] != "\u00ad" and ((parted and parted >= whole) or both):
            return text + following
        return text[:-1] + following
