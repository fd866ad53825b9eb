"""Finds where sentences end. Spans are half-open, in characters."""

import re
from typing import Final

Span = tuple[int, int]

# A sentence ends at . ! or ? before white space and a capital, a digit or an opening mark, unless the word is one that
# is written with a full stop or a single letter such as an initial.
_SENTENCE_END: Final = re.compile(r"[.!?][)\]\"'”’]*(?=\s+[\"'“‘(\[]?[^\W_])")
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(\[])(?:al|approx|ca|cf|dr|e\.g|eg|fig|i\.e|ie|incl|max|min|mr|mrs|ms|no|nos|prof|ref|refs|resp|st|vs"
    r"|[^\W\d_])\.$",
    re.IGNORECASE,
)
_GAP: Final = re.compile(r"\s+")


def gaps(text: str, span: Span) -> list[Span]:
    """Return the white space between the sentences of a span."""
    found = []
    for match in _SENTENCE_END.finditer(text, *span):
        gap = _GAP.match(text, match.end(), span[1])
        if gap and not _ABBREVIATION.search(text, max(span[0], match.start() - 10), match.start() + 1):
            found.append(gap.span())
    return found


def sentences(text: str, span: Span) -> list[Span]:
    """Return the sentences of a span, without the white space between them.

    >>> text = "It helped, e.g. in 3 trials. It did no harm."
    >>> [text[slice(*span)] for span in sentences(text, (0, len(text)))]
    ['It helped, e.g. in 3 trials.', 'It did no harm.']
    """
    return cut(text, span, gaps(text, span))


def cut(text: str, span: Span, between: list[Span]) -> list[Span]:
    """Return what is left of a span between gaps; nothing that is white space alone."""
    edges = [span[0], *(edge for gap in between for edge in gap), span[1]]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if text[start:end].strip()]
