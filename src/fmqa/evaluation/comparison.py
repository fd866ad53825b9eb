"""Compares two runs on the same items.

The comparison shows what changed, by how much, and how likely a change of this size is by chance.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fmqa.errors import BadTopics
from fmqa.evaluation import statistics
from fmqa.evaluation.benchmark import MAIN, Row
from fmqa.evaluation.statistics import Comparison
from fmqa.types import Record

COMPARED: Final = (
    ("answerable", "vital@60"),
    ("answerable", f"vital@{MAIN}"),
    ("answerable", f"all@{MAIN}"),
    ("answerable", "on_target"),
    ("answerable", "abstained"),
    ("unanswerable", "handled"),
    ("disagreement", "sides"),
    ("dialogues", f"vital@{MAIN}"),
    ("dialogues", "ndcg_ours"),
    ("rewrites", f"vital@{MAIN}"),
    ("rewrites", "jaccard"),
    ("emergencies", "recall"),
    ("emergencies", "false_alarm"),
    ("retrieval-hybrid", "nDCG@10"),
)
"""Set and score of each measure that two runs are compared on; their p values are adjusted together (Holm)."""
SHOWN: Final = 10


class Change(Record):
    """An item whose score fell or rose most."""

    set: str
    id: str
    score: str
    first: float
    second: float
    question: str


class RunComparison(Record):
    """Everything that two runs differ in."""

    comparisons: tuple[Comparison, ...]
    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    only_first: int
    only_second: int


def read_rows(folder: Path) -> tuple[Row, ...]:
    """Return the rows of a run.

    Raises: BadTopics if the folder holds no run, or a line is none.
    """
    path = folder / "rows.jsonl"
    try:
        return tuple(Row.model_validate(json.loads(line)) for line in path.read_text("utf-8").splitlines())
    except (OSError, ValueError) as error:
        raise BadTopics(
            f"{path}: no rows of a run ({type(error).__name__}); 'fmqa eval run --out FOLDER' writes them"
        ) from error


def compare(first: Sequence[Row], second: Sequence[Row]) -> RunComparison:
    """Return the paired comparison of two runs over the items that both have.

    Raises: BadTopics if they have no item in common.
    """
    one = {(row.set, row.id): row for row in first}
    two = {(row.set, row.id): row for row in second}
    common = [key for key in one if key in two]
    if not common:
        raise BadTopics("the two runs have no item in common; compare runs of the same split")
    found: list[Comparison] = []
    changes: list[Change] = []
    for name, score in COMPARED:
        pairs = [(one[k], two[k]) for k in common if k[0] == name and score in one[k].scores and score in two[k].scores]
        if not pairs:
            continue
        befores, afters = [a.scores[score] for a, _ in pairs], [b.scores[score] for _, b in pairs]
        found.append(statistics.compared(f"{name}: {score}", befores, afters, [a.cluster for a, _ in pairs]))
        changes += (
            Change(set=name, id=a.id, score=score, first=a.scores[score], second=b.scores[score], question=a.question)
            for a, b in pairs
            if a.scores[score] != b.scores[score]
        )
    lower_is_better = {"abstained", "false_alarm"}
    changes.sort(key=lambda c: (c.second - c.first) * (-1 if c.score in lower_is_better else 1))
    worse = [c for c in changes if (c.second < c.first) != (c.score in lower_is_better)]
    better = [c for c in reversed(changes) if (c.second > c.first) != (c.score in lower_is_better)]
    return RunComparison(
        comparisons=statistics.holm(found),
        worse=tuple(worse[:SHOWN]),
        better=tuple(better[:SHOWN]),
        only_first=len(one) - len(common),
        only_second=len(two) - len(common),
    )
