"""A watched folder: what is put into it is added, what is changed there replaced, and what is taken out removed.

A file counts when it has stood still: its size and its time of change must be the same for SETTLED_S, so that what is
still being written or copied is left alone. It is then copied, and the copy is used only if the file is as it was
before; readers never see a file that changes under them.

    corpus/added/.watched/HASH.json     the files of a folder that are in the corpus, by their paths below it

A change that was made while nobody watched is seen on the next start; one that was cut short is made again.
"""

import contextlib
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Set
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import watchfiles
from pydantic import Field, ValidationError

from fmqa import files
from fmqa.adding import beside, ingestion
from fmqa.adding.about import Given
from fmqa.adding.ingestion import Result
from fmqa.corpus import making
from fmqa.corpus.added import FOLDER
from fmqa.errors import Conflict, FmqaError, NotFound, Unavailable
from fmqa.settings import Settings
from fmqa.types import Record, Sha256
from fmqa.upkeep import changing

SETTLED_S: Final = 1.0
_LOOK_MS: Final = 300
"""How often files that do not stand still yet are looked at."""
_AGAIN_S: Final = 30.0
"""After which a change that could not be made is tried again."""
_UNFINISHED: Final = frozenset({".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".lock"})

Stamp = tuple[int, int]  # size, time of change in nanoseconds
_ABSENT: Final[Stamp] = (-1, -1)  # one that is moved or saved anew is gone for a moment


class Seen(Record):
    """A file that was taken up."""

    sha256: Sha256
    reference: Sha256 | None = Field(None, description="Of the file of references beside it.")


class Ledger(Record):
    """What of a folder is in the corpus."""

    folder: str
    files: Mapping[str, Seen] = Field({}, description="By path below the folder.")


class Done(NamedTuple):
    """What a change of the folder led to."""

    result: Result | None  # of the files that were added or replaced
    removed: tuple[str, ...]  # documents
    generation: str | None
    seconds: float
    problem: FmqaError | None = None  # nothing was taken note of, and it is tried again


class _Copy(NamedTuple):
    of: Path
    path: Path
    reference: Path | None
    seen: Seen


class Rest:
    """Tells files that stand still from files that are still being written, look by look."""

    def __init__(self, settled_s: float = SETTLED_S) -> None:
        self._settled_s = settled_s
        self._since: dict[Path, tuple[Stamp, float]] = {}

    def look(self, stamps: Mapping[Path, Stamp], now: float) -> frozenset[Path]:
        """Return the files that have not changed for long enough.

        Args:
            stamps: Of every file that is there now.
            now: Seconds of any clock that only goes on.
        """
        kept = {path: each for path, each in self._since.items() if stamps.get(path) == each[0]}
        self._since = {path: kept.get(path, (stamp, now)) for path, stamp in stamps.items()}
        return frozenset(path for path, (_, since) in self._since.items() if now - since >= self._settled_s)


class Watcher:
    """Keeps the documents of one folder in a corpus as they are in the folder."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        given: Given,
        settled_s: float = SETTLED_S,
        index: changing.Index = changing.indexed,
    ) -> None:
        """Read what of the folder is in the corpus already.

        Raises: NotFound if there is no such folder; Conflict if corpus or index lie in it, or it in them.
        """
        self._settings, self._given, self._index = settings, given, index
        self._folder = folder.resolve()
        if not self._folder.is_dir():
            raise NotFound(f"there is no folder {folder}")
        for ours in (settings.corpus.resolve(), settings.index.resolve()):
            if self._folder.is_relative_to(ours) or ours.is_relative_to(self._folder):
                raise Conflict(f"{folder} and {ours} lie in each other; watch a folder apart from corpus and index")
        if making.is_new(settings.corpus):
            making.make(settings.corpus)
        name = sha256(str(self._folder).encode()).hexdigest()[:16]
        self._file = settings.corpus / FOLDER / ".watched" / f"{name}.json"
        self._seen = self._read()
        self._rest = Rest(settled_s)
        self._sums: dict[Path, tuple[Stamp, str]] = {}
        self._again = 0.0  # after a failure: when it is tried again
        self.waits = True
        """Whether a file does not stand still yet, or a change is to be tried again."""

    def run(self, stop: threading.Event) -> Iterator[Done]:
        """Watch until told to stop, and yield each change that was made.

        Raises: Unavailable if another process watches the same folder.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with files.held(self._file.with_suffix(".lock"), 0.1):
                ticks = watchfiles.watch(
                    self._folder,
                    watch_filter=None,
                    debounce=_LOOK_MS,
                    rust_timeout=_LOOK_MS,
                    yield_on_timeout=True,
                    stop_event=stop,
                    raise_interrupt=False,
                )
                for changes in ticks:
                    if changes or self.waits:
                        yield from self.look(time.monotonic())
        except TimeoutError:
            raise Unavailable(f"another process watches {self._folder} already") from None

    def look(self, now: float) -> Iterator[Done]:
        """Look once, and make what has come to rest one change of the corpus; yield it, if there is anything to do.

        Args:
            now: Seconds of a clock that only goes on.
        """
        stamps = dict(_stamps(self._folder))
        pairs = beside.paired(stamps)
        missing = self._seen.keys() - {self._name(path) for path in pairs}
        absent = {self._folder / name: _ABSENT for name in missing}
        still = self._rest.look(stamps | absent, now)
        settled = {path: ref for path, ref in pairs.items() if path in still and (ref is None or ref in still)}
        found = {path: seen for path, ref in settled.items() if (seen := self._sum(path, ref, stamps)) is not None}
        fresh = {path: seen for path, seen in found.items() if self._seen.get(self._name(path)) != seen}
        gone = {name for name in missing if self._folder / name in still}
        self.waits = len(settled) < len(pairs) or bool(fresh or missing)
        if now >= self._again and (fresh or gone):
            done = self._change({path: pairs[path] for path in fresh}, stamps, gone)
            self._again = now + _AGAIN_S if done.problem is not None else 0.0
            yield done

    def _change(self, fresh: Mapping[Path, Path | None], stamps: Mapping[Path, Stamp], gone: Set[str]) -> Done:
        started = time.monotonic()
        try:
            with TemporaryDirectory(prefix="fmqa-watched-") as folder:
                copies = {self._name(copy.of): copy for copy in _copied(fresh, stamps, Path(folder))}
                dead = self._dead({name: copy.seen for name, copy in copies.items()}, gone)
                formerly = {
                    copy.path: old.sha256
                    for name, copy in copies.items()
                    if (old := self._seen.get(name)) is not None and old.sha256 in {*dead, copy.seen.sha256}
                }
                read = [path for copy in copies.values() for path in (copy.path, copy.reference) if path is not None]
                done = changing.exchange(self._settings, read, self._given, dead, formerly=formerly, index=self._index)
        except FmqaError as error:
            return Done(None, (), None, time.monotonic() - started, error)
        known = {name: seen for name, seen in self._seen.items() if name not in gone}
        known |= {name: copy.seen for name, copy in copies.items()}
        if done.removed:  # what was left out beside one of these is looked at again
            known = {name: seen for name, seen in known.items() if seen.sha256 in done.files}
        self._write(known)
        return Done(done.result, done.removed, done.generation, time.monotonic() - started)

    def _dead(self, new: Mapping[str, Seen], gone: Set[str]) -> frozenset[str]:
        """Return the files, by their hashes, that the folder had and has no more."""
        left = {seen.sha256 for name, seen in self._seen.items() if name in gone or name in new}
        there = {seen.sha256 for name, seen in self._seen.items() if name not in gone and name not in new}
        return frozenset(left - there - {seen.sha256 for seen in new.values()})

    def _sum(self, path: Path, reference: Path | None, stamps: Mapping[Path, Stamp]) -> Seen | None:
        """Return what a file is by its content; None if it cannot be read now."""
        sums: list[str] = []
        for each in (path, reference):
            if each is None:
                continue
            if self._sums.get(each, ((-1, -1), ""))[0] != stamps[each]:
                try:
                    self._sums[each] = stamps[each], files.file_sha256(each)
                except OSError:
                    return None
            sums.append(self._sums[each][1])
        return Seen(sha256=sums[0], reference=sums[1] if reference is not None else None)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _read(self) -> dict[str, Seen]:
        try:
            return dict(Ledger.model_validate_json(self._file.read_bytes()).files)
        except (OSError, ValidationError):  # none yet, or damaged: what is there is looked at as new
            return {}

    def _write(self, known: dict[str, Seen]) -> None:
        self._seen = known
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            files.put(self._file, Ledger(folder=str(self._folder), files=known).model_dump_json().encode())
        except OSError as error:
            raise Unavailable(f"{self._file} cannot be written: {error.strerror}") from error


def _stamps(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    """Yield the files of a folder that are to be added, and how each stands now."""
    for path in ingestion.files_in(folder):
        if path.suffix.lower() in _UNFINISHED or path.name.startswith("~$") or path.name.endswith("~"):
            continue
        with contextlib.suppress(OSError):  # it was taken away meanwhile
            yield path, _stamp(path)


def _copied(fresh: Mapping[Path, Path | None], stamps: Mapping[Path, Stamp], folder: Path) -> Iterator[_Copy]:
    """Copy files and yield those that did not change meanwhile."""
    for number, (path, reference) in enumerate(fresh.items()):
        inside = folder / str(number)
        inside.mkdir()
        pair = [each for each in (path, reference) if each is not None]
        try:
            copies = [Path(shutil.copyfile(each, inside / each.name)) for each in pair]
            if [_stamp(each) for each in pair] != [stamps[each] for each in pair]:
                continue
        except OSError:
            continue
        sums = [files.file_sha256(each) for each in copies]
        seen = Seen(sha256=sums[0], reference=sums[1] if reference is not None else None)
        yield _Copy(path, copies[0], copies[1] if reference is not None else None, seen)


def _stamp(path: Path) -> Stamp:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns
