"""What the forms send: several values of one name, the sources that are chosen, and what cannot be used."""

import asyncio
from typing import Any

import pytest
from fastapi import Request

from fmqa.errors import BadQuestion
from fmqa.types import DocumentKind, Only
from fmqa.web import forms
from fmqa.web.forms import AskForm, Choice


def request(body: str = "", query: str = "") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": query.encode()}
    return Request(scope, receive)


def read(body: str) -> AskForm:
    return asyncio.run(forms.read(request(body), AskForm))


SOURCES = "question=x&about=sources&documents=a&documents=b&kinds=guideline&kinds=trial&organisations=&since=2020"


def test_a_name_that_holds_several_keeps_them_all_and_others_the_last() -> None:
    form = read(f"{SOURCES}&question=y")
    assert form.question == "y"
    assert form.documents == ("a", "b")
    assert form.kinds == (DocumentKind.GUIDELINE, DocumentKind.TRIAL)
    assert (form.organisations, form.since) == ((), 2020)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (SOURCES, {"documents": ("a", "b"), "kinds": ("guideline", "trial"), "since": 2020}),
        (SOURCES.replace("about=sources", "about=all"), {}),
        ("question=x&document=open&about=document", {"documents": ("open",)}),
        ("question=x&about=document", {}),  # none is open
        ("question=x&document=open", {}),
        ("question=x&about=sources&organisations=EULAR", {"organisations": ("EULAR",)}),
    ],
)
def test_a_choice_comes_to_a_filter(body: str, wanted: dict[str, Any]) -> None:
    assert read(body).wanted == Only(**wanted)


@pytest.mark.parametrize("body", ["since=soon", "since=1", "kinds=novel", "documents=A%20B", "about=else", "other=1"])
def test_what_cannot_be_used_is_refused_by_name(body: str) -> None:
    with pytest.raises(BadQuestion, match="form"):
        read(f"question=x&{body}")


def test_an_address_chooses_sources_or_nothing() -> None:
    assert forms.choice_of(request(query="documents=a&documents=b&from=x")) == Choice(documents=("a", "b"))
    assert forms.choice_of(request(query="documents=A%20B")) == Choice()
    assert forms.choice_of(request()) == Choice()
