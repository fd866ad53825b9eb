"""Tasks for Label Studio, and its export read back: for the words that were read, or refused with a reason."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from fmqa.errors import BadQuestion
from fmqa.store.readings import Judgement, Reviewer
from fmqa.web.site import labelling
from samples import DOCUMENT, METADATA, SENTENCE

REVIEWER = Reviewer(name="Reader One", role="rheumatologist", disclosure="none")


def exported(*results: dict[str, Any], **changes: Any) -> str:
    (task,) = json.loads(labelling.tasks(DOCUMENT))
    task["data"] |= changes
    return json.dumps([task | {"id": 1, "annotations": [{"id": 7, "completed_by": 3, "result": list(results)}]}])


def choice(value: str) -> dict[str, Any]:
    return {"from_name": "judgement", "to_name": "words", "type": "choices", "value": {"choices": [value]}}


def comment(words: str) -> dict[str, Any]:
    return {"from_name": "comment", "to_name": "words", "type": "textarea", "value": {"text": [words]}}


def test_a_task_holds_the_words_and_the_record_and_the_configuration_names_its_fields() -> None:
    (task,) = json.loads(labelling.tasks(DOCUMENT))
    assert task["data"]["words"] == SENTENCE
    assert "exercise" in task["data"]["record"]
    configured = ElementTree.fromstring(labelling.CONFIGURATION)  # noqa: S314 - our own
    named = {value[1:] for element in configured.iter() for value in element.attrib.values() if value[:1] == "$"}
    assert named <= task["data"].keys()


def test_an_export_becomes_readings_for_the_words_that_were_read() -> None:
    (reading,) = labelling.read(exported(choice("holds")), DOCUMENT, REVIEWER)
    assert (reading.statement_id, reading.words, reading.judgement) == ("exercise", SENTENCE, Judgement.HOLDS)
    (older,) = labelling.read(exported(choice("change"), comment("B, not A."), words="old words"), DOCUMENT, REVIEWER)
    assert (older.words, older.comment) == ("old words", "B, not A.")
    assert labelling.read(exported(comment("only a remark")), DOCUMENT, REVIEWER) == ()


@pytest.mark.parametrize(
    "export",
    [
        "",
        "{}",
        "[1]",
        exported(choice("perhaps")),
        exported(choice("change")),
        exported(choice("holds"), document_id="other"),
        exported(choice("holds"), statement_id="gone"),
    ],
)
def test_another_file_is_refused(export: str) -> None:
    with pytest.raises(BadQuestion):
        labelling.read(export, DOCUMENT, REVIEWER)


def test_a_file_goes_out_and_comes_in_through_the_page(client: TestClient) -> None:
    place = f"/review/{METADATA.id}"
    assert client.get(f"{place}/label-studio.json").json() == json.loads(labelling.tasks(DOCUMENT))
    assert client.get("/review/label-studio.xml").text == labelling.CONFIGURATION
    sent = {"export": exported(choice("holds")), **REVIEWER.model_dump()}
    assert "1 reading stored" in client.post(f"{place}/label-studio", data=sent).text
