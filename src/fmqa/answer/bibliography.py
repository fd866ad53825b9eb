"""The published works that an answer rests on, for reference managers: BibTeX, RIS and CSL-JSON.

A document that was added knows its work in parts (``Reference.csl``). A reference of a text of ours is one line in
Vancouver style: where it has that form exactly, its parts become fields; where it has not, the line is given whole and
nothing is guessed.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

from fmqa.types import CslDate, CslItem, CslName, Reference, Source

ET_AL: Final = CslName(literal="et al.")
"""Stands for authors that are not named."""
_VANCOUVER: Final = re.compile(
    r"(?P<authors>[^.]+(?:, et al)?)\. (?P<title>.+[.?!]) (?P<journal>[A-Z][A-Za-z &()-]+?) (?P<year>(?:19|20)\d\d);"
    r"(?:(?P<volume>\d+)(?:\((?P<issue>[^)]+)\))?:(?=[\da-z]))?"
    r"(?P<pages>[a-z]?\d+[a-z]?(?:-[a-z]?\d+)?|CD\d+(?:\.pub\d)?)\.?(?: NCT\d+\.)?"
)
_AUTHOR: Final = re.compile(r"(?P<family>[^\W\d_][\w'’ -]*?) (?P<initials>[A-Z]{1,4})")
_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    **{character: f"\\{character}" for character in "#$%&_"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_BIBTEX: Final = {  # type, and the field that its publisher stands in
    "article-journal": ("article", None),
    "book": ("book", "publisher"),
    "chapter": ("incollection", "publisher"),
    "paper-conference": ("inproceedings", "publisher"),
    "report": ("techreport", "institution"),
    "thesis": ("phdthesis", "school"),
}
_RIS: Final = {
    "article-journal": "JOUR",
    "book": "BOOK",
    "chapter": "CHAP",
    "paper-conference": "CPAPER",
    "report": "RPRT",
    "thesis": "THES",
    "webpage": "ELEC",
}
_SMALL: Final = frozenset({"a", "an", "and", "for", "from", "in", "of", "on", "the", "to", "with"})


class Entry(NamedTuple):
    """A work, under a key of its own in the list."""

    key: str
    item: CslItem


def item_of(reference: Reference) -> CslItem:
    """Return a reference in parts, as far as they are known; else its line as the title.

    >>> line = "Carville SF, Bliddal H, et al. EULAR recommendations. Ann Rheum Dis 2008;67(4):536-541."
    >>> item = item_of(Reference(id="EULAR2008", citation=line))
    >>> item.author[0].family, item.author[-1].literal, item.title, item.container_title, item.page
    ('Carville', 'et al.', 'EULAR recommendations', 'Ann Rheum Dis', '536-541')
    """
    item = reference.csl or _of_line(reference)
    known = {"DOI": reference.doi, "PMID": reference.pmid, "URL": reference.link}
    return item.model_copy(update={name: value for name, value in known.items() if value})


def _of_line(reference: Reference) -> CslItem:
    issued = CslDate(date_parts=((reference.year,),)) if reference.year else None
    whole = CslItem(title=reference.citation, issued=issued)
    found = _VANCOUVER.fullmatch(reference.citation)
    if found is None:
        return whole
    names = found["authors"].split(", ")
    et_al = names[-1] == "et al"
    authors = [_AUTHOR.fullmatch(name) for name in (names[:-1] if et_al else names)]
    if not authors or None in authors:
        return whole
    named = tuple(CslName(family=author["family"], given=author["initials"]) for author in authors if author)
    return CslItem(
        type="article-journal",
        author=(*named, ET_AL) if et_al else named,
        title=found["title"].removesuffix("."),
        container_title=found["journal"],
        issued=CslDate(date_parts=((int(found["year"]),),)),
        volume=found["volume"],
        issue=found["issue"],
        page=found["pages"],
    )


def entries(sources: Iterable[Source]) -> tuple[Entry, ...]:
    """Return the published works that sources rest on, each once, in the order of the answer."""
    references = {(r.id, r.citation): r for source in sources for r in source.references}
    found: dict[str, CslItem] = {}
    for reference in references.values():
        item = item_of(reference)
        key = key_of(item) if reference.csl is not None else _plain(reference.id) or "source"
        further = (f"{key}-{number}" for number in count(2))
        found[key if key not in found else next(name for name in further if name not in found)] = item
    return tuple(Entry(*each) for each in found.items())


def key_of(item: CslItem) -> str:
    """Return a key: first author, year, first word of the title that says something.

    >>> key_of(CslItem(title="The sleep trial", author=(CslName(family="Müller"),)))
    'mullersleep'
    """
    first = item.author[0] if item.author else CslName()
    words = [word for word in re.findall(r"\w+", (item.title or "").casefold()) if word not in _SMALL]
    body = re.findall(r"\w+", first.literal or "")
    short = "".join(word[0] for word in body if word[0].isupper()) if len(body) > 1 else (first.literal or "")
    parts = [first.family or short, str(item.year or ""), next(iter(words), "")]
    return _plain("".join(parts)).lower() or "source"


def _plain(words: str) -> str:
    flat = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9:.+/-]", "", flat)


# --- forms ------------------------------------------------------------------------------------------------------------


def bibtex(sources: Iterable[Source]) -> str:
    """Return the works as BibTeX."""
    return "\n".join(map(_bibtex_entry, entries(sources)))


def _bibtex_entry(entry: Entry) -> str:
    item = entry.item
    kind, publisher = _BIBTEX.get(item.type, ("misc", "publisher"))
    fields: dict[str, str | None] = {
        "author": " and ".join(map(_bibtex_name, item.author)) or None,
        "title": _latex(item.title or ""),
        "journal" if kind == "article" else "booktitle": _latex(item.container_title or ""),
        "year": str(item.year) if item.year else None,
        "volume": _latex(item.volume or ""),
        "number": _latex(item.issue or ""),
        "pages": _latex((item.page or "").replace("-", "--")),
        "edition": _latex(item.edition or ""),
        publisher or "publisher": _latex(item.publisher or ""),
        "address": _latex(item.publisher_place or ""),
        "isbn": _latex(item.ISBN or ""),
        "issn": _latex(item.ISSN or ""),
        "doi": _latex(item.DOI or ""),
        "url": _latex(item.URL or ""),
        "note": f"PMID {_latex(item.PMID)}" if item.PMID else None,
    }
    lines = (f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{entry.key},\n{''.join(lines)}}}\n"


def _bibtex_name(name: CslName) -> str:
    if name == ET_AL:
        return "others"
    if name.family is None:
        return f"{{{_latex(name.literal or '')}}}"
    return _latex(_inverted(name))


def _inverted(name: CslName) -> str:
    """Return a name as "Family, G. H."; initials without full stops get them."""
    given = name.given or ""
    given = " ".join(f"{letter}." for letter in given) if re.fullmatch(r"[A-Z]{1,4}", given) else given
    return f"{name.family}, {given}" if given else name.family or name.literal or ""


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in _one_line(text))


def ris(sources: Iterable[Source]) -> str:
    """Return the works as RIS, with the line ends that it asks for."""
    lines: list[str] = []
    for key, item in entries(sources):
        first, _, last = (item.page or "").partition("-")
        tags: list[tuple[str, str | None]] = [("TY", _RIS.get(item.type, "GEN"))]
        tags += [("AU", _inverted(name)) for name in item.author]
        tags += [("TI", item.title), ("JO", item.container_title), ("PY", str(item.year) if item.year else None)]
        tags += [("VL", item.volume), ("IS", item.issue), ("SP", first), ("EP", last), ("ET", item.edition)]
        tags += [("PB", item.publisher), ("CY", item.publisher_place), ("SN", item.ISSN or item.ISBN)]
        tags += [("DO", item.DOI), ("UR", item.URL), ("AN", item.PMID), ("ID", key)]
        lines += [f"{tag}  - {_one_line(value)}" for tag, value in tags if value]
        lines += ["ER  - ", ""]
    return "\r\n".join(lines)


def csl_json(sources: Iterable[Source]) -> str:
    """Return the works as CSL-JSON."""
    shown: Sequence[dict[str, Any]] = [{"id": key} | item.model_dump(mode="json") for key, item in entries(sources)]
    return json.dumps(shown, ensure_ascii=False, indent=1)


def _one_line(text: str) -> str:
    return " ".join(text.split())
