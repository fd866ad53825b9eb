"""What every reader of published files makes: blocks in reading order, and from them the canonical text.

- Inside a block every run of white space is one space, characters are in Unicode normalisation form C, and characters
  that cannot be seen (zero-width, bidirectional controls, soft hyphens) are gone.
- Raised figures stay raised: ``m²``, ``10⁻³``, ``trial¹²``. A lowered figure is lowered only behind another figure. The
  mark of a reference behind a figure is left out: ``20³ trials`` would be read as a power.
- Cells of a table row are joined by `` | `` (see ``fmqa.readers.grid``). The paragraph before a list that ends in a
  colon or in no stop at all, or a heading that denies, is the stem of its items.
- An item with a list below it is one block with it, joined by ``; ``: nothing is read without what it depends on.
- Blocks are joined by one blank line. Headings are part of the text; they are searched as heading paths only.
- Reference lists stay in the text and make no section: nothing of them is found or quoted.

Readers hand over **marked words**, in which ``left_out`` and ``again`` mark what the file has and the text has not, and
the reverse: struck-out words, and a cell that is told in every row that it spans. The check compares a second way
through the file with what the file has (``Block.check``), so that nothing is passed over by both ways alike.
"""

import re
import unicodedata
from collections import Counter
from typing import Final, NamedTuple

from fmqa.text.figures import negations
from fmqa.types import DocumentKind, FileFormat, Record, Section

_RAISED: Final = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
_LOWERED: Final = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_LETTERS: Final = str.maketrans(
    "abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ"
)
_MARKS: Final = re.compile(r"[a-zA-Z](?:,\s?[a-zA-Z])*")
_MARKED: Final = re.compile(r"(?:\d|[^\W\d_]{3}|\d\s?[^\W\d_]{1,2}|[)\]%])$")
_KEPT: Final = {"\n", "\t", "\r", "\f", "\v"}  # controls that are white space
_REFERENCES: Final = re.compile(
    r"^(?:\d+[.\s]*)?(?:references?|bibliography|literature cited|reference list|further reading|literatur\w*)"
    r"(?: (?:list|and notes|cited))?\s*:?$",
    re.IGNORECASE,
)
_LEADERS: Final = re.compile(r"\.{5}|(?:\. ){5}|…{2}|_{5}")  # a table of contents, or a line to be filled in
_LONGEST_TITLE: Final = 200
_OUT, _OUT_END, _AGAIN, _AGAIN_END, UNSURE = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4"  # no characters: no file may hold them
_NO_MARKS: Final = dict.fromkeys(map(ord, (_OUT, _OUT_END, _AGAIN, _AGAIN_END, UNSURE)))
_LEFT_OUT: Final = re.compile(f"{_OUT}[^{_OUT_END}]*{_OUT_END}")
_SAID_AGAIN: Final = re.compile(f"{_AGAIN}[^{_AGAIN_END}]*{_AGAIN_END}")
_LONGEST_LEAD: Final = 20  # words of a paragraph that leads a list without a colon
_POWER: Final = re.compile(r"(?:^|[^\d.,·])(?:[\d.,]+\s?[×x·]\s?)?10$")  # what a raised figure is a power of
_REFERENCE: Final = re.compile(r"[\[(]?\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*[\])]?")
_DENIES: Final = re.compile(
    r"\b(?:contra-?indicat\w*|exclu\w+|caution\w*|warning\w*|stop\w*|withh\w+|not|never|interact\w*)\b", re.IGNORECASE
)


class Block(NamedTuple):
    """A block in reading order, before offsets are known."""

    words: str
    level: int = 0  # of a heading, 1 the outermost; 0: not a heading
    stem: tuple[int, int] | None = None  # first and last block that it depends on, by number
    page: int | None = None
    turns: tuple[tuple[int, int], ...] = ()  # offset in the words at which a further page begins, and its number
    quotable: bool = True  # False: it stays in the text but makes no section
    check: str | None = None  # the words as the file has them, where the text has others
    headings: tuple[str, ...] = ()  # above it, outermost first


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
    front: str = ""  # what stands on the first pages, where the text alone does not show it
    page_labels: tuple[tuple[int, str], ...] = ()  # what is printed as the number of a page, where it is another


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


def as_title(words: str) -> str | None:
    """Return the first sentence of a paragraph as a title; None if it is too long for one.

    >>> as_title("A leaflet on sleep"), as_title("Sleep is good. " + "More of it. " * 40)
    ('A leaflet on sleep', 'Sleep is good.')
    """
    words = re.split(r"(?<=[.!?])\s", words, maxsplit=1)[0]
    return words if len(words) <= _LONGEST_TITLE else None


def plain(words: str) -> str:
    """Return words of a file without what could pass for a mark of ours."""
    return words if words.isascii() else words.translate(_NO_MARKS)


def left_out(words: str) -> str:
    """Return marked words that the file has and the text has not."""
    words = checked(words)
    return f"{_OUT}{words}{_OUT_END}" if words else ""


def again(words: str) -> str:
    """Return marked words that the text has here and the file has not: it has them elsewhere, or in another form."""
    return f"{_AGAIN}{told(words)}{_AGAIN_END}"


def told(marked: str) -> str:
    """Return the words of the text without marks."""
    return _LEFT_OUT.sub("", marked).translate(_NO_MARKS)


def checked(marked: str) -> str:
    """Return the words as the file has them."""
    return _SAID_AGAIN.sub("", marked).translate(_NO_MARKS)


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


def superscript(words: str, before: str = "", *, reference: bool = False) -> str:
    """Return raised words as marked words; the mark of a reference is left out behind a figure.

    Args:
        words: As the file has them, without their being raised.
        before: What stands before them.
        reference: Whether they are known to be such a mark, by a link or a class.
    >>> [told(before + superscript("3", before)) for before in ("10", "24", "word")]
    ['10³', '24', 'word³']
    """
    bare, before = clean(told(words)), told(before)
    if not bare:
        return words
    marks = _REFERENCE.fullmatch(bare) is not None
    behind_figure = before[-1:].isdecimal()
    if marks and behind_figure and (reference or not bare.isdigit() or not _POWER.search(before)):
        return left_out(words)
    shaped = raised(bare, before)
    if before[-1:] and before[-1:] in "⁰¹²³⁴⁵⁶⁷⁸⁹" and shaped[:1] in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        shaped = f",{shaped}"
    return words if shaped == told(words) else left_out(words) + again(shaped)


def subscript(words: str, before: str = "") -> str:
    """Return lowered words as marked words."""
    shaped = lowered(told(words), told(before))
    return words if shaped == told(words) else left_out(words) + again(shaped)


def lowered(words: str, before: str = "") -> str:
    """Return words as subscript where they would otherwise run into a figure: ``χ²₁`` but ``CO2``, ``HbA1c``."""
    return words.translate(_LOWERED) if before[-1:].isdigit() or (before[-1:] in "⁰¹²³⁴⁵⁶⁷⁸⁹" and before) else words


class Builder:
    """Collects blocks in reading order."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.page: int | None = None
        self.path: tuple[tuple[int, str], ...] = ()  # level and words of the headings that are open
        self.omitted: Counter[str] = Counter()  # words that were left out, by the reason
        self.unread = 0  # images without a text where a sign would stand
        self._references: int | None = None  # level of the heading of a reference list that is open
        self._waiting = ""  # words that were left out since the last block

    def heading(self, level: int, words: str) -> None:
        """Add a heading of marked words; level 1 is the outermost."""
        if not clean(told(words)):
            self._wait(words)
            return
        if self._references is not None and level <= self._references:
            self._references = None
        if self._references is None and _REFERENCES.match(clean(told(words))):
            self._references = level
        self._add(words, level=level)
        self.path = (*((n, above) for n, above in self.path if n < level), (level, self.blocks[-1].words))

    def paragraph(self, words: str, stem: tuple[int, int] | None = None, *, quotable: bool = True) -> int | None:
        """Add a paragraph, item or row of marked words and return its number; None if there are no words in it."""
        if not clean(told(words)):
            self._wait(words)
            return None
        self._add(words, stem=stem, quotable=quotable and UNSURE not in words)
        return len(self.blocks) - 1

    def omit(self, reason: str, words: str) -> str:
        """Return words as left out for a reason that a note will tell; without one they are no text by nature."""
        if reason:
            self.omitted[reason] += len(checked(words).split())
        return left_out(words)

    def notes(self) -> tuple[str, ...]:
        """Return what was left out, in words."""
        notes = [f"{count} words {reason} were left out" for reason, count in self.omitted.items() if count]
        if self.unread:
            notes.append(f"{self.unread} images without a text stand in sentences or cells; these are not indexed")
        return tuple(notes)

    def lead(self) -> tuple[int, int] | None:
        """Return the stem of a list that comes next.

        It is a paragraph that ends in a colon, a short one that ends in no stop, or a heading that denies.
        """
        if not self.blocks:
            return None
        last, number = self.blocks[-1], len(self.blocks) - 1
        if last.level:
            leads = bool(negations(last.words) or _DENIES.search(last.words))
        else:
            short = (
                last.quotable
                and len(last.words.split()) <= _LONGEST_LEAD
                and last.stem is None
                and " | " not in last.words
            )
            leads = last.words.endswith(":") or (short and last.words[-1].isalnum())
        if not leads:
            return None
        return last.stem and (last.stem[0], number) if last.stem and last.stem[1] == number - 1 else (number, number)

    def finish(self) -> tuple[Block, ...]:
        """Return the blocks."""
        if self._waiting and self.blocks:
            last = self.blocks[-1]
            check = f"{last.check or last.words}\n{self._waiting}"
            self.blocks[-1] = last._replace(check=check)
            self._waiting = ""
        return tuple(self.blocks)

    def _wait(self, words: str) -> None:
        left = clean(checked(words))
        if left:
            self._waiting = f"{self._waiting}\n{left}" if self._waiting else left

    def _add(self, marked: str, *, level: int = 0, stem: tuple[int, int] | None = None, quotable: bool = True) -> None:
        words, check = clean(told(marked)), None
        if self._waiting or _OUT in marked or _AGAIN in marked:
            check = f"{self._waiting}\n{clean(checked(marked))}".strip()
            self._waiting = ""
        if (self._references is not None and not level) or _LEADERS.search(words):
            quotable = False
        path = tuple(above for n, above in self.path if not level or n < level)
        self.blocks.append(Block(words, level, stem, self.page, (), quotable, check, path))


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
    for number, (block, (start, end)) in enumerate(zip(blocks, spans, strict=True)):
        for at, page in (((0, block.page),) if block.page is not None else ()) + block.turns:
            if page is not None and (not pages or pages[-1][1] != page):
                pages.append((start + at, page))
        if not block.level and block.quotable and number not in left_out:
            stem = None if block.stem is None else (spans[block.stem[0]][0], spans[block.stem[1]][1])
            path = tuple(words for words in block.headings if words.casefold() != title.casefold())
            sections.append(Section(start=start, end=end, headings=path, stem=stem))
    return Laid("\n\n".join(block.words for block in blocks), tuple(sections), tuple(pages), tuple(spans))


def unicode_form(text: str) -> str:
    """Return a text in normalisation form C without what cannot be seen; line ends stay."""
    text = unicodedata.normalize("NFC", text)
    return text if text.isascii() else "".join(c for c in text if c in _KEPT or not _is_unseen(c))
