"""Critical facts of a sentence: numbers with their units and comparators, negations, and how binding the verb is.

A changed dose, a lost "not" or a "may" that became "must" can hurt a person, so these are compared one by one and not
by likeness of wording. Everything here is pure text; spans are half-open characters.
"""

import re
import unicodedata
from collections import Counter
from decimal import Decimal
from typing import Final

from fmqa.types import Record

_MINUS: Final = str.maketrans({"−": "-", "‐": "-", "‑": "-", "–": "-", "—": "-", "µ": "u", "μ": "u", "\u00a0": " "})

# A number, its sign only where no word or digit stands before it (so that the hyphen of "7-10" is a range).
_NUMBER: Final = re.compile(r"(?<![\w.])(?:(?<![\w-])-)?\d+(?:,\d{3})*(?:\.\d+)?")
_UNIT: Final = re.compile(
    r"\s?(mg/kg|mg/day|mg|ug|mcg|g|kg|ml/min|ml|%|per cent|percent|hours?|days?|weeks?|months?|years?|minutes?|points?"
    r"|people|women|men|patients|participants|trials|studies|rcts)(?![a-z])",
    re.IGNORECASE,
)
_COMPARATOR: Final = {
    ">=": "ge", "≥": "ge", "at least": "ge", "minimum": "ge", "no less than": "ge", "or more": "ge",
    "<=": "le", "≤": "le", "at most": "le", "maximum": "le", "up to": "le", "no more than": "le", "or less": "le",
    ">": "gt", "more than": "gt", "over": "gt", "above": "gt",
    "<": "lt", "less than": "lt", "under": "lt", "below": "lt", "fewer than": "lt",
}  # fmt: skip
_COMPARATOR_BEFORE: Final = re.compile(
    r"(>=|<=|≥|≤|>|<|at least|no less than|no more than|at most|minimum(?: of)?|maximum(?: of)?|up to|more than"
    r"|less than|fewer than|over|above|under|below)\s*(?:about |a |of )?$",
    re.IGNORECASE,
)
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|can't|don't|doesn't|didn't|isn't|aren't|wasn't|weren't|won't"
    r"|shouldn't|mustn't|hasn't|haven't|nobody|nothing|unlikely|against|avoid|lack(?:s|ed|ing)?|fail(?:s|ed)?)\b",
    re.IGNORECASE,
)
_MODALITY: Final = {
    "must": re.compile(r"\b(?:must|have to|has to|requires?|required|contraindicated)\b", re.IGNORECASE),
    "should": re.compile(r"\b(?:should|recommends?|recommended|ought to|offer(?:s|ed)?|advises?)\b", re.IGNORECASE),
    "may": re.compile(r"\b(?:may|might|can|could|consider(?:s|ed)?|possibl[ey])\b", re.IGNORECASE),
}
_UNIT_NAMES: Final = {
    "mcg": "ug", "per cent": "%", "percent": "%", "hour": "hours", "day": "days", "week": "weeks", "month": "months",
    "year": "years", "minute": "minutes", "point": "points",
}  # fmt: skip
# Units of mass that are equal but for a power of ten are compared in milligrams.
_MASS_IN_MG: Final = {"g": Decimal(1000), "ug": Decimal("0.001"), "kg": Decimal(1_000_000), "mg": Decimal(1)}


class Quantity(Record):
    """A number as a text states it: value, unit and comparator in canonical form."""

    value: Decimal
    unit: str | None
    comparator: str | None
    start: int
    end: int

    @property
    def key(self) -> tuple[Decimal, str | None]:
        """Value and unit: what must agree wherever a quantity is repeated."""
        return self.value, self.unit


def _folded(text: str) -> str:
    """Return the text with one sign for each dash, micro and space; its length is unchanged."""
    return text.translate(_MINUS)


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return every number in reading order; masses are given in milligrams.

    >>> [(str(q.value), q.unit, q.comparator) for q in quantities("at least 7-10 days, 0.5 g, WPI ≥7")]
    [('7', 'days', 'ge'), ('10', 'days', None), ('500.0', 'mg', None), ('7', None, 'ge')]
    """
    folded = _folded(text)
    found: list[Quantity] = []
    for match in _NUMBER.finditer(folded):
        value = Decimal(match.group().replace(",", ""))
        unit_match = _UNIT.match(folded, match.end())
        unit = None
        end = match.end()
        if unit_match:
            unit = _UNIT_NAMES.get(unit_match.group(1).lower(), unit_match.group(1).lower())
            end = unit_match.end()
            if unit in _MASS_IN_MG:
                value, unit = value * _MASS_IN_MG[unit], "mg"
        before = _COMPARATOR_BEFORE.search(folded, max(0, match.start() - 16), match.start())
        comparator = None
        if before:
            words = re.sub(r"\s+of$", "", before.group(1).lower())
            comparator = _COMPARATOR[words]
        found.append(
            Quantity(value=value, unit=unit, comparator=comparator, start=match.start(), end=max(end, match.end()))
        )
    return _share_range_units(folded, found)


def _share_range_units(text: str, found: list[Quantity]) -> tuple[Quantity, ...]:
    """Give both ends of a range ("7-10 days", "1 to 5 mg") the unit that is printed once."""
    shared: list[Quantity] = []
    for i, quantity in enumerate(found):
        following = found[i + 1] if i + 1 < len(found) else None
        unit = quantity.unit
        if (
            unit is None
            and following is not None
            and following.unit is not None
            and re.fullmatch(r"\s?(?:-|to|and)\s?", text[quantity.end : following.start])
        ):
            unit = following.unit
        shared.append(quantity.model_copy(update={"unit": unit}))
    return tuple(shared)


def numbers(text: str) -> Counter[Decimal]:
    """Return how often each number stands in a text, units aside."""
    return Counter(Decimal(m.group().replace(",", "")) for m in _NUMBER.finditer(_folded(text)))


def negations(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the negating words."""
    return tuple(match.span() for match in _NEGATION.finditer(text.replace("’", "'")))


def modalities(text: str) -> frozenset[str]:
    """Return how binding the text is: any of must, should, may."""
    return frozenset(name for name, pattern in _MODALITY.items() if pattern.search(text))


def normalised(text: str) -> str:
    """Return the text with compatible Unicode forms, dashes and white space made one; for comparing words."""
    return " ".join(_folded(unicodedata.normalize("NFKC", text)).split())
