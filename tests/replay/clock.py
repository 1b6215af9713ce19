"""A clock that waits by moving its hands."""

from __future__ import annotations

import datetime as dt


class FakeClock:
    """Starts at a moment; `sleep` returns at once and is added to it."""

    def __init__(self, start: dt.datetime) -> None:
        self._start = start
        self.elapsed = 0.0
        self.sleeps: list[float] = []

    def now(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.elapsed += seconds

    def pass_time(self, **length: float) -> None:
        """Let time go by: pass_time(days=1)."""
        self.elapsed += dt.timedelta(**length).total_seconds()
