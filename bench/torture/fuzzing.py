"""Requests that nobody would send, made from the service's description: by Schemathesis, and by breaking sound ones.

A response breaks the promise if it is a 5xx that nothing had made unavailable, a status or media type that the
description of its route does not name, a body that its schema does not allow, or a 405 that does not name the methods.
"""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import jsonschema_rs

from fmqa.web.routes.description import EVENTS

from .asking import Reply, Service, service
from .campaigns import Trials

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
_AT_THE_GATE: Final = frozenset({403, 404, 405, 406, 413, 421, 431})
"""What every route may answer with, before its own description counts."""
_QUESTIONS: Final = (
    "Is metformin safe in kidney disease?",
    "and the starting dose?",
    "What grade does the USPSTF give screening for diabetes?",
    "is it safe [4]?",
    "metformin vs semaglutide",
    "sources?",
    "I took 40 tablets of metformin and cannot breathe",
    "¿Es segura la metformina?",
    "ls -la; DROP TABLE turns;--",
)
_WORDS: Final = (
    *(
        "",
        " ",
        "a",
        "null",
        "true",
        "-1",
        "0",
        "94.0",
        "9e99",
        "NaN",
        "Infinity",
        "1" * 400,
        "[4]",
        "[[4]4]",
        "..",
        ".",
    ),
    *("../../etc/passwd", "%2e%2e%2f", "a/b", "\\", "'", '"', "<script>", "{{7*7}}", "\u202e", "\u0000", "\u2028"),
    *(
        "\ud800",
        "\U0001f600",
        "é" * 300,
        "ﬁ",
        "ß",
        "İ",
        "ا",
        "中" * 50,
        "a" * 5000,
        "\r\nSet-Cookie: a=b",
        ";",
        "#",
        "?",
    ),
)
_PAGES: Final = (
    *(
        "/",
        "/ask",
        "/documents",
        "/evidence",
        "/compare",
        "/coverage",
        "/policy",
        "/limits",
        "/conversations",
        "/review",
    ),
    *("/metrics", "/problems", "/openapi.json", "/embed", "/embed.js", "/static/page.css", "/mcp", "/ask/stream"),
    *("/answers/{}", "/answers/{}/text", "/answers/{}/feedback", "/answers/{}/handout", "/conversations/{}"),
    *("/conversations/{}/delete", "/conversations/{}/name", "/conversations/{}/pin", "/documents/{}", "/problems/{}"),
    *("/documents/{}/history", "/documents/{}/remove", "/documents/{}/pages/{}", "/review/{}", "/changes/{}", "/{}"),
    *("/review/{}/label-studio", "/evidence/{}/words/{}", "/evidence/{}/effect-light.svg", "/static/{}"),
)
"""What the description does not name; of those only 5xx, and responses without the headers of every one, are faults."""
_FIELDS: Final = (
    *("question", "q", "document", "about", "name", "kind", "comment", "conversation_id", "audience", "k", "x"),
)
_ACCEPTED: Final = ("text/html", "application/fhir+json", "*/*;q=0", "x", "image/png", "", ",,;q=9")
_KEYS: Final = ("k" * 20, "short", "k" * 300, "k" * 20 + "\x7f", "0123456789abcdef")
_OTHER_HEADERS: Final = (
    *("if-none-match", "range", "origin", "authorization", "expect", "x-a", "accept-language", "cookie", "te"),
)
_VALUES: Final = ("*", '"x"', "bytes=0-", "null", "Basic !!", "Bearer a", "100-continue")


class _Route(NamedTuple):
    """One operation of the description."""

    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Mapping[str, Any]]
    responses: Mapping[str, Mapping[str, Any]]


class Description:
    """What the service says of its routes."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.components: Mapping[str, Any] = told["components"]
        self.routes = [
            _Route(
                method.upper(),
                path,
                tuple(operation.get("parameters", ())),
                operation.get("requestBody", {}).get("content", {}),
                operation["responses"],
            )
            for path, operations in told["paths"].items()
            for method, operation in operations.items()
        ]
        self._validators: dict[str, Any] = {}

    def faults(self, route: _Route, sent: str, reply: Reply) -> Iterator[str]:
        """Yield what in a response to a route is not as described; ``sent`` is the method that was used."""
        if sent != route.method and not (sent == "HEAD" and route.method == "GET"):
            return
        status, kind = reply.status, reply.headers.get("content-type", "").partition(";")[0]
        described = route.responses.get(str(status))
        if described is None:
            if status not in _AT_THE_GATE:
                yield f"status {status} is not described"
            described = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        content = described.get("content", {})
        if sent == "HEAD":
            if reply.body:
                yield "a HEAD with a body"
        elif reply.body and content and kind not in content and not (status >= 400 and kind == "text/html"):
            yield f"{status} with {kind or 'no type'}"
        elif kind == "text/event-stream":
            yield from self._of_stream(reply)
        elif kind.endswith("json") and "schema" in content.get(kind, {}):
            yield from self._of_schema(f"{route.method} {route.path} {status} {kind}", content[kind]["schema"], reply)

    def _of_stream(self, reply: Reply) -> Iterator[str]:
        """Yield how a stream ends other than it must, and which of its events is not as described."""
        name = "[none]"
        for event in reply.body.decode().split("\n\n"):
            fields = dict(line.partition(": ")[::2] for line in event.split("\n") if ": " in line)
            name = fields.get("event", fields.get("data", name))
            if "event" in fields:
                schema = {"$ref": f"#/components/schemas/{EVENTS[name]}"}
                yield from self._of_schema(name, schema, reply._replace(body=fields["data"].encode()))
        if name not in ("done", "error", "[DONE]"):
            yield f"a stream that ends in {name[:20]}"

    def _of_schema(self, key: str, schema: Mapping[str, Any], reply: Reply) -> Iterator[str]:
        if key not in self._validators:
            whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": self.components}
            self._validators[key] = jsonschema_rs.validator_for(whole)
        try:
            found = json.loads(reply.body)
        except ValueError:
            yield "a body that is no JSON"
            return
        for error in self._validators[key].iter_errors(found):
            yield f"not as its schema says: {error.schema_path}"
            break


def broken(trials: Trials) -> Iterator[str | None]:
    """Break sound requests to every route and page, and look at each response."""
    with service(trials) as (opened, _):
        told = Description(json.loads(opened.send("GET", "/openapi.json").body))
        known = _Known(opened)
        for number in range(trials.count):
            if number % 500 == 0:
                known = _Known(opened)
            yield _one(trials.chance, opened, told, known)
        trials.figures.setdefault("responses that were no error, share", []).append(round(opened.well, 3))


class _Known:
    """Ids that the service knows."""

    def __init__(self, opened: Service) -> None:
        body = json.dumps({"question": _QUESTIONS[0]}).encode()
        asked = json.loads(opened.send("POST", "/v1/ask", {"content-type": "application/json"}, body).body)
        listed = json.loads(opened.send("GET", "/v1/documents").body)["documents"]
        self.ids: tuple[str, ...] = (
            *(each["id"] for each in listed),
            *(asked["conversation_id"], asked["question_id"], asked["sources"][0]["passage_id"]),
            *("fmqa", "fmqa-medications", "order-sign", "not-found", "1"),
        )


def _one(chance: random.Random, opened: Service, told: Description, known: _Known) -> str | None:
    if chance.random() < 0.15:
        return _page(chance, opened, known)
    route = chance.choice(told.routes)
    method = route.method if chance.random() < 0.9 else chance.choice(_METHODS)
    headers, body = _headers(chance), b""
    if route.body:
        kind, described = chance.choice(sorted(route.body.items()))
        value = made(chance, described.get("schema", {}), told.components, known)
        body = _bytes(chance, value if chance.random() < 0.5 else spoilt(chance, value))
        if kind == "multipart/form-data":
            kind += "; boundary=aaa"
            body = b'--aaa\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--aaa--\r\n' % (
                chance.choice((b"files", b"title", b"kind", b"")),
                body,
            )
        headers.setdefault("content-type", kind)
    path, query = _target(chance, route, told, known)
    target = f"{path}?{query}" if query else path
    reply = opened.send(method, target, headers, body)
    fault = _of_all(method, reply) or next(iter(told.faults(route, method, reply)), None)
    return None if fault is None else f"{method} {route.path} -> {reply.status}: {fault}"


def _page(chance: random.Random, opened: Service, known: _Known) -> str | None:
    template = chance.choice(_PAGES)
    path = template
    while "{}" in path:
        path = path.replace("{}", _escaped(chance, known), 1)
    method = chance.choice(("GET", "GET", "GET", "POST", *_METHODS))
    names = (
        "question",
        "q",
        "document",
        "only",
        "name",
        "judgement",
        "comment",
        "conversation_id",
        "audience",
        "k",
        "x",
    )
    fields = [(chance.choice(names), _text(chance, known)) for _ in range(chance.randrange(5))]
    form = urlencode(fields, errors="replace")
    headers = {"accept": "text/html", **_headers(chance)}
    body = b""
    if method == "POST":
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
        body = form.encode()
    elif fields:
        path += f"?{form}"
    fault = _of_all(method, opened.send(method, path, headers, body))
    return None if fault is None else f"{method} {template}: {fault}"


def _of_all(method: str, reply: Reply) -> str | None:
    """Return what no response may be."""
    if reply.status >= 500:
        return f"a {reply.status}"
    if reply.status == 405 and not reply.headers.get("allow"):
        return "405 without Allow"
    if "x-request-id" not in reply.headers or reply.headers.get("x-content-type-options") != "nosniff":
        return "without the headers of every response"
    if method == "HEAD" and reply.body:
        return "a HEAD with a body"
    return None


# --- what is sent -----------------------------------------------------------------------------------------------------


def _text(chance: random.Random, known: _Known) -> str:
    return chance.choice((*_WORDS, *_QUESTIONS, *known.ids, *known.ids))


def _escaped(chance: random.Random, known: _Known) -> str:
    word = chance.choice(known.ids) if chance.random() < 0.5 else _text(chance, known)
    return quote(word[:2000], safe="" if chance.random() < 0.8 else "/?#", errors="replace")


def _target(chance: random.Random, route: _Route, told: Description, known: _Known) -> tuple[str, str]:
    path, query = route.path, []
    for parameter in route.parameters:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", _escaped(chance, known))
        elif parameter["in"] == "query" and (chance.random() < 0.3 or parameter.get("required")):
            value = made(chance, parameter.get("schema", {}), told.components, known)
            values = value if isinstance(value, list) else [value]
            query += [(parameter["name"], _plain(each)) for each in values]
    if chance.random() < 0.1:
        query.append((_text(chance, known)[:100], _text(chance, known)[:1000]))
    return path, urlencode(query, errors="replace")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _headers(chance: random.Random) -> dict[str, str]:
    headers: dict[str, str] = {}
    if chance.random() < 0.2:
        kinds = ("text/plain", "application/json; charset=utf-16", "multipart/form-data", "x", "", "application/json")
        headers["content-type"] = chance.choice(kinds)
    if chance.random() < 0.2:
        headers["accept"] = chance.choice(
            ("text/html", "application/fhir+json", "*/*;q=0", "x", "image/png", "", ",,;q=9")
        )
    if chance.random() < 0.1:
        headers["idempotency-key"] = chance.choice(
            ("k" * 20, "short", "k" * 300, "k" * 20 + "\x7f", "0123456789abcdef")
        )
    if chance.random() < 0.05:
        names = (
            "if-none-match",
            "range",
            "origin",
            "authorization",
            "expect",
            "x-a",
            "accept-language",
            "cookie",
            "te",
        )
        headers[chance.choice(names)] = chance.choice(
            ("*", '"x"', "bytes=0-", "null", "Basic !!", "Bearer a", "100-continue")
        )
    return headers


def _bytes(chance: random.Random, value: object) -> bytes:
    body = json.dumps(value, ensure_ascii=chance.random() < 0.7).encode("utf-8", "surrogatepass")
    if chance.random() < 0.9:
        return body
    place = chance.randrange(len(body) + 1)
    match chance.randrange(4):
        case 0:
            return body[:place]
        case 1:
            return body[:place] + chance.randbytes(3) + body[place:]
        case 2:
            return b"[" * 3000 + body
        case _:
            return body.replace(b":", b': 1e999, "x":', 1)


def made(
    chance: random.Random, schema: Mapping[str, Any], components: Mapping[str, Any], known: _Known, depth: int = 0
) -> object:
    """Return a value that a schema mostly allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return made(chance, components["schemas"][name], components, known, depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return made(chance, chance.choice(schema[key]), components, known, depth + 1)
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    return _of_type(chance, schema, components, known, depth)


def _of_type(
    chance: random.Random, schema: Mapping[str, Any], components: Mapping[str, Any], known: _Known, depth: int
) -> object:
    match schema.get("type"):
        case "object":
            return _object(chance, schema, components, known, depth)
        case "array":
            inner = schema.get("items", {})
            return [made(chance, inner, components, known, depth + 1) for _ in range(chance.randrange(3))]
        case "integer" | "number":
            low = schema.get("minimum", 0)
            return chance.choice((low, schema.get("maximum", low + 10), low + 1, low + 0.0, low - 1))
        case "boolean":
            return chance.random() < 0.5
        case "null":
            return None
    return chance.choice(_QUESTIONS) if chance.random() < 0.5 else _text(chance, known)


def _object(
    chance: random.Random, schema: Mapping[str, Any], components: Mapping[str, Any], known: _Known, depth: int
) -> dict[str, object]:
    wanted: Sequence[str] = schema.get("required", ())
    return {
        name: made(chance, inner, components, known, depth + 1)
        for name, inner in schema.get("properties", {}).items()
        if name in wanted or (depth < 6 and chance.random() < 0.4)
    }


def spoilt(chance: random.Random, value: object) -> object:
    """Return a value with one part of it exchanged, left out, or nested."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(sorted(value))
        match chance.randrange(4):
            case 0:
                return {key: each for key, each in value.items() if key != name}
            case 1:
                return {**value, chance.choice(_WORDS): chance.choice(_WORDS)}
            case _:
                return {**value, name: spoilt(chance, value[name])}
    if isinstance(value, list) and value and chance.random() < 0.8:
        return [*value[:-1], spoilt(chance, value[-1])] * chance.choice((1, 1, 50))
    other: tuple[object, ...] = (None, True, 0, -1, 94.0, 94.5, 1e300, float("nan"), 10**40, [], {}, [[]], {"a": {}})
    return chance.choice((*other, *_WORDS))


# --- Schemathesis -----------------------------------------------------------------------------------------------------

_RETRIED_S: Final = 300.0
"""How long a request that was told to come again does so."""


class _Counted:
    """The application as Schemathesis asks it: under a name that it answers to, and counted."""

    def __init__(self, service: Service) -> None:
        self.count = 0
        self.faults: list[str] = []
        self._service = service

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on."""
        if scope["type"] != "http":  # the application lives already
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        target = scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        given = {**headers, "host": "localhost"}
        reply = self._sent(scope["method"], f"{target}?{query}" if query else target, given, body)
        self.count += 1
        fault = _of_all(scope["method"], reply)
        if fault is not None:
            self.faults.append(fault)
        told = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": told})
        await send({"type": "http.response.body", "body": reply.body})

    def _sent(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Send a request, again where the service says that it is busy and when to come back.

        Twenty changes of the documents may wait. Files come faster here than they are read, so that the line is full
        now and then; who comes again must be served.
        """
        end = time.monotonic() + _RETRIED_S
        reply = self._service.send(method, target, headers, body)
        while reply.status == 503 and "retry-after" in reply.headers and time.monotonic() < end:
            time.sleep(0.1)
            reply = self._service.send(method, target, headers, body)
        return reply


def generated(trials: Trials) -> Iterator[str | None]:
    """Let Schemathesis ask in all of its phases: examples, coverage, fuzzing, sequences; a trial is a request."""
    from schemathesis import config, engine, openapi  # noqa: PLC0415 - its import takes a second
    from schemathesis.engine import events  # noqa: PLC0415

    with service(trials) as (opened, _):
        app = _Counted(opened)
        broken_rules: list[str] = []
        number = 0
        while app.count < trials.count:
            number += 1
            projects = config.SchemathesisConfig(
                seed=trials.chance.randrange(1 << 30), suppress_health_check=[config.HealthCheck.all]
            )
            schema = openapi.from_asgi("/openapi.json", app, config=projects)
            schema.config.generation.max_examples = max(1, min(100, (trials.count - app.count) // 60))
            schema.config.continue_on_failure = True
            for event in engine.from_schema(schema).execute():
                if isinstance(event, events.ScenarioFinished):
                    broken_rules += _broken(event)
                elif isinstance(event, events.NonFatalError | events.FatalError):
                    broken_rules.append(f"{type(event).__name__}: {event}"[:300])
        trials.figures.setdefault("runs of all phases", []).append(number)
        faults = [*dict.fromkeys(broken_rules), *app.faults]
    yield from faults
    yield from (None for _ in range(app.count - len(faults)))


def _broken(event: Any) -> Iterator[str]:
    """Yield the rules that were broken in a scenario."""
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None and not _is_no_rule(check, event.recorder.cases[case_id].value):
                yield f"{event.label}: {check.name}: {check.failure_info.failure.message}"[:300]


def _is_no_rule(check: Any, case: Any) -> bool:
    """Return whether what Schemathesis expects is nothing that a description can promise.

    No schema can say which documents are held: a filter for another is refused, and so is a question without a word.
    In a form every value is text, so that a number where a text is described is a text. And 202 says that nothing is
    there yet: the id that comes with it is that of the change, as the link of the description says.
    """
    match str(check.name):
        case "positive_data_acceptance":
            return True
        case "negative_data_rejection":
            return bool(case.media_type == "multipart/form-data")
        case "ensure_resource_availability":
            return "`POST /v1/documents`" in str(check.failure_info.failure.message)
    return False
