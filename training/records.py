"""What the steps of training hand to each other, and the files they are kept in."""

import gzip
import json
from collections.abc import Iterable, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any, Literal

from fmqa.types import Record

Fold = Literal["train", "dev"]


class Group(Record):
    """One question with texts that answer it and texts that do not."""

    id: str
    source: str  # name of its set in ``sources.SETS``
    query: str
    positives: tuple[str, ...] = ()  # empty: nothing here answers the question
    negatives: tuple[str, ...] = ()  # as given by the source or mined
    context: str = ""  # title or heading that the texts stand under, where the source has one
    scope: str  # document, subject or condition that question and texts are of; negatives are mined there first
    fold: Fold = "train"


def packed_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a gzip or plain file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write_groups(path: Path, groups: Iterable[Group]) -> None:
    """Write groups as JSON lines; the file appears whole or not at all."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8") as file:
        file.writelines(group.model_dump_json() + "\n" for group in groups)
    unfinished.replace(path)


def read_groups(path: Path) -> list[Group]:
    """Return the groups that ``write_groups`` wrote."""
    with path.open(encoding="utf-8") as lines:
        return [Group.model_validate_json(line) for line in lines]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
