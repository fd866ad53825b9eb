"""The update history of a document, as its readers see it: editions, dates, and who read which of its statements."""

import datetime
from collections import Counter
from typing import NamedTuple

from fastapi import FastAPI, Request, Response

from fmqa.store import readings
from fmqa.store.readings import DatedReading, Judgement
from fmqa.types import Document, ReviewState
from fmqa.web.site.frame import Site
from fmqa.web.streaming import Indexed


class Event(NamedTuple):
    """Something that happened to a document or its source."""

    when: str  # a day, a year, or "not stated"
    what: str
    link: str = ""


def history(document: Document, index: Indexed, given: tuple[DatedReading, ...]) -> tuple[Event, ...]:
    """Return what happened to a document, newest first; what has no date comes last."""
    about = document.metadata
    events = [Event(str(about.last_updated), "this text was last changed")]
    checked = str(about.evidence_checked or "not stated")
    events.append(Event(checked, "the evidence was last checked against the source"))
    if about.origin is not None:
        events.append(Event(str(about.origin.added), f"added as published, from {about.origin.file}"))
        if about.origin.retraction:
            events.append(Event("not stated", f"retracted: {about.origin.retraction}"))
        events += [Event("not stated", note) for note in about.origin.comments]
    for other, what in ((about.superseded_by, "replaced by"), *((old, "replaces") for old in about.supersedes)):
        if other in index.document_ids:
            held = index.document(str(other)).metadata
            year = held.year if what == "replaced by" else about.year
            events.append(Event(str(year or "not stated"), f"{what} {held.short_title}", f"/documents/{held.id}"))
    if document.review_state is ReviewState.APPROVED and about.review.date:
        events.append(Event(str(about.review.date), f"approved by {about.review.reviewer}, for exactly this text"))
    events += _readings(given)
    return tuple(sorted(events, key=lambda event: (event.when[:1].isdigit(), event.when), reverse=True))


def _readings(given: tuple[DatedReading, ...]) -> list[Event]:
    by_day: dict[tuple[datetime.date, str, str, str], list[DatedReading]] = {}
    for reading in given:
        who = reading.reviewer
        by_day.setdefault((reading.created.date(), who.name, who.role, who.disclosure), []).append(reading)
    events = []
    for (day, name, role, disclosure), members in by_day.items():
        counts = Counter(reading.judgement for reading in members)
        told = f"{counts[Judgement.HOLDS]} statements hold, {counts[Judgement.CHANGE]} to be changed"
        events.append(Event(str(day), f"read by {name}, {role} (competing interests: {disclosure}): {told}"))
    return events


def add_pages(app: FastAPI, site: Site) -> None:
    """Add the update history to an application."""

    @app.get("/documents/{document_id}/history", include_in_schema=False)
    def page(request: Request, document_id: str) -> Response:
        index = site.assistant.index
        document = index.document(document_id)
        given = readings.every(site.assistant.conversations, document_id)
        events = history(document, index, given)
        return site.page(request, "updates.html", here="", document=document, events=events)
