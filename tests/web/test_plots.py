"""The forest plot: one mark a row, labels as text, the same bytes each time."""

import re
from xml.etree import ElementTree

import pytest
from test_estimates import trial

from fmqa.web import estimates, plots
from fmqa.web.estimates import Better
from fmqa.web.plots import Theme

TEXT = "The risk ratio 1.33 (95% CI 1.18-1.51). RR 1.60 (1.15 to 2.34) later."


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_estimate_is_drawn_with_its_label_as_text(theme: Theme) -> None:
    found = list(estimates.of_document(trial(TEXT)))
    labels = ["First: pain $x$ <b>", "Second & last"]
    drawn = plots.forest(found, labels, theme)
    svg = ElementTree.fromstring(drawn)  # noqa: S314 - our own drawing
    words = ["".join(element.itertext()) for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert [word for word in words if word in labels] == labels
    assert any("no difference (1)" in word for word in words)
    assert b"<script" not in drawn
    assert not re.search(rb"href=\"http", drawn)
    assert drawn == plots.forest(found, labels, theme)


@pytest.mark.parametrize(("better", "first"), [("lower", "treatment"), ("higher", "control"), (None, None)])
def test_a_plot_says_which_side_favours_what_if_that_is_told(better: Better | None, first: str | None) -> None:
    drawn = plots.forest(list(estimates.of_document(trial(TEXT))), ["a", "b"], "light", better).decode()
    assert ("favours" in drawn) == (first is not None)
    assert first is None or drawn.index(f"favours {first}") == drawn.index("favours")


def test_themes_differ() -> None:
    found = list(estimates.of_document(trial(TEXT)))
    assert plots.forest(found, ["a", "b"], "light") != plots.forest(found, ["a", "b"], "dark")
