"""Effect estimates with their intervals, as they stand in the curated statements of trials and reviews.

Only a number that a statement prints with its measure and its interval becomes an estimate, and it keeps the span that
it was read from. Nothing is computed, converted or pooled.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from fmqa.corpus import anchors
from fmqa.types import Anchor, Document, DocumentKind, Effect, Record


class Measure(StrEnum):
    """What an estimate measures."""

    STANDARDISED = "standardised mean difference"
    DIFFERENCE = "mean difference"
    RATIO = "risk ratio"
    RISK_DIFFERENCE = "risk difference"

    @property
    def no_effect(self) -> int:
        """The value that means no difference."""
        return 1 if self is Measure.RATIO else 0


class Estimate(Record):
    """An effect estimate that a statement prints. The decimals keep the digits that are printed."""

    measure: Measure
    value: Decimal
    low: Decimal
    high: Decimal
    confidence: int | None = Field(description="Level of the interval in per cent; None where it is not printed.")
    scale: str | None = Field(description="Range of the scale that the statement names, e.g. 0-100.")
    document_id: str
    short_title: str
    kind: DocumentKind
    superseded: bool
    statement_id: str
    interventions: tuple[str, ...]
    outcomes: tuple[str, ...]
    effect: Effect | None = Field(description="What the statement says that the estimate means; None if nothing.")
    statement: str
    people: str | None = Field(None, description="How many took part, as the statement prints it.")
    anchor: Anchor = Field(description="The characters from the measure to the end of the interval.")

    @model_validator(mode="after")
    def _lies_in_its_interval(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"an estimate of {self.value} lies outside {self.low} to {self.high}")
        return self


_NUMBER: Final = r"-?\d+(?:\.\d+)?"
_INTERVAL: Final = rf"\((?:(?P<confidence>\d\d)% )?(?:CI )?(?P<low>{_NUMBER})(?: to |-)(?P<high>{_NUMBER})(?=[,)])"
_FORMS: Final = tuple(
    re.compile(form + _INTERVAL)
    for form in (
        rf"\b(?P<measure>standardised mean difference|SMD|mean difference|risk ratio|RR|risk difference) "
        rf"(?P<value>{_NUMBER}) ",
        rf"(?<![\d.])(?P<value>{_NUMBER}) points(?: on 0-100)? compared with control ",
        rf"\bdifference in [a-z ]+ was (?P<value>{_NUMBER}) points ",
    )
)
_SHORT: Final = {"SMD": Measure.STANDARDISED, "RR": Measure.RATIO}
_PEOPLE: Final = re.compile(r"\b(\d[\d,]*) (?:people|patients|women|participants|adults)\b")
_SCALE: Final = re.compile(r"\b0-10{1,2}\b")


def of_document(document: Document) -> Iterator[Estimate]:
    """Return the estimates of a trial or a review, in the order of its text; of other documents none.

    Other documents tell of the same results again, and would count them twice.
    """
    metadata = document.metadata
    if metadata.kind not in (DocumentKind.TRIAL, DocumentKind.REVIEW):
        return
    for span in document.statements:
        text = document.text[span.start : span.end]
        for found in (found for form in _FORMS for found in form.finditer(text)):
            named = found.groupdict().get("measure") or Measure.DIFFERENCE
            scale, people = _SCALE.search(text), _PEOPLE.search(text)
            yield Estimate(
                measure=_SHORT.get(named) or Measure(named),
                value=Decimal(found["value"]),
                low=Decimal(found["low"]),
                high=Decimal(found["high"]),
                confidence=int(found["confidence"]) if found["confidence"] else None,
                scale=scale[0] if scale and named == Measure.DIFFERENCE else None,
                document_id=document.id,
                short_title=metadata.short_title,
                kind=metadata.kind,
                superseded=metadata.superseded_by is not None,
                statement_id=span.statement.id,
                interventions=span.statement.interventions,
                outcomes=span.statement.outcomes,
                effect=span.statement.effect,
                statement=text,
                people=people[1] if people else None,
                anchor=anchors.make(
                    document.id,
                    document.text,
                    document.sha256,
                    span.start + found.start(),
                    span.start + found.end() + text.startswith(")", found.end()),
                    text,
                ),
            )


Better = Literal["lower", "higher"]
"""Which values favour the treatment."""
Panel = tuple[Measure, str | None, Better | None]


def panels(estimates: Iterable[Estimate]) -> dict[Panel, tuple[Estimate, ...]]:
    """Return estimates by measure, scale and which values favour the treatment, each panel by outcome and value.

    Only within one panel may lengths be looked at together. What favours the treatment is told by the sources: where
    one calls a lower value a benefit, or a higher one a harm, lower is better for that outcome on that measure. None:
    no source says so of the outcome, or two say the opposite.
    """
    listed = tuple(estimates)
    told: dict[tuple[Measure, str | None, tuple[str, ...]], set[Better]] = {}
    for estimate in listed:
        side = _better(estimate)
        if side:
            told.setdefault((estimate.measure, estimate.scale, estimate.outcomes), set()).add(side)
    found: dict[Panel, list[Estimate]] = {}
    for estimate in listed:
        sides = told.get((estimate.measure, estimate.scale, estimate.outcomes), set())
        better = next(iter(sides)) if len(sides) == 1 else None
        found.setdefault((estimate.measure, estimate.scale, better), []).append(estimate)
    order = list(Measure)
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[1] or "", key[2] or "~"))
    return {key: tuple(sorted(found[key], key=lambda e: (e.outcomes, e.value))) for key in keys}


def _better(estimate: Estimate) -> Better | None:
    if estimate.effect not in (Effect.BENEFIT, Effect.HARM) or estimate.value == estimate.measure.no_effect:
        return None
    is_lower = estimate.value < estimate.measure.no_effect
    return "lower" if is_lower == (estimate.effect is Effect.BENEFIT) else "higher"
