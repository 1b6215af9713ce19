"""Is everything in order: this machine, what Kasauti stores on it, and every source it asks.

Each source is asked once, through the same polite session as a refresh: robots, pace, budgets and
closed doors hold here too.
"""

from __future__ import annotations

import datetime as dt
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import polars as pl

from scrapers.checks import Check, Diagnosis, State
from scrapers.clock import Clock, SystemClock, in_india
from scrapers.consent import consents
from scrapers.hosts import POLICIES, HostPolicy
from scrapers.probing import Listening, net_of, probed_sources
from scrapers.state import exclusive, open_state
from scrapers.transport import Transport
from screener.errors import KasautiError, NoMarket, RefusedError
from screener.market.schema import TABLES
from screener.market.store import Market
from screener.paths import Paths, app_version

LEAST_FREE_BYTES: Final = 200 * 1024 * 1024
LITTLE_FREE_BYTES: Final = 2 * 1024 * 1024 * 1024
OLD_MARKET_DAYS: Final = 7
_MEGABYTE: Final = 1024 * 1024
_LIBRARIES: Final = ("polars", "textual", "requests", "selectolax", "lxml", "protego")
_MARKET_UNUSABLE: Final = 4
_DISK_REFUSES: Final = 6


def examine(
    paths: Paths,
    *,
    hosts: Mapping[str, str] | None = None,
    offline: bool = False,
    clock: Clock | None = None,
    policies: Mapping[str, HostPolicy] = POLICIES,
    transport: Transport | None = None,
    on_check: Callable[[Check], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Diagnosis:
    """Look at everything; nothing is changed but the session's own records.

    hosts: stand-ins, host → base address. offline: ask no source. on_check: told of each check as
    it is made. Raises Stopped when `stop` becomes true while a host is waited for.
    """
    clock = clock or SystemClock()
    found: list[Check] = []
    for check in _checks(paths, clock, hosts, policies, transport, stop, offline=offline):
        found.append(check)
        if on_check:
            on_check(check)
    return Diagnosis(tuple(found))


def _checks(
    paths: Paths,
    clock: Clock,
    hosts: Mapping[str, str] | None,
    policies: Mapping[str, HostPolicy],
    transport: Transport | None,
    stop: Callable[[], bool] | None,
    *,
    offline: bool,
) -> Iterator[Check]:
    yield _versions()
    yield _disk(paths)
    market, check = _market(paths, clock)
    yield check
    state = _state_file(paths)
    yield state
    if state.state is State.BROKEN:
        yield Check("sources", State.SKIPPED, "the state file has to be repaired first")
        return
    yield from _remembered(paths, clock, policies)
    if offline:
        yield Check("sources", State.SKIPPED, "not asked, as you wished")
        return
    try:
        with exclusive(paths.state_dir / "refresh.lock", "a refresh is running"):
            net = Listening(transport or net_of(clock, hosts), clock)
            with closing(open_state(paths.state)) as db, closing(net):
                yield from probed_sources(
                    paths, db, clock, policies, net, market, stop, stand_ins=hosts is not None
                )
                yield net.clock_check()
    except RefusedError as err:
        yield Check("sources", State.SKIPPED, err.message)


# -- this machine ---------------------------------------------------------------------------------


def _versions() -> Check:
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Kasauti {app_version()}", f"Python {platform.python_version()}"]
    missing = []
    for library in _LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            missing.append(library)
    text = f"{', '.join(found)}, {platform.system()}"
    if missing:
        return Check(
            "versions", State.BROKEN, f"{text}; {', '.join(missing)} is missing",
            "Install Kasauti again, with its dependencies.",
        )  # fmt: skip
    return Check("versions", State.OK, text)


def _disk(paths: Paths) -> Check:
    """Room where the market and the stored pages lie, and how much they take."""
    folders = {"market": paths.data, "stored pages": paths.cache}
    try:
        free = min(shutil.disk_usage(_existing(folder)).free for folder in folders.values())
        used = [f"{name} {_size(folder):,} MB" for name, folder in folders.items()]
    except OSError as err:
        return Check("disk", State.BROKEN, f"cannot be read: {err}", exit_code=_DISK_REFUSES)
    text = f"{free / 1e9:,.1f} GB free; {', '.join(used)}"
    if free < LEAST_FREE_BYTES:
        hint = "A refresh writes a new market beside the old one. Free some space first."
        return Check("disk", State.BROKEN, text, hint, exit_code=_DISK_REFUSES)
    return Check("disk", State.NOTE if free < LITTLE_FREE_BYTES else State.OK, text)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(f for f in (folder, *folder.parents) if f.exists())


def _size(folder: Path) -> int:
    """Megabytes of the files below a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) // _MEGABYTE


# -- what is stored -------------------------------------------------------------------------------


def _market(paths: Paths, clock: Clock) -> tuple[Market | None, Check]:
    """The gathered market, and whether every table of it can be read."""
    try:
        market = Market.open(paths.real_market)
        for name in TABLES:
            market.table(name).select(pl.len()).collect()
    except NoMarket:
        return None, Check(
            "market", State.NOTE, "none was gathered yet; the demo market is shown",
            "Run `kasauti refresh`.",
        )  # fmt: skip
    except (KasautiError, pl.exceptions.PolarsError, OSError) as err:
        return None, Check(
            "market", State.BROKEN, _first_line(err),
            "Run `kasauti refresh`: it builds a new one from what is stored; lists are not lost.",
            exit_code=_MARKET_UNUSABLE,
        )  # fmt: skip
    age = (in_india(clock.now()).date() - market.date).days
    held = ", ".join(f"{name} {share:.0%}" for name, share in market.manifest.coverage.items())
    text = f"{market.generation} of {market.date:%d %b %Y}, {age:,} days old; {held}"
    if age > OLD_MARKET_DAYS:
        return market, Check("market", State.NOTE, text, "Run `kasauti refresh`.")
    return market, Check("market", State.OK, text)


def _state_file(paths: Paths) -> Check:
    """Whether the state file is whole, and how many jobs stand where."""
    if not paths.state.is_file():
        return Check("state", State.OK, "none yet")
    try:
        with closing(open_state(paths.state)) as db:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            jobs = db.execute("SELECT state, count(*) FROM job GROUP BY state ORDER BY state")
            counts = ", ".join(f"{number:,} {state}" for state, number in jobs)
    except (KasautiError, sqlite3.Error) as err:
        verdict, counts = _first_line(err), ""
    if verdict != "ok":
        return Check(
            "state", State.BROKEN, f"{paths.state.name} is damaged: {verdict}",
            f"Move {paths.state} away. Shortlists and notes in it are lost, the market is not.",
            exit_code=_DISK_REFUSES,
        )  # fmt: skip
    return Check("state", State.OK, f"{paths.state.name} is whole; jobs: {counts or 'none'}")


def _remembered(paths: Paths, clock: Clock, policies: Mapping[str, HostPolicy]) -> Iterator[Check]:
    """Doors that are closed, budgets that are used up, and what the user agreed to."""
    with closing(open_state(paths.state)) as db:
        told = consents(db)
        hosts = db.execute(
            "SELECT host, open_until, reason, spent, night FROM http_host ORDER BY host"
        ).fetchall()
    closed = [host for host, until, *_ in hosts if until > clock.now().timestamp()]
    for host, until, reason, *_ in hosts:
        if host in closed:
            again = in_india(dt.datetime.fromtimestamp(until, dt.UTC))
            yield Check(
                "circuit", State.NOTE, f"{host} is left alone until {again:%d %b %H:%M} IST",
                reason, host,
            )  # fmt: skip
    if not closed:
        yield Check("circuits", State.OK, "none open")
    night = (in_india(clock.now()) - dt.timedelta(hours=12)).date().isoformat()
    spent = [
        f"{host} {count:,}" + (f" of {budget:,}" if budget else "")
        for host, _, _, count, on in hosts
        if on == night and count
        for budget in [policies[host].budget if host in policies else None]
    ]
    yield Check("budgets", State.OK, f"asked tonight: {', '.join(spent) or 'nobody'}")
    names = [f"{host} ({moment[:10]})" for host, (_, moment) in told.items()]
    yield Check("consents", State.OK, ", ".join(names) or "none given yet")


def _first_line(err: BaseException) -> str:
    return (err.message if isinstance(err, KasautiError) else str(err)).partition("\n")[0]
