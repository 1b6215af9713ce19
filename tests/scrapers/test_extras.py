"""A refresh with BSE, its filings, delivery and index histories, against the replay server."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from scrapers import bse, bse_filings, delivery, extras, filed, niftyindices
from scrapers.delivery import delivery_url
from scrapers.hosts import BSE_API_HOST, BSE_HOST, NIFTY_HOST, NSE_HOST, POLICIES, SCREENER_HOST
from scrapers.refresh import SOURCES
from tests.replay.server import Answer, Asked
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_filings import (
    CRORE,
    bse_list,
    bse_prices,
    calendar,
    context,
    delivery_file,
    filing_list,
    filing_row,
    history,
    inline,
    quarter_document,
    xbrl,
)
from tests.scrapers.made_market import ISIN, TODAY, Machine

DAY = dt.timedelta(days=1)
ALONE = made_isin(55)
HERE = ("nse", *extras.SOURCES)
SHELL = b"<!DOCTYPE html><html><head></head><body><app-root></app-root></body></html>"
QUARTER_END = dt.date(2026, 6, 30)
SMALL = "Nifty Smallcap 250"


class Bse:
    """What the made market serves beside NSE."""

    def __init__(self, made: Machine) -> None:
        self.pages = made.site.pages
        self.shares(("500111", ISIN["ALPHA"]), ("500222", ALONE))
        for day in (TODAY, TODAY - DAY):
            self.prices(day, ("500111", ISIN["ALPHA"], 99.0), ("500222", ALONE, 50.0))
            rows = [(symbol, "EQ", f"{40 + i}.5") for i, symbol in enumerate(ISIN)]
            self._put(delivery_url(day), delivery_file(day, *rows))
        self._put(bse.CALENDAR_URL, calendar(("500111", "21 Jul 2026"), ("999999", "21 Jul 2026")))
        self.filings(
            filing_row("500111", "MQ2025-2026", "2026-06-29T18:05:11", "F/alone.html", "F/a.html")
        )
        self.document("F/a.html", quarter_document())

    def shares(self, *shares: tuple[str, ...]) -> None:
        self._put(bse.list_url("Active"), bse_list(*shares))
        self._put(bse.list_url("Suspended"), bse_list(("501999", made_isin(98))))

    def prices(self, day: dt.date, *shares: tuple[str, str, float]) -> None:
        self._put(bse.prices_url(day), bse_prices(day, shares))

    def filings(self, *rows: dict[str, Any], code: str = "") -> None:
        self._put(bse.filings_url(code, 7 if code else 4), filing_list(*rows))

    def document(self, name: str, body: bytes) -> None:
        self.pages[BSE_HOST, f"/XBRLFILES/{name}"] = body

    def _put(self, url: str, body: bytes) -> None:
        host, _, path = url.removeprefix("https://").partition("/")
        self.pages[host, f"/{path}"] = body


@pytest.fixture
def made(made: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(niftyindices, "HISTORIES", (SMALL,))
    return made


@pytest.fixture
def site(made: Machine) -> Bse:
    served = Bse(made)
    # The quarter of the made document ends on this very day; its list says so.
    served.filings(
        filing_row("500111", "JQ2026-2027", "2026-06-29T18:05:11", "F/alone.html", "F/a.html")
    )
    return served


def rows(made: Machine, table: str, *columns: str, **where: Any) -> list[tuple[Any, ...]]:
    frame = made.market.table(table).collect().filter(*(pl.col(k) == v for k, v in where.items()))
    return frame.select(columns).rows()


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


def test_a_filing_gives_an_event_and_figures_known_since_its_broadcast(made, site):
    summary = made.refresh(sources=HERE)
    assert summary.sources[filed.SOURCE].fetched == 1
    ((day, period, told),) = rows(made, "events", "date", "period_end", "broadcast_at",
                                  kind="result")  # fmt: skip
    assert (day, period) == (dt.date(2026, 6, 29), QUARTER_END)
    assert told == dt.datetime(2026, 6, 29, 12, 35, 11)  # in UTC
    facts = made.facts("ALPHA", source=filed.SOURCE)
    assert set(facts["known_at"]) == {TODAY}
    assert set(facts["known_basis"]) == {"broadcast"}
    assert dict(facts.select("line", "value").iter_rows())["net_profit"] == 12
    # The consolidated document is read where there is one.
    assert made.server.paths(BSE_HOST).count("/XBRLFILES/F/a.html") == 1
    assert "/XBRLFILES/F/alone.html" not in made.server.paths(BSE_HOST)


def test_a_figure_known_by_broadcast_is_in_the_market_of_that_day(whole, monkeypatch):
    monkeypatch.setattr(niftyindices, "HISTORIES", ())
    site = Bse(whole)
    site.filings(filing_row("500111", "JQ2026-2027", "2026-06-29T18:05:11", "F/a.html"))
    whole.refresh(sources=HERE)
    sales = pl.col("symbol") == "ALPHA"
    assert whole.market.panel.filter(sales)["sales@q0"].to_list() == [120.0]
    before = whole.market.as_of(TODAY - DAY)
    assert before.panel.filter(sales)["sales@q0"].to_list() == [None]


def test_pages_and_filings_tell_a_figure_once(made, site):
    """The pages' last quarter, as the made pages print it, is filed exactly."""
    made.refresh(sources=("nse", "screener.in"))
    quarters = made.facts("ALPHA", kind="quarter", line="sales").sort("period_end")
    end, printed = quarters["period_end"][-1], quarters["value"][-1]
    assert quarters["known_basis"][-1] == "rule"
    name = {3: "M", 6: "J", 9: "S", 12: "D"}[end.month]
    year = end.year - (end.month == 3)
    site.filings(
        filing_row("500111", f"{name}Q{year}-{year + 1}", "2026-05-04T20:00:00", "F/q.xml")
    )
    start = (end.replace(day=1) - dt.timedelta(days=45)).replace(day=1)
    body = quarter_document(sales=printed + 0.04, profit=12.0)
    for old, new in ((str(QUARTER_END), str(end)), ("2026-04-01", str(start))):
        body = body.replace(old.encode(), new.encode())
    site.document("F/q.xml", body)
    made.refresh(sources=(*HERE, "screener.in"))
    found = made.facts("ALPHA", kind="quarter", line="sales", period_end=end)
    assert found.select("value", "known_at", "known_basis", "source").rows() == [
        (printed + 0.04, dt.date(2026, 5, 5), "broadcast", filed.SOURCE)
    ]
    margin = made.facts("ALPHA", kind="quarter", line="opm", period_end=end)
    assert margin["known_at"].to_list() == [dt.date(2026, 5, 5)]


def test_histories_of_a_company_are_asked_only_where_it_is_named(made, site):
    old = [filing_row("500111", f"{q}Q2025-2026", f"2026-01-{day}T10:00:00", f"F/{q}.html")
           for q, day in (("J", 10), ("S", 11), ("D", 12))]  # fmt: skip
    site.filings(*old, code="500111")
    made.refresh(sources=HERE)
    assert not any("SCRIP_CD=500111" in path for path in made.server.paths(BSE_API_HOST))
    made.clock.pass_time(days=1)
    made.refresh(sources=HERE, only=["ALPHA"])
    assert any("SCRIP_CD=500111" in path for path in made.server.paths(BSE_API_HOST))
    asked = [path for path in made.server.paths(BSE_HOST) if "XBRL" in path]
    assert asked == ["/XBRLFILES/F/D.html", "/XBRLFILES/F/S.html", "/XBRLFILES/F/J.html"]


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


def test_a_document_of_another_company_is_refused(made, site):
    site.document("F/a.html", quarter_document(code="500999"))
    tally = made.refresh(sources=HERE).sources[filed.SOURCE]
    assert "not of ALPHA" in tally.refused[0].reason
    assert made.market.table("facts").collect().is_empty()


def test_a_document_in_another_unit_is_refused(made, site):
    made.refresh(sources=("nse", "screener.in"))
    usual = float(made.facts("ALPHA", kind="quarter", line="sales")["value"].median())
    site.document("F/a.html", quarter_document(sales=usual * 1e3))
    tally = made.refresh(sources=HERE).sources[filed.SOURCE]
    assert "its unit is in doubt" in tally.failed[0].reason


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


@pytest.mark.parametrize("where", ["file", "host"])
def test_a_document_with_an_external_entity_is_refused_and_loads_nothing(
    made, site, tmp_path, where
):
    secret = tmp_path / "secret.txt"
    secret.write_text("Confidential Works Limited")
    address = secret.as_uri() if where == "file" else f"{made.server.address}/secret.dtd"
    body = quarter_document().replace(b"Made Works Limited", b"&e;")
    head, rest = body.split(b"\n", 1)
    entity = f'<!DOCTYPE x SYSTEM "{address}" [<!ENTITY e SYSTEM "{address}">]>'.encode()
    site.document("F/a.html", head + entity + rest)
    (miss,) = made.refresh(sources=HERE).sources[filed.SOURCE].failed
    assert "defines entities" in miss.reason
    assert made.market.table("facts").collect().is_empty()
    assert not [asked for asked in made.server.asked if "secret" in asked.path]


def test_figures_of_a_document_that_cannot_be_right_are_kept_out_and_told(made, site):
    sheet = {"Assets": 900.0, "EquityAndLiabilities": 500.0, "EquityShareCapital": 5.0}

    def with_sheet(contexts: list[str], stated: dict[str, Any], told: dict[str, str]) -> bytes:
        balance = {name: value * CRORE for name, value in sheet.items()}
        contexts = [*contexts, context("OneI", None, QUARTER_END)]
        return xbrl(contexts, {**stated, "OneI": balance}, told)

    site.document("F/a.html", quarter_document(write=with_sheet, profit=4e8))
    summary = made.refresh(sources=HERE)
    facts = made.facts("ALPHA", source=filed.SOURCE)
    assert "sales" in set(facts["line"])
    assert set(facts["line"]).isdisjoint({"total_assets", "equity_capital", "net_profit", "pbt"})
    reasons = {doubt.reason.split(":")[0] for doubt in summary.doubts if doubt.kept_out}
    assert reasons == {"the sheet does not balance", "outside what this line can be"}
    assert set(summary.symbols.values()) == {"ALPHA"}
    made.clock.pass_time(days=1)
    assert not made.refresh(sources=HERE).published  # and they are not read in later


def test_earnings_a_share_follow_a_later_bonus(made, site):
    eps = "BasicEarningsLossPerShareFromContinuingAndDiscontinuedOperations"
    site.document("F/a.html", quarter_document(**{eps: 8.0 / 1e7}))
    made.site.bundle(TODAY, ("ALPHA", str(TODAY), "BONUS 1:1"))
    made.refresh(sources=HERE)
    assert made.facts("ALPHA", line="eps")["value"].to_list() == [4.0]


def test_pages_in_place_of_documents_stop_that_source_alone(made, site):
    codes = [f"5001{i:02}" for i in range(12)]
    site.shares(*((code, made_isin(60 + i)) for i, code in enumerate(codes)))
    site.filings(
        *(filing_row(code, "JQ2026-2027", "2026-06-29T10:00:00", f"F/{code}.html")
          for code in codes)
    )  # fmt: skip
    for code in codes:
        site.document(f"F/{code}.html", SHELL)
    tally = made.refresh(sources=HERE).sources[filed.SOURCE]
    assert "5 documents in a row" in tally.stopped
    assert tally.left == len(codes) - 4
    assert made.market.table("prices").collect()["date"].n_unique() == 2


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


def test_a_page_of_the_shell_among_filings_lists_falls_back_to_today(made, site):
    site._put(bse.filings_url(window=4), b'"No Record Found!"')
    row = filing_row("500111", "JQ2026-2027", "2026-06-30T10:00:00", "F/a.html")
    site._put(bse.filings_url(window=1), filing_list(row))
    made.refresh(sources=HERE)
    assert made.facts("ALPHA", source=filed.SOURCE).height > 5


def test_a_job_names_all_that_reading_it_again_needs():
    wanted = bse_filings.Wanted(ISIN["ALPHA"], "F/a.html", dt.datetime(2026, 6, 29, 18, 5, 11))
    assert bse_filings.Wanted.of_key(wanted.key) == wanted
