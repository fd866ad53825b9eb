"""The line as a whole: what each stage may look at."""

import sys
from pathlib import Path

import pytest

import fmqa
from fmqa.assistant import Assistant
from fmqa.types import Audience, Query, Status
from questions import ARTICLE, COMBINED, GUIDELINES, READ_THE_TEXT, Ask

SOURCE = Path(fmqa.__file__).parent


def test_no_stage_reads_the_words_of_a_question_again(ask_anew: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under whatever name a stage holds the query: whoever reads its text while questions are answered is noted."""
    readers: set[str] = set()

    def read(query: Query) -> str:
        frame = sys._getframe(1)
        path = Path(frame.f_code.co_filename)
        if SOURCE in path.parents:
            function = frame.f_code.co_qualname.split(".<locals>")[0].split(".")[-1]
            readers.add(f"{path.relative_to(SOURCE).as_posix()}:{function}")
        return str(query.__dict__["text"])

    monkeypatch.setattr(Query, "text", property(read), raising=False)
    ask_anew("Does LDN reduce pain in fibromyalgia?", "and sleep?", "What grade does EULAR give it?", "shorter, please")
    ask_anew(
        "naltrexone for pain?", "My chest hurts and my arm is numb", "Is it safe with wine?", audience=Audience.PATIENT
    )
    for question in (*GUIDELINES, *ARTICLE, *COMBINED, "Who won the cup?", "Compare duloxetine and pregabalin"):
        ask_anew(question)
    outside = {reader for reader in readers if not reader.startswith("question/")}
    assert outside <= set(READ_THE_TEXT)
    assert len(outside) > 4


def test_of_two_questions_in_one_the_silent_one_is_named(ask: Ask) -> None:
    (given,) = ask("which kind of exercise, how many minutes per week")
    assert given.status is Status.PARTIAL
    assert "These sources say nothing on “how many minutes per week”." in given.text
    assert "exercise" in given.statements[0].text


def test_two_questions_on_another_treatment_are_no_part_of_the_comparison_before(ask: Ask) -> None:
    *_, given = ask("compare duloxetine and pregabalin", "which kind of exercise, how many minutes per week")
    assert given.status is Status.PARTIAL
    assert "These sources say nothing on “how many minutes per week”." in given.text
    assert "duloxetine" not in given.text


def test_what_is_new_since_a_year_is_told_newest_first_and_nothing_older(ask: Ask, assistant: Assistant) -> None:
    given, none = (ask(question)[0] for question in ("what's new since 2023?", "any new trials since 2090?"))
    held = assistant.library.catalogue.by_id
    years = [held[statement.id].document.year or 0 for statement in given.statements]
    assert min(years) >= 2023
    assert years == sorted(years, reverse=True)
    assert max(years) > 2023
    assert none.status.abstains
    assert "no document here of 2090 or later" in none.text


def test_how_long_an_opioid_is_stopped_is_answered_after_the_warning(ask: Ask) -> None:
    given = ask("Is LDN worth trying?", "She is on tramadol at the moment", "how long does it need to be stopped")
    assert "Do not combine" in given[1].statements[0].text
    assert any("7-10 days" in statement.text for statement in given[2].statements)


def test_a_section_of_the_article_is_told_by_its_heading(ask: Ask, assistant: Assistant) -> None:
    (given,) = ask("what is the treatment algorithm?", max_words=1000)
    article = assistant.index.document("naltrexone-first-line-fibromyalgia")
    inside = {s.statement for s in article.sections if s.statement and s.headings[-1] == "Treatment algorithm"}
    assert {statement.id.partition("#")[2] for statement in given.statements} == inside


def test_a_heading_of_one_word_is_told_where_it_has_no_answer_as_a_question(ask: Ask) -> None:
    (given,) = ask("caveats")
    assert given.status is Status.ANSWERED
    assert all(statement.id.startswith("naltrexone-first-line-fibromyalgia#") for statement in given.every_statement)


def test_a_refusal_of_a_personal_dose_is_no_first_line_for_a_general_question(ask: Ask) -> None:
    (given,) = ask("starting dose of LDN")
    assert "No dose of LDN is established" in given.statements[0].text
