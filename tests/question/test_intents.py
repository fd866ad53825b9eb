"""What a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question import intents
from fmqa.types import Intent


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is the label dose of pregabalin?", Intent.DOSE),
        ("How many mg do trials use?", Intent.DOSE),
        ("Does LDN beat placebo?", Intent.EFFICACY),
        ("What are the side effects of duloxetine?", Intent.SAFETY),
        ("Is it safe with tramadol?", Intent.INTERACTION),
        ("Could I add naltrexone to codeine?", Intent.INTERACTION),
        ("What does NICE recommend?", Intent.GUIDELINE_POSITION),
        ("What evidence level does EULAR give CBT?", Intent.GUIDELINE_POSITION),
        ("Is duloxetine better than pregabalin?", Intent.COMPARISON),
        ("How does naltrexone work?", Intent.MECHANISM),
        ("What should be monitored?", Intent.MONITORING),
        ("How long must opioids be stopped before?", Intent.DURATION),
        ("What are the 2016 criteria?", Intent.DIAGNOSIS),
        ("What does nociplastic mean?", Intent.DEFINITION),
    ],
)
def test_the_first_intent_is_what_the_question_asks_for(question: str, first: Intent) -> None:
    assert intents.intents(question)[0] is first


def test_low_dose_in_a_name_is_no_question_about_the_dose() -> None:
    assert Intent.DOSE not in intents.intents("Does low-dose naltrexone help?")


def test_a_question_without_cues_has_no_intent() -> None:
    assert intents.intents("and CBT?") == ()


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert set(intents.intents(text)) <= set(Intent)
