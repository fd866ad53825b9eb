"""What the file of references beside a document says of it: title, authors, year and the rest, as CSL.

It lies beside the document under the same name with another ending, and names one work. What it says goes before what
the document says of itself, because a person keeps it; whoever adds the document can say otherwise still.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from fmqa.errors import BadFile
from fmqa.readers.blocks import Extract
from fmqa.types import CslItem, CslName

SUFFIXES: Final = (".json", ".bib", ".ris", ".nbib")  # the first that is there counts: what is kept whole goes before
_PRINTED: Final = 0.6  # share of a title's words that a document must print to be the work


class Known(NamedTuple):
    """What is known of a document with the reference beside it."""

    extract: Extract
    item: CslItem | None
    notes: tuple[str, ...]


def paired(paths: Iterable[Path]) -> dict[Path, Path | None]:
    """Return files to be added with the file of references that tells of each; those are not added themselves.

    A file of references without a document of its name is a document: a list of citations with abstracts.
    """
    paths = list(paths)
    by_stem: dict[Path, list[Path]] = {}
    for path in paths:
        by_stem.setdefault(path.with_suffix(""), []).append(path)
    found: dict[Path, Path | None] = {}
    for path in paths:
        same = by_stem[path.with_suffix("")]
        lists = sorted((p for p in same if _is_list(p)), key=lambda p: SUFFIXES.index(p.suffix.lower()))
        if path not in lists:
            found[path] = lists[0] if lists else None
        elif len(lists) == len(same):  # there is nothing that they could tell of
            found[path] = None
    return found


def _is_list(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def known(name: str, data: bytes, extract: Extract) -> Known:
    """Return a document with what the file of references beside it says; of a file that is of no use, a note."""
    from fmqa.readers import citations  # noqa: PLC0415 - its parsers are for the processes that read files alone

    try:
        items = citations.read(name, data)
    except BadFile as error:
        return Known(extract, None, (f"the reference beside it was not used: {error}",))
    if len(items) > 1:
        return Known(extract, None, (f"{name} names {len(items)} works and was not used: keep the one of this file",))
    item = items[0]
    notes = [f"title, authors and date are those of {name}"]
    words = set(re.findall(r"\w{3,}", (item.title or "").casefold()))
    printed = set(re.findall(r"\w{3,}", " ".join(b.words for b in extract.blocks).casefold()))
    if words and len(words & printed) < _PRINTED * len(words):
        notes.append(f"the title in {name} is not printed in the file; is it the reference of this file?")
    told: dict[str, Any] = {
        "title": item.title,
        "authors": tuple(filter(None, map(_printed, item.author))),
        "year": item.year,
        "published": _day(item),
        "doi": item.DOI,
        "pmid": item.PMID,
        "url": item.URL,
        "journal": item.container_title if item.type == "article-journal" else None,
        "organisation": item.publisher if item.type in ("report", "book") else None,
        "edition": item.edition,
    }
    return Known(extract.model_copy(update={name: value for name, value in told.items() if value}), item, tuple(notes))


def _printed(name: CslName) -> str | None:
    """Return a name as lists of references print it: family name and initials."""
    if name.family is None:
        return name.literal if name.literal != "et al." else None
    initials = "".join(part[0] for part in re.split(r"[\s.-]+", name.given or "") if part)
    return f"{name.family} {initials}".strip()


def _day(item: CslItem) -> str | None:
    if item.issued is None:
        return None
    year, *rest = item.issued.date_parts[0]
    return "-".join([str(year), *(f"{part:02d}" for part in rest)])
