"""Tests of fmqa.evaluation.judging: right answers of the shipped corpus pass; each way to be wrong is told apart."""

from pathlib import Path
from typing import Any

import pytest

from fmqa.corpus import loading
from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadSettings
from fmqa.evaluation import judging
from fmqa.evaluation.judging import FactKind, Truth, rule_judge
from fmqa.evaluation.topics import Disagreement, Gold, GoldGrade, Importance, Nugget, Side, Split, statements_of
from fmqa.types import Answer, Audience, NoticeKind
from models import save_tiny_cross_encoder
from questions import Ask

QUESTION = "What evidence level does EULAR give exercise?"


@pytest.fixture(scope="module")
def truth() -> Truth:
    loaded = loading.load(Path(__file__).parents[2] / "corpus")
    return Truth(loaded.documents, Matcher(loaded.vocabulary))


@pytest.fixture(scope="module")
def answer(ask: Ask) -> Answer:
    return ask(QUESTION)[0]


def gold(truth: Truth, name: str) -> Gold:
    document, span = statements_of(truth.documents.values())[name]
    return Gold(document=document.id, statement=span.statement.id, start=span.start, end=span.end)


def nugget(*golds: Gold, needs: tuple[tuple[str, ...], ...] = ()) -> Nugget:
    return Nugget(text="a fact of the corpus", importance=Importance.VITAL, gold=golds, needs=needs)


def with_statement(answer: Answer, **changes: Any) -> Answer:
    first, *rest = answer.statements
    return answer.model_copy(update={"statements": (first.model_copy(update=changes), *rest)})


def test_a_nugget_is_given_by_citing_its_span_or_by_holding_its_needs(answer: Answer, truth: Truth) -> None:
    exercise, elsewhere = gold(truth, "eular-2017#exercise"), gold(truth, "eular-2017#tramadol")
    verdicts = judging.nugget_verdicts(
        [
            nugget(exercise),
            nugget(elsewhere, needs=(("exercise",), ("Ia",), ("strong for",))),
            nugget(elsewhere),
            nugget(elsewhere, needs=(("exercise",), ("Ib",))),
        ],
        answer,
    )
    assert [verdict.given for verdict in verdicts] == [True, True, False, False]
    assert [verdict.rule for verdict in verdicts[:2]] == ["cites gold", "holds needs"]
    assert all(verdict.span is not None for verdict in verdicts[:2])


def test_a_neighbouring_span_gives_nothing(answer: Answer, truth: Truth) -> None:
    exercise = gold(truth, "eular-2017#exercise")
    beside = exercise.model_copy(update={"start": exercise.end, "end": exercise.end + 40})
    assert not judging.nugget_verdicts([nugget(beside)], answer)[0].given


def test_sentences_that_give_something_are_counted(answer: Answer, truth: Truth) -> None:
    verdicts = judging.nugget_verdicts([nugget(gold(truth, "eular-2017#exercise"))], answer)
    assert judging.on_target(verdicts, answer) == (1, len(answer.statements))


def sides(truth: Truth) -> Disagreement:
    return Disagreement(
        id="g-1",
        split=Split.DEV,
        question=QUESTION,
        audience=Audience.CLINICIAN,
        intervention="exercise",
        relation="differ",
        positions=(
            Side(says="level Ia", gold=(gold(truth, "eular-2017#exercise"),)),
            Side(says="nothing on exercise", gold=(gold(truth, "eular-2017#tramadol"),)),
        ),
    )


def test_sides_of_a_disagreement(answer: Answer, truth: Truth) -> None:
    assert judging.sides_shown(sides(truth), answer) == (True, False)


def test_what_waits_behind_the_text_is_held_but_not_shown(answer: Answer, truth: Truth) -> None:
    exercise = gold(truth, "eular-2017#exercise")
    at = next(i for i, statement in enumerate(answer.statements) if statement.id == "eular-2017#exercise")
    moved = answer.statements[at]
    left = (*answer.statements[:at], *answer.statements[at + 1 :])
    behind = answer.model_copy(update={"statements": left, "more": (moved,), "conflicts": ()})
    topic = sides(truth)
    assert judging.sides_shown(topic, behind) == (False, False)
    assert judging.sides_shown(topic, behind, further=True) == (True, False)
    assert not judging.nugget_verdicts([nugget(exercise)], behind)[0].given
    wrong = behind.model_copy(update={"more": (moved.model_copy(update={"text": "No.", "grades": ()}),)})
    assert [v.statement for v in judging.anchor_verdicts(wrong, truth) if not v.faithful] == [moved.id]
    assert "hidden" in {v.verdict for v in judging.grade_verdicts(wrong, truth) if v.statement == moved.id}


def test_every_verdict_on_a_right_answer_is_good(answer: Answer, truth: Truth) -> None:
    anchors = judging.anchor_verdicts(answer, truth)
    assert anchors
    assert all(verdict.resolves and verdict.faithful for verdict in anchors)
    assert {verdict.verdict for verdict in judging.grade_verdicts(answer, truth)} == {"right"}
    assert all(verdict.kept for verdict in judging.fact_verdicts(answer, truth))
    assert all(v.supported and all(v.precise) for v in judging.citation_verdicts(answer, rule_judge))
    assert judging.disclaimer_intact(answer)
    assert judging.superseded_without_notice(answer) == ()
    grade = GoldGrade(statement="eular-2017#exercise", printed="level Ia, grade A, strong for, agreement 100 %")
    assert judging.states_gold_grade(grade, answer)


def test_a_changed_word_is_not_faithful(answer: Answer, truth: Truth) -> None:
    altered = with_statement(answer, text=answer.statements[0].text.replace("recommends", "requires"))
    assert not judging.anchor_verdicts(altered, truth)[0].faithful
    changed = {v.kind for v in judging.fact_verdicts(altered, truth) if not v.kept}
    assert changed == {FactKind.MODALITY}


def test_a_shifted_anchor_does_not_resolve(answer: Answer, truth: Truth) -> None:
    source = answer.sources[0]
    position = source.anchor.position.model_copy(
        update={"start": source.anchor.position.start + 1, "end": source.anchor.position.end + 1}
    )
    moved = source.model_copy(update={"anchor": source.anchor.model_copy(update={"position": position})})
    altered = answer.model_copy(update={"sources": (moved, *answer.sources[1:])})
    assert not judging.anchor_verdicts(altered, truth)[0].resolves


def test_grades_are_right_hidden_invented_or_converted(answer: Answer, truth: Truth) -> None:
    first = answer.statements[0]
    shown = first.grades[0]

    def verdicts(**changes: Any) -> list[str]:
        other = shown.model_copy(update={"grade": shown.grade.model_copy(update=changes)})
        found = judging.grade_verdicts(with_statement(answer, grades=(other,)), truth)
        return [v.verdict for v in found if v.statement == first.id]

    assert verdicts(system="grade") == ["converted"]
    assert verdicts(level="Ib") == ["invented"]
    assert verdicts(printed="level IIa") == ["invented", "hidden"]
    hidden = judging.grade_verdicts(with_statement(answer, grades=()), truth)
    assert [v.verdict for v in hidden if v.statement == first.id] == ["hidden"]


def test_a_superseded_source_needs_its_notice(answer: Answer) -> None:
    quiet = tuple(notice for notice in answer.notices if notice.kind is not NoticeKind.SUPERSEDED)
    assert set(judging.superseded_without_notice(answer.model_copy(update={"notices": quiet}))) == {"eular-2008"}


def test_a_weaker_disclaimer_is_noticed(answer: Answer) -> None:
    weaker = answer.disclaimer.replace("It is not medical advice", "It is hardly medical advice")
    assert not judging.disclaimer_intact(answer.model_copy(update={"disclaimer": weaker}))


def test_plain_wordings_keep_the_facts_of_their_statements(ask: Ask, truth: Truth) -> None:
    answer = ask("What dose of pregabalin does the label give for fibromyalgia?", audience=Audience.PATIENT)[0]
    assert "plain" in {statement.wording for statement in answer.statements}
    exact = (FactKind.NUMBER, FactKind.COMPARATOR, FactKind.NEGATION)
    assert all(verdict.kept for verdict in judging.fact_verdicts(answer, truth) if verdict.kind in exact)


def test_what_is_said_is_found_whatever_case_and_dashes(answer: Answer) -> None:
    altered = answer.model_copy(update={"text": "Take 7–10 days off"})
    assert judging.says(altered, ["take 7-10 DAYS", "never"]) == ("take 7-10 DAYS",)


@pytest.mark.parametrize(
    ("evidence", "claim", "supported"),
    [
        ("Pregabalin reduced pain by 30 % in 12 weeks.", "pregabalin reduced pain by 30 %", True),
        ("Pregabalin reduced pain by 30 % in 12 weeks.", "Pregabalin reduced pain by 50 % in 12 weeks.", False),
        ("Pregabalin reduced pain.", "Pregabalin did not reduce pain.", False),
        ("Pregabalin reduced pain in women with fibromyalgia.", "Fibromyalgia pain is reduced by pregabalin.", True),
        ("Pregabalin reduced pain.", "Duloxetine improves sleep and mood.", False),
        ("The dose was 300 mg.", "The dose was 300 g.", False),
    ],
)
def test_the_rule_judge(evidence: str, claim: str, supported: bool) -> None:
    found, rule = rule_judge(evidence, claim)
    assert found is supported
    assert rule


def test_a_citation_that_adds_nothing_is_not_precise(answer: Answer, ask: Ask) -> None:
    stray = ask("Is LDN safe with tramadol?")[0].sources[0].model_copy(update={"n": len(answer.sources) + 1})
    both = answer.model_copy(update={"sources": (*answer.sources, stray)})
    padded = with_statement(both, citations=(1, stray.n))
    verdict = judging.citation_verdicts(padded, rule_judge)[0]
    assert verdict.supported
    assert verdict.precise == (True, False)


def test_a_cross_encoder_on_disk_judges_the_same_pair_the_same(tmp_path: Path) -> None:
    labels = ["contradiction", "entailment", "neutral"]
    judge = judging.nli_judge(save_tiny_cross_encoder(tmp_path / "nli", labels))
    pairs = [(evidence, claim) for evidence in "abcdefgh" for claim in ("pain fell", "pain rose")]
    said = [judge(*pair) for pair in pairs]
    assert said == [judge(*pair) for pair in pairs]
    assert {rule for _, rule in said} <= {f"NLI: {label}" for label in labels}
    assert all(supported == (rule == "NLI: entailment") for supported, rule in said)


def test_a_cross_encoder_that_knows_no_entailment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="none of its labels"):
        judging.nli_judge(save_tiny_cross_encoder(tmp_path / "nli", ["near", "far"]))


def test_a_folder_without_a_cross_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="no cross-encoder"):
        judging.nli_judge(tmp_path)
