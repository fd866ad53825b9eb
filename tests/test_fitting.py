"""The abstention rule: fitted on labelled questions, never typed in."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.errors import BadCorpus
from fmqa.fitting import MOST_FALSE_ABSTENTION, PRIOR, Calibration, LabelledQuestion, fit, read_questions

Labelled = tuple[list[dict[str, float]], list[bool]]
NUMBER = st.floats(min_value=0, max_value=1)


def drawn(answerable: int, unanswerable: int, *, gap: float, seed: int = 0) -> Labelled:
    """Return features whose two labels lie a gap apart, in units of their spread, and one feature of noise."""
    chance = np.random.default_rng(seed)
    labels = [True] * answerable + [False] * unanswerable
    rows = [{"dense": chance.normal(gap * label), "noise": chance.normal()} for label in labels]
    return rows, labels


def test_a_fit_separates_what_can_be_separated() -> None:
    rows, labels = drawn(60, 60, gap=6)
    rule = fit(rows, labels)
    assert rule is not None
    assert rule.auroc > 0.99
    assert rule.abstention_recall > 0.95
    assert (rule.questions, rule.answerable) == (120, 60)
    assert abs(rule.weights["dense"]) > 3 * abs(rule.weights["noise"])
    assert rule.confidence({"dense": 6.0, "noise": 0.0}) > 0.9
    assert rule.confidence({"dense": 0.0, "noise": 0.0}) < 0.1


def test_a_fit_claims_nothing_where_nothing_can_be_separated() -> None:
    rule = fit(*drawn(100, 100, gap=0))
    assert rule is not None
    assert 0.3 < rule.auroc < 0.7
    assert rule.abstention_recall < 0.3


@pytest.mark.parametrize("gap", [0.0, 1.0, 5.0])
@pytest.mark.parametrize(("answerable", "unanswerable"), [(10, 10), (21, 60), (100, 30)])
def test_at_most_one_in_ten_answerable_questions_is_refused(gap: float, answerable: int, unanswerable: int) -> None:
    rule = fit(*drawn(answerable, unanswerable, gap=gap, seed=1))
    assert rule is not None
    assert 0 <= rule.false_abstention <= MOST_FALSE_ABSTENTION
    assert 0 < rule.threshold < 1


def test_confidence_is_a_chance_under_the_stated_prior_on_questions_that_were_not_fitted_on() -> None:
    rule = fit(*drawn(300, 300, gap=2))
    assert rule is not None
    rows, labels = drawn(9_000, 1_000, gap=2, seed=5)  # nine of ten can be answered, as the prior says
    told = np.array([rule.confidence(row) for row in rows])
    happened = np.array(labels)
    assert abs(told.mean() - PRIOR) < 0.03
    for low, high in ((0.0, 0.6), (0.6, 0.9), (0.9, 1.0)):
        these = (told >= low) & (told < high)
        assert abs(told[these].mean() - happened[these].mean()) < 0.1


def test_what_rules_refuse_is_as_sure_as_they_were_right_and_never_surer_than_the_threshold() -> None:
    rows, labels = drawn(60, 60, gap=5)
    often, seldom = fit(rows, labels, [True] * 30), fit(rows, labels, [False] * 30)
    assert often is not None
    assert seldom is not None
    assert seldom.refused < 0.4
    assert seldom.refused < often.refused <= often.threshold


def test_fitting_twice_gives_the_same_rule() -> None:
    rows, labels = drawn(40, 40, gap=2)
    assert fit(rows, labels) == fit([dict(reversed(row.items())) for row in rows], labels)


@pytest.mark.parametrize(("answerable", "unanswerable"), [(0, 0), (9, 50), (50, 9), (50, 0), (0, 50)])
def test_too_few_questions_of_either_label_give_no_rule(answerable: int, unanswerable: int) -> None:
    assert fit(*drawn(answerable, unanswerable, gap=6)) is None


def test_a_rule_survives_being_stored() -> None:
    rule = fit(*drawn(40, 40, gap=3))
    assert rule is not None
    assert Calibration.model_validate_json(rule.model_dump_json()) == rule


@given(dense=NUMBER, more=NUMBER, noise=NUMBER)
def test_confidence_is_a_chance_and_grows_with_a_feature_of_positive_weight(
    dense: float, more: float, noise: float
) -> None:
    rule = Calibration(
        weights={"dense": 5.0, "noise": -0.5},
        intercept=-2.0,
        threshold=0.5,
        refused=0.1,
        questions=40,
        answerable=20,
        auroc=0.9,
        false_abstention=0.0,
        abstention_recall=0.9,
    )
    low, high = sorted((dense, more))
    lower, higher = (rule.confidence({"dense": value, "noise": noise}) for value in (low, high))
    assert 0 <= lower <= higher <= 1


def test_labelled_questions_are_read_and_empty_lines_are_not(tmp_path: Path) -> None:
    path = tmp_path / "calibration.jsonl"
    lines = [
        json.dumps({"id": "c1", "question": "Does LDN help?", "answerable": True, "reason": "FINAL"}),
        "",
        json.dumps({"id": "c2", "question": "Who won?", "answerable": False}),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_questions(path) == (
        LabelledQuestion(id="c1", question="Does LDN help?", answerable=True, reason="FINAL"),
        LabelledQuestion(id="c2", question="Who won?", answerable=False),
    )


def test_no_file_means_no_questions(tmp_path: Path) -> None:
    assert read_questions(tmp_path / "calibration.jsonl") == ()


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        "null",
        '{"id": "c3", "question": "Is my name Smith?"}',
        '{"id": "c3", "question": "Is my name Smith?", "answerable": "perhaps"}',
        '{"id": "c3", "question": "Is my name Smith?", "answerable": true, "extra": 1}',
        '{"id": "c3", "question": "", "answerable": true}',
    ],
)
def test_a_malformed_line_is_named_by_file_and_number_and_not_repeated(bad: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.jsonl"
    good = json.dumps({"id": "c1", "question": "Does LDN help?", "answerable": True})
    path.write_text(f"{good}\n\n{bad}\n", encoding="utf-8")
    with pytest.raises(BadCorpus) as caught:
        read_questions(path)
    assert "calibration.jsonl:3" in str(caught.value)
    assert "Smith" not in str(caught.value)


def test_the_shipped_questions_have_both_labels_and_no_id_twice() -> None:
    questions = read_questions(Path(__file__).parents[1] / "corpus" / "calibration.jsonl")
    assert len({question.id for question in questions}) == len(questions)
    assert len({question.question.lower() for question in questions}) == len(questions)
    assert min(sum(q.answerable for q in questions), sum(not q.answerable for q in questions)) >= 50
