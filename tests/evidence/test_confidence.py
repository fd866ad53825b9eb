"""The numbers that the confidence is computed from say what they are meant to say, on the shipped corpus."""

import pytest

from fmqa.ask import read
from fmqa.assistant import Assistant
from fmqa.evidence.choosing import choose
from fmqa.evidence.searching import search

KEYS = {
    *("question", "unanswered", "first question", "score", "margin", "chance"),
    *("dense", "coverage", "answered", "no_amount", "reads"),
}


def features(assistant: Assistant, question: str) -> dict[str, float]:
    query = read(question, (), assistant.library)
    return choose(query, search(question, query, assistant.library), assistant.library).features


@pytest.mark.parametrize(
    "question",
    ["What dose of duloxetine does the US label give?", "Does zoledronate help?", "?! 7", "Why?", "asdf qwer zxcv"],
)
def test_every_question_has_the_same_numbers_and_shares_are_shares(question: str, assistant: Assistant) -> None:
    found = features(assistant, question)
    assert found.keys() == KEYS
    for name in ("chance", "coverage", "answered", "no_amount"):
        assert 0 <= found[name] <= 1, name
    assert found["margin"] >= 0
    assert found["first question"] <= found["question"] <= 1


def test_a_question_that_a_statement_lists_is_nearer_than_one_that_none_does(assistant: Assistant) -> None:
    listed = features(assistant, assistant.library.catalogue.by_id["final-2024#pain"].statement.answers[0])
    strange = features(assistant, "Does the mattress firmness change the hair colour of llamas?")
    assert listed["question"] > 0.99
    assert strange["question"] < 0.8
    assert listed["chance"] > strange["chance"]


def test_an_amount_that_is_asked_for_is_missed_where_the_best_statement_has_none(assistant: Assistant) -> None:
    assert features(assistant, "What dose of duloxetine does the US label give?")["no_amount"] == 0
    assert features(assistant, "How many sessions of hypnosis does the Israeli guideline want?")["no_amount"] == 1
    assert features(assistant, "Does the Israeli guideline recommend hypnosis?")["no_amount"] == 0


def test_who_asks_about_the_corpus_is_surer_of_an_answer_than_who_asks_beside_it(assistant: Assistant) -> None:
    rule = assistant.library.calibration
    assert rule is not None
    near = rule.confidence(features(assistant, "How much does the label reduce pregabalin in kidney disease?"))
    beside = rule.confidence(features(assistant, "Does the mattress firmness change the hair colour of llamas?"))
    assert near > 0.9 > rule.threshold > beside
