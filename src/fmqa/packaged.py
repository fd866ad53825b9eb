"""What a wheel brings along, corpus and index, laid out in the user's folder where it can be added to.

A wheel holds ``packaged/contents.json``, the corpus, and the files of one index generation but for those of the
encoder, which are in the package already. A later release brings others: files that nobody has changed are exchanged,
changed ones stay, and then the index is the user's to build.
"""

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from fmqa import files
from fmqa.errors import IndexUnusable, Unavailable
from fmqa.index import generations
from fmqa.settings import Settings
from fmqa.types import Record, Sha256

FOLDER: Final = Path(__file__).parent / "packaged"
CONTENTS: Final = "contents.json"
LAID_OUT: Final = "packaged.json"
"""In the user's folder: the contents that were laid out last."""


class Contents(Record):
    """What a wheel brings along."""

    corpus: dict[str, Sha256]
    """SHA-256 by path below the corpus."""
    generation: Sha256 | None
    """SHA-256 of the manifest of its index generation; None if it brings none."""


def lay_out(settings: Settings, folder: Path = FOLDER) -> tuple[str, ...]:
    """Put corpus and index of the wheel where the settings have theirs, unless they are there or others are named.

    Args:
        settings: Where they belong.
        folder: What the wheel brought.

    Returns: Files that this release brings otherwise and that stay as they were, as somebody has changed them.

    Raises: Unavailable if the user's folder cannot be written, or the wheel is damaged.
    """
    home = settings.home
    if settings.corpus != home / "corpus" or settings.index != home / "index":
        return ()
    brought = _read(folder / CONTENTS)
    if brought is None or _read(home / LAID_OUT) == brought:
        return ()
    contents = _contents(brought)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.held(home / ".lock", settings.lock_seconds):
            kept = _corpus(folder / "corpus", settings.corpus, contents, _before(home))
            if contents.generation is not None and not kept and not _is_added_to(settings.corpus):
                _index(folder / "index", settings.index, contents.generation, settings.lock_seconds)
            files.put(home / LAID_OUT, brought)
            return kept
    except (OSError, TimeoutError) as error:
        raise Unavailable(f"{home} cannot be written ({error}): set FMQA_HOME to a folder that can") from error


def _contents(text: bytes) -> Contents:
    try:
        return Contents.model_validate_json(text)
    except ValidationError as error:
        raise Unavailable("the package's own list of contents is damaged: install fmqa again") from error


def _before(home: Path) -> Contents:
    """Return what was laid out before; nothing if nothing was, or nobody can tell any more."""
    try:
        return Contents.model_validate_json(_read(home / LAID_OUT) or b"")
    except ValidationError:
        return Contents(corpus={}, generation=None)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _corpus(source: Path, target: Path, contents: Contents, before: Contents) -> tuple[str, ...]:
    """Exchange what nobody has changed, and return what stays and differs."""
    kept: list[str] = []
    for name in sorted({*contents.corpus, *before.corpus}):
        path = target / name
        found = _read(path)
        digest = None if found is None else sha256(found).hexdigest()
        wanted = contents.corpus.get(name)
        if digest == wanted:
            continue
        if digest != before.corpus.get(name):  # changed or taken away by somebody
            kept.append(name)
        elif wanted is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.put(path, (source / name).read_bytes())
    return tuple(kept)


def _is_added_to(corpus: Path) -> bool:
    added = corpus / "added"
    return added.is_dir() and any(added.iterdir())


def _index(source: Path, target: Path, manifest_sha256: str, lock_seconds: float) -> None:
    """Put the generation of the wheel in use; one that does not verify here is left out, and a build makes another."""
    from fmqa.index import encoders  # noqa: PLC0415 - what it loads takes longer than any other command

    name = generations.name_of(manifest_sha256)
    with generations.building(target, lock_seconds) as staging:
        shutil.copytree(source / name, staging, dirs_exist_ok=True)
        for file in (encoders.MODEL_FILE, encoders.TOKENIZER_FILE):
            shutil.copyfile(encoders.SHIPPED_FOLDER / file, staging / "encoder" / file)
        if not (target / name).exists():
            staging.replace(target / name)
            (target / name).chmod(0o755)  # folders for temporary files open to their maker only
        try:
            generations.verify(target, manifest_sha256)
        except IndexUnusable:
            shutil.rmtree(target / name, ignore_errors=True)
        else:
            generations.use(target, manifest_sha256)
