"""What every reader of published files makes: blocks in reading order, and from them the canonical text.

- Inside a block every run of white space is one space, characters are in Unicode normalisation form C, and characters
  that cannot be seen (zero-width, bidirectional controls, soft hyphens) are gone.
- Raised figures stay raised: ``m²``, ``10⁻³``, ``trial¹²``. A lowered figure is lowered only behind another figure.
- Cells of a table row are joined by `` | ``. The head of a table, with its caption, is the stem of its rows, and the
  paragraph before a list that ends in a colon, or a heading that denies, is the stem of its items.
- An item with a list below it is one block with it, joined by ``; ``: nothing is read without what it depends on.
- Blocks are joined by one blank line. Headings are part of the text; they are searched as heading paths only.
- Reference lists stay in the text and make no section: nothing of them is found or quoted.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from fmqa.text.figures import negations
from fmqa.types import DocumentKind, FileFormat, Record, Section

_RAISED: Final = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
_LOWERED: Final = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_LETTERS: Final = str.maketrans(
    "abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ"
)
_MARKS: Final = re.compile(r"[a-zA-Z](?:,\s?[a-zA-Z])*")
_MARKED: Final = re.compile(r"(?:\d|[^\W\d_]{3}|[)\]%])$")
_KEPT: Final = {"\n", "\t", "\r", "\f", "\v"}  # controls that are white space
_REFERENCES: Final = re.compile(
    r"^(?:\d+[.\s]*)?(?:references?|bibliography|literature cited|reference list|further reading|literatur\w*)"
    r"(?: (?:list|and notes|cited))?\s*:?$",
    re.IGNORECASE,
)
_LEADERS: Final = re.compile(r"\.{5}|(?:\. ){5}|…{2}|_{5}")  # a table of contents, or a line to be filled in
_LONGEST_CAPTION: Final = 300


class Block(NamedTuple):
    """A block in reading order, before offsets are known."""

    words: str
    level: int = 0  # of a heading, 1 the outermost; 0: not a heading
    stem: tuple[int, int] | None = None  # first and last block that it depends on, by number
    page: int | None = None
    turns: tuple[tuple[int, int], ...] = ()  # offset in the words at which a further page begins, and its number
    quotable: bool = True  # False: it stays in the text but makes no section


class Extract(Record):
    """What a reader found in one file, or in one record of it. What the file does not say is None or empty."""

    format: FileFormat
    blocks: tuple[Block, ...]
    source: tuple[str, ...]  # the words by a second way through the file: one text, or one a page
    dropped: tuple[str, ...] = ()  # running heads and feet of each page
    paged: bool = False  # source is by page, in whatever order the file has its words
    title: str | None = None
    kind: DocumentKind | None = None
    organisation: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    published: str | None = None
    edition: str | None = None
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    journal: str | None = None
    licence: str | None = None
    publication_types: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    retraction: str | None = None
    expires: str | None = None
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Laid(NamedTuple):
    """The canonical text and what stands where in it."""

    text: str
    sections: tuple[Section, ...]
    pages: tuple[tuple[int, int], ...]
    spans: tuple[tuple[int, int], ...]  # of every block, headings included


def clean(words: str) -> str:
    r"""Return words as the canonical text has them.

    >>> clean(" 4.5\u00a0 m\u200bg\n")
    '4.5 mg'
    """
    if not words.isascii():
        words = unicodedata.normalize("NFC", words)
    if not words.isprintable():
        words = "".join(c for c in words if c in _KEPT or not _is_unseen(c))
    return " ".join(words.split())


def unseen(text: str) -> int:
    """Return how many characters of a text cannot be seen: zero-width, bidirectional and other controls."""
    if text.isascii() and text.isprintable():
        return 0
    return sum(c not in _KEPT and _is_unseen(c) for c in text)


def _is_unseen(character: str) -> bool:
    return not character.isprintable() and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


def raised(words: str, before: str = "") -> str:
    """Return words as superscript: figures and signs, and single letters behind a figure or a word (footnote marks).

    >>> raised("−3"), raised("12,13"), raised("nd", before="2"), raised("a", before="12.3"), raised("B", before="value")
    ('⁻³', '¹²,¹³', 'nd', 'ᵃ', 'ᴮ')
    """
    if not re.search(r"[a-zA-Z]", words):
        return words.translate(_RAISED)
    is_mark = _MARKS.fullmatch(words.strip()) and _MARKED.search(before)
    return words.translate(_LETTERS) if is_mark else words


def lowered(words: str, before: str = "") -> str:
    """Return words as subscript where they would otherwise run into a figure: ``χ²₁`` but ``CO2``, ``HbA1c``."""
    return words.translate(_LOWERED) if before[-1:].isdigit() or (before[-1:] in "⁰¹²³⁴⁵⁶⁷⁸⁹" and before) else words


class Builder:
    """Collects blocks in reading order."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.page: int | None = None
        self._references: int | None = None  # level of the heading of a reference list that is open

    def heading(self, level: int, words: str) -> None:
        """Add a heading; level 1 is the outermost."""
        words = clean(words)
        if not words:
            return
        if self._references is not None and level <= self._references:
            self._references = None
        if self._references is None and _REFERENCES.match(words):
            self._references = level
        self._add(words, level=level)

    def paragraph(self, words: str, stem: tuple[int, int] | None = None, *, quotable: bool = True) -> int | None:
        """Add a paragraph, item or row and return its number; None if there are no words in it."""
        words = clean(words)
        if not words:
            return None
        self._add(words, stem=stem, quotable=quotable)
        return len(self.blocks) - 1

    def lead(self) -> tuple[int, int] | None:
        """Return the stem of a list that comes next: a paragraph that ends in a colon, or a heading that denies."""
        if not self.blocks:
            return None
        last, number = self.blocks[-1], len(self.blocks) - 1
        leads = last.words.endswith(":") or (last.level and negations(last.words))
        if not leads:
            return None
        return last.stem and (last.stem[0], number) if last.stem and last.stem[1] == number - 1 else (number, number)

    def table(self, caption: str, head: list[list[str]], rows: list[list[str]], level: int) -> None:
        """Add a table: the caption as a heading, the head as stem of the rows, a row a block."""
        first = len(self.blocks)
        caption = clean(caption)
        if caption:
            self._add(caption, level=level) if len(caption) <= _LONGEST_CAPTION else self.paragraph(caption)
        stem: tuple[int, int] | None = None
        joined = " / ".join(line for line in (_row(cells) for cells in head) if line)
        if joined:
            number = self.paragraph(joined if joined.endswith(":") else f"{joined}:", quotable=not rows)
            stem = (first, number) if number is not None else None
        elif caption and (caption.endswith(":") or negations(caption)):
            stem = (first, first)
        for row in rows:
            self.paragraph(_row(row), stem)

    def _add(self, words: str, *, level: int = 0, stem: tuple[int, int] | None = None, quotable: bool = True) -> None:
        if (self._references is not None and not level) or _LEADERS.search(words):
            quotable = False
        self.blocks.append(Block(words, level, stem, self.page, quotable=quotable))


def _row(cells: list[str]) -> str:
    """Return a row; an empty cell keeps its place, so that what follows stays under its own head."""
    words = [clean(cell) for cell in cells]
    return " ".join(" | ".join(words).split()) if any(words) else ""


def lay(blocks: tuple[Block, ...], title: str, left_out: frozenset[int] = frozenset()) -> Laid:
    """Return the canonical text of blocks, its sections and its pages.

    Args:
        blocks: In reading order.
        title: Of the document; a heading that only repeats it is no part of heading paths.
        left_out: Numbers of blocks that stay in the text and make no section.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    for block in blocks:
        spans.append((position, position + len(block.words)))
        position += len(block.words) + 2
    sections: list[Section] = []
    pages: list[tuple[int, int]] = []
    path: list[tuple[int, str]] = []
    for number, (block, (start, end)) in enumerate(zip(blocks, spans, strict=True)):
        for at, page in (((0, block.page),) if block.page is not None else ()) + block.turns:
            if page is not None and (not pages or pages[-1][1] != page):
                pages.append((start + at, page))
        if block.level:
            while path and path[-1][0] >= block.level:
                path.pop()
            if block.words.casefold() != title.casefold():
                path.append((block.level, block.words))
        elif block.quotable and number not in left_out:
            stem = None if block.stem is None else (spans[block.stem[0]][0], spans[block.stem[1]][1])
            sections.append(Section(start=start, end=end, headings=tuple(words for _, words in path), stem=stem))
    return Laid("\n\n".join(block.words for block in blocks), tuple(sections), tuple(pages), tuple(spans))


def unicode_form(text: str) -> str:
    """Return a text in normalisation form C without what cannot be seen; line ends stay."""
    text = unicodedata.normalize("NFC", text)
    return text if text.isascii() else "".join(c for c in text if c in _KEPT or not _is_unseen(c))
