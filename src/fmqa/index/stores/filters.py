"""Which passages may be found: by trust, kind, year and organisation of their document."""

from typing import NamedTuple

from pydantic import Field

from fmqa.types import Document, DocumentKind, Record, Trust


class Facts(NamedTuple):
    """What is filtered on, the same for every passage of a document; an index knows it without reading any."""

    kind: DocumentKind
    organisation: str | None
    year: int | None
    trust: Trust
    added: bool  # whether it was added as published; else it is a text of our own


class Filter(Record):
    """What a document must be for its passages to be found; an empty field allows everything."""

    trust: tuple[Trust, ...] = ()
    added: bool | None = None
    kinds: tuple[DocumentKind, ...] = ()
    organisations: tuple[str, ...] = Field((), description="Exactly as the metadata name them.")
    first_year: int | None = None
    last_year: int | None = Field(None, description="A document without a year is in no span of years.")

    def allows(self, facts: Facts) -> bool:
        """Return whether passages of a document with these facts may be found."""
        return (
            (not self.trust or facts.trust in self.trust)
            and (self.added is None or facts.added == self.added)
            and (not self.kinds or facts.kind in self.kinds)
            and (not self.organisations or facts.organisation in self.organisations)
            and (self.first_year is None or (facts.year is not None and facts.year >= self.first_year))
            and (self.last_year is None or (facts.year is not None and facts.year <= self.last_year))
        )


EVERYTHING = Filter()
AS_PUBLISHED = Filter(added=True)


def facts_of(document: Document) -> Facts:
    """Return what a document is filtered on."""
    metadata = document.metadata
    return Facts(metadata.kind, metadata.organisation, metadata.year, document.trust, document.is_added)
