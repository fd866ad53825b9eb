"""Estimates: only numbers that stand in the statements, each with its span."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fmqa.assistant import Assistant
from fmqa.types import Document, DocumentKind, Effect, StatementSpan, text_sha256
from fmqa.web import estimates
from fmqa.web.estimates import Estimate, Measure
from samples import METADATA, STATEMENT


def trial(text: str, kind: DocumentKind = DocumentKind.TRIAL) -> Document:
    return Document(
        metadata=METADATA.model_copy(update={"kind": kind}),
        path="trials/x.md",
        text=text,
        sha256=text_sha256(text),
        sections=(),
        statements=(StatementSpan(statement=STATEMENT, start=0, end=len(text), line=1),),
    )


@pytest.fixture(scope="module")
def found(assistant: Assistant) -> list[Estimate]:
    documents = (assistant.index.document(name) for name in assistant.index.document_ids)
    return [estimate for document in documents for estimate in estimates.of_document(document)]


def test_the_corpus_gives_its_estimates_with_the_words_that_print_them(
    found: list[Estimate], assistant: Assistant
) -> None:
    assert len(found) >= 25
    for estimate in found:
        text = assistant.index.document(estimate.document_id).text
        place = estimate.anchor.position
        quote = text[place.start : place.end]
        assert quote == estimate.anchor.quote.exact
        assert quote in estimate.statement
        assert quote.endswith((")", estimate.statement[-1])) or "(" in quote
        for number in (estimate.value, estimate.low, estimate.high):
            assert str(number) in quote


def test_known_results_are_read_as_they_are_printed(found: list[Estimate]) -> None:
    read = {
        (e.document_id, e.statement_id, e.measure): (str(e.value), str(e.low), str(e.high), e.confidence) for e in found
    }
    assert read["final-2024", "pain", Measure.DIFFERENCE] == ("-0.34", "-0.95", "0.27", 95)
    assert read["vatvani-2024", "pain", Measure.DIFFERENCE] == ("-0.86", "-1.20", "-0.51", 95)
    assert read["cochrane-cbt-2013", "pain", Measure.STANDARDISED] == ("-0.29", "-0.49", "-0.17", None)
    assert read["cochrane-snri-2018", "stopped", Measure.RISK_DIFFERENCE] == ("0.07", "0.04", "0.10", None)


@pytest.mark.parametrize(
    "text",
    [
        "Pain changed by -1.3 points (95% CI -1.7 to -0.8) on naltrexone.",  # within one group
        "The difference in pain was -0.87 (-1.28 to -0.46).",  # of what measure?
        "The mean difference was not given.",
        "NNT 4.1 (2.9-6.7).",
        "mean difference -0.86 without an interval.",
    ],
)
def test_what_is_no_estimate_with_measure_and_interval_is_left_out(text: str) -> None:
    assert list(estimates.of_document(trial(text))) == []


def test_documents_that_tell_of_a_result_again_do_not_count() -> None:
    text = "The trial found a mean difference of pain: mean difference -0.86 (95% CI -1.20 to -0.51)."
    assert len(list(estimates.of_document(trial(text)))) == 1
    for kind in (DocumentKind.ARTICLE, DocumentKind.BACKGROUND, DocumentKind.GUIDELINE):
        assert list(estimates.of_document(trial(text, kind))) == []


@given(st.lists(st.decimals(-99, 99, places=2, allow_nan=False), min_size=3, max_size=3), st.sampled_from(["to", "-"]))
def test_any_printed_estimate_is_read_back(numbers: list[Decimal], dash: str) -> None:
    low, value, high = sorted(numbers)
    between = " to " if dash == "to" else "-"
    text = f"In the trial the risk ratio {value} (95% CI {low}{between}{high}), p=0.1, was seen."
    (estimate,) = estimates.of_document(trial(text))
    assert (estimate.low, estimate.value, estimate.high) == (low, value, high)
    assert estimate.confidence == 95


def test_an_estimate_outside_its_interval_is_refused() -> None:
    with pytest.raises(ValidationError, match="outside"):
        list(estimates.of_document(trial("The risk ratio 3.0 (95% CI 1.0-2.0) cannot be.")))


def test_panels_keep_measures_and_scales_apart(found: list[Estimate]) -> None:
    panels = estimates.panels(found)
    assert sum(len(members) for members in panels.values()) == len(found)
    for (measure, scale, _), members in panels.items():
        assert {(member.measure, member.scale) for member in members} == {(measure, scale)}
        assert [(e.outcomes, e.value) for e in members] == sorted((e.outcomes, e.value) for e in members)


@pytest.mark.parametrize(
    ("effect", "value", "better"),
    [
        (Effect.BENEFIT, "-0.9 (-1.2 to -0.5)", "lower"),
        (Effect.BENEFIT, "0.9 (0.5 to 1.2)", "higher"),
        (Effect.HARM, "0.9 (0.5 to 1.2)", "lower"),
        (Effect.NO_DIFFERENCE, "-0.9 (-1.2 to 0.5)", None),
        (None, "-0.9 (-1.2 to -0.5)", None),
    ],
)
def test_which_values_favour_the_treatment_is_told_by_what_the_source_calls_them(
    effect: Effect | None, value: str, better: str | None
) -> None:
    document = trial(f"In 1,234 women the mean difference was: mean difference {value}.")
    (span,) = document.statements
    typed = span.model_copy(update={"statement": span.statement.model_copy(update={"effect": effect})})
    found = tuple(estimates.of_document(document.model_copy(update={"statements": (typed,)})))
    assert [key[2] for key in estimates.panels(found)] == [better]
    assert [estimate.people for estimate in found] == ["1,234"]


def test_sources_that_tell_the_opposite_favour_no_side() -> None:
    document = trial("One: mean difference -0.9 (-1.2 to -0.5).")
    (one,) = estimates.of_document(document)
    two = one.model_copy(update={"effect": Effect.HARM})
    assert [key[2] for key in estimates.panels((one.model_copy(update={"effect": Effect.BENEFIT}), two))] == [None]
