"""The outermost layer: who is let in, under which name, and how often; everything is refused before a body is read.

In this order: the size of the headers, the name that the request is addressed to, the site that it comes from, paths
that the operator closed, the key, what the key may do, and how often it asks.
"""

import base64
import binascii
import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Final

import limits
from fastapi import Depends, Request
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from fmqa.errors import (
    BadSettings,
    FmqaError,
    HeadersTooLarge,
    Misdirected,
    NoKey,
    NotAllowed,
    NotFound,
    TooOften,
)
from fmqa.guard.hosts import Hosts, is_loopback
from fmqa.guard.keys import ANYBODY, EVERYTHING, Caller, Keyring, Scope
from fmqa.settings import Settings
from fmqa.web import metrics, problems
from fmqa.web.problems import Asgi, Message, Receive, Send

MOST_HEADERS: Final = 200
LONGEST_HEADERS: Final = 64 * 1024
"""Bytes of names and values."""
OPEN: Final = frozenset({"/healthz", "/readyz", "/problems", "/embed.js"})
"""Parts for which nobody needs a key: what starts and watches the service has none, nor has who was just refused, nor a
page of another site."""
# The first folder of a path decides; what is not named here is for admins, so that no new route is open by oversight.
SCOPES: Final[Mapping[str, frozenset[Scope]]] = {
    "/v1/ask": frozenset({Scope.ASK}),
    "/v1/answers": frozenset({Scope.ASK}),
    "/v1/chat": frozenset({Scope.ASK}),
    "/mcp": frozenset({Scope.ASK}),
    "/cds-services": frozenset({Scope.ASK}),
    "/v1/models": frozenset({Scope.READ, Scope.ASK}),
    "/v1/conversations": frozenset({Scope.ASK, Scope.ADMIN}),
    "/ask": frozenset({Scope.ASK}),
    "/conversations": frozenset({Scope.ASK}),
    "/answers": frozenset({Scope.ASK}),
    "/v1/search": frozenset({Scope.READ}),
    "/v1/documents": frozenset({Scope.READ}),
    "/v1/changes": frozenset({Scope.WRITE, Scope.ADMIN}),
    "/changes": frozenset({Scope.WRITE, Scope.ADMIN}),
    "/v1/passages": frozenset({Scope.READ}),
    "/v1/recommendations": frozenset({Scope.READ}),
    "/v1": frozenset({Scope.READ, Scope.ASK, Scope.ADMIN}),
    "/": frozenset({Scope.READ}),
    "/documents": frozenset({Scope.READ}),
    "/evidence": frozenset({Scope.READ}),
    "/compare": frozenset({Scope.READ}),
    "/embed": frozenset({Scope.READ, Scope.ASK}),
    "/coverage": frozenset({Scope.READ}),
    "/policy": frozenset({Scope.READ, Scope.ASK}),
    "/limits": frozenset({Scope.READ, Scope.ASK}),
    "/static": frozenset({Scope.READ, Scope.ASK}),
    "/review": frozenset({Scope.ADMIN}),
    "/metrics": frozenset({Scope.ADMIN}),
    "/openapi.json": frozenset({Scope.READ, Scope.ASK, Scope.ADMIN}),
}
CHANGED: Final[Mapping[str, frozenset[Scope]]] = {
    "/v1/documents": frozenset({Scope.WRITE, Scope.ADMIN}),
    "/documents": frozenset({Scope.WRITE, Scope.ADMIN}),
}
"""What a path needs for anything but reading, where that is more."""
_LIST: Final = "/v1/conversations"
_WRONG_KEYS: Final = limits.parse("20/minute")
_ASKING: Final = frozenset({"/v1/ask", "/ask", "/v1/chat", "/mcp", "/cds-services"})
_SHARED: Final = ("/v1", "/mcp", "/cds-services", "/openapi.json", "/problems")
"""What pages of other sites may use if the setting names their origin; never the forms of our own pages."""
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?|https?://\[[0-9a-fA-F:]+\](?::\d{1,5})?")
_EXPOSED: Final = "ETag, Link, Retry-After, X-Request-ID, X-Total-Count"
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, DELETE"),
    (b"access-control-allow-headers", b"*, Authorization"),
    (b"access-control-max-age", b"600"),
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ASK_FOR_KEY: Final = 'Basic realm="fmqa: any name, the key as password", charset="UTF-8"'

_log = logging.getLogger(__name__)


class Gate:
    """ASGI layer that lets requests through with ``scope["state"]["caller"]``, or answers them with a problem."""

    def __init__(self, app: Asgi, settings: Settings) -> None:
        """Read keys and limits.

        Raises:
            BadSettings: One of them cannot be used; the message names the variable.
        """
        self._app = app
        self._hosts = hosts_of(settings)
        self._keys = Keyring(settings.keys) if settings.keys is not None else None
        self._open_beyond = settings.allow_anonymous
        self._closed = tuple(entry.strip() for entry in settings.closed.split(",") if entry.strip())
        self._origins = _origins(settings.origins)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._ask_rate = _rate(settings.ask_rate, "FMQA_ASK_RATE")
        self._read_rate = _rate(settings.read_rate, "FMQA_READ_RATE")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        more = [(b"x-request-id", request_id.encode()), *self._cors(scope)]

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        try:
            await self._answer(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            metrics.responded(part_of(scope["path"]), status, seconds)
            # Neither path nor query, which may hold an id or a question: only which part of the service was asked.
            told = {
                "request": request_id,
                "method": scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 10 else "?",
                "part": part_of(scope["path"]),
                "status": status,
                "seconds": round(seconds, 4),
            }
            _log.info("answered", extra={"told": told})

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with what is wrong with it."""
        if scope["method"] == "HEAD":  # as GET, without the body
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        if self._is_preflight(scope):
            await send({"type": "http.response.start", "status": 204, "headers": list(_PREFLIGHT)})
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            scope["state"]["caller"] = self._caller(scope)
        except FmqaError as error:
            if error.status >= 500:  # of the machine, and not of who asks
                _log.error("%s: %s", error.title, error)
            headers = problems.headers_of(error)
            if isinstance(error, NoKey):
                headers["www-authenticate"] = _ASK_FOR_KEY
            await problems.send_problem(problems.of_error(error), send, scope, headers | {"connection": "close"})
            return
        await self._app(scope, receive, send)

    def _caller(self, scope: Message) -> Caller:
        """Return who asks, if it may ask this.

        Raises:
            FmqaError: It may not; the class says why.
        """
        raw: list[tuple[bytes, bytes]] = scope["headers"]
        if len(raw) > MOST_HEADERS or sum(len(name) + len(value) for name, value in raw) > LONGEST_HEADERS:
            raise HeadersTooLarge(f"send at most {MOST_HEADERS} headers with {LONGEST_HEADERS} bytes together")
        headers: dict[str, str] = {}
        for name, value in raw:
            key = name.decode("latin-1").lower()
            if key in headers and key in ("host", "origin", "authorization"):
                raise Misdirected(f"send one {key} header only")
            headers[key] = value.decode("latin-1")
        authority = headers.get("host", "")
        if not self._hosts.allows(authority):
            raise Misdirected(
                "the Host header names another service; ask under a name of this one (its operator sets them in "
                "FMQA_HOSTS)"
            )
        origin = headers.get("origin")
        harmless = origin is None or (origin == "null" and scope["method"] in _SAFE)
        path = scope["path"]
        ours = harmless or self._hosts.is_own_origin(origin or "", authority) or self._is_let_in(origin, path)
        if not ours:
            raise NotAllowed("pages of other sites may not ask here")
        if self._is_closed(path):
            raise NotFound("there is nothing at this address")
        if part_of(path) in OPEN:
            return Caller("", frozenset())
        caller = self._known(scope, headers)
        wanted = scopes_of(path, changes=scope["method"] not in _SAFE)
        if not caller.scopes & wanted:
            raise NotAllowed(f"this key may not do that: it needs the scope {' or '.join(sorted(wanted))}")
        if path == _LIST and caller == ANYBODY:
            raise NotAllowed("without keys the conversations of all who ask here are not listed")
        self._count(caller, scope, asking=part_of(path) in _ASKING and scope["method"] == "POST")
        return caller

    def _known(self, scope: Message, headers: Mapping[str, str]) -> Caller:
        if self._keys is None:
            server = (scope.get("server") or ("", 0))[0] or "localhost"  # none on a socket of the file system
            if not self._hosts.beyond and is_loopback(server):
                return EVERYTHING
            if self._open_beyond:
                return ANYBODY
            raise NoKey("this service is reached from elsewhere and has no keys yet; its operator makes some")
        key = _key_in(headers.get("authorization", ""))
        caller = None if key is None else self._keys.caller(key)
        if caller is None:
            if not self._limiter.hit(_WRONG_KEYS, "wrong key", _client(scope)):
                raise _too_often(60)
            raise NoKey(
                "send the key that its operator gave you: Authorization: Bearer KEY, or in a browser as the password"
            )
        return caller

    def _count(self, caller: Caller, scope: Message, *, asking: bool) -> None:
        if caller is EVERYTHING:
            return  # one person on their own machine
        rates, kind = (self._ask_rate, "ask") if asking else (self._read_rate, "read")
        name = f"key {caller.name}" if caller.name else _client(scope)
        for rate in rates:
            if not self._limiter.hit(rate, kind, name):
                stats = self._limiter.get_window_stats(rate, kind, name)
                raise _too_often(max(1, round(stats.reset_time - time.time())))

    def _is_let_in(self, origin: str | None, path: str) -> bool:
        """Return whether a page of another site may use what lies at a path."""
        return origin in self._origins and any(path == part or path.startswith(f"{part}/") for part in _SHARED)

    def _cors(self, scope: Message) -> list[tuple[bytes, bytes]]:
        """Return the headers that let the page of another site read the response."""
        if not self._origins:
            return []
        origin = dict(scope["headers"]).get(b"origin", b"")
        found = [(b"vary", b"origin")]
        if self._is_let_in(origin.decode("latin-1"), scope["path"]):
            found += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED.encode())]
        return found

    def _is_preflight(self, scope: Message) -> bool:
        """Return whether a browser asks if the page of another site may ask; it sends no key with that."""
        headers = dict(scope["headers"])
        return (
            scope["method"] == "OPTIONS"
            and b"access-control-request-method" in headers
            and self._hosts.allows(headers.get(b"host", b"").decode("latin-1"))
            and self._is_let_in(headers.get(b"origin", b"").decode("latin-1"), scope["path"])
        )

    def _is_closed(self, path: str) -> bool:
        return any(
            path == entry or (entry.endswith("/*") and PurePosixPath(path).is_relative_to(entry[:-2]))
            for entry in self._closed
        )


def _origins(words: str) -> frozenset[str]:
    """Return the origins of a setting.

    Raises:
        BadSettings: One of them is none.
    """
    found = [entry.strip() for entry in words.split(",") if entry.strip()]
    if wrong := [entry for entry in found if not _ORIGIN.fullmatch(entry)]:
        raise BadSettings(f"FMQA_ORIGINS: {wrong[0]} is no origin; write, for example, https://journal.example")
    return frozenset(found)


def _without_body(send: Send) -> Send:
    async def head_only(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return head_only


async def caller_of(request: Request) -> Caller:
    """Return who asks."""
    caller: Caller = request.state.caller
    return caller


Asking = Annotated[Caller, Depends(caller_of)]
"""A parameter of a route: who asks."""


def hosts_of(settings: Settings) -> Hosts:
    """Return the names that a service answers to.

    Raises:
        BadSettings: A name cannot be one.
    """
    try:
        return Hosts(settings.hosts, settings.host)
    except ValueError as error:
        raise BadSettings(f"FMQA_HOSTS: {error}") from None


def warning_of(settings: Settings) -> str | None:
    """Return what is to be said of a service before it starts; None if it is for this machine only.

    Raises:
        BadSettings: Others could reach it without a key, and nobody has said in so many words that they may.
    """
    if not hosts_of(settings).beyond:
        return None
    if settings.keys is not None:
        return "others can reach this address: keys go over the network as they are unless a proxy adds TLS before it"
    if settings.allow_anonymous:
        return (
            "ANYBODY who reaches this address can ask, and can read and delete a conversation whose id they know: no "
            "key is needed (--allow-anonymous)"
        )
    raise BadSettings(
        "others could reach this address and ask without a key; make one with 'fmqa keys new NAME' and set FMQA_KEYS "
        "to its file, or say --allow-anonymous, or listen on 127.0.0.1 only and unset FMQA_HOSTS"
    )


def scopes_of(path: str, *, changes: bool = False) -> frozenset[Scope]:
    """Return the scopes any one of which a path needs, to be read or to be changed."""
    if changes and part_of(path) in CHANGED:
        return CHANGED[part_of(path)]
    return SCOPES.get(part_of(path), frozenset({Scope.ADMIN}))


def part_of(path: str) -> str:
    """Return the part of the service that a path belongs to: the longest beginning that has a name, or "other".

    >>> part_of("/v1/conversations/abc"), part_of("/v1/nothing"), part_of("/answers/abc/text"), part_of("/")
    ('/v1/conversations', 'other', '/answers', '/')
    """
    if path in SCOPES or path in OPEN:
        return path
    parts = path.split("/")
    beginning = "/".join(parts[: 3 if path.startswith("/v1/") else 2])
    return beginning if (beginning in SCOPES or beginning in OPEN) and beginning != "/v1" else "other"


def _key_in(authorization: str) -> str | None:
    """Return the key of an Authorization header: a bearer token, or the password that a browser sends."""
    scheme, _, rest = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip()
        case "basic":
            try:
                return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return None
    return None


def _client(scope: Message) -> str:
    """Return the address that a request comes from; of IPv6 the network, of which one person has all addresses."""
    host = str((scope.get("client") or ("", 0))[0])
    try:
        address: Any = ipaddress.ip_address(host)
    except ValueError:
        return "elsewhere"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _rate(words: str, variable: str) -> list[limits.RateLimitItem]:
    try:
        return limits.parse_many(words)
    except ValueError:
        raise BadSettings(f"{variable} is no rate; write, for example, 60/minute;1000/day") from None


def _too_often(seconds: int) -> TooOften:
    error = TooOften(f"more requests than are allowed; try again in {seconds} seconds")
    error.retry_after = seconds
    return error
