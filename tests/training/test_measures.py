"""What is measured, by hand on examples that can be counted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from training.records import Group

from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray
from training import evaluate, measures


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
    found = measures.everyday_measures(turns, statements, scores)
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
