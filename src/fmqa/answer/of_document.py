"""What an answer says of a document as such, from its record: who wrote it, how old it is, its review, its references.

Composing writes these lines, and verification makes them anew from the document and compares.
"""

from collections.abc import Callable
from typing import Final

from fmqa.text import figures
from fmqa.types import About, Aspect, Document, DocumentKind, Reference, ReviewState

_MOST: Final = 8  # references that are listed; the source of the answer has all
_NOT_STATED: Final = "not stated"


def lines(about: About, document: Document) -> tuple[str, ...]:
    """Return what is said of a document as such, a line each, without citations; nothing for its main points."""
    return _LINES[about.aspect](about, document)


def _name(document: Document) -> str:
    title = document.metadata.short_title
    return figures.escaped(title) if document.is_added else title


def _text_of(document: Document) -> str:
    """Return in words whose the text is that is read here."""
    if document.is_added:
        return "The text here is as published."
    if document.metadata.kind is DocumentKind.BACKGROUND:
        return "The text here is fmqa's own, written from the references that it cites."
    return "The text here is fmqa's summary of it, in its own words."


def _author(_about: About, document: Document) -> tuple[str, ...]:
    record = document.metadata
    authors, publisher = ", ".join(record.authors), record.organisation
    if document.is_added:
        authors, publisher = figures.escaped(authors), publisher and figures.escaped(publisher)
    on_record = f"authors on record: {authors or _NOT_STATED}; publisher: {publisher or _NOT_STATED}."
    return (f"{_name(document)}: {on_record} {_text_of(document)}",)


def _date(_about: About, document: Document) -> tuple[str, ...]:
    record = document.metadata
    edition = f", edition {record.edition}" if record.edition and record.edition != str(record.year) else ""
    published = f"published {record.year}" if record.year else "year of publication not stated"
    if document.is_added:
        copy = f"This copy was added on {record.last_updated}."
        return (f"{_name(document)}: {published}{figures.escaped(edition)}. {copy}",)
    own = f"fmqa's text on it was last updated on {record.last_updated}, its evidence checked on"
    return (f"{_name(document)}: {published}{edition}. {own} {record.evidence_checked}.",)


def _review(_about: About, document: Document) -> tuple[str, ...]:
    record, state = document.metadata.review, document.review_state
    whose = _name(document) if document.is_added else f"fmqa's text on {_name(document)}"
    said = {
        ReviewState.SUBMITTED: "submitted; no clinician has reviewed or approved it yet",
        ReviewState.UNDER_REVIEW: "under review; not approved yet",
        ReviewState.APPROVED: f"approved by {record.reviewer} on {record.date}",
    }[state]
    return (f"Review state of {whose}: {said}. Whether the original was peer reviewed is not recorded here.",)


def _references(about: About, document: Document) -> tuple[str, ...]:
    held = document.metadata.references
    name = _name(document)
    if about.reference is None:
        shown = tuple(_line(f"- Reference {n}:", each) for n, each in enumerate(held[:_MOST], start=1))
        left = len(held) - len(shown)
        rest = (f"{left} more are listed on its page.",) if left else ()
        return (f"{name}: {len(held)} reference{'s' * (len(held) != 1)} here.", *shown, *rest)
    if about.reference > len(held):
        return (f"{name}: there is no reference {about.reference} here; it has {len(held)}.",)
    return (_line(f"Reference {about.reference} of {name} here:", held[about.reference - 1]),)


def _line(opening: str, reference: Reference) -> str:
    return " ".join(filter(None, (opening, figures.escaped(reference.citation), reference.link)))


def _nothing(_about: About, _document: Document) -> tuple[str, ...]:
    return ()


_LINES: Final[dict[Aspect, Callable[[About, Document], tuple[str, ...]]]] = {
    Aspect.SUMMARY: _nothing,
    Aspect.AUTHOR: _author,
    Aspect.DATE: _date,
    Aspect.REVIEW: _review,
    Aspect.REFERENCES: _references,
}
