"""Tests of fmqa.danger.judgement and .features: a judgement fitted on some messages, with an encoder of no use."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.building import judgement_basis
from fmqa.danger import judgement
from fmqa.danger.emergencies import detect, emergencies
from fmqa.danger.features import features, readings
from fmqa.danger.judgement import LabelledMessage, Urgency, fit, parts, read_messages, shipped_messages
from fmqa.danger.signs import GENERAL, dangers
from fmqa.errors import BadCorpus
from fmqa.settings import Settings
from fmqa.types import FloatArray

CORPUS = Path(__file__).parents[2] / "corpus"


def encode(text: str) -> FloatArray:
    """Return the same vector for every text: what is told apart is told by words."""
    del text
    return np.full(4, 0.5, dtype=np.float32)


EMERGENCIES = emergencies()
MESSAGES = shipped_messages()[::3]


@pytest.fixture(scope="module")
def fitted() -> Urgency:
    found = fit(MESSAGES, ["What is the dose of pregabalin?"], encode)
    assert found is not None
    return found


def test_a_fit_tells_the_messages_that_it_knows(fitted: Urgency) -> None:
    right = [(detect(labelled.message, fitted, encode) is not None) == labelled.urgent for labelled in MESSAGES]
    assert sum(right) / len(right) >= 0.95
    assert fitted.messages == len(MESSAGES)
    assert fitted.urgent == sum(labelled.urgent for labelled in MESSAGES)


def test_what_a_fit_says_of_itself_was_measured_out_of_fold(fitted: Urgency) -> None:
    assert 0.6 <= fitted.recall <= 0.99
    assert fitted.false_alarms <= 0.028


def test_every_kind_has_a_text(fitted: Urgency) -> None:
    assert set(fitted.kinds) <= set(EMERGENCIES)
    assert {fitted.kind(labelled.message, None, encode) for labelled in MESSAGES} - {None} <= set(EMERGENCIES)


def test_what_a_judgement_is_fitted_on_is_told_by_texts_and_basis() -> None:
    questions = ["What is the dose of pregabalin?"]
    names = {
        judgement.fitted_on(texts, asked, basis)
        for texts, asked, basis in (
            (MESSAGES, questions, ""),
            (MESSAGES[1:], questions, ""),
            (MESSAGES, [*questions, "Why?"], ""),
            (MESSAGES, questions, "b"),
            (MESSAGES, questions, ""),
        )
    }
    assert len(names) == 4


def test_the_judgement_that_is_shipped_holds_for_what_is_shipped() -> None:
    """What it rests on has changed if this fails: run eval/fit_judgement.py."""
    found = judgement.shipped()
    assert found is not None
    assert judgement_basis(read_messages(CORPUS / judgement.FILE), Settings()) == found.basis


def test_the_judgement_that_is_shipped_serves_a_corpus_without_messages_and_no_other() -> None:
    found = judgement.shipped()
    assert found is not None
    basis = found.basis
    without = judgement.basis_of((), basis.encoder, basis.code)
    assert judgement.shipped_for(basis) == judgement.shipped_for(without) == found.urgency
    for field in ("encoder", "code", "general", "own"):
        assert judgement.shipped_for(basis.model_copy(update={field: "0" * 64})) is None


def test_where_the_kind_is_unclear_the_general_one_is_given(fitted: Urgency) -> None:
    unsure = fitted.model_copy(update={"kinds": {flag: {"": 0.0} for flag in fitted.kinds}, "threshold": -100.0})
    assert unsure.kind("something is wrong", None, encode) == GENERAL


def test_a_fired_rule_names_the_danger_if_the_score_allows(fitted: Urgency) -> None:
    message = "she isn't breathing"
    assert fitted.kind(message, "RF-4", encode) == "RF-4"
    assert fitted.model_copy(update={"rule_threshold": 1000.0}).kind(message, "RF-4", encode) is None


def test_fitting_twice_gives_the_same_and_survives_being_stored(fitted: Urgency) -> None:
    again = fit(MESSAGES, ["What is the dose of pregabalin?"], encode)
    assert again is not None
    assert again.model_dump() == fitted.model_dump()
    assert Urgency.model_validate_json(fitted.model_dump_json()).model_dump() == fitted.model_dump()


@pytest.mark.parametrize(("urgent", "harmless"), [(0, 0), (9, 40), (40, 9)])
def test_too_few_messages_give_no_judgement_and_rules_alone_decide(urgent: int, harmless: int) -> None:
    chosen = [one for one in MESSAGES if one.urgent][:urgent] + [one for one in MESSAGES if not one.urgent][:harmless]
    assert fit(chosen, [], encode) is None
    assert detect("she isn't breathing", None, encode) == EMERGENCIES["RF-4"]


@given(st.text(min_size=1, max_size=200))
def test_any_text_has_features_that_are_finite_and_a_kind_or_none(fitted: Urgency, text: str) -> None:
    assert all(np.isfinite(value) for value in features(text, None, encode).values())
    assert fitted.kind(text, None, encode) in {None, *EMERGENCIES}


def test_a_long_message_is_looked_at_in_pairs_of_sentences_and_a_very_long_one_in_sentences() -> None:
    sentences = [f"This is sentence number {n} of a long message." for n in range(5)]
    assert parts(" ".join(sentences[:2])) == [" ".join(sentences[:2])]
    found = parts(" ".join(sentences))
    assert found[0] == " ".join(sentences)
    assert found[1:] == [" ".join(sentences[at : at + 2]) for at in range(4)]
    assert parts(" ".join(sentences * 3)) == [" ".join(sentences * 3), *sentences * 3]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("BP 85/50, HR 130", (2, 0)),
        ("my blood pressure is 128/82 and pulse 76", (0, 2)),
        ("RR 6 sats 81 T 39.4", (3, 0)),
        ("GCS 15, temp 37.1", (0, 2)),
        ("tramadol 150 mg since 2019", (0, 0)),
        ("T 2019", (0, 0)),
    ],
)
def test_readings_that_need_attention_are_counted_apart(message: str, expected: tuple[int, int]) -> None:
    assert readings(message) == expected


@pytest.mark.parametrize(
    ("flag", "words"), [("RF-1", "the tablet are all lined up"), ("RF-4", "can say two word then air run out")]
)
def test_words_with_a_gap_between_them_are_found(flag: str, words: str) -> None:
    """A repetition count must reach the pattern as it was written."""
    assert dangers()[flag].hinted.search(words) is not None


def test_shipped_messages_name_only_dangers_that_have_a_text() -> None:
    found = (*shipped_messages(), *read_messages(CORPUS / judgement.FILE))
    assert {labelled.topic for labelled in found} <= {*EMERGENCIES, "harmless", judgement.NOTE, judgement.QUESTION}
    assert len({labelled.id for labelled in found}) == len(found)
    assert len({labelled.message.lower() for labelled in found}) == len(found)


def test_messages_are_read_and_empty_lines_are_not(tmp_path: Path) -> None:
    path = tmp_path / judgement.FILE
    one = {"id": "m-1", "message": "I can't breathe", "urgent": True, "topic": "RF-4"}
    path.write_text(f"{json.dumps(one)}\n\n", encoding="utf-8")
    assert read_messages(path) == (LabelledMessage.model_validate(one),)
    assert read_messages(tmp_path / "missing.jsonl") == ()


@pytest.mark.parametrize("bad", ["{", "[]", '{"id": "m-1", "message": "Smith cannot breathe"}'])
def test_a_malformed_line_is_named_by_file_and_number_and_not_repeated(bad: str, tmp_path: Path) -> None:
    path = tmp_path / judgement.FILE
    path.write_text(f"\n{bad}\n", encoding="utf-8")
    with pytest.raises(BadCorpus) as caught:
        read_messages(path)
    assert f"{judgement.FILE}:2" in str(caught.value)
    assert "Smith" not in str(caught.value)
