"""What reviewers say of the statements of a document, one by one: who read which words, and whether they hold."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from pydantic import Field

from fmqa.store.conversations import READINGS, Conversations, time_of
from fmqa.store.database import failures
from fmqa.types import Record, Slug

READERS: Final = 2
"""Reviewers who must agree on a statement, each on their own."""


class Judgement(StrEnum):
    """What a reviewer says of a statement."""

    HOLDS = "holds"
    CHANGE = "change"


class Reviewer(Record):
    """Who reads: what readers of the document are told of them."""

    name: str = Field(min_length=3, max_length=120)
    role: str = Field(min_length=2, max_length=120, description="Profession and speciality.")
    disclosure: str = Field(min_length=2, max_length=500, description="Competing interests, or that there are none.")


class Reading(Record):
    """One reviewer's judgement of one statement, for exactly the words that were read."""

    document_id: Slug
    statement_id: Slug
    words: str = Field(min_length=1, description="The statement as it was read.")
    judgement: Judgement
    comment: str = Field("", max_length=2000)
    reviewer: Reviewer


class DatedReading(Reading):
    """A reading with the time at which it was given."""

    created: datetime.datetime


def add(
    conversations: Conversations,
    readings: Iterable[Reading],
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
) -> int:
    """Store readings, all or none, and return how many they are."""
    seconds = now().timestamp()
    rows = [
        {"document_id": reading.document_id, "created": seconds, "body": reading.model_dump_json()}
        for reading in readings
    ]
    if rows:
        engine = conversations.engine
        with failures(engine), engine.execution_options(fmqa_write=True).begin() as connection:
            connection.execute(READINGS.insert(), rows)
    return len(rows)


def every(conversations: Conversations, document_id: str | None = None) -> tuple[DatedReading, ...]:
    """Return the readings of a document, or all, oldest first."""
    found = sa.select(READINGS.c.created, READINGS.c.body).order_by(READINGS.c.position)
    if document_id is not None:
        found = found.where(READINGS.c.document_id == document_id)
    with failures(conversations.engine), conversations.engine.connect() as connection:
        rows = connection.execute(found).all()
    return tuple(
        DatedReading(**Reading.model_validate_json(body).model_dump(), created=time_of(created))
        for created, body in rows
    )


def standing(readings: Sequence[DatedReading], words: str) -> tuple[DatedReading, ...]:
    """Return the last reading of each reviewer of one statement that holds for its words as they are now."""
    last = {reading.reviewer.name.casefold(): reading for reading in readings}
    return tuple(reading for reading in last.values() if reading.words == words)


def agreed(readings: Sequence[DatedReading], words: str) -> bool:
    """Return whether enough reviewers say that a statement holds as it is worded now, and none says otherwise."""
    judgements = [reading.judgement for reading in standing(readings, words)]
    return len(judgements) >= READERS and Judgement.CHANGE not in judgements
