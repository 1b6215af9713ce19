"""`kasauti refresh`: asks for consent once, shows progress, and says at the end what came of it."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import click

from screener.errors import UnknownName
from screener.paths import Paths
from tui.refresh_progress import view

if TYPE_CHECKING:
    from scrapers.report import Summary, Tally

_SHOWN_MISSES: Final = 5


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
    without: Collection[str] = (),
    publish_anyway: bool = False,
) -> int:
    """Gather, publish and say what came of it.

    Returns the exit code; 5 where a source was left or nothing could be published.
    """
    from scrapers.hosts import read_hosts
    from scrapers.refresh import DEFAULT_SESSIONS, SOURCES, refresh
    from scrapers.screener_in import SOURCE as PAGES

    for name in without:
        if name not in SOURCES:
            raise UnknownName.among("source", name, SOURCES)
    sources = [name for name in SOURCES if name not in without]
    replaced = read_hosts(hosts) if hosts else None
    accept_terms = accept_terms or (PAGES in sources and _asked_for_consent(paths))
    progress = view(narrate)
    with closing(progress), _asked_to_stop(progress.say) as stop:
        summary = refresh(
            paths,
            hosts=replaced,
            only=only,
            limit=limit,
            sessions=sessions or DEFAULT_SESSIONS,
            date=day,
            on_event=progress.show,
            accept_terms=accept_terms,
            amfi_file=amfi_file,
            stop=stop,
            schedules=schedules,
            sources=sources,
            publish_anyway=publish_anyway,
        )
    for line in summary_lines(summary):
        narrate(_fitted(line))
    if summary.published:
        record_run(paths, narrate)
    return 130 if summary.interrupted else 5 if _was_left(summary) else 0


def record_run(paths: Paths, narrate: Callable[[str], None]) -> None:
    """Record what the screens say of the new market, so that `changes` has a run to compare with.

    A fault here is told and no more: the market itself is published.
    """
    from screener.errors import KasautiError
    from screener.market.store import Market
    from screener.runs import record
    from screener.screens import Library

    try:
        record(paths, Market.open(paths.real_market), Library.load(paths))
    except KasautiError as err:
        narrate(f"note: the run was not recorded: {err.message}")


def doctor_command(
    paths: Paths,
    *,
    as_json: bool,
    offline: bool,
    hosts: Path | None,
    narrate: Callable[[str], None],
) -> int:
    """Look at everything and say what was found. Returns the exit code."""
    import json

    from scrapers.checks import Check
    from scrapers.doctor import examine
    from scrapers.hosts import read_hosts
    from scrapers.session import Stopped
    from tui.doctor_text import WIDTH, check_lines, ending
    from tui.doctor_text import as_json as data_of

    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, 120)

    def show(check: Check) -> None:
        for line in check_lines(check, width):
            (narrate if as_json else click.echo)(line)

    with _asked_to_stop(narrate) as stop:
        try:
            diagnosis = examine(
                paths,
                hosts=read_hosts(hosts) if hosts else None,
                offline=offline,
                on_check=show,
                stop=stop,
            )
        except (Stopped, KeyboardInterrupt):
            return 130
    data = json.dumps(data_of(diagnosis), ensure_ascii=False, indent=1) if as_json else ""
    click.echo(data or ending(diagnosis))
    return diagnosis.exit_code


def _asked_for_consent(paths: Paths) -> bool:
    """Whether someone at a terminal agreed to the terms just now; nobody is asked twice."""
    from scrapers.consent import NOTICE, terms_accepted

    if not at_a_terminal() or terms_accepted(paths):
        return False
    width = min(shutil.get_terminal_size().columns, 100)
    click.echo(f"{textwrap.fill(NOTICE, width)}\n", err=True)
    return click.confirm("Do you agree, for your own personal use?", default=False, err=True)


def at_a_terminal() -> bool:
    """Whether someone can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _was_left(summary: Summary) -> bool:
    """Whether something has to be looked into; a night's budget that is used up need not be."""
    left = any(tally.stopped and tally.failed for tally in summary.sources.values())
    return left or bool(summary.held_back or summary.drifts)


def _fitted(line: str) -> str:
    """The line broken between words where someone reads it, its parts indented alike."""
    if not sys.stderr.isatty():
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    width = max(shutil.get_terminal_size().columns, 40)
    return textwrap.fill(line, width, subsequent_indent=indent, break_on_hyphens=False)


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
    yield from _drift_lines(summary)
    yield from _doubt_lines(summary)
    if summary.restated:
        yield f"Restated since they were read before: {summary.restated:,} figures"
        yield from (f"    {example}" for example in summary.restated_examples)
    for name, share in summary.coverage.items():
        yield f"coverage: {name} {share:.0%}"
    yield from _ending(summary)


def _drift_lines(summary: Summary) -> Iterator[str]:
    """Rows that a site no longer shows, and what became of the pages."""
    if summary.drifts:
        yield "The layout of a site has changed:"
        yield from (f"    {drift}" for drift in summary.drifts)
        yield "    Pages without the row are kept on this machine and not published."


def _doubt_lines(summary: Summary) -> Iterator[str]:
    """How many figures were kept out or are odd, with examples."""
    for kept_out, words in ((True, "Kept out, for they cannot be right"), (False, "Odd, let in")):
        doubts = [doubt for doubt in summary.doubts if doubt.kept_out == kept_out]
        if doubts:
            yield f"{words}: {len(doubts):,}"
        for doubt in doubts[:_SHOWN_MISSES]:
            figure = f"{doubt.line} of {doubt.period_end:%b %Y} ({doubt.value:,g})"
            company = summary.symbols.get(doubt.isin, doubt.isin)
            yield f"    {company} {figure if doubt.line else 'statements'}: {doubt.reason}"


def _ending(summary: Summary) -> Iterator[str]:
    """What is the market now."""
    if summary.published:
        yield f"Published {summary.generation}: {summary.new_facts:,} new figures."
        if summary.first and summary.coverage.get("statements", 1.0) < 1:
            have = round(summary.coverage["statements"] * summary.listed)
            yield (
                f"It holds statements of {have:,} of {summary.listed:,} companies; run it again to "
                "add more."
            )
    elif summary.held_back:
        yield f"Not published: {'; '.join(summary.held_back)}."
        yield (
            f"{summary.generation} stays; its date is {_days_ago(summary.age_days)}. What was "
            "gathered is kept; --publish-anyway publishes it as it is."
        )
    elif summary.generation:
        yield f"Nothing new; {summary.generation} stays, its date is {_days_ago(summary.age_days)}."
    if summary.interrupted:
        yield "Stopped; run it again to go on."


def _days_ago(days: int | None) -> str:
    if not days:
        return "today"
    return "yesterday" if days == 1 else f"{days:,} days ago"


def _tally_line(tally: Tally) -> str:
    parts = [f"{tally.fetched:,} fetched", f"{tally.kept:,} still good"]
    for count, word in (
        (tally.absent, "absent"),
        (tally.bare, "of them without figures"),
        (len(tally.refused), "refused"),
        (len(tally.failed), "failed"),
        (tally.left, "left for the next run"),
    ):
        if count:
            parts.append(f"{count:,} {word}")
    stopped = f" ({tally.stopped})" if tally.stopped else ""
    return f"{tally.source}: {', '.join(parts)}{stopped}"


@contextmanager
def _asked_to_stop(say: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Ctrl-C once asks to stop and publish what was gathered; twice stops at once.

    Gives what tells whether it was asked for; the first time it does, it says so too.
    """
    asked = threading.Event()
    told = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        # Nothing is printed from here: the handler may run in the middle of a line.
        asked.set()

    def was_asked() -> bool:
        if asked.is_set() and not told.is_set():
            told.set()
            say("Stopping as soon as this step is done; press Ctrl-C again to stop at once.")
        return asked.is_set()

    if threading.current_thread() is not threading.main_thread():
        yield was_asked
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield was_asked
    finally:
        signal.signal(signal.SIGINT, before)
