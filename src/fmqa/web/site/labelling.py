"""Statements of a document as tasks for Label Studio, and its export read back as readings.

Source: https://labelstud.io/guide/tasks (basic JSON format), https://labelstud.io/guide/export (JSON)
"""

import json
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from fmqa.errors import BadQuestion
from fmqa.grades.telling import display
from fmqa.store.readings import Judgement, Reading, Reviewer
from fmqa.types import Document, Statement

CONFIGURATION: Final = """\
<View>
  <Header value="$document"/>
  <Text name="words" value="$words"/>
  <Text name="record" value="$record"/>
  <Choices name="judgement" toName="words" choice="single-radio" required="true">
    <Choice value="holds" hint="The statement says what its source says"/>
    <Choice value="change" hint="Something must be changed; say what"/>
  </Choices>
  <TextArea name="comment" toName="words" rows="3"/>
</View>
"""
"""The labelling configuration that the tasks are made for."""


class _Result(BaseModel):
    from_name: str
    value: dict[str, Any]


class _Annotation(BaseModel):
    result: list[_Result]
    was_cancelled: bool = False


class _Task(BaseModel):
    data: dict[str, Any]
    annotations: list[_Annotation] = []


_EXPORT: Final = TypeAdapter(list[_Task])


def tasks(document: Document) -> str:
    """Return the statements of a document as JSON, one task each."""
    links = {reference.id: reference.link for reference in document.metadata.references}
    return json.dumps(
        [
            {
                "data": {
                    "document_id": document.id,
                    "document": document.metadata.title,
                    "statement_id": span.statement.id,
                    "words": document.text[span.start : span.end],
                    "record": _record(span.statement),
                    "sources": [links.get(name) or name for name in span.statement.sources],
                }
            }
            for span in document.statements
        ],
        ensure_ascii=False,
        indent=1,
    )


def _record(statement: Statement) -> str:
    told = {
        "kind": statement.kind.value,
        "interventions": ", ".join(statement.interventions),
        "conditions": ", ".join(statement.conditions),
        "populations": ", ".join(statement.populations),
        "outcomes": ", ".join(statement.outcomes),
        "effect": statement.effect.value if statement.effect else "",
        "grades": "; ".join(display(grade) for grade in statement.grades),
        "for patients": statement.plain or "",
    }
    return "\n".join(f"{name}: {value}" for name, value in told.items() if value)


def read(export: str, document: Document, reviewer: Reviewer) -> tuple[Reading, ...]:
    """Return the readings of a JSON export, each for the words that were read; tasks without a judgement give none.

    Raises:
        BadQuestion: It is no such export, or is of another document, or wants a change without saying which.
    """
    try:
        exported = _EXPORT.validate_json(export)
    except ValidationError:
        message = "this is no JSON export of Label Studio; export the project as JSON and paste it whole"
        raise BadQuestion(message) from None
    known = {span.statement.id for span in document.statements}
    found = []
    for task in exported:
        statement_id, words = str(task.data.get("statement_id", "")), str(task.data.get("words", ""))
        if task.data.get("document_id") != document.id or statement_id not in known or not words:
            raise BadQuestion("the export holds a task that is not of this document; import it where it was exported")
        for annotation in task.annotations:
            values = {result.from_name: result.value for result in annotation.result}
            chosen = values.get("judgement", {}).get("choices", [])
            if annotation.was_cancelled or not chosen:
                continue
            said = values.get("comment", {}).get("text", [])
            comment = "\n".join(map(str, said if isinstance(said, list) else [said])).strip()[:2000]
            found.append(_reading(document.id, statement_id, words, str(chosen[0]), comment, reviewer))
    return tuple(found)


def _reading(document_id: str, statement_id: str, words: str, chosen: str, comment: str, reviewer: Reviewer) -> Reading:
    if chosen not in set(Judgement):
        raise BadQuestion("the export holds a choice that is none of holds, change; use the configuration given here")
    if chosen == Judgement.CHANGE and not comment:
        raise BadQuestion("a statement that is to be changed needs a comment that says what is wrong")
    return Reading(
        document_id=document_id,
        statement_id=statement_id,
        words=words,
        judgement=Judgement(chosen),
        comment=comment,
        reviewer=reviewer,
    )
