"""Whom a question is about."""

import pytest

from fmqa.question import persons


def test_saying_what_one_takes_is_noticed() -> None:
    assert persons.says_taking("I take tramadol.")
    assert persons.says_taking("My patient is on methadone.")
    assert not persons.says_taking("What is tramadol?")


@pytest.mark.parametrize(
    "question",
    ["Can my 10 year old have it?", "a 15-year-old girl", "she is aged 12", "14 yo with pain", "my two-year-old"],
)
def test_an_age_under_eighteen_is_seen(question: str) -> None:
    assert persons.gives_age_of_child(question)


@pytest.mark.parametrize(
    "question",
    [
        "a 71 year old woman",
        "she is 18 years old",
        "an 110-year-old",
        "a 10-year-old trial",
        "4.5 mg",
        "12 weeks",
        "age 1990",
    ],
)
def test_another_age_or_number_is_no_child_s(question: str) -> None:
    assert not persons.gives_age_of_child(question)
