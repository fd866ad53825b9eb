"""The titles above the parts of an answer, shared by the terminal and the page so that both say the same."""

from collections.abc import Iterable
from typing import Final

from fmqa.answer import phrases
from fmqa.types import (
    Answer,
    AnswerStatement,
    Audience,
    Metadata,
    NoticeKind,
    Opening,
    Related,
    ReviewState,
    ShownGrade,
    Source,
    Status,
    Table,
)

REPORT_STATUS: Final = {
    Status.PARTIAL: "Answered in part",
    Status.GUIDELINE_SILENT: "There is evidence, but no guideline position",
    Status.NEEDS_CLARIFICATION: "Which of these do you mean?",
    Status.NOT_IN_CORPUS: "Not in the corpus",
    Status.OUT_OF_SCOPE: "Out of scope",
    Status.URGENT: "Urgent",
    Status.CONVERSATION: "About the conversation",
}


def status_title(answer: Answer) -> str | None:
    """Return what is said above an answer that is none, or not a whole one; None above any other."""
    if answer.text.startswith(phrases.OPENINGS[Opening.UNSURE]):
        return "Not clearly answered"
    return None if answer.about else REPORT_STATUS.get(answer.status)


# These change how the answer is read, so they stand before it; all others follow it.
LEADING: Final = frozenset(
    {
        NoticeKind.EMERGENCY,
        NoticeKind.INTERACTION,
        NoticeKind.CAUTION,
        NoticeKind.PERSONAL_ADVICE,
        NoticeKind.MISSING_SOURCE,
        NoticeKind.RETRACTED,
        NoticeKind.CONTRADICTED,
    }
)
NOTICE_TITLES: Final = {
    NoticeKind.EMERGENCY: "EMERGENCY",
    NoticeKind.INTERACTION: "Interaction",
    NoticeKind.CAUTION: "Caution",
    NoticeKind.PERSONAL_ADVICE: "No personal advice",
    NoticeKind.MISSING_SOURCE: "Missing source",
    NoticeKind.NOT_STATED: "Not stated",
    NoticeKind.RETRACTED: "RETRACTED",
    NoticeKind.EXPIRED: "Expired",
    NoticeKind.CONTRADICTED: "Contradiction",
    NoticeKind.SUPERSEDED: "Superseded",
    NoticeKind.OFF_LABEL: "Off-label",
    NoticeKind.GUIDELINE_SILENT: "Guidelines are silent",
    NoticeKind.UNSUPPORTED_CLAIM: "Claim without support",
    NoticeKind.NOT_CHOSEN: "From other sources",
    NoticeKind.NOT_CURATED: "Not curated",
    NoticeKind.WITHHELD: "Withheld",
    NoticeKind.NOT_STORED: "Not stored",
    NoticeKind.WITHOUT_MODEL: "Without the language model",
    NoticeKind.PENDING_REVIEW: "Review pending",
}
RELATIONS: Final = {"agree": "sources agree", "differ": "sources differ", "silent": "a source is silent"}
MORE: Final = "More evidence"
WORDED: Final = "Worded by the language model {model}, each sentence compared with what it cites; as it stands below:"
WORDED_SHORT: Final = "In the words of a language model"
AS_IT_STANDS: Final = "the statement itself"
"""Said of a sentence for which no wording of the model's held."""


def publisher(document: Metadata, state: ReviewState) -> str:
    """Return whose words those of a document are, and that nobody has approved them: for one of lower trust.

    It is never told without: the words of others stand beside those of ours.
    """
    review = "under review" if state is ReviewState.UNDER_REVIEW else "not reviewed"
    return f"{document.organisation or document.short_title} ({review})"


def named(shown: Source | Related) -> str:
    """Return how a source is called where its words are shown: a curated text is a summary of it, not the source."""
    return f"summary of {shown.short_title}" if shown.wording == "summary" else shown.short_title


def quoted(words: str, shown: Source | Related) -> str:
    """Return cited words, between quotation marks only where they are the source's own."""
    return words if shown.wording == "summary" else f"“{words}”"


def by_document(sources: Iterable[Source]) -> list[tuple[Source, ...]]:
    """Return the sources of each document together, in the order in which the documents are first cited."""
    found: dict[str, list[Source]] = {}
    for source in sources:
        found.setdefault(source.document_id, []).append(source)
    return [tuple(each) for each in found.values()]


def printed_grades(statement: AnswerStatement, audience: Audience) -> tuple[tuple[str, ShownGrade], ...]:
    """Return, for a clinician, the grades that a statement states, each as printed; a patient reads none."""
    if audience is not Audience.CLINICIAN:
        return ()
    stated = (shown for shown in statement.grades if shown.grade.is_stated)
    return tuple(
        (f"GRADE {shown.grade.printed}" if shown.grade.system == "grade" else shown.grade.printed, shown)
        for shown in stated
    )


def with_grade(statement: AnswerStatement, audience: Audience) -> str:
    """Return a statement of the further evidence with its citations and, for a clinician, its grades as printed."""
    printed = "; ".join(words for words, _ in printed_grades(statement, audience))
    marks = "".join(f"[{n}]" for n in statement.citations)
    return f"{statement.text}{f' ({printed})' if printed else ''} {marks}"


EMPTY_CELL: Final = "not in these sources"


def cells(table: Table, audience: Audience) -> list[tuple[str, ...]]:
    """Return a table as rows of words, its head first; each cell with its grades as printed and its citations."""
    rows = (
        (row.name, *(with_grade(cell, audience) if cell else EMPTY_CELL for cell in row.cells)) for row in table.rows
    )
    return [("", *table.columns), *rows]
