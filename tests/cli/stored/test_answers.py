"""The commands for stored answers, and for programs of others."""

import json
import shutil
from pathlib import Path

import pytest

from commands import run
from fmqa.assistant import Assistant
from fmqa.building import build_index
from fmqa.settings import Settings
from fmqa.types import Answer


@pytest.fixture
def asked(held: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Answer]:
    """Settings of the environment with a corpus that may be changed, and an answer that was given from it."""
    shutil.copytree(held.corpus, tmp_path / "corpus")
    shutil.copytree(held.index, tmp_path / "index")
    own = {"corpus": tmp_path / "corpus", "index": tmp_path / "index", "database": f"sqlite:///{tmp_path / 'c.db'}"}
    settings = held.model_copy(update=own)
    for name, value in own.items():
        monkeypatch.setenv(f"FMQA_{name.upper()}", str(value))
    assistant = Assistant.open(settings)
    answer = assistant.ask("What grade does the USPSTF give screening for diabetes?")
    assistant.close()
    return settings, answer


def test_answers_are_compared_with_their_sources_until_these_change(
    capsys: pytest.CaptureFixture[str], asked: tuple[Settings, Answer]
) -> None:
    settings, answer = asked
    code, out, err = run(capsys, "answers", "verify")
    assert (code, out) == (0, "")
    assert err == "1 of 1 stored answers are still what their sources say\n"
    path = settings.corpus / "guidelines" / "uspstf-2021.md"
    source = path.read_text("utf-8")
    assert "grade B" in source
    path.write_text(source.replace("grade: B", "grade: C").replace("grade B", "grade C"), "utf-8")
    build_index(settings)
    code, out, err = run(capsys, "answers", "verify", answer.question_id)
    assert code == 65
    assert "grade B" in out
    assert "grade C" in out
    assert "screening for diabetes?" not in out + err
    assert err.startswith("0 of 1")
    code, out, _ = run(capsys, "answers", "verify", "--json")
    assert code == 65
    assert {change["kind"] for change in json.loads(out)["changes"]} >= {"grade"}


def test_an_unknown_answer_is_not_found(capsys: pytest.CaptureFixture[str], asked: tuple[Settings, Answer]) -> None:
    assert run(capsys, "answers", "verify", "no-such")[0] == 66


def test_recommendations_are_printed_or_written_as_fhir(
    capsys: pytest.CaptureFixture[str], asked: tuple[Settings, Answer], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "corpus", "fhir", "uspstf-2021")
    assert code == 0
    assert json.loads(out)["resourceType"] == "Bundle"
    assert run(capsys, "corpus", "fhir", "uspstf-2021", "--out", str(tmp_path / "x.json"))[0] == 0
    assert (tmp_path / "x.json").read_text("utf-8") == out
    assert run(capsys, "corpus", "fhir", "no-such")[0] == 66
    assert run(capsys, "corpus", "fhir", "uspstf-2021", "--out", str(tmp_path / "no" / "x.json"))[0] == 69
