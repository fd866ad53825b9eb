"""Texts as blocks and runs: what is marked, cited and graded is exactly what stands there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.assistant import Assistant
from fmqa.danger import emergencies
from fmqa.grades.systems import known
from fmqa.types import Audience, Status
from fmqa.web import markup, views
from questions import Ask
from samples import DOCUMENT, SENTENCE, TEXT, answer


@given(st.data())
def test_the_marked_runs_are_the_cited_characters(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT) - 1))
    end = data.draw(st.integers(start + 1, len(TEXT)))
    blocks = markup.document_blocks(DOCUMENT, (start, end))
    marked = "".join(run.text for block in blocks for run in block.runs if run.marked)
    assert marked == TEXT[start:end].replace("\n\n", "").replace("\n", "")
    assert "".join(block.text for block in blocks) == TEXT.replace("\n\n", "")


def test_every_document_of_the_corpus_keeps_its_words_and_its_grades(assistant: Assistant) -> None:
    grades = 0
    for document_id in assistant.index.document_ids:
        document = assistant.index.document(document_id)
        blocks = markup.document_blocks(document, None, known(assistant.index.vocabulary.grading))
        title = document.metadata.title
        whole = "\n\n".join(block.text for block in blocks)
        assert whole == document.text.removeprefix(title).lstrip("\n") or whole == document.text
        shown = [run for block in blocks for run in block.runs if run.grade]
        assert {run.text.strip("[]") for run in shown if run.grade} == {
            grade.printed for span in document.statements for grade in span.statement.grades
        }
        grades += len(shown)
        ids = [block.id for block in blocks if block.id]
        assert len(ids) == len(set(ids))
    assert grades > 100


def test_an_answer_keeps_its_words_and_explains_its_grades(ask: Ask) -> None:
    (given,) = ask("What evidence level does EULAR give exercise?")
    blocks = markup.answer_blocks(given)
    words = "".join(run.text for block in blocks for run in block.runs)
    cited = [source.n for block in blocks for run in block.runs for source in run.citations]
    assert cited == [int(n) for n in re.findall(r"\[(\d+)\]", given.text)]
    assert {"EULAR 2017", "EULAR 2008"} <= {given.sources[n - 1].short_title for n in cited}  # both editions
    assert words.split() == re.sub(r"\*\*|^- |\[\d+\]", "", given.text, flags=re.MULTILINE).split()
    explained = [run for block in blocks for run in block.runs if run.grade]
    assert explained[0].text == "level Ia, grade A, strong for, 100 % agreement"
    assert explained[0].bold


def test_choices_are_left_to_buttons() -> None:
    asked_back = answer(status=Status.NEEDS_CLARIFICATION)
    asked_back = asked_back.model_copy(update={"text": "Which one?\n\n- Naltrexone 50 mg?\n- Low-dose naltrexone?"})
    assert [block.text for block in markup.answer_blocks(asked_back)] == ["Which one?"]


def test_a_citation_leads_to_the_anchor_in_the_text_that_it_was_made_for() -> None:
    anchor = answer().sources[0].anchor
    address = markup.citation_link(anchor)
    assert address.startswith(f"/documents/eular-2017?start=0&end={len(SENTENCE)}&text={DOCUMENT.sha256[:12]}")
    assert address.endswith("#cite")


def test_what_is_seen_at_once_is_a_line_and_three_items_and_nothing_is_lost() -> None:
    made = answer().model_copy(update={"text": "First. [1]\n\n" + "\n".join(f"- item {n} [1]" for n in range(5))})
    shown, later = markup.screenful(made)
    assert [block.kind for block in shown] == ["paragraph", *["item"] * markup.FEW]
    assert [*shown, *later] == list(markup.answer_blocks(made))


def test_print_has_the_sources_of_what_it_shows_and_of_nothing_that_waits_behind_it(ask: Ask) -> None:
    (given,) = ask("Compare duloxetine and pregabalin")
    shown = (*given.statements, *(given.table.statements if given.table else ()))
    printed = markup.cited_in_print(given)
    assert {n for statement in shown for n in statement.citations} <= printed
    behind = {n for statement in given.more for n in statement.citations} - {n for s in shown for n in s.citations}
    noted = {n for notice in given.notices for n in notice.citations}
    assert behind - noted
    assert not (behind - noted) & printed


def test_an_emergency_is_seen_whole_a_step_a_line_with_its_numbers() -> None:
    urgent = answer(status=Status.NOT_IN_CORPUS).model_copy(
        update={
            "status": Status.URGENT,
            "text": "**Urgent: x**\n\nCall 988 or 112 now. Stay with them. Do not wait. Tell the doctor."
            "\n\nGive 300 mg. [1]",
            "sources": answer().sources,
        }
    )
    shown, later = markup.screenful(urgent)
    assert [block.text for block in shown if block.kind == "item"] == [
        "Call 988 or 112 now.",
        "Stay with them.",
        "Do not wait.",
        "Tell the doctor.",
    ]
    assert later == []
    assert markup.emergency_numbers(urgent) == ("988", "112")  # and no number of what is cited
    assert markup.emergency_numbers(answer()) == ()
    page = views.fragment("body", answer=urgent)
    assert page.index('href="tel:988"') < page.index("Stay with them")


@pytest.mark.parametrize("danger", sorted(emergencies.emergencies()), ids=str)
def test_the_numbers_of_every_emergency_are_those_of_emergency_lines(danger: str) -> None:
    told = emergencies.emergencies()[danger]
    for words in (told.patient, told.clinician):
        made = answer(status=Status.NOT_IN_CORPUS).model_copy(
            update={"status": Status.URGENT, "text": f"**{told.title}**\n\n{words}"}
        )
        assert set(markup.emergency_numbers(made)) <= {"112", "911", "988", "999"}


def test_a_passage_is_found_in_its_document(ask: Ask, assistant: Assistant) -> None:
    (given,) = ask("How do I repair a bicycle tyre?")
    assert given.related
    for near in given.related:
        found = re.fullmatch(r"/documents/([^?]+)\?start=(\d+)&end=(\d+)#cite", markup.passage_link(near.passage_id))
        assert found
        text = assistant.index.document(found[1]).text
        assert near.quote in text[int(found[2]) : int(found[3])]


def test_words_around_a_quotation_are_whole(ask: Ask) -> None:
    (given,) = ask("How well does low-dose naltrexone work for fibromyalgia pain?")
    for source in given.sources:
        before, after = markup.around(source.anchor)
        assert before.removeprefix("…").strip() in source.anchor.quote.prefix
        assert after.removesuffix("…").strip() in source.anchor.quote.suffix


def test_the_words_of_others_are_shown_as_they_stand_and_cite_nothing() -> None:
    made = answer().model_copy(update={"text": r"Pain fell in 12 adults \[24\] (p \<0.01). [1]"})
    runs = [run for block in markup.answer_blocks(made) for run in block.runs]
    assert "".join(run.text for run in runs).strip() == "Pain fell in 12 adults [24] (p <0.01)."
    assert [source.n for run in runs for source in run.citations] == [1]


def test_further_words_of_others_are_shown_as_they_stand_and_their_numbers_cite_nothing() -> None:
    made = answer()
    words = "Pain fell in 12 adults [24]; **bold** claims did not."
    made = made.model_copy(update={"more": (made.statements[0].model_copy(update={"text": words}),)})
    (block,) = markup.more_runs(made)
    assert block.runs[0].text.strip() == words
    assert [source.n for run in block.runs for source in run.citations] == list(made.statements[0].citations)


@pytest.mark.parametrize("audience", list(Audience))
def test_a_cell_shows_its_grade_beside_its_words_and_only_to_a_clinician(ask: Ask, audience: Audience) -> None:
    (compared,) = ask("Compare duloxetine and pregabalin", audience=audience)
    assert compared.table is not None
    cells = [cell for row in compared.table.rows for cell in row.cells]
    blocks = [block for _, row in markup.table_rows(compared) for block in row]
    graded = 0
    for cell, block in zip(cells, blocks, strict=True):
        assert (cell is None) == (block is None)
        if cell is None or block is None:
            continue
        assert block.runs[0].text.strip() == cell.text
        shown = [run.text for run in block.runs if run.grade]
        stated = [grade.grade.printed for grade in cell.grades if grade.grade.is_stated]
        assert shown == (stated if audience is Audience.CLINICIAN else [])
        graded += len(stated)
    assert graded


def test_a_grade_is_marked_as_whole_words_only() -> None:
    made = answer()
    grade = made.statements[0].grades[0]
    consider = grade.model_copy(update={"grade": grade.grade.model_copy(update={"printed": "consider", "level": None})})
    statement = made.statements[0].model_copy(update={"grades": (consider,)})
    for text, marked in (("It can be considered. [1]", False), ("They consider it; reconsidered: consider. [1]", True)):
        shown = made.model_copy(update={"statements": (statement,), "text": text})
        (block,) = markup.answer_blocks(shown)
        places = [sum(len(r.text) for r in block.runs[:i]) for i, run in enumerate(block.runs) if run.grade]
        assert places == ([text.rindex("consider")] if marked else [])
