"""What is asked next of a document as published stays with it, and is told only of whom and what was asked about."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.assistant import Assistant
from fmqa.building import build_index
from fmqa.settings import Settings
from fmqa.types import Answer

TODAY = datetime.date(2026, 11, 30)
FILES = {
    "velotin.md": """# Guideline on velotin for goose gout

## Small lumps

For lumps of goose gout < 3 cm, velotin tablets alone are suggested.

## Large lumps

For lumps of goose gout > 8 cm, surgery with velotin is suggested.

## How it is given

Give velotin 12 mg every morning with food.

## What was seen

Velotin causes itching in one of ten people, as its side effects go.

## Pregnancy

Velotin is contraindicated in the first trimester of pregnancy.
""",
    "mirobax.md": """# Mirobax in pelican cough: a trial

## How it was given

Mirobax 40 mg was given at night to 60 singers with pelican cough.

## What was seen

Mirobax made pelican cough shorter than placebo (mean difference 2 days, 95% CI 1 to 3).

Side effects of mirobax were headache and dry mouth.

Children with pelican cough were given mirobax 5 mg.

## References

Wynter A, Mussel B, Ryder C. Mirobax for pelican cough in choirs. J Made. 2021;4:1-9.
""",
    "olvatine.md": """# Use of olvatine in spring sneeze

Olvatine is recommended for spring sneeze in adults.

Take one tablet of 20 mg in the morning.

In people with an eGFR below 30 mL/min, halve the dose of olvatine.

Olvatine is contraindicated in the first trimester.

The side effects of olvatine are hiccups and itching.
""",
    "pair.md": """# Treatment of heron itch

Give albadol 10 mg twice daily when blisters spill.

Prazimal is added to albadol when blisters spill during surgery.
""",
    "lorin.md": """# Lorin and iron

Lorin can be taken safely by women who take 0.4 mg of fernic acid a day.

Lorin should not be taken together with fernic acid at a daily dose of 5 mg or more.
""",
}


@pytest.fixture(scope="module")
def assistant(make_small: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    settings = make_small(tmp_path_factory.mktemp("asked_on"))
    files = tmp_path_factory.mktemp("files")
    for name, content in FILES.items():
        (files / name).write_text(content, encoding="utf-8")
    ingestion.add(settings.corpus, [files], Given(), today=TODAY)
    build_index(settings)
    opened = Assistant.open(settings)
    yield opened
    opened.close()


def talk(assistant: Assistant, *questions: str) -> list[Answer]:
    answers: list[Answer] = []
    for question in questions:
        conversation = answers[-1].conversation_id if answers else None
        answers.append(assistant.ask(question, conversation_id=conversation))
    return answers


FIRST = {
    "velotin": "What is suggested for a lump of goose gout of 10 cm?",
    "mirobax": "Did mirobax make pelican cough shorter than placebo?",
}


@pytest.mark.parametrize("document", FIRST)
@pytest.mark.parametrize("then", ["what is the dose?", "what are the side effects?", "why?", "how was it given?"])
def test_a_question_without_a_subject_stays_with_the_document_that_answered(
    document: str, then: str, assistant: Assistant
) -> None:
    first, answer = talk(assistant, FIRST[document], then)
    assert first.sources[0].document_id == document
    assert {source.document_id for source in answer.sources} <= {document}


@pytest.mark.parametrize(
    ("document", "then", "words"),
    [
        ("velotin", "what is the dose?", "12 mg"),
        ("velotin", "and in pregnancy?", "contraindicated"),
        ("mirobax", "what is the dose?", "40 mg"),
        ("mirobax", "what are the side effects?", "dry mouth"),
        ("mirobax", "and in children?", "5 mg"),
    ],
)
def test_the_follow_up_is_answered_by_it(document: str, then: str, words: str, assistant: Assistant) -> None:
    answer = talk(assistant, FIRST[document], then)[-1]
    assert words in answer.statements[0].text


def test_the_question_is_shown_with_what_it_is_about(assistant: Assistant) -> None:
    shown = talk(assistant, FIRST["mirobax"], "what is the dose?")[-1].interpreted_question
    assert shown == "Mirobax, pelican cough: what is the dose?"


@pytest.mark.parametrize(
    ("document", "then"),
    [("velotin", "and in children?"), ("mirobax", "and in pregnancy?"), ("mirobax", "in liver failure?")],
)
def test_of_whom_a_document_says_nothing_nothing_is_said(document: str, then: str, assistant: Assistant) -> None:
    assert talk(assistant, FIRST[document], then)[-1].status.abstains


def test_a_follow_up_that_names_what_only_another_document_knows_goes_there(assistant: Assistant) -> None:
    answer = talk(assistant, FIRST["velotin"], "What is the dose of mirobax?")[-1]
    assert answer.sources[0].document_id == "mirobax"


@pytest.mark.parametrize(("size", "words"), [("10 cm", "surgery"), ("2 cm", "tablets alone")])
def test_what_holds_for_another_size_is_not_quoted(size: str, words: str, assistant: Assistant) -> None:
    answer = assistant.ask(f"What is suggested for a lump of goose gout of {size}?")
    assert words in answer.statements[0].text
    other = "tablets alone" if words == "surgery" else "surgery"
    assert not any(other in statement.text for statement in answer.statements)


def test_what_is_safe_with_a_tenth_of_a_dose_is_not_said_of_the_dose(assistant: Assistant) -> None:
    answer = assistant.ask("Can women who take 5 mg of fernic acid take lorin?")
    assert not any("safely" in statement.text for statement in answer.statements)
    assert "should not" in answer.statements[0].text


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the dose of olvatine?", "20 mg"),
        ("Is olvatine safe in pregnancy?", "first trimester"),
    ],
)
def test_a_dose_is_that_of_those_who_are_asked_about(question: str, words: str, assistant: Assistant) -> None:
    assert words in assistant.ask(question).statements[0].text


def test_the_dose_of_another_drug_is_not_that_of_the_one_asked_about(assistant: Assistant) -> None:
    answer = assistant.ask("What is the dose of prazimal when blisters spill during surgery?")
    assert not any("10 mg" in statement.text for statement in answer.statements)
    assert "10 mg" in assistant.ask("What is the dose of albadol when blisters spill?").statements[0].text


def test_a_list_of_references_is_not_quoted(assistant: Assistant) -> None:
    answer = assistant.ask("Did mirobax help pelican cough in choirs?")
    assert not any("Wynter" in statement.text for statement in answer.statements)
