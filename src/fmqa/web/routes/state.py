"""What the service is, whether it is well, and what each kind of problem means."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from starlette.exceptions import HTTPException

from fmqa.errors import FmqaError
from fmqa.guard.waiting import Line
from fmqa.types import DISCLAIMER, Record
from fmqa.web import metrics, pages, problems
from fmqa.web.problems import errors
from fmqa.web.routes.headers import no_query
from fmqa.web.streaming import Answering
from fmqa.wire import State, Welcome


class ProblemType(Record):
    """What one kind of problem means."""

    type: str
    title: str
    status: int
    meaning: str
    exit_code: int | None = None


def add_routes(app: FastAPI, assistant: Answering, line: Line) -> None:
    """Add the routes that tell of the service itself."""
    _add_health(app, assistant, line)
    _add_problem_types(app)

    @app.get("/metrics", include_in_schema=False)
    def figures() -> Response:
        settings, degraded = assistant.settings, assistant.trouble is not None
        content = metrics.shown(line, assistant.index.generation, degraded=degraded, settings=settings)
        return Response(content, media_type=metrics.MEDIA_TYPE)

    @app.get("/v1", tags=["state"], responses=errors(422))
    async def welcome(_: Annotated[None, Depends(no_query)]) -> Welcome:
        """Say what this service is."""
        links = {
            "openapi": "/openapi.json",
            "ask": "/v1/ask",
            "stream": "/v1/ask/stream",
            "search": "/v1/search",
            "documents": "/v1/documents",
            "recommendations": "/v1/recommendations",
            "conversations": "/v1/conversations",
            "models": "/v1/models",
            "chat": "/v1/chat/completions",
            "cds-services": "/cds-services",
            "problems": "/problems",
            "health": "/healthz",
            "readiness": "/readyz",
        }
        if any(getattr(route, "path", "") == "/mcp" for route in app.routes):
            links["mcp"] = "/mcp"
        return Welcome(name=app.title, version=app.version, disclaimer=DISCLAIMER, links=links)


def _add_health(app: FastAPI, assistant: Answering, line: Line) -> None:
    @app.get("/healthz", tags=["state"])
    async def health() -> State:
        """Say that the process is up."""
        return State(status="up", version=app.version)

    @app.get("/readyz", tags=["state"], responses=errors(503))
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


def problem_types() -> dict[str, ProblemType]:
    """Return every kind of problem by its name: those of fmqa, and of HTTP where no error of fmqa stands behind."""
    found = {error.slug: _type_of(error) for error in _family(FmqaError)}
    for status, meaning in problems.WORDS.items():
        problem = problems.of_status(status)
        slug = problem.type.removeprefix("/problems/")
        found.setdefault(slug, ProblemType(type=problem.type, title=problem.title, status=status, meaning=meaning))
    invalid = problems.of_faults(())
    meaning = "A field of the request is not as the description wants it; errors name the field and what is wrong."
    found["invalid-request"] = ProblemType(
        type=invalid.type, title=invalid.title, status=invalid.status, meaning=meaning
    )
    return dict(sorted(found.items()))


def _family(error: type[FmqaError]) -> Iterator[type[FmqaError]]:
    yield error
    for each in error.__subclasses__():
        yield from _family(each)


def _type_of(error: type[FmqaError]) -> ProblemType:
    meaning = "A fault of the service; its log says where." if error is FmqaError else inspect.getdoc(error) or ""
    return ProblemType(
        type=f"/problems/{error.slug}",
        title=error.title,
        status=error.status,
        meaning=" ".join(meaning.split()),
        exit_code=error.exit_code,
    )


def _add_problem_types(app: FastAPI) -> None:
    types = problem_types()

    def shown(request: Request, chosen: Sequence[ProblemType], content: str) -> Response:
        if pages.wants_page(request):
            return pages.problem_types_page(request, chosen)
        return Response(content, media_type="application/json", headers={"vary": "accept"})

    @app.get("/problems", include_in_schema=False)
    def problem_list(request: Request) -> Response:
        listed = ",".join(each.model_dump_json(exclude_none=True) for each in types.values())
        return shown(request, tuple(types.values()), f"[{listed}]")

    @app.get("/problems/{slug}", include_in_schema=False)
    def problem_type(request: Request, slug: str) -> Response:
        if slug not in types:
            raise HTTPException(404)
        return shown(request, (types[slug],), types[slug].model_dump_json(exclude_none=True))
