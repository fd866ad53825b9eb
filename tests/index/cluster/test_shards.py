"""Shards: named by what they follow from, whole or not there."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.index.cluster.shards import Checkpoints, Shard, cut, folder_sha256

texts = st.lists(st.text(max_size=20), max_size=40)


@given(texts=texts, size=st.integers(1, 9))
def test_shards_are_the_texts_in_order(texts: list[str], size: int) -> None:
    shards = cut(texts, "e" * 64, size)
    assert [text for shard in shards for text in shard.texts] == texts
    assert all(len(shard.texts) == size for shard in shards[:-1])


@given(one=texts.filter(bool), other=texts.filter(bool), size=st.integers(1, 9))
def test_a_name_stands_for_the_texts_and_the_encoder(one: list[str], other: list[str], size: int) -> None:
    first, second = cut(one, "e" * 64, size)[0], cut(other, "e" * 64, size)[0]
    assert (first.name == second.name) == (first.texts == second.texts)
    assert first.name != cut(one, "f" * 64, size)[0].name


def test_a_folder_is_known_by_names_and_bytes(tmp_path: Path) -> None:
    found: set[str] = set()
    for name, content in (("a", b"1"), ("b", b"1"), ("b", b"2")):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        (folder / name).write_bytes(content)
        found.add(folder_sha256(folder))
    assert len(found) == 3


def test_what_is_done_is_given_back_until_it_is_cleared(tmp_path: Path) -> None:
    checkpoints, [shard, other] = Checkpoints(tmp_path / "shards"), cut(["a", "b", "c"], "e", 2)
    assert shard not in checkpoints
    vectors = np.arange(8, dtype=np.float32).reshape(2, 4)
    checkpoints.put(shard, vectors)
    found = Checkpoints(tmp_path / "shards").get(shard)
    assert found is not None
    np.testing.assert_array_equal(found, vectors)
    assert other not in checkpoints
    checkpoints.clear()
    assert shard not in checkpoints


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:40], lambda b: b"", lambda b: b[:90] + b"!" + b[91:]]
)
def test_a_damaged_checkpoint_counts_as_not_done(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    checkpoints, shard = Checkpoints(tmp_path), Shard("name", ("a",))
    checkpoints.put(shard, np.ones((1, 4), dtype=np.float32))
    [path] = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert checkpoints.get(shard) is None
