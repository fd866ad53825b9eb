"""Power cuts: a disk that has kept only what was made durable holds the old or the new state.

The shim stands between the program and the system: it notes what each ``fsync`` makes durable. A cut is tried before
and after each of these calls and each move of a name, in two worlds: one where names reach the disk only when their
folder is synced, and one where they reach it at once, before the bytes of the files that they name.
"""

import datetime
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench.torture import storing

from fmqa import files
from fmqa.adding import ingestion
from fmqa.corpus import added, loading
from fmqa.errors import IndexUnusable
from fmqa.guard import keys
from fmqa.index import generations
from fmqa.store import database
from fmqa.store.conversations import Conversations
from fmqa.types import ReviewState, Status, Turn

DAY = datetime.date(2026, 11, 24)
State = dict[str, bytes]  # by path below the root


class Disk:
    """What a disk would hold after a power cut."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bytes: dict[int, bytes] = {}  # durable content, by the number of the file
        self._names: dict[int, dict[str, int]] = {}  # durable names, by the number of the folder that holds them
        self._held: dict[int, int] = {}  # open, so that the number of a deleted file is not given to another
        self.cuts: list[tuple[State, State]] = []
        self._hold()
        for path in (root, *root.rglob("*")):  # what was there before is durable
            self._note(path)

    def _hold(self) -> None:
        for path in (self.root, *self.root.rglob("*")):
            if path.stat().st_ino not in self._held:
                self._held[path.stat().st_ino] = os.open(path, os.O_RDONLY)

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in self._held.values():
            os.close(descriptor)

    def _note(self, place: Path) -> None:
        number = place.stat().st_ino
        if place.is_dir():
            self._names[number] = {path.name: path.stat().st_ino for path in place.iterdir()}
        else:
            self._bytes[number] = place.read_bytes()

    def synced(self, descriptor: int) -> None:
        """Note what a call of fsync has made durable."""
        self._note(Path(f"/proc/self/fd/{descriptor}").resolve())
        self.cut()

    def cut(self) -> None:
        """Note both states that a cut at this moment could leave."""
        self._hold()
        present = (path for path in self.root.rglob("*") if path.is_file())
        early = {p.relative_to(self.root).as_posix(): self._bytes.get(p.stat().st_ino, b"") for p in present}
        self.cuts.append((dict(self._durable(self.root.stat().st_ino, "")), early))

    def _durable(self, folder: int, before: str) -> Iterator[tuple[str, bytes]]:
        for name, number in self._names.get(folder, {}).items():
            if number in self._names:
                yield from self._durable(number, f"{before}{name}/")
            else:
                yield f"{before}{name}", self._bytes.get(number, b"")


@contextmanager
def watched(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(root)
    fsync, replace, rename, unlink = os.fsync, os.replace, os.rename, os.unlink

    def after(call: Callable[..., None]) -> Callable[..., None]:
        def run(*given: object, **named: object) -> None:
            disk.cut()
            call(*given, **named)
            disk.cut()

        return run

    def synced(descriptor: int) -> None:
        disk.cut()
        fsync(descriptor)
        disk.synced(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", synced)
        for name, call in (("replace", replace), ("rename", rename), ("unlink", unlink)):
            patched.setattr(os, name, after(call))
        yield disk
    disk.cut()
    disk.close()


def states(disk: Disk, folder: Path) -> Iterator[Path]:
    """Yield a folder with each state that a cut could leave."""
    seen: list[State] = []
    for state in (each for both in disk.cuts for each in both):
        if state in seen:
            continue
        seen.append(state)
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in state.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        yield folder
    assert len(seen) > 1


def test_a_source_is_old_or_new(tmp_path: Path, corpus_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    with watched(corpus_folder, monkeypatch) as disk:
        ingestion.review(corpus_folder, "eular-2017", ReviewState.UNDER_REVIEW, "Dr A. Name", DAY)
        ingestion.review(corpus_folder, "eular-2017", ReviewState.APPROVED, "Dr A. Name", DAY)
    for left in states(disk, tmp_path / "left"):
        found.add(loading.document(left, "eular-2017").review_state)
    assert found == set(ReviewState)


def test_a_generation_in_use_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "index"
    chance = random.Random(13)  # noqa: S311 - contents

    def publish(number: int) -> str:
        contents = {name: chance.randbytes(1000) for name in ("vectors", "encoder/model")}
        return storing.published(index, number, contents)

    names = [publish(0)]
    with watched(index, monkeypatch) as disk:
        names += [publish(number) for number in range(1, 5)]
        names.append(generations.rollback(index, None, 5))
    used = set()
    for left in states(disk, tmp_path / "left"):
        history = generations.history(left)
        assert history
        generations.verify(left, history[0])
        used.add(generations.name_of(history[0]))
    assert used == set(names)


def test_keys_are_all_there_or_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "etc"
    keys.new(folder / "keys", "first", frozenset({keys.Scope.ASK}))
    with watched(folder, monkeypatch) as disk:
        keys.new(folder / "keys", "second", frozenset({keys.Scope.ASK}))
        keys.remove(folder / "keys", "first")
    found = {tuple(key.name for key in keys.read(left / "keys")) for left in states(disk, tmp_path / "left")}
    assert found == {("first",), ("first", "second"), ("second",)}


def test_a_removed_document_takes_no_other_with_it(
    tmp_path: Path, corpus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import made  # noqa: PLC0415
    from fmqa.adding.about import Given  # noqa: PLC0415

    for name, content in {"leaflet.txt": made.TEXT, "page.html": made.HTML}.items():
        (tmp_path / name).write_text(content)
        ingestion.add(corpus_folder, [tmp_path / name], Given(), today=DAY)
    first, second = added.read(corpus_folder)[0]
    with watched(corpus_folder, monkeypatch) as disk:
        added.remove(corpus_folder, [first.document.id])
        for record in (first, second):
            added.save(corpus_folder, record, None)
    for left in states(disk, tmp_path / "left"):
        kept, faults = added.read(left)
        assert faults == ()
        assert second in kept


def test_a_document_that_is_added_is_there_or_not_and_takes_no_other_with_it(
    tmp_path: Path, corpus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import made  # noqa: PLC0415
    from fmqa.adding.about import Given  # noqa: PLC0415

    for name, content in {"leaflet.txt": made.TEXT, "page.html": made.HTML}.items():
        (tmp_path / name).write_text(content)
    ingestion.add(corpus_folder, [tmp_path / "leaflet.txt"], Given(), today=DAY)
    (first,) = added.read(corpus_folder)[0]
    with watched(corpus_folder, monkeypatch) as disk:
        ingestion.add(corpus_folder, [tmp_path / "page.html"], Given(), today=DAY)
    found = set()
    for left in states(disk, tmp_path / "left"):
        kept, faults = added.read(left)
        assert faults == ()
        assert first in kept
        found.add(len(kept))
    assert found == {1, 2}


def test_stored_turns_survive_a_cut_and_those_after_it_are_all_there_or_none(tmp_path: Path) -> None:
    """Of the database's log, what was synced is there, and of what was not any beginning may be."""
    path, log = tmp_path / "c.db", tmp_path / "c.db-wal"
    stored = [Turn(id=f"{n}", question=f"Velaxin {n}?", query=None, status=Status.ANSWERED) for n in range(6)]
    conversations = Conversations(f"sqlite:///{path}")
    name = conversations.create()
    lengths = []  # of the log, once a turn was said to be stored
    for turn in stored:
        conversations.append(name, turn)
        lengths.append(log.stat().st_size)
    whole, base = log.read_bytes(), path.read_bytes()
    conversations.close()
    assert len(set(lengths)) == len(stored)
    chance = random.Random(13)  # noqa: S311 - places
    for cut in (*lengths, *(chance.randrange(lengths[0], len(whole)) for _ in range(60))):
        left = tmp_path / f"cut-{cut}"
        left.mkdir(exist_ok=True)
        (left / "c.db").write_bytes(base)
        (left / "c.db-wal").write_bytes(whole[:cut])
        again = Conversations(f"sqlite:///{left / 'c.db'}")
        found = list(again.turns(name))
        again.close()
        assert found == stored[: len(found)]
        assert len(found) == sum(length <= cut for length in lengths)


def test_a_turn_is_synced_before_it_is_said_to_be_stored(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'c.db'}", 5)
    with engine.connect() as connection:
        (level,) = connection.exec_driver_sql("PRAGMA synchronous").fetchone() or (0,)
    engine.dispose()
    assert level >= 2  # FULL: the log is synced with each transaction


def test_the_shim_notices_what_is_not_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move without a sync, as it is often written, can leave an empty file."""
    root = tmp_path / "root"
    root.mkdir()
    files.put(root / "a", b"old")
    with watched(root, monkeypatch) as disk:
        (root / "b").write_bytes(b"new")
        os.replace(root / "b", root / "a")  # noqa: PTH105 - as the program does it
    assert b"" in {(left / "a").read_bytes() for left in states(disk, tmp_path / "left") if (left / "a").exists()}


def test_a_folder_without_an_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable):
        generations.in_use(tmp_path)
