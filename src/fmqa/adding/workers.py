"""Child processes that read files, one file at a time each.

A child has limits on time and memory and may do nothing but read. One that exceeds a limit is ended and replaced, and
the remaining files are read by the others.
"""

import contextlib
import datetime
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final

from fmqa.errors import BadFile
from fmqa.types import Record, Vocabulary

_REFUSED_EVENTS: Final = (
    *("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "socket.sendto", "urllib.Request"),
    *(
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.fork",
        "os.forkpty",
        "ctypes.dlopen",
    ),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.link", "os.symlink", "shutil.rmtree"),
)
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_START_S: Final = 60  # for a child to begin: imports on a busy machine


class Limits(Record):
    """What reading one file may cost."""

    seconds: float = 120
    megabytes: int = 2048  # of address space
    largest: int = 200_000_000  # bytes of a file


class Task(Record):
    """A file to be read, and what is said of it, as JSON for ``about.Given``."""

    path: Path
    given: str


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the records of its documents as JSON, or the reason why there are none."""

    path: Path
    records: tuple[bytes, ...] = ()
    wordless: int = 0
    problem: str | None = None
    seconds: float = 0.0
    peak: int = 0  # bytes of memory that its process had used at most


@dataclass
class _Child:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    task: Task | None = None
    since: float = field(default_factory=time.monotonic)
    ready: bool = False


def run(
    tasks: Sequence[Task], vocabulary: Vocabulary, today: datetime.date, limits: Limits, count: int | None = None
) -> Iterator[Outcome]:
    """Read files on all cores and yield what became of each, as they are done.

    Args:
        tasks: The files.
        vocabulary: For the concepts that their statements name.
        today: The day on which they are added.
        limits: For each file.
        count: Of processes; None: as many as there are cores.
    """
    waiting = list(reversed(tasks))
    count = min(len(tasks), count or os.cpu_count() or 1)
    children: list[_Child] = []
    try:
        while waiting or any(child.task for child in children):
            while waiting and len(children) < count:
                children.append(_start(vocabulary, today, limits))
            yield from _step(children, waiting, limits)
    finally:
        for child in children:
            _end(child)


def _step(children: list[_Child], waiting: list[Task], limits: Limits) -> Iterator[Outcome]:
    """Wait for a child to say something, or to run out of time; yield what is finished."""
    now = time.monotonic()
    deadlines = [child.since + (limits.seconds if child.ready else _START_S) for child in children if _busy(child)]
    said = wait([child.pipe for child in children], max(0.05, min(deadlines, default=now + 1) - now))
    for child in list(children):
        if child.pipe in said:
            try:
                message = child.pipe.recv()
            except (EOFError, OSError):
                children.remove(child)
                _end(child)
                if child.task is not None:
                    yield Outcome(
                        child.task.path,
                        problem=f"its reader died: it may need more than {limits.megabytes} MB of memory",
                    )
                elif not child.ready:
                    raise BadFile(
                        "the process that reads files cannot be started; a script that adds files does so below "
                        "if __name__ == '__main__'"
                    ) from None
                continue
            if message is not None and child.task is not None:
                records, wordless, problem, seconds, peak = message
                yield Outcome(child.task.path, records, wordless, problem, seconds, peak)
            child.ready, child.task = True, None
            if waiting:
                child.task, child.since = waiting.pop(), time.monotonic()
                child.pipe.send(child.task)
        elif _busy(child) and time.monotonic() > child.since + (limits.seconds if child.ready else _START_S):
            children.remove(child)
            _end(child)
            if child.task is not None:
                yield Outcome(child.task.path, problem=f"its reader did not finish in {limits.seconds:g} s")


def _busy(child: _Child) -> bool:
    return child.task is not None or not child.ready


def _start(vocabulary: Vocabulary, today: datetime.date, limits: Limits) -> _Child:
    # Not a fork: a child must not hold what its parent has open.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, today, limits), daemon=True)
    process.start()
    theirs.close()
    # Not an argument: what a process is started with blocks for good if it is long and the process dies at once.
    with contextlib.suppress(OSError):
        ours.send(vocabulary.model_dump_json())
    return _Child(process, ours)


def _end(child: _Child) -> None:
    child.pipe.close()
    child.process.join(0.2 if child.task is None else 0)
    if child.process.is_alive():
        child.process.kill()
    child.process.join()


# --- in the child -----------------------------------------------------------------------------------------------------


def _work(pipe: Connection, today: datetime.date, limits: Limits) -> None:
    """Read files until the pipe closes."""
    vocabulary: str = pipe.recv()
    from fmqa.adding import about, extraction  # noqa: PLC0415 - the parsers are for this process alone
    from fmqa.corpus import added  # noqa: PLC0415 - the parsers are for this process alone
    from fmqa.corpus.vocabulary import Matcher  # noqa: PLC0415

    matcher = Matcher(Vocabulary.model_validate_json(vocabulary))
    extraction.load_readers()  # what they load must be there before the process is confined
    confine(limits)
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        pipe.send(None)
        while True:
            task: Task = pipe.recv()
            started = time.monotonic()
            records: tuple[bytes, ...] = ()
            wordless, problem = 0, None
            try:
                data = task.path.read_bytes()
                given = about.Given.model_validate_json(task.given)
                found = extraction.documents(task.path.name, data, today, given, matcher)
                wordless = found.wordless
                records = tuple(
                    added.Kept(document=document, sketch=added.sketch(document.text)).model_dump_json().encode()
                    for document in found.documents
                )
            except BadFile as error:
                problem = str(error)
            except MemoryError:
                problem = f"it needs more than {limits.megabytes} MB of memory"
            except RecursionError:
                problem = "its parts are nested too deeply"
            except OSError as error:
                problem = f"it cannot be read: {error.strerror or type(error).__name__}"
            except Exception as error:  # a parser's fault on a broken file must not stop the others
                problem = f"its reader failed ({type(error).__name__}); the file is damaged or of a form not known"
            pipe.send((records, wordless, problem, time.monotonic() - started, _peak()))


def confine(limits: Limits) -> None:
    """Limit this process: memory, and no network, other programs or writing, whatever a parser tries."""
    size = limits.megabytes * 1_000_000
    for kind, most in ((resource.RLIMIT_AS, size), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is in force already
            resource.setrlimit(kind, (most, most))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _REFUSED_EVENTS:
        raise PermissionError(f"a reader of files may not do this: {event}")
    if event == "open":
        _, mode, flags = arguments
        if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITING):
            raise PermissionError("a reader of files may not write")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
