"""Past conversations: found by their first question, named, pinned, deleted, and nobody else's."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fmqa.guard import keys
from fmqa.settings import Settings
from fmqa.web.api import create_app
from samples import SampleAssistant
from windows import Asked, ids_of

QUESTION = "What evidence level does EULAR give exercise?"


def test_a_conversation_is_found_again_by_its_first_question(client: TestClient, asked: Asked) -> None:
    assert "Nothing has been asked yet" in client.get("/conversations").text
    conversation, answer = ids_of(asked(QUESTION))
    asked("and CBT?", conversation_id=conversation, parent=answer)
    page = client.get("/conversations").text
    assert f'<a href="/conversations/{conversation}">{QUESTION}</a>' in page
    assert "2 questions" in page
    assert f"<title>{QUESTION}" in client.get(f"/conversations/{conversation}").text


def test_a_conversation_is_named_pinned_and_deleted(client: TestClient, asked: Asked) -> None:
    conversation, answer = ids_of(asked(QUESTION))
    place = f"/conversations/{conversation}"
    assert "kept until" in client.get(place).text
    named = client.post(f"{place}/name", data={"title": "Ward round"})
    assert ">Ward round</a>" in named.text
    pinned = client.post(f"{place}/pin", data={"pinned": "true", "back": answer}, follow_redirects=False)
    assert pinned.headers["location"] == f"{place}#turn-{answer}"
    assert "it does not expire" in client.get(place).text
    assert "this address does not expire" in client.get(f"/answers/{answer}").text
    client.post(f"{place}/pin", data={"pinned": "false"})
    assert "This address works until" in client.get(f"/answers/{answer}").text
    assert QUESTION not in client.post(f"{place}/delete").text
    assert client.get(f"/answers/{answer}").status_code == 404


@pytest.mark.parametrize("action", ["name", "pin", "delete"])
def test_an_unknown_conversation_or_another_site_changes_nothing(client: TestClient, asked: Asked, action: str) -> None:
    conversation, _ = ids_of(asked())
    assert client.post(f"/conversations/gone/{action}").status_code == 404
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post(f"/conversations/{conversation}/{action}", headers=foreign).status_code == 403
    assert client.get(f"/conversations/{conversation}").status_code == 200


def test_a_list_holds_the_conversations_of_its_reader_only(tmp_path: Path, sample: SampleAssistant) -> None:
    file = tmp_path / "keys"
    ward, clinic = (keys.new(file, name, frozenset({keys.Scope.ASK})) for name in ("ward", "clinic"))
    sample.settings = Settings(start_document="eular-2017", keys=file)
    with TestClient(create_app(sample), base_url="http://localhost", headers={"accept": "text/html"}) as client:
        mine, theirs = ({"authorization": f"Bearer {key}"} for key in (ward, clinic))
        client.post("/ask", data={"question": QUESTION}, headers=mine)
        assert QUESTION in client.get("/conversations", headers=mine).text
        assert QUESTION not in client.get("/conversations", headers=theirs).text


def test_whoever_asks_without_a_name_from_elsewhere_gets_no_list(sample: SampleAssistant) -> None:
    sample.settings = Settings(start_document="eular-2017", hosts="fmqa.example", allow_anonymous=True)
    with TestClient(create_app(sample), base_url="http://fmqa.example", headers={"accept": "text/html"}) as client:
        client.post("/ask", data={"question": QUESTION})
        page = client.get("/conversations")
        assert page.status_code == 200
        assert QUESTION not in page.text
        assert "would show everybody" in page.text
