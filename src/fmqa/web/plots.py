"""The estimates of trials and reviews drawn as a forest plot, without a pooled diamond: nothing is pooled here."""

import io
from collections.abc import Sequence
from typing import Final, Literal

from fmqa.web.estimates import Better, Estimate, Measure

Theme = Literal["light", "dark"]
_COLOURS: Final[dict[Theme, dict[str, str]]] = {
    "light": {"ink": "#1a2328", "line": "#0b5c6b", "soft": "#6b777d"},
    "dark": {"ink": "#e6ecee", "line": "#7fd0e0", "soft": "#a9b7bd"},
}
_ROW_INCHES: Final = 0.34
_FAVOURS: Final[dict[Better, str]] = {
    "lower": "\N{LEFTWARDS ARROW} favours treatment | favours control \N{RIGHTWARDS ARROW}",
    "higher": "\N{LEFTWARDS ARROW} favours control | favours treatment \N{RIGHTWARDS ARROW}",
}


def forest(
    estimates: Sequence[Estimate], labels: Sequence[str], theme: Theme = "light", better: Better | None = None
) -> bytes:
    """Return an SVG of estimates of one measure and one scale, first on top.

    Args:
        estimates: At least one.
        labels: What each is called; plain text.
        theme: Colours on a transparent ground.
        better: Which values favour the treatment; None where that is not told.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - takes half a second, and only this page draws
    from matplotlib.figure import Figure  # noqa: PLC0415

    colours = _COLOURS[theme]
    measure = estimates[0].measure
    # Text stays text, and the same estimates give the same bytes.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "fmqa", "text.parse_math": False}):
        figure = Figure(figsize=(9, 1.1 + _ROW_INCHES * len(estimates)), layout="constrained")
        axes = figure.add_subplot()
        rows = range(len(estimates))
        values = [float(estimate.value) for estimate in estimates]
        below = [float(estimate.value - estimate.low) for estimate in estimates]
        above = [float(estimate.high - estimate.value) for estimate in estimates]
        axes.errorbar(values, rows, xerr=(below, above), fmt="s", color=colours["line"], markersize=6, capsize=3)
        axes.axvline(measure.no_effect, color=colours["soft"], linewidth=1, linestyle="--")
        if measure is Measure.RATIO:
            axes.set_xscale("log")
            ticks = [tick for tick in (0.25, 0.5, 1, 1.5, 2, 3, 5, 10) if _in_view(tick, estimates)]
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        axes.set_yticks(rows, labels)
        axes.set_ylim(len(estimates) - 0.5, -0.5)
        told = f"{measure.value}; dashed: no difference ({measure.no_effect})"
        axes.set_xlabel(f"{_FAVOURS[better]}\n{told}" if better else told, color=colours["ink"])
        axes.tick_params(colors=colours["ink"])
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(colours["soft"])
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": "fmqa"})
    return drawn.getvalue()


def _in_view(tick: float, estimates: Sequence[Estimate]) -> bool:
    low, high = min(e.low for e in estimates), max(e.high for e in estimates)
    return float(low) * 0.9 <= tick <= float(high) * 1.1 or tick == 1
