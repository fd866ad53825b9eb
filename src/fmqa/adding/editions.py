"""Decides whether two documents are editions of one work.

It compares their titles and identifiers, their dates and editions, and the words in which they differ.
"""

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Final

from fmqa.types import Document, Metadata

_EDITION: Final = re.compile(
    r"\b(?:(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|revised|updated?) (?:edition|version|update)?|edition"
    r"|version|update|\d{4}|\d+(?:\.\d+)*)\b",
    re.IGNORECASE,
)


def names(metadata: Metadata) -> list[str]:
    """Return the identifiers of a work: its DOI and PMID, where they can be trusted."""
    # The DOI in a PDF may be of something that it cites.
    from_page = metadata.origin is not None and metadata.origin.format.value == "pdf"
    doi = [f"doi:{metadata.doi.lower()}"] if metadata.doi and not from_page else []
    return doi + ([f"pmid:{metadata.pmid}"] if metadata.pmid else [])


def is_other_edition(one: Metadata, other: Metadata) -> bool:
    """Return whether two texts are editions of one work with different dates."""
    return bool(one.year and other.year and date(one) != date(other) and work(one.title) == work(other.title))


def is_undecided(one: Document, other: Document) -> bool:
    """Return whether two texts differ and neither states the later date."""
    return _stated(one.metadata) == _stated(other.metadata) and words(one) != words(other)


def is_later(one: Metadata, other: Metadata) -> bool:
    """Return whether a document states a later date than another."""
    return None not in (one.year, other.year) and _stated(one) > _stated(other)


def _stated(metadata: Metadata) -> tuple[int, str]:
    """Return the date that a document states, as exactly as it states it."""
    published = metadata.origin.published if metadata.origin is not None else None
    return metadata.year or 0, published or ""


def words(document: Document) -> list[str]:
    """Return the words of a document with their punctuation, ignoring white space."""
    return re.findall(r"\S+", document.text)


def changes(old: str, new: str) -> str:
    """Return the first difference between two texts, worded for a message."""
    before, after = re.findall(r"\S+", old), re.findall(r"\S+", new)
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            gone, come = " ".join(before[a:b])[:60], " ".join(after[c:d])[:60]
            return f"“{gone}” → “{come}”" if gone and come else f"“{gone or come}” {'left out' if gone else 'added'}"
    return "white space"


def date(metadata: Metadata) -> tuple[int, str]:
    """Return year and edition."""
    return metadata.year or 0, metadata.edition or ""


def work(title: str) -> str:
    """Return the words of a title that stay the same from edition to edition."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    return " ".join(re.findall(r"[a-z]+", _EDITION.sub(" ", plain)))
