"""Optional estimate sources: off at first, read by what a reply holds, every reading kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from scrapers.estimates import moneycontrol, optional, yahoo
from scrapers.estimates.snapshots import merged_estimates
from scrapers.hosts import MONEYCONTROL_API_HOST, MONEYCONTROL_HOST
from screener.errors import LayoutError, RefusedError, UnknownName
from screener.fields.catalogue import compute
from screener.market.schema import conform, empty
from screener.paths import Paths
from tests.scrapers.made_market import ISIN, TODAY, Machine, machine, publish_quickly

REAL_DOOR = yahoo.YfinanceDoor
YEAR, NEXT = dt.date(2027, 3, 31), dt.date(2028, 3, 31)


def trend(eps: float = 20.0, up: str = "upLast30days", **changes: Any) -> list[dict[str, Any]]:
    """A made reply in the module's shape; quarters come first and are not years."""

    def item(period: str, end: dt.date, mean: float) -> dict[str, Any]:
        return {
            "period": period,
            "endDate": end.isoformat(),
            "earningsEstimate": {
                "avg": mean, "low": mean - 1, "high": {"raw": mean + 1, "fmt": "x"},
                "numberOfAnalysts": 4, "earningsCurrency": "INR",
            },
            "revenueEstimate": {"avg": 5e9, "low": {}, "high": None, "numberOfAnalysts": 3},
            "epsTrend": {"current": mean, "7daysAgo": mean - 1, "30daysAgo": {}, "90daysAgo": 9},
            "epsRevisions": {up: 2, "downLast30days": 1, "downLast7Days": 0},
            **changes,
        }  # fmt: skip

    return [
        item("0q", dt.date(2026, 6, 30), 4),
        item("0y", YEAR, eps),
        item("+1y", NEXT, eps + 5),
    ]


class FakeDoor:
    """Yahoo as a test wants it."""

    def __init__(self, stand_ins: bool) -> None:
        pass

    replies: dict[str, Any]
    asked: list[str]
    pages: list[list[str]]

    def covered(self, offset: int) -> Mapping[str, Any]:
        FakeDoor.asked.append(f"page {offset}")
        page = self.pages[offset // yahoo.PAGE]
        quotes = [{"symbol": s.strip("-"), "epsForward": None if "-" in s else 1.0} for s in page]
        return {"total": yahoo.PAGE * len(self.pages), "quotes": quotes}

    def trend(self, symbol: str) -> Any:
        FakeDoor.asked.append(symbol)
        reply = self.replies.get(symbol)
        if isinstance(reply, Exception):
            raise reply
        return reply


@pytest.fixture
def made(made: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with Yahoo turned on, which covers ALPHA and BETA."""
    FakeDoor.asked = []
    FakeDoor.pages = [["ALPHA.NS", "GAMMA.NS-"], ["BETA.NS", "UNKNOWN.NS"]]
    FakeDoor.replies = {"ALPHA.NS": trend(), "BETA.NS": trend(8.0)}
    monkeypatch.setattr(yahoo, "YfinanceDoor", FakeDoor)
    optional.turn_on(made.paths, "yahoo", made.clock)
    return made


def estimates(one: Machine, **where: Any) -> pl.DataFrame:
    held = one.market.table("estimates").collect().sort("isin", "metric", "fy_end", "as_of")
    return held.filter(*(pl.col(k) == v for k, v in where.items()))


def test_nothing_is_asked_until_it_is_turned_on(
    tmp_path: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_quickly(monkeypatch)
    assert optional.enabled(paths) == frozenset()
    optional.turn_on(paths, "Yahoo")
    assert optional.enabled(paths) == {"yahoo"}
    optional.turn_off(paths, "yahoo")
    assert optional.enabled(paths) == frozenset()
    with pytest.raises(UnknownName, match="yahoo"):
        optional.turn_on(paths, "yaho")
    with machine(tmp_path) as one:
        assert "yahoo" not in one.refresh().sources


def test_a_notice_that_changes_is_shown_again(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    optional.turn_on(paths, "yahoo")
    later = {**optional.OPTIONAL, "yahoo": optional.Optional("yahoo", "", "", "other words")}
    monkeypatch.setattr(optional, "OPTIONAL", later)
    assert optional.enabled(paths) == frozenset()


def test_only_covered_companies_are_asked(made: Machine) -> None:
    summary = made.refresh()
    assert FakeDoor.asked == ["page 0", "page 250", "ALPHA.NS", "BETA.NS"]
    assert summary.sources["yahoo"].fetched == 2
    now = estimates(made, isin=ISIN["ALPHA"], as_of=TODAY)
    eps = now.filter(metric="eps").select("fy_end", "mean", "low", "high", "analysts").rows()
    assert eps == [(YEAR, 20.0, 19.0, 21.0, 4), (NEXT, 25.0, 24.0, 26.0, 4)]
    assert now.filter(metric="eps", fy_end=YEAR).select("up_30d", "down_30d").row(0) == (2, 1)
    assert now.filter(metric="revenue")["mean"].unique().to_list() == [500.0]
    earlier = estimates(made, isin=ISIN["ALPHA"], fy_end=YEAR, metric="eps")["as_of"].to_list()
    assert earlier == [TODAY - dt.timedelta(days=d) for d in (90, 7, 0)]
    assert estimates(made, isin=ISIN["GAMMA"]).is_empty()
    fields = compute(made.panel)
    row = fields.row(by_predicate=pl.col("isin") == ISIN["GAMMA"], named=True)
    assert row["analysts"] == 0, "no coverage is a value"


def test_within_a_week_nothing_is_asked_again(made: Machine) -> None:
    made.refresh()
    FakeDoor.asked = []
    made.clock.pass_time(days=3)
    made.refresh()
    assert FakeDoor.asked == []
    made.clock.pass_time(days=5)
    made.refresh()
    assert "ALPHA.NS" in FakeDoor.asked


def test_every_reading_is_kept_so_revisions_appear_from_them(made: Machine) -> None:
    for mean in (20.0, 22.0, 26.0, 30.0):
        FakeDoor.replies["ALPHA.NS"] = trend(mean, epsTrend={})
        made.refresh()
        made.clock.pass_time(days=32)
    held = estimates(made, isin=ISIN["ALPHA"], fy_end=YEAR, metric="eps")
    assert held["mean"].to_list() == [20.0, 22.0, 26.0, 30.0]
    row = made.panel.row(by_predicate=pl.col("isin") == ISIN["ALPHA"], named=True)
    assert [row[f"est_eps1_{d}d"] for d in (30, 60, 90)] == [26.0, 22.0, 20.0]


def test_too_many_ends_the_night_and_what_came_is_kept(made: Machine) -> None:
    FakeDoor.replies["BETA.NS"] = yahoo.TooMany("Yahoo wants no more requests tonight.")
    summary = made.refresh()
    assert "no more requests" in summary.sources["yahoo"].stopped
    assert set(estimates(made)["isin"]) == {ISIN["ALPHA"]}
    FakeDoor.asked = []
    made.clock.pass_time(hours=2)
    made.refresh()
    assert FakeDoor.asked == []
    FakeDoor.replies["BETA.NS"] = trend()
    made.clock.pass_time(hours=12)
    made.refresh()
    assert FakeDoor.asked == ["BETA.NS"]


def test_requests_are_paced(made: Machine) -> None:
    moments: list[float] = []
    covered = FakeDoor.covered
    trend_of = FakeDoor.trend

    def timed(call: Any) -> Any:
        def asked(self: FakeDoor, what: Any) -> Any:
            moments.append(made.clock.elapsed)
            return call(self, what)

        return asked

    FakeDoor.covered, FakeDoor.trend = timed(covered), timed(trend_of)  # type: ignore[method-assign]
    try:
        made.refresh()
    finally:
        FakeDoor.covered, FakeDoor.trend = covered, trend_of  # type: ignore[method-assign]
    gaps = [b - a for a, b in pairwise(moments)]
    assert len(moments) == 4
    assert min(gaps) >= 2.5


def test_a_missing_package_is_said_and_stops_nothing_else(
    made: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(stand_ins: bool) -> None:
        raise RefusedError("Estimates from Yahoo need the package yfinance.", "pip install …")

    monkeypatch.setattr(yahoo, "YfinanceDoor", missing)
    summary = made.refresh()
    assert "need the package" in summary.sources["yahoo"].stopped
    assert made.market.companies.height == 3


def test_it_is_left_out_where_other_addresses_stand_in_for_the_hosts(
    made: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yahoo, "YfinanceDoor", REAL_DOOR)
    assert "yfinance knows of none" in made.refresh().sources["yahoo"].stopped


@pytest.mark.parametrize("key", ["upLast30days", "UPLAST30DAYS", "uplast30Days"])
def test_keys_are_compared_without_case(key: str) -> None:
    rows = yahoo.parse_trend(trend(up=key), "X", TODAY)
    assert rows.filter(metric="eps", fy_end=YEAR, as_of=TODAY)["up_30d"].to_list() == [2]


def test_another_currency_is_refused_and_an_empty_reply_is_no_estimate() -> None:
    foreign = trend(earningsEstimate={"avg": 1, "numberOfAnalysts": 2, "earningsCurrency": "USD"})
    with pytest.raises(LayoutError, match="USD"):
        yahoo.parse_trend(foreign, "X", TODAY)
    none = trend(
        earningsEstimate={"avg": 0, "numberOfAnalysts": 0}, revenueEstimate={}, epsTrend={}
    )
    assert yahoo.parse_trend(none, "X", TODAY).is_empty()
    assert yahoo.parse_trend([], "X", TODAY).is_empty()


json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.just("0y"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["period", "endDate", "earningsEstimate", "avg", "epsTrend"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.lists(json_like, max_size=3))
def test_any_reply_is_estimates_or_a_layout_error(reply: Any) -> None:
    try:
        rows = yahoo.parse_trend(reply, "X", TODAY)
    except LayoutError:
        return
    assert set(rows["source"]) <= {"yahoo"}


def rows_of(*items: tuple[int, float], source: str = "yahoo") -> pl.DataFrame:
    made = [
        {
            "isin": "X", "fy_end": YEAR, "metric": "eps", "mean": mean, "source": source,
            "as_of": TODAY - dt.timedelta(days=days),
        }
        for days, mean in items
    ]  # fmt: skip
    return conform("estimates", pl.DataFrame(made)) if made else empty("estimates")


def test_a_look_back_never_replaces_what_was_read_then() -> None:
    held = rows_of((31, 10.0), (400, 7.0))
    merged = merged_estimates(held, [rows_of((0, 12.0), (30, 11.0), (60, 9.0))], TODAY)
    means = dict(merged.select((pl.lit(TODAY) - pl.col("as_of")).dt.total_days(), "mean").rows())
    assert means == {400: 7.0, 31: 10.0, 60: 9.0, 0: 12.0}
    assert merged_estimates(merged, [rows_of((0, 12.0))], TODAY).height == 4
    assert merged_estimates(rows_of((1200, 1.0)), [rows_of((0, 2.0))], TODAY).height == 1


class Canned(requests.adapters.BaseAdapter):
    """Answers yfinance's requests in the shapes Yahoo uses."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def send(self, request: Any, **_: Any) -> requests.Response:  # type: ignore[override]
        self.asked.append(f"{request.method} {request.path_url.partition('?')[0]}")
        body: Any = {}
        reply = requests.Response()
        reply.status_code = 200
        if "getcrumb" in request.url:
            body = "crumb"
        elif "screener" in request.url:
            body = {"finance": {"result": [{"total": 1, "quotes": [{"symbol": "ALPHA.NS"}]}]}}
        elif "NONE.NS" in request.url:
            reply.status_code = 404
        elif "BUSY.NS" in request.url:
            reply.status_code = 429
        elif "quoteSummary" in request.url:
            body = {"quoteSummary": {"result": [{"earningsTrend": {"trend": trend()}}]}}
        reply._content = (body if isinstance(body, str) else json.dumps(body)).encode()
        reply.url, reply.request = request.url, request
        reply.raw = None
        return reply

    def close(self) -> None:
        pass


@pytest.fixture
def through_yfinance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Canned]:
    """The real package on a session that never leaves this process."""
    data = pytest.importorskip("yfinance.data")
    import yfinance

    yfinance.set_tz_cache_location(str(tmp_path))
    adapter = Canned()
    with requests.Session() as session:
        session.mount("https://", adapter)
        held = data.YfData(session=session)
        monkeypatch.setattr(held, "_session", session)
        yield adapter


def test_the_real_package_asks_and_answers_as_expected(through_yfinance: Canned) -> None:
    door = yahoo.YfinanceDoor()
    assert door.covered(0)["quotes"] == [{"symbol": "ALPHA.NS"}]
    assert yahoo.parse_trend(door.trend("ALPHA.NS") or [], "X", TODAY).height > 3
    assert door.trend("NONE.NS") is None
    with pytest.raises(yahoo.TooMany):
        door.trend("BUSY.NS")
    assert "POST /v1/finance/screener" in through_yfinance.asked


# Moneycontrol


def found(symbol: str, isin: str, code: str) -> dict[str, str]:
    return {
        "pdt_dis_nm": f"{symbol.title()} Ltd <span>{isin}, {symbol}, 500001</span>",
        "sc_id": code,
    }


def forecast(**years: float) -> dict[str, Any]:
    items = [{"heading": year, "avg": mean, "actual": ""} for year, mean in years.items()]
    past = {"heading": "FY2025", "avg": 3, "actual": 4}
    return {"success": 1, "data": {"eps": [past, *items], "revenue": [], "netProfit": []}}


def test_moneycontrol_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_quickly(monkeypatch)
    with machine(tmp_path) as one:
        optional.turn_on(one.paths, "moneycontrol", one.clock)
        pages = one.site.pages

        def put(url: str, host: str, reply: Any) -> None:
            pages[host, url.partition(host)[2]] = json.dumps(reply).encode()

        for symbol, code in (("ALPHA", "A1"), ("BETA", "B1")):
            others = [found("ALPHABET", "INE000000000", "Z9")]
            put(
                moneycontrol.search_url(symbol),
                MONEYCONTROL_HOST,
                [*others, found(symbol, ISIN[symbol], code)],
            )
        put(moneycontrol.search_url("GAMMA"), MONEYCONTROL_HOST, [found("GAMMON", "X", "Z8")])
        put(
            moneycontrol.forecast_url("A1", "C"), MONEYCONTROL_API_HOST,
            forecast(FY2027=12.5, FY2028=14),
        )  # fmt: skip
        put(moneycontrol.forecast_url("B1", "C"), MONEYCONTROL_API_HOST, {"success": 0, "data": []})
        put(moneycontrol.forecast_url("B1", "S"), MONEYCONTROL_API_HOST, forecast(**{"Mar '27": 7}))
        summary = one.refresh().sources["moneycontrol"]
        held = estimates(one, source="moneycontrol")
        assert held.select("isin", "fy_end", "mean").rows() == [
            (ISIN["ALPHA"], YEAR, 12.5),
            (ISIN["ALPHA"], NEXT, 14.0),
            (ISIN["BETA"], YEAR, 7.0),
        ]
        assert (summary.fetched, summary.absent) == (2, 1)
        one.server.asked.clear()
        one.refresh()
        assert not one.server.paths(MONEYCONTROL_API_HOST)


def test_a_forecast_that_does_not_say_its_year_is_refused() -> None:
    body = json.dumps({"success": 1, "data": {"eps": [{"when": "soon", "avg": 3}]}}).encode()
    with pytest.raises(LayoutError, match="when, avg"):
        moneycontrol.parse_forecast(body, "X", TODAY)
