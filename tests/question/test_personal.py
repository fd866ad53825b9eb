"""Who asks what they themselves should take or change is told so in any wording; who asks about a medicine is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question import personal
from fmqa.types import Intent

CHANGES = ("take", "stop", "double", "halve", "skip", "raise", "start", "come off", "increase", "quit", "switch to")
PERSONAL = (
    "Can I double it?",
    "ok to take two tonight?",
    "should I just stop?",
    "Is it OK to skip my evening tablet?",
    "do i quit or give it longer",
    "My pain is awful, can my mum have one of my Lyrica?",
    "I missed a dose, take two today?",
    "Just stop cold turkey?",
    "I'm considering 6 mg, good idea?",
    "safe to double it?",
    "May I try hers?",
    "Would it be alright if I took half?",
    "I am 52 kg - which strength do I need?",
    "Would you stop it if you were me?",
    "How many days before the operation do I have to stop?",
)
GENERAL = (
    "What is the maximum dose of pregabalin?",
    "Can LDN be combined with tramadol?",
    "How should duloxetine be stopped?",
    "Do I have fibromyalgia?",
    "Is it true that LDN lowers cytokines?",
    "Can children have fibromyalgia?",
    "How much better can I expect to get with treatment?",
    "How long did the trials last?",
)


@pytest.mark.parametrize("question", PERSONAL)
def test_a_question_for_oneself_is_personal(question: str) -> None:
    assert personal.asks_for_self(question)


@pytest.mark.parametrize("question", GENERAL)
def test_a_question_about_a_medicine_is_not(question: str) -> None:
    assert not personal.asks_for_self(question)


@given(
    asked=st.sampled_from(("should", "can", "could", "may", "must", "do")),
    who=st.sampled_from(("I", "my mum", "my husband", "he", "she")),
    between=st.sampled_from(("", "just ", "now ", "really have to ", "safely ")),
    change=st.sampled_from(CHANGES),
    what=st.sampled_from(("it", "the tablets", "LDN", "Lyrica tonight", "this")),
)
def test_any_wish_to_change_ones_medicine_is_personal_and_about_taking_it(
    asked: str, who: str, between: str, change: str, what: str
) -> None:
    question = f"{asked} {who} {between}{change} {what}?"
    assert personal.asks_for_self(question)
    assert personal.on_regimen(question)
    assert personal.asks_for_self(question.upper())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Could I add duloxetine for this woman?", False),
        ("Can I start pregabalin in a patient on dialysis?", False),
        ("Can I take a history by phone?", False),
        ("Is this right for me?", True),
        ("I have fibromyalgia myself; give me a titration.", True),
        ("I'm on Lyrica. Should it be raised?", True),
        ("Can I skip tonight's capsule?", True),
    ],
)
def test_a_clinician_asks_for_patients_unless_their_own_illness_is_spoken_of(question: str, expected: bool) -> None:
    named = [
        question.index(name) for name in ("duloxetine", "pregabalin", "fibromyalgia", "Lyrica") if name in question
    ]
    assert personal.asks_for_self(question, clinician=True, named=named) is expected


def test_only_a_personal_question_about_taking_something_is_about_a_regimen() -> None:
    assert personal.asks_own_regimen("What now?", (Intent.DOSE,), personal=True)
    assert not personal.asks_own_regimen("What now?", (Intent.DOSE,), personal=False)
    assert not personal.asks_own_regimen("Is yoga right for me?", (Intent.GENERAL,), personal=True)
