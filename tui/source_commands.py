"""The commands that talk to the outside: refresh and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tui.session import Session, narrate


@click.command()
@click.option("--limit", type=click.IntRange(min=1), help="At most so many company pages.")
@click.option(
    "--only",
    metavar="NAME,…",
    help="Only these: symbols, BSE codes, an index such as “Nifty Smallcap 250”, or a shortlist.",
)
@click.option(
    "--sessions",
    type=click.IntRange(min=1),
    help="Trading days of prices to hold; 260 if not given.",
)
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Market date; today if not given."
)
@click.option(
    "--hosts",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A TOML file that maps hosts to other addresses.",
)
@click.option(
    "--amfi-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An AMFI market-cap list you downloaded.",
)
@click.option(
    "--accept-terms",
    is_flag=True,
    help="You have read screener.in's terms: personal, non-commercial use.",
)
@click.option(
    "--schedules",
    is_flag=True,
    help="Also the parts of borrowings, other assets and expenses: three requests more a company.",
)
@click.option(
    "--without",
    metavar="SOURCE,…",
    help="Leave these sources alone: "
    "nse, nse delivery, nse meetings, bse, bse filings, niftyindices, amfi, screener.in.",
)
@click.option(
    "--publish-anyway",
    is_flag=True,
    help="Publish also what holds much less than the market there is.",
)
@click.pass_obj
def refresh(
    session: Session,
    limit: int | None,
    only: str | None,
    sessions: int | None,
    day: Any,
    hosts: Path | None,
    amfi_file: Path | None,
    accept_terms: bool,
    schedules: bool,
    without: str | None,
    publish_anyway: bool,
) -> int:
    """Gather companies, prices and statements from the public sources, politely and resumably.

    Shortlisted companies come first, then those that filed since they were read. It can be stopped
    at any time with Ctrl-C; running it again goes on where it stopped.
    """
    from tui.refreshing import refresh_command

    return refresh_command(
        session.paths,
        limit=limit,
        only=[s.strip() for s in only.split(",") if s.strip()] if only else None,
        sessions=sessions,
        day=day.date() if day else None,
        hosts=hosts,
        amfi_file=amfi_file,
        accept_terms=accept_terms,
        schedules=schedules,
        without=[s.strip() for s in without.split(",") if s.strip()] if without else (),
        publish_anyway=publish_anyway,
        narrate=narrate,
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--offline", is_flag=True, help="Look at this machine only; ask no source.")
@click.option(
    "--hosts",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A TOML file that maps hosts to other addresses.",
)
@click.pass_obj
def doctor(session: Session, as_json: bool, offline: bool, hosts: Path | None) -> int:
    """Ask each source once and look at what is stored: what works, and what is broken.

    Exit code: 0 when nothing is broken, 4 the market, 5 a source, 6 the disk or the state file.
    """
    from tui.refreshing import doctor_command

    return doctor_command(
        session.paths, as_json=as_json, offline=offline, hosts=hosts, narrate=narrate
    )
