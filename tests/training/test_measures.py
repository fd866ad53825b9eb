"""What is measured, by hand on examples that can be counted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from training.records import Group

from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray
from training import evaluate, measures, page


def made(key: str, questions: tuple[str, ...] = ()) -> PackStatement:
    return PackStatement(key, key.partition("#")[0], "Title", frozenset(), key, key, None, questions)


def test_only_first_turns_with_a_known_fact_are_asked(tmp_path: Path) -> None:
    path = tmp_path / "turns.jsonl"
    path.write_text(
        '{"conversation_id": "a", "turn": 1, "question": "q", "must_ids": [["d#x", "gone#y"], []]}\n'
        '{"conversation_id": "a", "turn": 2, "question": "r", "must_ids": [["d#x"]]}\n'
        '{"conversation_id": "b", "turn": 1, "question": "s", "must_ids": [["gone#y"]]}\n',
        encoding="utf-8",
    )
    (turn,) = measures.everyday(path, frozenset({"d#x"}))
    assert turn == measures.EverydayTurn("a", "q", (frozenset({"d#x"}),))


def test_facts_are_counted_among_the_first_three_and_seven() -> None:
    statements = [made(f"d#{n}") for n in range(9)]
    turns = [
        measures.EverydayTurn("a", "q", (frozenset({"d#0"}), frozenset({"d#5", "d#8"}))),
        measures.EverydayTurn("b", "q", (frozenset({"d#2"}),)),
    ]
    scores: FloatArray = np.tile(-np.arange(9, dtype=np.float32), (2, 1))
    found = evaluate.measured(measures.everyday_measures(turns, statements, scores))
    assert [found[name].value for name in (measures.LEAD, measures.AT_3, measures.AT_7)] == [0.5, 0.75, 1.0]


def test_the_nearest_question_of_a_statement_counts_for_it() -> None:
    def encode(texts: Sequence[str]) -> FloatArray:
        return np.array([[text == "asked", text != "asked"] for text in texts], dtype=np.float32)

    turns = [measures.EverydayTurn("a", "asked", (frozenset({"d#1"}),))]
    statements = [made("d#0", ("other",)), made("d#1", ("other", "asked")), made("d#2")]
    scores = measures.everyday_scores(turns, statements, encode)["nearest question"]
    assert scores.tolist() == [[0.0, 1.0, -1.0]]


def test_the_area_under_the_curve_is_one_where_every_answer_scores_higher() -> None:
    lists = [
        Group(id=str(n), source="squad_dev", query="q", positives=("yes",) * (n % 2), negatives=("no",), scope="s")
        for n in range(20)
    ]
    found = evaluate.no_answer(lists, lambda _, texts: np.array([float(text == "yes") for text in texts], np.float32))
    assert found.value == 1.0
    assert (found.low, found.high) == (1.0, 1.0)


def test_what_was_measured_is_kept_and_not_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "evaluation" / "encoder.json"
    scores = {"lead": measures.Scores([1.0, 0.0, 1.0], ["a", "a", "b"]), "none": measures.Scores([], [])}
    first = evaluate.kept(path, lambda: evaluate.measured(scores))
    assert first["lead"].value == pytest.approx(2 / 3, abs=1e-6)
    assert evaluate.kept(path, lambda: pytest.fail("it is known")) == first


def test_speed_and_size_are_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(bytes(2_500_000))
    worked: list[int] = []

    def encode(texts: Sequence[str]) -> FloatArray:
        worked.append(len(texts))
        return np.zeros((len(texts), 1), np.float32)

    found = evaluate.costs(encode, tmp_path / "model.onnx")
    assert set(worked) == {32}
    rows = evaluate.table({"encoder": found}).splitlines()
    assert rows[-1] == "| size: MB | 2.500 |"


def test_the_page_joins_the_tables_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "leave-one-out.md").write_text("| a |\n", encoding="utf-8")
    (tmp_path / "verifier-evaluation.md").write_text("| b |\n", encoding="utf-8")
    page.write(tmp_path, tmp_path / "figures.md")
    told = (tmp_path / "figures.md").read_text(encoding="utf-8")
    assert [line for line in told.splitlines() if line.startswith(("## ", "|"))] == [
        "## What each of the largest sets adds",
        "| a |",
        "## Verifier",
        "| b |",
    ]
