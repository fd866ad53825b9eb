"""Statements that hold for a range of a measured value: the one for the value that is given is told, no other."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.evidence.rules.bands import Band, band_of
from fmqa.types import Status
from questions import Ask

BANDS = {"pregabalin-label#renal-60", "pregabalin-label#renal-30-60", "pregabalin-label#renal-15-30"} | {
    "pregabalin-label#renal-under-15"
}


@pytest.mark.parametrize(
    ("question", "band"),
    [
        ("pregabalin dose eGFR 50", "renal-30-60"),
        ("pregabalin dose eGFR 50, 72 yr old", "renal-30-60"),
        ("What dose of pregabalin with a creatinine clearance of 25 mL/min?", "renal-15-30"),
        ("Is Lyrica safe with kidney function at 38?", "renal-30-60"),
        ("pregabalin, CrCl 9, fibromyalgia", "renal-under-15"),
        ("CrCl is 85, which dose of pregabalin?", "renal-60"),
    ],
)
def test_the_dose_for_the_given_clearance_comes_first_and_that_for_another_is_not_told(
    question: str, band: str, ask: Ask
) -> None:
    (answer,) = ask(question)
    told = [statement.id for statement in answer.every_statement]
    assert told[0] == f"pregabalin-label#{band}"
    assert BANDS & set(told) == {f"pregabalin-label#{band}"}


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("milnacipran max daily dose if eGFR <30?", "milnacipran-label#renal"),
        ("pregabalin with egfr under 30", "pregabalin-label#renal-15-30"),
        ("pregabalin dose, clearance below 60", "pregabalin-label#renal-30-60"),
        ("my kidney number is 28, how much lyrica is allowed", "pregabalin-label#renal-15-30"),
    ],
)
def test_a_limit_is_no_value_of_the_range_beyond_it(question: str, first: str, ask: Ask) -> None:
    (answer,) = ask(question)
    assert answer.statements[0].id == first
    assert "200 mg/day" not in answer.text


def test_another_state_takes_the_place_of_a_value_that_was_given_before(ask: Ask) -> None:
    *_, last = ask("Pregabalin dose in fibro with CrCl 38?", "and on haemodialysis?")
    assert not BANDS & {statement.id for statement in last.every_statement}
    assert "haemodialysis" in last.text


def test_a_value_that_is_given_later_is_that_of_the_group_spoken_of(ask: Ask) -> None:
    *_, last = ask("Can I take pregabalin with bad kidneys?", "the result was 41")
    assert last.statements[0].id == "pregabalin-label#renal-30-60"


@pytest.mark.parametrize("question", ["pregabalin dose", "how much lyrica for fibro?"])
def test_what_holds_for_one_range_is_not_told_where_nobody_asked_for_the_group(question: str, ask: Ask) -> None:
    (answer,) = ask(question)
    assert not BANDS & {statement.id for statement in answer.every_statement}


def test_what_is_said_of_the_state_by_its_name_comes_before_what_holds_for_every_value(ask: Ask) -> None:
    *_, last = ask("pregabalin dose", "haemodialysis?")
    assert last.statements[0].id == "pregabalin-label#dialysis"


def test_a_value_from_before_does_not_answer_another_question(ask: Ask) -> None:
    *_, last = ask("pregabalin dose egfr 25", "can i just stop it")
    assert last.statements[0].id == "pregabalin-label#stopping"


def test_a_value_that_a_statement_fits_makes_its_answer_sure(ask: Ask) -> None:
    (answer,) = ask("eGFR 38 on pregabalin 300/d, ok?")
    assert answer.status is Status.ANSWERED
    assert answer.statements[0].id == "pregabalin-label#renal-30-60"


@pytest.mark.parametrize(
    "question", ["68M, CKD 4. dose pregabalin?", "pregabalin stage 3 CKD", "renal dosing of pregabalin"]
)
def test_without_a_value_what_holds_for_all_of_them_comes_first(question: str, ask: Ask) -> None:
    (answer,) = ask(question)
    assert answer.status is Status.ANSWERED
    assert answer.statements[0].id not in BANDS
    assert "kidney" in answer.statements[0].text or "clearance" in answer.statements[0].text


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 250))
def test_a_range_holds_what_lies_between_its_ends(one: int, other: int, value: int) -> None:
    low, high = sorted((one, other))
    assert band_of(f"From {low}-{high} mL/min the dose is halved.") == Band(Decimal(low), Decimal(high))
    assert Band(Decimal(low), Decimal(high)).holds(Decimal(value)) is (low <= value <= high)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("Avoid it when GFR is <30 mL/min.", Band(None, Decimal(30))),
        ("It keeps the dose at a clearance ≥60 mL/min.", Band(Decimal(60), None)),
        ("The dose is 30-60 mg.", None),
        ("At 30-60 and <15 mL/min it is lower.", None),
    ],
)
def test_limits_and_ranges_are_read_and_several_are_none(text: str, band: Band | None) -> None:
    assert band_of(text) == band


@pytest.mark.parametrize(
    ("question", "age"),
    [
        ("Mum's 79 with fibromyalgia. What do they usually try first at that age?", "older"),
        ("what comes first for a girl of 14 with fibromyalgia?", "juvenile"),
    ],
)
def test_what_holds_for_another_age_is_not_told(question: str, age: str, ask: Ask) -> None:
    (answer,) = ask(question)
    told = [each.id for each in answer.statements if each.id.startswith("special-populations#")]
    assert told
    assert all(name.startswith(f"special-populations#{age}") for name in told)


def test_a_treatment_that_was_given_up_is_not_the_one_that_is_asked_about(ask: Ask) -> None:
    *_, answer = ask("does LDN work", "would you offer it to somebody who failed duloxetine and amitriptyline?")
    assert not any("serotonin" in statement.text for statement in answer.statements)
    (other,) = ask("I tried duloxetine. Is it any good?")
    assert "duloxetine" in other.statements[0].text


def test_another_disease_beside_the_subject_is_not_out_of_scope(ask: Ask) -> None:
    *_, answer = ask("tender points?", "could it be lupus instead")
    assert answer.status is not Status.OUT_OF_SCOPE
