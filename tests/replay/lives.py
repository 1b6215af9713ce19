"""Refreshes that are killed at chosen moments; no life gets further than it was meant to."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from screener.paths import Paths
from tests.replay.driver import Driver, Life
from tests.replay.server import Answer, Asked, ReplayServer
from tests.replay.test_recorded_refresh import paths_in

KILLED = -9


class Gate:
    """A fault: so many requests pass, the next one waits until its asker is dead.

    So a life that is to be killed cannot finish its work first, however slow its killer is.
    """

    def __init__(self, counts: Callable[[Asked], bool] = lambda asked: True) -> None:
        self._counts = counts
        self._lock = threading.Lock()
        self._left: int | None = None
        self._reopened = threading.Event()
        self.passed = 0

    def admit(self, requests: int | None) -> None:
        """Let so many more through, or all; those that wait get no answer any more."""
        with self._lock:
            self._reopened.set()
            self._reopened = threading.Event()
            self._left = requests
            self.passed = 0

    def __call__(self, asked: Asked, answer: Answer) -> Answer:
        with self._lock:
            if not self._counts(asked) or self._left is None or self.passed < self._left:
                self.passed += self._counts(asked)
                return answer
            reopened = self._reopened
        reopened.wait()
        return Answer(drop=True)


class Lives:
    """Refreshes of one home, some minutes of their clock apart."""

    def __init__(
        self,
        root: Path,
        server: ReplayServer,
        driver: Driver,
        start: dt.datetime,
        apart: dt.timedelta,
        counts: Callable[[Asked], bool] = lambda asked: True,
    ) -> None:
        root.mkdir(exist_ok=True)
        self.root = root
        self.gate = Gate(counts)
        self.codes: list[int] = []
        self._driver = driver
        self._start = start
        self._apart = apart
        self._hosts = root / "hosts.toml"
        self._hosts.write_text("".join(f'"{h}" = "{a}"\n' for h, a in server.hosts.items()))
        server.faults[:] = [self.gate]

    @property
    def paths(self) -> Paths:
        return paths_in(self.root)

    @property
    def killed(self) -> int:
        return self.codes.count(KILLED)

    def live(self, **order: Any) -> int:
        """A life to its end. Returns its exit code."""
        return self._end(self._begin(None, order).wait())

    def kill_after(self, requests: int, seconds: float, **order: Any) -> int:
        """A life that is killed so long after so many of the requests that count were answered.

        It ends by itself only where it needs no more of them than that.
        """
        life = self._begin(requests, order)
        self._watch(life, lambda: self.gate.passed >= requests)
        return self._kill(life, seconds)

    def kill_publishing(self, seconds: float, **order: Any) -> int:
        """A life that is killed so long after it has begun to write a generation, if it does."""
        life = self._begin(None, order)
        self._watch(life, lambda: any(self.paths.real_market.glob(".staging-*")))
        return self._kill(life, seconds)

    def _begin(self, requests: int | None, order: dict[str, Any]) -> Life:
        self.gate.admit(requests)
        start = self._start + len(self.codes) * self._apart
        return self._driver.begin(
            root=str(self.root), hosts=str(self._hosts), start=start.isoformat(), **order
        )

    def _watch(self, life: Life, happened: Callable[[], bool]) -> None:
        while not happened() and not life.ended(0.001):
            pass

    def _kill(self, life: Life, seconds: float) -> int:
        life.ended(seconds)
        return self._end(life.kill())

    def _end(self, code: int) -> int:
        self.gate.admit(None)
        self.codes.append(code)
        return code


def again(asked: Counter[Any]) -> int:
    """How many requests were for something that had been asked for before."""
    return sum(times - 1 for times in asked.values())
