"""The sources that are chosen on the page: only they answer, and an emergency is told all the same."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from fmqa.assistant import Assistant
from fmqa.settings import Settings
from fmqa.web.api import create_app

EXERCISE = "What does EULAR 2017 recommend on exercise?"


@pytest.fixture
def pages(small: Settings) -> Iterator[TestClient]:
    opened = Assistant.open(small)
    with TestClient(create_app(opened), base_url="http://localhost", headers={"accept": "text/html"}) as client:
        yield client


def cited(client: TestClient, **choice: str) -> set[str]:
    page = client.post("/ask", data={"question": EXERCISE, **choice})
    assert page.status_code == 200
    return set(re.findall(r"/documents/([a-z0-9-]+)\?start", page.text))


def test_only_what_is_chosen_answers(pages: TestClient) -> None:
    assert cited(pages) == {"eular-2017"}
    assert cited(pages, about="document", document="naltrexone-label") <= {"naltrexone-label"}
    assert cited(pages, about="sources", kinds="label") <= {"naltrexone-label"}
    assert cited(pages, about="sources", documents="eular-2017") == {"eular-2017"}
    assert cited(pages, about="all", documents="naltrexone-label") == {"eular-2017"}


def test_a_choice_that_no_source_meets_is_told_but_never_to_somebody_in_danger(pages: TestClient) -> None:
    none = {"about": "sources", "since": "2099"}
    refused = pages.post("/ask", data={"question": EXERCISE, **none})
    assert refused.status_code == 422
    assert "What you typed is still here" in refused.text
    assert f">{EXERCISE}</textarea>" in refused.text
    told = pages.post("/ask", data={"question": "I want to kill myself", **none})
    assert told.status_code == 200
    assert 'href="tel:' in told.text
