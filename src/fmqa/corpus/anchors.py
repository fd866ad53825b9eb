"""Citation anchors: a span of a document's text, with the words that stand there.

An anchor is made where the offsets are known, and checked against the text whenever it is used.
"""

from functools import lru_cache

from fmqa.types import Anchor, TextPositionSelector, TextQuoteSelector, text_sha256

CONTEXT_CHARACTERS = 32
_sha256 = lru_cache(64)(text_sha256)  # of the same few texts with every answer


class BrokenAnchor(ValueError):
    """The anchor does not quote the text that it is held against: the document changed, or the anchor was altered."""


def make(document_id: str, document_text: str, document_sha256: str, start: int, end: int, passage_text: str) -> Anchor:
    """Return the anchor of the characters ``[start, end)`` of a document's canonical text.

    Args:
        document_id: Id of the document.
        document_text: Its canonical text.
        document_sha256: SHA-256 of that text, as ``Document.sha256`` holds it.
        start: First character of the span.
        end: One past its last character.
        passage_text: The passage that the span belongs to; only its hash is kept.
    Raises: ValueError if the span is empty or outside the text.

    >>> text = "LDN did not reduce pain."
    >>> make("trial", text, text_sha256(text), 0, 3, text).quote
    TextQuoteSelector(type='TextQuoteSelector', exact='LDN', prefix='', suffix=' did not reduce pain.')
    """
    if not 0 <= start < end <= len(document_text):
        raise ValueError(f"{document_id}: no span {start}-{end} in a text of {len(document_text)} characters")
    anchor = Anchor(
        document_id=document_id,
        document_sha256=document_sha256,
        passage_sha256=text_sha256(passage_text),
        position=TextPositionSelector(start=start, end=end),
        quote=TextQuoteSelector(
            exact=document_text[start:end],
            prefix=document_text[max(0, start - CONTEXT_CHARACTERS) : start],
            suffix=document_text[end : end + CONTEXT_CHARACTERS],
        ),
    )
    _check_quote(anchor, document_text)
    return anchor


def resolve(anchor: Anchor, document_text: str) -> str:
    """Return the words that an anchor points at, after checking that they are still the quoted ones.

    Raises: BrokenAnchor if the text has another hash, is too short, or has other words there.
    """
    found = _sha256(document_text)
    if found != anchor.document_sha256:
        raise BrokenAnchor(
            f"{_name(anchor)} was made for a text with hash {anchor.document_sha256[:12]}; this one has {found[:12]}"
        )
    _check_quote(anchor, document_text)
    return anchor.quote.exact


def _check_quote(anchor: Anchor, document_text: str) -> None:
    start, end = anchor.position.start, anchor.position.end
    if end > len(document_text):
        raise BrokenAnchor(f"{_name(anchor)} ends outside a text of {len(document_text)} characters")
    before, after = anchor.quote.prefix, anchor.quote.suffix
    if document_text[start:end] != anchor.quote.exact:
        raise BrokenAnchor(f"{_name(anchor)} quotes other words than stand there")
    if not document_text.endswith(before, 0, start) or not document_text.startswith(after, end):
        raise BrokenAnchor(f"{_name(anchor)} has another prefix or suffix than stands there")


def _name(anchor: Anchor) -> str:
    return f"anchor {anchor.document_id}@{anchor.position.start}-{anchor.position.end}"
