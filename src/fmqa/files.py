"""Writes files so that they are complete or absent, holds the writers' lock, and tells a file by its SHA-256."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from filelock import FileLock, Timeout

_BESIDE = re.compile(r"\..+\.writing-\d+")


def put(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file so that, after a crash or on a full disk, either its old or its new content is there, whole.

    Args:
        path: The file. One that is there keeps its permissions; a link keeps pointing to it.
        content: All of its new bytes.
        mode: The permissions of a new file, less what the umask takes.

    Raises:
        OSError: It cannot be written; the old content is as it was.
    """
    path = path.resolve()
    beside = path.with_name(f".{path.name}.writing-{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal.

    Raises: OSError if it cannot be read.
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def unfinished(folder: Path) -> list[Path]:
    """Return what writers that died have left in a folder and below it."""
    return sorted(path for path in folder.rglob(".*") if _BESIDE.fullmatch(path.name) and path.is_file())


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def held(lock: Path, seconds: float) -> Iterator[None]:
    """Hold a lock between processes; one that dies lets go of it.

    Raises:
        TimeoutError: Another process holds it for longer than ``seconds``.
    """
    held_lock = FileLock(lock, timeout=seconds)
    try:
        held_lock.acquire()
    except Timeout as error:
        raise TimeoutError(f"another process holds {lock}") from error
    try:
        yield
    finally:
        held_lock.release()
