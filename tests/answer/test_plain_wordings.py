"""Plain wordings that a verifier doubts: where they are told, and when."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fmqa.answer import plain_wordings
from fmqa.corpus import loading
from fmqa.index.verifier import Verdict
from fmqa.types import Document


class Reader:
    """Says of every pair what it was told to say, and keeps the pairs."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.pairs: list[tuple[str, str]] = []

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        self.pairs += pairs
        return [self.verdict for _ in pairs]


@pytest.fixture
def documents(corpus_folder: Path) -> tuple[Document, ...]:
    return tuple(loading.load(corpus_folder).documents)


def worded(documents: Sequence[Document]) -> list[tuple[str, int, str]]:
    """Return path, line and plain wording of each statement that has one."""
    spans = [(document.path, span) for document in documents for span in document.statements]
    return [(path, span.line, span.statement.plain) for path, span in spans if span.statement.plain]


def test_each_wording_is_held_against_its_statement_and_doubts_are_told_with_file_and_line(
    documents: tuple[Document, ...],
) -> None:
    judge = Reader(Verdict(0.01, 0.9, 0.09))
    notes = list(plain_wordings.doubts(documents, judge))
    assert [(note.path, note.line) for note in notes] == [(path, line) for path, line, _ in worded(documents)]
    assert [claim for _, claim in judge.pairs] == [plain for _, _, plain in worded(documents)]
    assert all(note.rule == plain_wordings.RULE and "contradict" in note.message for note in notes)
    assert notes


def test_what_is_only_not_said_is_told_so(documents: tuple[Document, ...]) -> None:
    (first, *_) = plain_wordings.doubts(documents, Reader(Verdict(0.01, 0.09, 0.9)))
    assert "not say" in first.message


@pytest.mark.parametrize("supported", [1 - plain_wordings.SURE + 0.001, 0.5, 1.0])
def test_nothing_is_told_below_the_chance_that_is_worth_a_look(
    documents: tuple[Document, ...], supported: float
) -> None:
    assert list(plain_wordings.doubts(documents, Reader(Verdict(supported, 1 - supported, 0.0)))) == []


def test_without_a_plain_wording_no_model_is_asked() -> None:
    def never(pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        raise AssertionError(pairs)

    assert list(plain_wordings.doubts((), never)) == []
