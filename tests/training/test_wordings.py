"""Questions that train encoder and reader: of which statements they are."""

import json
from pathlib import Path

from fmqa.types import question_key
from training import pack, wordings

ROOT = Path(__file__).parents[2]


def test_each_statement_of_the_corpus_has_further_questions() -> None:
    statements = pack.statements(ROOT / "corpus")
    assert all(statement.wordings.follow_up and len(statement.wordings.alone) >= 4 for statement in statements)
    assert set(wordings.wordings()) == {statement.id for statement in statements}


def test_no_question_that_is_judged_is_trained_on() -> None:
    judged = {
        question_key(question)
        for path in (ROOT / "eval").rglob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
        for question in _questions(json.loads(line))
    }
    trained = [q for each in wordings.wordings().values() for q in (*each.alone, each.follow_up or "")]
    same = [q for q in (*trained, *wordings.unanswered()) if question_key(q) in judged]
    assert len(judged) > 1000
    assert same == []


def _questions(row: dict[str, object]) -> list[str]:
    turns = row.get("turns")
    rows = [row, *(turns if isinstance(turns, list) else [])]
    return [str(each["question"]) for each in rows if "question" in each]


def test_a_file_that_is_missing_holds_no_questions(tmp_path: Path) -> None:
    assert wordings.wordings(tmp_path / "none") == {}
    assert wordings.unanswered(tmp_path / "none") == ()
