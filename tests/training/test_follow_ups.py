"""Ways to make a follow-up stand alone."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fmqa.types import FloatArray
from training import follow_ups

ROWS = (
    {
        "utterance": "what of naltrexone",
        "rewrite": "what of naltrexone",
        "history": [],
        "response": "naltrexone blocks",
    },
    {
        "utterance": "and its dose",
        "rewrite": "dose of naltrexone",
        "history": [{"user": "what of naltrexone", "system": "naltrexone blocks"}],
        "response": "naltrexone dose low",
    },
    {
        "utterance": "of exercise",
        "rewrite": "of exercise",
        "history": [
            {"user": "what of naltrexone", "system": "naltrexone blocks"},
            {"user": "and its dose", "system": "naltrexone dose low"},
        ],
        "response": "exercise helps",
    },
)


def write(path: Path, *, with_responses: bool = True) -> Path:
    rows = [{"conversation": "c", **row} for row in ROWS]
    if not with_responses:
        rows = [{key: value for key, value in row.items() if key != "response"} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def encode(texts: Sequence[str]) -> FloatArray:
    words = ("naltrexone", "dose", "exercise", "blocks", "low", "helps")
    rows = np.array([[word in text.split() for word in words] for text in texts], dtype=np.float32) + 1e-3
    vectors: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def test_only_later_turns_are_asked_and_each_way_puts_something_earlier_first(tmp_path: Path) -> None:
    first, second = follow_ups.follow_ups(write(tmp_path / "turns.jsonl"), 9)
    assert first.asked[follow_ups.LAST] == "what of naltrexone and its dose"
    assert second.asked[follow_ups.ANSWER] == "naltrexone dose low of exercise"
    assert second.before == {"naltrexone blocks", "naltrexone dose low"}


def test_a_response_that_only_the_next_turn_tells_is_found_there(tmp_path: Path) -> None:
    (found,) = follow_ups.follow_ups(write(tmp_path / "turns.jsonl", with_responses=False), 9)
    assert found.response == "naltrexone dose low"


def test_what_was_said_before_is_no_rival_and_a_leaning_turn_gains_by_its_subject(tmp_path: Path) -> None:
    found = follow_ups.reciprocal_ranks(follow_ups.follow_ups(write(tmp_path / "turns.jsonl"), 9), encode)
    assert found[follow_ups.HUMAN].value == 1.0
    assert found[follow_ups.CHOSEN].value == 1.0
    assert found["sum of typed, + last question"].value == 1.0
