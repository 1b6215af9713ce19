"""A refresh as a panel: a row a source, and below it the source under the cursor in full."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.charts.text import Chart, Line
from tui.format import plain
from tui.panels import Panel, folded, text_rows
from tui.refresh_progress import duration, status_of

if TYPE_CHECKING:
    from scrapers.report import Event
    from tui.gathering import Gathering

BAR: Final = 10  # cells
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_TODO: Final = {
    "left": "The source is left for this run. The next refresh goes on where this one stopped.",
    "trouble": "It is asked for again at the next refresh; the rest goes on.",
}


def progress_panel(run: Gathering, *, ascii: bool = False) -> Panel:
    """How far each source is, whom it waits for, and what went wrong last."""
    events = tuple(run.events.values())
    cells = [
        (
            plain(e.source, 18),
            _count(e),
            _bar(e, ascii),
            f"{e.rate:.0f}/min" if e.rate and e.done < e.total else "",
            duration(e.eta_s) if e.eta_s and e.eta_s >= 1 and e.done < e.total else "",
            plain(_now(run, e), 90),
        )
        for e in events
    ]
    heads = (("", "Source"), ("", "Done"), ("", ""), ("", "Rate"), ("", "Left"), ("", "Now"))
    rows = text_rows(heads, cells, left=(0, 2, 5), most=90)
    empty = "Waiting for the first answer …"
    draw = partial(_draw, run, events) if events else None
    return Panel("Progress", rows, (), draw, least=8, empty=empty)


def _count(event: Event) -> str:
    return f"{event.done:,}/{event.total:,}" if event.total else f"{event.done:,}"


def _bar(event: Event, ascii: bool) -> str:
    if not event.total:
        return ""
    share = min(event.done / event.total, 1.0)
    if ascii:
        return ("#" * round(share * BAR)).ljust(BAR, ".")
    eighths = round(share * BAR * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[part] if part else "")).ljust(BAR)


def _now(run: Gathering, event: Event) -> str:
    """Whom it waits for while it does, else what was done last."""
    left = event.waiting_s - (time.monotonic() - run.at.get(event.source, 0.0))
    if left > 0:
        return status_of(event, left)
    return run.said.get(event.source, "")


def _draw(
    run: Gathering, events: tuple[Event, ...], row: int, width: int, height: int, ascii: bool
) -> Chart:
    event = events[min(row, len(events) - 1)]
    name, host = f" {plain(event.source)}", f"  {plain(event.host)}"
    lines: list[Line] = [((name, "bold"), (host, "$quiet"))]
    lines += folded(plain(_now(run, event)) or "nothing yet", width)
    if event.error:
        lines += folded(f"Last trouble: {plain(event.error)}", width, "$bad")
        lines += folded(_TODO["left" if event.what == "left" else "trouble"], width, "$quiet")
    return tuple(lines)
