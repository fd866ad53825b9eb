"""Files that are sent as a multipart form: put where the readers find them, under names that harm nothing."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

from fastapi import Request, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as SentFile
from starlette.exceptions import HTTPException

from fmqa.adding.about import Given
from fmqa.errors import BadFile, TooLarge, Unavailable
from fmqa.guard.keys import Caller, Scope
from fmqa.settings import Settings
from fmqa.types import DocumentKind
from fmqa.upkeep.queueing import Changes, Sent, safe_name
from fmqa.upkeep.reporting import Change

FIELD: Final = "files"
_MOST_FIELDS: Final = 20
_ACCEPT: Final = ".pdf,.docx,.html,.htm,.xhtml,.xml,.nxml,.md,.markdown,.txt,.text,.nbib,.ris,.bib,.json"


class About(Given):
    """What is said of the files that are sent, and how they are taken."""

    replace: bool = Field(False, description="Read files again that were added before, and replace their documents.")


def _fields(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return properties of a record as fields of a form, in which nothing can be null: what is not told is not sent."""
    fields: dict[str, dict[str, Any]] = {}
    for name, told in properties.items():
        kinds = [each for each in told.get("anyOf", ()) if each.get("type") != "null"]
        rest = {key: value for key, value in told.items() if key != "anyOf" and value is not None}
        fields[name] = {**rest, **kinds[0]} if len(kinds) == 1 else dict(told)
    return fields


FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "The files; one of references (BibTeX, RIS, nbib, CSL-JSON) with the name "
                            "of another tells what that is.",
                        },
                        **_fields(About.model_json_schema(ref_template="#/components/schemas/{model}")["properties"]),
                    },
                }
            }
        },
    }
}
"""The body for the description of the interface."""


class Form(NamedTuple):
    """What the form that adds files says of itself."""

    files: int
    megabytes: int
    kinds: tuple[str, ...]
    accept: str  # endings, for the browser's list of files; others can be chosen all the same


def form_of(caller: Caller, settings: Settings) -> Form | None:
    """Return the form that adds files, for who may do that; else None."""
    if not (caller.may(Scope.WRITE) or caller.may(Scope.ADMIN)):
        return None
    return Form(settings.upload_files, settings.upload_megabytes, tuple(DocumentKind), _ACCEPT)


async def receive(request: Request, changes: Changes, settings: Settings) -> Change:
    """Take the files and fields of a form and begin to add them.

    Raises: BadFile if there is no file; TooLarge if there are too many, or they are too large together;
        RequestValidationError if a field cannot be used; Busy or Unavailable as ``Changes.staging``.
    """
    try:
        async with request.form(max_files=settings.upload_files, max_fields=_MOST_FIELDS) as form:
            return await _take(form, changes)
    except HTTPException as error:  # the parser's words are not ours
        if error.status_code == 400 and str(error.detail).startswith("Too many files"):
            raise TooLarge(f"at most {settings.upload_files} files are sent at once; send the others after") from None
        raise


async def _take(form: FormData, changes: Changes) -> Change:
    sent = [each for each in form.getlist(FIELD) if isinstance(each, SentFile) and each.filename]
    if not sent:
        raise BadFile(f"no file was sent; send one or more in the field '{FIELD}' of a multipart form")
    about = _about({name: form.getlist(name) for name in form if name != FIELD})
    if (about.title or about.supersedes or about.url) and len(sent) > 1:
        raise BadFile("title, url and supersedes are said of a single file; send it by itself")
    change_id, folder = await run_in_threadpool(changes.staging)
    try:
        staged: list[Sent] = []
        for name, file in zip(_names(sent), sent, strict=True):
            path = folder / name
            await run_in_threadpool(_write, file.file, path.open("xb"))
            staged.append(Sent(name=name, path=path))
    except OSError as error:
        changes.drop(change_id)
        raise Unavailable(f"what was sent cannot be kept: {error.strerror}") from error
    except BaseException:
        changes.drop(change_id)
        raise
    given = Given.model_validate(about.model_dump(exclude={"replace"}))
    return await run_in_threadpool(changes.add, change_id, staged, given, replace=about.replace)


def _write(source: BinaryIO, target: Any) -> None:
    with target:
        shutil.copyfileobj(source, target)


def _names(sent: Sequence[UploadFile | SentFile]) -> list[str]:
    """Return the names of files, each once."""
    found: list[str] = []
    for each in sent:
        name, number = safe_name(each.filename or ""), 1
        stem, dot, suffix = name.rpartition(".")
        while name.casefold() in {other.casefold() for other in found}:
            number += 1
            name = f"{stem}-{number}.{suffix}" if dot else f"{suffix}-{number}"
        found.append(name)
    return found


def _about(fields: Mapping[str, Sequence[object]]) -> About:
    """Return what the fields say; an empty one of a form says nothing."""
    told = {name: [value for value in values if isinstance(value, str) and value] for name, values in fields.items()}
    single = {name: values[-1] for name, values in told.items() if values and name != "supersedes"}
    try:
        return About.model_validate({**single, "supersedes": tuple(told.get("supersedes", ()))})
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None
