"""Questions and their answers, whole and step by step, and the search; a repeated request is answered once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from fmqa.errors import FmqaError, KeyReused, NotFound
from fmqa.guard.keys import Caller
from fmqa.guard.waiting import Line
from fmqa.types import DISCLAIMER, Answer
from fmqa.web import metrics, problems, streaming
from fmqa.web.gate import Asking
from fmqa.web.problems import errors
from fmqa.web.routes.headers import UNCHANGED, fresh, no_query
from fmqa.web.streaming import Answering, Step
from fmqa.wire import (
    DoneEvent,
    InterpretationEvent,
    PassagesEvent,
    Question,
    SearchQuery,
    SearchResults,
    SourcesEvent,
    only_of,
)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=16,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="A random text, such as a UUID, of one request: sent again with it, the request is answered with "
        "the answer that was given, and makes no second turn.",
    ),
]


def add_routes(app: FastAPI, assistant: Answering, line: Line) -> None:
    """Add the routes that take questions."""
    _add_ask(app, assistant, line)
    _add_stream(app, assistant, line)

    @app.get("/v1/search", tags=["answers"], responses=errors(422, 503) | UNCHANGED)
    async def search(query: Annotated[SearchQuery, Query()], request: Request, response: Response) -> SearchResults:
        """Return the passages nearest to a question, with their scores."""
        index = assistant.index
        fresh(request, response, index.generation)
        passages = await line.run(partial(assistant.search, query.q, query.k, only_of(query)))
        return SearchResults(generation=index.generation, passages=passages)


def _add_ask(app: FastAPI, assistant: Answering, line: Line) -> None:
    @app.post("/v1/ask", tags=["answers"], responses=errors(400, 404, 413, 422, 503), dependencies=[Depends(no_query)])
    async def ask(body: Question, caller: Asking, key: Key = None) -> Answer:
        """Answer a question from the corpus, with citations. Not knowing is an answer too, with its own status."""
        given = await _given(assistant, body, caller, key)
        if given is not None:
            return given
        work = partial(assistant.ask, **dict(body), owner=caller.name, answer_id=_answer_id(caller, key))
        answer = await line.run(work)
        metrics.answered(answer)
        if answer.is_stored:
            return answer
        return await _given(assistant, body, caller, key) or answer  # the same request may have been faster


def _answer_id(caller: Caller, key: str | None) -> str | None:
    """Return the id of the answer to the request with a key: every worker finds it, and nobody else's key makes it."""
    return None if key is None else "k" + sha256(f"{caller.name}\0{key}".encode()).hexdigest()[:40]


async def _given(assistant: Answering, body: Question, caller: Caller, key: str | None) -> Answer | None:
    """Return the answer that a request with this key was given before; None if there was none.

    Raises:
        KeyReused: It was another request.
    """
    answer_id = _answer_id(caller, key)
    if answer_id is None:
        return None
    try:
        stored = await asyncio.to_thread(assistant.conversations.of(caller.name).answer, answer_id)
    except NotFound:
        return None
    asked = (body.question.strip(), body.audience, body.conversation_id or stored.answer.conversation_id)
    if asked != (stored.question, stored.answer.audience, stored.answer.conversation_id):
        raise KeyReused("this Idempotency-Key came with another question before; send a new key with each question")
    return stored.answer


def _add_stream(app: FastAPI, assistant: Answering, line: Line) -> None:
    async def begun(body: Question, caller: Asking, key: Key = None) -> AsyncIterator[AsyncIterator[Step]]:
        """Take the first step before the response begins, so that an error has its own status."""
        given = await _given(assistant, body, caller, key)
        steps = (
            _again(given)
            if given is not None
            else streaming.steps(assistant, line, **dict(body), owner=caller.name, answer_id=_answer_id(caller, key))
        )
        first = await anext(steps)
        try:
            yield _chained(first, steps)
        finally:
            await steps.aclose()

    @app.post(
        "/v1/ask/stream",
        tags=["answers"],
        response_class=EventSourceResponse,
        responses=errors(400, 404, 413, 422, 503),
        dependencies=[Depends(no_query)],
    )
    async def stream(
        body: Question, steps: Annotated[AsyncIterator[Step], Depends(begun)]
    ) -> AsyncIterator[ServerSentEvent]:
        """Answer a question as Server-Sent Events: interpretation, passages, answer, sources, done; or error.

        `interpretation` and `done` carry the disclaimer; `answer` is the verified answer without its sources, which
        follow; `error` is a problem as other routes answer with, and what is wrong with the request itself is answered
        with a status before the stream begins.
        """
        del body  # read by the dependency
        try:
            async for step in steps:
                for name, data in _events(step):
                    yield ServerSentEvent(event=name, data=data)
        except FmqaError as error:
            yield ServerSentEvent(event="error", data=_told(problems.of_error(error)))
        except Exception as error:  # a stream ends in done or error, whatever happens
            yield ServerSentEvent(event="error", data=_told(problems.of_fault(error, "POST")))


def _told(problem: problems.Problem) -> dict[str, Any]:
    return problem.model_dump(mode="json", exclude_defaults=True)


async def _again(answer: Answer) -> AsyncGenerator[Step, None]:
    """Return the steps of an answer that was given before."""
    for step in (streaming.Interpretation(answer.interpreted_question), streaming.Found(()), answer):
        yield step


async def _chained(first: Step, rest: AsyncIterator[Step]) -> AsyncIterator[Step]:
    yield first
    async for step in rest:
        yield step


def _events(step: Step) -> list[tuple[str, Any]]:
    """Return the events that tell of a step: name and data."""
    match step:
        case streaming.Interpretation(text):
            return [("interpretation", InterpretationEvent(interpreted_question=text, disclaimer=DISCLAIMER))]
        case streaming.Found(passages):
            return [("passages", PassagesEvent(passages=tuple(found.passage.id for found in passages)))]
        case answer:
            done = DoneEvent(
                answer=f"/v1/answers/{answer.question_id}",
                page=f"/answers/{answer.question_id}",
                conversation_id=answer.conversation_id,
                generation=answer.generation,
                disclaimer=answer.disclaimer,
            )
            whole = answer.model_dump(mode="json", exclude={"sources"})
            return [("answer", whole), ("sources", SourcesEvent(sources=answer.sources)), ("done", done)]
