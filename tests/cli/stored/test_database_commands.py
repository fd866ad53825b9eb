"""The schema of the database, looked at and moved from the command line."""

from pathlib import Path

import pytest

from commands import run
from fmqa.store.database import SCHEMA


@pytest.fixture(autouse=True)
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMQA_DATABASE", f"sqlite:///{tmp_path / 'conversations.db'}")


def test_the_schema_goes_to_an_older_revision_and_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "database", "migrate", "0001") == (0, f"The schema was {SCHEMA} and is 0001\n", "")
    code, out, _ = run(capsys, "database", "status")
    assert code == 0
    assert [line.split()[-1] for line in out.splitlines()[2:]] == ["0001", SCHEMA]
    assert run(capsys, "database", "migrate") == (0, f"The schema was 0001 and is {SCHEMA}\n", "")


def test_a_revision_that_there_is_not_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "database", "migrate", "0009")
    assert code == 66
    assert "choose one of 0001" in err


def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="the extra is not installed: pip install 'fmqa[postgres]'")
    monkeypatch.setenv("FMQA_DATABASE", "postgresql+psycopg://user:hidden@127.0.0.1:1/fmqa")
    code, _, err = run(capsys, "database", "status")
    assert code == 69
    assert "look whether its server runs" in err
    assert "hidden" not in err
