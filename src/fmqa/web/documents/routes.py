"""Documents are added and removed by programs, which can see how far a change has come."""

import re
from typing import Annotated, Final

from fastapi import FastAPI, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from fmqa.errors import Conflict
from fmqa.types import Document
from fmqa.upkeep.queueing import Changes
from fmqa.upkeep.reporting import Change, State
from fmqa.web import problems
from fmqa.web.documents import uploads
from fmqa.web.problems import Problem, errors
from fmqa.web.streaming import Answering, Indexed

_LONGEST_WAIT_S: Final = 60
_LINKS: Final = {"change": {"operationId": "change", "parameters": {"change_id": "$response.body#/id"}}}
"""The id of the answer is that of the change: the documents have theirs below ``files``, once they are there."""
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?!\d)")


def add_routes(app: FastAPI, assistant: Answering, changes: Changes) -> None:
    """Add the routes to an application."""

    @app.post(
        "/v1/documents",
        tags=["corpus"],
        status_code=202,
        response_model=Change,
        responses={
            200: {"model": Change, "description": "Finished", "links": _LINKS},
            202: {"model": Change, "description": "Begun", "links": _LINKS},
            **errors(400, 408, 413, 422, 503),
        },
        openapi_extra=uploads.FORM,
    )
    async def add(request: Request) -> Response:
        """Add files as they are: read by confined readers, checked, indexed, and answered from.

        The answer names a change, whose state is at /v1/changes/ID. With `Prefer: wait=30` it comes when the change is
        finished, or after so many seconds.
        """
        change = await uploads.receive(request, changes, assistant.settings)
        return _told(await run_in_threadpool(changes.wait, change.id, _wait(request)))

    @app.delete(
        "/v1/documents/{document_id}",
        tags=["corpus"],
        status_code=204,
        responses={202: {"model": Change, "description": "Not finished yet"}, **errors(404, 409, 422, 503)},
    )
    def remove(request: Request, document_id: Annotated[str, Path()]) -> Response:
        """Remove a document that was added, with its file; the index answers without it when this returns."""
        check_removable(assistant.index, document_id)
        change = changes.wait(changes.remove([document_id]).id, _wait(request, _LONGEST_WAIT_S))
        if change.state is State.DONE:
            return Response(status_code=204)
        if change.problem is not None:
            problem = Problem(status=_status_of(change), **change.problem.model_dump())
            return Response(problem.json_bytes(), problem.status, media_type=problems.MEDIA_TYPE)
        return _told(change)

    @app.get("/v1/changes/{change_id}", tags=["corpus"], responses=errors(404, 422))
    def change(change_id: Annotated[str, Path()]) -> Change:
        """Say how far a change has come: what was read of each file, what was left out, and why."""
        return changes.get(change_id)


def check_removable(index: Indexed, document_id: str) -> Document:
    """Return a document that may be removed.

    Raises: NotFound if there is none with this id; Conflict if it is a text of our own, or the last document.
    """
    document = index.document(document_id)
    if not document.is_added:
        raise Conflict("this text came with the corpus; only documents that were added are removed here")
    if len(index.document_ids) == 1:
        raise Conflict("no document would be left to answer from; add another one first")
    return document


def _told(change: Change) -> Response:
    status = 200 if change.state.is_final else 202
    return JSONResponse(change.model_dump(mode="json"), status, headers={"location": f"/v1/changes/{change.id}"})


def _wait(request: Request, default: int = 0) -> int:
    """Return how many seconds a client waits for the end, after RFC 7240."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(found[1]), _LONGEST_WAIT_S) if found else default


def _status_of(change: Change) -> int:
    return {"/problems/not-found": 404, "/problems/conflict": 409}.get(
        change.problem.type if change.problem else "", 503
    )
