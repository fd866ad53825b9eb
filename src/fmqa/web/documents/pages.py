"""Pages for people: what became of files that were sent, and the removal of a document."""

from typing import Annotated

from fastapi import FastAPI, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from fmqa.upkeep.queueing import Changes
from fmqa.web import forms
from fmqa.web.documents import routes, uploads
from fmqa.web.site.frame import Site
from fmqa.web.streaming import Answering

_WAIT_S = 1.0
"""Time that the answer to a form waits for the end: a small file is often done by then."""


def add_pages(app: FastAPI, assistant: Answering, changes: Changes) -> None:
    """Add the pages to an application."""

    @app.post("/documents", include_in_schema=False)
    async def add(request: Request) -> Response:
        forms.refuse_other_sites(request)
        change = await uploads.receive(request, changes, assistant.settings)
        await run_in_threadpool(changes.wait, change.id, _WAIT_S)
        return RedirectResponse(f"/changes/{change.id}", 303)

    @app.post("/documents/{document_id}/remove", include_in_schema=False)
    def remove(request: Request, document_id: Annotated[str, Path()]) -> Response:
        forms.refuse_other_sites(request)
        routes.check_removable(assistant.index, document_id)
        change = changes.remove([document_id])
        changes.wait(change.id, _WAIT_S)
        return RedirectResponse(f"/changes/{change.id}", 303)

    @app.get("/changes/{change_id}", include_in_schema=False)
    def change(request: Request, change_id: Annotated[str, Path()]) -> Response:
        site: Site = request.app.state.site
        return site.page(request, "change.html", here="", change=changes.get(change_id))
