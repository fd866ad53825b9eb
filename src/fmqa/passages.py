"""From documents to anchored passages. It is handed a token counter and knows no model."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from fmqa import anchors
from fmqa.types import Document, Passage, Section

Span = tuple[int, int]

# A sentence ends at . ! or ? before white space and a capital, a digit or an opening mark, unless the word is one that
# is written with a full stop or a single letter such as an initial.
_SENTENCE_END = re.compile(r"[.!?][)\]\"'”’]*(?=\s+[\"'“‘(\[]?[^\W_])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:al|approx|ca|cf|dr|e\.g|eg|fig|i\.e|ie|incl|max|min|mr|mrs|ms|no|nos|prof|ref|refs|resp|st|vs"
    r"|[^\W\d_])\.$",
    re.IGNORECASE,
)
_GAP = re.compile(r"\s+")
_WORD = re.compile(r"\S+")
_BEFORE_NUMBERS = {"to", "and", "or", "of", "per", "by", "than"}  # 1.5 to 4.5 mg, 3 of 31, less than 5


def split(document: Document, count_tokens: Callable[[str], int], max_tokens: int) -> tuple[Passage, ...]:
    """Return the passages of a document, in the order of its text.

    A block that carries a statement is a passage of its own, however long: a statement is never cut, nor parted from
    its grades. Running text of neighbouring blocks with the same headings and stem is joined while it fits. A longer
    block is cut at the ends of sentences, a longer sentence between words, but never between a number and its unit.
    Spans do not overlap and together cover every block. A list item or table row keeps the anchor of its stem.

    Args:
        document: The document.
        count_tokens: Length of a text in tokens of the encoder, at least 1 for a word.
        max_tokens: Longest passage of running text, in tokens. A single number with its unit may be longer.
    Raises: ValueError if max_tokens is below 1.
    """
    if max_tokens < 1:
        raise ValueError(f"passages need room for a token, not {max_tokens}")

    def fits(span: Span) -> bool:
        return count_tokens(document.text[span[0] : span[1]]) <= max_tokens

    passages: list[Passage] = []
    for section, (start, end) in _joined(document, fits):
        if section.statement is not None or fits((start, end)):
            passages.append(_passage(document, section, start, end))
            continue
        for piece in _pieces(document.text, (start, end), fits):
            passages.append(_passage(document, section, *piece))
    return tuple(passages)


def search_text(passage: Passage, short_title: str) -> str:
    """Return what is embedded and indexed for a passage: short title, heading path, stem and text, a line each."""
    stem = [passage.stem.quote.exact] if passage.stem else []
    return "\n".join([short_title, *([" > ".join(passage.headings)] if passage.headings else []), *stem, passage.text])


def _joined(document: Document, fits: Callable[[Span], bool]) -> Iterator[tuple[Section, Span]]:
    """Yield runs of blocks that make one passage: the first block and the span of all of them."""
    run: tuple[Section, Span] | None = None
    for section in document.sections:
        if run is not None and _belongs(document, run, section) and fits((run[1][0], section.end)):
            run = run[0], (run[1][0], section.end)
            continue
        if run is not None:
            yield run
        run = section, (section.start, section.end)
    if run is not None:
        yield run


def _belongs(document: Document, run: tuple[Section, Span], section: Section) -> bool:
    first, (_, end) = run
    return (
        first.statement is None
        and section.statement is None
        and first.headings == section.headings
        and first.stem == section.stem
        # Two headings of the same words would otherwise join what stands under either.
        and not document.text[end : section.start].strip()
    )


def _pieces(text: str, span: Span, fits: Callable[[Span], bool]) -> list[Span]:
    """Return a span cut into spans that fit, at ends of sentences where possible, else between words."""
    units: list[Span] = []
    for sentence in _cut(text, span, _sentence_gaps(text, span)):
        units += [sentence] if fits(sentence) else _packed(_cut(text, sentence, _word_gaps(text, sentence)), fits)
    return _packed(units, fits)


def _packed(units: list[Span], fits: Callable[[Span], bool]) -> list[Span]:
    """Return neighbouring spans joined as long as they fit, from the first on."""
    packed = units[:1]
    for unit in units[1:]:
        longer = packed[-1][0], unit[1]
        if fits(longer):
            packed[-1] = longer
        else:
            packed.append(unit)
    return packed


def _cut(text: str, span: Span, gaps: list[Span]) -> list[Span]:
    edges = [span[0], *(edge for gap in gaps for edge in gap), span[1]]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if text[start:end].strip()]


def _sentence_gaps(text: str, span: Span) -> list[Span]:
    gaps = []
    for match in _SENTENCE_END.finditer(text, *span):
        gap = _GAP.match(text, match.end(), span[1])
        if gap and not _ABBREVIATION.search(text, max(span[0], match.start() - 10), match.start() + 1):
            gaps.append(gap.span())
    return gaps


def _word_gaps(text: str, span: Span) -> list[Span]:
    """Return the white space between words, without that inside quantities such as ``1.5 to 4.5 mg``, ``p = 0.03``."""
    words = list(_WORD.finditer(text, *span))
    return [
        (before.end(), after.start()) for before, after in pairwise(words) if not _inside_quantity(before[0], after[0])
    ]


def _inside_quantity(before: str, after: str) -> bool:
    """Return whether two neighbouring words are a number and its unit, or parts of one comparison or range."""
    if not any(c.isalnum() for c in before) or not any(c.isalnum() for c in after):
        return True  # one of them is a sign such as = or ±
    if before[-1].isdigit():
        return True
    return before.lower() in _BEFORE_NUMBERS and after[0].isdigit()


def _passage(document: Document, section: Section, start: int, end: int) -> Passage:
    text = document.text
    stem = None
    if section.stem is not None:
        words = text[slice(*section.stem)]
        stem = anchors.make(document.id, text, document.sha256, *section.stem, words)
    return Passage(
        id=f"{document.id}@{start}-{end}",
        anchor=anchors.make(document.id, text, document.sha256, start, end, text[start:end]),
        headings=section.headings,
        stem=stem,
        statement=section.statement,
    )
