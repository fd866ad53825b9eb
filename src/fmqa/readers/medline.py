"""PubMed and MEDLINE XML: a file of citations, each with title, labelled abstract, publication types and links."""

import re
from typing import Final

from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers.blocks import Builder, Extract, clean
from fmqa.readers.tree import Attributes, Plain, Rules, Walk, feed_xml, name, parse_xml
from fmqa.types import FileFormat

_MONTHS: Final = {
    month: f"{n:02}" for n, month in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_RETRACTED_TYPES: Final = frozenset({"Retracted Publication", "Retraction of Publication"})
_RETRACTING: Final = frozenset({"RetractionIn", "RetractionOf", "PartialRetractionIn"})
_COMMENTING: Final = frozenset(
    {"CommentIn", "ErratumIn", "ExpressionOfConcernIn", "UpdateIn", "RepublishedIn", "CorrectedandRepublishedIn"}
)
_UNTITLED: Final = re.compile(r"^\[(.+)\]\.?$")


def _skipped(tag: str, _attributes: Attributes) -> bool:
    return tag in ("OtherAbstract", "VernacularTitle", "CopyrightInformation", "CommentsCorrections", "ReferenceList")


RULES: Final = Rules(
    skip=_skipped, block=frozenset({"ArticleTitle", "AbstractText"}), lists=frozenset(), item=frozenset()
)


def read(data: bytes) -> tuple[Extract, ...]:
    """Return a document for each citation that has a title, in the order of the file.

    Raises: BadFile if it is no well-formed XML or has no citation in it.
    """
    root = parse_xml(data)
    citations = [root] if name(root.tag) == "MedlineCitation" else root.iter("MedlineCitation")
    found = [_citation(citation) for citation in citations]
    if not found:
        raise BadFile("it has no <MedlineCitation>: this is no MEDLINE file")
    sources = _sources(data)
    if len(sources) != len(found):
        raise BadFile(f"its two readings find {len(found)} and {len(sources)} citations")
    kept = [
        extract.model_copy(update={"source": (source,)})
        for extract, source in zip(found, sources, strict=True)
        if extract.blocks
    ]
    if not kept:
        raise BadFile("none of its citations has a title")
    return tuple(kept)


def _citation(citation: "etree._Element") -> Extract:
    builder = Builder()
    walk = Walk(RULES, builder)
    title = citation.find("Article/ArticleTitle")
    words = clean(walk.inline(title)) if title is not None else ""
    builder.heading(1, words)
    for part in citation.findall("Article/Abstract/AbstractText"):
        label = clean(part.get("Label") or "")
        if label and label.upper() != "UNLABELLED":
            builder.heading(2, label)
        builder.paragraph(walk.inline(part))
    types = tuple(clean(e.text or "") for e in citation.findall("Article/PublicationTypeList/PublicationType"))
    links = [(e.get("RefType") or "", clean(e.findtext("RefSource") or "")) for e in _corrections(citation)]
    retracting = [kind for kind in types if kind in _RETRACTED_TYPES]
    retracting += [f"{kind}: {where}" for kind, where in links if kind in _RETRACTING]
    published = _published(citation)
    bare = _UNTITLED.match(words)  # a title in brackets is a translation
    pmid = clean(citation.findtext("PMID") or "")
    return Extract(
        format=FileFormat.MEDLINE,
        blocks=tuple(builder.blocks),
        source=("",),
        title=(bare[1] if bare else words) or None,
        authors=tuple(filter(None, map(_author, citation.findall("Article/AuthorList/Author")))),
        year=int(published[:4]) if published else None,
        published=published,
        doi=_doi(citation),
        pmid=pmid if re.fullmatch(r"\d{1,9}", pmid) else None,
        journal=clean(citation.findtext("Article/Journal/Title") or "") or None,
        publication_types=types,
        subjects=tuple(clean(e.text or "") for e in citation.findall("MeshHeadingList/MeshHeading/DescriptorName")),
        retraction="; ".join(retracting) or None,
        comments=tuple(f"{kind}: {where}" for kind, where in links if kind in _COMMENTING),
        notes=() if citation.find("Article/Abstract") is not None else ("the citation has no abstract",),
    )


def _corrections(citation: "etree._Element") -> list["etree._Element"]:
    return list(citation.findall("CommentsCorrectionsList/CommentsCorrections"))


def _author(author: "etree._Element") -> str | None:
    last = author.findtext("LastName") or author.findtext("CollectiveName")
    return clean(f"{last} {author.findtext('Initials') or ''}") if last else None


def _published(citation: "etree._Element") -> str | None:
    date = citation.find("Article/Journal/JournalIssue/PubDate")
    if date is None:
        return None
    year = date.findtext("Year") or (date.findtext("MedlineDate") or "")[:4]
    if not re.fullmatch(r"(?:19|20)\d\d", year):
        return None
    month = (date.findtext("Month") or "").lower()
    month = _MONTHS.get(month[:3], month.zfill(2) if month.isdigit() else "")
    day = (date.findtext("Day") or "").zfill(2)
    return "-".join([year, *([month] if month else []), *([day] if month and day.strip("0") else [])])


def _doi(citation: "etree._Element") -> str | None:
    for element in citation.findall("Article/ELocationID"):
        if element.get("EIdType") == "doi" and (element.text or "").startswith("10."):
            return clean(element.text or "")
    article = citation.getparent()
    for element in article.findall("PubmedData/ArticleIdList/ArticleId") if article is not None else ():
        if element.get("IdType") == "doi" and (element.text or "").startswith("10."):
            return clean(element.text or "")
    return None


def _sources(data: bytes) -> list[str]:
    """Return the words of each citation by the other parser."""
    found: list[str] = []

    def begins(tag: str, attributes: Attributes) -> bool:
        if tag == "AbstractText" and (attributes.get("Label") or "UNLABELLED").upper() != "UNLABELLED":
            plain.add(f"\n{attributes['Label']}\n")
        return tag in RULES.block

    def ends(tag: str) -> None:
        if tag == "MedlineCitation":
            found.append(plain.take())

    plain = Plain(RULES, starts=begins)
    feed_xml(data, plain, ends)
    return found
