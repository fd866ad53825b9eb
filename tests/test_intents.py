"""What a question asks for, and the words by which it leans on earlier ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa import intents
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


def test_the_pronoun_of_a_tag_question_refers_to_nothing() -> None:
    assert intents.pronoun("Level Ia outranks weak for, doesn't it?") is None


@pytest.mark.parametrize("question", ["Is it safe?", "Which guideline covers this drug?", "Anything newer than those?"])
def test_a_pronoun_is_found(question: str) -> None:
    assert intents.pronoun(question) is not None


@pytest.mark.parametrize("question", ["People with this take what?", "Is it true that LDN helps?"])
def test_words_that_only_look_like_a_reference_are_left_alone(question: str) -> None:
    assert intents.pronoun(question) is None


@pytest.mark.parametrize(
    ("question", "subject"),
    [("and CBT?", "CBT"), ("What about milnacipran?", "milnacipran"), ("and in pregnancy?", "pregnancy")],
)
def test_an_elliptic_question_names_what_it_puts_in_place(question: str, subject: str) -> None:
    assert intents.is_elliptic(question)
    assert intents.substitution(question) == subject


def test_asking_for_oneself_is_personal_for_patients_and_not_for_clinicians() -> None:
    assert intents.is_personal("Can I take duloxetine?")
    assert not intents.is_personal("Could I add duloxetine for this woman?", clinician=True)
    assert intents.is_personal("Is this right for me?", clinician=True)


def test_saying_what_one_takes_is_noticed() -> None:
    assert intents.says_taking("I take tramadol.")
    assert intents.says_taking("My patient is on methadone.")
    assert not intents.says_taking("What is tramadol?")


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    span = intents.pronoun(text)
    assert span is None or 0 <= span[0] < span[1] <= len(text)
    assert set(intents.intents(text)) <= set(Intent)


@pytest.mark.parametrize(
    "question",
    ["Can my 10 year old have it?", "a 15-year-old girl", "she is aged 12", "14 yo with pain", "my two-year-old"],
)
def test_an_age_under_eighteen_is_seen(question: str) -> None:
    assert intents.gives_age_of_child(question)


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
    assert not intents.gives_age_of_child(question)
