"""The command line as a whole: exit codes, help, and errors without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import run
from fmqa import __version__


@pytest.mark.usefixtures("sample_assistant")
def test_errors_go_to_stderr_with_the_exit_code_of_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "ask", "--conversation", "no-such", "Zebrafish?")
    assert (code, out) == (66, "")
    assert err.startswith("fmqa: Not found: ")
    assert "Zebrafish" not in err
    assert run(capsys, "ask", " ")[0] == 64


def test_the_module_run_as_a_program_has_the_exit_code_too() -> None:
    ran = subprocess.run([sys.executable, "-m", "fmqa", "frobnicate"], capture_output=True, check=False)
    assert ran.returncode == 2


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ask", "--max-words", "5", "q"], ["frobnicate"], ["serve", "--port", "0"]]
)
def test_wrong_use_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert "Usage: fmqa" in err


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
        "index load",
        "database status",
        "database migrate",
        "keys new",
        "keys list",
        "keys remove",
        "corpus check",
        "corpus list",
        "corpus add",
        "corpus remove",
        "corpus show",
        "corpus review",
        "corpus fhir",
        "answers verify",
        "mcp",
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


def test_the_module_ends_with_the_exit_code_of_the_command() -> None:
    command = [sys.executable, "-m", "fmqa", "no-such-command"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
