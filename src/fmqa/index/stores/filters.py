"""Which passages may be found: by trust, kind, year and organisation of their document."""

from enum import StrEnum

from pydantic import Field

from fmqa.types import Document, DocumentKind, Record, ReviewState


class Trust(StrEnum):
    """How much stands behind the words of a document, highest first."""

    CURATED = "curated"  # a text of our own
    APPROVED = "approved"  # as published, and approved by a reviewer as it is
    PUBLISHED = "published"  # as published, and approved by nobody


class Facts(Record):
    """What is filtered on; the same for every passage of a document."""

    trust: Trust
    kind: DocumentKind
    year: int | None
    organisation: str | None


class Filter(Record):
    """What a document must be for its passages to be found; an empty field allows everything."""

    trust: tuple[Trust, ...] = ()
    kinds: tuple[DocumentKind, ...] = ()
    organisations: tuple[str, ...] = Field((), description="Exactly as the metadata name them.")
    first_year: int | None = None
    last_year: int | None = Field(None, description="A document without a year is in no span of years.")

    def allows(self, facts: Facts) -> bool:
        """Return whether passages of a document with these facts may be found."""
        return (
            (not self.trust or facts.trust in self.trust)
            and (not self.kinds or facts.kind in self.kinds)
            and (not self.organisations or facts.organisation in self.organisations)
            and (self.first_year is None or (facts.year is not None and facts.year >= self.first_year))
            and (self.last_year is None or (facts.year is not None and facts.year <= self.last_year))
        )


EVERYTHING = Filter()
AS_PUBLISHED = Filter(trust=(Trust.APPROVED, Trust.PUBLISHED))


def facts_of(document: Document) -> Facts:
    """Return what a document is filtered on."""
    trust = Trust.CURATED
    if document.is_added:
        trust = Trust.APPROVED if document.review_state is ReviewState.APPROVED else Trust.PUBLISHED
    metadata = document.metadata
    return Facts(trust=trust, kind=metadata.kind, year=metadata.year, organisation=metadata.organisation)
