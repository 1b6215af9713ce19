"""The doctor's questions to each source: one request, and whose fault it is where it fails."""

from __future__ import annotations

import datetime as dt
import email.utils
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from scrapers.checks import Check, State
from scrapers.circuit import HostClosed
from scrapers.clock import Clock, in_india
from scrapers.consent import terms_accepted
from scrapers.context import Context
from scrapers.estimates import moneycontrol, yahoo
from scrapers.estimates.optional import OPTIONAL, turned_on
from scrapers.hosts import SCREENER_HOST, HostPolicy
from scrapers.probes import Probe, largest, probes
from scrapers.session import NotThere, Polite, PoliteSession
from scrapers.transport import HostMap, NoReply, Reply, Request, RequestsTransport, Transport
from screener.errors import LayoutError, RefusedError, SourceError
from screener.market.schema import empty
from screener.market.store import Market
from screener.paths import Paths

CLOCK_MAY_DIFFER_S: Final = 300.0
_SOURCE_FAILED: Final = 5


def probed_sources(
    paths: Paths,
    db: sqlite3.Connection,
    clock: Clock,
    policies: Mapping[str, HostPolicy],
    net: Listening,
    market: Market | None,
    stop: Callable[[], bool] | None,
    *,
    stand_ins: bool,
) -> Iterator[Check]:
    """A check for each source; a company page only where its terms were accepted.

    stand_ins: other addresses stand in for the hosts.
    """
    tables = {
        name: market.table(name).collect() if market else empty(name)
        for name in ("companies", "prices")
    }
    today = in_india(clock.now()).date()

    def session() -> PoliteSession:
        # One for each probe, so that three closed doors do not keep the others from being seen.
        return PoliteSession(
            Polite(
                db=db, state_path=paths.state, cache=paths.cache / "http", transport=net,
                clock=clock, policies=policies, stop=stop,
            )
        )  # fmt: skip

    accepted = terms_accepted(paths)
    for probe in probes(tables, today, session().stored):
        if probe.host == SCREENER_HOST and not accepted:
            yield Check(
                probe.source, State.SKIPPED, "its terms were not accepted yet",
                "`kasauti refresh` asks for it.", probe.host,
            )  # fmt: skip
            continue
        yield _probed(session(), probe, net)
    on = turned_on(db)
    company = largest(tables["companies"])
    for name in OPTIONAL:
        if name not in on:
            yield Check(
                name, State.SKIPPED, "off",
                f"`kasauti sources on {name}` shows what to know before it is asked.",
            )  # fmt: skip
        elif name == moneycontrol.SOURCE:
            yield _moneycontrol(session(), company, today, net)
        else:
            yield _yahoo(Context(paths, db, session(), clock, tables, stand_ins=stand_ins), company)


def _moneycontrol(
    session: PoliteSession, company: tuple[str, str], today: dt.date, net: Listening
) -> Check:
    try:
        probe = moneycontrol.probe(session, *company, today)
    except SourceError as err:  # what is on file cannot be read
        return replace(_broken("parser", err, None), name=moneycontrol.SOURCE)
    return _probed(session, probe, net)


def _yahoo(context: Context, company: tuple[str, str]) -> Check:
    """What one question to Yahoo brought; it is asked through yfinance, not through the session."""
    started = context.clock.monotonic()

    def asked() -> str:
        return yahoo.asked_once(context, f"{company[0]}.NS")

    check = _outcome(asked, lambda: context.clock.monotonic() - started)
    return replace(check, name=yahoo.SOURCE, host=yahoo.HOST)


def _probed(session: PoliteSession, probe: Probe, net: Listening) -> Check:
    """What one request brought."""
    net.seconds = None

    def asked() -> str:
        document = session.get(probe.url, probe.kind, immutable=probe.dated, payload=probe.payload)
        text = probe.read(document.body, document.final_url)
        session.keep(document)
        return text if net.seconds is not None else f"{text}, stored before"

    check = _outcome(asked, lambda: net.seconds, dated=probe.dated)
    text = f"{probe.what}: {check.text}"
    return replace(check, name=probe.source, host=probe.host, text=text)


def _outcome(
    ask: Callable[[], str], seconds: Callable[[], float | None], *, dated: bool = False
) -> Check:
    """How a question ended: its answer, or what went wrong and whose fault it is."""
    try:
        text = ask()
    except (HostClosed, RefusedError, yahoo.TooMany) as err:
        return Check("", State.NOTE, err.message, err.hint, fault="route")
    except LayoutError as err:
        return _broken("parser", err, seconds())
    except NotThere as err:
        if dated:
            return Check("", State.NOTE, f"{err.message}; it may come later", seconds=seconds())
        return _broken("route", err, seconds())
    except SourceError as err:
        return _broken("route", err, seconds())
    return Check("", State.OK, text, seconds=seconds())


def _broken(fault: str, err: SourceError, seconds: float | None) -> Check:
    hint = err.hint
    if isinstance(err, NoReply) and err.offline:
        hint = err.hint or "Is this machine connected to the internet?"
    return Check(
        "", State.BROKEN, f"{fault}: {err.message}", hint, fault=fault, seconds=seconds,
        exit_code=_SOURCE_FAILED,
    )  # fmt: skip


class Listening:
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


def net_of(clock: Clock, hosts: Mapping[str, str] | None) -> Transport:
    """The way out; hosts: stand-ins, host → base address."""
    net = RequestsTransport(clock)
    return _Mapped(net, hosts) if hosts is not None else net
