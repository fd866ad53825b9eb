"""What a build fits on a corpus is kept where nothing that it rests on has changed, and equals a build from nothing."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from conftest import make_corpus
from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.building import build_index
from fmqa.corpus import added
from fmqa.index import generations
from fmqa.settings import Settings

LETTER = b"""Sorvantil for shingles pain

Sorvantil shortened shingles pain by 4.5 days in 120 adults. It did not change itching. Exercise was not looked at.
"""


@pytest.fixture
def settings(tmp_path: Path, tiny_model: Path) -> Settings:
    """A corpus of three documents with labelled questions, and its index."""
    corpus = make_corpus(tmp_path)
    topics = (("exercise", True), ("strong opioids", True), ("naltrexone", False), ("tramadol", False))
    lines = [
        {"id": f"q-{number}-{topic}", "question": f"What of {topic}, case {number}?", "answerable": answerable}
        for topic, answerable in topics
        for number in range(8)
    ]
    (corpus / "calibration.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    chosen = Settings(corpus=corpus, index=tmp_path / "index", encoder=str(tiny_model))
    build_index(chosen)
    return chosen


def add(settings: Settings) -> None:
    file = settings.corpus.parent / "sorvantil.txt"
    file.write_bytes(LETTER)
    ingestion.add(settings.corpus, [file], Given(), today=date(2026, 11, 30))


def steps(settings: Settings) -> set[str]:
    """Build and return the steps that were gone through."""
    seen: set[str] = set()
    build_index(settings, lambda step, _done, _total: seen.add(step))
    return seen


def content(settings: Settings) -> dict[str, bytes]:
    """Return the files of the generation in use."""
    folder = settings.index / str(generations.current(settings.index))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_adding_and_removing_a_document_keeps_what_is_fitted_and_equals_a_build_from_nothing(
    settings: Settings,
) -> None:
    before = content(settings)
    add(settings)
    assert "calibrate" not in steps(settings)
    found = content(settings)
    assert found["calibration.json"] == before["calibration.json"]
    assert json.loads(found["calibration.json"])["rule"] is not None
    from_nothing = settings.model_copy(update={"index": settings.corpus.parent / "other"})
    assert "calibrate" in steps(from_nothing)
    assert content(from_nothing) == found
    added.remove(settings.corpus, ["sorvantil"])
    assert "calibrate" not in steps(settings)
    assert content(settings) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda corpus: edit(corpus / "guidelines/eular-2017.md", "should i work out", "should i exercise"),
        lambda corpus: edit(corpus / "guidelines/eular-2008.md", "were replaced", "have been replaced"),
        lambda corpus: edit(corpus / "vocabulary.yaml", "label: naltrexone", "label: low naltrexone"),
        lambda corpus: edit(corpus / "calibration.jsonl", "case 7", "case 70"),
    ],
    ids=["statement", "text", "vocabulary", "question"],
)
def test_what_is_fitted_is_fitted_anew_when_something_it_rests_on_changes(
    settings: Settings, change: Callable[[Path], None]
) -> None:
    change(settings.corpus)
    assert "calibrate" in steps(settings)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_setting_that_steers_answers_fits_anew_and_one_of_the_service_builds_nothing(settings: Settings) -> None:
    assert "calibrate" in steps(settings.model_copy(update={"dense_weight": 0.5}))
    assert steps(settings.model_copy(update={"dense_weight": 0.5, "waiting": 3})) == set()
