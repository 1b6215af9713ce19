"""Refreshes in processes of their own, to be killed at any moment.

The driver imports everything once and forks a process for each refresh it is asked for, a line of
JSON each. It answers with the process's number, and with its exit code once it has ended.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from scrapers.hosts import read_hosts
from scrapers.refresh import refresh
from screener.fields import catalogue
from screener.market import panel
from screener.paths import Paths
from tests.replay.clock import FakeClock

WARM = ("screener.fields.catalogue", "requests", "protego", "selectolax.lexbor", "http.cookiejar")


class Life:
    """One refresh under way. `exit_code` is known once it has ended."""

    def __init__(self, pid: int, driver: Driver) -> None:
        self.pid = pid
        self.exit_code: int | None = None
        self._driver = driver

    def ended(self, within: float) -> bool:
        """Whether it has ended, or does within so many seconds."""
        if self.exit_code is None:
            self.exit_code = self._driver.read(within)
        return self.exit_code is not None

    def wait(self) -> int:
        """Let it live to its end. Returns its exit code."""
        assert self.ended(60)
        assert self.exit_code is not None
        return self.exit_code

    def kill(self) -> int:
        """Kill it unless it has ended. Returns its exit code."""
        if not self.ended(0):
            with contextlib.suppress(ProcessLookupError):  # it has ended just now
                os.kill(self.pid, signal.SIGKILL)
        return self.wait()


class Driver:
    """The driver process."""

    def __enter__(self) -> Driver:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.replay.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def begin(self, **order: Any) -> Life:
        """Start a refresh: root, hosts (a file), start (ISO moment), and what `run` takes."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        pid = self.read(60)
        assert pid
        return Life(pid, self)

    def read(self, within: float) -> int | None:
        """The next number the driver tells, if it does within so many seconds."""
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], within)
        return int(self._process.stdout.readline()) if ready else None


def run(order: dict[str, Any]) -> None:
    """Refresh as ordered, from a clock that starts at the moment given.

    symbols, limit, date: see `refresh`. plain: publish the tables alone.
    """
    root = Path(order["root"])
    if order.get("plain"):
        panel.build = lambda tables, date: tables["companies"].select("isin")
        catalogue.compute = lambda panel: panel.select("isin")  # type: ignore[assignment]
    refresh(
        Paths(root / "data", root / "config", root / "cache", root / "state"),
        hosts=read_hosts(Path(order["hosts"])),
        only=order.get("symbols"),
        limit=order.get("limit"),
        sessions=1,
        date=dt.date.fromisoformat(order["date"]) if order.get("date") else None,
        sources=("nse", "screener.in"),
        clock=FakeClock(dt.datetime.fromisoformat(order["start"])),
        accept_terms=True,
    )


def main() -> None:
    """Fork a refresh for each line of standard input."""
    for module in WARM:
        importlib.import_module(module)
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            try:
                run(json.loads(line))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
