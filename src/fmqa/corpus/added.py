"""Stores the documents that were added as published, and checks what is stored.

    corpus/added/documents/ID.json     the record of a document, with the sketch of its words
    corpus/added/files/SHA256.suffix   the original file, unchanged
    corpus/added/files/.SHA256.adding  a mark: the documents of this file are being stored, or storing was interrupted
    corpus/added/refused/SHA256.json   a file that could not be added, with the reason; its bytes are not kept

A record is written under a temporary name and then moved, so that the corpus never holds part of a document. Files that
an interrupted command has left behind are reported by ``lint`` and deleted by the next command.
"""

import contextlib
import re
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from fmqa import files
from fmqa.errors import NotFound, Unavailable
from fmqa.types import CorpusFault, Document, Metadata, Record, Sha256

FOLDER: Final = "added"
_DOCUMENTS, _FILES, _REFUSED = "documents", "files", "refused"
_ADDING: Final = ".adding"
_WAIT_S: Final = 300  # for another command
_SHINGLE: Final = 5  # words
_SKETCH: Final = 128
SAME: Final = 0.85
"""Estimated share of five-word runs in common from which two documents are the same text."""


class Kept(Record):
    """A stored document."""

    document: Document
    sketch: tuple[int, ...] = Field(
        description="The smallest hashes of its five-word runs, for finding near-duplicates."
    )


class Refused(Record):
    """A file that could not be added."""

    file: str
    file_sha256: Sha256 | None = Field(description="None where the file was too large to be read.")
    size: int
    reason: str


def read(folder: Path, only: str = "*") -> tuple[tuple[Kept, ...], tuple[CorpusFault, ...]]:
    """Return the documents added to a corpus folder, by id, or the one with an id, and what is wrong with any."""
    kept: list[Kept] = []
    faults: list[CorpusFault] = []
    for path in sorted((folder / FOLDER / _DOCUMENTS).glob(f"{only}.json")):
        name = path.relative_to(folder).as_posix()
        try:
            record = Kept.model_validate_json(path.read_bytes())
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(map(str, problem["loc"]))
            faults.append(
                _fault(name, "schema", f"{place}: {problem['msg']}; remove the document and add its file again")
            )
            continue
        document = record.document
        if document.path != name or path.stem != document.id:
            faults.append(_fault(name, "file-name", f"the record of {document.id} must be {document.path}"))
            continue
        faults += [_fault(name, "record", why) for why in _record_faults(document)]
        kept.append(record)
    return tuple(kept), tuple(faults)


def lint(folder: Path) -> Iterator[CorpusFault]:
    """Yield the added documents whose file is missing or altered; this reads every file."""
    kept, _ = read(folder)
    for record in kept:
        origin = record.document.metadata.origin
        path = _file_of(folder, record.document.metadata)
        if origin is None or path is None or not path.is_file():
            yield _fault(record.document.path, "original", "the file that it came from is missing; add it again")
        elif files.file_sha256(path) != origin.file_sha256:
            yield _fault(record.document.path, "original", "the file that it came from was altered; add it again")
    for path, why in strays(folder):
        name = path.relative_to(folder).as_posix()
        yield _fault(name, "stray", f"it {why}; the next 'fmqa corpus add' or 'remove' deletes it")
    for digest in sorted(cut_short(folder)):
        name = _adding(folder, digest).relative_to(folder).as_posix()
        yield _fault(name, "cut-short", "adding a file of several documents was cut short; add the file again")


def _record_faults(document: Document) -> Iterator[str]:
    """Yield what a record says that its text does not bear out: places outside it, words that are not there."""
    if document.metadata.origin is None:
        yield "it has no origin; documents of our own are Markdown files"
    length = len(document.text)
    spans = [(s.start, s.end) for s in document.sections] + [(s.start, s.end) for s in document.statements]
    spans += [section.stem for section in document.sections if section.stem is not None]
    spans += [s.stem for s in document.statements if s.stem is not None]
    spans += [grade for s in document.statements for grade in s.grades]
    if any(not 0 <= start < end <= length for start, end in spans):
        yield "a section or statement lies outside the text; remove the document and add its file again"
        return
    for span in document.statements:
        for grade, (start, end) in zip(span.statement.grades, span.grades, strict=False):
            if document.text[start:end] != grade.printed:
                yield f"{span.statement.id}: the grade is not printed like that in the text"
        if len(span.grades) != len(span.statement.grades):
            yield f"{span.statement.id}: a grade has no place in the text"


def save(folder: Path, kept: Kept, file: Path | None) -> None:
    """Write a document, and the file that it came from if it is not there yet.

    Raises: OSError if the folder cannot be written.
    """
    document = kept.document
    target = _file_of(folder, document.metadata) or folder
    if file is not None and not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        files.put(target, file.read_bytes())
    path = folder / document.path
    path.parent.mkdir(parents=True, exist_ok=True)
    files.put(path, (kept.model_dump_json(exclude_defaults=True) + "\n").encode())


def remove(folder: Path, ids: Iterable[str]) -> tuple[Document, ...]:
    """Remove added documents, and the files that no other came from; return them.

    Raises: NotFound if no added document has one of the ids; nothing is removed then.
    """
    with changing(folder):
        return _remove(folder, ids)


def _remove(folder: Path, ids: Iterable[str]) -> tuple[Document, ...]:
    kept, _ = read(folder)
    by_id = {record.document.id: record for record in kept}
    gone = dict.fromkeys(ids)
    unknown = [document_id for document_id in gone if document_id not in by_id]
    if unknown:
        raise NotFound(f"no added document has the id {unknown[0]}; 'fmqa corpus list' shows all")
    removed = tuple(by_id.pop(document_id).document for document_id in gone)
    for record in by_id.values():
        changed = without_editions(record, gone)
        if changed is not record:
            save(folder, changed, None)
    discard(folder, removed, [record.document for record in by_id.values()])
    return removed


def without_editions(kept: Kept, gone: Container[str]) -> Kept:
    """Return a document that says nothing any more of others that it superseded or was superseded by."""
    metadata = kept.document.metadata
    older = tuple(each for each in metadata.supersedes if each not in gone)
    newer = None if metadata.superseded_by in gone else metadata.superseded_by
    if (older, newer) == (metadata.supersedes, metadata.superseded_by):
        return kept
    metadata = metadata.model_copy(update={"supersedes": older, "superseded_by": newer})
    return kept.model_copy(update={"document": kept.document.model_copy(update={"metadata": metadata})})


def discard(folder: Path, gone: Iterable[Document], others: Iterable[Document]) -> None:
    """Delete the records of documents, and their files where no other document came from the same file."""
    others = tuple(others)
    still = {_file_of(folder, other.metadata) for other in others} | {folder / other.path for other in others}
    for document in gone:
        for file in (folder / document.path, _file_of(folder, document.metadata)):
            if file is not None and file not in still:
                file.unlink(missing_ok=True)


# --- what is cut short ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Hold the lock for changing the added documents; first delete what an interrupted command has left.

    Raises: Unavailable if another command does not finish in time.
    """
    lock = folder / FOLDER / _DOCUMENTS / ".lock"
    if not lock.parent.is_dir():
        lock.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(files.held(lock, _WAIT_S))
        except TimeoutError:
            raise Unavailable(f"another command is changing the corpus in {folder}; try again later") from None
        for path, _ in strays(folder):
            path.unlink(missing_ok=True)
        yield


def strays(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that interrupted commands have left in a corpus, and what they are. They hold no document."""
    for path in files.unfinished(folder):
        yield path, "was being written when a command died"
    kept, faults = read(folder)
    if faults:  # a file may belong to a record that cannot be read
        return
    named = {_file_of(folder, record.document.metadata) for record in kept}
    for path in sorted((folder / FOLDER / _FILES).glob("*")):
        if path not in named and not path.name.startswith("."):
            yield path, "is a file that no document came from"


def begin(folder: Path, file_sha256: str) -> None:
    """Record that storing the documents of a file has begun."""
    path = _adding(folder, file_sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.put(path, b"")


def end(folder: Path, file_sha256: str) -> None:
    """Record that all documents of a file are stored."""
    _adding(folder, file_sha256).unlink(missing_ok=True)


def cut_short(folder: Path) -> frozenset[str]:
    """Return the hashes of files of which some documents may be missing; adding one again keeps the others."""
    paths = (folder / FOLDER / _FILES).glob(f".*{_ADDING}")
    return frozenset(path.name.removesuffix(_ADDING).removeprefix(".") for path in paths)


def _adding(folder: Path, file_sha256: str) -> Path:
    return folder / FOLDER / _FILES / f".{file_sha256}{_ADDING}"


def refuse(folder: Path, refused: Refused) -> None:
    """Record why a file could not be added."""
    name = refused.file_sha256 or re.sub(r"[^\w.-]+", "_", refused.file)
    path = folder / FOLDER / _REFUSED / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    files.put(path, (refused.model_dump_json(indent=1) + "\n").encode())


def refused(folder: Path) -> tuple[Refused, ...]:
    """Return the files that could not be added, by name."""
    paths = (folder / FOLDER / _REFUSED).glob("*.json")
    return tuple(sorted((Refused.model_validate_json(p.read_bytes()) for p in paths), key=lambda r: r.file))


def count_refused(folder: Path) -> int:
    """Return how many files could not be added, without reading why."""
    return sum(1 for _ in (folder / FOLDER / _REFUSED).glob("*.json"))


def forget(folder: Path, file_sha256: str) -> None:
    """Forget that a file was refused, after it could be added."""
    (folder / FOLDER / _REFUSED / f"{file_sha256}.json").unlink(missing_ok=True)


def original(folder: Path, document: Document) -> Path:
    """Return the file that a document came from, as it was.

    Raises: NotFound if it is a text of our own, or the file is missing or was altered.
    """
    origin, path = document.metadata.origin, _file_of(folder, document.metadata)
    if origin is None or path is None:
        raise NotFound("this document is a text of our own; it came from no file")
    if not path.is_file() or files.file_sha256(path) != origin.file_sha256:
        raise NotFound("the file that this document came from is not there as it was; add it again")
    return path


def is_here(name: str) -> bool:
    """Return whether a path below the corpus folder belongs to the added documents."""
    return name.startswith(f"{FOLDER}/")


def _file_of(folder: Path, metadata: Metadata) -> Path | None:
    if metadata.origin is None:
        return None
    suffix = Path(metadata.origin.file).suffix.lower()
    suffix = suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ".bin"
    return folder / FOLDER / _FILES / f"{metadata.origin.file_sha256}{suffix}"


def _fault(path: str, rule: str, message: str) -> CorpusFault:
    return CorpusFault(path=path, line=1, rule=rule, message=message)


# --- near-duplicates --------------------------------------------------------------------------------------------------


def sketch(text: str) -> tuple[int, ...]:
    """Return the smallest hashes of a text's five-word runs: two texts with most in common have most of them in common.

    Source: Broder 1997, "On the resemblance and containment of documents", doi:10.1109/SEQUEN.1997.666900; bottom-k.
    """
    words = re.findall(r"\w+", text.casefold())
    runs = {" ".join(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}
    return tuple(sorted({zlib.crc32(run.encode()) for run in runs})[:_SKETCH])


def resemblance(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the estimated share of five-word runs that two texts have in common, in [0, 1].

    >>> resemblance(sketch("a b c d e f"), sketch("a b c d e f"))
    1.0
    """
    both = sorted({*one, *other})[:_SKETCH]
    shared = set(one) & set(other)
    return sum(value in shared for value in both) / len(both) if both else 0.0


class Neighbours:
    """Finds documents of the same text among many."""

    def __init__(self, kept: Iterable[Kept]) -> None:
        self._sketches: dict[str, tuple[int, ...]] = {}
        self._holders: dict[int, list[str]] = {}
        for record in kept:
            self.add(record.document.id, record.sketch)

    def add(self, document_id: str, sketch_: tuple[int, ...]) -> None:
        """Remember a document."""
        self._sketches[document_id] = sketch_
        for value in sketch_:
            self._holders.setdefault(value, []).append(document_id)

    def drop(self, document_id: str) -> None:
        """Forget a document."""
        for value in self._sketches.pop(document_id, ()):
            self._holders[value].remove(document_id)

    def nearest(self, sketch_: tuple[int, ...]) -> tuple[str, float] | None:
        """Return the document with most in common and how much; None if none has anything."""
        counts: dict[str, int] = {}
        for value in sketch_:
            for document_id in self._holders.get(value, ()):
                counts[document_id] = counts.get(document_id, 0) + 1
        if not counts:
            return None
        best = max(counts, key=lambda name: (counts[name], name))
        return best, resemblance(sketch_, self._sketches[best])
