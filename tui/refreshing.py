"""`kasauti refresh`: progress as one live line or as log lines, and a summary at the end."""

from __future__ import annotations

import datetime as dt
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from screener.paths import Paths

if TYPE_CHECKING:
    from scrapers.report import Event, Summary, Tally

LOG_EVERY_S: Final = 30.0
_SHOWN_MISSES: Final = 5
_CLEAR_LINE: Final = "\r\x1b[2K"


def refresh_command(
    paths: Paths,
    *,
    limit: int | None,
    only: Sequence[str] | None,
    sessions: int | None,
    day: dt.date | None,
    hosts: Path | None,
    amfi_file: Path | None,
    accept_terms: bool,
    narrate: Callable[[str], None],
    schedules: bool = False,
) -> int:
    """Gather, publish and say what came of it. Returns the exit code; 5 where a source was left."""
    from scrapers.hosts import read_hosts
    from scrapers.refresh import DEFAULT_SESSIONS, refresh

    progress = _Progress(narrate)
    with _asked_to_stop(narrate) as stop:
        summary = refresh(
            paths,
            hosts=read_hosts(hosts) if hosts else None,
            only=only,
            limit=limit,
            sessions=sessions or DEFAULT_SESSIONS,
            date=day,
            on_event=progress.show,
            accept_terms=accept_terms,
            amfi_file=amfi_file,
            stop=stop,
            schedules=schedules,
        )
    progress.close()
    for line in summary_lines(summary):
        narrate(line)
    return 130 if summary.interrupted else 5 if _was_left(summary) else 0


def _was_left(summary: Summary) -> bool:
    return any(tally.stopped and tally.failed for tally in summary.sources.values())


def summary_lines(summary: Summary) -> Iterator[str]:
    """What each source gave, what was refused and why, and what is now the market."""
    for tally in summary.sources.values():
        yield _tally_line(tally)
        for word, misses in (("refused", tally.refused), ("failed", tally.failed)):
            for miss in misses[:_SHOWN_MISSES]:
                yield f"    {word}: {miss.key}: {miss.reason}"
            if len(misses) > _SHOWN_MISSES:
                yield f"    … and {len(misses) - _SHOWN_MISSES} more {word}"
    if summary.unknown_rows:
        yield f"Rows no statement line is known for: {', '.join(summary.unknown_rows[:8])}"
    for name, share in summary.coverage.items():
        yield f"coverage: {name} {share:.0%}"
    if summary.published:
        yield f"Published {summary.generation}: {summary.new_facts:,} new figures."
    elif summary.generation:
        yield f"Nothing new; {summary.generation} stays."
    if summary.interrupted:
        yield "Stopped; run it again to go on."


def _tally_line(tally: Tally) -> str:
    parts = [f"{tally.fetched:,} fetched", f"{tally.kept:,} still good"]
    for count, word in (
        (tally.absent, "absent"),
        (len(tally.refused), "refused"),
        (len(tally.failed), "failed"),
        (tally.left, "left for the next run"),
    ):
        if count:
            parts.append(f"{count:,} {word}")
    stopped = f" ({tally.stopped})" if tally.stopped else ""
    return f"{tally.source}: {', '.join(parts)}{stopped}"


class _Progress:
    """One line that rewrites itself in a terminal; a line now and then elsewhere."""

    def __init__(self, narrate: Callable[[str], None]) -> None:
        self._narrate = narrate
        self._live = sys.stderr.isatty()
        self._last: dict[str, dt.datetime] = {}

    def show(self, event: Event) -> None:
        text = _event_text(event)
        if self._live:
            sys.stderr.write(f"{_CLEAR_LINE}{text[: _width() - 1]}")
            sys.stderr.flush()
            return
        now = dt.datetime.now(dt.UTC)
        last = self._last.get(event.source)
        first_or_last = last is None or event.done == event.total
        if first_or_last or (last and (now - last).total_seconds() >= LOG_EVERY_S):
            self._last[event.source] = now
            self._narrate(text)

    def close(self) -> None:
        if self._live:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()


def _event_text(event: Event) -> str:
    from screener.export import clean

    count = f" {event.done:,}/{event.total:,}" if event.total else ""
    waiting = f" · waiting {event.waiting_s:.0f} s" if event.waiting_s >= 1 else ""
    return clean(f"{event.source}{count} · {event.message}{waiting}")


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


@contextmanager
def _asked_to_stop(narrate: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Ctrl-C once asks to stop and publish what was gathered; twice stops at once."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        narrate("\nStopping after this page; press Ctrl-C again to stop at once.")

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
