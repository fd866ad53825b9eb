"""What a server of a language model can do wrong, and that none of it stops or misleads an answer."""

import gzip
import json
import logging
import time
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from fmqa.errors import BadSettings, NoModel
from fmqa.phrasing.endpoint import FAILURES, LONGEST, REST_SECONDS, LanguageModel
from fmqa.settings import Settings
from llm_server import FakeModel, Handler, drip, http, words

Serve = Callable[[Handler], FakeModel]
SECONDS = 0.3
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def never(_body: bytes) -> Iterator[bytes]:
    yield b""
    time.sleep(SECONDS * 3)


def sending(*parts: bytes) -> Handler:
    return lambda _body: iter(parts)


WRONG: dict[str, Handler] = {
    "never answers": never,
    "drips its head": lambda _: drip(HEAD, b"X-More: 1\r\n"),
    "drips its words": lambda _: drip(HEAD + b"\r\n", b" "),
    "goes on and on with 100 Continue": lambda _: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "hangs up": sending(),
    "hangs up half way": sending(HEAD + b"Content-Length: 900\r\n\r\n", b'{"choices": ['),
    "fails": sending(http(b"{}", "500 Internal Server Error")),
    "is overloaded": sending(http(b"{}", "429 Too Many Requests")),
    "wants a key": sending(http(b"{}", "401 Unauthorized")),
    "speaks no HTTP": sending(b"\x00\x01\x02 hello\r\n\r\n"),
    "sends a page": sending(http(b"<html><body>Welcome</body></html>")),
    "sends other JSON": sending(http(b'{"error": {"message": "no such model"}}')),
    "sends no choice": sending(http(b'{"choices": []}')),
    "sends a list": sending(http(b"[1, 2, 3]")),
    "says nothing": sending(words(None)),
    "says white space": sending(words(" \n ")),
    "says a record": sending(words({"text": "hello"})),
    "sends no UTF-8": sending(http(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}')),
    "packs it unasked": sending(http(gzip.compress(words("hello")), head="Content-Encoding: gzip\r\n")),
    "nests without end": sending(http(b"[" * 100_000)),
    "says too much": sending(words("word " * LONGEST)),
    "has a head without end": sending(HEAD + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n"),
    "counts its chunks wrong": sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
}


def model_at(url: str, now: Callable[[], float] = time.monotonic) -> LanguageModel:
    return LanguageModel(Settings(llm_url=url, llm_model="made", llm_seconds=SECONDS), now)


@pytest.mark.parametrize("name", WRONG)
def test_whatever_a_server_does_wrong_is_a_failure_in_time(name: str, serve_model: Serve) -> None:
    model = model_at(serve_model(WRONG[name]).url)
    began = time.monotonic()
    with pytest.raises(NoModel):
        model.complete("orders", "text", model.deadline())
    assert time.monotonic() - began < SECONDS + 1


def test_a_server_that_is_not_there_is_a_failure(serve_model: Serve) -> None:
    gone = serve_model(sending())
    url = gone.url
    gone.close()
    model = model_at(url)
    with pytest.raises(NoModel, match="ConnectionRefusedError"):
        model.complete("orders", "text", model.deadline())


def test_a_server_that_points_elsewhere_is_not_followed(serve_model: Serve) -> None:
    other = serve_model(sending(words("hello")))
    moved = serve_model(sending(http(b"", "307 Temporary Redirect", f"Location: {other.url}/chat/completions\r\n")))
    model = model_at(moved.url)
    with pytest.raises(NoModel, match="HTTP 307"):
        model.complete("orders", "text", model.deadline())
    assert other.requests == []


def test_what_it_says_is_returned_and_what_it_is_asked_is_what_every_server_knows(serve_model: Serve) -> None:
    server = serve_model(sending(words("hello")))
    settings = Settings(llm_url=server.url + "/", llm_model="made", llm_key=SecretStr("secret"))
    model = LanguageModel(settings)
    assert model.complete("orders", "text", model.deadline(), 7) == "hello"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"Authorization: Bearer secret" in head
    asked = json.loads(body)
    assert (asked["model"], asked["max_tokens"], asked["stream"], asked["temperature"]) == ("made", 7, False, 0)
    assert [message["content"] for message in asked["messages"]] == ["orders", "text"]


def test_after_some_failures_it_is_left_alone_and_then_tried_once(serve_model: Serve) -> None:
    clock = [100.0]
    answers = {"now": http(b"{}", "500 Internal Server Error")}
    server = serve_model(lambda _body: iter([answers["now"]]))
    model = model_at(server.url, lambda: clock[0])

    def ask() -> bool:
        try:
            return model.complete("orders", "text", model.deadline()) == "hello"
        except NoModel:
            return False

    assert [ask() for _ in range(FAILURES + 2)] == [False] * (FAILURES + 2)
    assert len(server.requests) == FAILURES
    clock[0] += REST_SECONDS + 1
    assert not ask()
    assert not ask()
    assert len(server.requests) == FAILURES + 1
    answers["now"] = words("hello")
    clock[0] += REST_SECONDS + 1
    assert ask()
    assert ask()


def test_nothing_that_is_sent_or_received_is_logged(serve_model: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    model = model_at(serve_model(sending(http(b'{"error": "zebrafish two"}', "500 zebrafish three"))).url)
    with pytest.raises(NoModel) as failure:
        model.complete("orders", "zebrafish one", model.deadline())
    assert "failed" in caplog.text
    assert "zebrafish" not in caplog.text + str(failure.value)


@pytest.mark.parametrize(
    "url", ["http://", "http://:80", "http://user:word@host/v1", "http://host:99999/v1", "https://"]
)
def test_an_address_that_is_none_is_said_to_be(url: str) -> None:
    with pytest.raises(BadSettings, match="FMQA_LLM_URL"):
        LanguageModel(Settings(llm_url=url))
