"""Stored answers: read again in every form, compared with their sources, and made once for a request sent twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from fmqa.answer.standing import Standing
from fmqa.store.conversations import Conversations, StoredAnswer
from fmqa.types import DISCLAIMER, Answer
from fmqa.web import exports
from fmqa.web.api import create_app
from fmqa.wire import Brief
from samples import SampleAssistant

QUESTION = "What evidence level does EULAR give exercise?"
KEY = "0b9c3f0e-7e0a-4c39-8f57-1f4d7b8e2a11"


@pytest.fixture
def assistant(tmp_path: Path) -> SampleAssistant:
    return SampleAssistant(Conversations(f"sqlite:///{tmp_path / 'conversations.db'}"))


@pytest.fixture
def client(assistant: SampleAssistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url="http://localhost") as opened:
        yield opened


@pytest.fixture
def address(client: TestClient) -> str:
    return f"/v1/answers/{client.post('/v1/ask', json={'question': QUESTION}).json()['question_id']}"


def test_an_answer_is_read_again_as_it_was_given(client: TestClient, address: str) -> None:
    stored = StoredAnswer.model_validate_json(client.get(address).content)
    assert stored.question == QUESTION
    assert stored.answer.question_id == address.rpartition("/")[2]


@pytest.mark.parametrize(
    "form", [form for form in exports.FORMATS if form != "line"]
)  # it has no media type of its own
def test_every_form_is_the_one_that_the_page_gives(client: TestClient, address: str, form: str) -> None:
    wanted = exports.FORMATS[form][0].split(";")[0]
    response = client.get(address, headers={"accept": wanted})
    assert response.headers["content-type"].split(";")[0] == wanted
    assert response.headers["vary"].lower() == "accept"
    assert response.text == client.get(f"{address.removeprefix('/v1')}/{form}").text


def test_the_brief_form_has_the_same_words_without_hashes(client: TestClient, address: str) -> None:
    whole = client.get(address)
    response = client.get(address, headers={"accept": "application/vnd.fmqa.brief+json"})
    brief = Brief.model_validate_json(response.content)
    answer = StoredAnswer.model_validate_json(whole.content).answer
    assert (brief.text, brief.disclaimer) == (answer.text, DISCLAIMER)
    assert [each.text for each in brief.statements] == [each.text for each in answer.statements]
    assert answer.sources[0].anchor.document_sha256 not in response.text
    assert len(response.content) < len(whole.content)


def test_linked_data_has_the_question_the_answer_and_what_it_cites(client: TestClient, address: str) -> None:
    data = client.get(address, headers={"accept": "application/ld+json"}).json()
    answer = data["mainEntity"]["acceptedAnswer"]
    assert data["mainEntity"]["name"] == QUESTION
    assert data["usageInfo"] == DISCLAIMER
    assert answer["citation"][0]["isBasedOn"] == "https://doi.org/10.1136/annrheumdis-2016-209724"
    page = client.get(address.removeprefix("/v1"), headers={"accept": "text/html"}).text
    assert json.loads(page.partition('ld+json">')[2].partition("</script>")[0]) == data


def test_another_form_is_refused_with_those_that_there_are(client: TestClient, address: str) -> None:
    response = client.get(address, headers={"accept": "image/png"})
    assert response.status_code == 406
    assert "text/markdown" in response.json()["detail"]


def test_an_answer_whose_sources_did_not_change_holds(client: TestClient, address: str) -> None:
    # The second source of the made answer is a document that the made index lacks.
    standing = Standing.model_validate_json(client.get(f"{address}/standing").content)
    assert {(change.kind, change.source) for change in standing.changes} == {("document gone", 2)}
    assert not standing.holds


def test_feedback_is_given_to_an_answer(client: TestClient, address: str) -> None:
    assert client.post(f"{address}/feedback", json={"kind": "wrong", "comment": "no"}).status_code == 204
    assert client.post(f"{address}/feedback", json={"kind": "nice"}).status_code == 422
    assert client.post("/v1/answers/none/feedback", json={"kind": "wrong"}).status_code == 404


@pytest.mark.parametrize("suffix", ["", "/standing"])
def test_an_unknown_answer_is_not_found(client: TestClient, suffix: str) -> None:
    response = client.get(f"/v1/answers/no-such{suffix}", headers={"accept": "text/markdown"})
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


# --- sent twice -------------------------------------------------------------------------------------------------------


def turns(client: TestClient) -> int:
    return sum(each["turns"] for each in client.get("/v1/conversations").json()["conversations"])


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/ask/stream"])
def test_a_request_that_is_sent_twice_is_answered_once(client: TestClient, path: str) -> None:
    asked: dict[str, Any] = {"json": {"question": QUESTION}, "headers": {"idempotency-key": KEY}}
    first, second = client.post("/v1/ask", **asked), client.post(path, **asked)
    assert turns(client) == 1
    again = second.json() if path == "/v1/ask" else None
    if again is None:
        data = [line.removeprefix("data: ") for line in second.text.splitlines() if line.startswith("data: ")]
        again = json.loads(data[2]) | json.loads(data[3])
    assert Answer.model_validate_json(json.dumps(again)) == Answer.model_validate_json(first.content)


def test_each_key_is_for_one_question(client: TestClient) -> None:
    headers = {"idempotency-key": KEY}
    client.post("/v1/ask", json={"question": QUESTION}, headers=headers)
    for changed in ({"question": "and CBT?"}, {"question": QUESTION, "audience": "patient"}):
        response = client.post("/v1/ask", json=changed, headers=headers)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/key-reused")
    assert client.post("/v1/ask", json={"question": QUESTION}, headers={"idempotency-key": KEY + "2"}).is_success
    assert turns(client) == 2


@pytest.mark.parametrize("key", ["short", "x" * 256, "a key with spaces in it"])
def test_a_key_that_anybody_could_have_is_refused(client: TestClient, key: str) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION}, headers={"idempotency-key": key})
    assert response.status_code == 422
    assert turns(client) == 0
