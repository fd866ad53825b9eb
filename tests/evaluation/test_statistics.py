"""Tests of fmqa.evaluation.statistics: values against plain references, and the laws of intervals and tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.evaluation import statistics
from fmqa.evaluation.statistics import Comparison

SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=40)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_in_bounds(counts: tuple[int, int]) -> None:
    for found in (statistics.proportion(*counts), statistics.proportion(*counts, "exact")):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= round(counts[0] / counts[1], 6) <= found.high <= 1


def test_exact_interval_of_no_failure_is_the_rule_of_three() -> None:
    found = statistics.proportion(100, 100, "exact")
    assert found.low == pytest.approx(0.025 ** (1 / 100), abs=1e-6)


def test_nothing_measured_is_said_to_be_so_and_is_no_number() -> None:
    for found in (statistics.proportion(0, 0), statistics.mean([]), statistics.calibration_error([], [])):
        assert found.value is None
        assert found.why_none
        assert "not applicable" in str(found)


@given(SHARES)
def test_a_mean_is_the_mean_and_lies_in_its_interval(values: list[float]) -> None:
    found = statistics.mean(values)
    assert found.value is not None
    assert found.value == pytest.approx(np.mean(values), abs=1e-5)
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-6 <= found.value <= found.high + 1e-6


def test_items_of_one_document_are_not_independent() -> None:
    values = [1.0] * 20 + [0.0] * 20
    apart = statistics.mean(values)
    together = statistics.mean(values, ["one"] * 20 + ["other"] * 20)
    assert apart.low is not None
    assert together.low is not None
    assert together.low < apart.low


def test_one_cluster_has_no_interval() -> None:
    assert statistics.mean([0.0, 1.0], ["a", "a"]).low is None


def test_mcnemar_counts_only_pairs_that_differ() -> None:
    first, second = [0.0] * 8 + [1.0] * 92, [1.0] * 8 + [1.0] * 92
    found = statistics.compared("m", first, second, [str(i) for i in range(100)])
    assert found.test == "McNemar exact"
    assert found.p == pytest.approx(2 * 0.5**8, abs=1e-6)
    assert found.difference == pytest.approx(0.08)


def test_equal_runs_do_not_differ() -> None:
    for values in ([0.0, 1.0, 1.0], [0.2, 0.4, 0.9]):
        found = statistics.compared("m", values, values, ["a", "b", "c"])
        assert (found.difference, found.p) == (0.0, 1.0)


def test_a_clear_difference_is_found_and_its_sign_is_second_less_first() -> None:
    rng = np.random.default_rng(1)
    first = rng.uniform(0, 0.5, 60)
    found = statistics.compared("m", first.tolist(), (first + 0.3).tolist(), [str(i) for i in range(60)])
    assert found.test == "randomisation"
    assert found.difference == pytest.approx(0.3)
    assert found.p < 0.001
    assert found.low > 0


def test_runs_of_different_items_are_refused() -> None:
    with pytest.raises(ValueError, match="same items"):
        statistics.compared("m", [1.0], [1.0, 0.0], ["a"])


def _comparison(p: float) -> Comparison:
    return Comparison(measure="m", n=9, first=0, second=0, difference=0, low=0, high=0, p=p, test="randomisation")


def test_holm_multiplies_the_smallest_most_and_never_falls() -> None:
    found = statistics.holm([_comparison(p) for p in (0.04, 0.01, 0.03)])
    assert [c.p_holm for c in found] == pytest.approx([0.06, 0.03, 0.06])
    assert [c.p for c in found] == [0.04, 0.01, 0.03]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_p(values: list[float]) -> None:
    for found in statistics.holm([_comparison(p) for p in values]):
        assert found.p_holm is not None
        assert found.p - 1e-6 <= found.p_holm <= 1


def test_risk_of_a_perfect_order_rises_only_at_the_end() -> None:
    found = statistics.risk_coverage([0.9, 0.8, 0.7, 0.2, 0.1], [False, False, False, False, True])
    assert found.risk_at_80 == 0.0
    assert found.risk_at_90 == pytest.approx(0.2)
    reverse = statistics.risk_coverage([0.1, 0.2, 0.7, 0.8, 0.9], [False, False, False, False, True])
    assert found.aurc is not None
    assert reverse.aurc is not None
    assert found.aurc < reverse.aurc


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1, max_size=30))
def test_equal_confidences_are_answered_together(items: list[tuple[float, bool]]) -> None:
    confidences, wrong = zip(*items, strict=True)
    found = statistics.risk_coverage(confidences, wrong)
    assert found == statistics.risk_coverage(confidences[::-1], wrong[::-1])
    assert found.coverage[-1] == 1
    assert found.risk[-1] == pytest.approx(sum(wrong) / len(wrong), abs=1e-6)


def test_confidence_that_is_always_right_has_no_calibration_error() -> None:
    assert statistics.calibration_error([1.0] * 20 + [0.0] * 20, [True] * 20 + [False] * 20).value == 0.0
    assert statistics.calibration_error([0.9] * 20, [False] * 20).value == pytest.approx(0.9)
