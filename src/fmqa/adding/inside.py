"""What a child process does: it reads a file into documents, or draws a page of one, and can do nothing else.

A parser may be led astray by a hostile file; the process that it runs in has a limit of memory and may neither write,
nor connect, nor run another program.
"""

import contextlib
import datetime
import os
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from pydantic import Field

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


class Limits(Record):
    """What reading one file may cost."""

    seconds: float = 120
    megabytes: int = 2048  # of address space
    largest: int = 200_000_000  # bytes of a file


class Task(Record):
    """A file to be read, and what is said of it, as JSON for ``about.Given``."""

    path: Path
    given: str
    beside: Path | None = Field(None, description="A file of references with the same name, which tells what it is.")


class Drawing(Record):
    """A page of a PDF to be drawn, with words boxed on it."""

    path: Path
    page: int = Field(ge=1, description="Its place in the file.")
    words: str = ""
    share: float = Field(0.0, description="How much of the page's text stands before the words, if they occur twice.")


Answer = tuple[tuple[bytes, ...], int, str | None, float, int]
"""Records or pictures, records without words, a problem, seconds, and the most bytes of memory that were used."""


def work(pipe: Connection, today: datetime.date, limits: Limits) -> None:
    """Do what comes through the pipe until it closes."""
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        _work(pipe, today, limits)


def _work(pipe: Connection, today: datetime.date, limits: Limits) -> None:
    vocabulary: str = pipe.recv()
    from fmqa.adding import extraction  # noqa: PLC0415 - the parsers are for this process alone
    from fmqa.corpus.vocabulary import Matcher  # noqa: PLC0415
    from fmqa.readers.paged import picture  # noqa: F401, PLC0415

    matcher = Matcher(Vocabulary.model_validate_json(vocabulary))
    extraction.load_readers()  # what they load must be there before the process is confined
    confine(limits)
    pipe.send(None)
    while True:
        task: Task | Drawing = pipe.recv()
        started = time.monotonic()
        found: tuple[bytes, ...] = ()
        wordless, problem = 0, None
        try:
            if isinstance(task, Task):
                found, wordless = _read(task, today, matcher)
            else:
                found = _draw(task)
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
        pipe.send((found, wordless, problem, time.monotonic() - started, _peak()))


def _read(task: Task, today: datetime.date, matcher: object) -> tuple[tuple[bytes, ...], int]:
    from fmqa.adding import about, extraction  # noqa: PLC0415
    from fmqa.corpus import added  # noqa: PLC0415
    from fmqa.corpus.vocabulary import Matcher  # noqa: PLC0415

    assert isinstance(matcher, Matcher)  # noqa: S101 - its class is for this process alone
    given = about.Given.model_validate_json(task.given)
    beside = (task.beside.name, task.beside.read_bytes()) if task.beside is not None else None
    found = extraction.documents(task.path.name, task.path.read_bytes(), today, given, matcher, beside)
    kept = (added.Kept(document=document, sketch=added.sketch(document.text)) for document in found.documents)
    return tuple(each.model_dump_json().encode() for each in kept), found.wordless


def _draw(task: Drawing) -> tuple[bytes, ...]:
    from fmqa.readers.paged import picture  # noqa: PLC0415

    return (picture.drawn(task.path.read_bytes(), task.page, task.words, task.share),)


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
