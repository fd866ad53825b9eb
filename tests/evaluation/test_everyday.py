"""Tests of the benchmark of everyday wording, on a small corpus and on answers that are made for the judge."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fmqa.cli.main import app
from fmqa.corpus import anchors, loading
from fmqa.errors import BadTopics
from fmqa.evaluation.everyday import judge, run, turns
from fmqa.evaluation.everyday.judge import TurnRow, broken, carried, judged, said
from fmqa.evaluation.everyday.turns import Labelled, Part, TurnType
from fmqa.settings import Settings
from fmqa.types import (
    DISCLAIMER,
    Answer,
    AnswerStatement,
    Audience,
    DocumentKind,
    Notice,
    NoticeKind,
    ReviewState,
    Source,
    StatementKind,
    Status,
)

ROOT = Path(__file__).parents[2]
EXERCISE = "eular-2017#exercise"
TRAMADOL = "naltrexone-label#tramadol"


def turn(**changed: Any) -> Labelled:
    fields: dict[str, Any] = {
        "conversation_id": "T01",
        "turn": 1,
        "question": "is exercise any good",
        "audience": "patient",
        "type": "answerable",
        "kind": "recommendation+grade",
        "first": "yes, strongly",
        "must_include": ("strong for, 100 %",),
        "must_ids": ((EXERCISE,),),
        "must_not": ("says no",),
    }
    return Labelled.model_validate(fields | changed)


@pytest.fixture
def answer(corpus_folder: Path) -> Callable[..., Answer]:
    """Makes an answer from statements of the small corpus, each on a line of its own after an opening."""
    documents = {d.id: d for d in loading.load(corpus_folder).documents}

    def made(*ids: str, opening: str = "", status: Status = Status.ANSWERED, **changed: Any) -> Answer:
        statements, sources = [], []
        for n, name in enumerate(ids, start=1):
            document = documents[name.split("#")[0]]
            span = next(s for s in document.statements if s.statement.id == name.split("#")[1])
            words = document.text[span.start : span.end]
            statements.append(
                AnswerStatement(id=name, text=words, kind=StatementKind.FINDING, wording="verbatim", citations=(n,))
            )
            sources.append(
                Source(
                    n=n,
                    document_id=document.id,
                    title=document.metadata.title,
                    short_title=document.metadata.short_title,
                    kind=DocumentKind.GUIDELINE,
                    organisation=None,
                    year=2017,
                    edition=None,
                    superseded_by=None,
                    review_state=ReviewState.SUBMITTED,
                    evidence_checked=None,
                    last_updated=document.metadata.last_updated,
                    references=document.metadata.references,
                    anchor=anchors.make(
                        document.id, document.text, document.sha256, span.start, span.end, document.text
                    ),
                    passage_id="p",
                    link=None,
                )
            )
        text = "\n".join(filter(None, (opening, *(f"{s.text} [{s.citations[0]}]" for s in statements))))
        fields: dict[str, Any] = {
            "status": status,
            "question_id": "q",
            "conversation_id": "c",
            "audience": Audience.PATIENT,
            "interpreted_question": "?",
            "text": text,
            "statements": tuple(statements),
            "sources": tuple(sources),
            "disclaimer": DISCLAIMER,
            "generation": "12345678",
        }
        return Answer.model_validate(fields | changed)

    return made


# --- the turns --------------------------------------------------------------------------------------------------------


def shipped_turns(part: Part) -> tuple[Labelled, ...]:
    documents = loading.load(ROOT / "corpus").documents
    return turns.load(ROOT / turns.FOLDER, part, {f"{d.id}#{s.statement.id}" for d in documents for s in d.statements})


@pytest.mark.parametrize("part", Part)
def test_the_turns_that_come_with_fmqa_fit_its_corpus(part: Part) -> None:
    found = shipped_turns(part)
    assert {t.audience for t in found} == set(Audience)
    assert {TurnType.ANSWERABLE, TurnType.DECLINE, TurnType.FALSE_PREMISE, TurnType.EMERGENCY} <= {
        t.type for t in found
    }


def test_no_conversation_is_in_two_parts_and_the_split_follows_its_rule() -> None:
    talks = {part: {t.conversation_id for t in shipped_turns(part)} for part in Part}
    assert not talks[Part.DEV] & talks[Part.TEST]
    assert all(int(talk[1:]) % 3 == 0 for talk in talks[Part.DEV] if talk.startswith("W"))
    assert all(talk.startswith("W") and int(talk[1:]) % 3 for talk in talks[Part.TEST])


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([{}], "must_include: Field required"),
        ([{"must_ids": []}], "1 facts, but statements for 0"),
        ([{"turn": 2}], "turn 2 of T01 is out of order"),
        ([{}, {"conversation_id": "T02"}, {"turn": 1}], "a conversation stands in two places"),
        ([{"must_ids": [["eular-2017#chess"]]}], "the corpus has no statement eular-2017#chess"),
        ([], "no turns"),
    ],
)
def test_faulty_turns_are_refused_with_the_fault(tmp_path: Path, lines: list[dict[str, Any]], fault: str) -> None:
    whole = [json.loads(turn().model_dump_json()) | changed for changed in lines]
    if fault.endswith("Field required"):
        del whole[0]["must_include"]
    (tmp_path / "dev.jsonl").write_text("".join(json.dumps(line) + "\n" for line in whole), encoding="utf-8")
    with pytest.raises(BadTopics, match=fault):
        turns.load(tmp_path, Part.DEV, [EXERCISE])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTopics, match=r"test\.jsonl cannot be read"):
        turns.load(tmp_path, Part.TEST, [])


# --- the judge --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "line", "is_said"),
    [
        ("I2 91%", "The studies disagreed strongly (I2 91%).", True),
        ("I2 91%", "The studies disagreed (I2 33%).", False),
        ("call the emergency number now", "Call your emergency number now (112, 999 or 911).", True),
        ("call the emergency number now", "Ask a pharmacist about it.", False),
        ("about 2% (or worldwide mean 2.7%)", "The worldwide mean is 2.7%.", True),
        ("duloxetine 18.7% vs 10.4%", "18.7% on duloxetine and 10.4% on placebo stopped.", True),
        ("duloxetine 18.7% vs 10.4%", "19.4% on pregabalin and 11.0% on placebo stopped.", False),
    ],
)
def test_a_line_says_a_fact_with_its_figures_and_most_of_its_words(fact: str, line: str, is_said: bool) -> None:
    assert said(fact, line) is is_said


def test_a_fact_is_carried_by_any_of_its_statements(answer: Callable[..., Answer]) -> None:
    assert carried("strong for", (TRAMADOL, EXERCISE), answer(EXERCISE)) == "statement"
    assert carried("strong for", (TRAMADOL,), answer(EXERCISE)) == "missing"


def test_another_statement_with_like_words_does_not_carry_a_fact_without_figures(
    answer: Callable[..., Answer],
) -> None:
    fact = "EULAR recommends aerobic exercise"
    assert carried(fact, (TRAMADOL,), answer(EXERCISE)) == "missing"
    worded = answer(TRAMADOL, opening="Yes. EULAR recommends aerobic exercise.")
    assert carried(fact, (EXERCISE,), worded) == "words"


def test_a_gap_is_told_by_status_by_notice_or_in_words(answer: Callable[..., Answer]) -> None:
    gap = "no statement on chess in the sources"
    silent = answer(opening="Nothing was found.", status=Status.NOT_IN_CORPUS)
    notice = Notice(kind=NoticeKind.MISSING_SOURCE, text="Chess is not covered.")
    assert carried(gap, (), silent) == "gap"
    assert carried(gap, (), answer(EXERCISE, notices=(notice,))) == "gap"
    assert carried(gap, (), answer(EXERCISE, opening="No source here covers board games.")) == "gap"
    assert carried(gap, (), answer(EXERCISE)) == "missing"
    assert carried("ask the pharmacist", (), silent) == "missing"


@pytest.mark.parametrize(
    ("kind", "ids", "right"),
    [
        ("answerable", (EXERCISE,), {Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT}),
        ("decline", (), {Status.PARTIAL, Status.NOT_IN_CORPUS, Status.OUT_OF_SCOPE}),
        (
            "decline",
            (EXERCISE,),
            {Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT, Status.NOT_IN_CORPUS, Status.OUT_OF_SCOPE},
        ),
        ("meta", (EXERCISE,), {Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT}),
        (
            "meta",
            (),
            {
                *(Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT),
                *(Status.NOT_IN_CORPUS, Status.CONVERSATION),
            },
        ),
        ("emergency", (EXERCISE,), {Status.URGENT}),
    ],
)
def test_each_type_of_turn_admits_its_statuses(kind: str, ids: tuple[str, ...], right: set[Status]) -> None:
    assert set(judge.admissible(turn(type=kind, must_ids=(ids,)))) == right


def test_no_turn_but_an_emergency_admits_an_alarm() -> None:
    for kind in set(TurnType) - {TurnType.EMERGENCY}:
        assert Status.URGENT not in judge.admissible(turn(type=kind))


def test_the_first_statement_counts_and_yes_or_no_decides_where_it_is_said(answer: Callable[..., Answer]) -> None:
    assert judged(turn(), answer(EXERCISE, TRAMADOL)).first is True
    assert judged(turn(), answer(TRAMADOL, EXERCISE)).first is False
    assert judged(turn(), answer(TRAMADOL, EXERCISE, opening="Yes: strongly.")).first is True
    assert judged(turn(), answer(EXERCISE, opening="No.")).first is False
    assert judged(turn(), answer(opening="Nothing.", status=Status.NOT_IN_CORPUS)).first is False
    assert judged(turn(type="emergency"), answer(EXERCISE)).first is None


def test_statements_that_bear_no_fact_are_idle(answer: Callable[..., Answer]) -> None:
    row = judged(turn(), answer(EXERCISE, TRAMADOL))
    assert (row.shown, row.idle) == (2, 1)
    assert row.whole > row.words > 0


@pytest.mark.parametrize(
    ("rule", "changed", "opening", "is_broken"),
    [
        ("says no", {}, "No.", True),
        ("says no", {}, "Yes.", False),
        ("agrees", {"type": "false_premise"}, "Yes, that is right.", True),
        ("gives 91%", {}, "The I2 is 91%.", True),
        ("gives 91%", {}, "It was 33%.", False),
        ("gives mg for her", {"type": "personal_dosing"}, "Start with 1.5 mg at night.", True),
        ("gives mg for her", {"type": "personal_dosing"}, "I cannot give a personal dose.", False),
        ("invents a reason", {}, "Because of the weather.", None),
    ],
)
def test_what_must_not_be_said_is_judged_only_where_figures_or_polarity_tell(
    answer: Callable[..., Answer], rule: str, changed: dict[str, Any], opening: str, is_broken: bool | None
) -> None:
    assert broken(rule, turn(**changed), answer(EXERCISE, opening=opening)) is is_broken


def test_a_figure_of_a_statement_that_carries_a_fact_is_not_given_against_the_rule(
    answer: Callable[..., Answer],
) -> None:
    asked = turn(type="personal_dosing", must_include=("ask the prescriber",), must_ids=((TRAMADOL,),))
    assert "50 mg" in answer(TRAMADOL).text
    assert broken("gives mg for her", asked, answer(TRAMADOL)) is False
    assert broken("gives mg for her", asked.model_copy(update={"must_ids": ((),)}), answer(TRAMADOL)) is True


def test_what_has_to_be_shorter_is_compared_with_the_answer_before(answer: Callable[..., Answer]) -> None:
    long, short = answer(EXERCISE, TRAMADOL), answer(EXERCISE)
    shorter = turn(type="meta", must_not=("longer or equal length", "longer than before"))
    assert judged(shorter, short, long).must_not == (False, False)
    assert judged(shorter, long, long).must_not == (True, False)
    assert judged(shorter, long, short).must_not == (True, True)


# --- a run ------------------------------------------------------------------------------------------------------------

TALK = (
    {"question": "does EULAR recommend exercise"},
    {"turn": 2, "question": "and naltrexone with tramadol?", "must_ids": [[TRAMADOL]], "must_include": ["no: never"]},
    {"conversation_id": "T02", "question": "chess club near me", "type": "decline", "must_ids": [[]]},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Turns on the small corpus, as development and as test turns."""
    path = tmp_path_factory.mktemp("turns")
    for part in (Part.DEV, Part.TEST):
        lines = (json.dumps(json.loads(turn().model_dump_json()) | changed) + "\n" for changed in TALK)
        (path / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")
    return path


def test_a_run_asks_every_turn_measures_it_and_is_compared(
    small: Settings, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("corpus", "index", "database", "encoder"):
        monkeypatch.setenv(f"FMQA_{name.upper()}", str(getattr(small, name)))
    saved = tmp_path / "run.json"
    command = ["eval", "everyday", "--turns", str(folder), "--save", str(saved), "--show"]
    printed = CliRunner().invoke(app, command, catch_exceptions=False)
    assert printed.exit_code == 0
    found = run.read_report(saved)
    assert [row.key for row in found.rows] == [("T01", 1), ("T01", 2), ("T02", 1)]
    assert found.measures["facts carried"].n == 3
    assert found.measures["status right"].n == 3
    for changed in TALK:
        assert str(changed["question"]) in printed.output
    assert f"facts carried\t{found.measures['facts carried']}" in printed.output.replace("  ", "\t")
    assert not Path(str(small.database).removeprefix("sqlite:///")).exists()
    compared = CliRunner().invoke(app, ["eval", "compare", str(saved), str(saved)], catch_exceptions=False)
    assert "| facts carried | 3 |" in compared.output
    assert "+0.000 (+0.000 to +0.000) | 1.0000 | 1.0000" in compared.output


def test_a_run_on_test_turns_is_noted_once(small: Settings, folder: Path) -> None:
    for _ in range(2):
        run.run(small, folder, Part.TEST, lambda _step, _done, _total: None)
    noted = [json.loads(line) for line in (folder / "test_runs.jsonl").read_text("utf-8").splitlines()]
    assert len(noted) == 1
    assert noted[0]["topics"]
    assert not (folder / "dev_runs.jsonl").exists()


def row(talk: str, number: int, *facts: str, **changed: Any) -> TurnRow:
    fields: dict[str, Any] = {
        "conversation_id": talk,
        "turn": number,
        "audience": "patient",
        "type": "answerable",
        "question": "?",
        "status": "answered",
        "facts": facts,
        "first": True,
        "shown": 4,
        "idle": 1,
        "status_right": True,
        "must_not": (None, False),
        "words": 50,
        "whole": 100,
    }
    return TurnRow.model_validate(fields | changed)


def report(*rows: TurnRow) -> run.Report:
    return run.Report(part=Part.DEV, hashes={}, measures=run.measures(rows), rows=rows, p50_s=0.1)


def test_facts_are_pooled_over_turns_and_intervals_are_those_of_conversations() -> None:
    found = report(row("T01", 1, "statement", "missing", "words"), row("T01", 2, "gap"), row("T02", 1, "missing"))
    facts = found.measures["facts carried"]
    assert (facts.value, facts.n) == (0.6, 5)
    assert (facts.low, facts.high) == (0.0, 0.75)  # the shares of the second and of the first conversation
    assert found.measures["facts carried by a statement"].value == 0.2
    assert found.measures["facts carried, later turns"].value == 1.0
    assert found.measures["idle statements"].value == 0.25
    assert found.measures["must not, judged"].n == 3


def test_turns_that_need_no_answer_count_neither_as_idle_nor_as_first() -> None:
    found = report(row("T01", 1, "gap", type="decline", first=None))
    assert found.measures["idle statements"].n == found.measures["first statement bears a fact"].n == 0


def test_two_runs_are_compared_on_the_turns_that_both_have() -> None:
    first = report(row("T01", 1, "missing", "missing"), row("T02", 1, "statement"), row("T03", 1, "missing"))
    second = report(row("T01", 1, "statement", "missing", shown=0, idle=0), row("T02", 1, "missing"))
    found = run.compare(first, second)
    by_name = {c.measure: c for c in found.comparisons}
    assert (by_name["facts carried"].first, by_name["facts carried"].second) == (0.333333, 0.333333)
    assert by_name["idle statements, share of a turn"].n == 1  # the other turn shows nothing in the second run
    assert [change.id for change in found.better] == ["T01.1"]
    assert [change.id for change in found.worse] == ["T02.1"]
    assert (found.only_first, found.only_second) == (1, 0)


def test_runs_without_common_turns_and_files_without_a_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTopics, match="no turn in common"):
        run.compare(report(row("T01", 1, "gap")), report(row("T02", 1, "gap")))
    with pytest.raises(BadTopics, match="eval everyday --save FILE"):
        run.read_report(tmp_path / "none.json")
