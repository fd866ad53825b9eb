"""What a wheel brings along is laid out where its user can add to it, and a later release takes nothing away."""

import json
import shutil
import tomllib
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path

import pytest

from fmqa import packaged
from fmqa.assistant import Assistant
from fmqa.errors import Unavailable
from fmqa.index import encoders, generations
from fmqa.settings import Settings

ROOT = Path(__file__).parent.parent


def packed(folder: Path, corpus: dict[str, str], index: Path | None = None) -> Path:
    """Write what a wheel brings along, as setup.py does."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in corpus.items():
        path = folder / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    digest = (index / "current").read_text("ascii").split()[0] if index else None
    if index and digest:
        left_out = shutil.ignore_patterns(encoders.MODEL_FILE, encoders.TOKENIZER_FILE)
        shutil.copytree(index / digest[:16], folder / "index" / digest[:16], ignore=left_out)
    listed = {name: sha256(text.encode()).hexdigest() for name, text in corpus.items()}
    (folder / "contents.json").write_text(json.dumps({"corpus": listed, "generation": digest}), encoding="utf-8")
    return folder


@pytest.fixture
def wheel(exercise: Settings, tmp_path: Path) -> Path:
    """A wheel with the small library and its index."""
    files = (path for path in exercise.corpus.rglob("*") if path.is_file())
    texts = {path.relative_to(exercise.corpus).as_posix(): path.read_text("utf-8") for path in files}
    return packed(tmp_path / "wheel", texts, exercise.index)


def test_a_fresh_installation_answers_from_what_the_wheel_brought(
    wheel: Path, tmp_path: Path, exercise: Settings
) -> None:
    settings = Settings(home=tmp_path / "home")
    assert packaged.lay_out(settings, wheel) == ()
    assert generations.verify(settings.index, generations.history(settings.index)[0])
    assistant = Assistant.open(settings)
    answer = assistant.ask("Is exercise safe in fibromyalgia?")
    assistant.close()
    assert "stress fracture" in answer.text
    assert answer.generation == generations.current(exercise.index)
    assert settings.home.stat().st_mode & 0o077 == 0


def test_it_is_laid_out_once(wheel: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    packaged.lay_out(settings, wheel)
    shutil.rmtree(settings.corpus)
    assert packaged.lay_out(settings, wheel) == ()
    assert not settings.corpus.exists()


def test_who_names_a_corpus_or_an_index_gets_no_other(wheel: Path, tmp_path: Path) -> None:
    home, mine = tmp_path / "home", tmp_path / "mine"
    for settings in (Settings(home=home, corpus=mine), Settings(home=home, index=mine)):
        assert packaged.lay_out(settings, wheel) == ()
    assert not home.exists()


def test_a_later_release_exchanges_what_nobody_has_changed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    packaged.lay_out(settings, packed(tmp_path / "one", {"a.md": "a", "b.md": "b", "c.md": "c", "d.md": "d"}))
    (settings.corpus / "b.md").write_text("mine", "utf-8")
    (settings.corpus / "d.md").unlink()
    (settings.corpus / "own.md").write_text("own", "utf-8")
    later = packed(tmp_path / "two", {"a.md": "a2", "b.md": "b2", "d.md": "d2", "e.md": "e", "own.md": "theirs"})
    assert packaged.lay_out(settings, later) == ("b.md", "d.md", "own.md")
    texts = {path.name: path.read_text("utf-8") for path in settings.corpus.iterdir()}
    assert texts == {"a.md": "a2", "b.md": "mine", "e.md": "e", "own.md": "own"}


@pytest.mark.parametrize("changed", ["text", "added"])
def test_an_index_that_does_not_fit_the_users_corpus_is_not_put_in_use(
    changed: str, wheel: Path, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home")
    packaged.lay_out(settings, packed(tmp_path / "one", {"reviews/exercise-review.md": "first"}))
    if changed == "text":
        (settings.corpus / "reviews" / "exercise-review.md").write_text("mine", "utf-8")
    else:
        (settings.corpus / "added").mkdir()
        (settings.corpus / "added" / "x.json").write_text("{}", "utf-8")
    kept = packaged.lay_out(settings, wheel)
    assert bool(kept) is (changed == "text")
    assert generations.current(settings.index) is None


def test_an_index_that_does_not_verify_here_is_left_out(wheel: Path, tmp_path: Path) -> None:
    vectors = next((wheel / "index").glob("*/vectors.npy"))
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"\x00\x01")
    settings = Settings(home=tmp_path / "home")
    assert packaged.lay_out(settings, wheel) == ()
    assert settings.corpus.is_dir()
    assert generations.current(settings.index) is None


def test_a_damaged_list_of_contents_and_a_home_that_cannot_be_written_are_said(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(Unavailable, match="FMQA_HOME"):
        packaged.lay_out(Settings(home=tmp_path / "file"), wheel)
    (wheel / "contents.json").write_text("{", "utf-8")
    with pytest.raises(Unavailable, match="install fmqa again"):
        packaged.lay_out(Settings(home=tmp_path / "home"), wheel)


def test_all_data_of_the_package_are_packed_but_weights_that_running_does_not_need() -> None:
    source = ROOT / "src" / "fmqa"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["fmqa"]
    files = (path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    names = [path.relative_to(source).as_posix() for path in files if path.suffix != ".py"]
    left_out = [n for n in names if not any(fnmatch(n, p) and n.count("/") == p.count("/") for p in patterns)]
    assert len(names) > 50
    assert [name for name in left_out if f"/{encoders.REFERENCE_FOLDER}/" not in name] == []
    assert f"models/encoder/{encoders.REFERENCE_FOLDER}/model.safetensors" in left_out


def test_setup_leaves_out_of_the_wheel_what_laying_out_puts_back() -> None:
    setup = (ROOT / "setup.py").read_text("utf-8")
    assert f'"encoder/{encoders.MODEL_FILE}", "encoder/{encoders.TOKENIZER_FILE}"' in setup
