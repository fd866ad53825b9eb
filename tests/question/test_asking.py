"""What the wording of a question asks for, read once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question.asking import asks


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("What is the maximum dose?", {"number"}),
        ("What is the half-life?", {"number"}),
        ("How many people were in the trial?", {"number"}),
        ("What level of evidence is that?", {"grade"}),
        ("Is it approved?", {"yes_no"}),
        ("so it is approved, right?", {"yes_no"}),
        ("safe in pregnancy?", {"yes_no"}),
        ("Why do the two reviews differ?", {"reason"}),
        ("Which drugs interact with it?", {"listing"}),
        ("Is exercise better than tablets?", {"comparison", "result"}),
        ("And the 95% CI?", {"number", "statistics"}),
        ("Does it reduce pain?", {"yes_no", "result"}),
        ("Tell me about sleep.", set()),
    ],
)
def test_each_wording_asks_for_what_it_says(question: str, wanted: set[str]) -> None:
    found = asks(question, own_regimen=False)
    flags = {name for name, value in found.model_dump().items() if value is True or (name == "statistics" and value)}
    assert flags == wanted


def test_numbers_words_and_sections_are_kept_for_later_stages() -> None:
    found = asks("How is pneumonia treated at 65 years?", own_regimen=False)
    assert found.words == ("pneumonia", "treated", "65")
    assert [int(number) for number in found.numbers] == [65]
    assert found.sections == {"treatment": ("treated",)}


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert asks(text, own_regimen=True).own_regimen
