"""The changes that a service is asked for: files that were sent, or documents to be removed, one after the other.

    corpus/added/.incoming/ID/files/…       what was sent, while it waits or is read
    corpus/added/.incoming/ID/state.json    how far the change has come, for every process of the service

Whoever asks gets the id of the change at once and looks at its state. A change that a process did not live to finish is
told as failed: what it had kept by then is whole, and sending the files again does no harm.
"""

import contextlib
import datetime
import logging
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from fmqa import files
from fmqa.corpus.added import FOLDER
from fmqa.errors import Busy, FmqaError, NotFound, Unavailable
from fmqa.settings import Settings
from fmqa.types import Record
from fmqa.upkeep import changing
from fmqa.upkeep.reporting import Change, State, Trouble, of_files

if TYPE_CHECKING:
    from fmqa.adding.about import Given
    from fmqa.adding.ingestion import Result

INCOMING: Final = ".incoming"
LONGEST_NAME: Final = 120
MOST_WAITING: Final = 20
_KEPT_S: Final = 24 * 3600  # that a state can be looked at
_DEAD_S: Final = 900  # without a word, after which a change is taken for cut short
_TOLD_EVERY_S: Final = 0.1
_ID: Final = re.compile(r"[A-Za-z0-9_-]{12}")
_STEPS: Final = {
    "read": (State.READING, "Reading"),
    "split": (State.INDEXING, "Splitting into passages"),
    "embed": (State.INDEXING, "Making passages searchable"),
    "calibrate": (State.INDEXING, "Trying questions"),
    "suggest": (State.INDEXING, "Trying follow-up questions"),
}
_log = logging.getLogger(__name__)


class Sent(Record):
    """A file that was sent: what it is called, and where its bytes lie."""

    name: str
    path: Path


class Changes:
    """Carries out changes on a thread of its own and keeps the state of each where all processes can read it."""

    def __init__(
        self, settings: Settings, taken_up: Callable[[str], None], index: changing.Index = changing.indexed
    ) -> None:
        """Prepare for changes.

        Args:
            settings: Where corpus and index are.
            taken_up: Called with the generation that a change led to, to answer from it at once.
            index: Brings the index up to date.
        """
        self._settings, self._taken_up, self._index = settings, taken_up, index
        self._folder = settings.corpus / FOLDER / INCOMING
        self._pool = ThreadPoolExecutor(1, "changes")
        self._running: dict[str, tuple[Future[Change], _Teller]] = {}
        self._lock = threading.Lock()

    def staging(self) -> tuple[str, Path]:
        """Return the id of a new change, and the folder for its files.

        Raises: Busy if too many wait; Unavailable if the corpus cannot be written to.
        """
        with self._lock:
            waiting = sum(not future.done() for future, _ in self._running.values())
        if waiting >= MOST_WAITING:
            raise Busy("more changes wait than are taken; try again in a moment")
        change_id = secrets.token_urlsafe(9)
        folder = self._folder / change_id / "files"
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise Unavailable(f"the corpus in {self._settings.corpus} cannot be written: {error.strerror}") from error
        self._tidy()
        return change_id, folder

    def drop(self, change_id: str) -> None:
        """Delete what was staged for a change that will not be made."""
        shutil.rmtree(self._folder / change_id, ignore_errors=True)

    def add(self, change_id: str, sent: Sequence[Sent], given: "Given", *, replace: bool = False) -> Change:
        """Begin to add files that were staged, and return the change as it stands."""
        return self._begin(change_id, partial(self._add, sent, given, replace=replace))

    def remove(self, ids: Iterable[str]) -> Change:
        """Begin to remove documents, and return the change as it stands.

        Raises: Busy if too many wait; Unavailable if the corpus cannot be written to.
        """
        change_id, _ = self.staging()
        return self._begin(change_id, partial(self._remove, tuple(ids)))

    def get(self, change_id: str) -> Change:
        """Return a change as it stands.

        Raises: NotFound if there is none with this id, or it is long past.
        """
        found = self._read(change_id) if _ID.fullmatch(change_id) else None
        if found is None:
            raise NotFound("there is no such change of the documents, or it is more than a day ago")
        return found

    def wait(self, change_id: str, seconds: float) -> Change:
        """Return a change when it is finished, or as it stands after so many seconds."""
        with self._lock:
            running = self._running.get(change_id)
        if running is not None:
            with contextlib.suppress(TimeoutError):
                running[0].result(seconds)
        return self.get(change_id)

    def close(self) -> None:
        """End when the change that is under way is finished; those that wait are not made."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for change_id, (future, teller) in self._running.items():
            if future.cancelled():
                shutil.rmtree(self._folder / change_id / "files", ignore_errors=True)
                teller.end(teller.failed(Busy("the service was stopped before its turn came: send the files again")))

    # --- one change ---------------------------------------------------------------------------------------------------

    def _begin(self, change_id: str, work: Callable[["_Teller"], Change]) -> Change:
        now = datetime.datetime.now(datetime.UTC)
        teller = _Teller(self._folder, Change(id=change_id, state=State.WAITING, created=now, step="Waiting"))
        teller.tell()
        with self._lock:
            self._running = {name: each for name, each in self._running.items() if not each[0].done()}
            self._running[change_id] = self._pool.submit(self._carry_out, teller, work), teller
        return teller.change

    def _carry_out(self, teller: "_Teller", work: Callable[["_Teller"], Change]) -> Change:
        try:
            change = work(teller)
        except FmqaError as error:
            if error.status >= 500:
                _log.error("a change of the documents failed: %s: %s", error.title, error)
            change = teller.failed(error)
        except Exception as error:  # whoever waits must be told
            _log.exception("a change of the documents failed")
            change = teller.failed(FmqaError(f"this is a fault of the service ({type(error).__name__})"))
        shutil.rmtree(self._folder / change.id / "files", ignore_errors=True)
        return teller.end(change)

    def _add(self, sent: Sequence[Sent], given: "Given", teller: "_Teller", *, replace: bool) -> Change:
        names = {each.path.name: each.name for each in sent}

        def read(result: "Result") -> None:
            teller.say(
                files=of_files(result, names),
                superseded=result.superseded,
                warnings=result.warnings,
                without_text=result.wordless,
            )

        paths = [each.path for each in sent]
        _, generation = changing.add(
            self._settings, paths, given, replace=replace, progress=teller.progress, read=read, index=self._index
        )
        self._taken_up(generation)
        return teller.change.model_copy(update={"state": State.DONE, "generation": generation})

    def _remove(self, ids: tuple[str, ...], teller: "_Teller") -> Change:
        generation = changing.remove(self._settings, ids, teller.progress, self._index)
        self._taken_up(generation)
        return teller.change.model_copy(update={"state": State.DONE, "removed": ids, "generation": generation})

    # --- states -------------------------------------------------------------------------------------------------------

    def _read(self, change_id: str) -> Change | None:
        path = self._folder / change_id / "state.json"
        try:
            change = Change.model_validate_json(path.read_bytes())
            silent = time.time() - path.stat().st_mtime
        except (OSError, ValidationError):
            return None
        if not change.state.is_final and silent > _DEAD_S:
            return _Teller(self._folder, change).failed(
                Unavailable("the process that made the change ended; what was kept by then is whole: send it again")
            )
        return change

    def _tidy(self) -> None:
        """Delete what is left of changes that are long past."""
        for folder in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if time.time() - folder.stat().st_mtime > _KEPT_S:
                    shutil.rmtree(folder, ignore_errors=True)


class _Teller:
    """Writes down how far one change has come."""

    def __init__(self, folder: Path, change: Change) -> None:
        self.change = change
        self._path = folder / change.id / "state.json"
        self._last = 0.0

    def progress(self, step: str, done: int, total: int) -> None:
        """Take up a step of adding or indexing."""
        state, words = _STEPS.get(step, (State.INDEXING, "Building the index"))
        self.change = self.change.model_copy(update={"state": state, "step": words, "done": done, "total": total})
        if time.monotonic() - self._last > _TOLD_EVERY_S:
            self.tell()

    def say(self, **known: object) -> None:
        """Take up what is known now."""
        self.change = self.change.model_copy(update=known)
        self.tell()

    def failed(self, error: FmqaError) -> Change:
        """Return the change as failed."""
        trouble = Trouble(type=f"/problems/{error.slug}", title=error.title, detail=error.outside or str(error))
        return self.change.model_copy(update={"state": State.FAILED, "problem": trouble})

    def end(self, change: Change) -> Change:
        """Write down how it ended."""
        self.change = change.model_copy(update={"finished": datetime.datetime.now(datetime.UTC), "step": ""})
        self.tell()
        return self.change

    def tell(self) -> None:
        """Write the state where all can read it; what cannot be written must not stop the change."""
        self._last = time.monotonic()
        with contextlib.suppress(OSError):
            files.put(self._path, self.change.model_dump_json().encode())


def safe_name(given: str) -> str:
    r"""Return a name for a file that was sent under another: its last part, without what a file system or log minds.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\papers\\Dose table.pdf"), safe_name(".bashrc"), safe_name("")
    ('passwd', 'Dose table.pdf', 'bashrc', 'file')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    plain = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last).strip().lstrip(".~").strip()
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 10:
        return plain[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - 11] or 'file'}.{suffix}"
