"""A made-up net for the session's tests: replies by address, a clock that waits by jumping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from scrapers.hosts import HostPolicy
from scrapers.session import Polite, PoliteSession
from scrapers.state import open_state
from scrapers.transport import Reply, Request
from tests.replay.clock import FakeClock

START = dt.datetime(2026, 6, 30, 15, 0, tzinfo=dt.UTC)
HOST = "example.in"
BASE = f"https://{HOST}"

Scripted = Reply | Exception | Callable[[Request], Reply]


def page(text: str = "<html>page</html>", **headers: str) -> Reply:
    return Reply(200, {k.replace("_", "-"): v for k, v in headers.items()}, text.encode())


def status(code: int, **headers: str) -> Reply:
    return Reply(code, {k.replace("_", "-"): v for k, v in headers.items()}, b"<html></html>")


class ScriptedNet:
    """Answers each address from its script; the last reply of a script repeats."""

    def __init__(self, clock: FakeClock, **seconds: float) -> None:
        self.clock = clock
        self.script: dict[str, list[Scripted]] = {f"{BASE}/robots.txt": [status(404)]}
        self.asked: list[Request] = []
        self.at: list[float] = []
        self.seconds = seconds.get("seconds", 0.0)

    def send(self, request: Request) -> Reply:
        self.asked.append(request)
        self.at.append(self.clock.elapsed)
        self.clock.elapsed += self.seconds
        script = self.script[request.url]
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Reply) else answer(request)

    def paths(self) -> list[str]:
        """Paths asked for, robots.txt aside."""
        found = [request.url.removeprefix(BASE) for request in self.asked]
        return [path for path in found if path != "/robots.txt"]


class Bench:
    """A session on a scripted net; `restart` is a new process on the same folders."""

    def __init__(self, folder: Path, **policy: float) -> None:
        self.folder = folder
        self.clock = FakeClock(START)
        self.net = ScriptedNet(self.clock)
        self.policy = HostPolicy(**{"delay": 5, **policy})  # type: ignore[arg-type]
        self.waits: list[tuple[str, float, str]] = []
        self.stop = False
        self.restart()

    def restart(self) -> PoliteSession:
        self.db = open_state(self.folder / "state.sqlite")
        self.session = PoliteSession(
            Polite(
                db=self.db,
                state_path=self.folder / "state.sqlite",
                cache=self.folder / "cache",
                transport=self.net,
                clock=self.clock,
                policies={HOST: self.policy},
                random=lambda: 0.5,
                on_wait=lambda *wait: self.waits.append(wait),
                stop=lambda: self.stop,
            )
        )
        return self.session

    def script(self, path: str, *replies: Scripted) -> str:
        """Set what a path answers; returns its address."""
        self.net.script[BASE + path] = list(replies)
        return BASE + path
