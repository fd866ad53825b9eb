"""Six turns of a conversation, four of them follow-ups, and the statement that each is to be answered with first."""

from collections.abc import Iterable

from fmqa.types import Answer

BASE = "http://localhost"
"""Where the service of these tests is asked."""
TURNS = (
    ("Is metformin contraindicated in kidney disease?", "metformin-at-a-glance#kidneys"),
    ("and the starting dose?", "metformin-at-a-glance#start"),
    ("Is it safe with wine?", "metformin-at-a-glance#alcohol"),
    ("How well does it work?", "metformin-at-a-glance#ukpds"),
    ("What grade does the USPSTF give screening for diabetes?", "uspstf-2021#screening"),
    ("How is gout treated?", None),
)
QUESTIONS = tuple(question for question, _ in TURNS)


def assert_turns(answers: Iterable[Answer]) -> None:
    """Every turn was understood after those before it, and the last is not in the sources."""
    first = [answer.statements[0].id if answer.statements else None for answer in answers]
    assert first == [statement for _, statement in TURNS]
