"""Intervals and tests of the benchmark, computed with scipy.

Every figure has its n, and either an interval or the reason why it has none.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fmqa.types import Record

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 2000
SEED: Final = 20261124

Values = NDArray[np.float64]


class Measure(Record):
    """One figure of the benchmark: a value with a 95 % interval, or the reason why there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    unit: str = "share"
    interval: Literal["wilson", "exact", "bootstrap", "none"] = "none"
    why_none: str | None = None

    def __str__(self) -> str:
        """Return the figure as a table shows it."""
        if self.value is None:
            return f"not applicable: n = {self.n}"
        shown = f"{self.value:.3f}"
        return shown if self.low is None or self.high is None else f"{shown} ({self.low:.3f} to {self.high:.3f})"


def proportion(successes: int, n: int, method: Literal["wilson", "exact"] = "wilson") -> Measure:
    """Return a share with its Wilson or exact (Clopper-Pearson) 95 % interval.

    Source: Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286; computed by scipy.

    >>> str(proportion(9, 10)), str(proportion(0, 0))
    ('0.900 (0.596 to 0.982)', 'not applicable: n = 0')
    """
    if n == 0:
        return Measure(value=None, n=0, why_none="no item of this kind")
    found = stats.binomtest(successes, n).proportion_ci(CONFIDENCE, method=method)
    return Measure(
        value=_rounded(successes / n), low=_rounded(found.low), high=_rounded(found.high), n=n, interval=method
    )


def mean(values: Sequence[float], clusters: Sequence[str] | None = None, unit: str = "share") -> Measure:
    """Return a mean with the percentile interval of a bootstrap over clusters of items.

    Args:
        values: One a item.
        clusters: The source document of each item: questions on one document are not independent. None: each item is
            its own cluster.
        unit: What the values are in.
    """
    return statistic(values, clusters, unit, lambda sums, counts: sums.sum(-1) / counts.sum(-1))


def statistic(
    values: Sequence[float],
    clusters: Sequence[str] | None,
    unit: str,
    of: Callable[[Values, Values], Values],
) -> Measure:
    """Return a statistic of cluster sums and cluster sizes, with the interval of a bootstrap that draws clusters."""
    if not values:
        return Measure(value=None, n=0, unit=unit, why_none="no item of this kind")
    sums, counts = _by_cluster(values, clusters)
    point = float(of(sums, counts))
    if len(sums) < 2:
        return Measure(value=_rounded(point), n=len(values), unit=unit, why_none="a single cluster has no interval")
    drawn = np.random.default_rng(SEED).integers(len(sums), size=(RESAMPLES, len(sums)))
    low, high = np.quantile(of(sums[drawn], counts[drawn]), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Measure(
        value=_rounded(point), low=_rounded(low), high=_rounded(high), n=len(values), unit=unit, interval="bootstrap"
    )


def resampled(items: Sequence[int], of: Callable[[Sequence[int]], float], draws: int = 200) -> tuple[float, float]:
    """Return the ends of the bootstrap interval of any function of a sample."""
    array = np.asarray(items)
    drawn = np.random.default_rng(SEED).integers(len(array), size=(draws, len(array)))
    low, high = np.quantile([of(array[rows].tolist()) for rows in drawn], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return _rounded(float(low)), _rounded(float(high))


def _by_cluster(values: Sequence[float], clusters: Sequence[str] | None) -> tuple[Values, Values]:
    """Return sum and number of the values of each cluster, in the order of the clusters' names."""
    array = np.asarray(values, dtype=np.float64)
    if clusters is None:
        return array, np.ones_like(array)
    _, places = np.unique(np.asarray(clusters), return_inverse=True)
    sums: Values = np.bincount(places, array).astype(np.float64)
    return sums, np.bincount(places).astype(np.float64)


def _rounded(value: float) -> float:
    return round(float(value), 6)


class Comparison(Record):
    """Two runs on the same items: the difference of means (second less first), and what chance would make of it."""

    measure: str
    n: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float | None = None
    test: Literal["McNemar exact", "randomisation"]


def compared(name: str, first: Sequence[float], second: Sequence[float], clusters: Sequence[str]) -> Comparison:
    """Return the paired comparison of two runs on one measure.

    Shares (every value 0 or 1) are tested by McNemar's exact test on the discordant pairs, other values by a paired
    randomisation test (Smucker, Allan and Carterette 2007, doi:10.1145/1321440.1321528). The interval is that of a
    bootstrap over clusters.

    Raises: ValueError if the runs differ in length or are empty.
    """
    if len(first) != len(second) or not first:
        raise ValueError("a paired comparison needs the same items, at least one, on both sides")
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    difference = two - one
    spread = mean(difference.tolist(), clusters)
    binary = bool(np.isin(one, (0, 1)).all() and np.isin(two, (0, 1)).all())
    if binary:
        better, worse = int((difference > 0).sum()), int((difference < 0).sum())
        p = float(stats.binomtest(better, better + worse).pvalue) if better + worse else 1.0
    elif not difference.any():
        p = 1.0
    else:
        p = float(
            stats.permutation_test(
                (one, two),
                lambda a, b, axis: np.mean(b - a, axis=axis),
                permutation_type="samples",
                n_resamples=9_999,
                rng=np.random.default_rng(SEED),
                vectorized=True,
            ).pvalue
        )
    return Comparison(
        measure=name,
        n=len(one),
        first=_rounded(float(one.mean())),
        second=_rounded(float(two.mean())),
        difference=_rounded(float(difference.mean())),
        low=spread.low if spread.low is not None else _rounded(float(difference.mean())),
        high=spread.high if spread.high is not None else _rounded(float(difference.mean())),
        p=_rounded(p),
        test="McNemar exact" if binary else "randomisation",
    )


def holm(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Return the comparisons with p adjusted for their number (Holm 1979, jstor:4615733), in their own order."""
    order = sorted(range(len(comparisons)), key=lambda i: comparisons[i].p)
    adjusted: dict[int, float] = {}
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * comparisons[i].p))
        adjusted[i] = _rounded(highest)
    return tuple(c.model_copy(update={"p_holm": adjusted[i]}) for i, c in enumerate(comparisons))


# --- selective answering ----------------------------------------------------------------------------------------------


class RiskCoverage(Record):
    """How the share of wrong answers grows as less confident questions are answered too."""

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    aurc: float | None
    risk_at_80: float | None
    risk_at_90: float | None
    n: int


def risk_coverage(confidences: Sequence[float], wrong: Sequence[bool]) -> RiskCoverage:
    """Return the risk-coverage curve and the area under it; lower is better.

    Equal confidences are answered together: their order is nobody's knowledge.

    Source: Geifman and El-Yaniv 2017, arXiv:1705.08500.

    >>> risk_coverage([0.9, 0.8, 0.1], [False, False, True]).risk
    (0.0, 0.0, 0.333333)
    """
    if not confidences:
        return RiskCoverage(coverage=(), risk=(), aurc=None, risk_at_80=None, risk_at_90=None, n=0)
    scores, losses = np.asarray(confidences, dtype=np.float64), np.asarray(wrong, dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    scores, losses = scores[order], losses[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # the last item of each confidence
    coverage, risk = (last + 1) / len(scores), np.cumsum(losses)[last] / (last + 1)
    width = np.diff(np.concatenate(([0.0], coverage)))
    at = {share: float(risk[int(np.searchsorted(coverage, share - 1e-12))]) for share in (0.8, 0.9)}
    return RiskCoverage(
        coverage=tuple(_rounded(c) for c in coverage),
        risk=tuple(_rounded(r) for r in risk),
        aurc=_rounded(float((risk * width).sum())),
        risk_at_80=_rounded(at[0.8]),
        risk_at_90=_rounded(at[0.9]),
        n=len(scores),
    )


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> Measure:
    """Return the expected calibration error over bins of equal size, with a bootstrap interval over items.

    Source: Naeini, Cooper and Hauskrecht 2015 (AAAI); bins of equal mass after Nixon et al. 2019, arXiv:1904.01685.
    """
    if not confidences:
        return Measure(value=None, n=0, why_none="no answer with a confidence")
    scores, outcomes = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)

    def error(rows: NDArray[np.int64]) -> float:
        order = rows[np.argsort(scores[rows], kind="stable")]
        parts = np.array_split(order, bins)
        gaps = [len(part) * abs(scores[part].mean() - outcomes[part].mean()) for part in parts if len(part)]
        return float(sum(gaps) / len(rows))

    drawn = np.random.default_rng(SEED).integers(len(scores), size=(RESAMPLES // 4, len(scores)))
    low, high = np.quantile([error(rows) for rows in drawn], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    point = error(np.arange(len(scores)))
    return Measure(
        value=_rounded(point), low=_rounded(float(low)), high=_rounded(float(high)), n=len(scores), interval="bootstrap"
    )
