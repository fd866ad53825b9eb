"""Of a table, the rows for just what is asked are quoted; where it has none, all stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.evidence.published import tables

ADULTS, FRAIL, CHILDREN = "Adults | 5 mg | 50 mg", "Frail adults | 1 mg | 10 mg", "Children | 2 mg | avoid"


@pytest.mark.parametrize(
    ("row", "about"),
    [
        ("Mild | Children | 2 mg | 8 mg", {"mild", "children"}),
        ("Region 37 | 40 mg | QTc above 477 ms", {"region", "37"}),
        ("Pregnancy | contraindicated", {"pregnanc"}),
        ("Creatinine | | above 90 µmol/L", {"creatinin"}),
    ],
)
def test_a_row_is_about_its_first_cell_and_those_before_the_first_value(row: str, about: set[str]) -> None:
    assert tables.key(row) == about


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("What is the starting dose in adults?", [ADULTS]),
        ("What is the starting dose in frail adults?", [FRAIL]),
        ("What is the dose in children?", [CHILDREN]),
        ("What is the starting dose?", [ADULTS, FRAIL, CHILDREN]),
        ("What is the dose in neonates?", [ADULTS, FRAIL, CHILDREN]),
    ],
)
def test_what_holds_for_others_is_left_out_where_a_row_is_on_what_is_asked(asked: str, kept: list[str]) -> None:
    rows = [ADULTS, FRAIL, CHILDREN]
    stays = tables.asked_for([("doses", row) for row in rows], asked)
    assert [row for row, stay in zip(rows, stays, strict=True) if stay] == kept


def test_a_row_speaks_for_its_own_table_alone_and_a_sentence_always_stays() -> None:
    quotations = [("doses", ADULTS), ("doses", CHILDREN), ("tests", CHILDREN), ("text", "Children get less.")]
    assert tables.asked_for(quotations, "Which dose do adults get?") == [True, False, True, True]


@given(st.lists(st.tuples(st.integers(0, 2), st.text("ab1 |", max_size=12)), max_size=8), st.text("ab1 ", max_size=12))
def test_no_table_is_left_without_a_row(rows: list[tuple[int, str]], asked: str) -> None:
    stays = tables.asked_for(rows, asked)
    assert len(stays) == len(rows)
    assert {table for table, _ in rows} == {table for (table, _), stay in zip(rows, stays, strict=True) if stay}
