"""Review: a document is read statement by statement, by two, each for the words that stand there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fmqa.store import readings
from fmqa.types import text_sha256
from fmqa.web.site import reviewing
from samples import DOCUMENT, METADATA, SENTENCE, SampleAssistant, SampleIndex
from windows import Asked, ids_of

PLACE = f"/review/{METADATA.id}"
READER = {"name": "Reader One", "role": "rheumatologist", "disclosure": "none"}
HOLDS = {"text": DOCUMENT.sha256, "judgement.exercise": "holds"}


class ChangedIndex(SampleIndex):
    """The sample document after a change of its one statement."""

    def document(self, document_id: str) -> object:  # type: ignore[override]
        super().document(document_id)
        text = DOCUMENT.text.replace("recommends", "advises")
        (span,) = DOCUMENT.statements
        shorter = span.model_copy(update={"end": span.end - len("recommends") + len("advises")})
        return DOCUMENT.model_copy(update={"text": text, "sha256": text_sha256(text), "statements": (shorter,)})


def test_two_reviewers_agree_on_a_statement_and_the_queue_tells(client: TestClient) -> None:
    page = client.get(PLACE).text
    assert SENTENCE in page
    assert "0 of 1 statements are agreed" in page
    first = client.post(PLACE, data=READER | HOLDS)
    assert "1 reading stored" in first.text
    assert "0 of 1 statements are agreed" in first.text
    second = client.post(PLACE, data=READER | HOLDS | {"name": "Reader Two"})
    assert "1 of 1 statements are agreed" in second.text
    assert f"fmqa corpus review {METADATA.id} approved" in second.text
    row = re.search(rf'href="{PLACE}">.*?</tr>', client.get("/review").text, re.DOTALL)
    assert row
    assert re.findall(r'class="number">(\d+)<', row[0]) == ["1", "1", "1", "0"]
    history = client.get(f"/documents/{METADATA.id}/history").text
    assert "read by Reader Two, rheumatologist (competing interests: none): 1 statements hold" in history
    assert "submitted" in history  # no reading changes the state of a text


def test_a_change_of_the_words_is_shown_and_undoes_the_agreement(client: TestClient, sample: SampleAssistant) -> None:
    for name in ("Reader One", "Reader Two"):
        client.post(PLACE, data=READER | HOLDS | {"name": name})
    sample.index = ChangedIndex()
    page = client.get(PLACE).text
    assert "0 of 1 statements are agreed" in page
    assert "<del>recommends</del> <ins>advises</ins>" in page
    assert client.post(PLACE, data=READER | HOLDS).status_code == 422  # the form was for the old text


def test_what_readers_report_stands_beside_the_statement(client: TestClient, asked: Asked) -> None:
    _, given = ids_of(asked())
    about = f"{METADATA.id}#exercise"
    client.post(f"/answers/{given}/feedback", data={"kind": "wrong", "comment": "The level.", "about": about})
    client.post(f"/answers/{given}/feedback", data={"kind": "missing", "about": "other#statement"})
    page = client.get(PLACE).text
    assert "A reader: wrong</strong>: The level." in page
    assert "on this statement" in page
    assert "on an answer with it" in page
    assert "What evidence level" not in page  # of the question there is no word


@pytest.mark.parametrize(
    "sent",
    [
        HOLDS,
        READER | HOLDS | {"name": " "},
        READER | HOLDS | {"disclosure": ""},
        READER | {"judgement.exercise": "perhaps"},
        READER | {"judgement.exercise": "change"},
        READER | {"judgement.gone": "holds"},
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_stored(
    client: TestClient, sample: SampleAssistant, sent: dict[str, str]
) -> None:
    assert client.post(PLACE, data=sent).status_code == 422
    assert readings.every(sample.conversations) == ()
    assert client.post(PLACE, data=READER | HOLDS, headers={"sec-fetch-site": "cross-site"}).status_code == 403


@given(st.text("ab \n"), st.text("ab \n"))
def test_changes_hold_both_texts(before: str, after: str) -> None:
    found = list(reviewing.changes(before, after))
    for kept, text in (("removed", before), ("added", after)):
        assert " ".join(words for change, words in found if change in ("same", kept)).split() == text.split()
