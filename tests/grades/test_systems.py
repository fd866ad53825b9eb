"""Tests of fmqa.grades.systems."""

import itertools
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs import KNOWN as PACK

from fmqa.grades import order, systems, telling
from fmqa.grades.notations import read_grades
from fmqa.grades.systems import GENERAL
from fmqa.grades.telling import display
from fmqa.types import Direction, EvidenceGrade, GradeField

KNOWN = (
    "eular-2004 eular-2017 cebm-2009 cebm-2011 canada-2012 israel-2013 grade acc-aha uspstf sign sign-old nice awmf "
    "sort aps-2005 esc cdc-opioid cerqual unnamed unnamed-strength"
).split()

SYSTEMS = PACK.by_id
compare = partial(order.compare, among=PACK)
explain = partial(telling.explain, among=PACK)
faults = partial(systems.faults, among=PACK)
system = partial(systems.system, among=PACK)
system_name = partial(systems.system_name, among=PACK)


def grade(
    system_id: str,
    level: str | None = None,
    letter: str | None = None,
    strength: str | None = None,
    direction: Direction | None = None,
    agreement: str | None = None,
) -> EvidenceGrade:
    return EvidenceGrade(
        system=system_id,
        level=level,
        grade=letter,
        strength=strength,
        direction=direction,
        agreement=agreement,
        printed="as printed",
    )


def values(system_id: str, field: GradeField) -> list[str]:
    axis = SYSTEMS[system_id].axis(field)
    return [term.value for term in axis.terms] if axis else []


@st.composite
def grades(draw: st.DrawFn) -> EvidenceGrade:
    """A grade whose values belong to its system; its direction may contradict them."""
    system_id = draw(st.sampled_from(KNOWN))

    def one(field: GradeField) -> str | None:
        known = values(system_id, field)
        return draw(st.one_of(st.none(), st.sampled_from(known))) if known else None

    direction = draw(st.one_of(st.none(), st.sampled_from(Direction)))
    agreement = draw(st.one_of(st.none(), st.integers(0, 100).map(str)))
    return grade(system_id, one("level"), one("grade"), one("strength"), direction, agreement)


def test_all_systems_are_there_and_explained() -> None:
    assert sorted(SYSTEMS) == sorted(KNOWN)
    for known in SYSTEMS.values():
        assert len(known.explanation.split()) > 15
        axes = [axis for axis in (known.level, known.grade, known.strength) if axis]
        assert axes
        assert all(len(term.meaning) > 5 for axis in axes for term in axis.terms)


def test_an_unknown_system_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"'who-1950'.*eular-2017"):
        system("who-1950")
    assert faults(grade("who-1950", "Ia"))[0].startswith("unknown grading system 'who-1950'")
    assert system_name("who-1950") == "who-1950"
    assert system_name("nice") == "NICE wording"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (grade("eular-2017", "1a"), "'1a' is no level of EULAR 2017"),
        (grade("eular-2017", letter="E"), "'E' is no grade"),
        (grade("eular-2004", strength="weak for"), "has no strength"),
        (grade("cebm-2011", letter="A"), "has no grade"),
        (grade("eular-2017", strength="weak for", direction=Direction.AGAINST), "but the direction is against"),
        (grade("nice", strength="do not initiate", direction=Direction.FOR), "but the direction is for"),
        (grade("uspstf", letter="I", direction=Direction.AGAINST), "is silent, but the direction is against"),
        (grade("eular-2017", letter="A", direction=Direction.SILENT), "a source that is silent gives no grade"),
        (grade("eular-2017", agreement="104"), "above 100"),
        (grade("eular-2017", agreement="93-71"), "runs backwards"),
        (grade("grade", "medium"), "'medium' is no certainty"),
    ],
)
def test_each_fault_is_named(bad: EvidenceGrade, words: str) -> None:
    assert any(words in fault for fault in faults(bad))


@pytest.mark.parametrize(
    "good",
    [
        grade("eular-2004", "IIb", "C"),
        grade("eular-2017", "Ia", "A", "weak for", Direction.FOR, "71-73"),
        grade("grade", "very low"),
        grade("grade", "low", None, "conditional", Direction.AGAINST),
        grade("nice", strength="do not initiate", direction=Direction.AGAINST),
        grade("uspstf", letter="I", direction=Direction.SILENT),
        grade("acc-aha", "B-NR", None, "3: no benefit", Direction.AGAINST),
        grade("canada-2012", "1", "A"),
        grade("eular-2017", direction=Direction.SILENT),
        grade("esc", "C", None, "III", Direction.AGAINST),
        grade("cdc-opioid", "4", "A"),
        grade("awmf", None, "EK"),
        grade("awmf", None, "0", "⇔"),
        grade("sign-old", None, "✓"),
    ],
)
def test_valid_grades_have_no_faults(good: EvidenceGrade) -> None:
    assert faults(good) == []


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (
            grade("eular-2017", "Ia", "A", "strong for", Direction.FOR, "100"),
            "level Ia, grade A, strong for, 100 % agreement",
        ),
        (grade("eular-2004", "IIb", "C"), "level IIb, strength C"),
        (grade("nice", strength="consider", direction=Direction.FOR), "wording: consider"),
        (grade("grade", "very low"), "certainty: very low"),
        (grade("grade", "low", None, "strong", Direction.AGAINST), "certainty: low, strong against"),
        (grade("acc-aha", "B-R", None, "2a", Direction.FOR), "level B-R, class 2a"),
        (grade("eular-2017", direction=Direction.SILENT), "no recommendation"),
        (grade("eular-2017"), "grade not stated"),
        (grade("who-1950", "Ia"), "level Ia"),
    ],
)
def test_grades_are_shown_as_printed(shown: EvidenceGrade, words: str) -> None:
    assert display(shown) == words


@given(grades())
def test_display_keeps_every_printed_value(shown: EvidenceGrade) -> None:
    text = display(shown)
    for value in (shown.level, shown.grade, shown.strength, shown.agreement):
        assert value is None or value in text


def test_a_grade_is_explained_in_the_words_of_its_system() -> None:
    assert explain(grade("eular-2017", "Ia", "A", "weak for", Direction.FOR, "94")) == (
        "Level Ia: meta-analysis of randomised trials. Grade A: directly based on level I evidence. Weak for: benefits "
        "and harms closely balanced or preferences vary; it does not mean weak evidence. Agreement 94 %: share of the "
        "panel scoring at least 7 of 10."
    )
    assert explain(grade("nice", strength="do not initiate", direction=Direction.AGAINST)) == (
        "Wording “do not initiate”: firm advice against it."
    )
    assert "silent" in explain(grade("nice", direction=Direction.SILENT))
    assert explain(grade("nice")) == SYSTEMS["nice"].explanation


@given(grades())
def test_every_valid_grade_can_be_explained(shown: EvidenceGrade) -> None:
    assert explain(shown).endswith(".")


def test_exercise_ranks_above_cbt_in_eular_2017() -> None:
    exercise = grade("eular-2017", "Ia", "A", "strong for", Direction.FOR)
    therapy = grade("eular-2017", "Ia", "A", "weak for", Direction.FOR)
    result = compare(exercise, therapy, same_document=True)
    assert (result.order, result.axis) == (1, "strength")
    assert compare(exercise, exercise, same_document=True).order == 0


def test_certainties_of_one_table_are_ordered() -> None:
    assert compare(grade("grade", "low"), grade("grade", "high"), same_document=True).order == -1


def test_wordings_that_mean_the_same_rank_the_same() -> None:
    one = grade("nice", strength="do not offer", direction=Direction.AGAINST)
    other = grade("nice", strength="do not initiate", direction=Direction.AGAINST)
    assert compare(one, other, same_document=True).order == 0


def test_change_over_time_is_compared_only_on_request() -> None:
    earlier, later = grade("grade", "low"), grade("grade", "moderate")
    assert compare(earlier, later, same_document=False).order is None
    assert compare(earlier, later, same_document=False, over_time=True).order == -1


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (grade("eular-2017", "Ia"), grade("eular-2017", strength="weak for"), "different columns"),
        (grade("eular-2004", "Ib", "A"), grade("eular-2017", "Ia", "A"), "2008 and 2017"),
        (grade("nice", strength="consider"), grade("grade", strength="weak"), "verb"),
        (grade("cebm-2009", "1a"), grade("cebm-2011", "1"), "name the version"),
        (grade("canada-2012", "II"), grade("israel-2013", "II"), "define their levels differently"),
        (grade("sign-old", letter="A"), grade("sort", letter="A"), "define their letters differently"),
        (grade("grade", "high"), grade("acc-aha", "A"), "show each as printed"),
        (grade("uspstf", letter="I"), grade("uspstf", letter="C"), "no rank"),
        (grade("eular-2017", direction=Direction.SILENT), grade("eular-2017", "Ia"), "silent"),
        (
            grade("eular-2017", strength="weak for", direction=Direction.FOR),
            grade("eular-2017", strength="weak against", direction=Direction.AGAINST),
            "directions differ",
        ),
        (grade("eular-2017", strength="weak for"), grade("eular-2017", strength="weak against"), "not ranks"),
        (grade("who-1950", "1"), grade("who-1950", "2"), "unknown"),
        (grade("esc", "A"), grade("esc", "B"), "No source at hand ranks the level of evidence 'A'"),
        (grade("awmf", letter="EK"), grade("awmf", letter="A"), "ranks the grade 'EK'"),
        (grade("sign-old", letter="D"), grade("sign-old", letter="✓"), "ranks the grade '✓'"),
    ],
)
def test_what_may_not_be_compared_is_refused_with_the_rule(
    one: EvidenceGrade, other: EvidenceGrade, reason: str
) -> None:
    result = compare(one, other, same_document=True)
    assert result.order is None
    assert reason in result.reason


@given(grades(), grades(), st.booleans(), st.booleans())
def test_comparison_is_antisymmetric(one: EvidenceGrade, other: EvidenceGrade, same: bool, time: bool) -> None:
    there = compare(one, other, same_document=same, over_time=time)
    back = compare(other, one, same_document=same, over_time=time)
    assert (there.order is None) == (back.order is None)
    if there.order is not None and back.order is not None:
        assert there.order == -back.order
        assert one.system == other.system
        assert one.direction is other.direction


def test_a_certainty_printed_as_a_range_ranks_above_and_below_nothing() -> None:
    for other in ("high", "moderate", "very low to low"):
        found = compare(grade("grade", "moderate to high"), grade("grade", other), same_document=True)
        assert found.order is None


@pytest.mark.parametrize("system_id", [known for known in KNOWN if known not in ("esc", "cdc-opioid", "unnamed")])
def test_order_on_one_axis_follows_the_printed_order(system_id: str) -> None:
    axis = SYSTEMS[system_id].axis("level")
    ranked = [term.value for term in axis.terms if term.ranked] if axis else []
    for level, worse in itertools.pairwise(ranked):
        assert compare(grade(system_id, level), grade(system_id, worse), same_document=True).order == 1


STARS = """
systems:
  - id: stars
    name: Stars
    source: the handbook of a made-up society
    explanation: One to three stars for how sure the society is.
    called: [Star Society]
    grade: {terms: [{value: A, meaning: very sure}, {value: B, meaning: not sure}]}
contrasts:
  - {systems: [stars, sort], reason: Stars are no letters of SORT.}
"""


def test_a_system_of_a_corpus_is_read_named_explained_and_compared_like_the_general_ones() -> None:
    among = systems.known(systems.read(STARS))
    [found] = read_grades("Rest is advised (Star Society grade B).", among=among)
    assert (found.grade.system, found.grade.grade) == ("stars", "B")
    assert display(found.grade) == "grade B"
    assert telling.shown_grade(found.grade, among).system_name == "Stars"
    assert telling.explain(found.grade, among) == "Grade B: not sure."
    other = grade("sort", letter="A")
    assert order.compare(found.grade, other, same_document=True, among=among).reason == "Stars are no letters of SORT."
    assert "Star Society" not in GENERAL.names.pattern.pattern
    assert read_grades("Rest is advised (Star Society grade B).") == ()


def test_a_corpus_cannot_redefine_a_general_system() -> None:
    with pytest.raises(ValueError, match="fmqa itself has a grading system with the id grade"):
        systems.known(systems.read(STARS.replace("id: stars", "id: grade")))


def test_what_is_no_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(systems.NoYaml) as refused:
        systems.read("systems:\n  - {id: stars")
    assert refused.value.line >= 2
