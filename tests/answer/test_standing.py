"""Whether a stored answer is still what its sources say, and what changed."""

import datetime
from typing import Any

import pytest

from fmqa.answer.standing import ChangeKind, Standing, standing
from fmqa.errors import NotFound
from fmqa.types import (
    Answer,
    Document,
    FileFormat,
    Origin,
    Review,
    ReviewState,
    Statement,
    StatementSpan,
    text_sha256,
)
from samples import DOCUMENT, GRADE, METADATA, SENTENCE, STATEMENT, answer

TODAY = datetime.date(2026, 12, 1)
GIVEN = answer().model_copy(update={"sources": answer().sources[:1], "conflicts": (), "notices": ()})


def document(
    text: str = DOCUMENT.text, statement: Statement | None = STATEMENT, end: int = len(SENTENCE), **metadata: Any
) -> Document:
    """Return the document that was answered from, as it is now."""
    spans = () if statement is None else (StatementSpan(statement=statement, start=0, end=end, line=1),)
    about = METADATA.model_copy(update={"statements": tuple(span.statement for span in spans), **metadata})
    return DOCUMENT.model_copy(
        update={"metadata": about, "text": text, "sha256": text_sha256(text), "statements": spans}
    )


def compared(now: Document | None, given: Answer = GIVEN) -> Standing:
    def held(document_id: str) -> Document:
        if now is None:
            raise NotFound(document_id)
        return now

    return standing(given, held, "generation-2", TODAY)


def test_an_answer_holds_while_nothing_changed() -> None:
    found = compared(DOCUMENT)
    assert (found.holds, found.changes, found.compared_with) == (True, (), "generation-2")


def test_a_change_elsewhere_in_the_text_changes_nothing() -> None:
    assert compared(document(f"{DOCUMENT.text}\n\nMore was written.")).changes == ()


def test_words_that_moved_with_their_statement_hold() -> None:
    text = f"First comes this. {DOCUMENT.text}"
    now = document(text)
    moved = now.statements[0].model_copy(update={"start": 18, "end": 18 + len(SENTENCE)})
    assert compared(now.model_copy(update={"statements": (moved,)})).holds


ORIGIN = Origin(file="x.pdf", file_sha256="0" * 64, format=FileFormat.PDF, added=TODAY)
NEW = SENTENCE.replace("recommends", "no longer recommends")
WEAKER = GRADE.model_copy(update={"strength": "weak for", "printed": "level Ia, grade A, weak for, agreement 100 %"})


@pytest.mark.parametrize(
    ("now", "kind", "said"),
    [
        (None, ChangeKind.GONE, None),
        (document(statement=None), ChangeKind.STATEMENT_GONE, None),
        (document(NEW, end=len(NEW)), ChangeKind.WORDS, NEW),
        (document(statement=STATEMENT.model_copy(update={"grades": (WEAKER,)})), ChangeKind.GRADE, WEAKER.printed),
        (document(statement=STATEMENT.model_copy(update={"grades": ()})), ChangeKind.GRADE, None),
        (document(superseded_by="eular-2030"), ChangeKind.SUPERSEDED, "eular-2030"),
        (
            document(origin=ORIGIN.model_copy(update={"retraction": "Retracted 2026."})),
            ChangeKind.RETRACTED,
            "Retracted 2026.",
        ),
        (
            document(origin=ORIGIN.model_copy(update={"expires": datetime.date(2026, 11, 30)})),
            ChangeKind.EXPIRED,
            "valid until 2026-11-30",
        ),
    ],
    ids=lambda value: value.value if isinstance(value, ChangeKind) else "",
)
def test_what_changed_is_said_with_what_holds_now(now: Document | None, kind: ChangeKind, said: str | None) -> None:
    found = compared(now)
    assert not found.holds
    assert [(change.kind, change.now) for change in found.changes] == [(kind, said)]


def test_a_review_alone_leaves_the_answer_standing() -> None:
    review = Review(state=ReviewState.UNDER_REVIEW)
    found = compared(document(review=review))
    assert found.holds
    assert [change.kind for change in found.changes] == [ChangeKind.REVIEW]


def test_a_plain_wording_is_compared_with_the_plain_wording() -> None:
    plain = GIVEN.statements[0].model_copy(update={"wording": "plain", "text": "EULAR says: exercise.", "grades": ()})
    given = GIVEN.model_copy(update={"statements": (plain,)})
    for held, holds in (("EULAR says: exercise.", True), ("EULAR says: rest.", False)):
        assert compared(document(statement=STATEMENT.model_copy(update={"plain": held})), given).holds is holds


def test_words_without_a_record_are_compared_at_their_place() -> None:
    found = GIVEN.statements[0].model_copy(update={"id": f"eular-2017@0-{len(SENTENCE)}", "grades": ()})
    given = GIVEN.model_copy(update={"statements": (found,)})
    assert compared(document(statement=None), given).holds
    assert compared(document(f"{DOCUMENT.text} More.", statement=None), given).holds
    (change,) = compared(document(f"Now this. {DOCUMENT.text}", statement=None), given).changes
    assert (change.kind, change.now) == (ChangeKind.WORDS, None)
