"""The command line: output, exit codes, and errors without a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fmqa import __version__
from fmqa.assistant import Assistant
from fmqa.cli.main import main
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from fmqa.types import DISCLAIMER, Answer
from samples import SENTENCE, SampleAssistant

QUESTION = "What evidence level does EULAR give exercise?"


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands open an assistant that needs no index; its conversations last from one command to the next."""
    path = tmp_path / "conversations.db"

    def open_sample(settings: Settings | None = None) -> SampleAssistant:
        return SampleAssistant(Conversations(f"sqlite:///{path}"))

    monkeypatch.setattr(Assistant, "open", open_sample)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.usefixtures("assistant")
def test_ask_prints_the_answer_its_source_and_the_disclaimer(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", QUESTION)
    assert (code, err) == (0, "")
    assert f"**{SENTENCE}** [1]" in out
    assert "[1] EULAR 2017" in out
    assert DISCLAIMER in out


@pytest.mark.usefixtures("assistant")
def test_ask_as_json_prints_the_answer_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", "--json", "--audience", "patient", "--max-words", "80", QUESTION)
    assert (code, err) == (0, "")
    answer = Answer.model_validate_json(out)
    assert answer.audience == "patient"


@pytest.mark.usefixtures("assistant")
def test_a_conversation_goes_on_from_one_command_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    conversation_id = json.loads(run(capsys, "ask", "--json", QUESTION)[1])["conversation_id"]
    code, out, _ = run(capsys, "ask", "--json", "--conversation", conversation_id, "and CBT?")
    assert (code, json.loads(out)["conversation_id"]) == (0, conversation_id)


@pytest.mark.usefixtures("assistant")
def test_a_question_may_start_from_a_document_that_is_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "ask", "--document", "eular-2017", QUESTION)[0] == 0
    code, _, err = run(capsys, "ask", "--document", "no-such", QUESTION)
    assert code == 66
    assert "lists them" in err


def test_corpus_new_makes_a_corpus_that_check_accepts_and_touches_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "asthma")
    assert run(capsys, "corpus", "new", folder)[0] == 0
    code, out, _ = run(capsys, "corpus", "check", "--corpus", folder)
    assert code == 0
    assert "no document yet" in out
    code, _, err = run(capsys, "corpus", "new", folder)
    assert code == 65
    assert "name a new one" in err


@pytest.mark.usefixtures("assistant")
def test_errors_go_to_stderr_with_the_exit_code_of_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", "--conversation", "no-such", "Zebrafish?")
    assert (code, out) == (66, "")
    assert err.startswith("fmqa: Not found: ")
    assert "Zebrafish" not in err
    assert run(capsys, "ask", " ")[0] == 64


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ask", "--max-words", "5", "q"], ["frobnicate"], ["serve", "--port", "0"]]
)
def test_wrong_use_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert "Usage: fmqa" in err


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
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, assistant: Path
) -> None:
    feed(monkeypatch, QUESTION, "", "and CBT?")
    code, out, err = run(capsys, "chat")
    assert (code, err) == (0, "")
    assert out.count(DISCLAIMER) == 2
    conversations = Conversations(f"sqlite:///{assistant}")
    (listed,) = conversations.list()
    conversations.close()
    assert listed.turns == 2
    assert f"Conversation {listed.id}\n" in out
    assert out.endswith(f"Go on with: fmqa chat --conversation {listed.id}\n")


@pytest.mark.usefixtures("assistant")
def test_quit_ends_a_chat(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, "/quit", QUESTION)
    code, out, _ = run(capsys, "chat")
    assert code == 0
    assert DISCLAIMER not in out


@pytest.mark.usefixtures("assistant")
def test_chat_refuses_an_unknown_conversation_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, QUESTION)
    code, out, _ = run(capsys, "chat", "--conversation", "no-such")
    assert (code, out) == (66, "")


def test_corpus_check_passes_a_good_corpus(capsys: pytest.CaptureFixture[str], corpus_folder: Path) -> None:
    code, out, err = run(capsys, "corpus", "check", "--corpus", str(corpus_folder))
    assert (code, err) == (0, "")
    assert "keeps every rule" in out


def test_corpus_check_names_file_and_line_of_a_fault(capsys: pytest.CaptureFixture[str], corpus_folder: Path) -> None:
    path = corpus_folder / "guidelines" / "eular-2017.md"
    source = path.read_text("utf-8").replace("interventions: [exercise]", "interventions: [exorcise]")
    path.write_text(source, "utf-8")
    line = next(n for n, text in enumerate(source.split("\n"), start=1) if "exorcise" in text)
    code, out, err = run(capsys, "corpus", "check", "--corpus", str(corpus_folder))
    assert code == 65
    assert f"{path}:{line}: " in out
    assert err.startswith("fmqa: The corpus has faults: 1 ")


def test_corpus_list_shows_kind_review_state_and_statements(
    capsys: pytest.CaptureFixture[str], corpus_folder: Path
) -> None:
    code, out, err = run(capsys, "corpus", "list", "--corpus", str(corpus_folder))
    assert code == 0
    rows = [line.split("\t") for line in out.splitlines()]
    assert ["eular-2017", "guideline", "2017", "submitted", "2", ""] in rows
    assert ["eular-2008", "guideline", "2008", "submitted", "0", "eular-2017"] in rows
    assert err == "3 documents, 3 statements\n"


def test_a_corpus_that_is_not_there_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FMQA_CORPUS", str(tmp_path / "none"))
    for arguments in (["corpus", "list"], ["corpus", "check"], ["index", "build"]):
        code, _, err = run(capsys, *arguments)
        assert code == 65
        assert "FMQA_CORPUS" in err


def test_a_missing_index_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FMQA_INDEX", str(tmp_path / "none"))
    monkeypatch.setenv("FMQA_DATABASE", "sqlite://")
    for arguments in (["ask", QUESTION], ["serve"], ["index", "verify"]):
        code, _, err = run(capsys, *arguments)
        assert code == 78
        assert "fmqa index build" in err


@pytest.mark.parametrize(
    ("name", "value"), [("FMQA_PORT", "many"), ("FMQA_MAX_WORDS", "5"), ("FMQA_FUSION", "sum"), ("FMQA_PROT", "8000")]
)
def test_a_wrong_setting_is_named_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    for arguments in (["ask", QUESTION], ["serve"], ["corpus", "list"], ["index", "status"]):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (78, "")
        assert name in err
        assert err.count("\n") == 1


def test_serve_says_so_when_the_port_is_taken(capsys: pytest.CaptureFixture[str], assistant: Path) -> None:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = run(capsys, "serve", "--port", str(taken.getsockname()[1]))
    assert code == 69
    assert "--port" in err


def test_serve_wants_keys_where_others_can_reach_it(
    capsys: pytest.CaptureFixture[str], assistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del assistant
    for arguments in (["--host", "0.0.0.0"], ["--host", "::"], ["--workers", "2", "--host", "0.0.0.0"]):  # noqa: S104
        code, out, err = run(capsys, "serve", *arguments)
        assert (code, out) == (78, "")
        assert "--allow-anonymous" in err
    monkeypatch.setenv("FMQA_HOSTS", "fmqa.example")
    assert run(capsys, "serve")[0] == 78


def test_keys_are_made_listed_and_removed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    code, _, err = run(capsys, "keys", "new", "ward-3")
    assert (code, "FMQA_KEYS" in err) == (78, True)
    monkeypatch.setenv("FMQA_KEYS", str(file))
    code, out, err = run(capsys, "keys", "new", "ward-3")
    key = out.strip()
    assert (code, key.startswith("fmqa_"), key in err) == (0, True, False)
    run(capsys, "keys", "new", "monitor", "--scope", "admin")
    code, out, _ = run(capsys, "keys", "list")
    assert code == 0
    assert all(word in out for word in ("ward-3", "ask, read", "monitor", "admin"))
    assert key not in out
    assert run(capsys, "keys", "remove", "ward-3")[0] == 0
    assert "ward-3" not in run(capsys, "keys", "list")[1]
    assert run(capsys, "keys", "remove", "ward-3")[0] == 66


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"fmqa {__version__}\n", "")


@pytest.mark.parametrize(
    "command",
    [
        "",
        "ask",
        "chat",
        "serve",
        "index",
        "index build",
        "index status",
        "index verify",
        "index rollback",
        "keys new",
        "keys list",
        "keys remove",
        "corpus check",
        "corpus list",
        "corpus add",
        "corpus remove",
        "corpus show",
        "corpus review",
    ],
)
def test_help_of_every_command_has_an_example(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, _ = run(capsys, *command.split(), "--help")
    assert code == 0
    assert "Usage: fmqa" in out
    if command != "index":
        assert "Example" in out


def test_help_comes_without_loading_models_or_the_web() -> None:
    script = (
        "import sys; from fmqa.cli.main import main; main(['--help']); "
        "heavy = {'torch', 'faiss', 'onnxruntime', 'fastapi', 'sqlalchemy', 'transformers'} & set(sys.modules); "
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_module_runs_as_a_script_in_a_pipe_of_another_encoding(corpus_folder: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "FMQA_CORPUS": str(corpus_folder)}
    done = subprocess.run(
        [sys.executable, "-m", "fmqa.cli.main", "corpus", "check"], capture_output=True, env=environment, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    done = subprocess.run(
        [sys.executable, "-m", "fmqa.cli.main", "--help"], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0


# --- documents as published -------------------------------------------------------------------------------------------


@pytest.fixture
def leaflet(tmp_path: Path) -> Path:
    path = tmp_path / "leaflet.txt"
    path.write_bytes(b"Velaxin 25 mg is taken once daily by adults.\n\nIt is not for children under 12 years.")
    return path


def test_a_file_is_added_shown_reviewed_and_removed(
    capsys: pytest.CaptureFixture[str], corpus_folder: Path, leaflet: Path
) -> None:
    at = ("--corpus", str(corpus_folder))
    code, out, err = run(capsys, "corpus", "add", str(leaflet), "--year", "2020", "--kind", "label", *at)
    assert code == 0
    assert "added leaflet (label): 2 blocks, 1 statements, 4 numbers and signs compared, 0 places differ" in out
    assert "not stated: organisation, licence" in out
    assert "1 documents added" in err
    assert run(capsys, "corpus", "check", *at)[0] == 0
    assert "leaflet\tlabel\t2020\tsubmitted\t1" in run(capsys, "corpus", "list", *at)[1]
    code, out, _ = run(capsys, "corpus", "show", "leaflet", "--text", *at)
    assert code == 0
    assert "year\t2020" in out
    assert "doi\tnot stated" in out
    assert "dosing (0-44): Velaxin 25 mg is taken once daily by adults." in out
    assert "It is not for children under 12 years." in out
    code, out, _ = run(capsys, "corpus", "review", "leaflet", "under review", "--reviewer", "Dr A. Made", *at)
    assert (code, out.startswith("leaflet is under review")) == (0, True)
    assert "unchanged leaflet.txt" in run(capsys, "corpus", "add", str(leaflet), *at)[1]
    assert run(capsys, "corpus", "remove", "leaflet", *at)[0] == 0
    assert run(capsys, "corpus", "show", "leaflet", *at)[0] == 66


def test_a_file_that_cannot_be_added_is_named_and_the_exit_code_says_so(
    capsys: pytest.CaptureFixture[str], corpus_folder: Path, leaflet: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pdf"
    empty.write_bytes(b"")
    code, out, err = run(capsys, "corpus", "add", str(empty), str(leaflet), "--corpus", str(corpus_folder))
    assert code == 65
    assert "refused empty.pdf: it is empty" in out
    assert "added leaflet" in out
    assert "1 of the files" in err


def test_an_approval_without_a_reviewer_is_refused(capsys: pytest.CaptureFixture[str], corpus_folder: Path) -> None:
    code, _, err = run(capsys, "corpus", "review", "eular-2017", "under review", "--corpus", str(corpus_folder))
    assert code == 65
    assert "--reviewer NAME" in err
