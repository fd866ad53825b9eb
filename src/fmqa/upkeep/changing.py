"""Adding files and removing documents, with the index brought up to date: one change at a time, whole or not at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from fmqa.corpus import added
from fmqa.errors import Conflict, NotFound
from fmqa.settings import Settings

if TYPE_CHECKING:  # what reads files and builds is loaded when files come: a service starts sooner without it
    from fmqa.adding.about import Given
    from fmqa.adding.ingestion import Result

Progress = Callable[[str, int, int], None]
Index = Callable[[Settings, Progress | None], str]
"""Brings the index up to date with the corpus, and returns its generation."""


def indexed(settings: Settings, progress: Progress | None = None) -> str:
    """Bring the index up to date with the corpus, and return its generation.

    Raises: as ``build_index`` does.
    """
    from fmqa.building import build_index  # noqa: PLC0415 - see above

    return build_index(settings, progress).generation


class Added(NamedTuple):
    """What became of files, and the generation that answers from them."""

    result: "Result"
    generation: str


def add(
    settings: Settings,
    paths: Sequence[Path],
    given: "Given",
    *,
    replace: bool = False,
    formerly: Mapping[Path, str] = MappingProxyType({}),
    progress: Progress | None = None,
    read: "Callable[[Result], None] | None" = None,
    index: Index = indexed,
) -> Added:
    """Add files to the corpus and bring the index up to date.

    Args:
        settings: Where corpus and index are.
        paths: The files; none of them may change meanwhile.
        given: What is said of them besides.
        replace: Whether documents that are there are replaced.
        formerly: As ``ingestion.add`` takes it.
        progress: Called with the step, how many of it are done, and how many there are.
        read: Called when the files are read and kept, before the index is built.
        index: Brings the index up to date.
    Raises: what ``ingestion.add`` and ``build_index`` raise. If the index cannot be built, what was read is kept, and
        the next build takes it up.
    """
    from fmqa.adding import ingestion  # noqa: PLC0415 - see above

    result = ingestion.add(settings.corpus, paths, given, replace=replace, formerly=formerly, progress=progress)
    if read is not None:
        read(result)
    return Added(result, index(settings, progress))


def remove(settings: Settings, ids: Iterable[str], progress: Progress | None = None, index: Index = indexed) -> str:
    """Remove added documents with their files, bring the index up to date, and return its generation.

    Raises: NotFound if there is no such document; Conflict if one is a document of our own, or the last of all.
    """
    from fmqa.corpus import loading  # noqa: PLC0415 - see above

    ids = tuple(dict.fromkeys(ids))
    curated = loading.curated(settings.corpus)
    ours = [document_id for document_id in ids if document_id in curated]
    if ours:
        raise Conflict(f"{ours[0]} is no document that was added: it is a file of the corpus, and removed as files are")
    kept, _ = added.read(settings.corpus)
    there = {record.document.id for record in kept}
    missing = [document_id for document_id in ids if document_id not in there]
    if missing:
        raise NotFound("no added document has this id; it may have been removed already")
    if not curated and there <= set(ids):
        raise Conflict("no document would be left to answer from; add another one first")
    added.remove(settings.corpus, ids)
    return index(settings, progress)


class Exchanged(NamedTuple):
    """What an exchange of files did."""

    result: "Result | None"
    removed: tuple[str, ...]
    files: frozenset[str]  # SHA-256 of the files of all documents that are there now
    generation: str | None  # None: there is no document at all


def exchange(
    settings: Settings,
    paths: Sequence[Path],
    given: "Given",
    dead: Set[str],
    *,
    formerly: Mapping[Path, str],
    index: Index = indexed,
) -> Exchanged:
    """Add files, remove the documents of others, and bring the index up to date, all at once.

    Args:
        settings: Where corpus and index are.
        paths: Files to be added.
        given: What is said of them besides.
        dead: SHA-256 of files whose documents are removed.
        formerly: As ``ingestion.add`` takes it.
        index: Brings the index up to date.
    Raises: Conflict if no document would be left; else as ``add``.
    """
    from fmqa.adding import ingestion  # noqa: PLC0415 - see above
    from fmqa.corpus import loading  # noqa: PLC0415

    result = ingestion.add(settings.corpus, paths, given, formerly=formerly) if paths else None
    origins = {record.document.id: record.document.metadata.origin for record in added.read(settings.corpus)[0]}
    file_of = {name: origin.file_sha256 for name, origin in origins.items() if origin is not None}
    ids = tuple(name for name, file_sha256 in file_of.items() if file_sha256 in dead)
    if len(ids) == len(origins) and not loading.curated(settings.corpus):
        if ids:
            raise Conflict("no document would be left to answer from; add another one first")
        return Exchanged(result, (), frozenset(), None)
    if ids:
        added.remove(settings.corpus, ids)
    left = frozenset(file_sha256 for file_sha256 in file_of.values() if file_sha256 not in dead)
    return Exchanged(result, ids, left, index(settings, None))
