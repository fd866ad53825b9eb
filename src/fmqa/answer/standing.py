"""Whether an answer that was given is still what its sources say, and if not, what changed.

Words are compared where they stand now: at the same place of the same text, or as the statement of the same id. Nothing
is searched for again.
"""

import datetime
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from fmqa.errors import NotFound
from fmqa.types import Answer, AnswerStatement, Document, NoticeKind, Record, Slug, Source, StatementSpan


class ChangeKind(StrEnum):
    """What is no longer as it was when the answer was given."""

    GONE = "document gone"
    STATEMENT_GONE = "statement gone"
    WORDS = "words"
    GRADE = "grade"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"
    EXPIRED = "expired"
    REVIEW = "review"


_LIGHT: Final = frozenset({ChangeKind.REVIEW})  # the answer still says what its source does


class Change(Record):
    """One thing that is no longer as it was."""

    kind: ChangeKind
    source: int = Field(ge=1, description="Number of the source in the answer.")
    document_id: Slug
    before: str = Field(description="What the answer says, or said of its source.")
    now: str | None = Field(description="What holds now; None: there is nothing in its place.")


class Standing(Record):
    """How a stored answer stands to the sources as they are now."""

    answer_id: str
    generation: str = Field(description="Of the index, from which it was answered.")
    compared_with: str = Field(description="Generation that it was compared with.")
    holds: bool = Field(description="Whether it is still what its sources say; a change of review alone leaves that.")
    changes: tuple[Change, ...]


def standing(
    answer: Answer, document: Callable[[str], Document], generation: str, today: datetime.date | None = None
) -> Standing:
    """Return how an answer stands to its sources.

    Args:
        answer: As it was given.
        document: Returns a document of today's index, or raises NotFound.
        generation: Of that index.
        today: The day on which it is asked; None: today, UTC.
    """
    today = today or datetime.datetime.now(datetime.UTC).date()
    changes = tuple(change for source in answer.sources for change in _of_source(source, answer, document, today))
    return Standing(
        answer_id=answer.question_id,
        generation=answer.generation,
        compared_with=generation,
        holds=all(change.kind in _LIGHT for change in changes),
        changes=changes,
    )


def _of_source(
    source: Source, answer: Answer, document: Callable[[str], Document], today: datetime.date
) -> Iterator[Change]:
    try:
        now = document(source.document_id)
    except NotFound:
        yield _change(ChangeKind.GONE, source, source.title, None)
        return
    resting = [statement for statement in answer.every_statement if source.n in statement.citations]
    spans = {f"{now.id}#{span.statement.id}": span for span in now.statements}
    curated = [statement for statement in resting if statement.id.startswith(f"{now.id}#")]
    if gone := [statement for statement in curated if statement.id not in spans]:
        yield _change(ChangeKind.STATEMENT_GONE, source, gone[0].text, None)
    else:
        yield from _of_words(source, now, [spans[statement.id] for statement in curated])
        for statement in curated:
            yield from _of_statement(statement, source, spans[statement.id])
    yield from _of_document(source, answer, now, today)


def _of_words(source: Source, now: Document, spans: list[StatementSpan]) -> Iterator[Change]:
    """Compare the cited words with those of the statement, or without one with those at the same place."""
    exact, place = source.anchor.quote.exact, source.anchor.position
    if now.sha256 == source.anchor.document_sha256:
        return
    places = [(span.start, span.end) for span in spans] or [(place.start, place.end)]
    found = [now.text[start:end] for start, end in places]
    if exact not in found:
        yield _change(ChangeKind.WORDS, source, exact, found[0] if spans else None)


def _of_statement(statement: AnswerStatement, source: Source, span: StatementSpan) -> Iterator[Change]:
    if statement.wording == "plain" and span.statement.plain != statement.text:
        yield _change(ChangeKind.WORDS, source, statement.text, span.statement.plain)
    held = "; ".join(grade.printed for grade in span.statement.grades) or None
    for shown in statement.grades:
        if shown.grade not in span.statement.grades:
            yield _change(ChangeKind.GRADE, source, shown.grade.printed, held)


def _of_document(source: Source, answer: Answer, now: Document, today: datetime.date) -> Iterator[Change]:
    told = {notice.kind for notice in answer.notices if source.n in notice.citations}
    metadata, origin = now.metadata, now.metadata.origin
    if metadata.superseded_by != source.superseded_by:
        yield _change(ChangeKind.SUPERSEDED, source, source.superseded_by or "current", metadata.superseded_by)
    if origin is not None and origin.retraction and NoticeKind.RETRACTED not in told:
        yield _change(ChangeKind.RETRACTED, source, "not retracted", origin.retraction)
    if origin is not None and origin.expires and origin.expires < today and NoticeKind.EXPIRED not in told:
        yield _change(ChangeKind.EXPIRED, source, "valid", f"valid until {origin.expires}")
    if now.review_state is not source.review_state:
        yield _change(ChangeKind.REVIEW, source, source.review_state, now.review_state)


def _change(kind: ChangeKind, source: Source, before: str, now: str | None) -> Change:
    return Change(kind=kind, source=source.n, document_id=source.document_id, before=before, now=now)
