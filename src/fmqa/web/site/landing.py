"""What stands above the text of the document that the service starts from: what this is, and what the text comes to."""

from typing import NamedTuple

from fmqa.types import Document, DocumentKind
from fmqa.web.site.frame import Shelf

_PLURAL = {
    DocumentKind.GUIDELINE: "guidelines",
    DocumentKind.REVIEW: "reviews",
    DocumentKind.TRIAL: "trials",
    DocumentKind.LABEL: "labels",
}


class Message(NamedTuple):
    """A statement of a document, with the section that it opens."""

    section: str
    words: str
    id: str


class Landing(NamedTuple):
    """What a newcomer reads first."""

    around: str  # what kinds of source answer, in words
    bottom_line: tuple[Message, ...]  # the statements that answer the document's own question; mostly one
    messages: tuple[Message, ...]  # the first statement of each section


def landing(document: Document, shelf: Shelf) -> Landing:
    """Return what stands above a document's text: an author puts what matters most first in each section."""
    place = {section.statement: section.headings for section in document.sections if section.statement}
    bottom: list[Message] = []
    first: dict[str, Message] = {}
    for span in document.statements:
        heading = (place.get(span.statement.id) or ("",))[-1]
        message = Message(heading, document.text[span.start : span.end], f"s-{span.statement.id}")
        if span.statement.overview:
            bottom.append(message)
        elif heading:
            first.setdefault(heading, message)
    held = [name for kind, name in _PLURAL.items() if kind.value in shelf.kinds]
    around = f"{', '.join(held[:-1])} and {held[-1]}" if len(held) > 1 else "".join(held)
    return Landing(around, tuple(bottom), tuple(first.values()))
