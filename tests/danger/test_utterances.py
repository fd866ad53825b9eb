"""Tests of fmqa.danger.utterances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.danger.rows import any_of
from fmqa.danger.utterances import Weight, read, says
from fmqa.text.spelling import Speller

SPELLER = Speller(["breathing"])


def weights(message: str) -> list[Weight]:
    return [segment.weight for segment in read(message, SPELLER).segments]


@pytest.mark.parametrize(
    "message",
    [
        "I have chest pain",
        "my patient is febrile",
        "she can't breathe",
        "took eight tablets at once",
        "64F with clonus",
        "Is it normal that my lips are swelling?",
        "could this be serotonin syndrome",
    ],
)
def test_what_happens_to_a_person_now_is_a_report(message: str) -> None:
    assert Weight.REPORT in weights(message)


@pytest.mark.parametrize(
    "message",
    [
        "What are the symptoms of serotonin syndrome?",
        "If I get chest pain",
        "Can my skin turn yellow on duloxetine?",
        "My patient had syncope in 2015",
        "Is there a risk of fainting for me?",
        "Do patients faint?",
        "How common is jaundice?",
    ],
)
def test_questions_suppositions_and_the_past_report_nothing(message: str) -> None:
    assert set(weights(message)) == {Weight.NOTHING}


def test_a_supposition_about_a_person_is_marked() -> None:
    assert [s.supposed for s in read("what if my son swallowed one", SPELLER).segments][-1]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("I have chest pain", True),
        ("I have no chest pain", False),
        ("she denies fever, chest pain and cough", False),
        ("no fever, rash or chest pain in my patient", False),
        ("I don't sleep and have chest pain", True),
        ("never had chest pain like this", True),
        ("I never had chest pain", False),
        ("my patient is without fever but has chest pain", True),
    ],
)
def test_denial_is_told_from_report(message: str, said: bool) -> None:
    pattern = any_of(["chest pain"])
    assert any(says(segment, pattern) for segment in read(message, SPELLER).segments) is said


@given(st.text(max_size=200))
def test_any_text_can_be_read(message: str) -> None:
    for segment in read(message, SPELLER).segments:
        assert segment.text == " ".join(segment.text.split())
