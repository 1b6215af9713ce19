"""Board meetings and market caps of the exchange's daily bundle, and the ranking made of them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import polars as pl
import pytest

from scrapers import companies as companies_of
from scrapers.hosts import BSE_API_HOST
from scrapers.nse_actions import bundle_url
from scrapers.nse_bundles import Meeting, parse_caps, parse_meetings
from screener.errors import LayoutError
from tests.scrapers.made_filings import bse_list
from tests.scrapers.made_market import ISIN, TODAY, Machine

DAY = dt.timedelta(days=1)
HEAD = "COMPANY NAME    SYMBOL     : BM DATE    : BM PURPOSE"
RESULTS = "Alpha & Sons Limited ALPHA : 21-JUL-2026 : Financial Results To consider results"
OLD = "Renamed Limited OLDNAME : 22-JUL-2026 : Fund Raising To consider"
HERE = ("nse", "nse meetings")


def bundle(day: dt.date, meetings: str, caps: str = "", stamp: str = "") -> bytes:
    """The bundle of a day with its lists of corporate actions, meetings and market caps."""
    buffer = io.BytesIO()
    actions = (
        "SERIES,SYMBOL,SECURITY,RECORD_DT,BC_STRT_DT,BC_END_DT,EX_DT,ND_STRT_DT,ND_END_DT,PURPOSE\n"
    )
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"bc{day:%d%m%Y}.csv", actions)
        archive.writestr(f"{stamp or f'bm{day:%d%m%Y}'}.txt", meetings)
        if caps:
            archive.writestr(f"mcap{day:%d%m%Y}.csv", caps)
    return buffer.getvalue()


def caps(day: dt.date, *rows: tuple[str, str, float]) -> str:
    """A list of market caps of rows (symbol, series, ₹ crore)."""
    lines = [
        (
            "Trade Date,Symbol,Series,Security Name,Category,Last Trade Date,Face Value(Rs.),"
            "Issue Size,Close Price/Paid up value(Rs.),Market Cap(Rs.)              "
        )
    ]
    for symbol, series, crore in rows:
        traded = f"{day:%d %b %Y}".upper()
        lines.append(
            f"{traded},{symbol},{series},X LTD   ,Listed    ,{traded},   5.00,  100,  1.00,"
            f"   {crore * 1e7:.2f} "
        )
    return "\n".join(lines) + "\n"


def serve(made: Machine, day: dt.date, *lines: str, listed: str = "") -> None:
    made.site._file(bundle_url(day), bundle(day, "\n".join([HEAD, *lines]) + "\n", listed))


def test_meetings_with_texts_over_several_lines():
    text = "\n".join(
        [HEAD, RESULTS, "1.\tand a dividend.", "", "2. other : things", OLD, RESULTS, ""]
    )
    assert parse_meetings(bundle(TODAY, text), TODAY) == (
        Meeting("ALPHA", dt.date(2026, 7, 21),
                "Financial Results To consider results 1. and a dividend. 2. other : things"),
        Meeting("OLDNAME", dt.date(2026, 7, 22), "Fund Raising To consider"),
        Meeting("ALPHA", dt.date(2026, 7, 21), "Financial Results To consider results"),
    )  # fmt: skip


def test_long_texts_are_cut_and_lose_control_characters():
    line = f"A Ltd A&B : 21-JUL-2026 : x\x1b[31m {'y' * 900}"
    (one,) = parse_meetings(bundle(TODAY, f"{HEAD}\n{line}\n", stamp=f"Bm{TODAY:%d%m%y}"), TODAY)
    assert (one.symbol, len(one.text)) == ("A&B", 240)
    assert "\x1b" not in one.text


@pytest.mark.parametrize(
    "body",
    [
        bundle(TODAY, "SOMETHING ELSE\n"),
        bundle(TODAY, f"{HEAD}\nnot a meeting\n"),
        bundle(TODAY, f"{HEAD}\nA Ltd A : 31-FEB-2026 : x\n"),
        bundle(TODAY, HEAD, stamp=f"bm{TODAY - DAY:%d%m%Y}"),
        b"PK\x03\x04torn",
    ],
    ids=["columns", "no meeting", "no date", "another day", "torn"],
)
def test_other_lists_are_refused(body):
    with pytest.raises(LayoutError):
        parse_meetings(body, TODAY)


def test_meetings_come_from_the_bundles_already_fetched(made):
    serve(made, TODAY, RESULTS, OLD)
    serve(made, TODAY - DAY, RESULTS)
    made.site.session(TODAY, {**ISIN, "OLDNAME": ISIN["BETA"]} | {"BETA": "INE999901010"})
    summary = made.refresh(sources=HERE)
    asked = [path for path in made.server.paths("nsearchives.nseindia.com") if "/pr/" in path]
    assert len(asked) == 2
    assert summary.sources["nse meetings"].kept == 2
    events = made.market.table("events").collect()
    assert events.select("isin", "date", "kind", "text", "source").rows() == [
        (ISIN["ALPHA"], dt.date(2026, 7, 21), "board_meeting",
         "Financial Results To consider results", "nse"),
        (ISIN["BETA"], dt.date(2026, 7, 22), "board_meeting", "Fund Raising To consider", "nse"),
    ]  # fmt: skip
    made.clock.pass_time(hours=1)
    assert not made.refresh(sources=HERE).published


def test_market_caps():
    body = bundle(TODAY, HEAD, caps(TODAY, ("ALPHA", "EQ", 691.33), ("GOLD", "GB", 5)))
    assert parse_caps(body, TODAY).rows() == [("ALPHA", pytest.approx(691.33))]
    with pytest.raises(LayoutError, match="another day"):
        parse_caps(bundle(TODAY, HEAD, caps(TODAY - DAY, ("A", "EQ", 1))), TODAY)


def test_without_the_list_of_sizes_companies_are_ranked_here(made, monkeypatch):
    monkeypatch.setattr(companies_of, "_LEAST_RANKED", 4)
    made.site.pages = {key: v for key, v in made.site.pages.items() if "spages" not in key[1]}
    rows = {"ALPHA": 900.0, "BETA": 5000.0, "GAMMA": 20.0}
    for day, times in ((TODAY, 1.2), (TODAY - DAY, 0.8)):
        listed = caps(day, *((symbol, "EQ", cap * times) for symbol, cap in rows.items()))
        serve(made, day, listed=listed)
    alone = "INE005501010"
    for status in ("Active", "Suspended"):
        path = (
            "/BseIndiaAPI/api/ListofScripData/w?Group=&Scripcode=&industry=&segment=Equity"
            f"&status={status}"
        )
        made.site.pages[BSE_API_HOST, path] = bse_list(("500222", alone, "B", "100.5"))
    made.refresh(sources=("nse", "bse", "amfi"))
    ranked = made.market.companies.sort("size_rank")
    assert ranked["symbol"].to_list() == ["BETA", "ALPHA", "500222", "GAMMA"]
    assert ranked["size_rank"].to_list() == [1, 2, 3, 4]
    assert ranked["size_mcap"].to_list() == pytest.approx([5000, 900, 100.5, 20])
    assert set(ranked["size_class"]) == {"large"}


def test_a_few_market_caps_rank_nobody(made):
    made.site.pages = {key: v for key, v in made.site.pages.items() if "spages" not in key[1]}
    serve(made, TODAY, listed=caps(TODAY, ("ALPHA", "EQ", 5.0)))
    made.refresh(sources=("nse", "amfi"))
    assert made.market.companies.filter(pl.col("size_rank").is_not_null()).is_empty()
