"""What tests against hostile hosts share: an address that answers badly, and what must then hold.

A refresh that follows another one starts from what is on disk alone, as a new process would.
"""

from __future__ import annotations

import itertools

from scrapers.hosts import NSE_HOST
from scrapers.nse import EQUITY_LIST_URL, bhavcopy_url
from scrapers.report import Summary, Tally
from tests.replay.faults import Change, Faults
from tests.replay.server import Answer, Asked
from tests.scrapers.made_market import ISIN, TODAY, Machine

HOUR = 3600.0
BETA = "/company/BETA/consolidated/"
PRICES = bhavcopy_url(TODAY).partition(NSE_HOST)[2]
LIST = EQUITY_LIST_URL.partition(NSE_HOST)[2]
ROBOTS = "/robots.txt"


def send(
    made: Machine, path: str, change: str | Answer | Change, times: float = float("inf")
) -> None:
    """Let the address answer badly so many times."""
    named = Faults(made.site, made.clock).named
    answered = 0

    def fault(asked: Asked, answer: Answer) -> Answer:
        nonlocal answered
        if asked.path != path or answered >= times:
            return answer
        answered += 1
        if isinstance(change, Answer):
            return change
        return (named(change) if isinstance(change, str) else change)(asked, answer)

    made.server.faults[:] = [fault]


def moments(made: Machine, path: str) -> list[float]:
    """When the address was asked for."""
    return [entry.at for entry in made.server.log if entry.path == path]


def gaps(made: Machine, path: str) -> list[float]:
    """The seconds between two requests for the address."""
    at = moments(made, path)
    return [round(b - a, 3) for a, b in itertools.pairwise(at)]


def pages(summary: Summary) -> Tally:
    return summary.sources["screener.in"]


def prices(summary: Summary) -> Tally:
    return summary.sources["nse"]


def check_whole(made: Machine, *symbols: str) -> None:
    """The market holds the right figures of these companies and nothing of others."""
    facts = made.market.table("facts").collect()
    assert set(facts["isin"]) == {ISIN[symbol] for symbol in symbols}
    for symbol in symbols:
        sales = made.facts(symbol, line="sales", kind="annual")
        assert sales["value"].to_list() == [100000, 120000, 144000.5], symbol


def check_left_alone(made: Machine, host: str, seconds: float, why: str) -> None:
    """A new process asks the host nothing until so long after its last reply, and then asks."""
    asked = made.clock.elapsed
    made.server.faults.clear()
    while made.clock.elapsed + HOUR / 4 < asked + seconds - HOUR / 20:
        made.clock.pass_time(seconds=min(HOUR * 3, asked + seconds - made.clock.elapsed - HOUR / 8))
        summary = made.refresh()
        assert made.server.paths(host) == []
        told = [t.stopped for t in summary.sources.values() if t.host == host and t.stopped]
        assert told
        assert all("left alone until" in text and why in text for text in told)
    made.clock.pass_time(seconds=asked + seconds - made.clock.elapsed + HOUR / 4)
    made.refresh()
    assert made.server.paths(host)
