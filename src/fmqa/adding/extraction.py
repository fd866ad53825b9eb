"""A published file -> documents: what format it is, what its reader finds, whether its numbers survived, what it says.

This runs in a child process for each file (``fmqa.adding.ingestion``): it opens no network connection and writes
nothing.
"""

import datetime
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib import import_module
from itertools import accumulate, pairwise
from pathlib import PurePath
from typing import Final

from pydantic import Field

from fmqa.adding import derivation, roundtrip
from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadFile
from fmqa.readers.blocks import Block, Extract, Laid, lay, unicode_form, unseen
from fmqa.readers.tagged import is_tagged
from fmqa.types import (
    Document,
    DocumentKind,
    FileFormat,
    Metadata,
    NumberDifference,
    Origin,
    Record,
    Reference,
    Section,
    text_sha256,
)

_LIKE_LATIN: Final = "ονρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # Greek
NOT_STATED: Final = "not stated"
_READERS: Final = {  # module and function, imported when the first file of its format comes
    FileFormat.HTML: ("html", "read"),
    FileFormat.JATS: ("jats", "read"),
    FileFormat.MEDLINE: ("medline", "read"),
    FileFormat.PDF: ("pdf", "read"),
    FileFormat.DOCX: ("docx", "read"),
    FileFormat.SPL: ("spl", "read"),
    FileFormat.MARKDOWN: ("text", "read_markdown"),
    FileFormat.TEXT: ("text", "read_text"),
    FileFormat.TAGGED: ("tagged", "read"),
}
SUFFIXES: Final = {
    ".html": FileFormat.HTML,
    ".htm": FileFormat.HTML,
    ".xhtml": FileFormat.HTML,
    ".pdf": FileFormat.PDF,
    ".docx": FileFormat.DOCX,
    ".md": FileFormat.MARKDOWN,
    ".markdown": FileFormat.MARKDOWN,
    ".nbib": FileFormat.TAGGED,
    ".ris": FileFormat.TAGGED,
    ".txt": FileFormat.TEXT,
    ".text": FileFormat.TEXT,
}
_XML_ROOTS: Final = {
    "article": FileFormat.JATS,
    "pmc-articleset": FileFormat.JATS,
    "PubmedArticleSet": FileFormat.MEDLINE,
    "PubmedArticle": FileFormat.MEDLINE,
    "MedlineCitationSet": FileFormat.MEDLINE,
    "MedlineCitation": FileFormat.MEDLINE,
    "document": FileFormat.SPL,
    "html": FileFormat.HTML,
}
_ROOT: Final = re.compile(rb"<([A-Za-z][\w.:-]*)")
_PAGE: Final = re.compile(rb"<!doctype\s+html|<(?:html|body|head)[\s>]", re.IGNORECASE)
_OTHER_BINARY: Final = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\xd0\xcf\x11\xe0": "an old Office file; save it as DOCX",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"{\\rtf": "RTF; save it as DOCX",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


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


class Found(Record):
    """What a file gave."""

    documents: tuple[Document, ...]
    wordless: int = Field(0, description="Records with no text to index, such as citations without an abstract.")


def documents(name: str, data: bytes, today: datetime.date, given: Given, matcher: Matcher) -> Found:
    """Return the documents in a file: one, or one for each citation of a MEDLINE file.

    Args:
        name: Name of the file, without folders.
        data: Its bytes.
        today: The day on which it is added.
        given: What is said of it besides.
        matcher: The controlled vocabulary.
    Raises: BadFile with the reason why it cannot be added.
    """
    found = sniff(name, data)
    module, function = _READERS[found]
    read: Callable[[bytes], tuple[Extract, ...]] = getattr(import_module(f"fmqa.readers.{module}"), function)
    digest = sha256(data).hexdigest()
    notes = list(_name_notes(name, found))
    extracts = read(data)
    worded = [extract for extract in extracts if any(not block.level for block in extract.blocks)]
    made = [_document(extract, name, digest, notes, today, given, matcher) for extract in worded]
    kept = tuple(document for document in made if document.sections)
    if not kept:
        raise BadFile("no block of it can be indexed: it holds no words, or none that survived the checks")
    return Found(documents=kept, wordless=len(extracts) - len(kept))


def load_readers() -> None:
    """Import every reader."""
    for module, _ in _READERS.values():
        import_module(f"fmqa.readers.{module}")


def sniff(name: str, data: bytes) -> FileFormat:
    """Return the format of a file by its content; its name decides only between formats of plain text.

    Raises: BadFile if it is empty or of no known format.
    """
    if not data.strip():
        raise BadFile("it is empty" if not data else "it holds nothing but white space")
    if b"%PDF-" in data[:1024]:
        return FileFormat.PDF
    if data.startswith(b"PK"):
        return FileFormat.DOCX
    for mark, what in _OTHER_BINARY.items():
        if data.startswith(mark):
            raise BadFile(f"it is {what}")
    head = data[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if is_tagged(head):
        return FileFormat.TAGGED
    if head.startswith(b"<"):
        root = _ROOT.search(_without_prologue(head))
        tag = root[1].decode("ascii").rpartition(":")[2] if root else ""
        if tag in _XML_ROOTS and (tag != "document" or b"urn:hl7-org:v3" in data[:65536]):
            return _XML_ROOTS[tag]
        if _PAGE.search(head[:4096]) or tag.lower() == "html":
            return FileFormat.HTML
        if head.startswith(b"<?xml"):
            raise BadFile(f"it is XML of a kind that is not read (<{tag[:40]}>); JATS, MEDLINE and SPL are")
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile(
            "it is binary and of no format that is read (HTML, JATS, MEDLINE, PDF, DOCX, SPL, Markdown, text)"
        )
    by_name = SUFFIXES.get(PurePath(name).suffix.lower())
    if by_name in (FileFormat.HTML, FileFormat.MARKDOWN):
        return by_name
    if by_name is None and re.search(rb"<(?:p|div|h[1-6]|table)[\s>]", head):
        return FileFormat.HTML
    return FileFormat.TEXT


def _without_prologue(head: bytes) -> bytes:
    """Return XML from its root on: declaration, comments, document type and instructions stand before."""
    return re.sub(rb"\A(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)*", b"", head, flags=re.DOTALL)


def _name_notes(name: str, found: FileFormat) -> list[str]:
    promised = SUFFIXES.get(PurePath(name).suffix.lower())
    plain = {FileFormat.TEXT, FileFormat.MARKDOWN, FileFormat.TAGGED}
    if promised is None or promised is found or {promised, found} <= plain:
        return []
    return [f"its name says {promised}, its content is {found}"]


def _document(
    extract: Extract,
    name: str,
    digest: str,
    notes: list[str],
    today: datetime.date,
    given: Given,
    matcher: Matcher,
) -> Document:
    title = (given.title or extract.title or PurePath(name).stem).strip()
    title = title if len(title) >= 5 else f"{title} ({name})"
    laid = lay(extract.blocks, title)
    plain = extract.model_copy(update={"source": tuple(map(unicode_form, extract.source))})
    differences, left_out, compared = _round_trip(plain, laid)
    lost, near = _lost_words(plain)
    left_out |= near
    if left_out:
        laid = lay(extract.blocks, title, frozenset(left_out))
    hidden = 0 if extract.paged else sum(unseen(source) for source in extract.source)  # PDFs have controls of their own
    mixed = _mixed_scripts(laid.text)
    notes = [*notes, *extract.notes]
    if lost:
        some = ", ".join(dict.fromkeys(lost[:8]))
        notes.append(f"{len(lost)} words of the file are not in its text ({some}); blocks with them are not indexed")
    if hidden:
        notes.append(f"{hidden} characters that cannot be seen were left out")
    if mixed:
        notes.append(f"{len(mixed)} words mix alphabets that look alike; blocks with them are not indexed")
        laid = laid._replace(sections=tuple(s for s in laid.sections if not _holds(laid.text, s, mixed)))
    place = re.search(r"\s+".join(map(re.escape, title.split())), laid.text, re.IGNORECASE)
    found = derivation.design(extract.publication_types, laid.text, place.span() if place else (0, 0))
    kind = given.kind or extract.kind or derivation.kind_of(title, found)
    origin = Origin(
        file=name,
        file_sha256=digest,
        format=extract.format,
        added=today,
        published=extract.published,
        journal=extract.journal,
        publication_types=extract.publication_types,
        subjects=extract.subjects,
        design=found,
        retraction=extract.retraction,
        expires=given.expires or _day(extract.expires),
        comments=extract.comments,
        notes=tuple(notes),
        compared=compared,
        differences=tuple(differences),
    )
    metadata = _metadata(extract, title, kind, name, origin, given, matcher)
    return Document(
        metadata=metadata,
        path=f"added/documents/{metadata.id}.json",
        text=laid.text,
        sha256=text_sha256(laid.text),
        sections=laid.sections,
        statements=derivation.statements(laid.text, laid.sections, kind, matcher),
        pages=laid.pages,
    )


# --- numbers ----------------------------------------------------------------------------------------------------------


def _round_trip(extract: Extract, laid: Laid) -> tuple[list[NumberDifference], set[int], int]:
    """Return where numbers differ, the blocks that hold such a place, and how many tokens were compared."""
    if extract.paged:
        return _by_page(extract, laid)
    checks = [unicode_form(block.words if block.check is None else block.check) for block in extract.blocks]
    starts = list(accumulate((len(check) + 2 for check in checks), initial=0))
    text = "\n\n".join(checks)
    placed = roundtrip.placed_tokens(text)
    source = extract.source[0]
    of_source = roundtrip.placed_tokens(source)
    found = roundtrip.aligned([token for token, _ in of_source], [token for token, _ in placed])
    left_out: set[int] = set()
    for difference in found:
        if not placed:  # the text has no number at all, the file has: nothing of it can be trusted
            left_out |= set(range(len(checks)))
            continue
        near = placed[max(0, difference.after - 1) : difference.after + len(difference.text) + 1]
        first, last = (bisect_right(starts, offset) - 1 for offset in (near[0][1], near[-1][1]))
        at = of_source[difference.before : difference.before + max(1, len(difference.source))] or of_source[-1:]
        lines = source[source.rfind("\n", 0, at[0][1]) + 1 : _end_of_line(source, at[-1][1])]
        left_out |= _holding(range(first, last + 1), checks, lines)
    rows = [NumberDifference(source=d.source[:50], text=d.text[:50]) for d in found]
    return rows, left_out, len(of_source)


def _end_of_line(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)


def _holding(candidates: range, checks: list[str], lines: str) -> set[int]:
    """Return the blocks that have most words with some lines of the file in common; all where none has any."""
    wanted = set(re.findall(r"[^\W\d_]+", lines.lower()))
    shares = {}
    for number in candidates:
        words = set(re.findall(r"[^\W\d_]+", checks[number].lower()))
        shares[number] = len(words & wanted) / (len(words | wanted) or 1)
    best = max(shares.values(), default=0)
    return {number for number, share in shares.items() if share >= 0.5 * best} if best else set(candidates)


def _lost_words(extract: Extract) -> tuple[list[str], set[int]]:
    """Return the words that a file has more often than the blocks made from it, and the blocks near which they stood."""
    if extract.paged:
        return [], set()
    checks = [unicode_form(block.words if block.check is None else block.check) for block in extract.blocks]
    lost = Counter(_words(extract.source[0])) - Counter(word for check in checks for word in _words(check))
    left_out: set[int] = set()
    for line in extract.source[0].split("\n") if lost else ():
        if not lost.keys().isdisjoint(_words(line)):
            left_out |= _holding(range(len(checks)), checks, line)
    return list(lost.elements()), left_out


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", text.lower())


def _by_page(extract: Extract, laid: Laid) -> tuple[list[NumberDifference], set[int], int]:
    rows: list[NumberDifference] = []
    left_out: set[int] = set()
    compared = 0
    texts: dict[int, list[str]] = {}
    on_page: dict[int, list[int]] = {}
    for number, block in enumerate(extract.blocks):
        for page, words in _by_turns(block):
            texts.setdefault(page, []).append(words)
            on_page.setdefault(page, []).append(number)
    for number, source in enumerate(extract.source, start=1):
        compared += roundtrip.count(source)
        lost, gained = roundtrip.counted(source, "\n".join([*texts.get(number, []), extract.dropped[number - 1]]))
        if not lost and not gained:
            continue
        rows.append(
            NumberDifference(page=number, source=tuple(lost.elements())[:50], text=tuple(gained.elements())[:50])
        )
        blocks = on_page.get(number, [])
        figures = {*lost, *gained}
        holding = {n for n in blocks if figures & set(roundtrip.folded(laid.text[slice(*laid.spans[n])]))}
        left_out |= holding if gained and holding else set(blocks)  # a figure that is lost may be missing anywhere
    return rows, left_out, compared


def _by_turns(block: Block) -> Iterator[tuple[int, str]]:
    """Yield the pages of a block with what the check finds of it on each."""
    page = block.page or 0
    if block.check is not None:
        parts = block.check.split("\f")  # where it turns a page
        yield from zip([page, *(number for _, number in block.turns)], parts, strict=False)
        return
    edges = [(0, page), *block.turns, (len(block.words), 0)]
    for (start, number), (end, _) in pairwise(edges):
        yield number, block.words[start:end]


def _mixed_scripts(text: str) -> set[str]:
    """Return the words that mix Latin letters with Cyrillic or Greek ones that look like them.

    A single Greek letter is a symbol (``α-blocker``, ``IL-1β``); a look-alike inside a word is a trap for whoever
    searches for a drug by its name.
    """
    found = set()
    for word in set(re.findall(r"[^\W\d_]{3,}", text)) if not text.isascii() else ():
        if word.isascii():
            continue
        scripts = {unicodedata.name(c, "").split()[0] for c in word}
        greek = len(word) > 4 and scripts >= {"LATIN", "GREEK"} and any(c in _LIKE_LATIN for c in word)
        if greek or ("LATIN" in scripts and scripts & {"CYRILLIC", "ARMENIAN", "CHEROKEE"}):
            found.add(word)
    return found


def _holds(text: str, section: Section, words: set[str]) -> bool:
    return any(word in text[section.start : section.end] for word in words)


# --- metadata ---------------------------------------------------------------------------------------------------------


def _metadata(
    extract: Extract,
    title: str,
    kind: DocumentKind,
    name: str,
    origin: Origin,
    given: Given,
    matcher: Matcher,
) -> Metadata:
    year = given.year or extract.year
    year = year if year is not None and 1900 <= year <= 2100 else None
    organisation = given.organisation or extract.organisation
    doi = extract.doi if extract.doi and re.fullmatch(r"10\.\d{4,9}/\S+", extract.doi) else None
    url = given.url or extract.url
    url = url if url and re.fullmatch(r"https://\S+", url) else None
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
        references=(_reference(extract, title, organisation, year, doi, url),),
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


def _day(words: str | None) -> datetime.date | None:
    match = re.search(r"\d{4}-\d{2}-\d{2}", words or "")
    try:
        return datetime.date.fromisoformat(match.group()) if match else None
    except ValueError:
        return None
