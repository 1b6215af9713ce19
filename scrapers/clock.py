"""Time as the scrapers see it; a test passes its own and never waits."""

from __future__ import annotations

import datetime as dt
import time
from typing import Final, Protocol

IST: Final = dt.timezone(dt.timedelta(hours=5, minutes=30))


class Clock(Protocol):
    """What time it is, and how to wait."""

    def now(self) -> dt.datetime:
        """The present moment, with its time zone."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def in_india(moment: dt.datetime) -> dt.datetime:
    """The moment as clocks in India show it."""
    return moment.astimezone(IST)


def utc_naive(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC without its zone, as facts store it."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
