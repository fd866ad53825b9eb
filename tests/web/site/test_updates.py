"""The update history: what happened to a document, newest first, and only what is known."""

import datetime

from fmqa.types import Origin
from fmqa.web.site import updates
from samples import DOCUMENT, SampleIndex


def test_a_history_tells_what_the_metadata_hold() -> None:
    events = updates.history(DOCUMENT, SampleIndex(), ())
    assert [(event.when, event.what) for event in events] == [
        ("2026-11-23", "this text was last changed"),
        ("2026-09-30", "the evidence was last checked against the source"),
    ]


def test_what_has_no_date_comes_last_and_editions_that_are_not_held_are_left_out() -> None:
    origin = Origin(
        file="eular.pdf",
        file_sha256=DOCUMENT.sha256,
        format="pdf",
        added=datetime.date(2026, 11, 30),
        retraction="Retracted in 2027",
    )
    changes = {"origin": origin, "evidence_checked": None, "superseded_by": "eular-2030"}
    added = DOCUMENT.model_copy(update={"metadata": DOCUMENT.metadata.model_copy(update=changes)})
    events = updates.history(added, SampleIndex(), ())
    assert events[0].what == "added as published, from eular.pdf"
    assert {event.what for event in events[-2:]} == {
        "retracted: Retracted in 2027",
        "the evidence was last checked against the source",
    }
    assert all("eular-2030" not in event.link for event in events)
