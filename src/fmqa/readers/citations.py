"""Files of references, as programs that manage them export: BibTeX, RIS, MEDLINE (nbib) and CSL-JSON, each as CSL.

Such a file beside a document tells what the document is. It is read by libraries made for it; what they cannot make
sense of is left out, and nothing is guessed.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

import rispy
from bibtexparser import middlewares
from bibtexparser.entrypoint import parse_string
from pydantic import ValidationError

from fmqa.errors import BadFile
from fmqa.readers import html, tagged
from fmqa.readers.blocks import Extract, clean
from fmqa.types import CslDate, CslItem, CslName

_BIB_TYPES: Final = {
    "article": "article-journal",
    "book": "book",
    "inbook": "chapter",
    "incollection": "chapter",
    "inproceedings": "paper-conference",
    "techreport": "report",
    "report": "report",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "online": "webpage",
}
_RIS_TYPES: Final = {
    "JOUR": "article-journal",
    "BOOK": "book",
    "CHAP": "chapter",
    "CONF": "paper-conference",
    "CPAPER": "paper-conference",
    "RPRT": "report",
    "GOVDOC": "report",
    "THES": "thesis",
    "ELEC": "webpage",
    "STAT": "legislation",
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DOI: Final = re.compile(r"10\.\d{4,9}/[^\s;,}]*[^\s;,.}]")
_PMID: Final = re.compile(r"(?:PMID|pubmed)\D{0,25}(\d{1,9})\b", re.IGNORECASE)
_INITIALS: Final = re.compile(r"^(?P<family>.+?) (?P<given>[A-Z]{1,4})$")


def read(name: str, data: bytes) -> tuple[CslItem, ...]:
    """Return the works that a file of references names, in its order.

    Args:
        name: Name of the file; its ending tells the format.
        data: Its bytes.
    Raises: BadFile if it is not what its name says, or names no work.
    """
    suffix = PurePath(name).suffix.lower()
    text = html.decode(data)
    try:
        if suffix == ".bib":
            found = tuple(_bibtex(text))
        elif suffix == ".ris":
            found = tuple(map(_of_ris, rispy.loads(text)))
        elif suffix == ".nbib":
            found = tuple(map(of_extract, tagged.read(data)))
        else:
            found = tuple(_csl(json.loads(text)))
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise BadFile(f"{name} cannot be read as references: {type(error).__name__}") from error
    found = tuple(item for item in found if item.title)
    if not found:
        raise BadFile(f"{name} names no work with a title")
    return found


def of_extract(extract: Extract) -> CslItem:
    """Return what a reader found in a file, or a record of it, as a work."""
    parts = [int(part) for part in re.findall(r"\d+", extract.published or "")[:3]]
    parts = parts or ([extract.year] if extract.year else [])
    return CslItem(
        type="article-journal" if extract.journal else "document",
        title=extract.title,
        author=tuple(map(name_of, extract.authors)),
        issued=CslDate(date_parts=(tuple(parts),)) if parts else None,
        container_title=extract.journal,
        publisher=None if extract.journal else extract.organisation,
        edition=extract.edition,
        DOI=extract.doi,
        PMID=extract.pmid,
        URL=extract.url,
    )


def name_of(printed: str) -> CslName:
    """Return a name as it is printed in parts, where its form shows them; else whole.

    >>> name_of("Meyer AB"), name_of("Ann B. Meyer").family, name_of("VELA Study Group").literal
    (CslName(family='Meyer', given='A. B.', literal=None), 'Meyer', 'VELA Study Group')
    """
    found = _INITIALS.match(printed)
    if found is not None:
        return CslName(family=found["family"], given=" ".join(f"{letter}." for letter in found["given"]))
    family, comma, given = printed.partition(", ")
    if comma and given:
        return CslName(family=family, given=given)
    first, _, last = printed.rpartition(" ")
    person = re.fullmatch(r"[A-ZÀ-Þ][\w'’-]*\.?(?: [A-ZÀ-Þ]\w{0,1}\.?)*", first) and re.fullmatch(
        r"[A-ZÀ-Þ][\w'’-]+", last
    )
    return CslName(family=last, given=first) if person else CslName(literal=printed)


# --- BibTeX -----------------------------------------------------------------------------------------------------------


def _bibtex(text: str) -> Iterator[CslItem]:
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what it cannot read it logs, with the words
    decoded = middlewares.LatexDecodingMiddleware(keep_braced_groups=True)  # braces hold a body's name together
    steps = [decoded, middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()]
    for entry in parse_string(text, append_middleware=steps).entries:
        yield _of_bibtex(entry.entry_type.lower(), {key.lower(): f.value for key, f in entry.fields_dict.items()})


def _of_bibtex(kind: str, fields: Mapping[str, Any]) -> CslItem:
    def one(*names: str) -> str | None:
        return next((clean(str(fields[name])) for name in names if fields.get(name)), None)

    year, month = one("year", "date") or "", (one("month") or "").lower()[:3]
    number = str(_MONTHS.index(month) + 1) if month in _MONTHS else ""
    return CslItem(
        type=_BIB_TYPES.get(kind, "document"),
        title=_unbraced(one("title")),
        author=tuple(map(_bibtex_name, fields.get("author", ()))),
        editor=tuple(map(_bibtex_name, fields.get("editor", ()))),
        issued=_date(year if "-" in year else f"{year}-{number}"),
        container_title=_unbraced(one("journal", "journaltitle", "booktitle")),
        publisher=_unbraced(one("publisher", "institution", "organization", "school")),
        publisher_place=one("address", "location"),
        edition=one("edition"),
        volume=one("volume"),
        issue=one("number", "issue"),
        page=re.sub(r"-{2,}|–", "-", one("pages") or "") or None,
        DOI=_found(_DOI, one("doi")),
        PMID=_found(re.compile(r"\d{1,9}"), one("pmid")) or _found(_PMID, f"{one('note')} {one('url')}"),
        ISBN=one("isbn"),
        ISSN=one("issn"),
        URL=one("url"),
        language=one("language", "langid"),
    )


def _bibtex_name(parts: Any) -> CslName:
    first, last = " ".join(parts.first), " ".join([*parts.von, *parts.last, *parts.jr])
    if last == "others" and not first:
        return CslName(literal="et al.")
    whole = _unbraced(last) or ""
    return CslName(family=whole, given=_unbraced(first)) if first else CslName(literal=whole)


def _unbraced(words: str | None) -> str | None:
    return words.replace("{", "").replace("}", "") if words else None


# --- RIS and CSL-JSON -------------------------------------------------------------------------------------------------


def _of_ris(fields: Mapping[str, Any]) -> CslItem:
    def one(*names: str) -> str | None:
        values = (fields[name] for name in names if fields.get(name))
        return next((clean(v[0] if isinstance(v, list) else str(v)) for v in values), None)

    authors = [*fields.get("first_authors", ()), *fields.get("authors", ())]
    pages = "-".join(filter(None, (one("start_page"), one("end_page"))))
    is_pubmed = "pubmed" in (one("name_of_database") or "").lower()
    return CslItem(
        type=_RIS_TYPES.get(fields.get("type_of_reference", ""), "document"),
        title=one("title", "primary_title", "translated_title"),
        author=tuple(name_of(clean(name)) for name in authors),
        editor=tuple(name_of(clean(name)) for name in fields.get("secondary_authors", ())),
        issued=_date(one("date") or one("year", "publication_year") or ""),
        container_title=one("journal_name", "secondary_title", "alternate_title1"),
        publisher=one("publisher"),
        publisher_place=one("place_published"),
        edition=one("edition"),
        volume=one("volume"),
        issue=one("number"),
        page=pages or None,
        DOI=_found(_DOI, one("doi")),
        PMID=(one("accession_number") if is_pubmed else None) or _found(_PMID, f"{fields.get('notes')}"),
        ISSN=one("issn"),
        URL=one("urls", "url"),
        language=one("language"),
    )


def _csl(given: Any) -> Iterator[CslItem]:
    """Return the items of CSL-JSON: of each the parts that are known here.

    Raises: BadFile if it is other JSON.
    """
    items = given if isinstance(given, list) else [given]
    known = {field.alias or name for name, field in CslItem.model_fields.items()}
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str) or "title" not in item:
            raise BadFile("it is JSON, and not CSL-JSON: each item has a type and a title there")
        kept = {name: value for name, value in item.items() if name in known and value}
        for people in {"author", "editor"} & kept.keys():
            kept[people] = [
                {part: str(name[part]) for part in ("family", "given", "literal") if name.get(part)}
                for name in kept[people]
            ]
        if "issued" in kept:
            kept["issued"] = _csl_date(kept["issued"])
        yield CslItem.model_validate({name: str(v) if isinstance(v, int) else v for name, v in kept.items()})


def _csl_date(given: Mapping[str, Any]) -> CslDate | None:
    parts = given.get("date-parts")
    if parts and parts[0]:
        return _date("-".join(map(str, parts[0])))
    return _date(str(given.get("literal") or given.get("raw") or ""))


def _date(given: str) -> CslDate | None:
    """Return the day, month or year that begins a date; what is no month or day is left out."""
    found = re.match(r"\s*((?:19|20)\d\d)(?:[-/](\d{1,2}))?(?:[-/](\d{1,2}))?(?!\d)", given)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    parts = [year]
    if 1 <= month <= 12:
        parts += [month, day] if 1 <= day <= 31 else [month]
    return CslDate(date_parts=(tuple(parts),))


def _found(pattern: re.Pattern[str], words: str | None) -> str | None:
    found = pattern.search(words or "")
    return found[found.lastindex or 0] if found else None
