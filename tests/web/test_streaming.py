"""An answer that comes step by step: always the same three steps, whatever was asked."""

import asyncio

import pytest

from fmqa.assistant import Assistant
from fmqa.errors import BadQuestion
from fmqa.guard.waiting import Line
from fmqa.types import Answer, Audience, Status
from fmqa.web.streaming import Found, Interpretation, Step, steps


def walk(assistant: Assistant, question: str) -> list[Step]:
    async def gather() -> list[Step]:
        line = Line(8)
        found = steps(assistant, line, question, conversation_id=None, audience=Audience.CLINICIAN)
        try:
            return [step async for step in found]
        finally:
            line.close()

    return asyncio.run(gather())


@pytest.mark.parametrize(
    ("question", "status", "searched"),
    [
        ("What evidence level does EULAR give exercise?", Status.ANSWERED, True),
        ("I took an overdose of naltrexone and cannot breathe", Status.URGENT, False),
        ("How do I repair a bicycle tyre?", Status.OUT_OF_SCOPE, True),
    ],
)
def test_interpretation_passages_answer(assistant: Assistant, question: str, status: Status, searched: bool) -> None:
    first, second, third = walk(assistant, question)
    assert isinstance(first, Interpretation)
    assert isinstance(second, Found)
    assert isinstance(third, Answer)
    assert third.status is status
    assert first.text == third.interpreted_question
    assert bool(second.passages) == searched
    assert assistant.conversations.answer(third.question_id).answer == third


def test_a_failure_is_raised_to_who_listens(assistant: Assistant) -> None:
    with pytest.raises(BadQuestion):
        walk(assistant, "?")
