"""From material to an answer that may leave: composed, verified, and composed again without what failed."""

from fmqa.answer import verification
from fmqa.answer.composing import compose
from fmqa.clock import Clock
from fmqa.errors import Unavailable
from fmqa.evidence.library import Library
from fmqa.types import Answer, EvidenceStatement, Frame, Material, Status

_NEEDS_STATEMENTS = (Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT)


def send(material: Material, frame: Frame, library: Library, clock: Clock) -> Answer:
    """Return the answer made from the statements that pass verification; each that fails is withheld and counted.

    Raises: Unavailable if the answer as a whole fails, which only a damaged index can bring about.
    """
    while True:
        answer = compose(material, frame, library.matcher.grading)
        clock.lap("compose")
        verdicts = verification.verify(answer, library.opened.document, library.same_words, library.matcher.grading)
        clock.lap("verify")
        failed = {s.id for s, verdict in zip(answer.statements, verdicts, strict=True) if not verdict.supported}
        if not failed:
            if verification.answer_faults(answer, library.opened.document, library.opened.generation):
                raise Unavailable("an answer failed verification as a whole; rebuild the index with 'fmqa index build'")
            checked = tuple(
                statement.model_copy(update={"verdict": verdict})
                for statement, verdict in zip(answer.statements, verdicts, strict=True)
            )
            return answer.model_copy(update={"statements": checked, "timings": clock.seconds})
        material = _without(failed, material)


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
        withheld=material.withheld + len(failed),
    )
