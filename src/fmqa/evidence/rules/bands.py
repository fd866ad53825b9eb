"""Statements that hold for a range of a measured value, such as a dose by creatinine clearance.

A question that gives the value ("eGFR 50, which dose?") is answered by the statement whose range holds it. The one for
another range would tell a wrong dose, however near its words are.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from fmqa.evidence.catalogue import Catalogue, Entry, is_about_any
from fmqa.text import figures
from fmqa.types import Intent, Query

_UNITS: Final = frozenset({"ml/min"})
"""Units of values by which groups of people are told apart; doses and times are told apart by other means."""


class Band(NamedTuple):
    """A range of a measured value, both ends included: at a limit either neighbour may be meant."""

    low: Decimal | None
    high: Decimal | None

    def holds(self, value: Decimal) -> bool:
        """Return whether a value lies in it.

        >>> Band(Decimal(30), Decimal(60)).holds(Decimal(50))
        True
        """
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def band_of(text: str) -> Band | None:
    """Return the one range of a measured value for which a statement holds; None where it names none, or several.

    >>> band_of("With a clearance of 30-60 mL/min the maximum is 225 mg/day.")
    Band(low=Decimal('30'), high=Decimal('60'))
    >>> band_of("It is reduced below 60 mL/min: at 30-60 and <15 mL/min to about half and an eighth.")
    """
    told = figures.quantities(text)
    found = [quantity for quantity in told if quantity.unit in _UNITS]
    if any(quantity.unit is None and not 1900 <= quantity.value <= 2100 for quantity in told):  # of another range
        return None
    if len(found) == 1 and found[0].comparator is not None:
        value, over = found[0].value, found[0].comparator in ("ge", "gt")
        return Band(value, None) if over else Band(None, value)
    if len(found) == 2 and not any(quantity.comparator for quantity in found):
        return Band(*sorted(quantity.value for quantity in found))
    return None


_ONE_RANGE: Final[WeakKeyDictionary[Catalogue, frozenset[str]]] = WeakKeyDictionary()


class Fitting(NamedTuple):
    """Ids of statements by the value of a measurement that a question gives, or does not give."""

    first: tuple[str, ...] = ()  # whose range holds it; without a value: the best that tells of several ranges
    missed: frozenset[str] = frozenset()  # whose range does not; without a value: those for one range alone


def fitting(query: Query, entries: Sequence[Entry], catalogue: Catalogue) -> Fitting:
    """Return which statements a given value is in the range of; without one, no range comes first.

    What holds for another age than that of the people asked about is missed, too.

    Args:
        query: What is asked, and of which groups of people.
        entries: The statements, best first.
        catalogue: What they are about.
    """
    found = _of_values(query, entries, catalogue)
    return found._replace(missed=found.missed | _of_another_age(query, entries, catalogue))


def _of_another_age(query: Query, entries: Sequence[Entry], catalogue: Catalogue) -> frozenset[str]:
    """Return the ids of what is about people of another age alone: of children, where an old man is asked about."""
    ages = frozenset(catalogue.matcher.pack.ages)
    asked = ages & set(query.populations)
    if not asked:
        return frozenset()
    return frozenset(
        entry.id for entry in entries if (its := ages & set(entry.statement.populations)) and not its & asked
    )


def _of_values(query: Query, entries: Sequence[Entry], catalogue: Catalogue) -> Fitting:
    groups = {p for p in query.populations if p in catalogue.matcher and catalogue.matcher.get(p).measured_by}
    if not groups:
        return Fitting(missed=_of_one_range(catalogue))
    values = {measured.concept: measured.value for measured in query.measured}
    about = [
        (entry, band_of(entry.text), next(iter(groups & set(entry.statement.populations))))
        for entry in entries
        if groups & set(entry.statement.populations)
        and is_about_any(entry.statement, "interventions", query.interventions, catalogue)
    ]
    told = [(entry.id, band, values[group]) for entry, band, group in about if band is not None and group in values]
    held = tuple(name for name, band, value in told if band.holds(value))
    passed = frozenset(name for name, _, _ in told) - set(held)
    beside = groups <= set(query.assumed) and Intent.DOSE not in query.intents  # known from before, and no dose asked
    if held:
        return Fitting(missed=passed) if beside else Fitting(held, passed)
    every = tuple(entry.id for entry, band, _ in about if band is None and _tells_values(entry.text))
    if values or not every:
        return Fitting()
    of_one = frozenset(entry.id for entry, band, _ in about if band is not None)
    by_name = (
        entry.id
        for entry, band, _ in about
        if band is None and entry.document.id == every[0].partition("#")[0] and _holds(query.called, entry.text)
    )
    return Fitting(missed=of_one) if beside else Fitting((next(by_name, every[0]),), of_one)


def _holds(names: Sequence[str], text: str) -> bool:
    """Return whether a text has one of the names by which a question calls a group: "on haemodialysis"."""
    return any(name in text.lower() for name in names)


def _of_one_range(catalogue: Catalogue) -> frozenset[str]:
    """Return the ids of what holds for one range alone of a measured group; read once for each catalogue."""
    if catalogue not in _ONE_RANGE:
        measured = {c.id for c in catalogue.index.vocabulary.concepts if c.measured_by}
        _ONE_RANGE[catalogue] = frozenset(
            entry.id
            for entry in catalogue.by_id.values()
            if measured & set(entry.statement.populations) and band_of(entry.text) is not None
        )
    return _ONE_RANGE[catalogue]


def _tells_values(text: str) -> bool:
    return any(quantity.unit in _UNITS for quantity in figures.quantities(text))
