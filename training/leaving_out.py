"""What each training set adds: the encoder trained with every set, and without each of the largest, step for step.

All runs start from the base with the same seed and end after the same number of steps, so that what a set gave is taken
by the others. A run that is measured leaves its values an item, and the runs are compared pair by pair.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from fmqa.evaluation import statistics
from fmqa.evaluation.statistics import Comparison
from fmqa.tuning.network import Network
from fmqa.tuning.pack import PackStatement
from training import encoder, mining
from training.measures import Scores
from training.records import Group
from training.telling import say

ALL: Final = "all sets"
SCORES_FILE: Final = "scores.json"


def largest(groups: Sequence[Group], count: int) -> dict[str, int]:
    """Return the sets with the most questions that an encoder is trained on, with their number, largest first."""
    return dict(Counter(g.source for g in groups if g.fold == "train" and g.positives).most_common(count))


def without(
    groups: Sequence[Group], statements: Sequence[PackStatement], name: str
) -> tuple[list[Group], Sequence[PackStatement]]:
    """Return what is left to train on without a set; the corpus takes its statements with it."""
    return [g for g in groups if g.source != name], () if name == mining.PACK else statements


def run(
    base: Path,
    groups: Sequence[Group],
    statements: Sequence[PackStatement],
    work: Path,
    measure: Callable[[Network], Mapping[str, Scores]],
    *,
    sets: Sequence[str],
    steps: int,
) -> Iterator[dict[str, dict[str, Scores]]]:
    """Yield, after each run, what the encoder is worth by what it was trained on: every set first, then without some.

    Args:
        base: Folder of the model that every run starts from.
        groups: What is trained on, with rivals.
        statements: The corpus.
        work: Folder of checkpoints and values; a run that was measured is not done again.
        measure: Values of a tuned encoder by figure.
        sets: Which sets are left out, one at a time.
        steps: Of each run.
    """
    found: dict[str, dict[str, Scores]] = {}
    for name in (ALL, *sets):
        folder = work / f"{steps} steps, {'' if name == ALL else 'without '}{name}"
        if not (folder / SCORES_FILE).is_file():
            kept, corpus = without(groups, statements, name)
            say(f"{folder.name}: {len(kept)} groups")
            network = encoder.tune(base, kept, corpus, folder / "checkpoint", steps=steps)
            _write(folder / SCORES_FILE, measure(network))
            shutil.rmtree(folder / "checkpoint")
        values = json.loads((folder / SCORES_FILE).read_text(encoding="utf-8"))
        found[name] = {figure: Scores(*scores) for figure, scores in values.items()}
        yield found


def _write(path: Path, scores: Mapping[str, Scores]) -> None:
    path.write_text(json.dumps(scores) + "\n", encoding="utf-8")


def table(found: Mapping[str, Mapping[str, Scores]]) -> str:
    """Return a Markdown table: the figures with every set, and what leaving out each changes, pair by pair."""
    names = [name for name in found if name != ALL]
    lines = [
        "| figure | " + " | ".join([ALL, *(f"without {name}" for name in names)]) + " |",
        "|" + "---|" * (len(names) + 2),
    ]
    for figure, scores in found[ALL].items():
        compared = (statistics.compared(figure, scores.values, found[n][figure].values, scores.clusters) for n in names)
        lines.append(f"| {figure} | " + " | ".join([str(statistics.mean(*scores)), *map(_shown, compared)]) + " |")
    return "\n".join(lines) + "\n"


def _shown(difference: Comparison) -> str:
    return f"{difference.difference:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"
