"""A refresh with BSE, its filings, delivery and index histories, against the replay server."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest

from scrapers import bse, delivery, extras, niftyindices
from scrapers.delivery import delivery_url
from scrapers.hosts import BSE_API_HOST, BSE_HOST, NIFTY_HOST, NSE_HOST, POLICIES, SCREENER_HOST
from scrapers.refresh import SOURCES
from tests.replay.server import Answer, Asked
from tests.scrapers.made_bse import ALONE, DAY, HERE, SHELL, SMALL, rows
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_filings import (
    calendar,
    delivery_file,
    filing_row,
    history,
    inline,
    quarter_document,
)
from tests.scrapers.made_market import ISIN, TODAY


def answers(asked: Asked, answer: Answer) -> Answer:
    """Answer questions about an index from a made history."""
    if asked.host != NIFTY_HOST or "/BackPage/" not in asked.path:
        return answer
    table = asked.path.rsplit("/", 1)[-1]
    body = (
        history(table, SMALL, ("29 Jun 2026", 1, 3, 1, 2.5), ("02 Jan 2006", 1, 1, 1, 1))
        if table == niftyindices.LEVELS
        else history(table, SMALL, ("29 Jun 2026", "31.5", "4.1", "0.7"), wrapped=True)
    )
    return Answer(body, headers={"Content-Type": "text/html"})


# -- what they add ---------------------------------------------------------------------------------


def test_all_of_them_are_on_unless_left_out():
    assert set(extras.SOURCES) <= set(SOURCES)
    assert {BSE_API_HOST, BSE_HOST, NIFTY_HOST} <= set(POLICIES)


def test_companies_and_prices_of_bse_alone(made, site):
    made.refresh(sources=HERE)
    alone = made.company("500222")
    assert (alone["isin"], alone["source"], alone["status"]) == (ALONE, "bse", "active")
    assert made.company("ALPHA")["bse_code"] == "500111"
    assert made.company("BETA")["bse_code"] is None
    assert rows(made, "prices", "date", "close", "source", isin=ALONE) == [
        (TODAY - DAY, 50.0, "bse"), (TODAY, 50.0, "bse"),
    ]  # fmt: skip
    # Both exchanges trade ALPHA; the price of NSE counts.
    assert set(rows(made, "prices", "close", "source", isin=ISIN["ALPHA"])) == {(100.0, "nse")}
    assert rows(made, "prices", "delivery", isin=ISIN["BETA"]) == [(41.5,), (41.5,)]
    assert rows(made, "prices", "delivery", isin=ALONE) == [(None,), (None,)]


def test_a_second_run_asks_nothing_and_publishes_nothing(made, site):
    made.server.faults.append(answers)
    first = made.refresh(sources=HERE)
    made.clock.pass_time(hours=1)
    second = made.refresh(sources=HERE)
    assert made.server.asked == []
    assert (second.generation, second.published) == (first.generation, False)


def test_company_pages_of_bse_alone_are_asked_by_code(made, site):
    for day in (TODAY, TODAY - DAY):
        site.prices(day, ("500222", ALONE, 100.0))
    made.site.page("500222", symbol="", bse_code="500222", name="Company 500222 Limited")
    made.refresh(sources=(*HERE, "screener.in"))
    assert "/company/500222/consolidated/" in made.pages_asked
    facts = made.market.table("facts").collect().filter(pl.col("isin") == ALONE)
    assert facts.height > 10


def test_meetings_on_results(made, site):
    made.refresh(sources=HERE)
    meeting = (ISIN["ALPHA"], dt.date(2026, 7, 21), "board_meeting")
    assert rows(made, "events", "isin", "date", "kind", kind="board_meeting") == [meeting]
    site._put(bse.CALENDAR_URL, calendar(("500111", "28 Jul 2026")))
    made.clock.pass_time(days=2)
    made.refresh(sources=HERE)
    assert rows(made, "events", "date", kind="board_meeting") == [(dt.date(2026, 7, 28),)]
    site._put(bse.CALENDAR_URL, calendar(("500111", "27 Oct 2026")))
    made.clock.pass_time(days=30)
    made.refresh(sources=HERE)
    assert rows(made, "events", "date", kind="board_meeting") == [
        (dt.date(2026, 7, 28),), (dt.date(2026, 10, 27),),
    ]  # fmt: skip


def test_the_history_of_an_index(made, site):
    made.server.faults.append(answers)
    made.refresh(sources=HERE)
    assert rows(made, "indices", "date", "close", "pe", "pb", index=SMALL) == [
        (dt.date(2006, 1, 2), 1.0, None, None), (dt.date(2026, 6, 29), 2.5, 31.5, 4.1),
    ]  # fmt: skip
    asked = [a for a in made.server.asked if a.host == NIFTY_HOST and a.body]
    assert len(asked) == 2
    question = json.loads(asked[0].body)["cinfo"]
    assert "'startDate':'01-Apr-2005','endDate':'30-Jun-2026'" in question
    assert asked[0].headers["Content-Type"].startswith("application/json")
    made.clock.pass_time(days=91)
    made.refresh(sources=HERE)
    question = json.loads(
        next(a.body for a in made.server.asked if a.host == NIFTY_HOST and a.body)
    )["cinfo"]
    assert "'startDate':'29-Jun-2026'" in question


def test_an_index_without_levels_is_asked_nothing_more_for_a_week(made, site):
    made.refresh(sources=HERE)
    asked = [a for a in made.server.asked if a.host == NIFTY_HOST and a.body]
    assert [a.path.rsplit("/", 1)[-1] for a in asked] == [niftyindices.LEVELS]
    made.clock.pass_time(hours=1)
    made.refresh(sources=HERE)
    assert made.server.asked == []


def test_daily_levels_count_before_histories(made, site):
    made.server.faults.append(answers)
    made.site.levels(TODAY - DAY, f"{SMALL},1,2,0.5,1.5,1,1,5,6,35.07,3.2,.6")
    made.refresh(sources=HERE)
    assert rows(made, "indices", "close", "pe", "source", index=SMALL, date=TODAY - DAY) == [
        (1.5, 35.07, "nse")
    ]


# -- what goes wrong -------------------------------------------------------------------------------


def test_the_next_run_goes_on_where_a_stop_came(made, site):
    site.filings(
        *(
            filing_row(code, "JQ2026-2027", f"2026-06-2{i}T10:00:00", f"F/{i}.html")
            for i, code in enumerate(("500111", "500222"), 1)
        )
    )
    site.document("F/1.html", quarter_document("500111"))
    site.document("F/2.html", quarter_document("500222", write=inline))

    def stop() -> bool:
        return any("XBRLFILES" in path for path in made.server.paths(BSE_HOST))

    assert made.refresh(sources=HERE, stop=stop).interrupted
    facts = made.market.table("facts").collect()
    assert facts["isin"].unique().to_list() == [ALONE]
    made.refresh(sources=HERE)
    asked = [path for path in made.server.paths(BSE_HOST) if "XBRL" in path]
    assert asked == ["/XBRLFILES/F/1.html"]
    assert made.market.table("facts").collect()["isin"].n_unique() == 2


def test_a_lost_market_is_built_from_the_store(made, site):
    made.refresh(sources=HERE)
    before = {t: made.market.table(t).collect() for t in ("facts", "prices", "events")}
    (made.paths.real_market / "CURRENT").unlink()
    made.refresh(sources=HERE)
    fetched = [p for h in (BSE_HOST, NSE_HOST) for p in made.server.paths(h)]
    assert not any(part in path for path in fetched for part in ("XBRL", "BhavCopy_BSE", "full_"))
    for table, frame in before.items():
        assert made.market.table(table).collect().equals(frame), table


def test_files_that_hold_far_less_than_usual_are_not_used(made, site):
    alone = {f"5003{i:02}": made_isin(70 + i) for i in range(4)}
    site.shares(("500111", ISIN["ALPHA"]), *alone.items())
    following = TODAY + DAY
    for day in (TODAY - DAY, TODAY, following):
        traded = list(alone.items())[: 4 if day <= TODAY else 1]
        site.prices(day, *((code, isin, 50.0) for code, isin in traded))
    site._put(delivery_url(following), delivery_file(following, ("ALPHA", "EQ", "40.5")))
    made.refresh(sources=HERE)
    made.site.session(following)
    made.clock.pass_time(days=1)
    sources = made.refresh(sources=HERE).sources
    (prices,) = sources["bse prices"].failed
    (delivered,) = sources[delivery.SOURCE].failed
    assert "holds only 1 shares" in prices.reason
    assert "holds only 1 shares" in delivered.reason
    assert rows(made, "prices", "isin", date=following, source=bse.SOURCE) == []
    assert rows(made, "prices", "delivery", date=following) == [(None,)] * 3


def test_a_holiday_at_bse_is_no_trouble(made, site):
    site.pages[BSE_HOST, bse.prices_url(TODAY).partition(BSE_HOST)[2]] = SHELL
    summary = made.refresh(sources=HERE)
    assert summary.sources["bse prices"].absent == 1
    assert rows(made, "prices", "date", isin=ALONE) == [(TODAY - DAY,)]


def test_robots_are_obeyed_on_every_new_host(made, site):
    for host in (BSE_API_HOST, BSE_HOST, NIFTY_HOST):
        site.pages[host, "/robots.txt"] = b"User-agent: *\nDisallow: /\n"
    summary = made.refresh(sources=HERE)
    for host in (BSE_API_HOST, BSE_HOST, NIFTY_HOST):
        assert set(made.server.paths(host)) <= {"/robots.txt"}
    assert "robots.txt" in summary.sources["bse"].failed[0].reason
    assert made.market.companies.height == 3


@pytest.mark.parametrize(
    "bad",
    [
        Answer(SHELL),
        Answer(b"{}"),
        Answer(b"[]"),
        Answer(b'"No Record Found!"'),
        Answer(b"\x00\xff" * 50),
        Answer(status=403),
        Answer(status=500),
        Answer(drop=True),
        Answer(status=302, headers={"Location": "https://evil.example/"}),
    ],
    ids=["shell", "object", "list", "text", "bytes", "403", "500", "dropped", "elsewhere"],
)
@pytest.mark.parametrize("host", [BSE_API_HOST, BSE_HOST, NIFTY_HOST])
def test_a_failing_host_never_stops_the_others(made, site, host, bad):
    made.server.faults.append(answers)
    made.server.faults.append(
        lambda asked, answer: bad if asked.host == host and "robots" not in asked.path else answer
    )
    made.refresh(sources=(*HERE, "screener.in"))
    assert made.market.table("prices").collect()["date"].n_unique() == 2
    assert made.market.table("facts").collect()["isin"].n_unique() >= 3
    assert made.facts("ALPHA").height > 10
    assert len([path for path in made.server.paths(SCREENER_HOST) if "company" in path]) >= 3


def test_company_pages_are_read_though_every_new_host_is_closed(made, site):
    made.refresh(sources=HERE)
    made.clock.pass_time(days=8)
    made.site.session(TODAY + 8 * DAY)
    new = (BSE_API_HOST, BSE_HOST, NIFTY_HOST)
    made.server.faults.append(
        lambda asked, answer: (
            Answer(status=403) if asked.host in new and "robots" not in asked.path else answer
        )
    )
    made.refresh(sources=(*HERE, "screener.in"))
    assert made.facts("ALPHA", source="screener.in").height > 10


def test_the_pace_of_each_host_is_kept(made, site):
    made.server.faults.append(answers)
    waits: dict[str, list[float]] = {}
    made.refresh(
        sources=HERE,
        on_event=lambda e: (
            waits.setdefault(e.host, []).append(e.waiting_s) if e.waiting_s else None
        ),
    )
    for host in (BSE_API_HOST, NIFTY_HOST):
        assert waits[host]
        assert min(waits[host]) >= POLICIES[host].delay * 0.9
