"""Measures the seconds that each step of one answer takes."""

import time


class Clock:
    """Takes the time between laps."""

    def __init__(self) -> None:
        """Start."""
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}
        """Seconds by step, to the microsecond."""

    def lap(self, step: str) -> None:
        """Count the time since the last lap for a step."""
        now = time.perf_counter()
        self.seconds[step] = round(self.seconds.get(step, 0.0) + now - self._last, 6)
        self._last = now
