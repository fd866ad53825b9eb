"""Errors as RFC 9457 problem+json, and the outer layer of the service, which keeps requests out of errors and logs."""

import asyncio
import logging
import math
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from pydantic import Field
from starlette.exceptions import HTTPException

from fmqa.errors import FmqaError, TooLarge
from fmqa.types import Record

MEDIA_TYPE = "application/problem+json"
LONGEST_BODY = 64 * 1024  # bytes
LONGEST_HISTORY = 1024 * 1024
"""Bytes of a body that brings the history of a chat, what a record system knows of its context, or the judgements on a
document."""
_WITH_HISTORY = ("/v1/chat/completions", "/cds-services/", "/review/")
UPLOADS = frozenset({"/v1/documents", "/documents"})
"""Paths to which files are sent, whose bodies may be long."""
BODY_SECONDS = 10.0
"""Time that a client has to send its body."""
# Answers may be patient data: nothing may keep, frame, sniff or pass them on.
SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

_log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]
WORDS = {
    400: "the body cannot be read; send one JSON object in UTF-8",
    403: "the request was made by a page of another site",
    404: "there is nothing at this address; /v1 names what there is",
    408: f"the body did not come within {BODY_SECONDS:g} seconds",
    405: "this address does not take this method; the Allow header names those it takes",
    413: "the body is too long; shorten the question",
}
"""What is wrong, and what to do, where a status is all that is known."""


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
    instance: str | None = Field(None, description="Names the request as the log does, and the X-Request-ID header.")

    def json_bytes(self) -> bytes:
        """Return the body of the response."""
        return self.model_dump_json(exclude_defaults=True).encode()


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how a route's errors are described."""
    return {status: {"model": Problem, "description": phrase_of(status)} for status in statuses}


def of_request(problem: Problem, scope: Message) -> Problem:
    """Return a problem that names the request that it came of."""
    request_id = scope.get("state", {}).get("request_id")
    return problem.model_copy(update={"instance": f"urn:fmqa:request:{request_id}"}) if request_id else problem


def of_error(error: FmqaError) -> Problem:
    """Return the problem for an error of fmqa, whose messages hold no request text; no file of the machine is named."""
    detail = error.outside or str(error)
    return Problem(type=f"/problems/{error.slug}", title=error.title, status=error.status, detail=detail)


def of_fault(error: Exception, method: str) -> Problem:
    """Write down where a fault of ours happened, and return the problem for it."""
    # Not the message: it may quote the question. The frames say where, in our words only.
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s in %s\n%s", type(error).__name__, method, frames)
    return of_error(FmqaError("this is a fault of the service; its log says where"))


def headers_of(error: FmqaError) -> dict[str, str]:
    """Return the headers that go with the problem for an error."""
    return {} if error.retry_after is None else {"retry-after": str(error.retry_after)}


def phrase_of(status: int) -> str:
    """Return the standard phrase of a status, the same on every version of Python."""
    return "Content Too Large" if status == 413 else HTTPStatus(status).phrase


def of_status(status: int) -> Problem:
    """Return the problem for an HTTP status that no error of fmqa stands behind."""
    phrase = phrase_of(status)
    slug = phrase.lower().replace(" ", "-")
    return Problem(type=f"/problems/{slug}", title=phrase.capitalize(), status=status, detail=WORDS.get(status, phrase))


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
    """ASGI layer around the service: body limit, security headers, a last catch, an end to work whose client left.

    The web framework has a body limit too, but on some paths that answers in plain text.
    """

    def __init__(self, app: Asgi, longest_upload: int = 0) -> None:
        """Take the application, and the most bytes of a request that sends files."""
        self._app = app
        self._longest_upload = longest_upload

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = await self._exchange(scope, receive, send)
        if exchange is None:
            return
        try:
            await exchange.work_on(self._app, scope)
        except Exception as error:
            if exchange.is_left:
                return
            problem = of_fault(error, scope["method"])
            if not exchange.started:
                await send_problem(problem, send, scope)

    async def _exchange(self, scope: Message, receive: Receive, send: Send) -> "_Exchange | None":
        """Return the exchange with the client; None if it is over already."""
        if scope["method"] == "POST" and scope["path"] in UPLOADS:
            if _announced(scope) > self._longest_upload:
                await send_problem(of_error(_too_large(self._longest_upload)), send, scope, {"connection": "close"})
                return None
            return _Upload(self._longest_upload, receive, send)
        try:
            body = await _read(scope, receive)
        except _Gone:
            return None
        except TimeoutError:
            await send_problem(of_status(408), send, scope, {"connection": "close"})
            return None
        if body is None:
            await send_problem(_too_long(scope), send, scope)
            return None
        return _Exchange(body, receive, send)


class _Exchange:
    """One request whose body was read, and its response; the work on it ends when the client leaves."""

    def __init__(self, body: bytes, receive: Receive, send: Send) -> None:
        self.started = False
        self._ended = False
        self._gone = asyncio.Event()
        self._body: bytes | None = body
        self._receive, self._send = receive, send

    @property
    def is_left(self) -> bool:
        """Whether the client has left."""
        return self._gone.is_set()

    async def work_on(self, app: Asgi, scope: Message) -> None:
        """Let the application answer, unless the client leaves before that."""
        work = asyncio.ensure_future(app(scope, self._replay, self._pass_on))
        leaving = asyncio.ensure_future(self._notice_leaving(work))
        try:
            await work
        except asyncio.CancelledError:
            if not self._gone.is_set():  # the server ends
                work.cancel()
                raise
        finally:
            leaving.cancel()

    async def _replay(self) -> Message:
        if self._body is None:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            _add_headers(message)
        self._ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def _notice_leaving(self, work: asyncio.Future[None]) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
        if not self._ended:
            work.cancel()


def longest_body(path: str) -> int:
    """Return how many bytes a body at an address may have."""
    return LONGEST_HISTORY if path.startswith(_WITH_HISTORY) else LONGEST_BODY


def _too_long(scope: Message) -> Problem:
    words = f"the body is longer than {longest_body(scope['path'])} bytes; shorten the question"
    return of_status(413).model_copy(update={"detail": words})


class _Upload(_Exchange):
    """A request that sends files: its body is passed on as it comes, and ends when it is too long or too slow."""

    def __init__(self, longest: int, receive: Receive, send: Send) -> None:
        super().__init__(b"", receive, send)
        self._longest = self._left = longest
        self._whole = asyncio.Event()

    async def _replay(self) -> Message:
        if self._whole.is_set():
            await self._gone.wait()
            return {"type": "http.disconnect"}
        try:
            async with asyncio.timeout(BODY_SECONDS):  # for each part: a large file takes its time
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None
        if message["type"] == "http.disconnect":
            self._gone.set()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large(self._longest)
        if not message.get("more_body", False):
            self._whole.set()
        return message

    async def _notice_leaving(self, work: asyncio.Future[None]) -> None:
        await self._whole.wait()
        await super()._notice_leaving(work)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"at most {most // 1_000_000} MB are sent at once; send fewer files, one after the other")


async def send_problem(problem: Problem, send: Send, scope: Message, more: Mapping[str, str] | None = None) -> None:
    """Send a problem of a request as a whole response, with the headers that every response has."""
    body = of_request(problem, scope).json_bytes()
    given = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **(more or {})}
    headers = [(name.encode(), value.encode()) for name, value in given.items()]
    start: Message = {"type": "http.response.start", "status": problem.status, "headers": headers}
    _add_headers(start)
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _add_headers(start: Message) -> None:
    headers = start.get("headers", ())
    given = {name for name, _ in headers}  # a page says itself what it may load
    start["headers"] = [*headers, *(each for each in SECURITY_HEADERS if each[0] not in given)]


class _Gone(Exception):
    """The client left before it had sent its body."""


async def _read(scope: Message, receive: Receive) -> bytes | None:
    """Return the whole body, or None as soon as it is too long.

    Raises:
        TimeoutError: It does not come in BODY_SECONDS.
        _Gone: The client left.
    """
    longest = longest_body(scope["path"])
    if _announced(scope) > longest:
        return None
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            body += message.get("body", b"")
            if len(body) > longest:
                return None
            if not message.get("more_body", False):
                return bytes(body)


def _announced(scope: Message) -> float:
    """Return how many bytes a request says that its body has; endless where that is no number."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    return int(announced) if announced.isdigit() and len(announced) <= 20 else math.inf
