"""Answers that were given and the conversations that they belong to: read, taken along, compared, deleted."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response

from fmqa.answer.standing import Standing, standing
from fmqa.guard.keys import Caller, Scope
from fmqa.store import feedback
from fmqa.store.conversations import Conversations, StoredAnswer
from fmqa.web import exports, linked_data
from fmqa.web.gate import Asking
from fmqa.web.problems import errors
from fmqa.web.routes.headers import accepted, no_query, paged
from fmqa.web.streaming import Answering
from fmqa.wire import Brief, ConversationList, ConversationTurns, FeedbackGiven, Page

_JSON, _LINKED, _BRIEF = "application/json", "application/ld+json", "application/vnd.fmqa.brief+json"
# One line for a record is plain text as well: it has its own address among the pages, and no media type that names it.
_FORMS = {media_type.split(";")[0]: form for form, (media_type, _) in exports.FORMATS.items() if form != "line"}


def add_routes(app: FastAPI, assistant: Answering) -> None:
    """Add the routes of stored answers and conversations."""
    _add_answers(app, assistant)
    _add_conversations(app, assistant)


def _add_answers(app: FastAPI, assistant: Answering) -> None:
    forms: dict[str, Any] = {name: {"schema": {"type": "string"}} for name in _FORMS}
    forms |= {_LINKED: {"schema": {"type": "object"}}, _BRIEF: {"schema": Brief.model_json_schema()}}

    @app.get(
        "/v1/answers/{answer_id}",
        tags=["answers"],
        responses={200: {"content": forms}, **errors(404, 406, 422, 503)},
        response_model=StoredAnswer,
    )
    def answer(
        answer_id: str,
        request: Request,
        response: Response,
        caller: Asking,
        _: Annotated[None, Depends(no_query)],
    ) -> StoredAnswer | Response:
        """Return an answer as it was given, in the form that Accept asks for.

        JSON, the same without hashes (`application/vnd.fmqa.brief+json`), JSON-LD, Markdown or plain text; its sources
        as BibTeX, RIS or CSL-JSON.
        """
        stored = assistant.conversations.of(caller.name).answer(answer_id)
        wanted = accepted(
            request.headers.get("accept"), (_JSON, "text/plain", "text/markdown", *_FORMS, _LINKED, _BRIEF)
        )
        response.headers["vary"] = "accept"
        if wanted == _JSON:
            return stored
        content: bytes | str
        if wanted == _BRIEF:
            content = Brief.of(stored.answer).model_dump_json()
        elif wanted == _LINKED:
            content = linked_data.answer_json(stored, str(request.base_url))
        else:
            content = exports.export(stored.answer, stored.question, _FORMS[wanted])
        return Response(content, headers=dict(response.headers), media_type=wanted)

    @app.get("/v1/answers/{answer_id}/standing", tags=["answers"], responses=errors(404, 422, 503))
    def answer_standing(answer_id: str, caller: Asking, _: Annotated[None, Depends(no_query)]) -> Standing:
        """Say whether a stored answer is still what its sources say, and what changed."""
        stored = assistant.conversations.of(caller.name).answer(answer_id)
        index = assistant.index
        return standing(stored.answer, index.document, index.generation)

    @app.post(
        "/v1/answers/{answer_id}/feedback",
        tags=["answers"],
        status_code=204,
        responses=errors(400, 404, 413, 422, 503),
        dependencies=[Depends(no_query)],
    )
    async def give_feedback(answer_id: str, body: FeedbackGiven, caller: Asking) -> None:
        """Say of an answer that it is helpful, wrong, or that something is missing."""
        conversations = assistant.conversations.of(caller.name)
        await asyncio.to_thread(feedback.add, conversations, answer_id, body.kind, body.comment)


def _everyones_if_admin(assistant: Answering, caller: Caller) -> Conversations:
    """Return the conversations that a caller may list and delete; to read them is for their owner alone."""
    return assistant.conversations.of(None if caller.may(Scope.ADMIN) else caller.name)


def _add_conversations(app: FastAPI, assistant: Answering) -> None:
    @app.get("/v1/conversations", tags=["conversations"], responses=errors(422, 503))
    def conversations(
        page: Annotated[Page, Query()], caller: Asking, request: Request, response: Response
    ) -> ConversationList:
        """List the conversations, last used first."""
        found = _everyones_if_admin(assistant, caller).list(page.limit, page.offset)
        paged(request, response, None, page.limit, page.offset, len(found))
        return ConversationList(conversations=found)

    @app.get("/v1/conversations/{conversation_id}", tags=["conversations"], responses=errors(404, 422, 503))
    def conversation(conversation_id: str, caller: Asking, _: Annotated[None, Depends(no_query)]) -> ConversationTurns:
        """Return one conversation with its questions."""
        return ConversationTurns(
            id=conversation_id, turns=assistant.conversations.of(caller.name).turns(conversation_id)
        )

    @app.delete(
        "/v1/conversations/{conversation_id}",
        tags=["conversations"],
        status_code=204,
        responses=errors(404, 422, 503),
        dependencies=[Depends(no_query)],
    )
    def delete_conversation(conversation_id: str, caller: Asking) -> None:
        """Delete one conversation for good."""
        _everyones_if_admin(assistant, caller).delete(conversation_id)
