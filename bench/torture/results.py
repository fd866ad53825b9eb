"""The results of campaigns, which may be run one by one, in one file, and the page that is made of it."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Final

from fmqa import files

from .campaigns import ROOT, SEED, Campaign, Result, bound

RESULTS: Final = ROOT / "docs" / "reliability.json"
_HEAD: Final = f"""\
# What was tried, and how often it failed

Made by `make torture` from `reliability.json`; not edited by hand. `make torture CAMPAIGN=name` runs one campaign anew,
with `RESUME=1` it goes on where it was. Batch n of a campaign has the seed `{SEED} name n`; where a kill hits depends
on the machine too. The bound is exact (Clopper and Pearson): with 95 % confidence the chance that a trial of this kind
fails is below it.

| Promise | Campaign | Trials | Failures | 95 % bound | On |
|---|---|---|---|---|---|
"""
_SURVIVORS: Final = """
## Do the tests notice?

Mutants are copies of the program with one small change; a test that fails has noticed. Those that nothing notices are
counted, whether or not they change what the program does.

| Of | Mutants | Noticed | Score | 95 % interval |
|---|---|---|---|---|
"""
_FIGURES: Final = """
## What was measured besides

Median over the batches, and the worst.

| Campaign | Figure | Median | Worst |
|---|---|---|---|
"""


def read(path: Path) -> dict[str, Result]:
    """Return the results of a file by the name of the campaign; empty if there is none."""
    if not path.exists():
        return {}
    return {name: Result.model_validate(each) for name, each in json.loads(path.read_text("utf-8")).items()}


def keep(path: Path, name: str, result: Result) -> None:
    """Write the result of a campaign into a file that other processes may write to as well."""
    with _held(path):
        found = {**read(path), name: result}
        told = {key: found[key].model_dump(mode="json") for key in sorted(found)}
        files.put(path, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())


@contextmanager
def _held(path: Path) -> Iterator[None]:
    lock = Path(tempfile.gettempdir()) / f"fmqa-{sha256(str(path.resolve()).encode()).hexdigest()[:16]}.lock"
    with files.held(lock, 60):
        yield


def page(campaigns: Sequence[Campaign], found: dict[str, Result]) -> str:
    """Return the page of what was found."""
    rows, survivors, figures = "", "", ""
    whole = {c.name: found[c.name] for c in campaigns if c.name in found and found[c.name].trials >= c.trials}
    lacking = [f"`{each.name}`" for each in campaigns if each.name not in whole]
    for each in campaigns:
        result = whole.get(each.name)
        if result is None:
            continue
        if each.survivors:
            survivors += _survivors(each, result)
        else:
            upper = bound(result.trials, result.failures)
            rows += (
                f"| {each.promise} | `{each.name}` | {result.trials:,} | {result.failures:,} | {upper:.2g} "
                f"| {result.day} |\n"
            )
        for name, values in result.figures.items():
            figures += f"| `{each.name}` | {name} | {median(values):.4g} | {max(values):.4g} |\n"
    missing = f"\nNot run in full yet: {', '.join(lacking)}.\n" if lacking else ""
    return _HEAD + rows + missing + (survivors and _SURVIVORS + survivors) + (figures and _FIGURES + figures)


def _survivors(campaign: Campaign, result: Result) -> str:
    from scipy.stats import beta  # noqa: PLC0415

    noticed = result.trials - result.failures
    low = float(beta.ppf(0.025, noticed, result.failures + 1)) if noticed else 0.0
    high = float(beta.ppf(0.975, noticed + 1, result.failures)) if result.failures else 1.0
    share = noticed / result.trials
    return f"| {campaign.promise} | {result.trials} | {noticed} | {share:.0%} | {low:.0%}–{high:.0%} |\n"
