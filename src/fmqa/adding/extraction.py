"""Turns a published file into documents: finds its format, reads it, checks its numbers and derives its statements.

This runs in a child process for each file (``fmqa.adding.ingestion``). The process opens no network connection and
writes nothing.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from pathlib import PurePath
from typing import Final

from pydantic import Field

from fmqa.adding import abbreviations, about, beside, checking, derivation
from fmqa.adding.about import Given
from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadFile
from fmqa.readers.blocks import Extract, lay, unicode_form, unseen
from fmqa.readers.tagged import is_tagged
from fmqa.types import (
    CslItem,
    Document,
    FileFormat,
    Origin,
    Record,
    Section,
    text_sha256,
)

_LIKE_LATIN: Final = "ονρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # Greek
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
_PAGE_ROOTS: Final = ("html", "head", "body")
_PAGE_TYPE: Final = re.compile(rb"<!doctype\s+html", re.IGNORECASE)
_PAGE: Final = re.compile(rb"<!doctype\s+html|<(?:html|body|head)[\s>]", re.IGNORECASE)
_PROLOGUE: Final = re.compile(
    rb"""\A(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^>\["']|"[^"]*"|'[^']*')*(?:\[.*?\]\s*)?>)*""", re.DOTALL
)
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


class Found(Record):
    """What a file gave."""

    documents: tuple[Document, ...]
    wordless: int = Field(0, description="Records with no text to index, such as citations without an abstract.")


def documents(
    name: str,
    data: bytes,
    today: datetime.date,
    given: Given,
    matcher: Matcher,
    reference: tuple[str, bytes] | None = None,
) -> Found:
    """Return the documents in a file: one, or one for each citation of a MEDLINE file.

    Args:
        name: Name of the file, without folders.
        data: Its bytes.
        today: The day on which it is added.
        given: What is said of it besides.
        matcher: The controlled vocabulary.
        reference: Name and bytes of a file of references that lies beside it and tells what it is.
    Raises: BadFile with the reason why it cannot be added.
    """
    found = sniff(name, data)
    module, function = _READERS[found]
    read: Callable[[bytes], tuple[Extract, ...]] = getattr(import_module(f"fmqa.readers.{module}"), function)
    digest = sha256(data).hexdigest()
    notes = list(_name_notes(name, found))
    extracts = read(data)
    known: beside.Known | None = None
    if reference is not None and len(extracts) == 1:
        known = beside.known(*reference, extracts[0])
        extracts = (known.extract,)
        notes += known.notes
    worded = [extract for extract in extracts if any(not block.level for block in extract.blocks)]
    item = known.item if known is not None else None
    made = [_document(extract, name, digest, notes, today, given, matcher, item) for extract in worded]
    kept = tuple(document for document in made if document.sections)
    if not kept:
        raise BadFile("no block of it can be indexed: it holds no words, or none that survived the checks")
    return Found(documents=kept, wordless=len(extracts) - len(kept))


def load_readers() -> None:
    """Import every reader."""
    import_module("fmqa.readers.citations")
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
    _refuse_other_binary(data)
    head = data[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if is_tagged(head):
        return FileFormat.TAGGED
    if head.startswith(b"<") and (markup := _markup(head)) is not None:
        return markup
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


def _refuse_other_binary(data: bytes) -> None:
    """Raise BadFile if a file begins as one of a known format that is not read."""
    for mark, what in _OTHER_BINARY.items():
        if data.startswith(mark):
            raise BadFile(f"it is {what}")


def _markup(head: bytes) -> FileFormat | None:
    """Return the format of markup by its root; None if it may be text that begins with a bracket.

    Raises: BadFile if it is XML of another kind.
    """
    root = _ROOT.search(_without_prologue(head))
    tag = root[1].decode("ascii").rpartition(":")[2] if root else ""
    if tag in _XML_ROOTS and (tag != "document" or b"urn:hl7-org:v3" in head):
        return _XML_ROOTS[tag]
    is_xml = head.startswith(b"<?xml")  # where a tag below the root says nothing: other kinds have a <body> too
    if tag.lower() in _PAGE_ROOTS or (_PAGE_TYPE if is_xml else _PAGE).search(head[:4096]):
        return FileFormat.HTML
    if is_xml:
        raise BadFile(f"it is XML of a kind that is not read (<{tag[:40]}>); JATS, MEDLINE and SPL are")
    return None


def _without_prologue(head: bytes) -> bytes:
    """Return XML from its root on: declaration, comments, document type and instructions stand before."""
    return _PROLOGUE.sub(b"", head)


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
    item: CslItem | None,
) -> Document:
    title = (given.title or extract.title or PurePath(name).stem).strip()
    title = title if len(title) >= 5 else f"{title} ({name})"
    laid = lay(extract.blocks, title)
    plain = extract.model_copy(update={"source": tuple(map(unicode_form, extract.source))})
    differences, left_out, compared = checking.numbers(plain, laid)
    lost, near = checking.lost_words(plain)
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
    kind = (
        given.kind
        or extract.kind
        or derivation.kind_of(title, found, (block.words for block in extract.blocks if block.level))
    )
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
        expires=given.expires or about.day(extract.expires),
        comments=extract.comments,
        notes=tuple(notes),
        told=tuple(name for name, value in given if value),
        page_labels=extract.page_labels,
        abbreviations=abbreviations.defined(laid.text),
        compared=compared,
        differences=tuple(differences),
    )
    metadata = about.metadata(extract, title, kind, name, origin, given, matcher, item)
    return Document(
        metadata=metadata,
        path=f"added/documents/{metadata.id}.json",
        text=laid.text,
        sha256=text_sha256(laid.text),
        sections=laid.sections,
        statements=derivation.statements(laid.text, laid.sections, kind, matcher),
        pages=laid.pages,
    )


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
