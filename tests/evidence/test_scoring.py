"""Scoring: a statement's score is the weighed sum of reasons that are all in the file of weights."""

import json
from pathlib import Path

import numpy as np
import pytest

from fmqa.assistant import Assistant
from fmqa.evidence import scoring, searching
from fmqa.question import resolving

QUESTIONS = (
    "What grade does EULAR 2017 give amitriptyline?",
    "Which maximum dose of LDN does the article give?",
    "Is LDN safe with tramadol?",
    "How many people were in the FINAL trial of LDN, and did pain change?",
    "Does pain in the jaw, chest or belly count towards generalised pain?",
    "What dose of pregabalin with a creatinine clearance of 40?",
    "Does antidepressant treatment help older adults with fibromyalgia sleep?",
    "What did EULAR say about tropisetron?",
    "Why do the meta-analyses of LDN differ?",
    "What is fibromyalgia?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_score_is_the_weighed_sum_of_the_reasons(question: str, assistant: Assistant) -> None:
    parts = assistant.library
    query = resolving.resolve(question, (), parts.matcher, parts.names, parts.start, parts.opened.known)
    ranking = searching.rank(query, parts)
    nearness = searching.nearness(query, ranking, parts)
    asked = scoring.Asked(query, parts.catalogue)
    scored = scoring.scored_statements(query, ranking.fused, nearness, asked, parts.catalogue)
    assert len(scored) > 50
    assert scored == sorted(scored, key=lambda pair: (-pair[0], pair[1].id))
    for score, entry in scored:
        reasons = asked.reasons(entry) | dict(zip(scoring.SIGNALS, nearness([entry.row])[0].tolist(), strict=True))
        assert score == pytest.approx(sum(scoring.WEIGHTS[name] * value for name, value in reasons.items()), abs=1e-5)


def test_the_file_of_weights_keeps_the_sense_of_every_reason_and_the_rules_of_safety() -> None:
    reasons = json.loads(Path(scoring.__file__).with_name("scoring.json").read_text("utf-8"))
    for name, reason in reasons.items():
        assert reason["prior"] == 0 or reason["prior"] * reason["weight"] >= 0, name
        assert not reason.get("fixed") or reason["prior"] == reason["weight"], name
    for rule in ("superseded", "article not asked for", "other partner", "populations not asked for"):
        assert reasons[rule]["fixed"]
        assert scoring.WEIGHTS[rule] < 0


def test_nearness_is_between_nothing_and_all(assistant: Assistant) -> None:
    parts = assistant.library
    row = parts.catalogue.by_id["eular-2017#exercise"].row
    query = resolving.resolve(parts.opened.passage(row).text, (), parts.matcher, parts.names)
    near = searching.nearness(query, searching.rank(query, parts), parts)(range(len(parts.opened)))
    assert near.shape == (len(parts.opened), len(scoring.SIGNALS))
    assert near.min() >= -1
    assert near.max() <= 1 + 1e-5
    assert near[row, scoring.SIGNALS.index("coverage")] == pytest.approx(1)
    assert int(np.argmax(near[:, scoring.SIGNALS.index("dense")])) == row


def test_a_question_with_a_matter_of_its_own_is_not_pulled_to_the_article_s_drug(assistant: Assistant) -> None:
    parts = assistant.library

    def implied(question: str) -> tuple[str, ...]:
        return resolving.resolve(question, (), parts.matcher, parts.names, parts.start, parts.opened.known).implied

    assert implied("ICD-10 and ICD-11 codes for fibromyalgia") == ("low-dose-naltrexone",)
    assert implied("What are the side effects?") == ()
    assert implied("Is it safe?") == ()
    assert implied("Is duloxetine safe?") == ()
    codes = assistant.ask("ICD-10 and ICD-11 codes for fibromyalgia")
    assert codes.statements[0].id == "epidemiology-and-mechanism#icd"
