"""Finds what a document says about itself: title, year, organisation and kind.

What the document does not say stays unset, because wrong metadata are worse than none. The year is the printed one: the
date on which a file was made says nothing about the work in it.
"""

import datetime
import re
import unicodedata
from pathlib import PurePath
from typing import Final

from pydantic import Field

from fmqa.corpus.vocabulary import Matcher
from fmqa.readers.blocks import Block, Extract
from fmqa.types import (
    CslDate,
    CslItem,
    CslName,
    DocumentKind,
    FileFormat,
    Metadata,
    Origin,
    Record,
    Reference,
    text_sha256,
)

NOT_STATED: Final = "not stated"
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_YEAR: Final = r"((?:19|20)\d\d)(?!\d)"
_EDITION: Final = re.compile(
    r"\b(?:updated?|revis(?:ed|ion)|version|edition|amended|last (?:changed|modified|reviewed))\b"
    rf"[^\n]{{0,40}}?\b{_YEAR}",
    re.I,
)
_PUBLISHED: Final = re.compile(
    rf"\b(?:published|publication|issued?|effective|approved|dated?|released|first posted)\b[^\n]{{0,40}}?\b{_YEAR}",
    re.I,
)
_COPYRIGHT: Final = re.compile(rf"(?:©|\(c\)|\bcopyright\b)[^\n]{{0,60}}?\b{_YEAR}", re.I)
_CITED: Final = re.compile(rf"\b{_YEAR}\s?;\s?\d+\s?[(:]")
_DATE: Final = re.compile(rf"^\W*(?:\d{{1,2}}\s+)?(?:{_MONTH}\s+)(?:\d{{1,2}},?\s+)?{_YEAR}\W*$|^\W*{_YEAR}\W*$", re.I)
_IN_TITLE: Final = re.compile(rf"(?:^|[\s(:,–-]){_YEAR}(?:[\s).:,]|$)")
_TO_COME: Final = re.compile(
    r"\b(?:next|due|until|expir\w+|planned|valid|by)\b[^\n]{0,25}$|\breview (?:date|by)\b", re.I
)
_LONGEST_LABEL: Final = 25  # words of a line that says when a work was published
_FRONT: Final = 16  # blocks at the beginning, and at the end a quarter of it, in which a work says so
_COLLECTIVE: Final = re.compile(
    r"\b(?:investigators?|group|collaborat\w+|network|consortium|committee|society|team|study|trialists|taskforce|panel)\b",
    re.I,
)


class Given(Record):
    """What whoever adds a file says of it, where the file itself does not, or wrongly does."""

    kind: DocumentKind | None = None
    title: str | None = None
    organisation: str | None = None
    year: int | None = None
    edition: str | None = None
    licence: str | None = None
    url: str | None = None
    expires: datetime.date | None = None
    supersedes: tuple[str, ...] = Field((), description="Ids of documents that it replaces.")


def printed_year(extract: Extract, title: str, today: datetime.date) -> int | None:
    """Return the year that a document prints as its own: of its edition or publication, else of its copyright.

    Args:
        extract: What was read.
        title: Of the document.
        today: No document is of a later year.
    """
    lines = _front(extract)
    for patterns in ((_EDITION, _PUBLISHED), (_COPYRIGHT,), (_CITED,), (_DATE,)):
        years = [
            int(next(filter(None, match.groups())))
            for line in lines
            for pattern in patterns
            for match in pattern.finditer(line)
            if not _TO_COME.search(re.split(r"[.;,|]", line[: match.end()])[-1])
        ]
        years = [year for year in years if year <= today.year]
        if years:
            return max(years)
    found = _IN_TITLE.search(title)
    return int(found[1]) if found and int(found[1]) <= today.year else None


def _front(extract: Extract) -> list[str]:
    """Return the short lines at the beginning and the end of a document."""
    own = [block for block in extract.blocks if block.words and (block.quotable or block.level)]  # no references
    ends: list[Block] = own[:_FRONT] + own[max(_FRONT, len(own) - _FRONT // 4) :]
    lines = [*extract.front.split("\n"), *(block.words for block in ends)]
    return [line for line in lines if line and len(line.split()) <= _LONGEST_LABEL]


def metadata(
    extract: Extract,
    title: str,
    kind: DocumentKind,
    name: str,
    origin: Origin,
    given: Given,
    matcher: Matcher,
    item: CslItem | None = None,
) -> Metadata:
    """Return what is known of a document: what was said of it, else what the file says.

    ``item`` is the work as a file of references beside it tells.
    """
    year = given.year or extract.year or printed_year(extract, title, origin.added)
    year = year if year is not None and 1900 <= year <= 2100 else None
    organisation = given.organisation or extract.organisation
    doi = extract.doi if extract.doi and re.fullmatch(r"10\.\d{4,9}/\S+", extract.doi) else None
    url = given.url or extract.url
    url = url if url and re.fullmatch(r"https://\S+", url) else None
    line = _reference(extract, title, organisation, year, doi, url)
    named = [mention.concept for mention in matcher.mentions(title) if mention.kind.value == "conditions"]
    drugs = [mention.concept for mention in matcher.mentions(title) if mention.kind.value == "interventions"]
    return Metadata(
        id=_id(extract, title, name),
        title=title,
        short_title=_short_title(extract.authors, organisation, kind, title, year),
        kind=kind,
        organisation=organisation,
        authors=extract.authors,
        year=year,
        edition=given.edition or extract.edition,
        doi=doi,
        pmid=extract.pmid if extract.pmid and re.fullmatch(r"\d{1,9}", extract.pmid) else None,
        url=url,
        licence=given.licence or extract.licence or NOT_STATED,
        interventions=tuple(dict.fromkeys(drugs)),
        conditions=tuple(dict.fromkeys(named)),
        supersedes=given.supersedes,
        evidence_checked=None,
        last_updated=origin.added,
        references=(line.model_copy(update={"csl": _csl(extract, title, organisation, line, item)}),),
        origin=origin,
    )


def _id(extract: Extract, title: str, name: str) -> str:
    """Return an id: of what is unique to the work, else of the file's name."""
    if extract.pmid:
        return f"pmid-{extract.pmid}"
    if extract.doi and extract.format is not FileFormat.PDF:
        return _slug(f"doi-{extract.doi}")
    return _slug(PurePath(name).stem) or _slug(title) or f"document-{text_sha256(title)[:8]}"


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]+", "-", plain).strip("-.")[:72].rstrip("-.")


def _short_title(
    authors: tuple[str, ...], organisation: str | None, kind: DocumentKind, title: str, year: int | None
) -> str:
    if authors and kind is not DocumentKind.GUIDELINE:
        if _COLLECTIVE.search(authors[0]):
            return f"{authors[0]}{f' {year}' if year else ''}"[:80]
        first = re.sub(r"\s+[A-ZÀ-Þ]{1,4}$", "", authors[0])
        first = first.split()[-1] if first == authors[0] and "," not in first else first  # "Ann Bee", not "Bee A"
        return f"{first}{' et al.' if len(authors) > 1 else ''}{f' {year}' if year else ''}"[:80]
    words = title if len(title) <= 60 else (title[:60].rpartition(" ")[0] or title[:60]) + " …"
    if organisation and organisation.casefold() not in words.casefold():
        words = f"{organisation[:40]}: {words}"
    return f"{words}{f' ({year})' if year and str(year) not in words else ''}"


def _reference(
    extract: Extract, title: str, organisation: str | None, year: int | None, doi: str | None, url: str | None
) -> Reference:
    from fmqa.adding import derivation  # noqa: PLC0415 - a service needs this module for what a form may say, not that

    who = ", ".join(extract.authors[:3]) + (" et al" if len(extract.authors) > 3 else "") or organisation
    parts = [who, title.rstrip("."), extract.journal, str(year) if year else None]
    citation = ". ".join(part for part in parts if part) + "."
    return Reference(
        id=derivation.SOURCE,
        citation=citation if len(citation) >= 10 else f"{citation} (title only)",
        year=year,
        doi=doi,
        pmid=extract.pmid if extract.pmid and re.fullmatch(r"\d{1,9}", extract.pmid) else None,
        url=url,
    )


def _csl(extract: Extract, title: str, organisation: str | None, line: Reference, item: CslItem | None) -> CslItem:
    """Return the work in parts: what is known of the document, and besides what the reference beside it tells."""
    from fmqa.readers import citations  # noqa: PLC0415 - its parsers are for the processes that read files alone

    found = citations.of_extract(extract)
    issued = found.issued if found.issued is not None and found.year == line.year else None
    own: dict[str, object] = {
        "title": title,
        "author": found.author or ((CslName(literal=organisation),) if organisation else ()),
        "issued": issued or (CslDate(date_parts=((line.year,),)) if line.year else None),
        "DOI": line.doi,
        "PMID": line.pmid,
        "URL": line.url,
    }
    if item is not None:
        return item.model_copy(update={name: value for name, value in own.items() if value and name != "author"})
    kind = "report" if found.type == "document" and organisation else found.type
    return found.model_copy(update={**own, "type": kind})


def day(words: str | None) -> datetime.date | None:
    """Return the date that stands in words; None if there is none."""
    match = re.search(r"\d{4}-\d{2}-\d{2}", words or "")
    try:
        return datetime.date.fromisoformat(match.group()) if match else None
    except ValueError:
        return None
