"""Tests of fmqa.grades.notations."""

import json
from functools import cache, partial
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs import KNOWN, ROOT

from fmqa.grades.notations import read_grades as read_in
from fmqa.grades.systems import faults
from fmqa.grades.values import FoundGrade
from fmqa.readers.markdown import read
from fmqa.types import Direction, Document

SYSTEMS = KNOWN.by_id
read_grades = partial(read_in, among=KNOWN)
VALUES = ("system", "level", "grade", "strength", "direction", "agreement")
Line = dict[str, Any]


@cache
def sample() -> tuple[Line, ...]:
    lines = (ROOT / "tests" / "data" / "grade_notations.jsonl").read_text("utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def of(split: str) -> list[Line]:
    return [line for line in sample() if line["split"] == split]


def found_in(line: Line) -> tuple[FoundGrade, ...]:
    return read_grades(line["text"], system=line["system"], columns=line["columns"])


def right(line: Line) -> list[FoundGrade]:
    """Return the grades read from a line that are as labelled, value by value and on words of the label."""
    return [
        each
        for each in found_in(line)
        for label in line["grades"]
        if all(getattr(each.grade, name) == label[name] for name in VALUES)
        and each.start < label["end"]
        and label["start"] < each.end
    ]


def precision_and_recall(lines: list[Line]) -> tuple[float, float]:
    hits = sum(len(right(line)) for line in lines)
    return hits / sum(len(found_in(line)) for line in lines), hits / sum(len(line["grades"]) for line in lines)


@cache
def corpus() -> tuple[Document, ...]:
    root = ROOT / "corpus"
    return tuple(read(path, root) for path in sorted(root.rglob("*.md")) if path.name != "README.md")


def test_the_sample_is_large_and_spread_over_all_systems() -> None:
    for split in ("dev", "test"):
        lines = of(split)
        assert sum(len(line["grades"]) for line in lines) >= 170
        assert sum(not line["grades"] for line in lines) >= 80
        assert {label["system"] for line in lines for label in line["grades"]} == set(SYSTEMS)
        assert {line["form"] for line in lines} >= {"parentheses", "brackets", "table", "box", "prose", "cue", "verb"}


def test_no_negative_sentence_has_a_grade() -> None:
    assert [line["text"] for line in of("dev") if not line["grades"] and found_in(line)] == []


@pytest.mark.parametrize(("split", "precision", "recall"), [("dev", 1.0, 0.99), ("test", 0.97, 0.9)])
def test_precision_and_recall_hold_their_floors(split: str, precision: float, recall: float) -> None:
    measured = precision_and_recall(of(split))
    assert measured[0] >= precision
    assert measured[1] >= recall


@pytest.mark.parametrize("system", sorted(SYSTEMS))
def test_what_is_read_is_valid_in_its_system_and_stands_where_it_says(system: str) -> None:
    for line in sample():
        for each in read_grades(line["text"], system=system, columns=line["columns"]):
            assert faults(each.grade, KNOWN) == []
            assert line["text"][each.start : each.end] == each.grade.printed


def test_an_unknown_system_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"'who-1950'.*eular-2017"):
        read_grades("level Ia", system="who-1950")


@pytest.mark.parametrize(
    "text",
    [
        "It works (Grade B).",
        "It works (1b).",
        "It works (level II, grade B).",
        "It works (Class IIa, Level B).",
        "A (Ib)",
    ],
)
def test_a_notation_of_several_systems_is_read_only_for_the_system_given(text: str) -> None:
    assert read_grades(text) == ()
    systems = {each.grade.system for system in SYSTEMS for each in read_grades(text, system=system)}
    assert systems
    for system in systems:
        assert read_grades(text, system=system)[0].grade.system == system


def test_a_value_that_the_named_system_does_not_have_is_not_read() -> None:
    assert read_grades("Take it (USPSTF grade E).") == ()
    assert read_grades("Take it (level Ia, grade A).", system="cebm-2011") == ()
    assert read_grades("Take it (Class IIa, LOE B).", system="acc-aha") == ()


def test_another_organisation_named_beside_a_notation_decides() -> None:
    [found] = read_grades("Opioids (NICE: do not offer) were common.", system="eular-2017")
    assert (found.grade.system, found.grade.direction) == ("nice", Direction.AGAINST)
    [found] = read_grades("Screening (USPSTF grade D) is still common.", system="cebm-2009")
    assert (found.grade.system, found.grade.direction) == ("uspstf", Direction.AGAINST)


@pytest.mark.parametrize(
    ("advice", "direction"),
    [
        ("We recommend iron", Direction.FOR),
        ("Screening is suggested for women who have no symptoms", Direction.FOR),
        ("Iron should be offered", Direction.FOR),
        ("We recommend against iron", Direction.AGAINST),
        ("Iron is not recommended", Direction.AGAINST),
        ("Iron should not be given", Direction.AGAINST),
        ("We do not suggest iron", Direction.AGAINST),
        ("Iron should not be stopped", None),
        ("We recommend stopping iron", None),
        ("Iron is suggested rather than zinc", None),
        ("Iron should be given only in trials", None),
        ("Iron may be given", None),
        ("Data suggest that iron helps", None),
        ("We recommend iron but suggest against zinc", None),
        ("We recommend iron, not zinc", None),
    ],
)
def test_the_direction_is_that_of_the_verbs_and_unknown_where_anything_turns_them_round(
    advice: str, direction: Direction | None
) -> None:
    [found] = read_grades(f"{advice} (strong recommendation, low-certainty evidence).")
    assert found.grade.direction is direction
    [found] = read_grades(f"{advice}. (strong recommendation, low-certainty evidence)")
    assert found.grade.direction is direction


def test_of_two_recommendations_in_one_sentence_each_has_its_own_direction() -> None:
    two = read_grades(
        "We recommend against iron (strong recommendation, low-certainty evidence) and suggest zinc (weak "
        "recommendation, low-certainty evidence)."
    )
    assert [each.grade.direction for each in two] == [Direction.AGAINST, Direction.FOR]


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("Do not combine the two drugs (Class I, Level B).", "esc"),
        ("It should not be stopped (Class 1, LOE A).", "acc-aha"),
        ("⇑⇑ Opioide sollen nicht gegeben werden.", "awmf"),
        ("Do not stop (grade A).", "uspstf"),
    ],
)
def test_a_value_for_beside_a_negation_gives_no_direction(text: str, system: str) -> None:
    [found] = read_grades(text, system=system)
    assert found.grade.direction is None


@pytest.mark.parametrize(
    "text",
    [
        "Level of evidence A: data from several randomised trials.",
        "Level 1 evidence: systematic reviews.",
        "Class I: evidence that the treatment is useful.",
        "High certainty: we are very confident.",
        "A strong recommendation means that most people want it.",
        "Certainty of evidence was low or moderate.",
        "It has four levels, also known as certainty in evidence: very low, low, moderate and high.",
        "This trial will provide level Ib evidence.",
        "Intense accelerations (Ia) were counted.",
        "Filtek was cured with an LED light (LED 550).",
        "Observations (level 1) nested within people (level 2) and clinics.",
        "Other work has long-term, high-quality, powered trials.",
        "There is high-quality evidence on recruitment.",
        "The volume is 4/3π(A/2)(B/2)(C/2).",
        "The number of tests was 43 (0–4).",
        "The Challenge (C-1) was done.",
        "Consider that half of them improved.",
        "Consider the following model.",
        "For details, refer to the secondary outcomes.",
    ],
)
def test_definitions_and_chance_likeness_are_read_in_no_system(text: str) -> None:
    assert [system for system in SYSTEMS if read_grades(text, system=system)] == []


@pytest.mark.parametrize(
    ("text", "level", "strength"),
    [
        ("Moderate-to-high certainty of evidence was found.", "moderate to high", None),
        ("The certainty of evidence was low to very low.", "low to very low", None),
        (
            "We recommend it (strong recommendation, moderate to high certainty of evidence).",
            "moderate to high",
            "strong",
        ),
    ],
)
def test_a_certainty_that_is_printed_as_a_range_is_read_as_one(text: str, level: str, strength: str | None) -> None:
    [found] = read_grades(text)
    assert (found.grade.system, found.grade.level, found.grade.strength) == ("grade", level, strength)


@pytest.mark.parametrize("verb", ["routinely offer", "consider", "refer", "advise", "always offer"])
def test_a_negative_of_nice_that_has_no_grade_is_not_read_as_its_positive(verb: str) -> None:
    for text in (
        f"Do not {verb} imaging.",
        f"If pain goes on, do not {verb} imaging.",
        f"For adults, do not {verb} it.",
    ):
        assert read_grades(text, system="nice") == ()


def test_signs_and_words_that_contradict_each_other_give_nothing() -> None:
    assert read_grades("Death ⊕⊕◯◯ HIGH") == ()
    assert read_grades("Death\t⊕⊕◯◯ HIGH", columns=("Outcome", "Certainty of the evidence")) == ()


def test_neighbouring_cells_are_one_grade_and_others_are_not() -> None:
    columns = ("Level of evidence", "Comment", "Grade of recommendation")
    apart = read_grades("1b\tsmall trial\tA", system="cebm-2009", columns=columns)
    assert [(each.grade.level, each.grade.grade) for each in apart] == [("1b", None), (None, "A")]
    [joined] = read_grades("1b\tA\tsmall trial", system="cebm-2009", columns=(columns[0], columns[2], columns[1]))
    assert (joined.grade.level, joined.grade.grade, joined.grade.printed) == ("1b", "A", "1b\tA")


def test_the_curated_corpus_is_never_contradicted() -> None:
    compared = 0
    for document in corpus():
        for span in document.statements:
            for typed, (start, end) in zip(span.statement.grades, span.grades, strict=True):
                read_here = read_grades(document.text[start:end], system=document.metadata.grading_system)
                assert len(read_here) <= 1
                for each in read_here:
                    compared += 1
                    for name in ("system", "level", "grade", "strength", "agreement"):
                        assert getattr(each.grade, name) == getattr(typed, name), (document.path, typed.printed)
                    assert each.grade.direction in (None, typed.direction), (document.path, typed.printed)
    assert compared >= 140


noise = st.text(st.sampled_from(list("0123456789.,;:%±=<>×·()[]{}/*|+ \n\t§$&#@!?~^'\"")), min_size=0, max_size=200)
pieces = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        "level Ia|grade A|strong|weak for|against|recommendation|low|certainty|quality of evidence|⊕⊕◯◯|COR|2a|LOE|"
        "B-NR|USPSTF|NICE|SIGN|1++|✓|⇑⇑|do not offer|consider|(|)|[|]|,|;|: |. |\n|\t|93 %|Empfehlungsgrad|"
        "EK|Class III|(1b)".split("|")
    ),
)
texts = st.lists(pieces, max_size=14).map(" ".join)
systems = st.one_of(st.none(), st.sampled_from(sorted(SYSTEMS)))


@given(texts, systems, st.lists(pieces, max_size=5))
def test_any_text_is_read_without_error_in_order_and_without_overlap(
    text: str, system: str | None, columns: list[str]
) -> None:
    found = read_grades(text, system=system, columns=columns)
    position = 0
    for each in found:
        assert position <= each.start < each.end
        assert text[each.start : each.end] == each.grade.printed
        assert faults(each.grade, KNOWN) == []
        position = each.end


@pytest.mark.parametrize("words", ["Consider. ", "Ia, ", "weak for; ", "⊕⊕⊕⊕ ", "( ", "certainty of the evidence for "])
def test_time_grows_no_faster_than_the_text(words: str) -> None:
    def seconds(length: int) -> float:
        text = words * (length // len(words))
        tries = []
        for _ in range(3):  # the quickest: a busy machine makes any single one slow
            started = process_time()
            read_grades(text, system="nice")
            tries.append(process_time() - started)
        return min(tries)

    seconds(1_000)  # a first run, so that caches are warm
    assert seconds(40_000) < 25 * max(seconds(5_000), 0.002)  # 8 times if linear, 64 times if quadratic


@given(noise)
def test_digits_and_noise_are_no_grade(text: str) -> None:
    assert read_grades(text) == ()


@given(st.lists(st.integers(1, 5000).map(str), max_size=12).map(", ".join), systems)
def test_numbers_in_brackets_are_references(numbers: str, system: str | None) -> None:
    assert read_grades(f"As was shown [{numbers}] and again ({numbers}).", system=system) == ()


@given(st.sampled_from([line for line in sample() if line["grades"] and not line["columns"]]), st.integers(1, 3))
def test_words_before_do_not_move_a_notation_out_of_place(line: Line, times: int) -> None:
    lead = "The trial enrolled 40 people in 2 arms.\n\n" * times
    alone = read_grades(line["text"], system=line["system"])
    for each in read_grades(lead + line["text"], system=line["system"]):
        assert (each.start - len(lead), each.end - len(lead), each.grade) in [(a.start, a.end, a.grade) for a in alone]
