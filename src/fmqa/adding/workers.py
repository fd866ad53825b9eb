"""Child processes that read files and draw pages of them, one file at a time each.

A child has limits on time and memory and may do nothing else. One that exceeds a limit is ended and replaced, and the
remaining files are read by the others. Children are forked from a server process that has loaded the parsers and
nothing of ours besides, so that a second file does not wait for them; ``fmqa.adding.inside`` is what a child does.
"""

import contextlib
import datetime
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Final

from fmqa.adding import inside
from fmqa.adding.inside import Answer, Drawing, Limits, Task
from fmqa.errors import BadFile
from fmqa.types import Vocabulary

_PARSERS: Final = ("fmqa.adding.extraction", "fmqa.readers.docx", "fmqa.readers.jats", "fmqa.readers.pdf")
_PROGRAM: Final = "fmqa.cli.main"  # where it is what runs, each child would load it for itself
_START_S: Final = 60  # for a child to begin: imports on a busy machine


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


def draw(drawing: Drawing, limits: Limits) -> bytes:
    """Return a page of a PDF as PNG or JPEG, drawn in a process of its own.

    Raises: BadFile with the reason why it cannot be drawn.
    """
    child = _start(Vocabulary(), datetime.date.min, limits)
    try:
        _reply(child, _START_S)
        child.pipe.send(drawing)
        answer = _reply(child, limits.seconds)
    finally:
        _end(child)
    assert answer is not None  # noqa: S101 - only what a child says first is
    if answer[2] is not None:
        raise BadFile(answer[2])
    return answer[0][0]


def _reply(child: _Child, seconds: float) -> Answer | None:
    if not child.pipe.poll(seconds):
        raise BadFile(f"its reader did not finish in {seconds:g} s")
    try:
        answer: Answer | None = child.pipe.recv()
    except (EOFError, OSError):
        raise BadFile("its reader died") from None
    return answer


def warm() -> None:
    """Load the parsers in the background, so that the first file is not kept waiting for them."""
    _server()
    forkserver.ensure_running()


def _server() -> ForkServerContext:
    """Return what starts children: forked from a process that was started anew, they hold nothing that is open here."""
    context = multiprocessing.get_context("forkserver")
    program = [_PROGRAM] if _PROGRAM in sys.modules else []
    context.set_forkserver_preload([*_PARSERS, *program])
    return context


def _start(vocabulary: Vocabulary, today: datetime.date, limits: Limits) -> _Child:
    context = _server()
    ours, theirs = context.Pipe()
    process = context.Process(target=inside.work, args=(theirs, today, limits), daemon=True)
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
