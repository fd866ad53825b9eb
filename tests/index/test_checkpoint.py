"""What a build has encoded is kept, whole or not at all, until it is published."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmqa.index import checkpoint
from fmqa.index.checkpoint import Checkpoint
from fmqa.types import FloatArray

TEXTS = tuple(f"text {number}" for number in range(600))
HASHES = tuple(sha256(text.encode()).digest() for text in TEXTS)
ENCODER = "a" * 64


class Counting:
    """An encoder that counts what it encodes, and dies after so many texts."""

    def __init__(self, dies_after: int = 10**6) -> None:
        self.encoded, self.dies_after = 0, dies_after

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        self.encoded += len(texts)
        if self.encoded > self.dies_after:
            raise ArithmeticError
        return np.array([[len(text), int(text.split()[1])] for text in texts], dtype=np.float32)


def vectors(folder: Path, encode: Counting, encoder: str = ENCODER) -> FloatArray:
    return Checkpoint(folder, encoder, 2).encode(encode, TEXTS, HASHES, lambda _done: None)


EXPECTED = Counting()(TEXTS)


def test_a_build_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    with pytest.raises(ArithmeticError):
        vectors(tmp_path, Counting(dies_after=512))
    second = Counting()
    np.testing.assert_array_equal(vectors(tmp_path, second), EXPECTED)
    assert second.encoded == len(TEXTS) - 512


def test_what_was_computed_by_another_encoder_is_deleted(tmp_path: Path) -> None:
    vectors(tmp_path, Counting())
    again = Counting()
    np.testing.assert_array_equal(vectors(tmp_path, again, "b" * 64), EXPECTED)
    assert again.encoded == len(TEXTS)
    assert len(list(tmp_path.iterdir())) == 1
    checkpoint.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(end=st.integers(0, 44 * 600), flip=st.integers(0, 44 * 600 - 1))
def test_a_file_that_is_torn_or_garbled_gives_no_wrong_vector(tmp_path: Path, end: int, flip: int) -> None:
    checkpoint.clear(tmp_path)
    vectors(tmp_path, Counting())
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[flip] ^= 0x10
    file.write_bytes(content[:end])
    again = Counting()
    np.testing.assert_array_equal(vectors(tmp_path, again), EXPECTED)
    assert again.encoded == len(TEXTS) - end // 44 + (flip < end // 44 * 44)
    np.testing.assert_array_equal(vectors(tmp_path, Counting(dies_after=0)), EXPECTED)
