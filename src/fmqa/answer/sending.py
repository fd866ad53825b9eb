"""Composes an answer, verifies it, and composes it again without the statements that failed.

Only what passes verification leaves.
"""

from collections.abc import Sequence
from functools import lru_cache

from fmqa.answer import verification
from fmqa.answer.composing import compose
from fmqa.answer.direct import direct
from fmqa.clock import Clock
from fmqa.errors import Unavailable
from fmqa.evidence.library import Library
from fmqa.types import Answer, EvidenceStatement, Frame, Material, Status, Verdict

_NEEDS_STATEMENTS = (Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT)


def send(material: Material, frame: Frame, library: Library, clock: Clock) -> Answer:
    """Return the answer made from the statements that pass verification; each that fails is withheld and counted.

    Raises: Unavailable if the answer as a whole fails, which only a damaged index can bring about.
    """
    document = lru_cache(None)(library.opened.document)  # each is looked at several times
    while True:
        answer = _composed(material, frame, library)
        clock.lap("compose")
        verdicts = verification.verify(answer, document, library.same_words, library.matcher.grading)
        clock.lap("verify")
        said = answer.every_statement
        failed = {s.id for s, verdict in zip(said, verdicts, strict=True) if not verdict.supported}
        if not failed:
            if verification.answer_faults(answer, document, library.opened.generation):
                raise Unavailable("an answer failed verification as a whole; rebuild the index with 'fmqa index build'")
            return _checked(answer, verdicts).model_copy(update={"timings": clock.seconds})
        material = _without(failed, material)


def _composed(material: Material, frame: Frame, library: Library) -> Answer:
    """Return the answer, opened with a word only if it shows every statement that the word is taken from."""
    opened = material._replace(direct=direct(material, library.matcher))
    answer = compose(opened, frame, library.matcher.grading)
    if answer.direct and not set(answer.direct.basis) <= {statement.id for statement in answer.statements}:
        return compose(material, frame, library.matcher.grading)
    return answer


def _checked(answer: Answer, verdicts: Sequence[Verdict]) -> Answer:
    """Return the answer with its verdict on each statement."""
    left = iter(verdicts)
    statements, more = (
        tuple(statement.model_copy(update={"verdict": next(left)}) for statement in part)
        for part in (answer.statements, answer.more)
    )
    rows = tuple(
        row.model_copy(
            update={"cells": tuple(cell and cell.model_copy(update={"verdict": next(left)}) for cell in row.cells)}
        )
        for row in (answer.table.rows if answer.table else ())
    )
    table = answer.table and answer.table.model_copy(update={"rows": rows})
    return answer.model_copy(update={"statements": statements, "more": more, "table": table})


def _without(failed: set[str], material: Material) -> Material:
    """Return the material without some statements; where none is left, the sources do not answer."""

    def kept(statements: tuple[EvidenceStatement, ...]) -> tuple[EvidenceStatement, ...]:
        return tuple(statement for statement in statements if statement.id not in failed)

    lead, statements = kept(material.lead), kept(material.statements)
    none_left = not lead and not statements and material.status in _NEEDS_STATEMENTS
    return material._replace(
        status=Status.NOT_IN_CORPUS if none_left else material.status,
        lead=lead,
        statements=statements,
        rows=tuple(
            (name, tuple(c if c and c.id not in failed else None for c in cells)) for name, cells in material.rows
        ),
        withheld=material.withheld + len(failed),
    )
