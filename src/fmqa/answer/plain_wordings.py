"""Holds plain wordings against their statements with the verifier: advice for those who write them.

Rules know what numbers and negations a wording may have; they do not see that it says "raises" for "lowers", or names
another medicine. The verifier often does, and is sometimes wrong, so what it says is a note and never a fault.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from fmqa.index import verifier
from fmqa.types import CorpusFault, Document, StatementSpan

RULE: Final = "plain-doubt"
SURE: Final = 0.95
"""Chance that a wording is not what its statement says, from which it is worth a look; see the verifier's card."""

Judge = Callable[[Sequence[tuple[str, str]]], list[verifier.Verdict]]
"""Pairs of passage and claim -> what the passages make of the claims."""


def doubts(documents: Sequence[Document], judge: Judge | None = None) -> Iterator[CorpusFault]:
    """Yield a note on each plain wording that its statement does not seem to say, where an editor finds it.

    Args:
        documents: Their statements are read; those without a plain wording are passed over.
        judge: What reads the pairs; by default the verifier that comes with fmqa, opened now.

    Raises: Unavailable if the shipped verifier is needed and a file of it is missing or another.
    """
    found = [
        (document, span) for document in documents for span in document.statements if span.statement.plain is not None
    ]
    if not found:
        return
    pairs = [(_said(document, span), span.statement.plain or "") for document, span in found]
    for (document, span), verdict in zip(found, (judge or verifier.shipped().verdicts)(pairs), strict=True):
        if 1 - verdict.supported >= SURE:
            worse = "contradict" if verdict.contradicted >= verdict.not_said else "not say"
            told = f"{span.statement.id}: the statement seems to {worse} what its plain wording says: read both again"
            yield CorpusFault(path=document.path, line=span.line, rule=RULE, message=told)


def _said(document: Document, span: StatementSpan) -> str:
    """Return what a statement says, on one line, with the stem that it depends on."""
    stem = document.text[slice(*span.stem)] if span.stem else ""
    return " ".join(f"{stem} {document.text[span.start : span.end]}".split())
