"""The queue of requests that wait for an answer.

As many questions are answered at once as there are cores. The queue is bounded; one request more is refused.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fmqa.errors import Busy

_T = TypeVar("_T")


class Line:
    """Runs work on as many threads as there are cores. When the queue is full, further work is refused at once."""

    def __init__(self, longest: int, at_once: int | None = None) -> None:
        """Take how many may wait, and how many are worked on at once; None: one for each core."""
        self.at_once = at_once or os.cpu_count() or 1
        self.longest = longest
        self.admitted = 0
        """How many are worked on or wait now."""
        self.draining = False
        self._pool = ThreadPoolExecutor(self.at_once, "answer")

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return max(0, self.admitted - self.at_once)

    def drain(self) -> None:
        """Admit no further requests; the admitted ones are answered."""
        self.draining = True

    def check(self) -> None:
        """Return if there is room for one more.

        Raises:
            Busy: There is none, or the service is being stopped.
        """
        if self.draining:
            raise Busy("the service is being stopped; try again in a moment")
        if self.admitted >= self.at_once + self.longest:
            raise Busy("more questions wait than can be answered in time; try again in a moment")

    async def run(self, work: Callable[[], _T]) -> _T:
        """Return what work returns. If the caller is cancelled before its turn has come, the work is never done.

        Raises:
            Busy: The line is full, or the service is being stopped.
        """
        self.check()
        self.admitted += 1
        future = self._pool.submit(work)
        # Not when the caller goes: work that has begun is done all the same, and counts until then.
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _done: loop.call_soon_threadsafe(self._leave))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Stop the threads; work that still waits is not done."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _leave(self) -> None:
        self.admitted -= 1
