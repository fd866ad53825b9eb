"""Fitting an encoder to a corpus: what is refused, what is kept, and that a run goes on."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fmqa.errors import Conflict, Unavailable
from fmqa.tuning import fit as fitting
from made_pack import make_pack

Told = list[tuple[str, int]]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pack(tmp_path_factory.mktemp("pack") / "corpus", 14)


def telling(told: Told, until: int | None = None) -> Callable[[str, int, int], None]:
    """Return a progress that notes what it is told, and ends the run once so many steps are done."""

    def progress(step: str, done: int, _total: int) -> None:
        told.append((step, done))
        if step == "tune" and done == until:
            raise KeyboardInterrupt

    return progress


def test_what_brings_no_gain_is_not_written(tiny_model: Path, pack: Path, tmp_path: Path) -> None:
    report = fitting.tune(str(tiny_model), pack, tmp_path / "out", steps=1, rate=0)
    assert not report.gained
    assert report.after == report.before
    assert (report.questions, report.statements) == (42, 14)
    assert (report.held_out_questions, report.held_out_statements) == (6, 2)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_broken_off_goes_on_and_ends_the_same(tiny_model: Path, pack: Path, tmp_path: Path) -> None:
    def fit(out: str, told: Told, until: int | None = None, seed: int = 0) -> fitting.Report:
        progress = telling(told, until)
        return fitting.tune(
            str(tiny_model),
            pack,
            tmp_path / out,
            steps=2,
            seed=seed,
            rate=1e-3,
            checkpoint_seconds=0,
            progress=progress,
        )

    whole = fit("whole", [])
    with pytest.raises(KeyboardInterrupt):
        fit("cut", [], until=2)
    assert not (tmp_path / "cut").exists()
    kept = tmp_path / "cut.unfinished"
    shutil.copytree(kept, tmp_path / "other.unfinished")
    told: Told = []
    assert fit("cut", told) == whole
    assert [done for step, done in told if step == "tune"] == [1, 2]
    assert not kept.exists()
    told = []
    with pytest.raises(KeyboardInterrupt):
        fit("other", told, until=0, seed=1)  # which it is told only where no checkpoint is gone on from


def test_too_few_questions_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match=r"have 39 questions .* on 13 statements, and fitting needs at least 40 on 10"):
        fitting.tune(str(tiny_model), make_pack(tmp_path / "corpus", 13), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_that_is_there_is_written_over(tiny_model: Path, pack: Path, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="is there already"):
        fitting.tune(str(tiny_model), pack, tmp_path)


def test_a_model_of_another_kind_is_refused(tiny_model: Path, pack: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(tiny_model, other)
    pooling = other / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps({"word_embedding_dimension": 32, "pooling_mode_cls_token": True}), "utf-8")
    with pytest.raises(Unavailable, match="another kind"):
        fitting.tune(str(other), pack, tmp_path / "out")
    pooling.unlink()
    with pytest.raises(Unavailable, match="cannot be read"):
        fitting.tune(str(other), pack, tmp_path / "out")
    shutil.copy(tiny_model / "1_Pooling" / "config.json", pooling)
    (other / "model.safetensors").unlink()
    with pytest.raises(Unavailable, match=r"has no model\.safetensors"):
        fitting.tune(str(other), pack, tmp_path / "out")
