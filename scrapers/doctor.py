"""Is everything in order: this machine, what Kasauti stores on it, and every source it asks.

Each source is asked once, through the same polite session as a refresh: robots, pace, budgets and
closed doors hold here too.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import polars as pl

from scrapers.circuit import HostClosed
from scrapers.clock import Clock, SystemClock, in_india
from scrapers.consent import consents, terms_accepted
from scrapers.hosts import POLICIES, SCREENER_HOST, HostPolicy
from scrapers.probes import Probe, probes
from scrapers.session import NotThere, Polite, PoliteSession
from scrapers.state import exclusive, open_state
from scrapers.transport import HostMap, NoReply, Reply, Request, RequestsTransport, Transport
from screener.errors import KasautiError, LayoutError, NoMarket, RefusedError, SourceError
from screener.market.schema import TABLES, empty
from screener.market.store import Market
from screener.paths import Paths, app_version

LEAST_FREE_BYTES: Final = 200 * 1024 * 1024
LITTLE_FREE_BYTES: Final = 2 * 1024 * 1024 * 1024
CLOCK_MAY_DIFFER_S: Final = 300.0
OLD_MARKET_DAYS: Final = 7
_MEGABYTE: Final = 1024 * 1024
_LIBRARIES: Final = ("polars", "textual", "requests", "selectolax", "lxml", "protego")
_SOURCE_FAILED: Final = 5
_MARKET_UNUSABLE: Final = 4
_DISK_REFUSES: Final = 6


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"  # works, but is worth knowing
    SKIPPED = "skipped"  # was not looked at, `text` says why
    BROKEN = "broken"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    fault: `route` where no usable reply came, `parser` where one came that cannot be read. seconds:
    how long the host took, waiting for its turn aside. exit_code: of the command if it is broken.
    """

    name: str
    state: State
    text: str
    hint: str = ""
    host: str = ""
    fault: str = ""
    seconds: float | None = None
    exit_code: int = 1


@dataclass(frozen=True)
class Diagnosis:
    """Every check, in order."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0, or that of the first thing that is broken."""
        return next((c.exit_code for c in self.checks if c.state is State.BROKEN), 0)


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
            net = _Listening(transport or _net(clock, hosts), clock)
            with closing(open_state(paths.state)) as db, closing(net):
                yield from _sources(paths, db, clock, policies, net, market, stop)
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


# -- sources --------------------------------------------------------------------------------------


def _sources(
    paths: Paths,
    db: sqlite3.Connection,
    clock: Clock,
    policies: Mapping[str, HostPolicy],
    net: _Listening,
    market: Market | None,
    stop: Callable[[], bool] | None,
) -> Iterator[Check]:
    tables = {
        name: market.table(name).collect() if market else empty(name)
        for name in ("companies", "prices")
    }
    accepted = terms_accepted(paths)
    for probe in probes(tables, in_india(clock.now()).date()):
        if probe.host == SCREENER_HOST and not accepted:
            yield Check(
                probe.source, State.SKIPPED, "its terms were not accepted yet",
                "`kasauti refresh` asks for it.", probe.host,
            )  # fmt: skip
            continue
        # A session of its own, so that three closed doors do not keep the others from being seen.
        session = PoliteSession(
            Polite(
                db=db, state_path=paths.state, cache=paths.cache / "http", transport=net,
                clock=clock, policies=policies, stop=stop,
            )
        )  # fmt: skip
        check = _probed(session, probe, net)
        text = f"{probe.what}: {check.text}"
        yield replace(check, name=probe.source, host=probe.host, text=text)


def _probed(session: PoliteSession, probe: Probe, net: _Listening) -> Check:
    """What one request brought."""
    net.seconds = None
    try:
        document = session.get(probe.url, probe.kind, immutable=probe.dated, payload=probe.payload)
        text = probe.read(document.body, document.final_url)
        session.keep(document)
    except HostClosed as err:
        return Check("", State.NOTE, err.message, err.hint, fault="route")
    except RefusedError as err:
        return Check("", State.NOTE, err.message, err.hint, fault="route")
    except LayoutError as err:
        return _broken("parser", err, net.seconds)
    except NotThere as err:
        if probe.dated:
            return Check("", State.NOTE, f"{err.message}; it may come later", seconds=net.seconds)
        return _broken("route", err, net.seconds)
    except SourceError as err:
        return _broken("route", err, net.seconds)
    stored = "" if net.seconds is not None else ", stored before"
    return Check("", State.OK, f"{text}{stored}", seconds=net.seconds)


def _broken(fault: str, err: SourceError, seconds: float | None) -> Check:
    hint = err.hint
    if isinstance(err, NoReply) and err.offline:
        hint = err.hint or "Is this machine connected to the internet?"
    return Check(
        "", State.BROKEN, f"{fault}: {err.message}", hint, fault=fault, seconds=seconds,
        exit_code=_SOURCE_FAILED,
    )  # fmt: skip


class _Listening:
    """A transport that notes how long a host took and what time it says it is."""

    def __init__(self, inner: Transport, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self._differences: dict[str, float] = {}
        self.seconds: float | None = None

    def send(self, request: Request) -> Reply:
        """The reply."""
        started = self._clock.monotonic()
        reply = self._inner.send(request)
        self.seconds = self._clock.monotonic() - started
        try:
            theirs = email.utils.parsedate_to_datetime(reply.headers.get("date", ""))
            difference = (self._clock.now() - theirs).total_seconds()
            self._differences[urlsplit(request.url).netloc] = difference
        except (ValueError, TypeError):
            pass
        return reply

    def clock_check(self) -> Check:
        """How far this machine's clock is off, by what most hosts say."""
        now = in_india(self._clock.now())
        if not self._differences:
            return Check("clock", State.SKIPPED, f"{now:%d %b %Y %H:%M} IST; no host told the time")
        middle = sorted(self._differences.values())[len(self._differences) // 2]
        text = f"{now:%d %b %Y %H:%M} IST, {abs(middle):,.0f} s from what hosts say"
        if abs(middle) > CLOCK_MAY_DIFFER_S:
            hint = "Set the clock: pages would be dated wrongly, and doors stay closed too long."
            return Check("clock", State.BROKEN, text, hint)
        return Check("clock", State.OK, text)

    def close(self) -> None:
        """Close the connections, if there are any."""
        close = getattr(self._inner, "close", None)
        if close:
            close()


class _Mapped(HostMap):
    """Stand-ins for hosts, over a net that is closed with them."""

    def __init__(self, net: RequestsTransport, hosts: Mapping[str, str]) -> None:
        super().__init__(net, hosts)
        self._net = net

    def close(self) -> None:
        """Close the connections."""
        self._net.close()


def _net(clock: Clock, hosts: Mapping[str, str] | None) -> Transport:
    net = RequestsTransport(clock)
    return _Mapped(net, hosts) if hosts is not None else net


def _first_line(err: BaseException) -> str:
    return (err.message if isinstance(err, KasautiError) else str(err)).partition("\n")[0]
