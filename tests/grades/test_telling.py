"""Tests of fmqa.grades.telling: a grade is never told the other way round than its words are printed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import KNOWN

from fmqa.grades.notations import read_grades
from fmqa.grades.systems import faults
from fmqa.grades.telling import display, explain
from fmqa.types import GRADE_FIELDS, Direction, EvidenceGrade

SYSTEMS = sorted(KNOWN.by_id)
FOR, AGAINST = Direction.FOR, Direction.AGAINST
ADVICE = {
    "We recommend iron": FOR,
    "Iron is suggested for adults who have no pain": FOR,
    "Iron should be offered": FOR,
    "We recommend against iron": AGAINST,
    "Iron is not recommended": AGAINST,
    "Iron should not be used": AGAINST,
    "Do not give iron": AGAINST,
    "Iron should not be stopped": None,
    "We suggest iron rather than zinc": None,
    "Iron may be given, but never with zinc": None,
    "The panel met twice": None,
}
FORMS = (
    "{advice} ({notation}).",
    "{advice}. ({notation})",
    "{notation}. {advice}.",
    "{notation}: {advice}.",
    "{advice} [{notation}]",
)
NOTATIONS = {"strength": ("{} recommendation", "{}", "class {}", "strength: {}"), "grade": ("grade {}", "{}")}


def asserted(grade: EvidenceGrade) -> set[Direction]:
    """Return the directions that an explanation claims outright, by a meaning that only advice in one has."""
    said = explain(grade, KNOWN)
    claimed = set()
    for field in GRADE_FIELDS:
        axis, value = KNOWN.by_id[grade.system].axis(field), grade.value(field)
        for term in axis.terms if axis and value else ():
            if term.direction in (FOR, AGAINST) and term.names(str(value)) and f": {term.meaning}." in said:
                claimed.add(Direction(term.direction))
    return claimed


def values_of(system: str) -> list[tuple[str, str, Direction | None]]:
    """Return every way in which a system prints a value that may have a direction: field, value, its own direction."""
    found = []
    for field in ("grade", "strength"):
        axis = KNOWN.by_id[system].axis(field)
        for term in axis.terms if axis else ():
            for value in (term.value, *term.aliases):
                own = {each.direction for each in axis.terms if each.names(value)} if axis else set()
                found.append((field, value, own.pop() if len(own) == 1 else None))
    return found


@settings(max_examples=600)
@given(st.data())
def test_no_grade_that_is_read_is_explained_against_the_printed_words(data: st.DataObject) -> None:
    system = data.draw(st.sampled_from([each for each in SYSTEMS if values_of(each)]))
    field, value, own = data.draw(st.sampled_from(values_of(system)))
    advice = data.draw(st.sampled_from(sorted(ADVICE)))
    notation = data.draw(st.sampled_from(NOTATIONS[field])).format(value)
    text = data.draw(st.sampled_from(FORMS)).format(advice=advice, notation=notation)
    for found in read_grades(text, system=system, among=KNOWN):
        grade = found.grade
        assert faults(grade, KNOWN) == []
        if grade.strength is None and own is None:
            continue
        claimed = asserted(grade)
        assert len(claimed) <= 1
        printed = next((d for d in (FOR, AGAINST) if value.endswith(f" {d}")), None) or own
        expected = printed or ADVICE[advice]
        assert claimed <= {expected}, (text, grade.direction, explain(grade, KNOWN))
        if grade.direction in (FOR, AGAINST):
            assert grade.direction == expected, (text, grade.direction)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_value_that_stands_for_either_direction_is_explained_for_neither_until_it_is_known(system: str) -> None:
    for field, value, own in values_of(system):
        grade = EvidenceGrade.model_validate({"system": system, field: value, "printed": value})
        terms = [term for term in KNOWN.by_id[system].axis(field).terms if term.names(value)]  # type: ignore[arg-type, union-attr]
        if own is None and len({term.direction for term in terms}) > 1:
            said = explain(grade, KNOWN)
            assert "for or against not printed" in said
            assert all(term.meaning in said for term in terms)
            assert display(grade).endswith(value)


def test_a_strong_recommendation_against_is_never_strong_for() -> None:
    for text in (
        "Strong recommendation against: bed rest.",
        "We recommend against bed rest (strong recommendation, low-certainty evidence).",
        "Bed rest is not recommended. (Strong recommendation, low certainty of evidence)",
        "Strong recommendation, low certainty of evidence: do not prescribe bed rest.",
    ):
        [found] = read_grades(text, system="grade")
        assert found.grade.direction is AGAINST
        said = explain(found.grade)
        assert said.partition(":")[0] in ("Strong against", "Certainty low")
        assert "Strong against: harms or burdens clearly outweigh benefits" in said
        assert "benefits clearly outweigh harms" not in said


def test_only_in_research_is_no_advice_and_no_silence() -> None:
    [found] = read_grades("It may be used (only in the context of rigorous research; very low certainty evidence).")
    assert found.grade.direction is Direction.RESEARCH
    assert explain(found.grade).endswith("Only in research: no advice for practice.")
