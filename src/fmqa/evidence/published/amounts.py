"""Amounts that a question names: what holds for cysts of more than 10 cm is not quoted of one of 4 cm.

It counts only where something that is about as likely says what holds for the amount asked about.
"""

from collections.abc import Sequence
from typing import Final

from fmqa.text import figures
from fmqa.text.figures import Quantity

_NO_AMOUNT: Final = frozenset({"%", "people", "women", "men", "patients", "participants", "trials", "studies", "rcts"})


def asked(text: str) -> tuple[Quantity, ...]:
    """Return the amounts that a question names, each with a unit of measure."""
    return tuple(q for q in figures.quantities(text) if q.unit is not None and q.unit not in _NO_AMOUNT)


def fitting(texts: Sequence[str], question: str) -> list[bool]:
    """Return which of some quotations stay: where one holds the amounts asked about, those that hold others do not.

    >>> fitting(["< 5 cm: tablets", "> 10 cm: surgery", "Rest."], "What is done with a cyst of 4 cm?")
    [True, False, True]
    """
    wanted = asked(question)
    found = [[_holds(text, amount) for amount in wanted] for text in texts]
    settled = [any(of[number] for of in found) for number in range(len(wanted))]
    return [not any(hold is False and some for hold, some in zip(of, settled, strict=True)) for of in found]


def _holds(text: str, amount: Quantity) -> bool | None:
    """Return whether an amount is one that a text names, or lies in a range of it; None: it names none of the kind."""
    there = [q for q in figures.quantities(text) if q.unit == amount.unit]
    if not there:
        return None
    return any(q.value == amount.value for q in there) or figures.holds(text, amount.value, amount.unit)
