"""``fmqa index tune``: written where it helps, nothing otherwise, and plain words for both."""

import sys
from pathlib import Path

import numpy as np
import pytest

from commands import run
from fmqa.index.encoders import ReferenceEncoder
from fmqa.tuning.fit import RECORD_FILE, Report
from made_pack import make_pack


@pytest.fixture
def out(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FMQA_HOME", str(tmp_path))
    monkeypatch.setenv("FMQA_CORPUS", str(make_pack(tmp_path / "corpus", 24)))
    monkeypatch.setenv("FMQA_ENCODER", str(tiny_model))
    return tmp_path / "out"


def test_an_encoder_that_finds_more_is_written_and_is_used_by_nothing(
    out: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, printed, errors = run(capsys, "index", "tune", "--out", str(out), "--steps", "15", "--rate", "3e-3")
    assert (code, sorted(path.name for path in out.parent.iterdir())) == (0, ["corpus", "out"])
    assert "learning from the questions of the corpus (15)" in errors
    report = Report.model_validate_json((out / RECORD_FILE).read_text("utf-8"))
    assert report.gained
    assert f"right statement first\t{report.before.first}\t{report.after.first}\t12" in printed
    assert f"set FMQA_ENCODER={out} and run 'fmqa index build'" in printed
    texts = ["what of a", "bbbbbb"]
    fitted, start = (ReferenceEncoder(str(folder)).encode(texts) for folder in (out, tiny_model))
    assert fitted.shape == start.shape
    assert not np.allclose(fitted, start, atol=0.01)


def test_without_a_gain_nothing_is_written_and_it_is_said(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, errors = run(capsys, "index", "tune", "--out", str(out), "--steps", "1", "--rate", "0")
    assert code == 70
    assert "nothing was written" in errors
    assert "right statement among 5" in printed
    assert not out.exists()


def test_where_torch_is_missing_it_says_what_to_install(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("fmqa.tuning.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, errors = run(capsys, "index", "tune", "--out", str(out))
    assert (code, out.exists()) == (69, False)
    assert "pip install 'fmqa[build,eval]'" in errors
