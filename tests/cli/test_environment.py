"""What is wrong in the environment is said in one line, with what to set."""

from pathlib import Path

import pytest

from commands import QUESTION, run


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
