"""The typed client of a running service: a conversation, every call, and what goes wrong."""

import asyncio
import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fmqa.client import AsyncClient, Client, calls
from fmqa.client.langchain import FmqaRetriever as ForLangChain
from fmqa.client.llamaindex import FmqaRetriever as ForLlamaIndex
from fmqa.errors import BadQuestion, Busy, FmqaError, NotFound, Unavailable
from fmqa.store.feedback import FeedbackKind
from fmqa.types import DISCLAIMER, Answer, DocumentKind, Only
from fmqa.wire import DoneEvent, InterpretationEvent, PassagesEvent, Question
from six_turns import BASE, QUESTIONS, TURNS, assert_turns


@pytest.fixture
def client(service: TestClient) -> Client:
    return Client(BASE, transport=service._transport)


def test_a_conversation_of_six_turns(client: Client) -> None:
    answers: list[Answer] = []
    for question in QUESTIONS:
        answers.append(client.ask(question, answers[-1].conversation_id if answers else None))
    assert_turns(answers)
    assert len(client.conversation(answers[-1].conversation_id).turns) == len(TURNS)


def test_the_client_that_does_not_wait_holds_one_too(service: TestClient) -> None:
    async def converse() -> list[Answer]:
        answers: list[Answer] = []
        async with AsyncClient(BASE, transport=httpx2.ASGITransport(service.app)) as client:
            for question in QUESTIONS:
                answers.append(await client.ask(question, answers[-1].conversation_id if answers else None))
            steps = [step async for step in client.stream(Question(question=QUESTIONS[0]))]
        assert isinstance(steps[-2], Answer)
        return answers

    assert_turns(asyncio.run(converse()))


def test_an_answer_comes_step_by_step(client: Client) -> None:
    interpretation, passages, answer, done = client.stream(Question(question=QUESTIONS[0]))
    assert isinstance(interpretation, InterpretationEvent)
    assert isinstance(passages, PassagesEvent)
    assert isinstance(answer, Answer)
    assert isinstance(done, DoneEvent)
    assert passages.passages
    assert answer.sources
    assert done.answer == f"/v1/answers/{answer.question_id}"
    assert client.answer(answer.question_id).answer.text == answer.text


def test_every_call_reads_what_the_service_says(client: Client) -> None:
    answer = client.ask(QUESTIONS[0])
    assert client.answer(answer.question_id).answer == answer
    for form in calls.FORMS:
        assert client.export(answer.question_id, form)
    assert client.standing(answer.question_id).holds
    client.feedback(answer.question_id, FeedbackKind.HELPFUL, "as the label says")
    guidelines = Only(kinds=(DocumentKind.GUIDELINE,))
    listed = client.documents(guidelines)
    assert [each.id for each in listed.documents] == ["uspstf-2021"]
    assert client.documents(limit=1, offset=1).documents == listed.documents
    found = client.search("screening for diabetes", k=2, only=guidelines)
    assert found.disclaimer == DISCLAIMER
    assert {each.passage.anchor.document_id for each in found.passages} == {"uspstf-2021"}
    assert client.passage(found.passages[0].passage.id) == found.passages[0].passage
    assert client.document("uspstf-2021").text
    recommended = client.recommendations(intervention="screening").recommendations
    assert "B" in {grade.grade for each in recommended for grade in each.grades}
    assert client.fhir("uspstf-2021")["resourceType"] == "Bundle"
    assert answer.conversation_id in {each.id for each in client.conversations().conversations}
    client.delete_conversation(answer.conversation_id)
    with pytest.raises(NotFound):
        client.answer(answer.question_id)
    assert client.ready().status == "ready"


def test_what_the_service_refuses_is_raised_as_it_was_there(client: Client) -> None:
    with pytest.raises(BadQuestion, match="is empty"):
        client.ask("???")
    with pytest.raises(NotFound, match="no such conversation"):
        client.ask("and CBT?", "no-such")
    with pytest.raises(NotFound, match="no such conversation"):
        next(client.stream(Question(question="and CBT?", conversation_id="no-such")))


def answering(*responses: httpx2.Response | Exception) -> tuple[Client, list[httpx2.Request]]:
    """Return a client that gets some responses in their order, and the requests that it will have sent."""
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        response = responses[len(sent) - 1]
        if isinstance(response, Exception):
            raise response
        return response

    return Client(BASE, transport=httpx2.MockTransport(answer)), sent


def problem(status: int, slug: str, **headers: str) -> httpx2.Response:
    body = {"type": f"/problems/{slug}", "title": "A title", "status": status, "detail": "what to do"}
    return httpx2.Response(status, json=body, headers=headers)


def test_a_busy_service_is_asked_again_with_the_same_key(service: TestClient) -> None:
    given = service.post("/v1/ask", json={"question": QUESTIONS[0]})
    whole = httpx2.Response(200, content=given.content)
    busy = problem(503, "busy", **{"retry-after": "0"})
    client, sent = answering(busy, httpx2.ConnectError("refused"), whole)
    assert client.ask(QUESTIONS[0]).text == given.json()["text"]
    assert len({request.headers["idempotency-key"] for request in sent}) == 1


def test_it_is_not_asked_again_without_end_nor_where_that_would_do_a_thing_twice() -> None:
    client, sent = answering(*(problem(503, "busy", **{"retry-after": "0"}) for _ in range(5)))
    with pytest.raises(Busy) as told:
        client.ask("x y")
    assert (len(sent), told.value.retry_after, told.value.status) == (3, 0, 503)
    client, sent = answering(problem(503, "busy", **{"retry-after": "0"}))
    with pytest.raises(Busy):
        client.feedback("some-answer", FeedbackKind.WRONG)
    client, sent = answering(problem(503, "busy", **{"retry-after": "3600"}))
    with pytest.raises(Busy):
        client.ready()
    assert len(sent) == 1


def test_what_is_no_such_service_is_unavailable() -> None:
    client, _ = answering(*(httpx2.ConnectError("Zebrafish-7391") for _ in range(3)))
    with pytest.raises(Unavailable, match="cannot be reached") as told:
        client.ask("x y")
    assert "Zebrafish" not in str(told.value)
    client, _ = answering(httpx2.Response(502, text="<html>Bad gateway</html>"))
    with pytest.raises(Unavailable, match="status 502"):
        client.ready()


@given(st.text(max_size=30), st.integers(400, 599), st.one_of(st.none(), st.text(max_size=5)))
def test_any_response_that_tells_of_an_error_becomes_one(body: str, status: int, wait: str | None) -> None:
    headers = {} if wait is None else {"retry-after": wait.encode("utf-8", "replace").hex()}
    assert isinstance(calls.error_of(httpx2.Response(status, text=body, headers=headers)), FmqaError)


def test_a_wrong_key_is_told(service: TestClient) -> None:
    seen: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers.get("authorization"))
        return problem(401, "no-key")

    with Client(BASE, key="fmqa_x", transport=httpx2.MockTransport(answer)) as client, pytest.raises(FmqaError) as told:
        client.ready()
    assert seen == ["Bearer fmqa_x"]
    assert told.value.slug == "no-key"


# --- retrievers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["langchain", "llamaindex"])
def test_retrievers_return_passages_with_their_place(client: Client, service: TestClient, kind: str) -> None:
    only = Only(kinds=(DocumentKind.GUIDELINE,))
    other = AsyncClient(BASE, transport=httpx2.ASGITransport(service.app))
    if kind == "langchain":
        chain = ForLangChain(client=client, async_client=other, k=2, only=only)
        plain = [(each.page_content, each.metadata) for each in chain.invoke("screening")]
        later = [each.page_content for each in asyncio.run(chain.ainvoke("screening"))]
    else:
        index = ForLlamaIndex(client, other, k=2, only=only)
        plain = [(each.node.get_content(), each.node.metadata) for each in index.retrieve("screening")]
        later = [each.node.get_content() for each in asyncio.run(index.aretrieve("screening"))]
    assert plain
    assert [words for words, _ in plain] == later
    for words, place in plain:
        text = client.document(place["document_id"]).text
        assert text[place["start"] : place["end"]] == words
        assert place["disclaimer"] == DISCLAIMER
        assert json.dumps(place)
