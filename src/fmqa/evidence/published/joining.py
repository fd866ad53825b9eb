"""One answer of curated statements and of documents as published: who leads, who stands below, and what contradicts.

Who leads is decided by relevance and by trust. Where a statement of higher trust is about what is asked and answers, it
leads; others stand below it, each with its publisher's name. Where none does, the document answers. A question about
one document as published is not answered by another's.
"""

from collections.abc import Sequence
from typing import NamedTuple

from fmqa.evidence.catalogue import Catalogue, is_about_any, said, says_again
from fmqa.evidence.library import Library
from fmqa.evidence.published import weighing
from fmqa.evidence.published.contradicting import contradictions
from fmqa.evidence.published.quoting import MORE, Published
from fmqa.evidence.ranking import CUT
from fmqa.types import Contradiction, EvidenceStatement, Query, Trust


class Joined(NamedTuple):
    """The statements of an answer in their order, and what among them contradicts what is more trusted."""

    statements: tuple[EvidenceStatement, ...]
    published_leads: bool  # whether a document as published answers, and no curated statement does
    contradictions: tuple[Contradiction, ...]


def joined(
    query: Query,
    ours: Sequence[EvidenceStatement],
    quoted: Published,
    open_document: str | None,
    library: Library,
    *,
    answers: bool,
) -> Joined:
    """Return curated statements and quotations as one answer.

    Args:
        query: What is asked, as documents as published were asked it.
        ours: Curated statements, best first.
        quoted: What documents as published say.
        open_document: The document as published that is asked about.
        library: What both are from.
        answers: Whether the curated statements answer by themselves.
    """
    theirs = [s for s in quoted.statements if not any(says_again(said(s), said(other)) for other in ours)]
    mine = tuple(ours) if answers and _is_on_subject(query, ours, quoted, library.catalogue) else ()
    if not theirs:
        return Joined(tuple(ours) if answers else (), False, ())
    if not mine or (open_document is not None and theirs[0].document.id == open_document):
        told = (*theirs, *mine)
        return Joined(told, True, contradictions(told, library.catalogue))
    equal = [s for s in theirs if s.trust is Trust.TRUSTED]
    first = [s for s in equal if s.score > mine[0].score]
    lower = [s for s in theirs if s not in first and s.score >= CUT]
    told = (*first, *mine, *sorted(lower, key=lambda s: (s.trust.rank, -s.score)))
    return Joined(told, bool(first), contradictions(told, library.catalogue))


def _is_on_subject(query: Query, ours: Sequence[EvidenceStatement], quoted: Published, catalogue: Catalogue) -> bool:
    """Return whether curated statements are about what is asked as much as a quotation is.

    What the vocabulary knows decides: a treatment that is named has to be theirs. Where none is named, they hold nearly
    as much of what is asked.
    """
    if query.unknown or not ours:
        return False
    named = [c for c in query.interventions if c not in query.implied]
    if named:
        records = [s.statement for s in ours if s.statement is not None]
        return any(is_about_any(record, "interventions", named, catalogue) for record in records)
    wanted = weighing.weights(query, catalogue)
    stems = (catalogue.index.passage_stems(catalogue.index.row_of(s.passage_id)) for s in ours)
    held = max(weighing.coverage(wanted, each, catalogue) for each in stems)
    return held + MORE > quoted.coverage
