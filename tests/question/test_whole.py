"""Questions about a document as such are told from questions about its subject, and find the document that is meant."""

import json
from pathlib import Path

import pytest

from conftest import make_corpus
from fmqa.corpus.loading import load
from fmqa.corpus.names import Names
from fmqa.question.whole import Asked, asked, document_of, section
from fmqa.types import Aspect, Metadata

EVAL = Path(__file__).parents[2] / "eval"
ASKED = {
    Aspect.SUMMARY: (
        "summarise the article",
        "Can you sum up this guideline please?",
        "key points",
        "What are the key recommendations of EULAR 2017?",
        "tl;dr",
        "what does this article conclude?",
        "give me a short summary of it",
        "what is this document about",
    ),
    Aspect.AUTHOR: ("who wrote this?", "Who published EULAR 2017", "who are the authors", "by whom was it written"),
    Aspect.DATE: (
        "when was this last updated",
        "When was it written?",
        "how old is this guideline",
        "is EULAR 2017 still current?",
        "what year was this published",
    ),
    Aspect.REVIEW: ("is this article reviewed?", "Has this been approved by a doctor?", "who reviewed it"),
    Aspect.REFERENCES: (
        "what is reference 1",
        "show reference 12",
        "list the references",
        "what sources does this article use",
    ),
}
OTHERS = (
    "Who should not take pregabalin?",
    "when was duloxetine approved?",
    "is it approved for fibromyalgia?",
    "what are the key side effects of duloxetine?",
    "how old do you have to be for pregabalin?",
    "summary of side effects of duloxetine",
    "who wrote the prescription and why does it make me sick",
    "what is level 1",
    "what is fibromyalgia",
    "",
)


@pytest.mark.parametrize(("aspect", "message"), [(a, text) for a, texts in ASKED.items() for text in texts])
def test_what_is_asked_of_a_document_is_read_however_it_is_typed(aspect: Aspect, message: str) -> None:
    for form in (message, message.upper(), f"ok, {message}", f"  {message} "):
        told = asked(form)
        assert told is not None, form
        assert told.aspect is aspect, form


def test_the_number_of_a_reference_and_who_it_is_for_are_read() -> None:
    assert asked("What is reference [3]?") == Asked(Aspect.REFERENCES, "", 3)
    assert asked("summarise this article for a patient") == Asked(Aspect.SUMMARY, "this article", None, True)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metadata]:
    corpus = load(make_corpus(tmp_path_factory.mktemp("named")))
    return {document.id: document.metadata for document in corpus.documents}


@pytest.mark.parametrize(
    ("message", "open_document", "spoken_of", "found"),
    [
        ("who wrote this", "eular-2008", (), "eular-2008"),
        ("who wrote this", None, (), None),
        ("key points", "eular-2008", (), "eular-2008"),
        ("when was this guideline published", "eular-2017", ("eular-2008",), "eular-2017"),
        ("when was this label published", "eular-2017", ("naltrexone-label",), "naltrexone-label"),
        ("who wrote EULAR 2008", "eular-2017", (), "eular-2008"),
        ("who wrote the EULAR guideline", "naltrexone-label", (), "eular-2017"),
        ("who wrote EULAR 2017 on exercise", "eular-2017", (), None),
        ("summarise this trial", "eular-2017", (), None),
        ("who wrote Hamlet", "eular-2017", (), None),
    ],
)
def test_the_document_is_the_open_one_or_the_one_that_is_named(
    held: dict[str, Metadata], message: str, open_document: str | None, spoken_of: tuple[str, ...], found: str | None
) -> None:
    told = asked(message)
    assert told is not None
    start = held[open_document] if open_document else None
    assert document_of(told, Names(tuple(held.values())), start, spoken_of) == found


@pytest.mark.parametrize("message", OTHERS)
def test_a_question_about_the_subject_is_none(held: dict[str, Metadata], message: str) -> None:
    told = asked(message)
    assert told is None or document_of(told, Names(tuple(held.values())), held["eular-2017"], ()) is None


def test_no_labelled_question_is_taken_for_one_about_a_document(held: dict[str, Metadata]) -> None:
    names = Names(tuple(held.values()))
    paths = (*EVAL.glob("everyday/*.jsonl"), *EVAL.glob("topics/*/*.jsonl"))
    questions = [json.loads(line).get("question") for path in paths for line in path.read_text("utf-8").splitlines()]
    told = [(q, asked(q)) for q in questions if isinstance(q, str)]
    assert len(told) > 300
    assert [q for q, each in told if each and document_of(each, names, held["eular-2017"], ())] == []


@pytest.mark.parametrize(
    ("message", "heading"),
    [
        ("what is the treatment algorithm?", "Treatment algorithm"),
        ("first-line options", "First-line options"),
        ("what does the monitoring section say?", "Monitoring"),
        ("caveats of this article", "Caveats"),
        ("monitoring", None),
        ("what is the treatment algorithm for neuropathic pain?", None),
        ("the dose section", None),
    ],
)
def test_a_section_is_asked_for_by_its_heading(message: str, heading: str | None) -> None:
    assert section(message, ("First-line options", "Treatment algorithm", "Caveats", "Monitoring")) == heading


@pytest.mark.parametrize("message", ["how old is that", "when was it published?", "who wrote that"])
def test_after_an_answer_that_alone_is_the_document_that_it_cites(held: dict[str, Metadata], message: str) -> None:
    told = asked(message)
    assert told is not None
    names = Names(list(held.values()))
    other, start = list(held.values())[:2]
    assert document_of(told, names, start, (), other.id) == other.id
    assert document_of(told, names, start, (), None) == start.id


def test_this_is_the_document_that_is_open_whatever_was_cited(held: dict[str, Metadata]) -> None:
    told = asked("who wrote this?")
    assert told is not None
    other, start = list(held.values())[:2]
    assert document_of(told, Names(list(held.values())), start, (), other.id) == start.id
