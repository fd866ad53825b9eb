"""Answers in a terminal and through a pipe."""

import io
import re

import pytest

from fmqa.answer.titles import NOTICE_TITLES, REPORT_STATUS
from fmqa.cli.terminal import Terminal
from fmqa.types import DISCLAIMER, Answer, Notice, NoticeKind, Status
from samples import GRADE, SENTENCE, answer


def piped(shown: Answer) -> str:
    out = io.StringIO()
    Terminal(out).answer(shown)
    return out.getvalue()


def on_screen(shown: Answer, monkeypatch: pytest.MonkeyPatch, width: int = 80) -> str:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return piped(shown)


def words(text: str) -> str:
    """Return the text without colours, frames and line breaks."""
    return " ".join(re.sub(r"[│╭╮╰╯─━•]", " ", re.sub(r"\x1b\[[0-9;]*m", "", text)).split())


def test_the_pipe_has_no_colour_and_no_line_is_wrapped() -> None:
    text = piped(answer())
    assert "\x1b" not in text
    for line in (
        f"**{SENTENCE}** [1]",
        DISCLAIMER,
        f"      [1] {SENTENCE}",
        "      https://doi.org/10.1136/annrheumdis-2016-209724",
    ):
        assert line in text.split("\n")


@pytest.mark.parametrize("screen", [False, True])
def test_an_answer_shows_what_it_rests_on(screen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    text = words(on_screen(answer(), monkeypatch, 200) if screen else piped(answer()))
    assert GRADE.printed in text
    assert "[1] summary of EULAR 2017, review: submitted, evidence checked 2026-09-30" in text
    assert "superseded by eular-2030" in text
    assert "exercise: a source is silent" in text
    assert "not stated" in text  # the grade that one source does not give
    assert "aerobic exercise: Exercise that makes the heart beat faster." in text
    assert "And CBT?" in text
    assert "No source here is approved yet. [1] [2]" in text


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.NOT_IN_CORPUS, Status.NEEDS_CLARIFICATION])
@pytest.mark.parametrize("screen", [False, True])
def test_the_disclaimer_is_always_shown(status: Status, screen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = answer(status=status)
    assert DISCLAIMER in words(on_screen(shown, monkeypatch) if screen else piped(shown))


def test_the_status_is_said_unless_the_question_was_answered() -> None:
    assert set(REPORT_STATUS) == set(Status) - {Status.ANSWERED}
    assert piped(answer(status=Status.NOT_IN_CORPUS)).startswith("Not in the corpus\n")
    assert not piped(answer()).startswith(tuple(REPORT_STATUS.values()))


def test_choices_are_numbered_and_related_passages_are_not_called_answers() -> None:
    assert "  1. Naltrexone 50 mg?\n  2. Low-dose naltrexone?" in piped(answer(status=Status.NEEDS_CLARIFICATION))
    assert f"Related, does not answer\n  summary of EULAR 2017 > Non-drug treatment: {SENTENCE}" in piped(
        answer(status=Status.NOT_IN_CORPUS)
    )


def test_every_kind_of_notice_has_a_title() -> None:
    assert set(NOTICE_TITLES) == set(NoticeKind)


def test_dangers_stand_before_the_answer_heaviest_first() -> None:
    notices = tuple(
        Notice(kind=kind, text=f"about {kind}")
        for kind in (
            NoticeKind.PENDING_REVIEW,
            NoticeKind.PERSONAL_ADVICE,
            NoticeKind.INTERACTION,
            NoticeKind.EMERGENCY,
        )
    )
    text = piped(answer(notices=notices))
    places = [
        text.index(part)
        for part in ("about emergency", "about interaction", "about personal_advice", SENTENCE, "about pending_review")
    ]
    assert places == sorted(places)


def test_an_emergency_is_red_on_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    notice = Notice(kind=NoticeKind.EMERGENCY, text="Call your local emergency number now.")
    text = on_screen(answer(notices=(notice,)), monkeypatch)
    line = next(line for line in text.split("\n") if "Call your local emergency number" in line)
    assert "\x1b[31m" in line


def test_a_question_cannot_steer_the_terminal() -> None:
    out = io.StringIO()
    Terminal(out).say("Read as: \x1b[2Jwipe\x07 the screen\r")
    assert out.getvalue() == "Read as: [2Jwipe the screen\n"


def test_markup_in_a_question_is_shown_as_it_is() -> None:
    out = io.StringIO()
    Terminal(out).say("is [bold]5 mg[/bold] enough?")
    assert out.getvalue() == "is [bold]5 mg[/bold] enough?\n"


def test_a_table_through_a_pipe_is_one_row_a_line_between_tabs() -> None:
    out = io.StringIO()
    Terminal(out).table(("a", "b"), [("1", "two words"), ("2", "x" * 200)])
    assert out.getvalue() == f"a\tb\n1\ttwo words\n2\t{'x' * 200}\n"


def test_progress_through_a_pipe_names_each_step_once() -> None:
    out = io.StringIO()
    with Terminal(out).progress() as report:
        for done in range(3):
            report("encode", done, 3)
        report("calibrate", 1, 5)
    assert out.getvalue() == "encode (3)\nlearning when to say that the sources do not answer (5)\n"


def test_a_short_answer_names_its_sources_and_keeps_notices_and_disclaimer() -> None:
    out, whole = io.StringIO(), piped(answer())
    Terminal(out).answer(answer(), short=True)
    shown = out.getvalue()
    assert f"**{SENTENCE}** [1]" in shown
    assert "[1] summary of EULAR 2017 https://doi.org/" in shown
    assert DISCLAIMER in shown
    assert NOTICE_TITLES[answer().notices[0].kind] in shown
    assert "Grades as printed" in whole
    assert "Grades as printed" not in shown


def test_an_id_is_never_cut_however_narrow_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    ids = ["cochrane-acupuncture-2013-with-a-long-name", "eular-2017"]
    out = io.StringIO()
    Terminal(out).table(("document", "title"), [(ids[0], "A title of many words " * 4), (ids[1], "Another")])
    assert all(name in out.getvalue() for name in ids)
    assert "…" not in out.getvalue()
