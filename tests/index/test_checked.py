"""A generation is read whole once; after that, what was written to since."""

import os
import shutil
import time
from pathlib import Path

import pytest
from bench.torture import storing

from fmqa.errors import IndexUnusable
from fmqa.index import checked, generations


@pytest.fixture
def published(tmp_path: Path) -> tuple[Path, str]:
    """A folder with one generation, whose files were written some time ago, and its manifest's hash."""
    index = tmp_path / "index"
    storing.published(index, 0, {"vectors": b"v" * 1000, "encoder/model": b"m" * 1000})
    _age(index)
    return index, generations.history(index)[0]


def _age(index: Path) -> None:
    """Let the moment pass in which a change could go unseen."""
    newest = max(path.stat().st_ctime_ns for path in index.rglob("*"))
    while time.time_ns() - newest < 1.1e9 * checked.SETTLED_S:
        os.sched_yield()


def test_a_file_is_compared_again_once_it_is_written_to(published: tuple[Path, str]) -> None:
    index, digest = published
    generations.verify(index, digest, "changed")
    generation = index / generations.name_of(digest)
    noted = checked.read(index, generation.name)
    assert set(noted) == {"vectors", "encoder/model"}
    facts = (generation / "vectors").stat()
    (generation / "vectors").write_bytes(b"w" * 1000)
    os.utime(generation / "vectors", ns=(facts.st_atime_ns, facts.st_mtime_ns))  # as if it were untouched
    with pytest.raises(IndexUnusable, match="vectors was altered"):
        generations.verify(index, digest, "changed")


def test_what_was_found_right_is_not_read_again_but_by_a_full_check(published: tuple[Path, str]) -> None:
    index, digest = published
    generation = index / generations.name_of(digest)
    (generation / "vectors").write_bytes(b"w" * 1000)
    found = {path.relative_to(generation).as_posix(): checked.facts_of(path) for path in generation.rglob("*")}
    _age(index)
    checked.note(index, generation.name, found)  # as if it had been found right like this
    generations.verify(index, digest, "changed")
    with pytest.raises(IndexUnusable, match="vectors was altered"):
        generations.verify(index, digest, "full")


def test_a_file_that_has_only_just_changed_is_not_noted(published: tuple[Path, str]) -> None:
    index, digest = published
    generation = index / generations.name_of(digest)
    content = (generation / "vectors").read_bytes()
    (generation / "vectors").write_bytes(content)
    generations.verify(index, digest, "changed")
    assert set(checked.read(index, generation.name)) == {"encoder/model"}


@pytest.mark.parametrize("noted", [b"", b"[]", b"{", b'{"x": 1}', b"\xff"])
def test_notes_that_cannot_be_read_cost_time_and_nothing_else(published: tuple[Path, str], noted: bytes) -> None:
    index, digest = published
    (index / checked.NAME).write_bytes(noted)
    assert generations.verify(index, digest, "changed") == generations.verify(index, digest)


def test_a_copy_of_an_index_is_read_whole(published: tuple[Path, str], tmp_path: Path) -> None:
    index, digest = published
    generations.verify(index, digest, "changed")
    shutil.copytree(index, tmp_path / "copy")
    copied = tmp_path / "copy" / generations.name_of(digest) / "vectors"
    copied.write_bytes(b"w" * 1000)
    with pytest.raises(IndexUnusable, match="vectors was altered"):
        generations.verify(tmp_path / "copy", digest, "changed")
