"""The routes of CDS Hooks: what can be called, and the cards."""

from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from starlette.exceptions import HTTPException

from fmqa.guard.waiting import Line
from fmqa.types import Answer
from fmqa.web.exchange import cards
from fmqa.web.problems import errors
from fmqa.web.routes.headers import no_query
from fmqa.web.streaming import Answering


def add_routes(app: FastAPI, assistant: Answering, line: Line) -> None:
    """Add the routes that record systems call."""

    @app.get("/cds-services", tags=["cds-hooks"], responses=errors(422))
    async def cds_services(_: Annotated[None, Depends(no_query)]) -> cards.Services:
        """Say what a record system can call (CDS Hooks)."""
        return cards.SERVICES

    @app.post(
        "/cds-services/{service_id}",
        tags=["cds-hooks"],
        responses=errors(400, 404, 413, 422, 503),
        dependencies=[Depends(no_query)],
    )
    async def cds_cards(service_id: str, body: cards.Call, request: Request) -> cards.Cards:
        """Return cards of information on the medicines that are being ordered (CDS Hooks); nothing is kept."""
        if service_id != cards.SERVICE_ID:
            raise HTTPException(404)

        def ask(question: str) -> Answer:
            return assistant.reply((question,))

        vocabulary = assistant.index.vocabulary
        return await line.run(partial(cards.cards, body, vocabulary, ask, str(request.base_url)))
