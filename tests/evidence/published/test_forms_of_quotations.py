"""A quotation says by its form that it gives a dose, bears a grade or forbids."""

import pytest

from fmqa.evidence.published import forms
from fmqa.evidence.published.quotable import is_reference
from fmqa.question.asking import asks
from fmqa.types import Intent, Query


def asked(text: str) -> forms.Forms:
    found = asks(text, own_regimen=False)
    return forms.asked_for(Query(text=text, intents=(Intent.GENERAL,), asks=found), found.words)


@pytest.mark.parametrize(
    ("question", "text", "graded", "said"),
    [
        ("What is the dose of morane?", "Give 5 mg of morane at night.", False, True),
        ("What dosage of morane?", "½ tablet of morane is enough.", False, True),
        ("What is the dose of morane?", "Morane was given to 60 adults.", False, False),
        ("How strong is the recommendation?", "Morane is suggested.", True, True),
        ("How strong is the recommendation?", "Morane is suggested.", False, False),
        ("When must morane not be given?", "Morane is contraindicated in gout.", False, True),
        ("In whom should it be avoided?", "Not to be used in: Gout.", False, True),
        ("When must morane not be given?", "Morane is given in gout.", False, False),
        ("Does morane help?", "Morane helps.", False, True),  # nothing is asked for by its form
    ],
)
def test_what_is_asked_for_is_said_by_the_form(question: str, text: str, graded: bool, said: bool) -> None:
    assert asked(question).all_said(text, graded=graded) == said


@pytest.mark.parametrize(
    "entry",
    [
        "Wynter A, Mussel B, Ryder C. Tablets for cough. J Made. 2021;4:1-9.",
        "15. Watts DH. Risk in pregnancy. Made Rep. 2021;4:1. doi:10.5555/1",
        "[3] Made Group et al. A report (https://example.org, accessed 1 April 2025).",
    ],
)
def test_an_entry_of_a_list_of_references_is_told(entry: str) -> None:
    assert is_reference(entry, ("References",))
    assert is_reference(entry, ()) or entry.startswith("[3]")


@pytest.mark.parametrize(
    "sentence",
    [
        "Vitamin D was given in 2021.",
        "Hepatitis B, C and D were looked for in 60 adults (2019;4 centres).",
        "In 2021 A and B were compared.",
    ],
)
def test_a_sentence_is_no_entry(sentence: str) -> None:
    assert not is_reference(sentence, ("Results",))
