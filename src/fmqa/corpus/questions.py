"""Questions that people ask, each with the statements that answer it, beside those that a statement itself lists.

``questions.jsonl`` holds further questions of single statements; ``conversations.jsonl`` holds labelled conversations,
whose questions may need several statements. Both are optional. A question is met by nearness alone: none is ever shown.
"""

from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeVar
from zlib import crc32

from pydantic import Field, ValidationError

from fmqa.fitting import LabelledQuestion
from fmqa.types import Audience, CorpusFault, Record, question_key

QUESTIONS: Final = "questions.jsonl"
CONVERSATIONS: Final = "conversations.jsonl"
FILES: Final = (QUESTIONS, CONVERSATIONS)
_Row = TypeVar("_Row", bound=Record)


class Wordings(Record):
    """Further questions that one statement answers; a line of ``questions.jsonl``."""

    id: str = Field(description="The statement, as document#id.")
    alone: tuple[str, ...] = Field((), description="Questions that stand alone.")
    follow_up: str | None = Field(None, description="One in the middle of a talk; trained on and not indexed.")


class LabelledTurn(Record):
    """One question of a conversation with the statements that answer it; a line of ``conversations.jsonl``."""

    conversation: str
    turn: int = Field(ge=1, description="Turns count from 1 and may lean on those before.")
    question: str = Field(description="What is typed.")
    alone: str = Field(description="The same as one whole sentence, with all that it leans on.")
    audience: Audience
    facts: tuple[tuple[str, ...], ...] = Field(
        description="What a short answer carries, most needed first: for each fact the statements that tell it, any "
        "one of which will do. Empty: nothing here answers it."
    )
    also: tuple[str, ...] = Field((), description="Statements that are on the point and not needed.")
    kind: str = Field(description="What is asked, in a word or two.")
    yes_no: bool = Field(description="Whether it is answered by yes, no or not known.")
    urgent: bool = Field(False, description="Whether it tells of danger, or may: it is no example of what is harmless.")

    @property
    def is_held_out(self) -> bool:
        """Whether no model is trained on it and no index holds it: one conversation in five, to fit and measure on."""
        return crc32(self.conversation.encode()) % 5 == 0


class Asked(Record):
    """A question with the statements that bear an answer to it."""

    question: str
    statements: tuple[str, ...] = Field(description="Each as document#id. Empty: nothing here answers it.")


class Questions(NamedTuple):
    """What the two files of a corpus hold, and what is wrong in them."""

    wordings: tuple[Wordings, ...]
    conversations: tuple[LabelledTurn, ...]
    faults: tuple[CorpusFault, ...]  # lines that cannot be read, and names of statements that there are not

    def asked(self, statements: Container[str]) -> tuple[Asked, ...]:
        """Return every question once, with those of its statements that there are; one that has lost all is left out.

        Of a conversation these are its first question as typed, and each of its questions as a whole sentence; those
        that are held out are left out.

        Args:
            statements: The curated statements that there are, as document#id.
        """
        found: dict[str, tuple[str, dict[str, None]]] = {}
        for question, names in self._rows():
            known = dict.fromkeys(name for name in names if name in statements)
            if known or not names:
                found.setdefault(question_key(question), (question, {}))[1].update(known)
        return tuple(Asked(question=question, statements=tuple(names)) for question, names in found.values())

    def labelled(self) -> tuple[LabelledQuestion, ...]:
        """Return the first questions of conversations that are held out, with whether the corpus answers them."""
        first = (turn for turn in self.conversations if turn.is_held_out and turn.turn == 1)
        return tuple(
            LabelledQuestion(id=turn.conversation, question=turn.question, answerable=bool(turn.facts))
            for turn in first
        )

    def harmless(self) -> tuple[str, ...]:
        """Return the first questions of conversations that tell of no danger, for the judgement of emergencies."""
        return tuple(turn.question for turn in self.conversations if turn.turn == 1 and not turn.urgent)

    def _rows(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for row in self.wordings:
            yield from ((question, (row.id,)) for question in row.alone)
        for turn in (turn for turn in self.conversations if not turn.is_held_out):
            names = tuple(name for fact in turn.facts for name in fact)
            yield turn.alone, names
            if turn.turn == 1:
                yield turn.question, names


def read(folder: Path, statements: Container[str]) -> Questions:
    """Return the questions of a corpus with every fault of their files; a file that is missing holds none.

    Args:
        folder: The corpus.
        statements: The curated statements that there are, as document#id.
    """
    wordings, of_wordings = _lines(folder / QUESTIONS, Wordings)
    turns, of_turns = _lines(folder / CONVERSATIONS, LabelledTurn)
    faults = [*of_wordings, *of_turns]
    for number, row in wordings.items():
        faults += _unknown(QUESTIONS, number, (row.id,), statements)
    for number, turn in turns.items():
        named = (*(name for fact in turn.facts for name in fact), *turn.also)
        faults += _unknown(CONVERSATIONS, number, named, statements)
    return Questions(tuple(wordings.values()), tuple(turns.values()), tuple(faults))


def _lines(path: Path, kind: type[_Row]) -> tuple[dict[int, _Row], list[CorpusFault]]:
    """Return the rows of a file by their line, and a fault for each line that is none."""
    rows: dict[int, _Row] = {}
    faults = []
    for number, line in enumerate(path.read_bytes().splitlines() if path.is_file() else (), start=1):
        if not line.strip():
            continue
        try:
            rows[number] = kind.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            message = f"{place}: {first['msg']}" if place else first["msg"]
            faults.append(CorpusFault(path=path.name, line=number, rule="schema", message=message))
    return rows, faults


def _unknown(path: str, line: int, names: Iterable[str], statements: Container[str]) -> Iterator[CorpusFault]:
    for name in dict.fromkeys(names):
        if name not in statements:
            message = f"there is no statement {name}; it is left out"
            yield CorpusFault(path=path, line=line, rule="question", message=message)
