"""Splits documents into anchored passages.

The caller supplies a token counter, so that this module needs no model.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from fmqa.corpus import anchors
from fmqa.text.sentences import Span, cut, sentences
from fmqa.types import Document, Passage, Section

_WORD = re.compile(r"\S+")
_PLAIN = re.compile(r"\w+")
_BEFORE_NUMBERS = {"to", "and", "or", "of", "per", "by", "than"}  # 1.5 to 4.5 mg, 3 of 31, less than 5


def split(document: Document, count_tokens: Callable[[str], int], max_tokens: int) -> tuple[Passage, ...]:
    """Return the passages of a document, in the order of its text.

    A block that carries a statement is a passage of its own, however long: a statement is never cut, nor parted from
    its grades. Running text of neighbouring blocks with the same headings and stem is joined while it fits. A longer
    block is cut at the ends of sentences, a longer sentence between words, but never between a number and its unit.
    Spans do not overlap and together cover every block. A list item or table row keeps the anchor of its stem.

    Args:
        document: The document.
        count_tokens: Length of a text in tokens of the encoder, at least 1 for a word. Lengths must add up over white
            space, as those of word pieces do: each sentence is counted once, and what is joined is summed.
        max_tokens: Longest passage of running text, in tokens. A single number with its unit may be longer.
    Raises: ValueError if max_tokens is below 1.
    """
    if max_tokens < 1:
        raise ValueError(f"passages need room for a token, not {max_tokens}")

    def count(span: Span) -> int:
        return count_tokens(document.text[span[0] : span[1]])

    passages: list[Passage] = []
    for section, (start, end), tokens in _joined(document, count, max_tokens):
        if section.statement is not None or tokens <= max_tokens:
            passages.append(_passage(document, section, start, end))
            continue
        for piece in _pieces(document.text, (start, end), count, max_tokens):
            passages.append(_passage(document, section, *piece))
    return tuple(passages)


def search_text(passage: Passage, document: Document) -> str:
    """Return what is embedded and indexed for a passage, a line each.

    Short title, heading path, stem and text, and last the plain wording of its statement: patients ask in words nearer
    to that.
    """
    lines = [document.metadata.short_title, " > ".join(passage.headings)]
    lines += [passage.stem.quote.exact if passage.stem else "", passage.text]
    lines += [span.statement.plain or "" for span in document.statements if span.statement.id == passage.statement]
    return "\n".join(line for line in lines if line)


def other_forms(passage: Passage, document: Document) -> str:
    """Return the other forms of what a passage abbreviates, or spells out, as its document defines them.

    They are searched beside its words: within a document, "LDN" is "low-dose naltrexone".
    """
    pairs = document.metadata.origin.abbreviations if document.metadata.origin is not None else ()
    words = f" {' '.join(_PLAIN.findall(passage.text))} "
    small = words.casefold()
    found: list[str] = []
    for short, long in pairs:
        has_short = f" {' '.join(_PLAIN.findall(short))} " in words
        has_long = f" {' '.join(_PLAIN.findall(long.casefold()))} " in small
        if has_short != has_long:
            found.append(long if has_short else short)
    return " ".join(found)


def _joined(document: Document, count: Callable[[Span], int], max_tokens: int) -> Iterator[tuple[Section, Span, int]]:
    """Yield runs of blocks that make one passage: the first block, the span of all of them, and its tokens."""
    run: tuple[Section, Span, int] | None = None
    for section in document.sections:
        tokens = 0 if section.statement is not None else count((section.start, section.end))
        if run is not None and _belongs(document, run[0], run[1][1], section) and run[2] + tokens <= max_tokens:
            run = run[0], (run[1][0], section.end), run[2] + tokens
            continue
        if run is not None:
            yield run
        run = section, (section.start, section.end), tokens
    if run is not None:
        yield run


def _belongs(document: Document, first: Section, end: int, section: Section) -> bool:
    """Return whether a block goes on a run that starts with another and ends at a place of the text."""
    return (
        first.statement is None
        and section.statement is None
        and first.headings == section.headings
        and first.stem == section.stem
        # Two headings of the same words would otherwise join what stands under either.
        and not document.text[end : section.start].strip()
    )


def _pieces(text: str, span: Span, count: Callable[[Span], int], max_tokens: int) -> list[Span]:
    """Return a span cut into spans that fit, at ends of sentences where possible, else between words."""
    units: list[tuple[Span, int]] = []
    for sentence in sentences(text, span):
        tokens = count(sentence)
        if tokens <= max_tokens:
            units.append((sentence, tokens))
        else:
            words = cut(text, sentence, _word_gaps(text, sentence))
            units += _packed([(word, count(word)) for word in words], max_tokens)
    return [piece for piece, _ in _packed(units, max_tokens)]


def _packed(units: list[tuple[Span, int]], max_tokens: int) -> list[tuple[Span, int]]:
    """Return neighbouring spans, each with its tokens, joined as long as they fit, from the first on."""
    packed = units[:1]
    for span, tokens in units[1:]:
        (start, _), so_far = packed[-1]
        if so_far + tokens <= max_tokens:
            packed[-1] = (start, span[1]), so_far + tokens
        else:
            packed.append((span, tokens))
    return packed


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
