"""Draws the plots of a report as SVG text. The same numbers give the same bytes."""

import io
from collections.abc import Sequence
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from fmqa.evaluation.statistics import Measure, RiskCoverage

_INK: Final = "#1f4e79"


def risk_coverage(curve: RiskCoverage) -> str:
    """Return the risk-coverage curve: share of wrong answers against share of questions answered."""
    figure, axes = _figure("Questions answered, most confident first (share)", "Wrong among them (share)")
    axes.step(curve.coverage, curve.risk, where="post", color=_INK)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return _svg(figure)


def by_words(budgets: Sequence[int], vital: Sequence[Measure], every: Sequence[Measure]) -> str:
    """Return nugget recall at each number of words, with intervals."""
    figure, axes = _figure("Words allowed", "Nuggets given (share)")
    for name, found, mark in (("vital", vital, "o-"), ("all", every, "s--")):
        shown = [(b, m.value, m.low, m.high) for b, m in zip(budgets, found, strict=True) if m.value is not None]
        if not shown:
            continue
        x, y, low, high = zip(*shown, strict=True)
        below = [v - (v if bound is None else bound) for v, bound in zip(y, low, strict=True)]
        above = [(v if bound is None else bound) - v for v, bound in zip(y, high, strict=True)]
        axes.errorbar(
            x, y, yerr=[below, above], fmt=mark, label=name, capsize=3, color=_INK, alpha=1 if mark == "o-" else 0.6
        )
    axes.set(ylim=(0, 1), xticks=list(budgets))
    axes.legend(frameon=False)
    return _svg(figure)


def bars(names: Sequence[str], measures: Sequence[Measure], label: str) -> str:
    """Return a bar for each name with its interval."""
    figure, axes = _figure(label, "", height=0.8 + 0.24 * len(names))
    values = [m.value or 0.0 for m in measures]
    errors = [
        [v - (v if m.low is None else m.low) for v, m in zip(values, measures, strict=True)],
        [(v if m.high is None else m.high) - v for v, m in zip(values, measures, strict=True)],
    ]
    places = list(range(len(names)))
    axes.barh(places, values, xerr=errors, color=_INK, alpha=0.75, ecolor="#333333", capsize=2)
    axes.set(yticks=places, yticklabels=list(names), xlim=(0, 1.02))
    axes.invert_yaxis()
    return _svg(figure)


def _figure(x: str, y: str, height: float = 3.0) -> tuple[Figure, "mpl.axes.Axes"]:
    figure = Figure(figsize=(6.4, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    return figure, axes


def _svg(figure: Figure) -> str:
    target = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "fmqa", "svg.fonttype": "none", "font.size": 9}):
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    text = target.getvalue()
    return text[text.index("<svg") :]
