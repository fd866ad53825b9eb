"""Finds the critical facts of a sentence: numbers with units and comparators, negations, and how binding the verb is.

A changed dose, a lost "not" or a "may" that became "must" can hurt a person. These facts are therefore compared one by
one, not by similarity. Spans are half-open, in characters.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from fmqa.types import Check, Fault, Record

_MARKS: Final = re.compile(r"([\\`*_\[\]<>#|~])")  # what Markdown would take for its own
_ESCAPED: Final = re.compile(r"\\([\\`*_\[\]<>#|~])")
_MINUS: Final = str.maketrans({"−": "-", "‐": "-", "‑": "-", "–": "-", "—": "-", "µ": "u", "μ": "u", "\u00a0": " "})

# A number, its sign only where no word or digit stands before it (so that the hyphen of "7-10" is a range). Thousands
# may be parted by a comma or a thin space; some journals set the decimal point in the middle of the line.
_NUMBER: Final = re.compile(r"(?<![\w.])(?:(?<![\w-])-)?\d+(?:[,\u2009\u202f]\d{3})*(?:[.·]\d+)?")
_THOUSANDS: Final = str.maketrans("·", ".", ",\u2009\u202f")
RAISED: Final = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
"""Digits and signs of a power, written raised."""
_RAISED_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_UNIT: Final = re.compile(
    r"\s*(mg/kg|mg/day|mg/dl|mg/l|mg|ug/kg|ug/ml|ug/l|ug|mcg|ng/ml|ng|g/dl|g/l|g|kg/m2|kg"
    r"|ml/min|ml/kg|ml|dl|l/min|l/s|l|iu/ml|iu/l|iu|international\s+units?|units?"
    r"|mmol/l|umol/l|nmol/l|pmol/l|mmol|umol|nmol|mol|meq/l|meq|mmhg|mm\s+hg|kpa|cm|mm|°c|°\s+c|degrees\s+celsius"
    r"|%|per\s+cent|percent|hours?|days?|weeks?|months?|years?|minutes?|seconds?|points?|beats/min|bpm"
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
    r"(>=|<=|≥|≤|>|<|at\s+least|no\s+less\s+than|no\s+more\s+than|at\s+most|minimum(?:\s+of)?|maximum(?:\s+of)?"
    r"|up\s+to|more\s+than|less\s+than|fewer\s+than|over|above|under|below)\s*(?:(?:about|a|of)\s+)?$",
    re.IGNORECASE,
)
_BEFORE: Final = 32  # characters before a number in which its comparator stands
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
    "year": "years", "minute": "minutes", "second": "seconds", "point": "points", "unit": "units",
    "international unit": "iu", "international units": "iu", "mm hg": "mmhg", "° c": "°c", "degrees celsius": "°c",
    "beats/min": "bpm",
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


@lru_cache(maxsize=8192)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return every number in reading order; masses are given in milligrams.

    >>> [(str(q.value), q.unit, q.comparator) for q in quantities("at least 7-10 days, 0.5 g, WPI ≥7")]
    [('7', 'days', 'ge'), ('10', 'days', None), ('500.0', 'mg', None), ('7', None, 'ge')]
    """
    folded = _folded(text)
    found: list[Quantity] = []
    for match in _NUMBER.finditer(folded):
        value = Decimal(match.group().translate(_THOUSANDS))
        unit_match = _UNIT.match(folded, match.end())
        unit = None
        end = match.end()
        if unit_match:
            printed = _spaced_once(unit_match.group(1))
            unit = _UNIT_NAMES.get(printed, printed)
            end = unit_match.end()
            if unit in _MASS_IN_MG:
                value, unit = value * _MASS_IN_MG[unit], "mg"
        before = _COMPARATOR_BEFORE.search(folded, max(0, match.start() - _BEFORE), match.start())
        comparator = None
        if before:
            comparator = _COMPARATOR[_spaced_once(before.group(1)).removesuffix(" of")]
        found.append(
            Quantity(value=value, unit=unit, comparator=comparator, start=match.start(), end=max(end, match.end()))
        )
    return _share_range_units(folded, found)


def _spaced_once(words: str) -> str:
    return " ".join(words.lower().split())


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
            and re.fullmatch(r"\s*(?:-|to|and)\s*", text[quantity.end : following.start])
        ):
            unit = following.unit
        shared.append(quantity.model_copy(update={"unit": unit}))
    return tuple(shared)


_BOUNDS: Final = {"ge": Decimal.__le__, "gt": Decimal.__lt__, "le": Decimal.__ge__, "lt": Decimal.__gt__}


def holds(text: str, number: Decimal) -> bool | None:
    """Return whether a number lies in the first range, or beyond the first bound, that a text names; None without one.

    >>> [holds(text, Decimal(40)) for text in ("at 30-60 mL/min: 100-150 mg", "at <15 mL/min", "at night")]
    [True, False, None]
    """
    found = quantities(text)
    for first, second in pairwise((*found, None)):
        assert first is not None  # noqa: S101 - only the second of the last pair is missing
        if first.comparator is not None:
            return bool(_BOUNDS[first.comparator](first.value, number))
        if second and re.fullmatch(r"\s*(?:-|to)\s*", _folded(text)[first.end : second.start]):
            return first.value <= number <= second.value
    return None


def numbers(text: str) -> Counter[Decimal]:
    """Return how often each number occurs in a text, ignoring units."""
    return Counter(Decimal(m.group().translate(_THOUSANDS)) for m in _NUMBER.finditer(_folded(text)))


@lru_cache(maxsize=8192)
def negations(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the negating words."""
    return tuple(match.span() for match in _NEGATION.finditer(text.replace("’", "'")))


@lru_cache(maxsize=8192)
def modalities(text: str) -> frozenset[str]:
    """Return how binding the text is: any of must, should, may."""
    return frozenset(name for name, pattern in _MODALITY.items() if pattern.search(text))


def normalised(text: str) -> str:
    """Return the text with compatible Unicode forms, dashes and white space made one; for comparing words.

    >>> normalised("1.73 m²") == normalised("1.73  m²"), normalised("10²") == normalised("102")
    (True, False)
    """
    return " ".join(_folded(unicodedata.normalize("NFKC", raised_apart(text))).split())


def raised_apart(text: str) -> str:
    """Return the text with a power written behind ``^``: the compatible form of 10² would be 102."""
    return RAISED.sub(lambda match: "^" + match.group().translate(_RAISED_DIGITS), text)


def escaped(words: str) -> str:
    r"""Return quoted words as Markdown that shows them literally, so that a bracketed number in them is no citation.

    >>> escaped("p <0.05 [24]")
    'p \\<0.05 \\[24\\]'
    """
    return _MARKS.sub(r"\\\1", words)


def unescaped(markdown: str) -> str:
    r"""Return Markdown in which quoted words are again as in the source; the reverse of ``escaped``.

    >>> unescaped(escaped("p <0.05 [24]"))
    'p <0.05 [24]'
    """
    return _ESCAPED.sub(r"\1", markdown)


def fact_faults(text: str, quote: str, *, whole: bool) -> list[Fault]:
    """Return the critical facts of a text that its quote does not bear out.

    Args:
        text: What the answer says.
        quote: What the source says.
        whole: True if the text must also hold every number of the quote; False if it may say less.
    """
    if text == quote:
        return []
    plain, original = normalised(text), normalised(quote)  # words are looked for in their compatible Unicode form
    stated, said = quantities(quote), quantities(text)
    faults = [
        Fault(check=check, detail=detail, span=(quantity.start, quantity.end))
        for quantity in said
        for check, detail in _quantity_faults(quantity, text, quote, stated)
    ]
    if whole:
        if {quantity.value for quantity in stated} - {quantity.value for quantity in said}:
            faults.append(Fault(check=Check.NUMBERS, detail="a number of the quote is missing"))
        if modalities(plain) != modalities(original):
            faults.append(Fault(check=Check.MODALITY, detail="more or less binding than the quote"))
    said_not, quoted_not = len(negations(plain)), len(negations(original))
    if said_not != quoted_not if whole else bool(said_not) != bool(quoted_not):
        faults.append(Fault(check=Check.NEGATION, detail="a negation was lost or added"))
    return faults


def _quantity_faults(
    quantity: Quantity, text: str, quote: str, stated: Sequence[Quantity]
) -> Iterator[tuple[Check, str]]:
    """Yield the check and detail of the fault of one quantity that the quote does not bear out; nothing if it does."""
    alike = [other for other in stated if other.value == quantity.value]
    if not alike:
        if numbers(text[quantity.start : quantity.end]).keys() & numbers(quote):  # 4.5 g for 4.5 mg
            yield Check.UNITS, "a unit that the quote does not have"
        else:
            yield Check.NUMBERS, "a number that the quote does not have"
        return
    units = {other.key for other in alike}
    if quantity.unit is not None and quantity.key not in units and any(unit is not None for _, unit in units):
        yield Check.UNITS, "a unit that the quote does not have"  # without one it may be counted in words
    elif quantity.comparator is not None and quantity.comparator not in {other.comparator for other in alike}:
        yield Check.COMPARATORS, "a comparator that the quote does not have"
