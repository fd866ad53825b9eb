"""Amounts that a question names: what holds for cysts of more than 10 cm is not quoted of one of 4 cm.

It counts only where something that is about as likely says what holds for the amount asked about.
"""

from collections.abc import Sequence
from decimal import Decimal

from fmqa.text import figures

Amount = tuple[Decimal, str]
"""A value and its unit."""


def fitting(texts: Sequence[str], wanted: Sequence[Amount]) -> list[bool]:
    """Return which of some quotations stay: where one holds the amounts asked about, those that hold others do not.

    >>> fitting(["< 5 cm: tablets", "> 10 cm: surgery", "Rest."], [(Decimal(4), "cm")])
    [True, False, True]
    """
    found = [[_holds(text, amount) for amount in wanted] for text in texts]
    settled = [any(of[number] for of in found) for number in range(len(wanted))]
    return [not any(hold is False and some for hold, some in zip(of, settled, strict=True)) for of in found]


def _holds(text: str, amount: Amount) -> bool | None:
    """Return whether an amount is one that a text names, or lies in a range of it; None: it names none of the kind."""
    value, unit = amount
    there = [q for q in figures.quantities(text) if q.unit == unit]
    if not there:
        return None
    return any(q.value == value for q in there) or figures.holds(text, value, unit)
