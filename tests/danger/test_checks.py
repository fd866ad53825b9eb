"""Tests of fmqa.danger.checks and fmqa.danger.signs: the data of dangers as shipped, and data that are wrong."""

import re

import pytest

from fmqa.danger import checks, signs
from fmqa.danger.signs import AnyOf, Danger, Sign, dangers, first

EXAMPLES = [(danger, sign, message) for danger in dangers().values() for sign in danger.signs for message in sign.yes]


@pytest.mark.parametrize("fault", [*checks.faults(), None])
def test_the_data_as_shipped_have_no_fault(fault: str | None) -> None:
    assert fault is None


@pytest.mark.parametrize(("danger", "sign", "message"), EXAMPLES, ids=[message for _, _, message in EXAMPLES])
def test_every_example_is_an_emergency(danger: Danger, sign: Sign, message: str) -> None:
    assert signs.fires(sign, danger, message)
    assert first(message) is not None


def test_every_danger_has_signs_but_the_general_one_which_comes_last() -> None:
    assert [danger.id for danger in dangers().values() if not danger.signs] == [signs.GENERAL]
    assert [*dangers()][-1] == signs.GENERAL


def test_every_danger_says_where_it_is_from() -> None:
    assert not [
        danger.id for danger in dangers().values() if not re.search(r"label|information|knowledge", danger.source)
    ]


def test_faults_of_a_danger_are_named() -> None:
    some = dangers()["RF-17"]
    sign = some.signs[0].model_copy(
        update={"all": (AnyOf(any=("jaw pain", "never said by anybody")),), "yes": ("I am well",)}
    )
    wrong = some.model_copy(update={"signs": (sign,), "no": ("I have jaw pain",), "look_alikes": (), "hints": ("jaw",)})
    faults = "\n".join(checks.faults_of([wrong], ["I have jaw pain"]))
    assert "never said by anybody': no example" in faults
    assert "not found in its example 'I am well'" in faults
    assert "found in 'I have jaw pain', where it must not be" in faults


def test_halves_of_an_expression_are_no_rows_though_together_they_compile() -> None:
    some = dangers()["RF-17"]
    sign = some.signs[0].model_copy(update={"all": (AnyOf(any=("jaw (pain", "ache)")),), "yes": ("jaw pain",)})
    wrong = some.model_copy(update={"signs": (sign,), "look_alikes": (), "hints": ("jaw",), "no": ("nothing",)})
    faults = "\n".join(checks.faults_of([wrong], ["jaw pain"]))
    assert faults.count("no expression by itself") == 2
