"""Past conversations of a reader: found again, named, pinned and deleted."""

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from fmqa.guard.keys import ANYBODY
from fmqa.types import Record
from fmqa.web import forms
from fmqa.web.gate import Asking
from fmqa.web.site.frame import Site


class Change(Record):
    """What the forms of the history send."""

    title: str = Field("", max_length=500, description="The new name; empty: its first question.")
    pinned: bool = False
    back: str = Field("", max_length=64, description="The answer that is gone back to; empty: the history.")


async def _change(request: Request) -> Change:
    return await forms.read(request, Change)


Changed = Annotated[Change, Depends(_change)]


def add_pages(app: FastAPI, site: Site) -> None:
    """Add the history and its forms to an application."""
    conversations = site.assistant.conversations

    @app.get("/conversations", include_in_schema=False)
    def history(request: Request, caller: Asking) -> Response:
        # Whoever asks without a name from elsewhere would see what everybody asked.
        found = None if caller == ANYBODY else conversations.of(caller.name).history()
        days = f"{site.assistant.settings.conversation_days:g}"
        return site.page(request, "history.html", here="/conversations", found=found, days=days)

    @app.post("/conversations/{conversation_id}/name", include_in_schema=False)
    async def name(conversation_id: str, form: Changed, caller: Asking) -> Response:
        await asyncio.to_thread(conversations.of(caller.name).rename, conversation_id, form.title)
        return _back(conversation_id, form)

    @app.post("/conversations/{conversation_id}/pin", include_in_schema=False)
    async def pin(conversation_id: str, form: Changed, caller: Asking) -> Response:
        await asyncio.to_thread(conversations.of(caller.name).pin, conversation_id, pinned=form.pinned)
        return _back(conversation_id, form)

    @app.post("/conversations/{conversation_id}/delete", include_in_schema=False)
    async def delete(conversation_id: str, form: Changed, caller: Asking) -> Response:
        await asyncio.to_thread(conversations.of(caller.name).delete, conversation_id)
        return _back("", form)


def _back(conversation_id: str, form: Change) -> Response:
    """Return to where the form stood: an answer of its conversation, or the history."""
    on_turn = conversation_id and form.back.replace("-", "").replace("_", "").isalnum()
    address = f"/conversations/{conversation_id}#turn-{form.back}" if on_turn else "/conversations"
    return RedirectResponse(address, 303)
