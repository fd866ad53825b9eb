"""The line: an end, an order, no work for those who left, and nobody new when it is being drained."""

import asyncio
import threading
import time
from functools import partial

import pytest

from fmqa.errors import Busy
from fmqa.guard.waiting import Line


def passed(gate: threading.Event, number: int) -> int:
    gate.wait(10)
    return number


def test_who_comes_when_the_line_is_full_is_sent_away_at_once() -> None:
    async def run() -> tuple[list[str], float]:
        line = Line(longest=2, at_once=1)
        gate = threading.Event()
        admitted = [asyncio.ensure_future(line.run(lambda: gate.wait(10))) for _ in range(3)]
        await asyncio.sleep(0)
        started = time.perf_counter()
        with pytest.raises(Busy) as caught:
            await line.run(lambda: True)
        took = time.perf_counter() - started
        assert caught.value.retry_after
        assert (line.admitted, line.waiting) == (3, 2)
        gate.set()
        done = [str(each) for each in await asyncio.gather(*admitted)]
        assert await line.run(lambda: "next")
        line.close()
        return done, took

    done, took = asyncio.run(run())
    assert done == ["True"] * 3
    assert took < 0.1


def test_work_whose_client_left_is_never_begun() -> None:
    async def run() -> int:
        line = Line(longest=500, at_once=1)
        gate, begun = threading.Event(), []
        first = asyncio.ensure_future(line.run(lambda: gate.wait(10)))
        hung_up = [asyncio.ensure_future(line.run(lambda: begun.append(1))) for _ in range(400)]
        await asyncio.sleep(0.05)
        for each in hung_up:
            each.cancel()
        await asyncio.gather(*hung_up, return_exceptions=True)
        gate.set()
        await first
        await line.run(lambda: None)
        await asyncio.sleep(0.05)
        assert line.admitted == 0
        line.close()
        return len(begun)

    assert asyncio.run(run()) == 0


def test_a_drained_line_answers_those_it_has_admitted_and_nobody_else() -> None:
    async def run() -> list[int]:
        line = Line(longest=5, at_once=1)
        gate = threading.Event()
        admitted = [asyncio.ensure_future(line.run(partial(passed, gate, n))) for n in range(4)]
        await asyncio.sleep(0)
        line.drain()
        with pytest.raises(Busy):
            await line.run(lambda: True)
        gate.set()
        done = [int(each) for each in await asyncio.gather(*admitted)]
        line.close()
        return done

    assert asyncio.run(run()) == [0, 1, 2, 3]


def test_a_failure_reaches_who_asked_and_frees_its_place() -> None:
    async def run() -> None:
        line = Line(longest=0, at_once=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await line.run(lambda: 1 / 0)
            await asyncio.sleep(0.02)
        assert line.admitted == 0
        line.close()

    asyncio.run(run())
