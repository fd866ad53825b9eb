"""Tests of fmqa.evaluation.comparison."""

from pathlib import Path

import pytest

from fmqa.errors import BadTopics
from fmqa.evaluation import comparison, report
from fmqa.evaluation.benchmark import Row


def rows(values: list[float], key: str = "vital@120", name: str = "answerable") -> list[Row]:
    return [
        Row(set=name, id=f"t{i}", cluster=f"d{i % 5}", question=f"Question {i}?", scores={key: value})
        for i, value in enumerate(values)
    ]


def test_changes_are_listed_from_the_largest() -> None:
    found = comparison.compare(rows([1.0, 0.0, 0.5, 1.0]), rows([0.0, 1.0, 0.75, 1.0]))
    assert [change.id for change in found.worse] == ["t0"]
    assert [change.id for change in found.better] == ["t1", "t2"]
    assert found.comparisons[0].n == 4


def test_a_rise_of_false_alarms_is_worse() -> None:
    found = comparison.compare(
        rows([0.0, 0.0], "false_alarm", "emergencies"), rows([1.0, 0.0], "false_alarm", "emergencies")
    )
    assert [change.id for change in found.worse] == ["t0"]
    assert found.better == ()


def test_items_of_one_run_only_are_counted() -> None:
    found = comparison.compare(rows([1.0, 1.0, 1.0]), rows([1.0, 1.0]))
    assert (found.only_first, found.only_second) == (1, 0)


def test_runs_without_common_items_are_refused() -> None:
    with pytest.raises(BadTopics, match="no item in common"):
        comparison.compare(rows([1.0]), rows([1.0], name="dialogues"))


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    written = rows([0.25, 1.0])
    (tmp_path / "rows.jsonl").write_text("".join(r.model_dump_json() + "\n" for r in written), encoding="utf-8")
    assert list(comparison.read_rows(tmp_path)) == written
    with pytest.raises(BadTopics, match="no rows of a run"):
        comparison.read_rows(tmp_path / "elsewhere")


def test_the_table_shows_difference_and_adjusted_p() -> None:
    shown = report.comparison_markdown(comparison.compare(rows([0.0] * 12), rows([1.0] * 12)))
    assert "| answerable: vital@120 | 12 | 0.000 | 1.000 | +1.000 (+1.000 to +1.000) | 0.0005 | 0.0005 |" in shown
    assert "## Rose most" in shown
    assert "## Fell most" not in shown
