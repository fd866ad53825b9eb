"""Grading systems: the levels, grades and strengths of each, and which values are valid.

The general systems are data in ``systems.yaml`` beside this module, where every definition names its source. Systems
that only one field uses are in ``grading.yaml`` of its corpus. Nothing is converted from one system to another.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from types import MappingProxyType
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from fmqa.grades.naming import Names
from fmqa.types import GRADE_FIELDS, Contrast, Direction, EvidenceGrade, GradeField, GradingSystem, GradingSystems


class NoYaml(ValueError):
    """The text is not valid YAML; ``line`` is where, counted from 1."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


class Known:
    """Grading systems as they are looked up: by id, by what texts call them, and which contrast two of them."""

    def __init__(self, systems: Sequence[GradingSystem], contrasts: Sequence[Contrast]) -> None:
        """Take the systems and the contrasts between them; of contrasts that fit, the first is told."""
        self.by_id: Mapping[str, GradingSystem] = MappingProxyType({each.id: each for each in systems})
        self.contrasts = tuple(contrasts)

    @cached_property
    def names(self) -> Names:
        """The finder of their names in a text."""
        return Names(self.by_id.values())


def read(source: str) -> GradingSystems:
    """Return the grading systems that a YAML text defines; see ``systems.yaml`` for its form.

    Raises:
        NoYaml: If it is no YAML.
        pydantic.ValidationError: If it breaks the form; each error has the keys and indices that lead to its place.
    """
    try:
        return GradingSystems.model_validate(YAML(typ="safe").load(source) or {})
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        problem = (error.problem if isinstance(error, MarkedYAMLError) else None) or "not valid YAML"
        raise NoYaml(" ".join(problem.split()), mark.line + 1 if mark else 1) from error


_SHIPPED: Final = read(resources.files("fmqa.grades").joinpath("systems.yaml").read_text("utf-8"))
GENERAL: Final = Known(_SHIPPED.systems, _SHIPPED.contrasts)
"""The systems that organisations use for any disease."""


def known(own: GradingSystems) -> Known:
    """Return the general systems together with those of a corpus, whose contrasts are told first.

    Raises:
        ValueError: If a system of the corpus has the id of a general one.
    """
    if taken := sorted(GENERAL.by_id.keys() & {each.id for each in own.systems}):
        raise ValueError(f"fmqa itself has a grading system with the id {', '.join(taken)}")
    if not own.systems and not own.contrasts:
        return GENERAL
    return Known((*_SHIPPED.systems, *own.systems), (*own.contrasts, *_SHIPPED.contrasts))


def system(system_id: str, among: Known = GENERAL) -> GradingSystem:
    """Return a grading system by its id.

    Raises:
        ValueError: If no system has the id; the message lists those that exist.
    """
    try:
        return among.by_id[system_id]
    except KeyError:
        raise ValueError(_unknown(system_id, among)) from None


def _unknown(system_id: str, among: Known) -> str:
    return f"unknown grading system {system_id!r}; known: {', '.join(sorted(among.by_id))}"


def system_name(system_id: str, among: Known = GENERAL) -> str:
    """Return the name of a grading system for readers; the id itself if the system is unknown."""
    found = among.by_id.get(system_id)
    return found.name if found else system_id


def faults(grade: EvidenceGrade, among: Known = GENERAL) -> list[str]:
    """Return what is wrong with a grade, one sentence a fault; empty if it is valid in its system.

    >>> faults(EvidenceGrade(system="eular-2017", level="Ia", strength="weak for", direction="for", printed="Ia"))
    []
    >>> faults(EvidenceGrade(system="eular-2017", strength="weak for", direction="against", printed="weak for"))
    ["the strength 'weak for' is a value for, but the direction is against"]
    """
    named = among.by_id.get(grade.system)
    if named is None:
        return [_unknown(grade.system, among)]
    found = [fault for field in GRADE_FIELDS if (fault := _value_fault(grade, field, named))]
    if grade.agreement is not None:
        bounds = [int(bound) for bound in grade.agreement.split("-")]
        if max(bounds) > 100:
            found.append(f"an agreement of {grade.agreement} % is above 100")
        elif bounds != sorted(bounds):
            found.append(f"the agreement {grade.agreement} % runs backwards")
    return found


def _value_fault(grade: EvidenceGrade, field: GradeField, named: GradingSystem) -> str | None:
    """Return what is wrong with one value of a grade; None if nothing is, or if the grade has no such value."""
    value, axis = grade.value(field), named.axis(field)
    if value is None:
        return None
    if axis is None:
        others = " and ".join(other for other in GRADE_FIELDS if named.axis(other) is not None)
        return f"{named.name} has no {field}; it has {others}"
    term = axis.term(value, grade.direction)
    if term is None or value not in (term.value, *term.aliases):
        valid = ", ".join(dict.fromkeys(term.value for term in axis.terms))
        return f"{value!r} is no {axis.name} of {named.name}; valid: {valid}"
    if grade.direction is not None and term.direction not in (None, grade.direction):
        said = "silent" if term.direction is Direction.SILENT else f"a value {term.direction}"
        return f"the {axis.name} {value!r} is {said}, but the direction is {grade.direction}"
    if grade.direction is Direction.SILENT and field != "level" and term.direction is None:
        return f"a source that is silent gives no {axis.name}, but it is {value!r}"
    return None
