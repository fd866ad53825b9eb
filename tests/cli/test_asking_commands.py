"""The commands that ask: what is printed, and how a conversation goes on."""

import json
from pathlib import Path

import pytest

from commands import QUESTION, run
from fmqa.store.conversations import Conversations
from fmqa.types import DISCLAIMER, Answer
from samples import SENTENCE


@pytest.mark.usefixtures("sample_assistant")
def test_ask_prints_the_answer_its_source_and_the_disclaimer(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", QUESTION)
    assert (code, err) == (0, "")
    assert f"**{SENTENCE}** [1]" in out
    assert "[1] EULAR 2017" in out
    assert DISCLAIMER in out


@pytest.mark.usefixtures("sample_assistant")
def test_ask_as_json_prints_the_answer_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", "--json", "--audience", "patient", "--max-words", "80", QUESTION)
    assert (code, err) == (0, "")
    answer = Answer.model_validate_json(out)
    assert answer.audience == "patient"


@pytest.mark.usefixtures("sample_assistant")
def test_a_conversation_goes_on_from_one_command_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    conversation_id = json.loads(run(capsys, "ask", "--json", QUESTION)[1])["conversation_id"]
    code, out, _ = run(capsys, "ask", "--json", "--conversation", conversation_id, "and CBT?")
    assert (code, json.loads(out)["conversation_id"]) == (0, conversation_id)


@pytest.mark.usefixtures("sample_assistant")
def test_a_question_may_start_from_a_document_that_is_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "ask", "--document", "eular-2017", QUESTION)[0] == 0
    code, _, err = run(capsys, "ask", "--document", "no-such", QUESTION)
    assert code == 66
    assert "lists them" in err


def feed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let these lines be typed, and then Ctrl-D."""
    left = iter(lines)

    def typed(prompt: str = "") -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", typed)


def test_chat_keeps_to_one_conversation_until_the_end_of_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sample_assistant: Path
) -> None:
    feed(monkeypatch, QUESTION, "", "and CBT?")
    code, out, err = run(capsys, "chat")
    assert (code, err) == (0, "")
    assert out.count(DISCLAIMER) == 2
    conversations = Conversations(f"sqlite:///{sample_assistant}")
    (listed,) = conversations.list()
    conversations.close()
    assert listed.turns == 2
    assert f"Conversation {listed.id}\n" in out
    assert out.endswith(f"Go on with: fmqa chat --conversation {listed.id}\n")


@pytest.mark.usefixtures("sample_assistant")
def test_quit_ends_a_chat(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, "/quit", QUESTION)
    code, out, _ = run(capsys, "chat")
    assert code == 0
    assert DISCLAIMER not in out


@pytest.mark.usefixtures("sample_assistant")
def test_chat_refuses_an_unknown_conversation_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, QUESTION)
    code, out, _ = run(capsys, "chat", "--conversation", "no-such")
    assert (code, out) == (66, "")


@pytest.mark.usefixtures("sample_assistant")
def test_words_without_quotation_marks_are_one_question(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ask", "what", "dose", "of", "ldn", "--json")
    assert (code, json.loads(out)["interpreted_question"]) == (0, "what dose of ldn")


@pytest.mark.usefixtures("sample_assistant")
def test_last_goes_on_with_the_conversation_that_was_used_last(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "ask", "--last", QUESTION)
    assert (code, "without --last" in err) == (66, True)
    first = json.loads(run(capsys, "ask", "--json", QUESTION)[1])["conversation_id"]
    code, out, _ = run(capsys, "ask", "--last", "--json", "and CBT?")
    assert (code, json.loads(out)["conversation_id"]) == (0, first)
    assert "fmqa ask --last QUESTION" in run(capsys, "ask", QUESTION)[1]
    assert run(capsys, "ask", "--last", "--conversation", first, QUESTION)[0] == 2


@pytest.mark.usefixtures("sample_assistant")
def test_words_behind_a_slash_are_commands_of_the_chat(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, "/help", "/sources", "/table", QUESTION, "/sources", "/audience patient", "/audience", "/nothing")
    code, out, err = run(capsys, "chat")
    assert code == 0
    assert all(f"/{name}" in out for name in ("help", "sources", "table", "audience clinician|patient", "new", "quit"))
    assert "no answer with sources yet" in out
    assert "Ask a question first" in out
    assert out.count("Sources\n") == 2
    assert out.count("Answers are for a patient.") == 2
    assert "There is no /nothing" in err
    assert out.count(DISCLAIMER) == 1


@pytest.mark.usefixtures("sample_assistant")
def test_a_chat_says_which_documents_may_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, "/only guideline 2015-", QUESTION, "/only")
    code, out, _ = run(capsys, "chat")
    assert code == 0
    said = [out.index(words) for words in ("only guideline, 2015- may answer", DISCLAIMER[:20], "All documents may")]
    assert said == sorted(said)


def test_new_begins_another_conversation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sample_assistant: Path
) -> None:
    feed(monkeypatch, QUESTION, "/new", QUESTION, "/table", "/audience nobody")
    code, _, err = run(capsys, "chat")
    assert (code, "clinician or a patient" in err) == (0, True)
    conversations = Conversations(f"sqlite:///{sample_assistant}")
    assert sorted(listed.turns for listed in conversations.list()) == [1, 2]
    conversations.close()
