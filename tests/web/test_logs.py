"""What is seen from outside: a line for each request and figures, and never a word of who asked."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from fmqa.web import logs, metrics
from fmqa.web.api import create_app
from samples import GENERATION, METADATA, SampleAssistant, answer

CANARIES = [f"Zebrafish-{number}-Canary" for number in range(150)]


@pytest.fixture
def assistant(tmp_path: Path) -> SampleAssistant:
    settings = Settings(start_document=METADATA.id, corpus=tmp_path)
    return SampleAssistant(Conversations(f"sqlite:///{tmp_path / 'conversations.db'}"), settings)


@pytest.fixture
def client(assistant: SampleAssistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url="http://localhost", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to standard error, by a log that is set up as the service does."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    found = [logging.getLogger(name) for name in ("fmqa", "uvicorn")]
    before = {log.name: (log.handlers, log.level, log.propagate) for log in found}
    logs.set_up("json")
    yield stream
    for name, (handlers, level, propagate) in before.items():
        log = logging.getLogger(name)
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)


def send_canaries(client: TestClient, assistant: SampleAssistant) -> list[str]:
    """Put words into every place of a request that holds words, also where it fails; return the responses' ids."""
    ids = []
    for number, word in enumerate(CANARIES):
        assistant.failure = RuntimeError(word) if number % 5 == 4 else None
        asked = {"question": word}
        responses = [
            client.post("/v1/ask", json=asked),
            client.post("/v1/ask", json={word: word}),
            client.post("/v1/ask/stream", json=asked),
            client.post("/ask", data=asked, headers={"accept": "text/html"}),
            client.get("/v1/search", params={"q": word, word: word}),
            client.get(f"/v1/conversations/{word}"),
            client.get(f"/{word}", headers={"x-a": word, "authorization": f"Bearer {word}"}),
            client.get("/v1", headers={"host": f"{word}.example"}),
            client.post("/v1/ask", json=asked, headers={"origin": f"https://{word}.example"}),
        ]
        ids += [response.headers["x-request-id"] for response in responses]
    return ids


def test_each_request_has_a_line_with_its_id_and_no_word_of_it(
    client: TestClient, assistant: SampleAssistant, written: io.StringIO
) -> None:
    ids = send_canaries(client, assistant)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    requests = {line["request"]: line for line in lines if "request" in line}
    assert set(ids) <= set(requests)
    assert len(set(ids)) == len(ids) >= 1300
    text = written.getvalue().lower()
    assert "zebrafish" not in text
    assert "canary" not in text
    assert sum(line["level"] == "error" for line in lines) >= 30  # the faults are told, by their place
    assert {"method", "part", "status", "seconds"} <= set(requests[ids[0]])
    assert requests[ids[0]]["part"] == "/v1/ask"


def test_figures_hold_what_happened_and_no_word(client: TestClient, assistant: SampleAssistant) -> None:
    def value(name: str) -> float:
        lines = client.get("/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + " ")), 0.0)

    answered = 'fmqa_answers_total{status="answered"}'
    misdirected = 'fmqa_requests_total{part="/v1",status="421"}'
    before = value(answered), value(misdirected)
    send_canaries(client, assistant)
    assert value(answered) - before[0] == 120 * 3  # asked, streamed, and on the page; 30 of 150 fail
    assert value(misdirected) - before[1] == 150
    shown = client.get("/metrics")
    assert shown.headers["content-type"] == metrics.MEDIA_TYPE
    assert f'fmqa_index_generation{{generation="{GENERATION}"}} 1.0' in shown.text
    assert "zebrafish" not in shown.text.lower()
    assistant.trouble = "older"
    assert value("fmqa_index_degraded") == 1


def test_an_unknown_path_makes_no_figure_of_its_own(client: TestClient) -> None:
    """Or anybody could fill the memory with names."""
    before = client.get("/metrics").text.count("\n")
    for number in range(50):
        client.get(f"/nothing-{number}")
        client.get(f"/v1/conversations/{number}")
        client.request(f"METHOD{number}", "/v1")
    assert client.get("/metrics").text.count("\n") <= before + 60


def test_the_dashboard_shows_figures_that_there_are(client: TestClient) -> None:
    board = json.loads((Path(__file__).parents[2] / "deploy" / "grafana.json").read_text())
    asked = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    names = set(re.findall(r"fmqa_\w+", asked))
    client.post("/v1/ask", json={"question": "What evidence level does EULAR give exercise?"})
    metrics.answered(answer().model_copy(update={"timings": {"search": 0.1}}))
    shown = set(re.findall(r"^(fmqa_\w+)", client.get("/metrics").text, re.MULTILINE))
    assert len(names) >= 8
    assert names <= shown
