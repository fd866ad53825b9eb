"""Tests of fmqa.danger.rows and fmqa.danger.data: the notation of rows, and files that are wrong."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.danger import data, rows, signs
from fmqa.danger.checks import Row, every_row
from fmqa.errors import BadCorpus

WORDS = st.lists(st.sampled_from(["yellow", "eye", "in", "both", "skin", "my"]), max_size=8).map(" ".join)


@given(WORDS, st.integers(0, 9))
def test_a_gap_allows_as_many_words_and_no_more(text: str, gap: int) -> None:
    between = [
        later - earlier - 1
        for earlier, one in enumerate(text.split())
        for later, other in enumerate(text.split())
        if one == "yellow" and other == "eye" and later > earlier
    ]
    found = rows.any_of([f"yellow <{gap}> eye"]).search(text) is not None
    assert found is any(words <= gap for words in between)


@given(WORDS, st.integers(0, 5))
def test_near_takes_either_order_within_its_gap(text: str, gap: int) -> None:
    words = text.split()
    apart = [
        abs(i - j) - 1 for i, one in enumerate(words) for j, other in enumerate(words) if {one, other} == {"skin", "my"}
    ]
    found = rows.near(["skin"], ["my"], gap).search(text) is not None
    assert found is any(between <= gap for between in apart)


@pytest.mark.parametrize(
    ("row", "text", "found"),
    [
        ("breath*", "breathing", True),
        ("breath*", "breath", True),
        ("breath*", "outbreath", False),
        ("(gone|went) blue", "it went blue", True),
        ("(gone|went) blue", "it goes blue", False),
        ("{opioid} <2> {opioid-blocker}", "zomorph with ldn", True),
        ("{opioid}", "naloxone", False),
        (r"(.)\w*zz", "fizz", True),
    ],
)
def test_rows_are_read_as_they_are_meant(row: str, text: str, found: bool) -> None:
    assert (rows.any_of([row]).search(text) is not None) is found


def test_a_list_that_there_is_none_of_is_an_error_that_names_it() -> None:
    with pytest.raises(BadCorpus, match="no list named nothing-such"):
        rows.any_of(["{nothing-such}"])


@pytest.mark.parametrize("row", [*every_row()], ids=str)
def test_every_row_is_an_expression_by_itself(row: Row) -> None:
    assert isinstance(rows.any_of([row.row]), re.Pattern)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id: RF-1\nsings: []\n", "sings"),
        ("id: RF-1\ntitle: [\n", "not readable as YAML"),
        ("id: danger\n", "id"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_fault(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "99-wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadCorpus, match=fault) as caught:
        data.load(path, signs.Danger)
    assert "99-wrong.yaml" in str(caught.value)
