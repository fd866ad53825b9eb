"""Writes the report on a run as one page, in Markdown and in HTML.

It holds what a sceptical reader needs to recompute the figures or to doubt them.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

import jinja2
from markdown_it import MarkdownIt

from fmqa.evaluation import plots
from fmqa.evaluation.benchmark import BUDGETS, MAIN, Row
from fmqa.evaluation.comparison import RunComparison
from fmqa.evaluation.statistics import Measure
from fmqa.evaluation.summary import Summary

HEADLINE: Final = (
    f"vital nuggets at {MAIN} words",
    "vital nuggets at 60 words",
    f"words of the answer at {MAIN}",
    "sentences that give a nugget",
    "expected grade shown as printed",
    "status right",
    "unanswerable handled",
    "false abstention",
    "emergencies caught",
    "false alarms",
    "all sides shown",
    "dialogues: vital nuggets, later turns",
    "rewordings: vital nuggets",
    "retrieval-hybrid: nDCG@10",
)
"""Measures of the table that is printed at the end of a run."""
WORST: Final = 20


def worst(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the answers that gave least of what was needed, missed emergencies first; ties by length, then id."""

    def badness(row: Row) -> tuple[float, float, str]:
        if row.set == "emergencies":
            return (-1.0 if row.scores.get("recall") == 0 else 2.0, 0.0, row.id)
        score = row.scores.get("handled", row.scores.get("sides", row.scores.get(f"vital@{MAIN}", 2.0)))
        return (score, -float(len(row.answer)), row.id)

    judged = [r for r in rows if r.set in ("answerable", "unanswerable", "disagreement", "dialogues", "emergencies")]
    return tuple(sorted(judged, key=badness)[:WORST])


def markdown(summary: Summary, rows: Sequence[Row], test_runs: Sequence[dict[str, str]]) -> str:
    """Return the report as Markdown; plots are left to the HTML page."""
    return _template("report.md.j2").render(
        summary=summary,
        headline=[(name, summary.measures[name]) for name in HEADLINE if name in summary.measures],
        worst=worst(rows),
        test_runs=test_runs,
        budget=MAIN,
    )


def html(summary: Summary, rows: Sequence[Row], test_runs: Sequence[dict[str, str]]) -> str:
    """Return the report as one HTML page that loads nothing, with its plots inside."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown(summary, rows, test_runs))
    return _template("report.html.j2").render(body=body, plots=_plots(summary), split=summary.split)


def comparison_markdown(found: RunComparison) -> str:
    """Return the comparison of two runs as Markdown."""
    return _template("comparison.md.j2").render(found=found)


def _plots(summary: Summary) -> list[tuple[str, str]]:
    measures = summary.measures
    found = [
        ("Wrong answers by share of questions answered", plots.risk_coverage(summary.risk_coverage)),
        (
            "Nuggets by words",
            plots.by_words(
                BUDGETS,
                [measures[f"vital nuggets at {b} words"] for b in BUDGETS],
                [measures[f"all nuggets at {b} words"] for b in BUDGETS],
            ),
        ),
    ]
    if summary.mutations is not None:
        harmful = [row for row in summary.mutations.operators if row.harmful]
        found.append(
            (
                "Mutations noticed, by operator",
                plots.bars([row.operator for row in harmful], [row.noticed for row in harmful], "Kill rate"),
            )
        )
    return found


def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=name.endswith(".html.j2"), trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["quoted"] = _quoted
    environment.filters["figure"] = _figure
    return environment.from_string(files("fmqa.evaluation").joinpath("templates", name).read_text("utf-8"))


def _quoted(text: str) -> str:
    """Return a text as a Markdown quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _figure(measure: Measure | Any) -> str:
    return str(measure)
