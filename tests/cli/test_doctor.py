"""The doctor: what is in order, what is not, and what to do."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import run
from fmqa.settings import Settings

Doctor = Callable[[], tuple[int, dict[str, dict[str, str]]]]


@pytest.fixture
def doctor(
    exercise: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Doctor:
    """Looks at a small library that is in order, with the changes that a test makes to the environment."""
    monkeypatch.setenv("FMQA_HOME", str(exercise.home))
    monkeypatch.setenv("FMQA_DATABASE", f"sqlite:///{tmp_path / 'fmqa.db'}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("FMQA_PORT", str(free.getsockname()[1]))

    def look() -> tuple[int, dict[str, dict[str, str]]]:
        code, out, _ = run(capsys, "doctor", "--json")
        return code, {found["subject"]: found for found in json.loads(out)}

    return look


def test_all_is_well_and_nothing_is_made(doctor: Doctor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = doctor()
    assert (code, {each["state"] for each in found.values()} - {"ok"}) in ((0, set()), (0, {"warning"}))
    assert {"program", "libraries", "encoder", "corpus", "index", "database", "port", "access"} <= set(found)
    assert "2 documents" in found["corpus"]["text"]
    assert not (tmp_path / "fmqa.db").exists()
    code, out, _ = run(capsys, "doctor")
    assert (code, "ok       encoder:" in out) == (0, True)


@pytest.mark.parametrize(
    ("variable", "value", "subject"),
    [
        ("FMQA_INDEX", "none", "index"),
        ("FMQA_CORPUS", "none", "corpus"),
        ("FMQA_HOSTS", "fmqa.example", "access"),
        ("FMQA_PORT", "many", "settings"),
        ("FMQA_DATABASE", "sqlite:///{folder}/damaged.db", "database"),
        ("FMQA_LLM_URL", "http://user:word@host", "language model"),
    ],
)
def test_what_is_not_in_order_is_a_fault_and_the_exit_code_says_so(
    variable: str, value: str, subject: str, doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "damaged.db").write_text("no database", "utf-8")
    (tmp_path / "damaged.db").chmod(0o600)
    monkeypatch.setenv(variable, value.format(folder=tmp_path))
    code, found = doctor()
    assert (code, found[subject]["state"]) == (78, "fault")
    assert found[subject]["text"]


def test_what_only_stands_in_the_way_is_a_warning(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("FMQA_PORT", str(taken.getsockname()[1]))
        monkeypatch.setenv("FMQA_LLM_URL", "http://127.0.0.1:1/v1")
        code, found = doctor()
    assert code == 0
    assert (found["port"]["state"], found["language model"]["state"]) == ("warning", "warning")
    assert "FMQA_PORT" in found["port"]["text"]
