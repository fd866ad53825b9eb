"""The service: what it answers, and that an error never repeats what was sent."""

import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fmqa.errors import IndexUnusable
from fmqa.store.conversations import Conversations
from fmqa.types import DISCLAIMER, Answer, Document, Passage, RetrievedPassage, Turn
from fmqa.web.api import create_app
from fmqa.web.problems import LONGEST_BODY
from samples import DOCUMENT, GENERATION, METADATA, PASSAGE, SampleAssistant

CANARY = "Zebrafish-7391"  # stands for what a patient would not want to see in a log
QUESTION = "What evidence level does EULAR give exercise?"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def assistant(path: Path) -> SampleAssistant:
    return SampleAssistant(Conversations(f"sqlite:///{path}", lock_seconds=0.05))


@pytest.fixture
def client(assistant: SampleAssistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url="http://localhost", raise_server_exceptions=True) as opened:
        yield opened


def assert_problem(response: Any, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert CANARY not in response.text
    return body


# --- what it answers --------------------------------------------------------------------------------------------------


def test_a_question_gets_an_answer_with_citations_and_disclaimer(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": QUESTION})
    assert response.status_code == 200
    answer = Answer.model_validate_json(response.content)
    assert answer.disclaimer == DISCLAIMER
    assert answer.generation == GENERATION
    assert answer.sources[0].anchor.quote.exact in DOCUMENT.text


def test_audience_length_and_conversation_reach_the_assistant(client: TestClient, assistant: SampleAssistant) -> None:
    first = client.post("/v1/ask", json={"question": QUESTION}).json()
    follow_up = {
        "question": "and CBT?",
        "conversation_id": first["conversation_id"],
        "audience": "patient",
        "max_words": 80,
    }
    second = client.post("/v1/ask", json=follow_up).json()
    assert second["conversation_id"] == first["conversation_id"]
    assert second["audience"] == "patient"
    assert assistant.max_words == 80


def test_search_returns_passages_with_scores(client: TestClient) -> None:
    body = client.get("/v1/search", params={"q": "exercise", "k": 5}).json()
    assert body["generation"] == GENERATION
    assert RetrievedPassage.model_validate_json(json.dumps(body["passages"][0])).passage == PASSAGE


def test_documents_are_listed_and_shown_whole(client: TestClient) -> None:
    listed = client.get("/v1/documents").json()["documents"]
    assert [each["id"] for each in listed] == [METADATA.id]
    assert listed[0]["statements"] == 1
    assert listed[0]["review_state"] == "submitted"
    detail = client.get(f"/v1/documents/{METADATA.id}").json()
    assert Document.model_validate_json(json.dumps(detail["document"])) == DOCUMENT


def test_a_passage_is_found_by_the_id_that_answers_give(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    response = client.get(f"/v1/passages/{answer['sources'][0]['passage_id']}")
    assert Passage.model_validate_json(response.content) == PASSAGE


def test_a_conversation_is_read_listed_and_deleted(client: TestClient) -> None:
    conversation_id = client.post("/v1/ask", json={"question": QUESTION}).json()["conversation_id"]
    shown = client.get(f"/v1/conversations/{conversation_id}").json()
    assert [Turn.model_validate_json(json.dumps(turn)).question for turn in shown["turns"]] == [QUESTION]
    listed = client.get("/v1/conversations")
    assert [each["id"] for each in listed.json()["conversations"]] == [conversation_id]
    assert "EULAR" not in listed.text
    deleted = client.delete(f"/v1/conversations/{conversation_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for response in (
        client.get(f"/v1/conversations/{conversation_id}"),
        client.delete(f"/v1/conversations/{conversation_id}"),
        client.post("/v1/ask", json={"question": QUESTION, "conversation_id": conversation_id}),
    ):
        assert_problem(response, 404, "not-found")
    assert client.get("/v1/conversations").json() == {"conversations": []}


def test_the_root_names_the_parts_that_exist(client: TestClient) -> None:
    body = client.get("/v1").json()
    assert body["name"] == "fmqa"
    for name, link in body["links"].items():
        status = client.get(link).status_code
        assert status != 404, name


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "up"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["generation"] == GENERATION


def test_the_service_is_not_ready_without_its_database(client: TestClient, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE turns")
        connection.execute("DROP TABLE conversations")
    connection.close()
    assert_problem(client.get("/readyz"), 503, "database-damaged")
    assert client.get("/healthz").status_code == 200  # restarting the process would not help


def test_a_newer_generation_is_looked_for_though_nobody_asks(client: TestClient, assistant: SampleAssistant) -> None:
    del client
    until = time.monotonic() + 10
    while assistant.refreshed < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert assistant.refreshed >= 2


def test_an_older_generation_is_no_secret(client: TestClient, assistant: SampleAssistant) -> None:
    assistant.trouble = "the newest does not verify"
    state = client.get("/readyz")
    assert state.status_code == 200  # it answers, and a restart would not help
    assert (state.json()["status"], state.json()["reason"]) == ("degraded", "the newest does not verify")


def test_the_assistant_is_closed_with_the_service(assistant: SampleAssistant) -> None:
    with TestClient(create_app(assistant), base_url="http://localhost"):
        assert not assistant.closed
    assert assistant.closed


# --- errors -----------------------------------------------------------------------------------------------------------

WRONG_BODIES: dict[str, tuple[bytes, str | None]] = {
    "unknown field": (b'{"question": "q", "Zebrafish-7391": "Zebrafish-7391"}', None),
    "question of another type": (b'{"question": {"Zebrafish-7391": "Zebrafish-7391"}}', "question"),
    "question as a list": (b'{"question": ["Zebrafish-7391"]}', "question"),
    "question as null": (b'{"question": null}', "question"),
    "no question": (b'{"audience": "patient"}', "question"),
    "unknown audience": (b'{"question": "Zebrafish-7391", "audience": "Zebrafish-7391"}', "audience"),
    "words as text": (b'{"question": "Zebrafish-7391", "max_words": "Zebrafish-7391"}', "max_words"),
    "words as numeric text": (b'{"question": "Zebrafish-7391", "max_words": "100"}', "max_words"),
    "words as truth": (b'{"question": "Zebrafish-7391", "max_words": true}', "max_words"),
    "too few words": (b'{"question": "Zebrafish-7391", "max_words": 29}', "max_words"),
    "too many words": (b'{"question": "Zebrafish-7391", "max_words": 1001}', "max_words"),
    "words not finite": (b'{"question": "Zebrafish-7391", "max_words": NaN}', "max_words"),
    "conversation of another type": (b'{"question": "q", "conversation_id": 7391}', "conversation_id"),
    "conversation too long": (b'{"question": "q", "conversation_id": "' + b"Zebrafish-7391" * 9 + b'"}', None),
    "lone surrogate": (b'{"question": "Zebrafish-7391 \\ud800"}', "question"),
    "not JSON": (b"Zebrafish-7391", None),
    "JSON cut off": (b'{"question": "Zebrafish-7391', None),
    "a list": (b'["Zebrafish-7391"]', None),
    "a string": (b'"Zebrafish-7391"', None),
    "null": (b"null", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("name", WRONG_BODIES)
def test_a_wrong_body_is_refused_with_what_to_do_and_without_its_words(client: TestClient, name: str) -> None:
    body, field = WRONG_BODIES[name]
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    problem = assert_problem(response, 422, "invalid-request")
    assert all(each["problem"] for each in problem["errors"])
    if field is not None:
        assert [each.get("field") for each in problem["errors"]] == [field]


@pytest.mark.parametrize(
    "body",
    [b"[" * 60_000, b'{"question": "Zebrafish-7391 \xff\xfe"}', b'{"max_words": ' + b"9" * 5000 + b"}"],
    ids=["nested too deeply", "not UTF-8", "a number of 5000 digits"],
)
def test_a_body_that_cannot_be_parsed_is_refused(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert_problem(response, 400, "bad-request")


def test_a_body_that_is_not_called_json_is_refused(client: TestClient) -> None:
    """A web page of another site can send such a body without asking the browser first."""
    body = json.dumps({"question": CANARY})
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        problem = assert_problem(
            client.post("/v1/ask", content=body, headers={"content-type": kind}), 422, "invalid-request"
        )
        assert "Content-Type: application/json" in problem["errors"][0]["problem"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.just(CANARY) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["question", "audience", "max_words", CANARY]), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_no_error_repeats_any_json_that_is_sent(client: TestClient, body: object) -> None:
    response = client.post("/v1/ask", content=json.dumps(body), headers={"content-type": "application/json"})
    if response.status_code != 200:
        assert_problem(response, 422, response.json()["type"].removeprefix("/problems/"))


def test_an_empty_question_is_refused_with_what_to_do(client: TestClient) -> None:
    assert (
        "write a sentence"
        in assert_problem(client.post("/v1/ask", json={"question": "  "}), 422, "bad-question")["detail"]
    )
    assert_problem(client.get("/v1/search", params={"q": " "}), 422, "bad-question")


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    longest = json.dumps({"question": ""})
    fits = json.dumps({"question": "a" * (LONGEST_BODY - len(longest))})
    assert client.post("/v1/ask", content=fits, headers={"content-type": "application/json"}).status_code == 200
    too_long = json.dumps({"question": CANARY + "a" * LONGEST_BODY})
    for address in ("/v1/ask", "/nowhere"):
        problem = assert_problem(client.post(address, content=too_long), 413, "content-too-large")
        assert str(LONGEST_BODY) in problem["detail"]


def test_a_body_over_the_limit_is_refused_when_its_length_is_not_announced(client: TestClient) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(100):
            yield CANARY.encode() * 100

    assert_problem(client.post("/v1/ask", content=parts()), 413, "content-too-large")


def test_an_unknown_address_is_not_found(client: TestClient) -> None:
    for address in (f"/{CANARY}", f"/v1/{CANARY}", "/docs", "/redoc", "/v1/ask/"):
        assert_problem(client.get(address), 404, "not-found")


def test_unknown_ids_are_not_found(client: TestClient) -> None:
    for kind in ("documents", "passages", "conversations"):
        assert_problem(client.get(f"/v1/{kind}/{CANARY}"), 404, "not-found")
    assert_problem(client.get(f"/v1/passages/{CANARY}/more"), 404, "not-found")


def test_a_wrong_method_names_the_right_one(client: TestClient) -> None:
    response = client.get("/v1/ask")
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"
    response = client.post("/v1/conversations/some")
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "DELETE, GET, HEAD"


@pytest.mark.parametrize("address", ["/v1", "/v1/documents", "/", "/openapi.json", "/v1/conversations/none"])
def test_head_is_get_without_the_body(client: TestClient, address: str) -> None:
    whole, head = client.get(address), client.head(address)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    own = ("x-request-id", "content-length")
    assert {n: v for n, v in head.headers.items() if n not in own} == {
        n: v for n, v in whole.headers.items() if n not in own
    }


def test_a_whole_number_is_one_however_json_writes_it(client: TestClient, assistant: SampleAssistant) -> None:
    for written in ("94", "94.0", "9.4e1"):
        body = f'{{"question": "q", "max_words": {written}}}'
        response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
        assert (response.status_code, assistant.max_words) == (200, 94)
    body = '{"question": "q", "max_words": 94.5}'
    assert_problem(
        client.post("/v1/ask", content=body, headers={"content-type": "application/json"}), 422, "invalid-request"
    )


def test_the_description_says_that_a_question_is_not_empty(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    assert description["components"]["schemas"]["Question"]["properties"]["question"]["minLength"] == 1
    (searched,) = [p for p in description["paths"]["/v1/search"]["get"]["parameters"] if p["name"] == "q"]
    assert searched["schema"]["minLength"] == 1


@pytest.mark.parametrize(
    "query", [f"k=5&{CANARY}=1", f"q=a&k={CANARY}", "q=a&k=0", "q=a&k=101", "k=3", f"q=a&{CANARY}={CANARY}"]
)
def test_wrong_query_parameters_are_refused(client: TestClient, query: str) -> None:
    assert_problem(client.get(f"/v1/search?{query}"), 422, "invalid-request")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "offset=-1", f"limit={CANARY}", "offset=99999999999999999999"]
)
def test_wrong_pages_are_refused(client: TestClient, query: str) -> None:
    assert_problem(client.get(f"/v1/conversations?{query}"), 422, "invalid-request")


def test_an_unusable_index_is_a_503(client: TestClient, assistant: SampleAssistant) -> None:
    assistant.failure = IndexUnusable("run fmqa index build")
    assert_problem(client.post("/v1/ask", json={"question": CANARY}), 503, "index-unusable")


def test_a_locked_database_is_a_503(client: TestClient, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_problem(client.post("/v1/ask", json={"question": CANARY}), 503, "database-busy")
    other.execute("ROLLBACK")
    other.close()


def test_a_fault_of_the_service_is_logged_by_place_and_never_with_the_question(
    client: TestClient, assistant: SampleAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    assistant.failure = RuntimeError(f"cannot handle {CANARY}")
    with caplog.at_level(logging.DEBUG):
        assert_problem(client.post("/v1/ask", json={"question": CANARY}), 500, "internal")
    assert "RuntimeError in POST" in caplog.text
    assert "samples.py" in caplog.text  # the place
    assert CANARY not in caplog.text


def test_no_log_holds_the_question(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="fmqa"), caplog.at_level(logging.DEBUG, logger="sqlalchemy"):
        client.post("/v1/ask", json={"question": CANARY})
        client.post("/v1/ask", json={"question": [CANARY]})
    ours = [record for record in caplog.records if record.name.startswith(("fmqa", "fastapi", "starlette", "uvicorn"))]
    assert not any(CANARY in record.getMessage() for record in ours)


# --- what every response has ------------------------------------------------------------------------------------------


def test_every_response_forbids_keeping_framing_and_sniffing(client: TestClient, assistant: SampleAssistant) -> None:
    good = client.post("/v1/ask", json={"question": QUESTION})
    wrong = client.post("/v1/ask", json={})
    missing = client.get("/nowhere")
    long = client.post("/v1/ask", content=b" " * (LONGEST_BODY + 1))
    assistant.failure = RuntimeError()
    broken = client.post("/v1/ask", json={"question": QUESTION})
    for response in (good, wrong, missing, long, broken):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


def test_no_other_site_is_let_in(client: TestClient) -> None:
    asked = {"origin": "https://example.org", "access-control-request-method": "POST"}
    preflight = client.options("/v1/ask", headers=asked)
    response = client.post("/v1/ask", json={"question": QUESTION}, headers={"origin": "https://example.org"})
    assert_problem(preflight, 403, "not-allowed")
    assert_problem(response, 403, "not-allowed")
    assert not any(name.startswith("access-control") for name in (*preflight.headers, *response.headers))


def test_the_description_is_openapi_3_1_and_complete(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == {
        "/healthz",
        "/readyz",
        "/v1",
        "/v1/ask",
        "/v1/ask/stream",
        "/v1/search",
        "/v1/documents",
        "/v1/documents/{document_id}",
        "/v1/passages/{passage_id}",
        "/v1/conversations",
        "/v1/conversations/{conversation_id}",
    }
    for path, operations in description["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert response["content"] == {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    }
    assert "HTTPValidationError" not in description["components"]["schemas"]
    assert client.get("/openapi.json").json() == description


def test_the_example_questions_of_the_description_can_be_sent(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    examples = description["components"]["schemas"]["Question"]["examples"]
    assert examples
    for example in examples:
        body = {key: value for key, value in example.items() if key != "conversation_id"}
        assert client.post("/v1/ask", json=body).status_code == 200
    answered = description["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"]["application/json"]
    Answer.model_validate_json(json.dumps(answered["example"]))


def test_a_filter_reaches_the_assistant_from_every_route(client: TestClient, assistant: SampleAssistant) -> None:
    only = {
        "kinds": ["guideline"],
        "since": 2020,
        "organisations": ["EULAR"],
        "documents": ["eular-2017"],
        "added": False,
    }
    for route in ("/v1/ask", "/v1/ask/stream"):
        assert client.post(route, json={"question": "Is exercise advised?", "only": only}).status_code == 200
        assert assistant.only is not None
        assert assistant.only.model_dump(mode="json", exclude_none=True) == only
    assert client.get("/v1/search", params={"q": "exercise", **only}).status_code == 200
    assert assistant.only.model_dump(mode="json", exclude_none=True) == only
    assert_problem(client.get("/v1/search", params={"q": "exercise", "kinds": "leaflet"}), 422, "invalid-request")
    assert client.get("/v1/search", params={"q": "exercise"}).status_code == 200
    assert assistant.only.is_empty
