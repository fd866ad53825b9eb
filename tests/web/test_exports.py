"""Answers to take along."""

import datetime

from markupsafe import escape

from fmqa.types import DISCLAIMER, Audience, ReviewState, Status
from fmqa.web import exports, views
from questions import Ask
from samples import SENTENCE, answer


def test_a_line_for_a_record_names_source_day_and_state() -> None:
    given = answer()
    day = datetime.date(2026, 11, 29)
    line = exports.export(given, "asked", "line", day)
    assert line == (
        f"{SENTENCE} (level Ia, grade A, strong for, agreement 100 %) "
        "(summary of EULAR 2017; fmqa 29 Nov 2026, not reviewed by a clinician)"
    )
    approved = given.sources[0].model_copy(update={"review_state": ReviewState.APPROVED})
    reviewed = given.model_copy(update={"sources": (approved, given.sources[1]), "audience": Audience.PATIENT})
    assert exports.line(reviewed) == f"{SENTENCE} (summary of EULAR 2017; fmqa)"
    nothing = answer(status=Status.NOT_IN_CORPUS)
    assert exports.line(nothing) == nothing.text


def test_text_and_markdown_hold_all_that_the_answer_says(ask: Ask) -> None:
    question = "Is LDN safe with tramadol?"
    (given,) = ask(question)
    for shown in (exports.text(given, question), exports.markdown(given, question)):
        assert DISCLAIMER in shown
        assert given.generation in shown
        assert all(statement.text in shown for statement in given.statements)
        assert all(source.anchor.quote.exact in shown for source in given.sources)
        assert all(reference.citation in shown for source in given.sources for reference in source.references)
        assert all(notice.text in shown for notice in given.notices)
    assert "**" not in exports.text(given, question)


def test_a_status_that_is_no_plain_answer_is_named() -> None:
    assert "Not in the corpus" in exports.text(answer(status=Status.NOT_IN_CORPUS), "x?")
    assert SENTENCE in exports.text(answer(), "x?")


def test_a_question_cannot_become_markup_in_markdown() -> None:
    shown = exports.markdown(answer(question="[x](javascript:alert(1)) <b> *y*"), "[x](javascript:alert(1)) <b> *y*")
    assert "[x](" not in shown
    assert "<b>" not in shown


def test_a_comparison_is_a_table(ask: Ask) -> None:
    (compared,) = ask("Compare duloxetine and pregabalin")
    assert compared.table is not None
    body, sources = (views.fragment(part, answer=compared) for part in ("body", "sources"))
    assert '<table class="compared">' in body
    assert all(f'<th scope="col">{column}</th>' in body for column in compared.table.columns)
    assert sources.count("<li value=") == len({source.document_id for source in compared.sources})
    assert "</a><a" not in sources.replace("\n", "")  # links are words apart
    assert sources.count("ummary of ") >= sources.count("<li value=")
    for shown in (exports.text(compared, "x?"), exports.markdown(compared, "x?")):
        assert all(cell.text in shown for cell in compared.table.statements)


def test_further_evidence_waits_behind_the_answer(ask: Ask) -> None:
    (given,) = ask("What evidence level does EULAR give exercise?")
    assert given.more
    before, title, behind = views.fragment("body", answer=given).partition(f"More evidence ({len(given.more)})")
    assert title
    assert all(escape(statement.text) in behind and statement.text not in given.text for statement in given.more)
    assert before.rstrip().endswith("<summary>")
    for shown in (exports.text(given, "x?"), exports.markdown(given, "x?")):
        assert all(statement.text in shown for statement in given.more)
