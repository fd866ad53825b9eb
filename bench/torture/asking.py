"""The service asked in this process: wrong and odd requests by the thousand, canaries, and orders in questions."""

import asyncio
import contextlib
import io
import json
import logging
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote, urlencode

from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.assistant import Assistant
from fmqa.building import build_index
from fmqa.corpus import loading
from fmqa.index import reading, writing
from fmqa.settings import Settings
from fmqa.types import Answer, Only
from fmqa.web import logs
from fmqa.web.api import create_app

from .campaigns import ROOT, Trials

sys.path.append(str(ROOT / "tests"))
import poisoned
from questions import ANSWERABLE, COMBINED, GUIDELINES

SMALL: Final = ROOT / "tests" / "domains" / "diabetes"
"""A corpus of another field, whose index is built in seconds."""


class Reply(NamedTuple):
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes


class Service:
    """An application in this process, asked as a server asks it, without a network."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._counts = self._well = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self._ended = threading.Event()
        started = threading.Event()

        async def live() -> None:
            async def receive() -> dict[str, Any]:
                return {"type": await self._told.get()}

            async def send(message: dict[str, Any]) -> None:
                (started if message["type"].startswith("lifespan.startup") else self._ended).set()

            await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

        asyncio.run_coroutine_threadsafe(live(), self._loop)
        self._tell("lifespan.startup")
        started.wait(60)

    def _tell(self, message: str) -> None:
        self._loop.call_soon_threadsafe(self._told.put_nowait, message)

    def send(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        host: str = "localhost",
    ) -> Reply:
        """Send a request and return its whole response.

        Args:
            method: Such as ``GET``.
            target: Path and query, percent-encoded.
            headers: Besides the host.
            body: Its bytes.
            host: The name that it is addressed to.
        """
        path, _, query = target.partition("?")
        told = {"host": host, "content-length": str(len(body)), **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path, errors="replace"),
            "raw_path": path.encode("latin-1", "replace"),
            "query_string": query.encode("latin-1", "replace"),
            "root_path": "",
            "headers": [(n.lower().encode("latin-1"), v.encode("latin-1", "replace")) for n, v in told.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        return asyncio.run_coroutine_threadsafe(self._ask(scope, body), self._loop).result(120)

    async def _ask(self, scope: dict[str, Any], body: bytes) -> Reply:
        start: dict[str, Any] = {}
        parts: list[bytes] = []
        over, sent = asyncio.Event(), False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await over.wait()
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        try:
            await self._app(scope, receive, send)
        finally:
            over.set()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        self._counts += 1
        self._well += start["status"] < 400
        return Reply(start["status"], headers, b"".join(parts))

    @property
    def well(self) -> float:
        """The share of responses that were no error."""
        return self._well / self._counts

    def close(self) -> None:
        """End the application."""
        self._tell("lifespan.shutdown")
        self._ended.wait(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


def held(kept: Path, corpus: Path, folder: Path) -> Settings:
    """Return settings for a corpus whose index is kept from one batch to the next; what is stored lies in a folder."""
    settings = Settings(
        corpus=corpus, index=kept / corpus.name, database=f"sqlite:///{folder / 'conversations.db'}", lock_seconds=600
    )
    build_index(settings)
    return settings


@contextmanager
def service(trials: Trials) -> Iterator[tuple[Service, Settings]]:
    """Open the service on a copy of the small corpus, with its index; what is added to it is not indexed."""
    settings = held(trials.kept, SMALL, trials.folder)
    shutil.copytree(settings.corpus, trials.folder / "corpus")
    settings = settings.model_copy(update={"corpus": trials.folder / "corpus"})
    app = create_app(Assistant.open(settings), lambda *_: settings.index.name)
    opened = Service(app)
    try:
        yield opened, settings
    finally:
        opened.close()


# --- canaries ---------------------------------------------------------------------------------------------------------


def canaries(trials: Trials) -> Iterator[str | None]:
    """Put a word of its own into each question, whatever way it comes; none is left when all is deleted.

    Looked through are the log in full, the figures, the descriptions of problems, and every byte of the database.
    """
    words = [f"Zebrafish{number}q{trials.chance.randrange(10**9)}" for number in range(trials.count)]
    faults: dict[str, str] = {}
    with _logged() as written, service(trials) as (opened, _):
        for number, word in enumerate(words):
            for reply in _sent(opened, number, word):
                if reply.status >= 400 and word.encode() in reply.body:
                    faults[word] = f"a problem with status {reply.status} repeats it"
        stored = _on_disk(trials.folder)
        kept = sum(word.encode() in stored for word in words)
        trials.figures.setdefault("canaries that were stored before they were deleted", []).append(kept)
        while listed := json.loads(opened.send("GET", "/v1/conversations?limit=500").body)["conversations"]:
            for each in listed:
                opened.send("DELETE", f"/v1/conversations/{each['id']}")
        places = {
            "the log": written.getvalue().encode(),
            "a figure": opened.send("GET", "/metrics").body,
            "the database after the deletion": _on_disk(trials.folder),
        }
    assert kept, "no canary was ever stored"  # noqa: S101 - or nothing would be tried
    for word in words:
        holding = [place for place, content in places.items() if word.encode() in content]
        yield f"{holding[0]} holds it" if holding else faults.get(word)


def _sent(opened: Service, number: int, word: str) -> Iterator[Reply]:
    """Yield the responses to a question with a word in it, and to requests that fail with it."""
    question = f"{(*ANSWERABLE, *COMBINED)[number % 20]} {word}"
    as_json, form = {"content-type": "application/json"}, {"content-type": "application/x-www-form-urlencoded"}
    asked = json.dumps({"question": question}).encode()
    match number % 5:
        case 0 | 1:
            yield opened.send("POST", "/v1/ask", as_json, asked)
        case 2:
            yield opened.send("POST", "/v1/ask/stream", as_json, asked)
        case 3:
            page = {**form, "accept": "text/html"}
            yield opened.send("POST", "/ask", page, urlencode({"question": question}).encode())
        case _:
            chat = {"model": "fmqa", "messages": [{"role": "user", "content": question}]}
            yield opened.send("POST", "/v1/chat/completions", as_json, json.dumps(chat).encode())
    match number % 4:
        case 0:
            yield opened.send("POST", "/v1/ask", as_json, json.dumps({"question": [word], word: word}).encode())
        case 1:
            yield opened.send("GET", f"/v1/search?{urlencode({'q': question, word: word})}")
        case 2:
            yield opened.send("GET", f"/v1/conversations/{quote(word)}", {"authorization": f"Bearer {word}"})
        case _:
            yield opened.send("POST", f"/{word}", {"host": f"{word}.example", "origin": f"https://{word}"}, asked[:-1])


def _on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("conversations.db*"))


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """Write the log as the service does, in full, into memory."""
    loggers = [logging.getLogger(name) for name in ("fmqa", "uvicorn")]
    before = [(each.handlers, each.level, each.propagate) for each in loggers]
    written = io.StringIO()
    with contextlib.redirect_stderr(written):
        logs.set_up("json")
    for each in loggers:
        each.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
            each.handlers, each.propagate = handlers, propagate
            each.setLevel(level)


# --- orders and fakes -------------------------------------------------------------------------------------------------

ASKED: Final = (*ANSWERABLE, *GUIDELINES, *COMBINED)
FILES: Final = tuple(name for name in poisoned.FILES if name not in poisoned.REFUSED)
CASES: Final = tuple((question, name) for name in (*FILES, *poisoned.ORDERS) for question in ASKED)
"""Each question beside each hostile file, and with each order in it."""


def injected(trials: Trials) -> Iterator[str | None]:
    """Ask beside a document that lies, or with an order in the question; what decides how it is read stays the same."""
    opened, documents = _spoilt(trials)
    curated = [name for name, facts in opened.index.facts.items() if not facts.added]
    cases: Sequence[tuple[str, str]] = trials.chance.sample(CASES, trials.count)
    clean = {question: control(opened.ask(question, only=Only(added=False))) for question in {q for q, _ in cases}}
    for question, by in cases:
        if by in documents:
            answer = opened.ask(question, only=Only(documents=(*curated, documents[by])))
        else:
            answer = opened.ask(f"{question} {by}", only=Only(added=False))
        found = control(answer)
        differing = [name for name, value in clean[question].items() if found[name] != value]
        unsure = [each for each in answer.every_statement if each.verdict is None or not each.verdict.supported]
        if differing or unsure:
            yield f"{question!r} with {by!r}: another {', '.join(differing) or 'verdict'}"
        else:
            yield None
    opened.close()


def control(answer: Answer) -> dict[str, object]:
    """Return what decides how an answer is read, by name: nobody's document and no order may change it."""
    heavy = poisoned.HEAVY
    return {
        "status": answer.status,
        "disclaimer": answer.disclaimer,
        "audience": answer.audience,
        "direct word": answer.direct,
        "confidence": answer.confidence,
        "number withheld": answer.withheld,
        "list of choices": answer.choices,
        "notice": tuple((notice.kind, notice.text) for notice in answer.notices if notice.kind in heavy),
        "first statement": answer.statements[0].text if answer.statements else None,
        "first source": answer.sources[0].document_id if answer.sources else None,
    }


def _spoilt(trials: Trials) -> tuple[Assistant, dict[str, str]]:
    """Return an assistant on the shipped corpus and every hostile file, and the documents by the files' names."""
    settings = held(trials.kept, ROOT / "corpus", trials.folder)
    files = trials.folder / "files"
    files.mkdir()
    for name in FILES:
        (files / name).write_bytes(poisoned.FILES[name])
    spoilt = settings.model_copy(update={"corpus": trials.folder / "corpus", "index": trials.folder / "index"})
    shutil.copytree(settings.corpus, spoilt.corpus)
    shutil.copytree(settings.index, spoilt.index)
    ingestion.add(spoilt.corpus, [files], Given())
    loaded = loading.load(spoilt.corpus)
    tuned = reading.open_index(spoilt.index).calibration  # what is fitted does not rest on added documents
    writing.build(
        loaded.documents,
        loaded.vocabulary,
        spoilt,
        calibrate=lambda _opened: tuned or {},
        questions=loaded.questions,
    )
    origins = {d.metadata.origin.file: d.id for d in loaded.documents if d.metadata.origin is not None}
    return Assistant.open(spoilt), origins
