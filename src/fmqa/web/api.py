"""The service: routes that parse, make one call, and answer in JSON; every error is RFC 9457 problem+json.

No request text goes anywhere but into its own answer and the conversations: not into an error, not into a log.

Nothing of what users wait for is done in the event loop. Questions are answered on as many threads as there are cores,
because the encoder, half of the time of an answer, lets go of the interpreter lock (measured on two cores with 8
clients: 40 % more answers a second, and nothing lost with one); those who wait for one stand in a line that has an end.
Routes that read the database or documents are plain functions, which the framework calls on threads of its own. A newer
index is looked for, verified and opened on another thread.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from importlib.resources import files
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Route

from fmqa import __version__
from fmqa.errors import Busy, FmqaError
from fmqa.guard.keys import Caller, Scope
from fmqa.guard.waiting import Line
from fmqa.store.conversations import Conversations, ConversationSummary
from fmqa.types import (
    DISCLAIMER,
    Answer,
    Audience,
    Document,
    DocumentKind,
    Only,
    Passage,
    Record,
    RetrievedPassage,
    ReviewState,
    Slug,
    Trust,
    Turn,
)
from fmqa.web import metrics, pages, problems, streaming
from fmqa.web.gate import Asking, Gate
from fmqa.web.problems import Edge, Problem
from fmqa.web.streaming import Answering

KEEP_UP_SECONDS = 1.0
"""How often a newer index is looked for."""

_log = logging.getLogger(__name__)

# --- requests and responses -------------------------------------------------------------------------------------------


def _encodable(text: str) -> str:
    """Refuse half a surrogate pair, which JSON can carry and no file or hash can hold."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("the text is not valid Unicode")
    return text


def _number(value: object) -> object:
    """Refuse what pydantic would turn into a number though it is none; JSON has one kind, and 94.0 is whole."""
    if isinstance(value, bool | str):
        raise ValueError("send a whole number")
    return value


Text = Annotated[str, AfterValidator(_encodable)]
Words = Annotated[int, Field(ge=60, le=1000), BeforeValidator(_number)]


class Question(Record):
    """A question, and how it is to be answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "What evidence level does EULAR give exercise?"},
                {
                    "question": "and CBT?",
                    "conversation_id": "id of the first answer",
                    "audience": "patient",
                    "max_words": 100,
                },
            ]
        }
    )

    question: Text = Field(
        min_length=1,
        description="The question, or a follow-up such as 'and CBT?'; at most FMQA_QUESTION_CHARS characters.",
    )
    conversation_id: Text | None = Field(
        None, max_length=64, description="The conversation that it goes on with; leave out to start a new one."
    )
    audience: Audience = Field(Audience.CLINICIAN, description="Patients get plain wordings of the same facts.")
    document: Slug | None = Field(
        None,
        description="The document that is read: a new conversation starts from it. Left out, from the corpus's own.",
        examples=["eular-2017"],
    )
    only: Only = Field(Only(), description="Which documents may answer; left out, all.")
    max_words: Words | None = Field(None, description="Longest answer, in words.", examples=[150])


class SearchQuery(Only):
    """Query parameters of the search, those of a filter among them."""

    q: str = Field(min_length=1, description="What to search for.", examples=["naltrexone and tramadol"])
    k: int = Field(10, ge=1, le=100, description="How many passages to return.")


class Page(Record):
    """Query parameters of a list."""

    limit: int = Field(50, ge=1, le=500, description="How many to return.")
    offset: int = Field(0, ge=0, le=2**31, description="How many to skip.")


class SearchResults(Record):
    """Passages by score, best first."""

    generation: str
    passages: tuple[RetrievedPassage, ...]


class DocumentSummary(Record):
    """A document as the list shows it."""

    id: Slug
    title: str
    short_title: str
    kind: DocumentKind
    organisation: str | None
    year: int | None
    edition: str | None
    superseded_by: Slug | None
    review_state: ReviewState
    trust: Trust = Field(description="How far it may speak for itself in an answer.")
    evidence_checked: date | None
    last_updated: date
    statements: int = Field(description="Number of its evidence statements.")


class DocumentList(Record):
    """The documents of the index."""

    generation: str
    documents: tuple[DocumentSummary, ...]


class DocumentDetail(Record):
    """A document with its text, and the review state that holds for that text."""

    review_state: ReviewState
    trust: Trust
    document: Document


class ConversationTurns(Record):
    """A conversation with its questions."""

    id: str
    turns: tuple[Turn, ...]


class ConversationList(Record):
    """Conversations, last used first; no word of what was asked."""

    conversations: tuple[ConversationSummary, ...]


class State(Record):
    """State of the service."""

    status: str
    version: str
    generation: str | None = None
    documents: int | None = None
    reason: str | None = Field(None, description="Why an older generation of the index answers, if one does.")


class Welcome(Record):
    """What this service is, and where its parts are."""

    name: str
    version: str
    disclaimer: str
    links: dict[str, str]


# --- application ------------------------------------------------------------------------------------------------------


class _App(FastAPI):
    """FastAPI whose description names the media type that errors really have, and shows a whole answer."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description."""
        schema = super().openapi()
        for path in schema["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    for media_type in ("application/json", "text/event-stream"):
                        if int(status) >= 400 and media_type in response.get("content", {}):
                            response["content"] = {problems.MEDIA_TYPE: response["content"].pop(media_type)}
        # Here and not at the route, where the framework would leave out every null.
        example = json.loads(files("fmqa.web").joinpath("example_answer.json").read_text())
        answered = schema["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"]["application/json"]
        answered["example"] = example
        return schema


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": problems.phrase_of(status)} for status in statuses}


def create_app(assistant: Answering) -> FastAPI:
    """Return the application for an open assistant, which it closes when it stops.

    Raises: BadSettings if keys, names of hosts or rates cannot be used.
    """
    line = Line(assistant.settings.waiting)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        keeping = asyncio.create_task(_keep_up(assistant))
        yield
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await asyncio.to_thread(line.close)
        assistant.close()

    app = _App(
        title="fmqa",
        summary="Grounded, cited, graded answers to follow-up questions on medical articles and guidelines.",
        description=DISCLAIMER,
        version=__version__,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # the framework's pages load scripts from the network
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        # The framework's telemetry would record failed requests with what was sent.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(GZipMiddleware, minimum_size=2000)  # event streams are left alone
    app.add_middleware(Edge)
    app.add_middleware(Gate, settings=assistant.settings)
    Gate(app, assistant.settings)  # the framework makes its own at the first request; what is wrong is said now
    app.state.line = line
    _add_error_handlers(app)
    pages.add_pages(app, assistant, line)
    _add_question_routes(app, assistant, line)
    _add_stream_route(app, assistant, line)
    _add_corpus_routes(app, assistant)
    _add_conversation_routes(app, assistant)
    _add_state_routes(app, assistant, line)
    return app


async def _keep_up(assistant: Answering) -> None:
    """Take up newer generations of the index, and delete what has expired, while nobody asks too."""
    while True:
        for chore in (assistant.refresh, assistant.conversations.tidy):
            try:
                await asyncio.to_thread(chore)
            except FmqaError as error:  # tried again in a moment; who asks is told then
                _log.warning("%s: %s", error.title, error)
        await asyncio.sleep(KEEP_UP_SECONDS)


def _add_question_routes(app: FastAPI, assistant: Answering, line: Line) -> None:
    @app.post("/v1/ask", tags=["answers"], responses=_errors(400, 404, 413, 422, 503))
    async def ask(body: Question, caller: Asking) -> Answer:
        """Answer a question from the corpus, with citations. Not knowing is an answer too, with its own status."""
        work = partial(
            assistant.ask,
            body.question,
            conversation_id=body.conversation_id,
            audience=body.audience,
            max_words=body.max_words,
            document=body.document,
            only=body.only,
            owner=caller.name,
        )
        answer = await line.run(work)
        metrics.answered(answer)
        return answer

    @app.get("/v1/search", tags=["answers"], responses=_errors(422, 503))
    async def search(query: Annotated[SearchQuery, Query()]) -> SearchResults:
        """Return the passages nearest to a question, with their scores."""
        passages = await line.run(
            partial(assistant.search, query.q, query.k, Only(**query.model_dump(exclude={"q", "k"})))
        )
        return SearchResults(generation=assistant.index.generation, passages=passages)


def _add_stream_route(app: FastAPI, assistant: Answering, line: Line) -> None:
    async def room() -> None:
        line.check()  # once the stream has begun, its status is said

    @app.post(
        "/v1/ask/stream",
        tags=["answers"],
        response_class=EventSourceResponse,
        responses=_errors(400, 413, 422, 503),
        dependencies=[Depends(room)],
    )
    async def stream(body: Question, caller: Asking) -> AsyncIterator[ServerSentEvent]:
        """Answer a question as Server-Sent Events: interpretation, passages, answer, sources, done; or error.

        `interpretation` and `done` carry the disclaimer; `answer` is the verified answer without its sources, which
        follow; `error` is a problem as other routes answer with.
        """
        try:
            async for step in streaming.steps(assistant, line, **dict(body), owner=caller.name):
                match step:
                    case streaming.Interpretation(text):
                        yield _event("interpretation", {"interpreted_question": text, "disclaimer": DISCLAIMER})
                    case streaming.Found(passages):
                        yield _event("passages", {"passages": [found.passage.id for found in passages]})
                    case answer:
                        yield _event("answer", answer.model_dump(mode="json", exclude={"sources"}))
                        yield _event("sources", answer.model_dump(mode="json", include={"sources"}))
                        kept = answer.model_dump(include={"conversation_id", "generation", "disclaimer"})
                        yield _event("done", {"answer": f"/answers/{answer.question_id}", **kept})
        except FmqaError as error:
            yield _event("error", problems.of_error(error).model_dump(mode="json", exclude_defaults=True))
        except Exception as error:  # a stream ends in done or error, whatever happens
            yield _event("error", problems.of_fault(error, "POST").model_dump(mode="json", exclude_defaults=True))


def _event(name: str, data: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=data)


def _add_corpus_routes(app: FastAPI, assistant: Answering) -> None:
    listed: DocumentList | None = None

    @app.get("/v1/documents", tags=["corpus"])
    def documents() -> DocumentList:
        """List the documents that answers come from."""
        nonlocal listed
        index = assistant.index
        if listed is None or listed.generation != index.generation:  # reading every document takes a while
            summaries = tuple(_summary(index.document(document_id)) for document_id in index.document_ids)
            listed = DocumentList(generation=index.generation, documents=summaries)
        return listed

    @app.get("/v1/documents/{document_id}", tags=["corpus"], responses=_errors(404, 422))
    def document(document_id: Annotated[str, Path(examples=["eular-2017"])]) -> DocumentDetail:
        """Return one document with its text, which the anchors of answers point into."""
        found = assistant.index.document(document_id)
        return DocumentDetail(review_state=found.review_state, trust=found.trust, document=found)

    @app.get("/v1/passages/{passage_id:path}", tags=["corpus"], responses=_errors(404, 422))
    def passage(passage_id: Annotated[str, Path(examples=["eular-2017@120-240"])]) -> Passage:
        """Return one passage with its anchor."""
        return assistant.index.passage(passage_id)


def _everyones_if_admin(assistant: Answering, caller: Caller) -> Conversations:
    """Return the conversations that a caller may list and delete; to read them is for their owner alone."""
    return assistant.conversations.of(None if caller.may(Scope.ADMIN) else caller.name)


def _add_conversation_routes(app: FastAPI, assistant: Answering) -> None:
    @app.get("/v1/conversations", tags=["conversations"], responses=_errors(422, 503))
    def conversations(page: Annotated[Page, Query()], caller: Asking) -> ConversationList:
        """List the conversations, last used first."""
        return ConversationList(conversations=_everyones_if_admin(assistant, caller).list(page.limit, page.offset))

    @app.get("/v1/conversations/{conversation_id}", tags=["conversations"], responses=_errors(404, 422, 503))
    def conversation(conversation_id: str, caller: Asking) -> ConversationTurns:
        """Return one conversation with its questions."""
        return ConversationTurns(
            id=conversation_id, turns=assistant.conversations.of(caller.name).turns(conversation_id)
        )

    @app.delete(
        "/v1/conversations/{conversation_id}",
        tags=["conversations"],
        status_code=204,
        responses=_errors(404, 422, 503),
    )
    def delete_conversation(conversation_id: str, caller: Asking) -> None:
        """Delete one conversation for good."""
        _everyones_if_admin(assistant, caller).delete(conversation_id)


def _add_state_routes(app: FastAPI, assistant: Answering, line: Line) -> None:
    @app.get("/metrics", include_in_schema=False)
    def figures() -> Response:
        settings, degraded = assistant.settings, assistant.trouble is not None
        content = metrics.shown(line, assistant.index.generation, degraded=degraded, settings=settings)
        return Response(content, media_type=metrics.MEDIA_TYPE)

    @app.get("/v1", tags=["state"])
    async def welcome() -> Welcome:
        """Say what this service is."""
        return Welcome(
            name=app.title,
            version=app.version,
            disclaimer=DISCLAIMER,
            links={
                "openapi": "/openapi.json",
                "ask": "/v1/ask",
                "stream": "/v1/ask/stream",
                "search": "/v1/search",
                "documents": "/v1/documents",
                "conversations": "/v1/conversations",
                "health": "/healthz",
                "readiness": "/readyz",
            },
        )

    @app.get("/healthz", tags=["state"])
    async def health() -> State:
        """Say that the process is up."""
        return State(status="up", version=app.version)

    @app.get("/readyz", tags=["state"], responses=_errors(503))
    def readiness() -> State:
        """Say whether questions can be answered: a verified index generation is open and the database can be read.

        `degraded` means that an older generation answers because the newest does not verify; `reason` says why.
        """
        if line.draining:
            line.check()
        assistant.conversations.check()
        index, trouble = assistant.index, assistant.trouble
        return State(
            status="degraded" if trouble else "ready",
            version=app.version,
            generation=index.generation,
            documents=len(index.document_ids),
            reason=trouble,
        )


def _summary(document: Document) -> DocumentSummary:
    own = {"review_state", "trust", "statements"}
    same = document.metadata.model_dump(include=set(DocumentSummary.model_fields) - own)
    return DocumentSummary(
        **same, review_state=document.review_state, trust=document.trust, statements=len(document.statements)
    )


def _add_error_handlers(app: FastAPI) -> None:
    def respond(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
        if pages.wants_page(request):
            return pages.problem_page(request, problem)
        return Response(problem.json_bytes(), problem.status, headers, media_type=problems.MEDIA_TYPE)

    @app.exception_handler(FmqaError)
    async def of_fmqa(request: Request, error: FmqaError) -> Response:
        if error.status >= 500 and not isinstance(error, Busy):
            _log.warning("%s: %s", error.title, error)
        return respond(request, problems.of_error(error), problems.headers_of(error))

    @app.exception_handler(RequestValidationError)
    async def of_validation(request: Request, error: RequestValidationError) -> Response:
        return respond(request, problems.of_faults(tuple(problems.field_problem(each) for each in error.errors())))

    @app.exception_handler(HTTPException)
    async def of_framework(request: Request, error: HTTPException) -> Response:
        headers = {"allow": _allowed(app, request)} if error.status_code == 405 else error.headers
        return respond(request, problems.of_status(error.status_code), headers)


def _allowed(app: FastAPI, request: Request) -> str:
    """Return the methods that an address takes: the framework names those of the first route with its path only."""
    methods: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
