"""Reads reference lists exported as tagged text: MEDLINE (nbib) and RIS.

Each record with an abstract becomes a document.
"""

import re
from collections import defaultdict
from typing import Final

from fmqa.errors import BadFile
from fmqa.readers import html
from fmqa.readers.blocks import Builder, Extract, as_title, clean
from fmqa.readers.medline import MONTHS, is_untitled, labelled
from fmqa.types import FileFormat

_MEDLINE: Final = re.compile(r"^([A-Z]{2,4}) *- (.*)$")
_RIS: Final = re.compile(r"^([A-Z][A-Z0-9])  ?- ?(.*)$")
_IS_MEDLINE: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*PMID *- \d")
_IS_RIS: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*TY  - [A-Z]{3,6}\s")
_BRACKETS: Final = re.compile(r"^\[(.+)\]\.?$")
_TYPES: Final = {"JOUR": "Journal Article", "BOOK": "Book", "CHAP": "Book Chapter", "RPRT": "Report"}

Fields = dict[str, list[str]]


def is_tagged(head: bytes) -> bool:
    """Return whether a file begins as such an export does."""
    return bool(_IS_MEDLINE.match(head) or _IS_RIS.match(head))


def read(data: bytes) -> tuple[Extract, ...]:
    """Return a document for each record, in the order of the file.

    Raises: BadFile if it is not text in UTF-8 or none of its records has a title.
    """
    source = html.decode(data).replace("\r\n", "\n").replace("\r", "\n")
    is_ris = bool(_IS_RIS.match(data))
    found = [_extract(fields, is_ris=is_ris) for fields in _records(source, is_ris=is_ris)]
    words = _words(source, is_ris=is_ris)
    if len(words) != len(found):
        raise BadFile(f"its two readings find {len(found)} and {len(words)} records")
    kept = [e.model_copy(update={"source": (w,)}) for e, w in zip(found, words, strict=True) if e.blocks]
    if not kept:
        raise BadFile("none of its records has a title or an abstract")
    return tuple(kept)


def _records(source: str, *, is_ris: bool) -> list[Fields]:
    """Return the fields of each record; a line that is indented, or without a tag, goes on the one before."""
    pattern, first = (_RIS, "TY") if is_ris else (_MEDLINE, "PMID")
    records: list[Fields] = []
    last: list[str] | None = None
    for line in source.split("\n"):
        match = pattern.match(line)
        if match is not None:
            if match[1] == first or not records:
                records.append(defaultdict(list))
            last = records[-1][match[1]]
            last.append(match[2].strip())
        elif line.strip() and last:
            last[-1] = f"{last[-1]} {line.strip()}"
    return records


def _words(source: str, *, is_ris: bool) -> list[str]:
    """Return title and abstract of each record by searching the whole text for them: the second way."""
    first, titles, abstracts = ("TY", ("TI", "T1"), ("AB", "N2")) if is_ris else ("PMID", ("TI",), ("AB",))
    starts = [m.start() for m in re.finditer(rf"^{first} *- ", source, re.MULTILINE)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(source)], strict=True):
        parts = []
        for tags in (titles, abstracts):
            tagged = [
                re.search(
                    rf"^{tag} *- ?(.*?)(?=^[A-Z][A-Z0-9]{{1,3}} *- |\Z)", source[start:end], re.MULTILINE | re.DOTALL
                )
                for tag in tags
            ]
            parts.append(next((match[1] for match in tagged if match), ""))
        found.append("\n".join(parts))
    return found


def _extract(fields: Fields, *, is_ris: bool) -> Extract:
    def one(*tags: str) -> str:
        return next((clean(fields[tag][0]) for tag in tags if fields.get(tag)), "")

    builder = Builder()
    title = one("TI", "T1")
    builder.heading(1, title)
    abstract = one("AB", "N2")
    for label, words in labelled(abstract):
        if label:
            builder.heading(2, label)
        builder.paragraph(words)
    bare = _BRACKETS.match(title)
    title = bare[1] if bare else title
    if is_untitled(title):
        title = one("TT") or as_title(clean(abstract)) or ""
    published = _date(one("DA", "PY", "Y1")) if is_ris else _date(one("DP", "DEP"))
    doi = re.search(
        r"10\.\d{4,9}/\S+",
        one("DO") if is_ris else " ".join(f for f in fields.get("LID", []) + fields.get("AID", []) if "[doi]" in f),
    )
    pmid = re.search(r"\d{1,9}", one("AN") if is_ris and "pubmed" in one("DB").lower() else one("PMID"))
    types = tuple(fields.get("PT", [])) if not is_ris else tuple(filter(None, [_TYPES.get(one("TY"))]))
    retracting = [kind for kind in types if "Retract" in kind] + [f"RetractionIn: {w}" for w in fields.get("RIN", [])]
    names = fields.get("AU", []) + fields.get("A1", []) + fields.get("CN", [])
    return Extract(
        format=FileFormat.TAGGED,
        blocks=builder.finish(),
        source=("",),
        title=title or None,
        authors=tuple(_author(name) if is_ris else clean(name) for name in names),
        year=int(published[:4]) if published else None,
        published=published,
        doi=doi.group().split(" ")[0] if doi else None,
        pmid=pmid.group() if pmid else None,
        journal=one("JT", "JO", "T2", "JF", "TA") or None,
        publication_types=types,
        subjects=tuple(clean(w) for w in fields.get("MH", []) + fields.get("KW", [])),
        retraction="; ".join(retracting) or None,
        comments=tuple(
            f"{kind}: {clean(w)}"
            for tag, kind in (("EIN", "ErratumIn"), ("CIN", "CommentIn"))
            for w in fields.get(tag, [])
        ),
        notes=() if abstract else ("the record has no abstract",),
    )


def _author(given: str) -> str:
    """Return "Family, First Second" as "Family FS"."""
    family, _, first = clean(given).partition(", ")
    return clean(f"{family} {''.join(part[0] for part in re.split(r'[ .-]+', first) if part)}")


def _date(given: str) -> str | None:
    match = re.search(
        r"\b((?:19|20)\d\d)(?:[ /-]*([A-Za-z]{3}|\d\d?)\b(?:[ /-]+(\d\d?)\b)?)?|^((?:19|20)\d\d)(\d\d)(\d\d)$", given
    )
    if match is None:
        return None
    if match[4]:
        return f"{match[4]}-{match[5]}-{match[6]}"
    month = match[2] or ""
    month = MONTHS.get(month.lower(), month.zfill(2) if month.isdigit() else "")
    return "-".join(filter(None, [match[1], month, match[3].zfill(2) if month and match[3] else ""]))
