"""What a change of the documents did, file by file: what was read, what was left out and why."""

import datetime
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import Field

from fmqa.types import Document, DocumentKind, Record, Slug

if TYPE_CHECKING:
    from fmqa.adding.ingestion import Added, Result

SHOWN: Final = 20
"""Documents of a file that a report tells one by one."""


class State(StrEnum):
    """How far a change has come."""

    WAITING = "waiting"
    READING = "reading"
    INDEXING = "indexing"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes."""
        return self in (State.DONE, State.FAILED)


class Fate(StrEnum):
    """What became of a file."""

    ADDED = "added"
    REPLACED = "replaced"  # it took the place of a document that was there
    UNCHANGED = "unchanged"  # it was added before
    DUPLICATE = "duplicate"  # another document is kept instead
    REFUSED = "refused"


class Made(Record):
    """A document as it was read from a file."""

    id: Slug
    title: str
    kind: DocumentKind
    year: int | None = None
    organisation: str | None = None
    blocks: int = Field(description="Parts of its text that can be found and quoted.")
    statements: int = Field(description="Statements that were recognised in it, such as recommendations.")
    compared: int = Field(description="Numbers and signs that were compared in two readings of the file.")
    differences: int = Field(description="Places where the readings differ; they are not quoted.")
    notes: tuple[str, ...] = Field((), description="What was left out or could not be read, and why.")
    not_stated: tuple[str, ...] = Field((), description="What the file does not say of itself.")


class FileReport(Record):
    """A file, and what became of it."""

    file: str
    fate: Fate
    documents: tuple[Made, ...] = ()
    more: int = Field(0, description="Further documents of the same file.")
    reason: str | None = None


class Trouble(Record):
    """Why a change failed."""

    type: str
    title: str
    detail: str


class Change(Record):
    """A change of the documents: files that are added, or documents that are removed."""

    id: str
    state: State
    files: tuple[FileReport, ...] = Field((), description="Filled when they are read.")
    removed: tuple[Slug, ...] = ()
    superseded: tuple[tuple[Slug, Slug], ...] = Field((), description="Older edition and its successor.")
    warnings: tuple[str, ...] = Field((), description="What should be looked at, in words.")
    without_text: int = Field(0, description="Records of the files that have no text, such as citations alone.")
    step: str = Field("", description="What is being done, for a reader.")
    done: int = 0
    total: int = 0
    created: datetime.datetime
    finished: datetime.datetime | None = None
    generation: str | None = Field(None, description="The index that answers with the change.")
    problem: Trouble | None = None


def of_files(result: "Result", names: Mapping[str, str]) -> tuple[FileReport, ...]:
    """Return what became of each file of a batch, in the order in which they were sent.

    Args:
        result: Of the batch.
        names: What the files were called by whoever sent them, by what they were called when they were read.
    """
    by_file: dict[str, list[Added]] = {}
    for each in result.added:
        origin = each.document.metadata.origin
        by_file.setdefault(origin.file if origin is not None else "", []).append(each)
    found = [_taken(file, given) for file, given in by_file.items()]
    found += [FileReport(file=file, fate=Fate.UNCHANGED) for file in result.unchanged]
    told = {report.file for report in found}
    found += [
        FileReport(file=file, fate=Fate.DUPLICATE, reason=f"{why} as in {kept}, which is kept")
        for file, kept, why in result.duplicates
        if file in names and file not in told
    ]
    found += [FileReport(file=each.file, fate=Fate.REFUSED, reason=each.reason) for each in result.refused]
    order = {name: place for place, name in enumerate(names)}
    found.sort(key=lambda report: order.get(report.file, len(order)))
    return tuple(each.model_copy(update={"file": names.get(each.file, each.file)}) for each in found)


def _taken(file: str, given: "list[Added]") -> FileReport:
    fate = Fate.REPLACED if all(each.replaced for each in given) else Fate.ADDED
    made = tuple(_made(each.document) for each in given[:SHOWN])
    return FileReport(file=file, fate=fate, documents=made, more=max(0, len(given) - SHOWN))


def _made(document: Document) -> Made:
    metadata, origin = document.metadata, document.metadata.origin
    who = "doi" if origin is not None and origin.journal else "organisation"
    return Made(
        id=document.id,
        title=metadata.title,
        kind=metadata.kind,
        year=metadata.year,
        organisation=metadata.organisation,
        blocks=len(document.sections),
        statements=len(document.statements),
        compared=origin.compared if origin is not None else 0,
        differences=len(origin.differences) if origin is not None else 0,
        notes=origin.notes if origin is not None else (),
        not_stated=tuple(name for name in (who, "year", "licence") if getattr(metadata, name) in (None, "not stated")),
    )
