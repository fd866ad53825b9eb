"""What a method returned is kept, and its object is not."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from fmqa.remembering import remembered


class Squares:
    def __init__(self, most: int | None) -> None:
        self.asked: list[int] = []
        self.of = remembered(self._of, most)

    def _of(self, number: int, *, times: int = 1) -> int:
        self.asked.append(number)
        return times * number * number


@pytest.fixture
def collected_by_hand() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_the_same_is_asked_once_and_the_oldest_is_forgotten() -> None:
    squares = Squares(2)
    assert [squares.of(n) for n in (2, 2, 3, 4, 3, 2)] == [4, 4, 9, 16, 9, 4]
    assert squares.asked == [2, 3, 4, 2]
    assert (squares.of(3, times=2), squares.of(3, times=2)) == (18, 18)
    assert squares.asked == [2, 3, 4, 2, 3]


@pytest.mark.usefixtures("collected_by_hand")
def test_an_object_that_is_left_is_freed_at_once() -> None:
    squares = Squares(None)
    squares.of(3)
    held = weakref.ref(squares)
    del squares
    assert held() is None
