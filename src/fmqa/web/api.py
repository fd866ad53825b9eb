"""The service put together: its pages, its routes by subject, its errors as RFC 9457 problem+json.

No request text goes anywhere but into its own answer and the conversations: not into an error, not into a log.

Nothing of what users wait for is done in the event loop. Questions are answered on as many threads as there are cores,
because the encoder, half of the time of an answer, lets go of the interpreter lock (measured on two cores with 8
clients: 40 % more answers a second, and nothing lost with one); those who wait for one stand in a line that has an end.
Routes that read the database or documents are plain functions, which the framework calls on threads of its own. A newer
index is looked for, verified and opened on another thread.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Route

from fmqa import __version__
from fmqa.errors import Busy, FmqaError
from fmqa.guard.waiting import Line
from fmqa.types import DISCLAIMER
from fmqa.upkeep.changing import Index, indexed
from fmqa.upkeep.queueing import Changes
from fmqa.web import metrics, pages, problems
from fmqa.web.documents import originals
from fmqa.web.documents import pages as document_pages
from fmqa.web.documents import routes as document_routes
from fmqa.web.gate import Gate
from fmqa.web.problems import Edge, Problem
from fmqa.web.routes import answers, asking, corpus, hooks, openai, state
from fmqa.web.routes.description import TAGS, App
from fmqa.web.routes.headers import NotModified
from fmqa.web.streaming import Answering

if TYPE_CHECKING:
    from fmqa.web.mcp.loading import Tools

_TAKE_UP_S = 10.0
KEEP_UP_SECONDS = 1.0
"""How often a newer index is looked for."""

_log = logging.getLogger(__name__)


def create_app(assistant: Answering, index: Index = indexed) -> FastAPI:
    """Return the application for an open assistant, which it closes when it stops.

    ``index`` brings the index up to date when documents were added or removed.

    Raises: BadSettings if keys, names of hosts or rates cannot be used.
    """
    line = Line(assistant.settings.waiting)
    tools = _tools(assistant, line)
    if assistant.settings.traces:
        metrics.trace_to(assistant.settings.traces)
    changes = Changes(assistant.settings, partial(_take_up, assistant), index)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        keeping = asyncio.create_task(_keep_up(assistant))
        async with tools.running() if tools is not None else contextlib.nullcontext():
            yield
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await asyncio.to_thread(changes.close)
        await asyncio.to_thread(line.close)
        assistant.close()

    app = App(
        title="fmqa",
        summary="Grounded, cited, graded answers to follow-up questions on medical articles and guidelines.",
        description=DISCLAIMER,
        version=__version__,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
        openapi_tags=TAGS,
        generate_unique_id_function=lambda route: route.name,  # stable names for clients that are generated
        docs_url=None,  # the framework's pages load scripts from the network
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        # The framework's telemetry would record failed requests with what was sent.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(GZipMiddleware, minimum_size=2000)  # event streams are left alone
    app.add_middleware(Edge, longest_upload=assistant.settings.upload_megabytes * 1_000_000)
    app.add_middleware(Gate, settings=assistant.settings)
    Gate(app, assistant.settings)  # the framework makes its own at the first request; what is wrong is said now
    app.state.line = line
    _add_error_handlers(app)
    document_pages.add_pages(app, assistant, changes)
    originals.add_routes(app, assistant)
    document_routes.add_routes(app, assistant, changes)
    pages.add_pages(app, assistant, line)
    asking.add_routes(app, assistant, line)
    answers.add_routes(app, assistant)
    corpus.add_routes(app, assistant)
    openai.add_routes(app, assistant, line)
    hooks.add_routes(app, assistant, line)
    if tools is not None:
        app.router.routes.append(Route("/mcp", tools, methods=["POST"], include_in_schema=False))
    state.add_routes(app, assistant, line)
    return app


def _tools(assistant: Answering, line: Line) -> "Tools | None":
    """Return the tools for models and agents; None where their library is not installed."""
    if find_spec("mcp") is None:
        return None
    from fmqa.web.mcp.loading import Tools  # noqa: PLC0415 - an extra

    return Tools(assistant, line)


async def _keep_up(assistant: Answering) -> None:
    """Take up newer generations of the index, and delete what has expired, while nobody asks too."""
    while True:
        for chore in (assistant.refresh, assistant.conversations.tidy):
            try:
                await asyncio.to_thread(chore)
            except FmqaError as error:  # tried again in a moment; who asks is told then
                _log.warning("%s: %s", error.title, error)
        await asyncio.sleep(KEEP_UP_SECONDS)


def _take_up(assistant: Answering, generation: str) -> None:
    """Answer from a generation that was just built here, or give up after a while: the next look finds it."""
    end = time.monotonic() + _TAKE_UP_S
    while assistant.index.generation != generation and time.monotonic() < end:
        if not assistant.refresh():
            time.sleep(0.02)  # another thread is at it


def _add_error_handlers(app: FastAPI) -> None:
    def respond(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
        if pages.wants_page(request):
            page = pages.problem_page(request, problem)
            page.headers.update(headers or {})
            return page
        content = problems.of_request(problem, request.scope).json_bytes()
        return Response(content, problem.status, headers, media_type=problems.MEDIA_TYPE)

    @app.exception_handler(NotModified)
    async def of_known(_request: Request, held: NotModified) -> Response:
        return Response(status_code=304, headers=held.headers)

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
