"""What every page has around its words: the conversation goes along, and what a generation gives is worked out once."""

import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fmqa.errors import NotFound
from fmqa.guard import keys
from fmqa.guard.keys import Scope
from fmqa.web.api import create_app
from fmqa.web.site.frame import PerGeneration
from samples import METADATA, SampleAssistant
from windows import Asked, ids_of


def test_a_page_that_a_citation_opened_goes_on_with_the_conversation_and_leads_back(
    client: TestClient, asked: Asked
) -> None:
    address = asked()
    conversation, answer = ids_of(address)
    shown = client.get(address).text
    assert f"from={answer}#cite" in shown
    for path in (
        f"/documents/{METADATA.id}?start=0&end=9&from={answer}",
        f"/documents?from={answer}",
        f"/?from={answer}",
    ):
        page = client.get(path).text
        assert f'name="conversation_id" value="{conversation}"' in page
        assert f'name="parent" value="{answer}"' in page
        assert f'href="{address}"' in page
        assert f'href="/evidence?from={answer}"' in page


def test_an_answer_that_is_gone_is_no_place_to_come_from(client: TestClient) -> None:
    page = client.get("/documents?from=gone")
    assert page.status_code == 200
    assert 'name="conversation_id" value=""' in page.text


def test_each_window_goes_on_from_the_turn_that_it_shows(
    client: TestClient, asked: Asked, sample: SampleAssistant
) -> None:
    conversation, first = ids_of(asked("and duloxetine?"))
    _, second = ids_of(asked("and pregabalin?", conversation_id=conversation, parent=first))
    _, third = ids_of(asked("and in kidney disease?", conversation_id=conversation, parent=first))
    parents = {turn.id: turn.parent for turn in sample.conversations.turns(conversation)}
    assert parents == {first: None, second: first, third: first}
    refused = client.post("/ask", data={"question": "x?", "conversation_id": conversation, "parent": "gone"})
    assert refused.status_code == 422
    assert "go on from its last one" in refused.text


def test_a_reload_below_the_article_keeps_the_article_and_its_answers(client: TestClient, asked: Asked) -> None:
    conversation, answer = ids_of(asked())
    page = client.get(f"/?asked={answer}").text
    assert METADATA.title in page
    assert f'id="turn-{answer}"' in page
    assert f'name="conversation_id" value="{conversation}"' in page


def test_what_a_generation_gives_is_made_once_however_many_ask_and_forgotten_with_it() -> None:
    kept, made = PerGeneration(most=2), []

    def make() -> int:
        made.append(1)
        return len(made)

    threads = [threading.Thread(target=kept.get, args=("a", ("x",), make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    assert kept.get("a", ("x",), make) == 1
    assert kept.get("b", ("x",), make) == 2
    assert kept.get("b", ("y",), make) == 3
    assert kept.get("a", ("x",), make) == 4  # only the last two are kept


def test_who_asks_for_one_thing_does_not_wait_for_another() -> None:
    kept, begun, go = PerGeneration(), threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        assert go.wait(10)
        return 1

    thread = threading.Thread(target=kept.get, args=("a", ("slow",), slow))
    thread.start()
    assert begun.wait(10)
    other = threading.Thread(target=kept.get, args=("a", ("quick",), lambda: 2))
    other.start()
    other.join(10)
    waited = other.is_alive()
    go.set()
    thread.join()
    other.join()
    assert not waited


def test_what_could_not_be_made_is_not_kept_and_displaces_nothing() -> None:
    kept = PerGeneration(most=1)

    def failing() -> int:
        raise NotFound("gone")

    assert kept.get("a", ("x",), lambda: 1) == 1
    with pytest.raises(NotFound):
        kept.get("a", ("y",), failing)
    assert kept.get("a", ("x",), failing) == 1
    assert kept.get("a", ("y",), lambda: 2) == 2


def test_only_an_editor_is_led_to_the_review(client: TestClient, sample: SampleAssistant, tmp_path: Path) -> None:
    assert 'href="/review"' in client.get("/").text  # whoever runs it
    file = tmp_path / "keys"
    reader = keys.new(file, "reader", frozenset({Scope.READ, Scope.ASK}))
    sample.settings = sample.settings.model_copy(update={"keys": file})
    with TestClient(create_app(sample), base_url="http://localhost", headers={"accept": "text/html"}) as guarded:
        page = guarded.get("/", headers={"authorization": f"Bearer {reader}"})
    assert page.status_code == 200
    assert 'href="/review"' not in page.text
