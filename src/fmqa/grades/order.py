"""Decides which of two grades ranks higher.

Grades can be compared only within one system, on one axis and in one direction.
"""

from typing import Final, Literal

from fmqa.grades.systems import GENERAL, Known
from fmqa.types import Axis, Direction, EvidenceGrade, GradeField, Record, Term

_COMPARED: Final[tuple[GradeField, ...]] = ("strength", "grade", "level")


class Comparison(Record):
    """How two grades stand: 1 if the first ranks higher, -1 if lower, 0 if equal, None if not comparable."""

    order: Literal[-1, 0, 1] | None
    axis: str | None
    reason: str


def compare(
    a: EvidenceGrade,
    b: EvidenceGrade,
    *,
    same_document: bool,
    over_time: bool = False,
    among: Known = GENERAL,
) -> Comparison:
    """Return which of two grades ranks higher, if they can be compared.

    Only values of one system, axis and direction are ordered, within one document, or between editions when the
    caller asks about change over time. The axis is the first that both grades have of strength, grade and level.

    >>> exercise = EvidenceGrade(system="eular-2017", strength="strong for", direction="for", printed="strong for")
    >>> therapy = EvidenceGrade(system="eular-2017", strength="weak for", direction="for", printed="weak for")
    >>> compare(exercise, therapy, same_document=True).order
    1
    >>> compare(exercise, therapy, same_document=False).order is None
    True
    """
    if reason := _obstacle(a, b, among, same_document=same_document, over_time=over_time):
        return Comparison(order=None, axis=None, reason=reason)
    named = among.by_id[a.system]
    where = "the same document" if same_document else "two editions, each with its date"
    for field in _COMPARED:
        axis, first, second = named.axis(field), a.value(field), b.value(field)
        if axis is not None and first is not None and second is not None:
            terms = (axis.term(first, a.direction), axis.term(second, b.direction))
            return _on_axis(axis, (first, second), terms, named.name, where)
    return Comparison(
        order=None,
        axis=None,
        reason="Level, grade and strength are different columns, not competing ranks; explain each.",
    )


def _on_axis(
    axis: Axis, values: tuple[str, str], terms: tuple[Term | None, Term | None], name: str, where: str
) -> Comparison:
    """Return the order of two values of one axis, as printed and as the terms that they stand for."""
    one, other = terms
    if one is None or other is None:
        return _none(axis, f"{values[0] if one is None else values[1]!r} is no {axis.name} of {name}.")
    if Direction.SILENT in (one.direction, other.direction):
        return _none(axis, "Insufficient evidence or no recommendation is no rank: it compares with nothing.")
    if unranked := [value for value, term in zip(values, (one, other), strict=True) if not term.ranked]:
        return _none(axis, f"No source at hand ranks the {axis.name} {unranked[0]!r} of {name}.")
    if one.direction is not other.direction:
        return _none(axis, "Advice for and advice against are not ranks of one scale; say that they differ.")
    gap = axis.rank(other) - axis.rank(one)
    order: Literal[-1, 0, 1] = 0 if gap == 0 else 1 if gap > 0 else -1
    relation = {0: "equals", 1: "ranks above", -1: "ranks below"}[order]
    text = f"{axis.name} {values[0]} {relation} {values[1]}: one system ({name}), axis and direction, in {where}."
    return Comparison(order=order, axis=axis.name, reason=text[0].upper() + text[1:])


def _none(axis: Axis, reason: str) -> Comparison:
    return Comparison(order=None, axis=axis.name, reason=reason)


def _obstacle(a: EvidenceGrade, b: EvidenceGrade, among: Known, *, same_document: bool, over_time: bool) -> str | None:
    """Return why two grades may not be compared, or None; the first rule that forbids it is the one named."""
    systems = {a.system, b.system}
    if unknown := sorted(systems - set(among.by_id)):
        return f"The grading system {unknown[0]!r} is unknown."
    if Direction.SILENT in (a.direction, b.direction):
        return "A source that is silent is comparable with nothing; silence is neither low nor against."
    if len(systems) > 1:
        return _contrast(systems, among)
    if a.direction is not b.direction:
        return "The directions differ: say who advises for and who against; that is no order of ranks."
    if not same_document and not over_time:
        return "The grades stand in different documents with other questions, dates and panels; show each as printed."
    return None


def _contrast(systems: set[str], among: Known) -> str:
    for contrast in among.contrasts:
        if systems <= set(contrast.systems) or (contrast.any_other and systems & set(contrast.systems)):
            return contrast.reason
    if all(among.by_id[each].grade is not None for each in systems):
        return "The systems define their letters differently; name the system with the letter."
    return "Different grading systems have different axes and rules; show each as printed."
