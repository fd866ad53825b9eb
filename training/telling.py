"""Tells how far training has come, on standard output, with the time of day."""

import sys
import time
from collections.abc import Callable

_EVERY = 20  # steps


def say(words: str) -> None:
    """Write a line of progress with the time of day."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stdout.flush()


def by_step() -> Callable[[int, int, float], None]:
    """Return what says, every so many steps, how far a run is, its loss, its pace and its minutes to go."""
    started, first = time.monotonic(), -1

    def report(done: int, steps: int, loss: float) -> None:
        nonlocal first
        if first < 0:
            first = done
            if first:
                say(f"going on after step {first}")
        elif done % _EVERY == 1 or done == steps:
            pace = (done - first) / (time.monotonic() - started)
            left = (steps - done) / pace / 60
            say(f"step {done}/{steps}, loss {loss:.4f}, {pace:.2f} steps/s, {left:.1f} min to go")

    return report
