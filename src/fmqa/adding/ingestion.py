"""Adds published files to the corpus.

Each file is read in a child process, checked, compared with the documents that the corpus already holds, and then kept.
Either all documents of a file are added or none. A file that cannot be added is recorded with the reason, and the rest
of the batch goes on.
"""

import datetime
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import Field

from fmqa import files
from fmqa.adding import beside, editions, inside, workers
from fmqa.adding.about import Given
from fmqa.corpus import added, loading, making
from fmqa.corpus.added import Kept, Neighbours, Refused
from fmqa.errors import BadCorpus, BadFile, NotFound, Unavailable
from fmqa.types import Document, Metadata, Record, Review, ReviewState, Vocabulary

Progress = Callable[[str, int, int], None]

_HERE: Final = frozenset({"readme.md", "readme.txt", "licence", "license", "license.txt"})


class Added(Record):
    """A document that was added."""

    document: Document
    replaced: bool = False


class Result(Record):
    """What became of a batch of files."""

    added: tuple[Added, ...] = ()
    unchanged: tuple[str, ...] = Field((), description="Files that were added before, byte for byte.")
    duplicates: tuple[tuple[str, str, str], ...] = Field((), description="File, document kept instead, and why.")
    superseded: tuple[tuple[str, str], ...] = Field((), description="Older edition and its successor.")
    refused: tuple[Refused, ...] = ()
    warnings: tuple[str, ...] = Field((), description="What whoever added the files should look at, in words.")
    wordless: int = 0
    seconds: float = 0.0
    costs: tuple[tuple[str, float, int], ...] = Field((), description="File, seconds of reading, peak bytes of memory.")


def add(
    folder: Path,
    paths: Sequence[Path],
    given: Given,
    *,
    replace: bool = False,
    formerly: Mapping[Path, str] = MappingProxyType({}),
    limits: inside.Limits | None = None,
    progress: Progress | None = None,
    today: datetime.date | None = None,
) -> Result:
    """Add published files, or all files of folders, to a corpus, which is made where there is none yet.

    Args:
        folder: The corpus.
        paths: Files and folders; files whose names begin with a full stop are passed over.
        given: What is said of the files besides.
        replace: Whether a document with the same id, DOI or PMID is replaced. Else a text that is nearly the same as
            one that is there takes its place, whatever is longer: it is its correction. Of two such texts of one batch
            neither is kept.
        formerly: SHA-256 of the file that one of the files was before it was changed, whose document it replaces.
        limits: Of time, memory and size for each file.
        progress: Called with the step, how many of it are done, and how many there are.
        today: The day that is written down; None: today.
    Raises: BadCorpus if the corpus has faults, NotFound for a path that is not there, Unavailable if it cannot be
        written to.
    """
    # A reader that runs the script which started it would wait for our own lock; multiprocessing tells it like this.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise BadFile("files are added by the first process of a script, below if __name__ == '__main__'")
    try:
        if making.is_new(folder):
            making.make(folder)
        vocabulary = loading.vocabulary(folder)  # before the lock, which lies in the folder: what is no corpus stays so
        with added.changing(folder):
            shelf_of = partial(_Shelf, folder, replace=replace, formerly=formerly)
            return _add(folder, vocabulary, paths, given, shelf_of, limits or inside.Limits(), progress, today)
    except OSError as error:
        raise Unavailable(f"the corpus in {folder} cannot be written: {error.strerror or error}") from error


def _add(
    folder: Path,
    vocabulary: Vocabulary,
    paths: Sequence[Path],
    given: Given,
    shelf_of: Callable[[Iterable[Kept], Mapping[str, Metadata]], "_Shelf"],
    limits: inside.Limits,
    progress: Progress | None,
    today: datetime.date | None,
) -> Result:
    report = progress or (lambda _step, _done, _total: None)
    today = today or datetime.datetime.now(tz=datetime.UTC).date()
    kept, faults = added.read(folder)
    if faults:
        raise BadCorpus(f"the added documents have faults; 'fmqa corpus check' lists them: {faults[0]}")
    curated = loading.curated(folder)
    known = {*curated, *(record.document.id for record in kept)}
    unknown = [older for older in given.supersedes if older not in known]
    if unknown:
        raise NotFound(f"no document has the id {unknown[0]}; 'fmqa corpus list' shows all")
    shelf = shelf_of(kept, curated)
    tasks: list[inside.Task] = []
    digests: dict[Path, str] = {}
    seen: set[str] = set()
    for path, reference in beside.paired(_files(paths)).items():
        size = path.stat().st_size
        if size > limits.largest:
            shelf.refuse(
                path, None, f"it has {size // 1_000_000} MB, more than the {limits.largest // 1_000_000} that are read"
            )
            continue
        digest = files.file_sha256(path)
        if digest in seen or (digest in shelf.files and not shelf.replaces(path)):
            shelf.unchanged.append(path.name)
        else:
            digests[path] = digest
            seen.add(digest)
            tasks.append(inside.Task(path=path, given=given.model_dump_json(), beside=reference))
    started = datetime.datetime.now(tz=datetime.UTC)
    for done, outcome in enumerate(workers.run(tasks, vocabulary, today, limits), start=1):
        shelf.take(outcome, digests[outcome.path])
        report("read", done, len(tasks))
    shelf.supersede()
    seconds = (datetime.datetime.now(tz=datetime.UTC) - started).total_seconds()
    return shelf.result(seconds)


class _Shelf:
    """The added documents while a batch comes in."""

    def __init__(
        self,
        folder: Path,
        kept: Iterable[Kept],
        curated: Mapping[str, Metadata],
        *,
        replace: bool,
        formerly: Mapping[Path, str],
    ) -> None:
        self._folder, self._replace, self._formerly = folder, replace, formerly
        self._kept = {record.document.id: record for record in kept}
        self._near = Neighbours(self._kept.values())
        whole = (o.file_sha256 for r in self._kept.values() if (o := r.document.metadata.origin) is not None)
        self.files = set(whole) - added.cut_short(folder)
        self._by_name = {name: i for i, r in self._kept.items() for name in editions.names(r.document.metadata)}
        self._curated = curated
        self.unchanged: list[str] = []
        self._added: list[Added] = []
        self._duplicates: list[tuple[str, str, str]] = []
        self._refused: list[Refused] = []
        self._superseded: list[tuple[str, str]] = []
        self._warnings: list[str] = []
        self._kin: list[tuple[str, str, str, str]] = []  # file, document, the other document, what is the same
        self._wordless = 0
        self._costs: list[tuple[str, float, int]] = []

    def replaces(self, path: Path) -> bool:
        """Return whether a file is read and takes the place of a document that is there, by what the user said."""
        return self._replace or path in self._formerly

    def refuse(self, path: Path, digest: str | None, reason: str) -> None:
        """Write down that a file could not be added."""
        record = Refused(file=path.name, file_sha256=digest, size=path.stat().st_size, reason=reason)
        added.refuse(self._folder, record)
        self._refused.append(record)

    def take(self, outcome: workers.Outcome, digest: str) -> None:
        """Keep the documents of a file, or write down why not."""
        self._costs.append((outcome.path.name, outcome.seconds, outcome.peak))
        if outcome.problem is not None:
            self.refuse(outcome.path, digest, outcome.problem)
            return
        self._wordless += outcome.wordless
        added.begin(self._folder, digest)
        for line in outcome.records:
            self._keep(Kept.model_validate_json(line), outcome.path)
        added.end(self._folder, digest)
        added.forget(self._folder, digest)

    def _keep(self, record: Kept, path: Path) -> None:
        metadata = record.document.metadata
        same, why, likeness = self._same(record, path)
        if same is not None and not self.replaces(path):
            old = self._kept[same].document
            file = old.metadata.origin.file if old.metadata.origin else same
            if likeness >= added.SAME and editions.is_undecided(old, record.document) and same in self._new():
                self._undecided(record, path, same, file)
                return
            if old.review_state is ReviewState.APPROVED and editions.words(old) != editions.words(record.document):
                reason = f"it is nearly the same as {same}, which a reviewer approved; replace that with --replace"
                self.refuse(path, metadata.origin.file_sha256 if metadata.origin else None, reason)
                return
            fuller = len(old.text) >= len(record.document.text)
            if (
                (fuller and likeness < added.SAME)
                or editions.is_later(old.metadata, metadata)
                or editions.words(old) == editions.words(record.document)
            ):
                self._duplicates.append((path.name, same, why))
                return
            self._duplicates.append((file, metadata.id, why))
            if likeness >= added.SAME:
                self._warnings.append(
                    f"{path.name}: it takes the place of {same} ({file}), from which it differs in "
                    f"{editions.changes(old.text, record.document.text)}; if that is wrong, remove it and add the "
                    "former file again"
                )
        replaced = self._kept[same].document if same is not None else None
        before = replaced.metadata if replaced is not None else None
        if same is not None:
            self._drop(same)  # its file goes when the new one is there
        else:
            self._note_kin(self._named_apart(record.document).metadata, path)
        document = self._named_apart(record.document)
        if before is not None:
            document = self._with_editions(document, before)
        kept = record.model_copy(update={"document": document})
        added.save(self._folder, kept, path)
        self._remember(kept)
        if replaced is not None:
            added.discard(self._folder, [replaced], [r.document for r in self._kept.values()])
        self._added.append(Added(document=document, replaced=same is not None))

    def _same(self, record: Kept, path: Path) -> tuple[str | None, str, float]:
        """Return the document that is the same work, why, and how much of the text is the same."""
        metadata = record.document.metadata
        former = self._former(path)
        if metadata.id in former or len(former) == 1:
            return metadata.id if metadata.id in former else former[0], "the same file", 1.0
        same = next((self._by_name[name] for name in editions.names(metadata) if name in self._by_name), None)
        if same is not None:
            return same, "the same DOI or PMID", added.resemblance(record.sketch, self._kept[same].sketch)
        near = self._near.nearest(record.sketch) or ("", 0.0)
        if near[1] >= added.SAME and not self._is_apart(metadata, near[0]):
            return near[0], f"{near[1]:.0%} of its text is the same", near[1]
        if self._replace and metadata.id in self._kept:
            return metadata.id, "the same id", 0.0
        return None, "", 0.0

    def _is_apart(self, metadata: Metadata, other: str) -> bool:
        """Return whether a document is another work, or another edition, than one that has nearly its text."""
        theirs = self._kept[other].document.metadata
        return editions.is_other_edition(metadata, theirs) or editions.are_two_works(metadata, theirs)

    def _former(self, path: Path) -> list[str]:
        """Return the documents that a file gave before it was changed."""
        digest = self._formerly.get(path)
        if digest is None:  # nearly always: all documents are not gone through for each one that comes in
            return []
        origins = ((document_id, record.document.metadata.origin) for document_id, record in self._kept.items())
        return [document_id for document_id, o in origins if o is not None and o.file_sha256 == digest]

    def _new(self) -> set[str]:
        return {each.document.id for each in self._added}

    def _undecided(self, record: Kept, path: Path, same: str, file: str) -> None:
        """Refuse two texts of one batch that are nearly the same: which of them is right is not for us to say."""
        difference = editions.changes(self._kept[same].document.text, record.document.text)
        origins = {path.name: record.document.metadata.origin, file: self._kept[same].document.metadata.origin}
        dropped = self._kept[same].document
        self._drop(same)
        added.discard(self._folder, [dropped], [r.document for r in self._kept.values()])
        for name, origin in origins.items():
            other = next(each for each in (*origins, file) if each != name or len(origins) == 1)
            reason = (
                f"it is nearly the same as {other}, which was added with it and differs in {difference}; add the one "
                "that is right by itself"
            )
            digest = origin.file_sha256 if origin is not None else None
            refused = Refused(file=name, file_sha256=digest, size=len(record.document.text), reason=reason)
            added.refuse(self._folder, refused)
            self._refused.append(refused)

    def _note_kin(self, metadata: Metadata, path: Path) -> None:
        """Note other documents of the same file name, or of the same title, with other content."""
        if metadata.pmid is not None or metadata.origin is None:
            return  # a citation is known by its number
        for other in self._kept.values():
            theirs = other.document.metadata
            if theirs.origin is None or theirs.origin.file_sha256 == metadata.origin.file_sha256:
                continue
            same_name = theirs.origin.file.casefold() == path.name.casefold()
            if same_name or theirs.title.casefold() == metadata.title.casefold():
                self._kin.append((path.name, metadata.id, theirs.id, "file name" if same_name else "title"))

    def _kin_warnings(self) -> Iterator[str]:
        for file, name, other, what in self._kin:
            new, old = self._kept.get(name), self._kept.get(other)
            both = [m.document.metadata for m in (new, old) if m is not None]
            if len(both) == 2 and not any(m.superseded_by in (name, other) for m in both):
                yield (
                    f"{file}: {other} has the same {what} and other content; if this is a new version of it, remove "
                    f"{other}, or add this again with --replace --supersedes {other}"
                )

    def _with_editions(self, document: Document, before: Metadata) -> Document:
        """Return a document with what was said of editions of the one whose place it takes."""
        if document.id != before.id:
            for other in list(self._kept.values()):
                changed = added.without_editions(other, (before.id,))
                if changed is not other:
                    self._write(changed)
            return document
        supersedes = tuple(dict.fromkeys((*before.supersedes, *document.metadata.supersedes)))
        metadata = document.metadata.model_copy(
            update={"supersedes": supersedes, "superseded_by": before.superseded_by}
        )
        return document.model_copy(update={"metadata": metadata})

    def _named_apart(self, document: Document) -> Document:
        """Return a document under an id that no other has."""
        name, number = document.id, 1
        while name in self._kept or name in self._curated:
            number += 1
            name = f"{document.id[:70]}-{number}"
        if name == document.id:
            return document
        metadata = document.metadata.model_copy(update={"id": name})
        return document.model_copy(update={"metadata": metadata, "path": f"added/documents/{name}.json"})

    def _remember(self, kept: Kept) -> None:
        self._kept[kept.document.id] = kept
        self._near.add(kept.document.id, kept.sketch)
        for name in editions.names(kept.document.metadata):
            self._by_name[name] = kept.document.id

    def _drop(self, document_id: str) -> None:
        self._added = [a for a in self._added if a.document.id != document_id]
        record = self._kept.pop(document_id)
        for name in editions.names(record.document.metadata):
            self._by_name.pop(name, None)
        self._near.drop(document_id)

    def supersede(self) -> None:
        """Mark the older of two editions of one guideline: of the same publisher under the same title, or as told.

        What a file says of itself supersedes nothing: the newer one's publisher must have been said by whoever added
        it, or its text approved by a reviewer. A document of our own is marked by what supersedes it alone
        (``corpus.load``): its file stays as it is.
        """
        groups: dict[tuple[str, str], list[Metadata]] = {}
        for metadata in (*self._curated.values(), *(record.document.metadata for record in self._kept.values())):
            if metadata.organisation and metadata.year and metadata.kind.value in ("guideline", "label"):
                groups.setdefault((metadata.organisation.casefold(), editions.work(metadata.title)), []).append(
                    metadata
                )
        for found in groups.values():
            ordered = sorted(found, key=lambda m: (m.year or 0, m.origin.published or "" if m.origin else "", m.id))
            for older, newer in pairwise(ordered):
                if editions.date(older) == editions.date(newer):
                    continue
                if self._is_vouched_for(newer):
                    self._succeed(older.id, newer.id)
                elif newer.id in self._new() and older.superseded_by is None:
                    self._warnings.append(
                        f"{newer.id} calls itself a newer edition of {older.id}; if it is, add it again with --replace "
                        f"--supersedes {older.id}"
                    )
        new = {each.document.id for each in self._added}
        for record in list(self._kept.values()):
            for older_id in record.document.metadata.supersedes:
                self._succeed(older_id, record.document.id, report=record.document.id in new)

    def _is_vouched_for(self, metadata: Metadata) -> bool:
        """Return whether a person said whose document it is, or approved its text."""
        if metadata.origin is None or "organisation" in metadata.origin.told:
            return True
        return self._kept[metadata.id].document.review_state is ReviewState.APPROVED

    def _succeed(self, older_id: str, newer_id: str, *, report: bool = False) -> None:
        changed = report
        if older_id in self._kept and self._kept[older_id].document.metadata.superseded_by is None:
            self._change(older_id, {"superseded_by": newer_id})
            changed = True
        if newer_id in self._kept and older_id not in self._kept[newer_id].document.metadata.supersedes:
            before = self._kept[newer_id].document.metadata.supersedes
            self._change(newer_id, {"supersedes": (*before, older_id)})
            changed = True
        if changed and (older_id, newer_id) not in self._superseded:
            self._superseded.append((older_id, newer_id))

    def _change(self, document_id: str, update: dict[str, object]) -> None:
        record = self._kept[document_id]
        metadata = record.document.metadata.model_copy(update=update)
        self._write(record.model_copy(update={"document": record.document.model_copy(update={"metadata": metadata})}))

    def _write(self, record: Kept) -> None:
        added.save(self._folder, record, None)
        self._kept[record.document.id] = record

    def result(self, seconds: float) -> Result:
        """Return what became of the batch."""
        return Result(
            added=tuple(a.model_copy(update={"document": self._kept[a.document.id].document}) for a in self._added),
            unchanged=tuple(self.unchanged),
            duplicates=tuple(self._duplicates),
            superseded=tuple(self._superseded),
            refused=tuple(self._refused),
            warnings=tuple(dict.fromkeys([*self._warnings, *self._kin_warnings()])),
            wordless=self._wordless,
            seconds=seconds,
            costs=tuple(self._costs),
        )


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder and of those in it that are to be added: no links, and nothing hidden."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    found = [p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    return [p for p in found if p.name.lower() not in _HERE]


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files to be added, each once.

    Raises: NotFound for a path that is not there.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(files_in(path)))
        elif path.is_file():
            found[path] = None
        else:
            raise NotFound(f"there is no file or folder {path}")
    return list(found)


# --- review -----------------------------------------------------------------------------------------------------------

_STEPS: Final = {
    ReviewState.SUBMITTED: (ReviewState.UNDER_REVIEW,),
    ReviewState.UNDER_REVIEW: (ReviewState.APPROVED, ReviewState.SUBMITTED),
    ReviewState.APPROVED: (ReviewState.UNDER_REVIEW, ReviewState.SUBMITTED),
}


def review(folder: Path, document_id: str, state: ReviewState, reviewer: str | None, date: datetime.date) -> Document:
    """Move a document on in its review and return it; the new state is bound to the text as it is.

    Raises: NotFound if no document has the id; BadFile if the state does not follow the present one, or an approval or
        a review names nobody.
    """
    document = loading.document(folder, document_id)
    present = document.review_state
    if state not in _STEPS[present]:
        steps = " or ".join(f"'{step}'" for step in _STEPS[present])
        raise BadFile(f"{document_id} is '{present}'; the next state is {steps}")
    if state is not ReviewState.SUBMITTED and not (reviewer or "").strip():
        raise BadFile(f"'{state}' needs the name of the person who reviews: --reviewer NAME")
    made = Review(
        state=state,
        reviewer=(reviewer or "").strip() or None if state is not ReviewState.SUBMITTED else None,
        date=date if state is not ReviewState.SUBMITTED else None,
        text_sha256=document.sha256 if state is not ReviewState.SUBMITTED else None,
    )
    return loading.set_review(folder, document, made)
