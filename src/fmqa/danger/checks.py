"""Checks the data files of this folder: every row by itself, every example and every name.

The tests and ``fmqa corpus check`` run these checks, so that a wrong row is found before it is shipped. None of them
runs while a message is answered.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fmqa.danger import cautions, drugs, judgement, rows, signs
from fmqa.danger.utterances import read


class Row(NamedTuple):
    """A row, and where it stands: the danger or list, and the sign or field."""

    place: str
    part: str
    row: str

    def __str__(self) -> str:
        """Return the place and the row."""
        return f"{self.place}, {self.part}: {self.row!r}"


def every_row() -> Iterator[Row]:
    """Return every row of every danger and of the lists that dangers share."""
    for name, listed in rows.shared().lists.items():
        yield from (Row("lists.yaml", name, row) for row in listed)
    for danger in signs.dangers().values():
        yield from rows_of(danger)


def rows_of(danger: signs.Danger) -> Iterator[Row]:
    """Return every row of a danger."""
    for sign in danger.signs:
        for part in (*sign.all, *sign.some):
            words = part.any if isinstance(part, signs.AnyOf) else (*part.one, *part.other)
            yield from (Row(danger.id, sign.what, row) for row in words)
    yield from (Row(danger.id, "look_alikes", row) for row in danger.look_alikes)
    yield from (Row(danger.id, "hints", row) for row in danger.hints)


def faults() -> list[str]:
    """Return what is wrong with the data of dangers, a line a fault; none if all is well.

    Raises: BadCorpus if a file cannot be read at all, or names a list that there is none of.
    """
    dangers = signs.dangers().values()
    owned = [labelled.message for labelled in judgement.shipped_messages()]
    shared = [row for row in every_row() if row.place == "lists.yaml"]
    examples = [example for danger in dangers for example in _examples(danger)]
    return [
        *_rows_that_fail(shared, [*owned, *examples]),
        *faults_of(dangers, owned),
        *_names_that_fail(),
        *cautions.faults(),
    ]


def faults_of(dangers: Iterable[signs.Danger], owned: Sequence[str]) -> Iterator[str]:
    """Return what is wrong with some dangers.

    Args:
        dangers: The dangers.
        owned: Messages of our own, besides the examples of the dangers, by which a row may be supported.
    """
    dangers = list(dangers)
    examples = [example for danger in dangers for example in _examples(danger)]
    broken = list(_rows_that_fail([row for danger in dangers for row in rows_of(danger)], [*owned, *examples]))
    yield from broken
    if not any("no expression" in fault for fault in broken):  # they cannot be looked for
        for danger in dangers:
            yield from _examples_that_fail(danger)


def _examples_that_fail(danger: signs.Danger) -> Iterator[str]:
    whats = [sign.what for sign in danger.signs]
    yield from (f"{danger.id}: two signs are called {what!r}" for what in set(whats) if whats.count(what) > 1)
    for sign in danger.signs:
        for message in sign.yes:
            if not signs.fires(sign, danger, message):
                yield f"{danger.id}, {sign.what}: not found in its example {message!r}"
        for message in danger.no:
            if signs.fires(sign, danger, message):
                yield f"{danger.id}, {sign.what}: found in {message!r}, where it must not be"


def _rows_that_fail(every: Iterable[Row], owned: Sequence[str]) -> Iterator[str]:
    """Yield rows that do not compile by themselves, and rows that match no example and no labelled message."""
    texts = [segment.text for message in owned for segment in read(message, signs.speller()).segments]
    for row in every:
        try:
            pattern = rows.any_of([row.row])
        except re.error as error:
            yield f"{row}: no expression by itself ({error})"
            continue
        if not any(pattern.search(text) for text in texts):
            yield f"{row}: no example and no labelled message has these words; add an example, or drop the row"


def _examples(danger: signs.Danger) -> list[str]:
    return [*(message for sign in danger.signs for message in sign.yes), *danger.no]


def _names_that_fail() -> Iterator[str]:
    for danger in signs.dangers().values():
        for sign in danger.signs:
            yield from (
                f"{danger.id}: there is no list named {name}" for name in sign.named if name not in rows.lists()
            )
    for each in drugs.classes().values():
        yield from (f"drugs.yaml, {each.id}: no class {name}" for name in each.includes if name not in drugs.classes())
