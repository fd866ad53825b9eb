"""Reads conversations in everyday wording from disk.

Each turn is labelled with what a right answer to it must say.
"""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from pydantic import Field, ValidationError, model_validator

from fmqa.errors import BadTopics
from fmqa.types import Audience, Record

FOLDER: Final = Path("eval/everyday")


class Part(StrEnum):
    """A file of turns. Development turns may be looked at and tuned on, test turns never."""

    DEV = "dev"
    TEST = "test"
    FOLLOWUPS = "followups"


class TurnType(StrEnum):
    """What an answer to a turn has to do."""

    ANSWERABLE = "answerable"
    DECLINE = "decline"
    FALSE_PREMISE = "false_premise"
    META = "meta"
    PERSONAL_DOSING = "personal_dosing"
    EMERGENCY = "emergency"

    @property
    def is_answered(self) -> bool:
        """Whether the answer is to give facts, so that its first statement and its idle ones count."""
        return self in (TurnType.ANSWERABLE, TurnType.FALSE_PREMISE)


class Labelled(Record):
    """One turn as it is typed, and what a right answer to it says; written without sight of the code or its answers."""

    conversation_id: str = Field(pattern=r"^[A-Z]\d{2}$")
    turn: int = Field(ge=1)
    question: str = Field(min_length=1)
    audience: Audience
    type: TurnType
    kind: str = Field(min_length=1)
    first: str = Field(min_length=1, description="What the first sentence must say, in substance.")
    must_include: tuple[str, ...] = Field(min_length=1, description="Facts; '(or …)' within one is an alternative.")
    must_ids: tuple[tuple[str, ...], ...] = Field(
        description="For each fact the statements that carry it; any will do."
    )
    must_not: tuple[str, ...]

    @model_validator(mode="after")
    def _every_fact_has_its_statements(self) -> Self:
        if len(self.must_include) != len(self.must_ids):
            raise ValueError(f"{len(self.must_include)} facts, but statements for {len(self.must_ids)}")
        return self

    @property
    def gold(self) -> frozenset[str]:
        """Every statement that carries a fact of the turn."""
        return frozenset(id for ids in self.must_ids for id in ids)


def load(folder: Path, part: Part, statements: Iterable[str]) -> tuple[Labelled, ...]:
    """Return the turns of a part, in order.

    Args:
        folder: Where the files lie.
        part: Which file.
        statements: Every statement of the corpus as document#statement; a turn that names another has a fault.

    Raises: BadTopics with every fault.
    """
    path = folder / f"{part}.jsonl"
    known, turns, faults = set(statements), list[Labelled](), list[str]()
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadTopics(f"{path} cannot be read ({error.strerror})") from error
    for number, line in enumerate(lines, start=1):
        try:
            turn = Labelled.model_validate_json(line)
        except ValidationError as error:
            faults += [f"line {number}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        before = turns[-1] if turns and turns[-1].conversation_id == turn.conversation_id else None
        if turn.turn != (before.turn + 1 if before else 1):
            faults.append(f"line {number}: turn {turn.turn} of {turn.conversation_id} is out of order")
        faults += [f"line {number}: the corpus has no statement {id}" for id in sorted(turn.gold - known)]
        turns.append(turn)
    if len({t.conversation_id for t in turns}) != sum(t.turn == 1 for t in turns):
        faults.append("a conversation stands in two places")
    if faults or not turns:
        raise BadTopics(f"{path}: " + ("; ".join(faults) or "no turns"))
    return tuple(turns)
