"""Reads the values of one notation in one grading system, and the direction of the advice around it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.grades import systems
from fmqa.grades.marks import Kind, Mark
from fmqa.grades.naming import told_by_itself
from fmqa.grades.places import direction_said, is_negative
from fmqa.grades.systems import Known
from fmqa.types import Direction, EvidenceGrade, GradeField, GradingSystem, Record

UNNAMED: Final = "unnamed"
UNNAMED_STRENGTH: Final = "unnamed-strength"
NAMELESS: Final = frozenset({UNNAMED, UNNAMED_STRENGTH})
"""Ids of the systems of a notation that is sure to be one, though nothing says in which system it is."""


class FoundGrade(Record):
    """A grade that a text prints, and where its notation stands: ``text[start:end] == grade.printed``."""

    grade: EvidenceGrade
    start: int
    end: int


class Page(NamedTuple):
    """A text with what is known about it."""

    text: str
    system: str | None  # that the document grades in
    among: Known


_FIELDS: Final[dict[Kind, tuple[GradeField, ...]]] = {
    "level": ("level",),
    "category": ("level", "grade"),
    "certainty": ("level",),
    "confidence": ("level",),
    "evidence": ("level",),
    "grade": ("grade",),
    "point": ("grade", "strength"),
    "strength": ("strength", "grade"),
    "class": ("strength",),
    "bare": ("level", "grade", "strength"),
}
_AXIS_NAMES: Final[dict[Kind, str]] = {
    "certainty": "certainty",
    "confidence": "confidence",
    "evidence": "evidence",
    "class": "class of recommendation",
}
_SAID: Final[dict[Kind, Direction]] = {"silent": Direction.SILENT, "research": Direction.RESEARCH}
_OPEN: Final = "⇔"  # neither for nor against


def build(page: Page, run: Sequence[Mark], system: str, advice: str, end: int | None = None) -> EvidenceGrade | None:
    """Return the grade that marks say in one system; None if any of them is no value of it.

    Args:
        page: The text that they stand in.
        run: The marks, in order.
        system: The id of the system.
        advice: The words that the grade is of, as far as they are known. A value that has one direction in its system
            loses it where they hold a negation; a direction that no value has is taken from their verbs.
        end: Offset behind the notation; None: behind its last mark.
    """
    named = page.among.by_id[system]
    values: dict[GradeField, str] = {}
    directions: set[Direction] = set()
    for mark in run:
        if mark.kind in _SAID:
            directions.add(_SAID[mark.kind])
        elif mark.kind != "agreement":
            field = _field(mark, named, values)
            if field is None:
                return None
            values[field] = mark.value
            directions |= _direction(named, field, mark.value)
    directions = _with_advice(directions, values.get("strength"), advice)
    if len(directions) > 1 or not (values or directions):
        return None
    grade = EvidenceGrade(
        system=system,
        level=values.get("level"),
        grade=values.get("grade"),
        strength=values.get("strength"),
        direction=next(iter(directions), None),
        agreement=next((mark.value for mark in reversed(run) if mark.kind == "agreement"), None),
        printed=page.text[run[0].start : run[-1].end if end is None else end],
    )
    return None if systems.faults(grade, page.among) else grade


def _field(mark: Mark, named: GradingSystem, taken: dict[GradeField, str]) -> GradeField | None:
    """Return the field of a grade that a mark fills in a system; None if its value is not one of the system."""
    fields = _FIELDS[mark.kind]
    if mark.kind == "level" and named.level is None:
        fields = ("grade",)
    elif mark.form == "letter" and named.grade is None:  # "class I B recommendation"
        fields = ("level",)
    for field in fields:
        axis = named.axis(field)
        if axis is None or field in taken or axis.name != _AXIS_NAMES.get(mark.kind, axis.name):
            continue
        if any(mark.value in (term.value, *term.aliases) for term in axis.terms):
            return field
    return None


def _direction(named: GradingSystem, field: GradeField, value: str) -> set[Direction]:
    """Return the direction of a value in its system; None unless it has exactly one."""
    axis = named.axis(field)
    terms = [term for term in axis.terms if value in (term.value, *term.aliases)] if axis else []
    said = {term.direction for term in terms}
    return {each for each in said if each is not None} if len(said) == 1 and value != _OPEN else set()


def _with_advice(directions: set[Direction], strength: str | None, advice: str) -> set[Direction]:
    if directions:
        printed = (strength or "").endswith((" for", " against"))
        return directions - {Direction.FOR} if not printed and is_negative(advice) else directions
    said = direction_said(advice) if strength else None
    return {said} if said else set()


def told(run: Sequence[Mark], page: Page) -> tuple[str, ...]:
    """Return the systems that marks show without being named."""
    values = {mark.kind for mark in run} | {mark.value for mark in run}
    return told_by_itself(values, {mark.keyword for mark in run}, page.among.by_id.values())


def only_one(
    page: Page, run: Sequence[Mark], possible: Sequence[str], advice: str, end: int | None = None
) -> EvidenceGrade | None:
    """Return the grade that marks say if just one of the systems has all their values; None otherwise."""
    grades = [grade for each in possible if (grade := build(page, run, each, advice, end)) is not None]
    return grades[0] if len(grades) == 1 else None
