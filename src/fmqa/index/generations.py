"""The folder of index generations: what makes a build atomic, verifiable and safe beside readers and other builds.

    index/
      current            SHA-256 of the manifests of the generations kept, newest first; its first line is in use
      <16 hex digits>/   a generation, named by its manifest's SHA-256: manifest.json and the files that it lists
      .building-*/       a build that has not finished, or died
      .vectors-*         what it has encoded so far (``index/checkpoint.py``)
      .lock              held while building
      .checked           which files were found right (``index/checked.py``)

A generation is never changed once it has its name. A build writes beside it, makes every byte durable, renames the
folder and then moves ``current``, so that a crash between any two steps leaves the last generation in use.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

from pydantic import Field, ValidationError

from fmqa import files
from fmqa.errors import IndexBusy, IndexUnusable, NotFound
from fmqa.index import checked
from fmqa.types import Record, Sha256

CURRENT, LOCK, MANIFEST, BUILDING = "current", ".lock", "manifest.json", ".building-"
KEPT = 3
"""Generations kept: the one in use, and two to return to."""

Check = Literal["full", "changed", "size"]
REBUILD = "run 'fmqa index build'"


class File(Record):
    """A file of a generation."""

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")
    size: int = Field(ge=0, description="Bytes.")
    sha256: Sha256


class Manifest(Record):
    """What a generation is made of and from. It holds no time or place, so that equal builds have equal manifests."""

    inputs: Sha256 = Field(description="Everything that shapes the generation; equal means: nothing to build.")
    corpus: Sha256 = Field(description="Documents with their metadata, and the vocabulary.")
    encoder: Sha256 = Field(description="Model, code and libraries that the encoder was exported with.")
    encoder_files: Sha256 = Field(description="The encoder's files as exported.")
    rows: Sha256 = Field(description="What decides passages and terms besides the text of a document.")
    tuned: str = Field("", description="What its calibration rests on; equal means the same one. Empty: it has none.")
    passages: int = Field(ge=1)
    dimension: int = Field(ge=1)
    documents: int = Field(ge=1)
    precision: str
    settings: dict[str, Any]
    versions: dict[str, str]
    files: tuple[File, ...]


def name_of(manifest_sha256: str) -> str:
    """Return the name of the generation that has a manifest."""
    return manifest_sha256[:16]


def current(folder: Path) -> str | None:
    """Return the name of the generation in use, or None if there is none or ``current`` cannot be read."""
    try:
        return name_of(history(folder)[0])
    except (IndexUnusable, IndexError):
        return None


def in_use(folder: Path) -> str:
    """Return the name of the generation in use.

    Raises:
        IndexUnusable: If there is none, or ``current`` is damaged.
    """
    kept = history(folder)
    if not kept:
        raise IndexUnusable(f"there is no index in {folder} any more: {REBUILD}")
    return name_of(kept[0])


def history(folder: Path) -> tuple[str, ...]:
    """Return the manifest hashes of the generations kept, newest first; empty if nothing was ever built.

    Raises:
        IndexUnusable: If ``current`` is damaged.
    """
    try:
        lines = (folder / CURRENT).read_bytes().decode("ascii").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexUnusable(f"{folder / CURRENT} cannot be read: {REBUILD}") from error
    if not lines or not all(re.fullmatch(r"[0-9a-f]{64}", line) for line in lines):
        raise IndexUnusable(f"{folder / CURRENT} does not name generations: {REBUILD}")
    return tuple(lines)


def found(folder: Path) -> tuple[str, ...]:
    """Return the manifest hashes of the generations that lie in a folder, newest first, without asking ``current``."""
    digests = []
    for path in folder.glob(f"*/{MANIFEST}"):
        digest = files.file_sha256(path)
        if path.parent.name == name_of(digest):
            digests.append((path.stat().st_mtime_ns, digest))
    return tuple(digest for _, digest in sorted(digests, reverse=True))


def read_manifest(folder: Path, manifest_sha256: str) -> Manifest:
    """Return the manifest of a generation after checking its hash.

    Raises:
        IndexUnusable: If it is missing, altered, or of another release of fmqa.
    """
    path = folder / name_of(manifest_sha256) / MANIFEST
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IndexUnusable(f"{path} cannot be read: {REBUILD}") from error
    if sha256(content).hexdigest() != manifest_sha256:
        raise IndexUnusable(f"{path} is not the manifest that {CURRENT} names: {REBUILD}")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise IndexUnusable(f"{path} was written by another release of fmqa: {REBUILD}") from error


def verify(folder: Path, manifest_sha256: str, check: Check = "full") -> Manifest:
    """Return a generation's manifest after checking every file against it; nothing is deserialised before.

    Args:
        folder: Folder of the generations.
        manifest_sha256: Which generation.
        check: ``full`` compares the SHA-256 of every file (0.3 s for 100,000 passages); ``changed`` of those that were
            written to since they were last found right, in milliseconds; ``size`` lengths only.

    Raises:
        IndexUnusable: If a file is missing, truncated, altered or not listed; the message names it.
    """
    manifest = read_manifest(folder, manifest_sha256)
    generation = folder / name_of(manifest_sha256)
    listed = {file.name for file in manifest.files} | {MANIFEST}
    for path in generation.rglob("*"):
        if path.is_file() and path.relative_to(generation).as_posix() not in listed:
            raise IndexUnusable(f"{path} does not belong to its generation: {REBUILD}")
    right = checked.read(folder, generation.name) if check == "changed" else {}
    found: dict[str, checked.Facts] = {}
    for file in manifest.files:
        path = generation / file.name
        try:
            found[file.name] = facts = checked.facts_of(path)  # before it is read
            if facts[0] != file.size:
                raise IndexUnusable(f"{path} has {facts[0]} bytes instead of {file.size}: {REBUILD}")
            if check != "size" and right.get(file.name) != facts and files.file_sha256(path) != file.sha256:
                raise IndexUnusable(f"{path} was altered (its SHA-256 is not the manifest's): {REBUILD}")
        except OSError as error:
            raise IndexUnusable(f"{path} is missing or cannot be read: {REBUILD}") from error
    if check == "changed" and right != found:
        checked.note(folder, generation.name, found)
    return manifest


@contextmanager
def building(folder: Path, lock_seconds: float) -> Iterator[Path]:
    """Hold the lock of the index and yield an empty folder to build in, gone afterwards unless it was published.

    Raises:
        IndexBusy: If another build holds the lock for longer than ``lock_seconds``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder, lock_seconds):
        _tidy(folder)
        staging = Path(mkdtemp(prefix=BUILDING, dir=folder))
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _locked(folder: Path, lock_seconds: float) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(files.held(folder / LOCK, lock_seconds))
        except TimeoutError as error:
            message = f"another build of {folder} did not finish in {lock_seconds:g} s: try again later"
            raise IndexBusy(message) from error
        yield


def _tidy(folder: Path) -> None:
    """Delete what builds that died have left, and generations that are not kept. The lock must be held."""
    for left_over in folder.glob(f"{BUILDING}*"):  # whoever held the lock is gone
        if left_over.is_dir():
            shutil.rmtree(left_over, ignore_errors=True)
        else:
            left_over.unlink(missing_ok=True)
    for left_over in files.unfinished(folder):
        left_over.unlink(missing_ok=True)
    try:
        _keep(folder, history(folder))
    except IndexUnusable:  # which ones are kept is not known, and one of them may have to be returned to
        return


def _keep(folder: Path, kept: Sequence[str]) -> None:
    names = {name_of(digest) for digest in kept}
    for path in folder.iterdir():
        if path.is_dir() and re.fullmatch(r"[0-9a-f]{16}", path.name) and path.name not in names:
            shutil.rmtree(path, ignore_errors=True)  # readers that have it open keep their mappings


def rollback(folder: Path, generation: str | None, lock_seconds: float) -> str:
    """Put an earlier generation in use again, if it verifies, and return its name; the others are kept.

    Args:
        folder: Folder of the generations.
        generation: Its name; None for the one that was in use before.
        lock_seconds: How long to wait for a build.

    Raises:
        NotFound: No such generation is kept.
        IndexUnusable: It is damaged; nothing is changed.
        IndexBusy: A build holds the lock.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no index in {folder}: {REBUILD}")
    with _locked(folder, lock_seconds):
        try:
            kept = history(folder)
        except IndexUnusable:
            kept = ("", *found(folder))  # none of them is known to be in use
        earlier = [digest for digest in kept[1:] if generation is None or name_of(digest) == generation]
        if not earlier:
            raise NotFound("no such earlier generation is kept; 'fmqa index status' names those that are")
        verify(folder, earlier[0])
        use(folder, earlier[0])
    return name_of(earlier[0])


def list_files(staging: Path) -> tuple[File, ...]:
    """Return the files of a finished build, made durable, sorted by name."""
    files = []
    for path in sorted(path for path in staging.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            digest = file_digest(file, "sha256").hexdigest()
        name = path.relative_to(staging).as_posix()
        files.append(File(name=name, size=path.stat().st_size, sha256=digest))
    return tuple(files)


def publish(folder: Path, staging: Path, manifest: Manifest) -> str:
    """Give a finished build its name, put it in use, and delete generations that are too old; return the name.

    The files listed in the manifest must be durable already (``list_files``). The lock must be held.
    """
    content = (manifest.model_dump_json(indent=1) + "\n").encode()
    digest = sha256(content).hexdigest()
    files.put(staging / MANIFEST, content)
    for inner in staging.rglob("*"):
        if inner.is_dir():
            files.sync_folder(inner)
    files.sync_folder(staging)
    target = folder / name_of(digest)
    if target.exists():
        try:
            verify(folder, digest)  # the same content was built before: left by a crash, or by an edit undone
        except IndexUnusable:
            shutil.rmtree(target)
    if not target.exists():
        staging.replace(target)
        target.chmod(0o755)  # folders for temporary files open to their maker only
        files.sync_folder(folder)
    use(folder, digest)
    return name_of(digest)


def use(folder: Path, manifest_sha256: str) -> None:
    """Put a generation in use and delete those that are too old. The lock must be held."""
    try:
        earlier = history(folder)
    except IndexUnusable:
        earlier = ()
    kept = [manifest_sha256, *(digest for digest in earlier if digest != manifest_sha256)][:KEPT]
    files.put(folder / CURRENT, "".join(f"{digest}\n" for digest in kept).encode())
    _keep(folder, kept)
