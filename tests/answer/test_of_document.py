"""What is said of a document as such is what its record says, and verification notices anything else."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmqa.answer import verification
from fmqa.answer.of_document import lines
from fmqa.assistant import Assistant
from fmqa.settings import Settings
from fmqa.types import About, Answer, Aspect, Check, Only, Reference, Review, ReviewState, Status
from samples import DOCUMENT


@pytest.fixture(scope="module")
def held(make_small: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = Assistant.open(make_small(tmp_path_factory.mktemp("about")))
    yield assistant
    assistant.close()


def faults(answer: Answer, held: Assistant) -> set[Check]:
    return {fault.check for fault in verification.answer_faults(answer, held.index.document, answer.generation)}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("who wrote this?", "EULAR 2017: authors on record: not stated; publisher: EULAR."),
        ("when was this guideline last updated", "published 2017. fmqa's text on it was last updated on 2026-11-23"),
        ("is this reviewed", "submitted; no clinician has reviewed or approved it yet"),
        ("what is reference 1", "Reference 1 of EULAR 2017 here: Macfarlane GJ, et al. EULAR revised recommendations."),
        ("what is reference 9", "there is no reference 9 here; it has 1."),
        ("list the references", "EULAR 2017: 1 reference here."),
    ],
)
def test_the_record_of_the_open_document_answers(question: str, says: str, held: Assistant) -> None:
    answer = held.ask(question, document="eular-2017")
    assert says in answer.text
    assert answer.status is Status.CONVERSATION
    assert answer.about is not None
    assert answer.about.document_id == "eular-2017"
    assert [source.document_id for source in answer.sources] == ["eular-2017"]
    assert faults(answer, held) == set()


def test_words_that_the_record_does_not_have_are_a_fault(held: Assistant) -> None:
    answer = held.ask("who wrote this?", document="eular-2017")
    forged = answer.model_copy(update={"text": answer.text.replace("not stated", "Smith J")})
    assert faults(forged, held) != set()
    elsewhere = answer.model_copy(update={"about": About(document_id="eular-2008", aspect=Aspect.AUTHOR)})
    assert faults(elsewhere, held) != set()


def test_the_main_points_are_cited_statements_and_the_talk_goes_on_about_the_document(held: Assistant) -> None:
    summary = held.ask("what are the key points?", document="eular-2017")
    assert [statement.id for statement in summary.statements] == ["eular-2017#exercise"]
    assert summary.about == About(document_id="eular-2017", aspect=Aspect.SUMMARY)
    again = held.ask("who wrote it?", conversation_id=summary.conversation_id)
    assert again.about is not None
    assert again.about.document_id == "eular-2017"
    shorter = held.ask("who wrote EULAR 2008?", conversation_id=summary.conversation_id)
    assert "superseded by EULAR 2017" in " ".join(notice.text for notice in shorter.notices)


def test_a_document_that_may_not_answer_is_not_told_of(held: Assistant) -> None:
    answer = held.ask("who wrote this?", document="eular-2017", only=Only(documents=("naltrexone-label",)))
    assert answer.about is None


def test_an_approval_names_who_approved_and_long_lists_are_cut() -> None:
    state = ReviewState.APPROVED
    review = Review(state=state, reviewer="A. Made", date=datetime.date(2026, 11, 1), text_sha256=DOCUMENT.sha256)
    many = tuple(Reference(id=f"R{n}", citation=f"Made A. Work {n}.") for n in range(1, 12))
    metadata = DOCUMENT.metadata.model_copy(update={"review": review, "references": many})
    document = DOCUMENT.model_copy(update={"metadata": metadata})
    (line,) = lines(About(document_id=document.id, aspect=Aspect.REVIEW), document)
    assert "approved by A. Made on 2026-11-01" in line
    head, *listed, rest = lines(About(document_id=document.id, aspect=Aspect.REFERENCES), document)
    assert (head, len(listed), rest) == ("EULAR 2017: 11 references here.", 8, "3 more are listed on its page.")
