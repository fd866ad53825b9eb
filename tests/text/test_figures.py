"""Numbers, units, comparators, negation and modality, as they stand in clinical sentences."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.text import figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start 150 mg/day in 2 doses", [("150", "mg/day", None), ("2", None, None)]),
        ("difference -0.34 (95 % CI -0.95 to 0.27)",
         [("-0.34", None, None), ("95", "%", None), ("-0.95", None, None), ("0.27", None, None)]),
        ("WPI ≥7 and SSS >= 5", [("7", None, "ge"), ("5", None, "ge")]),
        ("at least 7-10 days", [("7", "days", "ge"), ("10", "days", None)]),
        ("up to 450 mg/day", [("450", "mg/day", "le")]),
        ("1,000 people", [("1000", "people", None)]),
        ("1 to 5 mg", [("1", "mg", None), ("5", "mg", None)]),
        ("less than 60 mL/min", [("60", "ml/min", "lt")]),
    ],
)  # fmt: skip
def test_quantities_carry_sign_unit_and_comparator(
    text: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    found = [(q.value, q.unit, q.comparator) for q in figures.quantities(text)]
    assert found == [(Decimal(value), unit, comparator) for value, unit, comparator in expected]


def test_equal_masses_have_equal_keys() -> None:
    keys = [figures.quantities(text)[0].key for text in ("500 mg", "0.5 g", "500000 µg", "500000 μg")]
    assert len(set(keys)) == 1


@given(st.decimals(min_value=-1000, max_value=1000, places=2))
def test_a_printed_number_is_read_back(value: Decimal) -> None:
    assert figures.numbers(f"the result was {value} points") == {value: 1}


@given(st.text())
def test_quantities_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    end = 0
    for quantity in figures.quantities(text):
        assert end <= quantity.start < quantity.end <= len(text)
        end = quantity.end


@pytest.mark.parametrize("text", ["do not start", "never combine", "cannot be given", "it isn't approved", "isn’t"])
def test_negations_are_seen(text: str) -> None:
    assert figures.negations(text)


def test_modalities_tell_must_from_should_from_may() -> None:
    assert figures.modalities("must be opioid-free") == {"must"}
    assert figures.modalities("is recommended") == {"should"}
    assert figures.modalities("may be considered") == {"may"}


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = figures.normalised(text)
    assert figures.normalised(once) == once
