"""A refresh that runs beside the app in a thread of its own; anyone may look how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from screener.errors import KasautiError

if TYPE_CHECKING:
    from scrapers.report import Event, Summary
    from screener.paths import Paths

WAIT_AT_END: Final = 30.0  # seconds in which a refresh may end its step when the app is left


class Gathering:
    """One refresh. `how` is handed to `scrapers.refresh.refresh` as it is."""

    def __init__(self, paths: Paths, **how: Any) -> None:
        self._paths, self._how = paths, how
        self._asked, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self.events: dict[str, Event] = {}  # source → the last of it
        self.said: dict[str, str] = {}  # source → what was done last
        self.at: dict[str, float] = {}  # source → when its last event came, by the monotonic clock
        self.summary: Summary | None = None
        self.notes: list[str] = []
        self.error: Exception | None = None

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._thread is not None and not self._ended.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self.running and self._asked.is_set()

    @property
    def mark(self) -> str:
        """How far it is, for the title; empty where nothing runs."""
        if not self.running:
            return ""
        events = list(self.events.values())
        if self.stopping:
            return "refresh stops …"
        done, total = sum(e.done for e in events), sum(max(e.total, e.done) for e in events)
        return f"refresh {done:,}/{total:,}" if total else "refresh …"

    def begin(
        self,
        done: Callable[[], None],
        *,
        accept_terms: bool = False,
        sources: Collection[str] | None = None,
    ) -> None:
        """Run it in a thread; `done` is called there at the end, whatever came of it."""
        chosen = {} if sources is None else {"sources": tuple(sources)}

        def work() -> None:
            try:
                self._refresh(accept_terms, chosen)
            except Exception as error:  # shown by the view, kept in the log where not expected
                self.error = error
            self._ended.set()
            done()

        self._thread = threading.Thread(target=work, name="refresh", daemon=True)
        self._thread.start()

    def _refresh(self, accept_terms: bool, chosen: dict[str, Any]) -> None:
        from scrapers.refresh import refresh
        from tui.refreshing import record_run

        how = {**self._how, **chosen}
        self.summary = refresh(
            self._paths, on_event=self.take, stop=self._asked.is_set, accept_terms=accept_terms,
            **how,
        )  # fmt: skip
        if self.summary.published:
            record_run(self._paths, self.notes.append)

    def take(self, event: Event) -> None:
        """Take in an event."""
        self.events = {**self.events, event.source: event}
        self.at[event.source] = time.monotonic()
        if event.what != "wait":
            self.said[event.source] = event.message

    def stop(self) -> None:
        """Ask it to stop; what was gathered is published."""
        self._asked.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait for its end, so long at most."""
        if self._thread is not None:
            self._thread.join(seconds)

    @property
    def trouble(self) -> str:
        """What went wrong with the whole of it, in a sentence; empty where nothing did."""
        if self.error is None:
            return ""
        known = isinstance(self.error, KasautiError)
        return str(self.error) if known else f"{type(self.error).__name__}: {self.error}"
