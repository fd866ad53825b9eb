"""Messages about the last answer or the conversation are told from questions to the sources."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.assistant import Assistant
from fmqa.question.meta import Request, like, request
from questions import Ask

EVAL = Path(__file__).parents[2] / "eval"
ASKED = {
    Request.SHORTER: (
        "shorter please",
        "Can you make it a bit shorter?",
        "tl;dr",
        "in one sentence",
        "keep it brief pls",
    ),
    Request.LONGER: ("more", "Tell me more about that", "more detail please", "what else?", "ok, go on"),
    Request.PLAIN: (
        "in plain words",
        "Sorry, I don't understand",
        "that went over my head. simpler?",
        "ELI5",
        "summarise for a patient letter",
    ),
    Request.TABLE: ("table?", "put them in a table please", "can I have that as a table", "side by side"),
    Request.REASON: ("why?", "Why is that?", "how come"),
    Request.SOURCE: ("source?", "Where does it say that?", "which guideline says that?", "wheres the europe bit from"),
    Request.SURE: ("are u sure??", "Are you really sure about that?", "really?", "is that true?"),
    Request.MISSED: ("That's not what I asked", "you didn't answer my question", "thats wrong", "try again"),
    Request.THANKS: ("thanks!", "ta", "ok", "Thank you so much", "great, that helps"),
    Request.HELLO: ("hi", "Hello!", "good morning"),
    Request.HELP: ("help", "a", "What can you do?", "are you a doctor?"),
    Request.LANGUAGE: (
        "in German please",
        "auf Deutsch",
        "do you speak Spanish?",
        "translate it into French",
        "wie viel kostet das?",
    ),
}
QUESTIONS = (
    "Is there a shorter trial?",
    "Why does LDN work?",
    "why not pregabalin?",
    "ok thanks!! and does it actually help the pain?",
    "Are you sure that LDN is safe with tramadol?",
    "What is the source of the NNT for duloxetine?",
    "Which guideline says to stop gabapentin?",
    "Is that true for men?",
    "No",
    "how does it work",
    "can you take it long term?",
    "I need help with my pain",
    "help i took 20 tablets",
    "more than 4.5 mg?",
    "the table in the article",
    "what about sleep then",
    "I can't breathe, thanks",
    "stop",
    "",
)


@pytest.mark.parametrize(("wanted", "message"), [(r, text) for r, texts in ASKED.items() for text in texts])
def test_a_request_is_read_however_it_is_typed(wanted: Request, message: str) -> None:
    for form in (message, message.upper(), f"ok. {message}", f"  {message} "):
        assert request(form) is wanted, form


@pytest.mark.parametrize("message", QUESTIONS)
def test_a_question_to_the_sources_is_none(message: str) -> None:
    assert request(message) is None


def test_no_labelled_question_and_no_emergency_is_taken_for_a_request() -> None:
    """But for "why", which is asked of the sources where the last answer kept no reason back."""
    paths = (EVAL / "everyday" / "dev.jsonl", EVAL / "everyday" / "followups.jsonl")
    turns = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    others = [turn["question"] for turn in turns if turn["type"] != "meta"]
    assert len(others) > 150
    assert {question for question in others if request(question)} <= {"how come"}
    emergencies = (EVAL.parent / "corpus" / "emergencies.jsonl").read_text("utf-8").splitlines()
    urgent = [row for row in map(json.loads, emergencies) if row.get("urgent", row.get("emergency"))]
    assert all(request(str(row.get("message", row.get("text")))) is None for row in urgent)


@given(st.sampled_from([text for texts in ASKED.values() for text in texts]), st.sampled_from(QUESTIONS[:8]))
def test_a_question_beside_a_request_goes_to_the_sources(message: str, question: str) -> None:
    assert request(f"{message} {question}") is None
    assert request(f"{message}. {question}") is None


# --- by the nearest example -------------------------------------------------------------------------------------------


def _like(message: str, assistant: Assistant) -> Request | None:
    index = assistant.index
    return like(message, index.encode(message), index.encoder, index.encode_all)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("the short version of it please", Request.SHORTER),
        ("could you tell me a bit more", Request.LONGER),
        ("i dont really understand it", Request.PLAIN),
        ("as a small table please", Request.TABLE),
        ("which document did that come from", Request.SOURCE),
        ("thats really not what i was asking", Request.MISSED),
        ("lovely, thank you kindly", Request.THANKS),
    ],
)
def test_what_no_form_knows_is_told_by_the_nearest_example(message: str, wanted: Request, assistant: Assistant) -> None:
    assert _like(message, assistant) is wanted


@pytest.mark.parametrize(
    "message",
    [
        "is it safe to drive",
        "how long before it works",
        "what about the second dose",
        "and the source for that",
        "does it matter at night",
        "who took part in it",
        "can it be crushed",
        "was anybody hurt by it",
    ],
)
def test_a_question_to_the_sources_is_like_no_example(message: str, assistant: Assistant) -> None:
    assert _like(message, assistant) is None


def test_no_question_that_the_corpus_is_judged_by_is_taken_for_a_message_about_an_answer(assistant: Assistant) -> None:
    questions = [
        json.loads(line)["question"] for line in (EVAL / "topics/dev/answerable.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(questions) > 100
    assert [question for question in questions if _like(question, assistant)] == []


def test_a_wish_in_other_words_goes_on_from_the_last_answer(ask: Ask) -> None:
    first, last = ask("What does EULAR 2017 say about amitriptyline?", "which document did that come from")
    assert "This is where the last answer comes from" in last.text
    assert {s.id for s in last.statements} <= {s.id for s in first.every_statement}
