"""Questions that train encoder and reader: of which statements they are, and how questions are worn."""

import json
import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fmqa.types import question_key
from training import pack, wordings

ROOT = Path(__file__).parents[2]
LETTERS = st.text("abcdefgh ?.,DLNX", min_size=1, max_size=80).filter(str.strip)


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


@given(LETTERS, st.integers(0, 1000))
def test_a_worn_question_is_never_empty_and_the_same_for_one_seed(question: str, seed: int) -> None:
    worn = wordings.worn(question, random.Random(seed))
    assert worn == wordings.worn(question, random.Random(seed))
    assert worn.strip(" ?.!") or not question.strip(" ?.!")


def test_haste_wears_letters_and_marks_but_keeps_most_words() -> None:
    question = "Is low-dose naltrexone safe together with tramadol in pregnancy?"
    worn = [wordings.worn(question, random.Random(seed)) for seed in range(200)]
    assert len(set(worn)) > 50
    kept = [len(set(question.lower().rstrip("?").split()) & set(text.lower().split())) for text in worn]
    assert sum(kept) / len(kept) > 6
