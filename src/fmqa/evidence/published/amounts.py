"""Amounts that a question names: what holds for cysts of more than 10 cm is not quoted of one of 4 cm.

A bound or range that leaves the amount out is never quoted of it, but for times, which may be of anything; another
amount is not where something about as likely holds the one asked about.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from fmqa.text import figures

_TIMES: Final = frozenset({"seconds", "minutes", "hours", "days", "weeks", "months", "years"})
Amount = tuple[Decimal, str]
"""A value and its unit."""


def fitting(texts: Sequence[str], wanted: Sequence[Amount]) -> list[bool]:
    """Return which of some quotations stay: where one holds the amounts asked about, those that hold others do not.

    >>> fitting(["< 5 cm: tablets", "> 10 cm: surgery", "Rest."], [(Decimal(4), "cm")])
    [True, False, True]
    """
    found = [[_holds(text, amount) for amount in wanted] for text in texts]
    settled = [any(of[number] for of in found) for number in range(len(wanted))]
    return [
        not any(
            hold is False and (some or _bounds(text, unit))
            for hold, some, (_, unit) in zip(of, settled, wanted, strict=True)
        )
        for text, of in zip(texts, found, strict=True)
    ]


def _bounds(text: str, unit: str) -> bool:
    """Return whether a text names a bound or a range in a unit that is not of time."""
    there = [q for q in figures.quantities(text) if q.unit == unit and unit not in _TIMES]
    ranged = any(b.start - a.end <= len(" to ") for a, b in pairwise(there))
    return ranged or any(q.comparator is not None for q in there)


def _holds(text: str, amount: Amount) -> bool | None:
    """Return whether an amount is one that a text names, or lies in a range of it; None: it names none of the kind."""
    value, unit = amount
    there = [q for q in figures.quantities(text) if q.unit == unit]
    if not there:
        return None
    return any(q.value == value for q in there) or figures.holds(text, value, unit)
