"""The difference report names what came, went and changed, and nothing else."""

import pytest
from pydantic import ValidationError

from fmqa.index.changes import Changes, between
from fmqa.types import Document, text_sha256
from samples import DOCUMENT


def changed(**update: object) -> Document:
    return Document.model_validate(DOCUMENT.model_dump() | update)


def test_nothing_changed_is_an_empty_report() -> None:
    assert between([DOCUMENT], [DOCUMENT]) == Changes()


def test_a_new_document_brings_its_statements_and_grades() -> None:
    report = between([], [DOCUMENT])
    name = f"{DOCUMENT.id}#{DOCUMENT.statements[0].statement.id}"
    assert (report.documents_in, report.statements_in) == ((DOCUMENT.id,), (name,))
    assert len(report.grades_in) == len(DOCUMENT.statements[0].statement.grades)
    assert between([DOCUMENT], []).statements_out == (name,)


def test_other_words_or_another_grade_are_a_change() -> None:
    text = DOCUMENT.text.replace("recommends", "suggests__"[:10])
    report = between([DOCUMENT], [changed(text=text, sha256=text_sha256(text))])
    assert report.documents_changed == (DOCUMENT.id,)
    assert len(report.statements_changed) == 1
    span = DOCUMENT.statements[0]
    grade = span.statement.grades[0].model_copy(update={"printed": "level Ib"})
    other = span.model_copy(update={"statement": span.statement.model_copy(update={"grades": (grade,)})})
    report = between([DOCUMENT], [DOCUMENT.model_copy(update={"statements": (other,)})])
    assert (len(report.grades_in), len(report.grades_out), len(report.statements_changed)) == (1, 1, 1)


def test_a_report_is_closed() -> None:
    with pytest.raises(ValidationError):
        Changes.model_validate({"documents": ["a"]})
