"""Messages about the last answer or the conversation are told from questions to the sources."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.question.meta import Request, request

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
