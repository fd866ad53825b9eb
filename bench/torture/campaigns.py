"""What a campaign is, how it is run in batches that can be gone on with, and the bound that its trials give.

The bound is the exact one of Clopper and Pearson, 1934, doi:10.1093/biomet/26.4.404.
"""

import datetime
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import Field

from fmqa.types import Record

SEED: Final = 13
DAY: Final = datetime.date(2026, 11, 24)
ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Trials:
    """What a batch of trials is given."""

    folder: Path
    """Its own, empty, and gone afterwards."""
    count: int
    chance: random.Random
    figures: dict[str, list[float]]
    """Where it notes what it has measured besides, by what the figure says."""
    kept: Path
    """A folder that stays, for indices."""
    short: bool = False
    """Whether only a few trials are wanted: on a small index, and without figures that want many."""


Run = Callable[[Trials], Iterator[str | None]]
"""Yields for each trial what broke the promise, or None."""


class Campaign(NamedTuple):
    """A promise, and how often it is tried."""

    name: str
    promise: str
    trials: int
    short: int
    """How many in `make test`; 0 where other tests try the same."""
    run: Run
    batch: int
    """Trials between two times that the result is written down; each batch has a seed of its own."""
    survivors: bool = False
    """Whether a trial that fails tells how much the tests notice, so that some are expected."""


class Result(Record):
    """What became of a campaign so far."""

    promise: str
    trials: int = 0
    failures: int = 0
    shown: tuple[str, ...] = ()
    """The first failures, in words."""
    figures: Mapping[str, tuple[float, ...]] = Field(default_factory=dict)
    seconds: float = 0.0
    batches: int = 0
    seed: int = SEED
    day: datetime.date


MOST_SHOWN: Final = 40


def bound(trials: int, failures: int) -> float:
    """Return the upper end of the one-sided 95 % interval for the chance of a failure.

    >>> round(bound(1000, 0), 5)
    0.00299
    """
    from scipy.stats import beta  # noqa: PLC0415

    return 1.0 if failures >= trials else float(beta.ppf(0.95, failures + 1, trials - failures))


def run_batch(campaign: Campaign, before: Result | None, wanted: int, kept: Path, *, short: bool) -> Result:
    """Run the next batch of a campaign in a folder of its own, and return its result with those before it."""
    before = before or Result(promise=campaign.promise, day=datetime.datetime.now(datetime.UTC).date())
    count = min(campaign.batch, wanted - before.trials)
    figures: dict[str, list[float]] = {}
    broken: list[str] = []
    failures = done = 0
    started = time.monotonic()
    chance = random.Random(f"{SEED} {campaign.name} {before.batches}")  # noqa: S311 - trials
    with tempfile.TemporaryDirectory() as folder:
        for fault in campaign.run(Trials(Path(folder), count, chance, figures, kept, short)):
            done += 1
            if fault is not None:
                failures += 1
                broken.append(f"batch {before.batches}, trial {done}: {fault}")
    merged = {name: (*before.figures.get(name, ()), *figures.get(name, ())) for name in {**before.figures, **figures}}
    return before.model_copy(
        update={
            "trials": before.trials + done,
            "failures": before.failures + failures,
            "shown": (*before.shown, *broken)[:MOST_SHOWN],
            "figures": merged,
            "seconds": round(before.seconds + time.monotonic() - started, 1),
            "batches": before.batches + 1,
            "day": datetime.datetime.now(datetime.UTC).date(),
        }
    )
