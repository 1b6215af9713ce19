"""Progress of a refresh: live bars where someone watches, lines now and then in a log.

Both write to stderr. Text of events may come from outside: it is shown as text.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress, Task

    from scrapers.report import Event

LOG_EVERY_S: Final = 30.0
LONG_WAIT_S: Final = 30.0  # a shorter one is a host's usual distance
_NAME_WIDTH: Final = 14
_BAR_WIDTH: Final = 12


class View(Protocol):
    """Shows a refresh while it runs."""

    def show(self, event: Event) -> None:
        """Take in an event."""

    def say(self, message: str) -> None:
        """Say something beside the progress."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def view(narrate: Callable[[str], None]) -> View:
    """The view that fits where stderr goes."""
    watched = sys.stderr.isatty() and os.environ.get("TERM") not in (None, "", "dumb")
    return Bars() if watched else Lines(narrate)


class Lines:
    """A line now and then for each source; troubles and long waits at once."""

    def __init__(self, narrate: Callable[[str], None]) -> None:
        self._narrate = narrate
        self._last: dict[str, float] = {}

    def show(self, event: Event) -> None:
        """Print the event unless the source was heard of just now."""
        urgent = event.what in ("trouble", "left", "publish") or event.waiting_s >= LONG_WAIT_S
        if event.what == "wait" and not urgent:
            return
        now = time.monotonic()
        last = self._last.get(event.source)
        if urgent or last is None or now - last >= LOG_EVERY_S or event.done == event.total:
            self._last[event.source] = now
            self._narrate(f"{dt.datetime.now():%H:%M:%S} {line_of(event)}")

    def say(self, message: str) -> None:
        """Print it."""
        self._narrate(message)

    def close(self) -> None:
        """Nothing is left to do."""


class Bars:
    """A row for each source that rewrites itself, gone at the end."""

    def __init__(self) -> None:
        self._progress = _progress()
        self._rows: dict[str, Any] = {}
        self._said: dict[str, str] = {}
        self._progress.start()

    def show(self, event: Event) -> None:
        """Bring the source's row up to date."""
        row = self._rows.get(event.source)
        if row is None:
            row = self._progress.add_task("", total=None, event=event, said="", at=0.0)
            self._rows[event.source] = row
        if event.what != "wait":
            self._said[event.source] = event.message
        self._progress.update(
            row,
            completed=event.done,
            total=event.total or None,
            event=event,
            said=self._said.get(event.source, ""),
            at=time.monotonic(),
        )

    def say(self, message: str) -> None:
        """Print it above the bars."""
        self._progress.console.print(message, markup=False, highlight=False)

    def close(self) -> None:
        """Take the bars away."""
        self._progress.stop()


def line_of(event: Event) -> str:
    """The event in one line: source, how far, how fast, until when, and what."""
    from screener.export import clean

    count = f"{event.done:,}/{event.total:,}" if event.total else f"{event.done:,}"
    parts = [f"{event.source} {count}"]
    if event.rate:
        parts.append(f"{event.rate:.1f}/min")
    if event.eta_s:
        parts.append(f"{duration(event.eta_s)} left")
    parts.append(status_of(event, event.waiting_s))
    return clean(" · ".join(parts))


def status_of(event: Event, waiting_s: float) -> str:
    """What happens now: what was done last, or whom is waited for, how long and why."""
    if event.what != "wait":
        return event.message
    if waiting_s < LONG_WAIT_S:
        return f"waiting for {event.host}"
    return f"waiting {duration(waiting_s)} for {event.host}: {event.message}"


def duration(seconds: float) -> str:
    """Seconds in the largest units that tell enough: 45 s, 12 min, 3 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _progress() -> Progress:
    from rich.console import Console, ConsoleDimensions
    from rich.progress import BarColumn, Progress
    from rich.table import Column

    class Narrow(Console):
        """Leaves room for the ^C that a terminal shows, lest it moves the bars down a line."""

        @property  # type: ignore[misc]  # theirs can be set too
        def size(self) -> ConsoleDimensions:
            whole = super().size
            return ConsoleDimensions(max(whole.width - 3, 20), whole.height)

    return Progress(
        _cell(lambda task: _of(task).source, Column(no_wrap=True, max_width=_NAME_WIDTH)),
        BarColumn(_BAR_WIDTH),
        _cell(_count, Column(no_wrap=True, justify="right")),
        _cell(_left, Column(no_wrap=True, justify="right")),
        _cell(_status, Column(no_wrap=True, overflow="ellipsis", ratio=1)),
        console=Narrow(stderr=True),
        transient=True,
        refresh_per_second=4,
        expand=True,
    )


def _cell(text: Callable[[Task], str], column: Any) -> Any:
    """A column that shows plain text, cleaned of control characters."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    from screener.export import clean

    class Cell(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(clean(text(task)))

    return Cell(column)


def _of(task: Task) -> Event:
    event: Event = task.fields["event"]
    return event


def _count(task: Task) -> str:
    event = _of(task)
    return f"{event.done:,}/{event.total:,}" if event.total else f"{event.done:,}"


def _left(task: Task) -> str:
    event = _of(task)
    if event.eta_s and event.eta_s >= 1 and event.done < event.total:
        return duration(event.eta_s)
    return ""


def _status(task: Task) -> str:
    """Whom it waits for while it does, else what was done last."""
    event = _of(task)
    left = event.waiting_s - (time.monotonic() - task.fields["at"])
    return status_of(event, left) if left > 0 else str(task.fields["said"])
