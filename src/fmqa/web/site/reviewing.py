"""Pages for editors: which documents wait for review, and a document read statement by statement by two reviewers."""

import asyncio
import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from fmqa.errors import BadQuestion
from fmqa.store import feedback, readings
from fmqa.store.feedback import DatedFeedback
from fmqa.store.readings import READERS, DatedReading, Judgement, Reading, Reviewer
from fmqa.types import Document, Statement
from fmqa.web import forms
from fmqa.web.site import labelling
from fmqa.web.site.frame import Site
from fmqa.web.streaming import every_document

_JUDGEMENT, _COMMENT = "judgement.", "comment."
Change = Literal["same", "removed", "added"]
_CHANGES: Final[Mapping[str, tuple[Change, ...]]] = {
    "equal": ("same",),
    "delete": ("removed",),
    "insert": ("added",),
    "replace": ("removed", "added"),
}


class Line(NamedTuple):
    """A statement as a reviewer sees it."""

    statement: Statement
    words: str
    readings: tuple[DatedReading, ...]  # the last of each reviewer that holds for these words
    is_agreed: bool
    since: tuple[tuple[Change, str], ...]  # what changed since it was last read; empty if nothing, or never read
    feedback: tuple[DatedFeedback, ...]  # what readers said of answers that hold it


class Waiting(NamedTuple):
    """A document in the queue."""

    document: Document
    agreed: int
    read: int  # statements that at least one reviewer read as they are
    reported: int  # reports of readers on answers that hold a statement of it


def lines(document: Document, given: tuple[DatedReading, ...], reported: tuple[DatedFeedback, ...]) -> tuple[Line, ...]:
    """Return the statements of a document with what reviewers and readers said of each."""
    found = []
    for span in document.statements:
        words = document.text[span.start : span.end]
        mine = tuple(reading for reading in given if reading.statement_id == span.statement.id)
        name = f"{document.id}#{span.statement.id}"
        found.append(
            Line(
                statement=span.statement,
                words=words,
                readings=readings.standing(mine, words),
                is_agreed=readings.agreed(mine, words),
                since=tuple(changes(mine[-1].words, words)) if mine and mine[-1].words != words else (),
                feedback=tuple(r for r in reported if r.about == name or (not r.about and name in r.statement_ids)),
            )
        )
    return tuple(found)


def changes(before: str, after: str) -> Iterator[tuple[Change, str]]:
    """Return two texts as runs of words that are the same, removed or added.

    >>> list(changes("exercise is offered", "exercise is advised"))
    [('same', 'exercise is'), ('removed', 'offered'), ('added', 'advised')]
    """
    old, new = before.split(), after.split()
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for change in _CHANGES[kind]:
            yield change, " ".join(new[c:d] if change == "added" else old[a:b])


def queue(site: Site) -> tuple[Waiting, ...]:
    """Return the documents, those first of which readers reported most, then those with most left to read."""
    conversations = site.assistant.conversations
    given, reported = readings.every(conversations), tuple(feedback.every(conversations))
    waiting = []
    for document in every_document(site.assistant.index):
        mine = tuple(reading for reading in given if reading.document_id == document.id)
        found = lines(document, mine, reported)
        told = {
            id(report) for line in found for report in line.feedback if report.kind != feedback.FeedbackKind.HELPFUL
        }
        agreed = sum(line.is_agreed for line in found)
        waiting.append(Waiting(document, agreed, sum(bool(line.readings) for line in found), len(told)))
    waiting.sort(key=lambda w: (-w.reported, w.agreed - len(w.document.statements), w.document.id))
    return tuple(waiting)


def judged(fields: Mapping[str, str], document: Document) -> tuple[Reading, ...]:
    """Return the readings that the form of a document sends; statements that were not judged are left out.

    Raises:
        BadQuestion: The reviewer is not named, or a field cannot be used; the message says which.
    """
    reviewer = reviewer_of(fields)
    if fields.get("text", document.sha256) != document.sha256:
        raise BadQuestion("the text has changed since the form was opened; open the document again and read it")
    words = {span.statement.id: document.text[span.start : span.end] for span in document.statements}
    found = []
    for name, value in fields.items():
        statement_id = name.removeprefix(_JUDGEMENT)
        if statement_id == name:
            continue
        if statement_id not in words:
            raise BadQuestion("the form judges a statement that the document no longer has; open the document again")
        try:
            judgement = Judgement(value)
        except ValueError:
            raise BadQuestion("a judgement is none of holds, change; open the document again") from None
        comment = fields.get(_COMMENT + statement_id, "").strip()
        if judgement is Judgement.CHANGE and not comment:
            raise BadQuestion("a statement that is to be changed needs a comment that says what is wrong; go back")
        found.append(
            Reading(
                document_id=document.id,
                statement_id=statement_id,
                words=words[statement_id],
                judgement=judgement,
                comment=comment[:2000],
                reviewer=reviewer,
            )
        )
    return tuple(found)


def reviewer_of(fields: Mapping[str, str]) -> Reviewer:
    """Return the reviewer that a form names.

    Raises:
        BadQuestion: Name, role or disclosure is missing or too long.
    """
    try:
        return Reviewer(**{name: fields.get(name, "").strip() for name in Reviewer.model_fields})
    except ValidationError as error:
        wrong = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()}))
        raise BadQuestion(f"the reviewer's {wrong} cannot be used; go back and fill it in") from None


async def _fields(request: Request) -> Mapping[str, str]:
    fields = await forms.sent(request)
    return {name: values[-1].replace("\r\n", "\n") for name, values in fields.items()}


Fields = Annotated[Mapping[str, str], Depends(_fields)]


def add_pages(app: FastAPI, site: Site) -> None:
    """Add the pages for editors to an application. Their path is for admins."""
    conversations = site.assistant.conversations

    @app.get("/review", include_in_schema=False)
    def waiting(request: Request) -> Response:
        return site.page(request, "review.html", here="/review", waiting=queue(site), readers=READERS)

    @app.get("/review/label-studio.xml", include_in_schema=False)
    def configuration() -> Response:
        return Response(labelling.CONFIGURATION, media_type="application/xml")

    @app.get("/review/{document_id}", include_in_schema=False)
    def document(request: Request, document_id: str, kept: int | None = None) -> Response:
        found = site.assistant.index.document(document_id)
        given = readings.every(conversations, document_id)
        shown = lines(found, given, tuple(feedback.every(conversations)))
        return site.page(
            request, "review_document.html", here="", document=found, lines=shown, readers=READERS, kept=kept
        )

    @app.post("/review/{document_id}", include_in_schema=False)
    async def judge(document_id: str, fields: Fields) -> Response:
        return await _store(document_id, judged(fields, site.assistant.index.document(document_id)))

    @app.get("/review/{document_id}/label-studio.json", include_in_schema=False)
    def tasks(document_id: str) -> Response:
        content = labelling.tasks(site.assistant.index.document(document_id))
        name = f'attachment; filename="{document_id}-label-studio.json"'
        return Response(content, media_type="application/json", headers={"content-disposition": name})

    @app.post("/review/{document_id}/label-studio", include_in_schema=False)
    async def labelled(document_id: str, fields: Fields) -> Response:
        found = site.assistant.index.document(document_id)
        return await _store(document_id, labelling.read(fields.get("export", ""), found, reviewer_of(fields)))

    async def _store(document_id: str, given: tuple[Reading, ...]) -> Response:
        kept = await asyncio.to_thread(readings.add, conversations, given)
        return RedirectResponse(f"/review/{document_id}?kept={kept}", 303)
