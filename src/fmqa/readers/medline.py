"""Reads PubMed and MEDLINE XML, a file of citations.

Each citation has a title, a labelled abstract, publication types and links.
"""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers.blocks import Builder, Extract, as_title, clean, left_out, told
from fmqa.readers.markup.plain import Attributes, Plain, Rules, feed_xml, name, parse_xml
from fmqa.readers.markup.tree import Walk
from fmqa.types import FileFormat

MONTHS: Final = {
    month: f"{n:02}" for n, month in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_RECORDS: Final = ("MedlineCitation", "BookDocument")
_RETRACTED_TYPES: Final = frozenset({"Retracted Publication", "Retraction of Publication"})
_RETRACTING: Final = frozenset({"RetractionIn", "RetractionOf", "PartialRetractionIn"})
_COMMENTING: Final = frozenset(
    {"CommentIn", "ErratumIn", "ExpressionOfConcernIn", "UpdateIn", "RepublishedIn", "CorrectedandRepublishedIn"}
)
_TRANSLATED: Final = re.compile(r"^\[(.+)\]\.?$")  # a title in brackets is a translation
_UNTITLED: Final = re.compile(
    r"^\W*(?:not available|no title available|untitled|in process citation)?\W*$", re.IGNORECASE
)
_UNLABELLED: Final = frozenset({"", "UNLABELLED", "UNASSIGNED"})
_LABEL: Final = re.compile(r"(?:(?<=^)|(?<=[.!?)] ))([A-Z][A-Z/&,() -]{1,60}[A-Z)]):\s+")

RULES: Final = Rules(
    silent=frozenset(
        "OtherAbstract VernacularTitle CopyrightInformation CommentsCorrections ReferenceList annotation".split()
    ),
    block=frozenset({"ArticleTitle", "AbstractText"}),
    lists=frozenset(),
    item=frozenset(),
)


def read(data: bytes) -> tuple[Extract, ...]:
    """Return a document for each citation of an article, a book or a chapter, in the order of the file.

    Raises: BadFile if it is no well-formed XML or has no citation in it.
    """
    root = parse_xml(data)
    found = [_citation(record) for record in root.iter() if name(record.tag) in _RECORDS]
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


def labelled(abstract: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of an abstract that is one text, each with the label in capitals that opens it.

    >>> list(labelled("AIM: To test. RESULTS: It failed."))
    [('AIM', 'To test.'), ('RESULTS', 'It failed.')]
    """
    parts = _LABEL.split(abstract)
    if len(parts) < 5 or parts[0].strip():
        yield "", abstract
        return
    for label, words in zip(parts[1::2], parts[2::2], strict=True):
        yield label, words.strip()


def is_untitled(title: str) -> bool:
    """Return whether a title only says that there is none."""
    return bool(_UNTITLED.match(title))


def _citation(record: "etree._Element") -> Extract:
    is_book = name(record.tag) == "BookDocument"
    article = record if is_book else record.find("Article")
    article = article if article is not None else record
    builder = Builder()
    walk = Walk(RULES, builder)
    printed = article.find("ArticleTitle")
    printed = article.find("Book/BookTitle") if printed is None and is_book else printed
    words = walk.inline(printed) if printed is not None else ""
    title = _title(
        clean(told(words)), clean(article.findtext("VernacularTitle") or record.findtext("VernacularTitle") or "")
    )
    if name(printed.tag if printed is not None else "") == "ArticleTitle":
        bare = _TRANSLATED.match(clean(words))
        builder.heading(1, left_out(words) if is_untitled(clean(words)) else bare[1] if bare else words)
    for part in article.findall("Abstract/AbstractText"):
        _abstract(part, walk, builder)
    types = tuple(clean(e.text or "") for e in article.findall("PublicationTypeList/PublicationType"))
    types = types or tuple(clean(e.text or "") for e in article.findall("PublicationType"))
    links = [_link(e) for e in record.findall("CommentsCorrectionsList/CommentsCorrections")]
    retracting = [kind for kind in types if kind in _RETRACTED_TYPES]
    retracting += [f"{kind}: {where}" for kind, where in links if kind in _RETRACTING]
    published = _published(article)
    pmid = clean(record.findtext("PMID") or "")
    notes: tuple[str, ...] = () if article.find("Abstract") is not None else ("the citation has no abstract",)
    if record.find("OtherAbstract") is not None:
        notes += ("an abstract in another language, or for other readers, was left out",)
    text = next((block.words for block in builder.blocks if not block.level), "")
    return Extract(
        format=FileFormat.MEDLINE,
        blocks=builder.finish(),
        source=("",),
        title=title or as_title(text) or None,
        authors=tuple(filter(None, map(_author, article.findall("AuthorList/Author")))),
        year=int(published[:4]) if published else None,
        published=published,
        doi=_doi(record, article),
        pmid=pmid if re.fullmatch(r"\d{1,9}", pmid) else None,
        journal=clean(article.findtext("Journal/Title") or article.findtext("Book/BookTitle") or "") or None,
        organisation=clean(article.findtext("Book/Publisher/PublisherName") or "") or None,
        publication_types=types,
        subjects=tuple(clean(e.text or "") for e in record.findall("MeshHeadingList/MeshHeading/DescriptorName")),
        retraction="; ".join(retracting) or None,
        comments=tuple(f"{kind}: {where}" for kind, where in links if kind in _COMMENTING),
        notes=notes,
    )


def _abstract(part: "etree._Element", walk: Walk, builder: Builder) -> None:
    label = clean(part.get("Label") or "")
    if label.upper() not in _UNLABELLED:
        builder.heading(2, label)
    words = walk.inline(part)
    for inner, said in labelled(clean(words)) if not len(part) else [("", words)]:
        if inner:
            builder.heading(2, inner)
        builder.paragraph(said)


def _title(title: str, vernacular: str) -> str | None:
    bare = _TRANSLATED.match(title)
    title = bare[1] if bare else title
    return (vernacular if is_untitled(title) else title) or None


def _link(correction: "etree._Element") -> tuple[str, str]:
    where, note = clean(correction.findtext("RefSource") or ""), clean(correction.findtext("Note") or "")
    return correction.get("RefType") or "", f"{where} ({note})" if note else where


def _author(author: "etree._Element") -> str | None:
    last = author.findtext("LastName") or author.findtext("CollectiveName")
    return clean(f"{last} {author.findtext('Initials') or ''}") if last else None


def _published(article: "etree._Element") -> str | None:
    """Return the date of the issue; where it names no year, or none at all, that of the article on line."""
    dates = ("Journal/JournalIssue/PubDate", "Book/PubDate", "ContributionDate", "ArticleDate")
    return next(filter(None, (_date(date) for path in dates for date in article.findall(path))), None)


def _date(date: "etree._Element") -> str | None:
    in_words = re.search(r"\b(?:19|20)\d\d\b", date.findtext("MedlineDate") or "")
    year = date.findtext("Year") or (in_words.group() if in_words else "")
    if not re.fullmatch(r"(?:19|20)\d\d", year):
        return None
    month = (date.findtext("Month") or "").lower()
    month = MONTHS.get(month[:3], month.zfill(2) if month.isdigit() else "")
    day = (date.findtext("Day") or "").zfill(2)
    return "-".join([year, *([month] if month else []), *([day] if month and day.strip("0") else [])])


def _doi(record: "etree._Element", article: "etree._Element") -> str | None:
    for element in article.findall("ELocationID"):
        if element.get("EIdType") == "doi" and (element.text or "").startswith("10."):
            return clean(element.text or "")
    around = record.getparent()
    lists = [record.findall("ArticleIdList/ArticleId")]
    lists += [around.findall("PubmedData/ArticleIdList/ArticleId")] if around is not None else []
    for element in (each for found in lists for each in found):
        if element.get("IdType") == "doi" and (element.text or "").startswith("10."):
            return clean(element.text or "")
    return None


def _sources(data: bytes) -> list[str]:
    """Return the words of each citation by the other parser."""
    found: list[str] = []

    def begins(tag: str, attributes: Attributes) -> bool:
        if tag == "AbstractText" and attributes.get("Label", "").upper() not in _UNLABELLED:
            plain.add(f"\n{attributes['Label']}\n")
        return tag in RULES.block

    def ends(tag: str) -> None:
        if tag in _RECORDS:
            found.append(plain.take())

    plain = Plain(RULES, starts=begins)
    feed_xml(data, plain, ends)
    return found
