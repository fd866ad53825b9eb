"""Questions that people ask: how the files are read, and what those of the shipped corpus hold."""

import json
from pathlib import Path

import pytest

from fmqa.corpus import loading, questions
from fmqa.errors import BadCorpus
from fmqa.types import question_key
from questions import judged

ROOT = Path(__file__).parents[2]
KNOWN = {"eular-2017#exercise", "innova#pain"}
TURN = {
    "conversation": "A1",
    "turn": 1,
    "question": "sport any good?",
    "alone": "Does exercise help in fibromyalgia?",
    "audience": "patient",
    "facts": [["eular-2017#exercise"], ["innova#pain", "gone#gone"]],
    "kind": "effect",
    "yes_no": True,
}


def write(folder: Path, name: str, *rows: object) -> None:
    (folder / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def test_a_question_is_met_by_each_statement_that_answers_it(tmp_path: Path) -> None:
    write(tmp_path, questions.QUESTIONS, {"id": "innova#pain", "alone": ["Sport any good?", "did innova work"]})
    follow_up = TURN | {"turn": 2, "question": "and for me?", "alone": "Does exercise help men?", "facts": []}
    held_out = TURN | {"conversation": "A11", "question": "never met", "alone": "Is it never met?"}
    write(tmp_path, questions.CONVERSATIONS, TURN, follow_up, held_out)
    found = questions.read(tmp_path, KNOWN)
    assert {asked.question: set(asked.statements) for asked in found.asked(KNOWN)} == {
        "Sport any good?": KNOWN,  # two files, one question
        "did innova work": {"innova#pain"},
        "Does exercise help in fibromyalgia?": KNOWN,
        "Does exercise help men?": set(),  # nothing answers it, which is known
    }
    assert [(each.question, each.answerable) for each in found.labelled()] == [("never met", True)]
    assert [turn.is_held_out for turn in found.conversations] == [False, False, True]
    assert {fault.message for fault in found.faults} == {"there is no statement gone#gone; it is left out"}


def test_a_corpus_needs_no_questions(tmp_path: Path) -> None:
    assert questions.read(tmp_path, KNOWN) == ((), (), ())


@pytest.mark.parametrize("line", ['{"id": "innova#pain"', '{"alone": []}', '{"id": "innova#pain", "more": 1}', "[]"])
def test_a_line_that_cannot_be_read_is_named(line: str, corpus_folder: Path) -> None:
    (corpus_folder / questions.QUESTIONS).write_text(f'{{"id": "innova#pain"}}\n\n{line}\n', "utf-8")
    with pytest.raises(BadCorpus, match=r"questions\.jsonl:3: schema"):
        loading.load(corpus_folder)


def test_a_statement_that_is_gone_stops_no_build(corpus_folder: Path) -> None:
    write(corpus_folder, questions.QUESTIONS, {"id": "gone#gone", "alone": ["what was it?"]})
    assert loading.load(corpus_folder).questions == ()
    assert "question" in {fault.rule for fault in loading.lint(corpus_folder)}


def test_statements_of_the_shipped_corpus_have_further_questions() -> None:
    corpus = loading.load(ROOT / "corpus")
    names = {f"{document.id}#{span.statement.id}" for document in corpus.documents for span in document.statements}
    found = questions.read(ROOT / "corpus", names)
    assert {row.id for row in found.wordings} == names
    assert all(row.follow_up and len(row.alone) >= 4 for row in found.wordings)
    assert len({turn.conversation for turn in found.conversations}) > 1000
    assert found.faults == ()


def test_no_question_that_is_judged_is_held_by_the_shipped_corpus() -> None:
    held = [asked.question for asked in loading.load(ROOT / "corpus").questions]
    assert [question for question in held if question_key(question) in judged()] == []
