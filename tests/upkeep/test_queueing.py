"""Changes that a service is asked for: told step by step, whole or not at all, and nothing of what was sent is left."""

import datetime
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made
from fmqa.adding.about import Given
from fmqa.corpus import added, loading
from fmqa.errors import Busy, NotFound, Unavailable
from fmqa.settings import Settings
from fmqa.upkeep import queueing as module
from fmqa.upkeep.changing import Progress
from fmqa.upkeep.queueing import Changes, Sent, safe_name
from fmqa.upkeep.reporting import Change, Fate, State

GENERATION = "0123456789abcdef"
WAIT_S = 60


class Indexer:
    """Stands for the building of the index."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.built = 0

    def __call__(self, settings: Settings, progress: Progress | None) -> str:
        if self.failure is not None:
            raise self.failure
        if progress is not None:
            progress("embed", 1, 2)
        self.built += 1
        return GENERATION


@pytest.fixture
def indexer() -> Indexer:
    return Indexer()


@pytest.fixture
def taken_up() -> list[str]:
    return []


@pytest.fixture
def settings(corpus_folder: Path, tmp_path: Path) -> Settings:
    return Settings(corpus=corpus_folder, index=tmp_path / "index")


@pytest.fixture
def changes(settings: Settings, indexer: Indexer, taken_up: list[str]) -> Iterator[Changes]:
    made_changes = Changes(settings, taken_up.append, indexer)
    yield made_changes
    made_changes.close()


def add(changes: Changes, files: dict[str, bytes], **options: bool) -> Change:
    change_id, folder = changes.staging()
    sent = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        sent.append(Sent(name=name, path=folder / name))
    return changes.wait(changes.add(change_id, sent, Given(), **options).id, WAIT_S)


def test_files_are_added_and_what_became_of_each_is_told(
    changes: Changes, settings: Settings, taken_up: list[str]
) -> None:
    change = add(changes, {"page.html": made.HTML.encode(), "scan.pdf": made.pdf_file([[]]), "x.bin": b"\0" * 99})
    assert (change.state, change.generation, taken_up) == (State.DONE, GENERATION, [GENERATION])
    fates = {report.file: report for report in change.files}
    assert {name: report.fate for name, report in fates.items()} == {
        "page.html": Fate.ADDED,
        "scan.pdf": Fate.REFUSED,
        "x.bin": Fate.REFUSED,
    }
    (document,) = fates["page.html"].documents
    assert document.organisation == "Made Society"
    assert document.blocks > 3
    assert document.compared > 5
    assert any("left out" in note for note in document.notes)
    assert "licence" in document.not_stated
    assert "scan" in (fates["scan.pdf"].reason or "")
    assert loading.document(settings.corpus, document.id).is_added
    assert loading.lint(settings.corpus) == ()  # what was sent lies nowhere else


def test_the_same_file_again_is_unchanged_and_is_read_again_only_if_told(changes: Changes) -> None:
    file = {"page.html": made.HTML.encode()}
    fates = [add(changes, file).files[0].fate, add(changes, file).files[0].fate]
    fates.append(add(changes, file, replace=True).files[0].fate)
    assert fates == [Fate.ADDED, Fate.UNCHANGED, Fate.REPLACED]


def test_a_document_is_removed_with_its_file(changes: Changes, settings: Settings) -> None:
    document_id = add(changes, {"page.html": made.HTML.encode()}).files[0].documents[0].id
    change = changes.wait(changes.remove([document_id]).id, WAIT_S)
    assert (change.state, change.removed) == (State.DONE, (document_id,))
    assert added.read(settings.corpus) == ((), ())
    assert list((settings.corpus / "added" / "files").glob("*")) == []


@pytest.mark.parametrize(("document_id", "slug"), [("eular-2017", "conflict"), ("nothing-like-it", "not-found")])
def test_what_cannot_be_removed_is_said(changes: Changes, indexer: Indexer, document_id: str, slug: str) -> None:
    change = changes.wait(changes.remove([document_id]).id, WAIT_S)
    assert change.state is State.FAILED
    assert change.problem is not None
    assert change.problem.type == f"/problems/{slug}"
    assert indexer.built == 0


def test_the_last_document_of_a_corpus_stays(tmp_path: Path, indexer: Indexer) -> None:
    changes = Changes(Settings(corpus=tmp_path / "own", index=tmp_path / "index"), lambda _generation: None, indexer)
    document_id = add(changes, {"page.html": made.HTML.encode()}).files[0].documents[0].id
    change = changes.wait(changes.remove([document_id]).id, WAIT_S)
    changes.close()
    assert change.problem is not None
    assert change.problem.type == "/problems/conflict"


def test_an_index_that_cannot_be_built_is_told_and_what_was_read_is_kept(
    changes: Changes, settings: Settings, indexer: Indexer, taken_up: list[str]
) -> None:
    indexer.failure = Unavailable(f"the disk of {settings.index} is full")
    change = add(changes, {"page.html": made.HTML.encode()})
    assert change.state is State.FAILED
    assert change.problem is not None
    assert str(settings.index) not in change.problem.detail  # whoever asks from outside learns of no path
    assert [report.fate for report in change.files] == [Fate.ADDED]
    assert len(added.read(settings.corpus)[0]) == 1
    assert taken_up == []


def test_a_fault_of_ours_ends_a_change_too(changes: Changes, indexer: Indexer) -> None:
    indexer.failure = ZeroDivisionError("words of a document")
    change = add(changes, {"page.html": made.HTML.encode()})
    assert change.state is State.FAILED
    assert "words of a document" not in change.model_dump_json()


def test_nothing_that_was_sent_is_left_behind(changes: Changes, settings: Settings) -> None:
    change = add(changes, {"page.html": made.HTML.encode(), "x.bin": b"\0" * 99})
    incoming = settings.corpus / "added" / module.INCOMING
    assert [p.relative_to(incoming).as_posix() for p in incoming.rglob("*") if p.is_file()] == [
        f"{change.id}/state.json"
    ]


def test_every_process_tells_of_a_change_and_of_one_that_was_cut_short(changes: Changes, settings: Settings) -> None:
    change = add(changes, {"page.html": made.HTML.encode()})
    other = Changes(settings, lambda _generation: None)
    assert other.get(change.id) == change
    state = settings.corpus / "added" / module.INCOMING / change.id / "state.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"state": "indexing", "finished": None}))
    assert other.get(change.id).state is State.INDEXING
    long_ago = time.time() - 3600
    os.utime(state, (long_ago, long_ago))
    assert other.get(change.id).state is State.FAILED


@pytest.mark.parametrize("change_id", ["", "unknown-id", "../../../etc", "AAAAAAAAAAAA", "a/b/c/d/e/f/"])
def test_an_unknown_change_is_not_found(changes: Changes, change_id: str) -> None:
    with pytest.raises(NotFound):
        changes.get(change_id)


def test_states_that_are_long_past_are_deleted(changes: Changes, settings: Settings) -> None:
    change = add(changes, {"page.html": made.HTML.encode()})
    folder = settings.corpus / "added" / module.INCOMING / change.id
    long_ago = time.time() - datetime.timedelta(days=2).total_seconds()
    os.utime(folder, (long_ago, long_ago))
    new_id, _ = changes.staging()
    assert not folder.exists()
    changes.drop(new_id)


def test_a_corpus_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "corpus").write_text("a file")
    changes = Changes(Settings(corpus=tmp_path / "corpus", index=tmp_path / "index"), lambda _generation: None)
    with pytest.raises(Unavailable):
        changes.staging()


def test_more_changes_than_are_taken_are_sent_away(settings: Settings) -> None:
    free = threading.Event()

    def slow(_settings: Settings, _progress: Progress | None) -> str:
        free.wait(WAIT_S)
        return GENERATION

    changes = Changes(settings, lambda _generation: None, slow)
    document_id = next(iter(loading.curated(settings.corpus)))
    first = add_quickly(changes)
    try:
        waiting = [changes.remove([document_id]) for _ in range(module.MOST_WAITING - 1)]
        with pytest.raises(Busy):
            changes.remove([document_id])
    finally:
        free.set()
    assert changes.wait(first, WAIT_S).state is State.DONE
    assert all(changes.wait(each.id, WAIT_S).state.is_final for each in waiting)
    changes.close()


def add_quickly(changes: Changes) -> str:
    change_id, folder = changes.staging()
    (folder / "home.md").write_text(made.MARKDOWN)
    changes.add(change_id, [Sent(name="home.md", path=folder / "home.md")], Given())
    return change_id


@given(st.text(max_size=300))
def test_a_name_that_was_sent_is_a_name_of_a_file_and_never_a_path(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= module.LONGEST_NAME
    assert safe == Path(safe).name
    assert not safe.startswith((".", "~"))
    assert safe.isprintable()
    assert len(safe.encode()) <= 4 * module.LONGEST_NAME
