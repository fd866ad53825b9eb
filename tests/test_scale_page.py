"""The simulation of bench/scale.py keeps the laws of waiting in line, and its page has a place for every table."""

import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
SECONDS = np.random.default_rng(0).gamma(4, 0.001, size=300)
COUNT = 3_000


@pytest.fixture(scope="module")
def scale() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "bench" / "scale.py"))


def test_one_idle_shard_takes_what_was_measured(scale: dict[str, Any]) -> None:
    found = scale["fanned_out"](SECONDS, 1, 1, 0, COUNT)
    assert found["p50_ms"] == pytest.approx(np.median(SECONDS) * 1e3, rel=0.05)


def test_the_slowest_of_many_idle_shards_is_the_highest_of_as_many_draws(scale: dict[str, Any]) -> None:
    found = scale["fanned_out"](SECONDS, 16, 1, 0, COUNT)
    drawn = np.random.default_rng(1).choice(SECONDS, size=(16, 100_000)).max(axis=0)
    assert found["p50_ms"] == pytest.approx(np.median(drawn) * 1e3, rel=0.05)


def test_a_line_waits_as_queueing_theory_says(scale: dict[str, Any]) -> None:
    """The mean of one server's line, from its simulated times: Pollaczek and Khinchine, with times of no spread."""
    arrivals = np.cumsum(np.random.default_rng(2).exponential(2.0, size=40_000)).tolist()  # 50 % busy
    taken = scale["one_shard"](arrivals, np.ones(len(arrivals)), 1)
    assert taken.mean() == pytest.approx(1 + 0.5 / (2 * (1 - 0.5)), rel=0.05)


def test_more_shards_and_more_work_are_slower_and_replicas_shorten_the_tail(scale: dict[str, Any]) -> None:
    def tail(*given: Any) -> float:
        return float(scale["fanned_out"](SECONDS, *given, COUNT)["p99_ms"])

    assert tail(1, 1, 0.5) < tail(8, 1, 0.5) < tail(8, 1, 0.8)
    assert tail(8, 2, 0.5) < tail(8, 1, 0.5)


def test_the_page_holds_every_table_that_is_written_into_it() -> None:
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    for name in ("milvus", "bytes", "hours", "cost", "shard", "fan-out"):
        [table] = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", page, re.DOTALL)
        assert len([line for line in table.splitlines() if line.startswith("| ")]) >= 4, name
