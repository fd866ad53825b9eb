"""What the service tells of itself: a page for each kind of problem, and a description that programs can use."""

import json
from collections.abc import Iterator
from html import escape

import jsonschema
import pytest
from starlette.testclient import TestClient

from fmqa.store.conversations import Conversations
from fmqa.web.api import create_app
from samples import SampleAssistant

BROWSER = {"accept": "text/html"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    assistant = SampleAssistant(Conversations("sqlite://"))
    with TestClient(create_app(assistant), base_url="http://localhost") as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/v1/search"),
        ("PUT", "/v1/ask"),
        ("GET", "/v1/answers/none"),
        ("POST", "/v1/ask"),
    ],
)
def test_the_type_of_a_problem_leads_to_what_it_means(client: TestClient, method: str, address: str) -> None:
    problem = client.request(method, address).json()
    meaning = client.get(problem["type"])
    assert meaning.status_code == 200
    assert meaning.json()["title"] == problem["title"]
    assert meaning.json()["meaning"]
    page = client.get(problem["type"], headers=BROWSER)
    assert f"<h1>{escape(problem['title'])}</h1>" in page.text


def test_all_kinds_of_problem_are_listed_and_can_be_read(client: TestClient) -> None:
    listed = client.get("/problems").json()
    assert len(listed) > 20
    page = client.get("/problems", headers=BROWSER).text
    for each in listed:
        assert client.get(each["type"]).json() == each
        assert f'href="{each["type"]}"' in page
    assert client.get("/problems/no-such").status_code == 404


def test_a_problem_names_its_request_as_the_header_does(client: TestClient) -> None:
    response = client.get("/v1/nothing")
    assert response.json()["instance"] == f"urn:fmqa:request:{response.headers['x-request-id']}"
    refused = client.get("/v1", headers={"host": "other.example"})
    assert refused.json()["instance"].endswith(refused.headers["x-request-id"])


def test_operations_have_stable_names_of_their_own(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    names = [each["operationId"] for path in description["paths"].values() for each in path.values()]
    assert len(set(names)) == len(names)
    assert {"ask", "stream", "search", "answer", "documents", "chat_completions"} <= set(names)
    assert description["servers"] == [{"url": "/"}]
    tags = {tag for path in description["paths"].values() for each in path.values() for tag in each["tags"]}
    assert tags == {each["name"] for each in description["tags"]}
    assert all(each["description"] for each in description["tags"])


def test_each_event_of_a_stream_is_as_described(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    content = description["paths"]["/v1/ask/stream"]["post"]["responses"]["200"]["content"]["text/event-stream"]
    described = {
        each["properties"]["event"]["const"]: each["properties"]["data"]["contentSchema"]
        for each in content["itemSchema"]["oneOf"]
    }
    response = client.post("/v1/ask/stream", json={"question": "What level?"})
    lines = response.text.splitlines()
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert [*names, "error"] == list(described)
    for name, body in zip(names, data, strict=True):
        schema = {**described[name], "components": description["components"]}
        jsonschema.validate(json.loads(body), schema)


def test_what_is_wrong_with_the_request_of_a_stream_is_said_by_its_status(client: TestClient) -> None:
    for body, status in (
        ({"question": "x y", "conversation_id": "no-such"}, 404),
        ({"question": "x y", "document": "no-such"}, 404),
        ({"question": "   "}, 422),
    ):
        assert client.post("/v1/ask/stream", json=body).status_code == status
