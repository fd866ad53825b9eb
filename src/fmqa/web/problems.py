"""Errors as RFC 9457 problem+json, and the outer layer of the service, which keeps requests out of errors and logs."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from pydantic import Field

from fmqa.errors import FmqaError
from fmqa.types import Record

MEDIA_TYPE = "application/problem+json"
LONGEST_BODY = 64 * 1024  # bytes
# Answers may be patient data: nothing may keep, frame, sniff or pass them on.
SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

_log = logging.getLogger(__name__)
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_Asgi = Callable[[_Message, _Receive, _Send], Awaitable[None]]
_WORDS = {
    400: "the body cannot be read; send one JSON object in UTF-8",
    404: "there is nothing at this address; /v1 names what there is",
    405: "this address does not take this method; the Allow header names those it takes",
    413: f"the body is longer than {LONGEST_BODY} bytes; shorten the question",
}


class FieldProblem(Record):
    """What is wrong with one field."""

    field: str | None = Field(None, description="Path of the field; none for the whole request or an unknown field.")
    problem: str


class Problem(Record):
    """An error, after RFC 9457. It never repeats what was sent."""

    type: str = Field(examples=["/problems/not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(description="What is wrong, and what to do.")
    errors: tuple[FieldProblem, ...] = ()

    def json_bytes(self) -> bytes:
        """Return the body of the response."""
        return self.model_dump_json(exclude_defaults=True).encode()


def of_error(error: FmqaError) -> Problem:
    """Return the problem for an error of fmqa, whose messages hold no request text."""
    return Problem(type=f"/problems/{error.slug}", title=error.title, status=error.status, detail=str(error))


def phrase_of(status: int) -> str:
    """Return the standard phrase of a status, the same on every version of Python."""
    return "Content Too Large" if status == 413 else HTTPStatus(status).phrase


def of_status(status: int) -> Problem:
    """Return the problem for an HTTP status that no error of fmqa stands behind."""
    phrase = phrase_of(status)
    slug = phrase.lower().replace(" ", "-")
    return Problem(type=f"/problems/{slug}", title=phrase, status=status, detail=_WORDS.get(status, phrase))


def of_faults(faults: tuple[FieldProblem, ...]) -> Problem:
    """Return the problem for a request that is not as the OpenAPI description wants it."""
    return Problem(
        type="/problems/invalid-request",
        title="The request is not valid",
        status=422,
        detail="change what errors names; /openapi.json describes what each field may hold",
        errors=faults,
    )


def field_problem(error: Mapping[str, Any]) -> FieldProblem:
    """Return one entry of pydantic's report, from those parts of it that cannot hold words of the request.

    >>> field_problem({"type": "missing", "loc": ("body", "question"), "msg": "Field required", "input": {"a": "b"}})
    FieldProblem(field='question', problem='Field required')
    """
    place = ".".join(str(part) for part in error["loc"][1:]) or None
    match error["type"]:
        case "extra_forbidden":  # the name of the field is the sender's
            return FieldProblem(problem="a field that is not known here; leave it out")
        case "json_invalid":
            return FieldProblem(problem="the body is not valid JSON")
        case "model_attributes_type" | "dict_type":
            return FieldProblem(problem="send a JSON object with Content-Type: application/json")
        case "missing" if place is None:
            return FieldProblem(problem="the body is missing; send a JSON object")
        case _:
            return FieldProblem(field=place, problem=error["msg"])


class Edge:
    """ASGI layer around the service: body limit, security headers, and a last catch that keeps requests out of logs.

    The web framework has a body limit too, but on some paths that answers in plain text.
    """

    def __init__(self, app: _Asgi) -> None:
        self._app = app

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        replayed = False

        async def send_with_headers(message: _Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = message.get("headers", ())
                given = {name for name, _ in headers}  # a page says itself what it may load
                message["headers"] = [*headers, *(each for each in SECURITY_HEADERS if each[0] not in given)]
            await send(message)

        async def replay() -> _Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": body, "more_body": False}

        body = await _read(scope, receive)
        if body is None:
            await _send(of_status(413), send_with_headers)
            return
        try:
            await self._app(scope, replay, send_with_headers)
        except Exception as error:
            # Not the message: it may quote the question. The frames say where, in our words only.
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s in %s\n%s", type(error).__name__, scope["method"], frames)
            if not started:
                await _send(
                    of_error(FmqaError("this is a fault of the service; its log says where")), send_with_headers
                )


async def _send(problem: Problem, send: _Send) -> None:
    body = problem.json_bytes()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(scope: _Message, receive: _Receive) -> bytes | None:
    """Return the whole body, or None as soon as it is too long."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if not announced.isdigit() or len(announced) > 20 or int(announced) > LONGEST_BODY:
        return None
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:
            return None
        if not message.get("more_body", False):  # also true of a disconnect
            return bytes(body)
