"""What no source has is said, and what one has is not said to be missing."""

import pytest

from fmqa.types import Status
from questions import Ask


@pytest.mark.parametrize("question", ["can i just stop ldn", "how is low-dose naltrexone tapered off?"])
def test_how_a_medicine_is_stopped_is_missing_where_it_is_told_only_of_an_operation(question: str, ask: Ask) -> None:
    (answer,) = ask(question)
    assert answer.status is Status.PARTIAL
    assert "say nothing on stopping low-dose naltrexone" in answer.text


@pytest.mark.parametrize("drug", ["pregabalin", "duloxetine", "milnacipran"])
def test_how_a_medicine_is_stopped_is_told_where_its_label_tells_it(drug: str, ask: Ask) -> None:
    (answer,) = ask(f"how is {drug} stopped?")
    assert "say nothing" not in answer.text


def test_what_is_taken_beside_is_missing_with_the_medicine_that_is_asked_about_not_with_the_person(ask: Ask) -> None:
    (answer,) = ask("my mum is 74 has fibro and takes warfarin, is duloxetine safe for her")
    assert "anticoagulants together with duloxetine" in answer.text
    assert "anticoagulants in older adults" not in answer.text


def test_one_half_of_a_question_is_answered_where_the_other_is_missing(ask: Ask) -> None:
    (answer,) = ask("what dose did the gabapentin trial use and how many patients were in it")
    assert answer.status is Status.PARTIAL
    assert "a dose of gabapentin" in answer.text
    assert "150" in answer.text


def test_a_member_of_a_class_is_said_to_be_missing_by_name(ask: Ask) -> None:
    *_, last = ask("whats gabapentin like for fibro", "and mirogabalin?")
    assert "mirogabalin by name" in last.text


@pytest.mark.parametrize(
    ("question", "gap"),
    [
        ("Who paid for the FINAL trial?", "who paid for it"),
        ("who funded INNOVA", "who paid for it"),
        ("can i drive on pregabalin", "driving"),
        ("I missed a dose of duloxetine, what now?", "a missed dose"),
        ("can i get disability money for fibro", "disability benefits"),
        ("lyrica how long till it works", "how soon it works"),
    ],
)
def test_what_the_vocabulary_knows_and_no_statement_tells_is_said_to_be_missing(
    question: str, gap: str, ask: Ask
) -> None:
    (answer,) = ask(question)
    assert answer.status.abstains or (answer.status is Status.PARTIAL and f"say nothing on {gap}" in answer.text)


def test_each_pair_of_three_that_no_source_speaks_of_is_said_to_be_missing(ask: Ask) -> None:
    (answer,) = ask("can I have wine with duloxetine and ibuprofen")
    assert answer.status is Status.PARTIAL
    assert "alcohol together with duloxetine" in answer.text
    assert "duloxetine together with NSAIDs" in answer.text


@pytest.mark.parametrize(
    "questions",
    [("what does AWMF say about cannabis",), ("what does AWMF say about amitriptyline", "cannabis same guideline?")],
)
def test_a_guideline_that_does_not_speak_of_what_is_asked_is_said_not_to(questions: tuple[str, ...], ask: Ask) -> None:
    answer = ask(*questions)[-1]
    assert answer.status is Status.PARTIAL
    assert "in German S3 guideline 2017" in answer.text


def test_what_is_said_of_older_adults_holds_for_a_man_of_that_age(ask: Ask) -> None:
    (answer,) = ask("is amitriptyline ok for a man of 78")
    assert "amitriptyline in men" not in answer.text
    assert answer.statements[0].id == "off-label-medicines#amitriptyline-older"


def test_what_is_known_of_a_drug_is_told_where_its_dose_is_missing(ask: Ask) -> None:
    *_, answer = ask("nabilone dose?", "and ketamine infusions")
    assert answer.status is Status.PARTIAL
    assert "a dose of ketamine" in answer.text
    assert answer.statements[0].id == "nice-ng193#no-ketamine"


@pytest.mark.parametrize(
    ("questions", "gap"),
    [
        (
            (
                "she takes duloxetine, tramadol, trazodone and sumatriptan. Which worries you most?",
                "She also takes lithium and ibuprofen; anything there with duloxetine?",
            ),
            "NSAIDs together with",
        ),
        (("Can I use Tonmya in someone already on sertraline and bupropion?",), "bupropion by name"),
    ],
)
def test_each_medicine_of_a_list_is_answered_or_said_to_be_missing(
    questions: tuple[str, ...], gap: str, ask: Ask
) -> None:
    answer = ask(*questions)[-1]
    assert answer.status is Status.PARTIAL
    assert gap in answer.text


def test_the_time_before_another_medicine_is_no_missing_word_on_stopping(ask: Ask) -> None:
    (answer,) = ask("How long after stopping duloxetine before an MAO inhibitor?")
    assert answer.status is Status.ANSWERED
    assert "say nothing on" not in answer.text


def test_what_some_statement_tells_is_never_said_to_be_missing_everywhere(ask: Ask) -> None:
    for question in ("Does pregabalin cause falls?", "Is duloxetine addictive?", "weight gain on lyrica?"):
        assert "say nothing on" not in ask(question)[0].text, question
