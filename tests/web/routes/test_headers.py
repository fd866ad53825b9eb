"""Which form is wanted, whether the client has it, and where a list goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.errors import NotAcceptable
from fmqa.web.routes.headers import accepted

OFFERED = ("application/json", "text/plain", "text/markdown")


@pytest.mark.parametrize(
    ("header", "best"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/plain"),
        ("text/markdown", "text/markdown"),
        ("TEXT/Markdown ; Q=0.9, */*;q=0.1", "text/markdown"),
        ("text/plain;q=0.2, text/markdown;q=0.3", "text/markdown"),
        ("application/json;q=0, */*", "text/plain"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
    ],
)
def test_the_form_that_is_wanted_most_is_given(header: str | None, best: str) -> None:
    assert accepted(header, OFFERED) == best


@pytest.mark.parametrize("header", ["text/html", "image/*", "*/*;q=0", "application/json;q=x", ", ,text/html"])
def test_what_is_not_to_be_had_names_the_forms(header: str) -> None:
    with pytest.raises(NotAcceptable, match="application/json, text/plain, text/markdown"):
        accepted(header, OFFERED)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_any_header_leads_to_a_form_or_a_refusal(header: str) -> None:
    try:
        assert accepted(header, OFFERED) in OFFERED
    except NotAcceptable:
        assert "*/*" not in header or ";" in header or "," in header
