"""Whom a question is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question import persons


def test_saying_what_one_takes_is_noticed() -> None:
    assert persons.says_taking("I take tramadol.")
    assert persons.says_taking("My patient is on methadone.")
    assert not persons.says_taking("What is tramadol?")


AGES = {"children": "<18", "older-adults": ">=65"}


@pytest.mark.parametrize(
    "question",
    [
        "Can my 10 year old have it?",
        "a 15-year-old girl",
        "she is aged 12",
        "14 yo with pain",
        "my two-year-old",
        "my seventeen year old",
        "an infant aged 6 months",
        "an 11-month-old",
    ],
)
def test_an_age_under_eighteen_is_seen(question: str) -> None:
    assert persons.populations_of_age(question, AGES) == ("children",)


@pytest.mark.parametrize(
    "question", ["I'm 74 though", "78-year-old?", "a man aged 81", "if older than 65", "she is 90"]
)
def test_an_age_of_sixty_five_or_more_is_seen(question: str) -> None:
    assert persons.populations_of_age(question, AGES) == ("older-adults",)


@pytest.mark.parametrize(
    "question",
    [
        "a 34 year old woman",
        "she is 18 years old",
        "a 10-year-old trial",
        "4.5 mg",
        "over 70 mg",
        "12 weeks",
        "she is 9 weeks in",
        "age 1990",
        "74 % of women",
    ],
)
def test_another_age_or_number_is_neither(question: str) -> None:
    assert persons.populations_of_age(question, AGES) == ()


@given(age=st.integers(1, 119), bound=st.integers(1, 110), below=st.booleans())
def test_an_age_is_compared_with_the_bound_that_the_pack_gives(age: int, bound: int, below: bool) -> None:
    ages = {"group": f"{'<' if below else '>='}{bound}"}
    belongs = age < bound if below else age >= bound
    assert persons.populations_of_age(f"my {age}-year-old neighbour", ages) == (("group",) if belongs else ())
