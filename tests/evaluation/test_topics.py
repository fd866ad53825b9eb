"""Tests of fmqa.evaluation.topics: the shipped set, and what the loader says of a broken one."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fmqa.corpus import loading
from fmqa.errors import BadTopics
from fmqa.evaluation import topics as topic_sets
from fmqa.evaluation.topics import (
    Category,
    Disagreement,
    Phenomenon,
    Rewording,
    Split,
    Topic,
    TopicSet,
    Unanswerable,
    freeze,
    holds,
    load,
)
from fmqa.text import figures
from fmqa.types import Document, Status

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "eval" / "topics"


@pytest.fixture(scope="module")
def documents() -> tuple[Document, ...]:
    return loading.load(ROOT / "corpus").documents


@pytest.fixture(scope="module")
def sets(documents: tuple[Document, ...]) -> dict[Split, TopicSet]:
    return {split: load(SHIPPED, split, documents) for split in Split}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "topics"))


def edit(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the first line of a file of the set."""
    path = folder / name
    first, *rest = path.read_text("utf-8").splitlines()
    value = json.loads(first)
    change(value)
    path.write_text("\n".join([json.dumps(value, ensure_ascii=False), *rest]) + "\n", encoding="utf-8")


def test_the_set_is_as_large_as_it_says(sets: dict[Split, TopicSet]) -> None:
    def count(name: str) -> int:
        return sum(len(getattr(found, name)) for found in sets.values())

    assert count("answerable") >= 300
    assert count("unanswerable") >= 120
    assert count("disagreement") >= 40
    assert count("dialogues") >= 40
    for found in sets.values():
        urgent = Counter(message.urgent for message in found.emergencies)
        assert min(urgent[True], urgent[False]) >= 150
        assert {one.category for one in found.unanswerable} == set(Category)
        assert {turn.phenomenon for dialogue in found.dialogues for turn in dialogue.turns} == set(Phenomenon)


def test_every_reworded_topic_has_five_rewordings(sets: dict[Split, TopicSet]) -> None:
    kinds: dict[str, set[Rewording]] = {}
    for found in sets.values():
        for item in found.rewrites:
            kinds.setdefault(item.topic, set()).add(item.kind)
    assert len(kinds) >= 60
    assert all(found == set(Rewording) for found in kinds.values())


def asked(found: TopicSet) -> list[Topic | Unanswerable | Disagreement]:
    return [*found.answerable, *found.unanswerable, *found.disagreement]


def documents_of(found: TopicSet) -> set[str]:
    return {topic.document for topic in found.answerable}


def ids_of(found: TopicSet) -> set[str]:
    return {item.id for name in topic_sets.FILES for item in getattr(found, name)}


def questions_of(found: TopicSet) -> set[str]:
    return {topic.question.lower() for topic in asked(found)}


@pytest.mark.parametrize("of", [documents_of, ids_of, questions_of])
def test_splits_share_no_document_no_id_and_no_question(
    sets: dict[Split, TopicSet], of: Callable[[TopicSet], set[str]]
) -> None:
    assert of(sets[Split.DEV])
    assert not of(sets[Split.DEV]) & of(sets[Split.TEST])


def test_test_questions_are_none_of_those_that_rules_are_fitted_on(sets: dict[Split, TopicSet]) -> None:
    lines = (ROOT / "corpus" / "calibration.jsonl").read_text("utf-8").splitlines()
    fitted = [set(figures.normalised(json.loads(line)["question"]).casefold().split()) for line in lines]
    for topic in asked(sets[Split.TEST]):
        words = set(figures.normalised(topic.question).casefold().split())
        assert all(len(words & other) / len(words | other) < 0.8 for other in fitted), topic.id


def test_gold_covers_every_document(sets: dict[Split, TopicSet], documents: tuple[Document, ...]) -> None:
    named = {
        gold.document
        for found in sets.values()
        for name in ("answerable", "unanswerable", "disagreement", "dialogues")
        for item in getattr(found, name)
        for gold in topic_sets.golds(item)
    }
    assert named == {document.id for document in documents}


def test_freezing_what_is_frozen_changes_nothing(copied: Path, documents: tuple[Document, ...]) -> None:
    before = {path: path.read_bytes() for path in copied.rglob("*.json*")}
    freeze(copied, documents)
    assert {path: path.read_bytes() for path in copied.rglob("*.json*")} == before


def test_an_edit_without_freezing_is_noticed(copied: Path, documents: tuple[Document, ...]) -> None:
    edit(copied, "dev/answerable.jsonl", lambda topic: topic.update(question="Does it work at all?"))
    with pytest.raises(BadTopics, match=r"answerable\.jsonl: is not as it was frozen"):
        load(copied, Split.DEV, documents)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("answerable", lambda t: t.pop("intent"), r"answerable\.jsonl:1: intent: Field required"),
        ("answerable", lambda t: t.update(colour="red"), r"answerable\.jsonl:1: colour: Extra inputs"),
        ("unanswerable", lambda t: t.update(accept=["maybe"]), r"unanswerable\.jsonl:1: accept\.0: "),
        (
            "answerable",
            lambda t: t["nuggets"][0].update(gold=["eular-2017#no-such"]),
            r"answerable\.jsonl:1: no statement eular-2017#no-such",
        ),
        (
            "answerable",
            lambda t: t["nuggets"][0].update(needs=[["no such words"]]),
            r"answerable\.jsonl:1: .* does not itself hold the needs",
        ),
        (
            "answerable",
            lambda t: t.update(grade={"statement": "eular-2017#exercise", "printed": "level V"}),
            r"answerable\.jsonl:1: eular-2017#exercise prints no grade 'level V'",
        ),
        ("rewrites", lambda t: t.update(topic="a-nothing-01"), r"rewrites a-nothing-01, which is no topic"),
    ],
)
def test_a_fault_is_told_with_file_and_line_and_nothing_is_written(
    copied: Path, documents: tuple[Document, ...], name: str, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    edit(copied, f"dev/{name}.jsonl", change)
    before = {path: path.read_bytes() for path in copied.rglob("*.json*")}
    with pytest.raises(BadTopics, match=said):
        freeze(copied, documents)
    assert {path: path.read_bytes() for path in copied.rglob("*.json*")} == before


def test_a_line_that_is_no_json_is_named(copied: Path, documents: tuple[Document, ...]) -> None:
    path = copied / "test" / "dialogues.jsonl"
    path.write_text(path.read_text("utf-8") + "{\n", encoding="utf-8")
    with pytest.raises(BadTopics, match=r"dialogues\.jsonl:23: "):
        freeze(copied, documents)


def test_a_topic_that_stands_twice_is_named(copied: Path, documents: tuple[Document, ...]) -> None:
    path = copied / "dev" / "emergencies.jsonl"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[0]]) + "\n", encoding="utf-8")
    with pytest.raises(BadTopics, match="stands twice"):
        freeze(copied, documents)


def test_a_set_that_was_never_frozen_says_what_to_do(tmp_path: Path, documents: tuple[Document, ...]) -> None:
    with pytest.raises(BadTopics, match="fmqa eval freeze"):
        load(tmp_path, Split.DEV, documents)


def test_a_corpus_edit_moves_gold_spans_when_frozen_anew(
    copied: Path, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    changed = Path(shutil.copytree(ROOT / "corpus", tmp_path / "corpus"))
    path = changed / "guidelines" / "nice-ng193.md"
    text = path.read_text("utf-8")
    body = text.index("\n---\n", 4) + 5
    heading = text.index("\n## ", body)
    path.write_text(text[:heading] + "\n\nA paragraph put in before all others.\n" + text[heading:], encoding="utf-8")
    moved = loading.load(changed).documents
    with pytest.raises(BadTopics, match="has moved; run 'fmqa eval freeze'"):
        load(copied, Split.DEV, moved)
    freeze(copied, moved)
    placed = topic_sets.statements_of(moved)
    for topic in load(copied, Split.DEV, moved).answerable:
        for gold in topic_sets.golds(topic):
            document, span = placed[gold.id]
            assert document.text[gold.start : gold.end] == document.text[span.start : span.end]


@pytest.mark.parametrize(
    ("sentence", "needs", "held"),
    [
        ("Level Ia, grade A", [["ia"], ["grade a"]], True),
        ("level Ib", [["Ia"]], False),
        ("95% CI −0.95 to 0.27", [["-0.95"], ["0.27"]], True),
        ("dose of 4.5 mg", [["5 mg"]], False),
        ("60 mg", [["160 mg", "60 mg"]], True),
        ("1,200 women", [["200 women"]], False),
        ("0.5", [["0"]], False),
        ("anything", [], True),
    ],
)
def test_needs_are_whole_words_in_one_sentence(sentence: str, needs: list[list[str]], held: bool) -> None:
    assert holds(sentence, needs) is held


def test_statuses_that_are_right_for_an_emergency(sets: dict[Split, TopicSet]) -> None:
    for found in sets.values():
        for topic in found.unanswerable:
            if topic.category is Category.EMERGENCY:
                assert topic.accept[0] is Status.URGENT
