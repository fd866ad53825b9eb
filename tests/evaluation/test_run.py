"""A part of the benchmark on the shipped corpus, with floors: a drop fails the build and is shown with its items."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from fmqa.evaluation import comparison, report, run
from fmqa.evaluation.benchmark import MAIN, Row
from fmqa.evaluation.run import Options
from fmqa.evaluation.summary import Summary
from fmqa.evaluation.topics import Split
from fmqa.index.writing import BuildReport
from fmqa.settings import Settings

PART = 4
# Somewhat below what the part gives, so that a real drop fails and a reordering of two statements does not.
FLOORS = {
    f"vital nuggets at {MAIN} words": 0.68,
    "sentences that give a nugget": 0.42,
    "expected grade shown as printed": 0.70,
    "status right": 0.85,
    "unanswerable handled": 0.75,
    "emergencies caught": 0.96,
    "dialogues: vital nuggets, later turns": 0.60,
    "rewordings: vital nuggets": 0.65,
    "retrieval-hybrid: nDCG@10": 0.58,
}
CEILINGS = {"false abstention": 0.16, "false alarms": 0.02}


class Ran(NamedTuple):
    """A run, and where its files are."""

    found: Summary
    folder: Path
    options: Options


def quiet(_step: str, _done: int, _total: int) -> None:
    return None


@pytest.fixture(scope="module")
def ran(shipped: tuple[Settings, BuildReport], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("benchmark")
    topics = shutil.copytree(Path(__file__).parents[2] / "eval" / "topics", folder / "topics")
    (topics / run.TEST_RUNS).unlink(missing_ok=True)  # whatever has been run so far
    options = Options(topics=topics, out=folder / "results", split=Split.DEV, part=PART, mutants_per_operator=12)
    return Ran(run.run(shipped[0], options, quiet), folder / "results" / "dev", options)


@pytest.fixture(scope="module")
def rows(ran: Ran) -> tuple[Row, ...]:
    return comparison.read_rows(ran.folder)


def worst_of(rows: tuple[Row, ...]) -> str:
    return "\n".join(f"{row.set} {row.id}: {row.question} -> {row.given}" for row in report.worst(rows))


def test_every_gate_holds(ran: Ran) -> None:
    assert [gate for gate in ran.found.gates if not gate.passed] == []
    assert len(ran.found.gates) >= 9
    assert ran.found.mutations is not None
    tried = [operator for operator in ran.found.mutations.operators if operator.noticed.n]
    assert len(tried) >= 50
    assert [operator.operator for operator in tried if not operator.passed] == []


@pytest.mark.parametrize("name", FLOORS)
def test_no_measure_falls_below_its_floor(ran: Ran, rows: tuple[Row, ...], name: str) -> None:
    found = ran.found.measures[name]
    assert found.value is not None
    assert found.value >= FLOORS[name], f"{name} fell to {found}\n{worst_of(rows)}"


@pytest.mark.parametrize("name", CEILINGS)
def test_no_measure_rises_above_its_ceiling(ran: Ran, rows: tuple[Row, ...], name: str) -> None:
    found = ran.found.measures[name]
    assert found.value is not None
    assert found.value <= CEILINGS[name], f"{name} rose to {found}\n{worst_of(rows)}"


def test_the_same_run_gives_the_same_bytes(ran: Ran, shipped: tuple[Settings, BuildReport], tmp_path: Path) -> None:
    again = ran.options.model_copy(update={"part": 24, "mutants_per_operator": 2})
    files = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        run.run(shipped[0], again.model_copy(update={"out": folder}), quiet)
        files.append({p.name: p.read_bytes() for p in (folder / "dev").iterdir() if p.name != "timings.json"})
    assert files[0] == files[1]
    assert {"rows.jsonl", "summary.json", "report.md", "report.html", "qrels.txt", "run-hybrid.txt"} <= files[0].keys()


def test_no_figure_is_nan_and_each_says_its_n(ran: Ran) -> None:
    summary = (ran.folder / "summary.json").read_text("utf-8")
    assert "NaN" not in summary
    for name, measure in json.loads(summary)["measures"].items():
        assert (measure["value"] is None) is (measure["why_none"] is not None and measure["n"] == 0), name


def test_every_verdict_names_its_rule_and_span(rows: tuple[Row, ...]) -> None:
    nuggets = [verdict for row in rows for verdict in row.verdicts if "importance" in verdict]
    assert len(nuggets) >= 100
    for verdict in nuggets:
        assert verdict["rule"] in ("cites gold", "holds needs", "not given")
        assert (verdict.get("span") is not None) is verdict["given"]


def test_runs_and_qrels_have_the_form_of_trec(ran: Ran) -> None:
    qrels = [line.split() for line in (ran.folder / "qrels.txt").read_text("utf-8").splitlines()]
    assert all(len(fields) == 4 and fields[1] == "0" and fields[3] in "12" for fields in qrels)
    found = [line.split() for line in (ran.folder / "run-hybrid.txt").read_text("utf-8").splitlines()]
    assert all(len(fields) == 6 and fields[1] == "Q0" for fields in found)
    assert {fields[0] for fields in qrels} <= {fields[0] for fields in found}


def test_the_report_shows_headline_gates_and_worst_items(ran: Ran, rows: tuple[Row, ...]) -> None:
    shown = (ran.folder / "report.md").read_text("utf-8")
    for name, value, n in run.headline(ran.found):
        assert f"| {name} | {value} | {n} |" in shown
    for row in report.worst(rows):
        assert f"### {row.id} ({row.set})" in shown
    assert "What this does not show" in shown
    page = (ran.folder / "report.html").read_text("utf-8")
    assert page.count("<svg") >= 3
    assert "<script" not in page
    assert "http-equiv" not in page


def test_a_part_of_test_is_not_counted_as_a_run_and_the_whole_is_counted_once(ran: Ran) -> None:
    options = ran.options.model_copy(update={"split": Split.TEST})
    assert run.note_test_run(options, ran.found) == run.read_test_runs(options.topics)
    whole = options.model_copy(update={"part": 1})
    before = len(run.read_test_runs(options.topics))
    for _ in range(2):
        noted = run.note_test_run(whole, ran.found)
        assert len(noted) == before + 1
        assert noted[-1]["code"] == ran.found.hashes["code"]


def test_a_run_compared_with_itself_does_not_differ(ran: Ran) -> None:
    shown = run.compared(ran.folder, ran.folder)
    assert "+0.000 (+0.000 to +0.000) | 1.0000 | 1.0000" in shown
    assert "##" not in shown.removeprefix("# ")
