"""Generations kept, returned to, and tidied, whatever happened to the process that made them."""

import shutil
from pathlib import Path

import pytest
from bench.torture import storing

from fmqa.errors import IndexBusy, IndexUnusable, NotFound
from fmqa.index import generations


def published(folder: Path, number: int) -> str:
    return storing.published(folder, number, {"data": f"content {number}".encode()})


def kept(folder: Path) -> list[str]:
    return [generations.name_of(digest) for digest in generations.history(folder)]


def on_disk(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name not in (generations.CURRENT, generations.LOCK)}


def test_three_generations_are_kept_and_no_more(tmp_path: Path) -> None:
    names = [published(tmp_path, number) for number in range(6)]
    assert kept(tmp_path) == names[:2:-1]
    assert on_disk(tmp_path) == set(names[3:])


def test_what_a_process_that_died_left_is_gone_with_the_next_build(tmp_path: Path) -> None:
    names = [published(tmp_path, number) for number in range(3)]
    for left in ("0123456789abcdef", "fedcba9876543210", ".building-dead"):  # killed before it could delete them
        shutil.copytree(tmp_path / names[0], tmp_path / left)
    (tmp_path / ".building-current").write_text("half")
    (tmp_path / ".current.writing-99").write_text("half")
    with generations.building(tmp_path, 5):
        pass  # as a build that has nothing to do
    assert on_disk(tmp_path) == set(names)


def test_nothing_is_tidied_while_it_is_not_known_what_is_kept(tmp_path: Path) -> None:
    names = [published(tmp_path, number) for number in range(3)]
    (tmp_path / generations.CURRENT).write_text("")
    with generations.building(tmp_path, 5):
        pass
    assert on_disk(tmp_path) == set(names)
    last = published(tmp_path, 3)  # now it is known again
    assert on_disk(tmp_path) == {last}


@pytest.mark.parametrize("damage", ["", "c0ntent 0", "content 0 and more"])
def test_what_was_published_before_is_put_in_use_again_and_mended_where_it_is_damaged(
    tmp_path: Path, damage: str
) -> None:
    first, second = published(tmp_path, 0), published(tmp_path, 1)
    if damage:
        (tmp_path / first / "data").write_text(damage)
    folder = (tmp_path / first).stat().st_ino
    assert published(tmp_path, 0) == first
    generations.verify(tmp_path, generations.history(tmp_path)[0])
    assert (tmp_path / first / "data").read_text() == "content 0"
    assert kept(tmp_path) == [first, second]
    assert ((tmp_path / first).stat().st_ino == folder) is not bool(damage)


def test_rolling_back_puts_the_one_before_in_use_and_keeps_the_others(tmp_path: Path) -> None:
    first, second, third = (published(tmp_path, number) for number in range(3))
    assert generations.rollback(tmp_path, None, 5) == second
    assert kept(tmp_path) == [second, third, first]
    assert generations.rollback(tmp_path, first, 5) == first
    assert generations.current(tmp_path) == first
    assert on_disk(tmp_path) == {first, second, third}
    for unknown in ("0123456789abcdef", first):  # the one in use is no earlier one
        with pytest.raises(NotFound):
            generations.rollback(tmp_path, unknown, 5)


def test_rolling_back_to_a_damaged_generation_changes_nothing(tmp_path: Path) -> None:
    first, second = published(tmp_path, 0), published(tmp_path, 1)
    (tmp_path / first / "data").write_text("c0ntent 0")
    with pytest.raises(IndexUnusable, match="altered"):
        generations.rollback(tmp_path, None, 5)
    assert generations.current(tmp_path) == second


def test_rolling_back_repairs_a_damaged_current(tmp_path: Path) -> None:
    first, second = published(tmp_path, 0), published(tmp_path, 1)
    (tmp_path / generations.CURRENT).write_text("damaged")
    assert generations.rollback(tmp_path, first, 5) == first
    assert generations.current(tmp_path) == first
    assert second  # which one was newest is not known any more


def test_rolling_back_waits_for_a_build(tmp_path: Path) -> None:
    for number in range(2):
        published(tmp_path, number)
    with generations.building(tmp_path, 5), pytest.raises(IndexBusy):
        generations.rollback(tmp_path, None, 0.1)
    with pytest.raises(NotFound):
        generations.rollback(tmp_path / "nowhere", None, 0.1)
