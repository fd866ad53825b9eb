"""What readers say of answers: helpful, wrong or missing, with a comment; kept here, without the question."""

import datetime
from collections.abc import Callable, Iterator
from enum import StrEnum

import sqlalchemy as sa
from pydantic import Field

from fmqa.store.conversations import FEEDBACK, Conversations, time_of
from fmqa.store.database import failures
from fmqa.types import Record

LONGEST_COMMENT = 2000  # characters


class FeedbackKind(StrEnum):
    """What a reader says of an answer."""

    HELPFUL = "helpful"
    WRONG = "wrong"
    MISSING = "missing"


class Feedback(Record):
    """What one reader says of one answer. Of the question it holds no word; the answer's id leads to it here only."""

    answer_id: str
    kind: FeedbackKind
    comment: str = Field("", max_length=LONGEST_COMMENT)
    status: str = Field(description="What became of the question.")
    audience: str
    statement_ids: tuple[str, ...] = Field(description="What the answer said: document#statement.")
    generation: str = Field(description="Index generation that it was answered from.")
    about: str | None = Field(None, description="The statement of the answer that it is about; None: the whole answer.")


class DatedFeedback(Feedback):
    """Feedback with the time at which it was given."""

    created: datetime.datetime


def add(
    conversations: Conversations,
    answer_id: str,
    kind: FeedbackKind,
    comment: str,
    *,
    about: str | None = None,
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
) -> Feedback:
    """Store what a reader says of an answer, and return it.

    Raises:
        NotFound: There is no such answer, or its conversation has expired.
        ValidationError: The comment is longer than LONGEST_COMMENT.
    """
    answer = conversations.answer(answer_id).answer
    given = Feedback(
        answer_id=answer_id,
        kind=kind,
        comment=comment.strip(),
        status=answer.status,
        audience=answer.audience,
        statement_ids=tuple(statement.id for statement in answer.statements),
        generation=answer.generation,
        about=about if about in {statement.id for statement in answer.every_statement} else None,
    )
    row = {
        "conversation_id": answer.conversation_id,
        "created": now().timestamp(),
        "body": given.model_dump_json(),
    }
    engine = conversations.engine
    with failures(engine), engine.execution_options(fmqa_write=True).begin() as connection:
        connection.execute(FEEDBACK.insert(), row)
    return given


def every(conversations: Conversations) -> Iterator[DatedFeedback]:
    """Return all feedback, oldest first. It outlives an expired conversation, and goes with a deleted one."""
    with failures(conversations.engine), conversations.engine.connect() as connection:
        rows = connection.execute(sa.select(FEEDBACK.c.created, FEEDBACK.c.body).order_by(FEEDBACK.c.position)).all()
    for created, body in rows:
        given = Feedback.model_validate_json(body)
        yield DatedFeedback(**given.model_dump(), created=time_of(created))
