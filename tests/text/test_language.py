"""A message in another language is told from English that uses a foreign word, and none of the labelled ones is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.text.language import is_foreign

EVAL = Path(__file__).parents[2] / "eval"


@pytest.mark.parametrize(
    "message",
    [
        "wie viel kostet das",
        "Quels sont les effets secondaires de la duloxétine ?",
        "¿Puedo tomar duloxetina con alcohol?",
        "Posso prendere duloxetina con la naltrexone?",
        "posso tomar naltrexona com tramadol?",
        "hoeveel kost het",
        "czy mogę brać duloksetynę",
        "bu ilaç ne kadar",
        "線維筋痛症にデュロキセチンは効きますか",
        "هل يساعد الباراسيتامول",
        "Помогает ли дулоксетин?",
    ],
)
def test_another_language_is_told(message: str) -> None:
    assert is_foreign(message)
    assert is_foreign(message.upper())


@pytest.mark.parametrize(
    "message",
    [
        "duloxetine",
        "LDN vs SNRI, NNT?",
        "Is de Quervain's worse with pregabalin?",
        "max dose en route to hospital",
        "does it die off?",
        "5 µg or β-blocker?",
        "α",
        "a",
        "",
    ],
)
def test_english_with_foreign_words_or_letters_is_not(message: str) -> None:
    assert not is_foreign(message)


def test_no_labelled_question_is_taken_for_foreign() -> None:
    paths = (*EVAL.glob("everyday/*.jsonl"), *EVAL.glob("topics/*/*.jsonl"))
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    questions = [row["question"] for row in rows if isinstance(row.get("question"), str)]
    assert len(questions) > 300
    assert [question for question in questions if is_foreign(question)] == []


@given(st.text(max_size=200))
def test_any_text_is_one_or_the_other(message: str) -> None:
    assert is_foreign(message) in (True, False)
