"""Puts a grade into words: its values on one line, what they mean in its own system, and its direction."""

from collections.abc import Sequence

from fmqa.grades.systems import GENERAL, Known, system, system_name
from fmqa.types import (
    GRADE_FIELDS,
    SHOWN,
    Anchor,
    Axis,
    Direction,
    Effect,
    EvidenceGrade,
    GradeField,
    ShownGrade,
    Term,
)


def display(grade: EvidenceGrade) -> str:
    """Return the values as printed, on one line, in the order level, grade, strength, agreement.

    Only general systems have a form of their own; all others are told alike.

    >>> display(EvidenceGrade(system="eular-2017", level="Ia", grade="A", strength="strong for", direction="for",
    ...                       agreement="100", printed="level Ia, grade A, strong for, agreement 100 %"))
    'level Ia, grade A, strong for, 100 % agreement'
    >>> display(EvidenceGrade(system="nice", strength="consider", direction="for", printed="consider"))
    'wording: consider'
    """
    named = GENERAL.by_id.get(grade.system)
    parts: list[str] = []
    for field in GRADE_FIELDS:
        value = grade.value(field)
        if value is None:
            continue
        axis = named.axis(field) if named else None
        form = axis.shown if axis else SHOWN[field]
        bare = form == "{}" and grade.direction in (Direction.FOR, Direction.AGAINST)
        shown = form.format(value)
        parts.append(f"{shown} {grade.direction}" if bare and not value.endswith((" for", " against")) else shown)
    if grade.agreement is not None:
        parts.append(f"{grade.agreement} % agreement")
    if not parts:
        parts.append("no recommendation" if grade.direction is Direction.SILENT else "grade not stated")
    return ", ".join(parts)


def is_told(grade: EvidenceGrade, text: str) -> bool:
    """Return whether a text shows a grade, as printed or as answers always show it."""
    return grade.printed in text or display(grade) in text


def side(grades: Sequence[EvidenceGrade], effect: Effect | None) -> str | None:
    """Return what a statement says of its subject: the direction of its first grade that has one, else its effect."""
    directions = (grade.direction.value for grade in grades if grade.direction)
    return next(directions, effect.value if effect else None)


def explain(grade: EvidenceGrade, among: Known = GENERAL) -> str:
    """Return what each value of a grade means in its own system, in short sentences.

    Raises:
        ValueError: If the system is unknown.

    >>> explain(EvidenceGrade(system="grade", level="very low", printed="very low certainty"))
    'Certainty very low: very little confidence in the estimate.'
    """
    named = system(grade.system, among)
    sentences: list[str] = []
    for field in GRADE_FIELDS:
        value, axis = grade.value(field), named.axis(field)
        if value is not None and axis is not None:
            sentences += _explained(field, value, axis, grade.direction)
    if grade.agreement is not None:
        sentences.append(f"Agreement {grade.agreement} %: {named.agreement or 'share of the panel that agreed'}.")
    if grade.direction is Direction.SILENT and not sentences:
        sentences.append("No recommendation: the source is silent, which is not advice against.")
    if grade.direction is Direction.RESEARCH:
        sentences.append("Only in research: no advice for practice.")
    return " ".join(sentences) or named.explanation


def shown_grade(grade: EvidenceGrade, among: Known = GENERAL, anchor: Anchor | None = None) -> ShownGrade:
    """Return a grade with its system named and its values explained.

    Raises:
        ValueError: If the system is unknown.
    """
    return ShownGrade(
        grade=grade,
        system_name=system_name(grade.system, among),
        explanation=explain(grade, among),
        anchor=anchor,
    )


def _explained(field: GradeField, value: str, axis: Axis, direction: Direction | None) -> list[str]:
    """Return what a value means; an empty text if it is not a value of this axis.

    A value that stands for advice both for and against means neither until its direction is known, and one that stands
    for advice alone means nothing where the words around it point the other way.
    """
    terms = [term for term in axis.terms if term.names(value)]
    fitting = [term for term in terms if term.direction in (None, direction)]
    if fitting:
        return [f"{_named(field, value, axis, fitting[0])}: {fitting[0].meaning}."]
    told = [term for term in terms if term.direction is not None]
    if not told:
        return []
    name = value if axis.shown == "{}" else f"{axis.name} {_quoted(field, value)}"
    if direction in (Direction.SILENT, Direction.RESEARCH):
        return [f"{_capital(name)}: a value for advice to use or not to use it, which the source does not give here."]
    if len({term.direction for term in told}) == 1:
        return [f"{_capital(name)}, given to advice {told[0].direction}: {told[0].meaning}."]
    meanings = "; ".join(f"if {term.direction}, {term.meaning}" for term in told)
    return [f"{_capital(name)}, for or against not printed with it: {meanings}."]


def _named(field: GradeField, value: str, axis: Axis, term: Term) -> str:
    """Return a value with its name, worded as the beginning of a sentence."""
    if axis.shown != "{}":
        return _capital(f"{axis.name} {_quoted(field, value)}")
    if term.direction not in (Direction.FOR, Direction.AGAINST) or value.endswith((" for", " against")):
        return _capital(value)
    return _capital(f"{value} {term.direction}")


def _quoted(field: GradeField, value: str) -> str:
    return f"“{value}”" if field == "strength" else value


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
