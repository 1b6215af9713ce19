"""The command that looks back: `replay` of a screen over the past."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.page_commands import write_out
from tui.session import as_of_option, narrate, screen_of

if TYPE_CHECKING:
    from tui.session import Session

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("query", metavar="SCREEN")
@click.option("--from", "start", type=_DATE, metavar="DATE", help="The first day; default: as "
              "far back as prices reach, and a year for their averages.")  # fmt: skip
@click.option("--to", "end", type=_DATE, metavar="DATE", help="The last day; default: the newest.")
@click.option("--every", type=click.Choice(["month", "quarter", "year"]), default="month",
              show_default=True, help="How often the list is drawn anew.")  # fmt: skip
@click.option("--cost", type=click.FloatRange(min=0, max=100), default=0.0, show_default=True,
              metavar="PCT", help="Cost in percent of what is bought and sold.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every member.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Write every member with its return here (- is stdout).")  # fmt: skip
@as_of_option
@click.pass_obj
def replay(
    session: Session,
    query: str,
    start: dt.datetime | None,
    end: dt.datetime | None,
    every: Any,
    cost: float,
    as_json: bool,
    csv_file: Path | None,
) -> None:
    """Run a screen on past dates, each on what was known then, and say what its names did.

    Each date's passes are held in equal amounts to the next date. Companies that died since are
    there, and what had to be left out is counted.

    \b
    kasauti replay selectivity_core --from 2023-03-31 --every quarter --cost 0.5
    """
    from screener.replay import replay as run_replay
    from tui import replay_text

    screen = screen_of(session, query)
    market = session.market()
    found = run_replay(
        market, screen, start.date() if start else earliest(market), (end.date() if end else
        market.date), every, cost, progress=_counter(), **session.own(screen),
    )  # fmt: skip
    if csv_file is not None:
        write_out(csv_file, replay_text.replay_csv(found))
        return
    click.echo(replay_text.replay_json(found) if as_json else replay_text.replay_text(found))


def earliest(market: Any) -> dt.date:
    """A year after the first price, or the first price where there is no more than that."""
    from screener.replay import sessions

    days = sessions(market)
    year_on: dt.date = days[0] + dt.timedelta(days=366)
    return year_on if year_on < days[-1] - dt.timedelta(days=62) else days[0]


def _counter() -> Any:
    """Says how far it is, where somebody is watching."""
    if not sys.stderr.isatty():
        return None
    return lambda done, of: narrate(f"{done} of {of} dates judged") if done < of else None
