"""NSE's files are read by their headers, and refused when they are not what was asked for."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest

from scrapers.archives import checked_zip
from scrapers.nse import bhavcopy_url, parse_bhavcopy, parse_equity_list, parse_sme_list
from screener.errors import LayoutError
from tests.replay.exchange import UDIFF_COLUMNS, Exchange
from tests.scrapers.made_files import LIST_HEADER, bhavcopy, equity_list, made_isin, sme_list

DAY = dt.date(2026, 6, 30)
A, B = made_isin(1), made_isin(2)


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_the_list_keeps_shares_and_strips_its_headers():
    frame = parse_equity_list(
        equity_list(
            ("M&M", A, "Mahindra  and Mahindra Limited"),
            ("AREYOU", B, "Are You Limited", "BE"),
            ("BOND", made_isin(3), "Bond Limited", "GB"),
        )
    )
    assert frame["symbol"].to_list() == ["M&M", "AREYOU"]
    assert frame["name"][0] == "Mahindra and Mahindra Limited"
    assert frame["listed_on"].to_list() == [dt.date(2008, 10, 6)] * 2
    assert frame["face_value"].to_list() == [5.0, 5.0]


def test_listing_dates_with_short_years():
    body = equity_list(("AAA", A), ("BBB", B)).replace(b"06-OCT-2008", b"03-May-95", 1)
    assert parse_equity_list(body)["listed_on"].to_list() == [
        dt.date(1995, 5, 3),
        dt.date(2008, 10, 6),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><title>Access Denied</title>",
        b"",
        b"SYMBOL,NAME\nA,B\n",
        LIST_HEADER.encode(),
        equity_list(("AAA", A), ("BBB", A)),
        equity_list(("AAA", A), ("AAA", B)),
        equity_list(("AAA", "IN12")),
        equity_list(("", A)),
        b'"unclosed,\n' * 3,
    ],
    ids=[
        "html",
        "empty",
        "headers",
        "no rows",
        "isin twice",
        "symbol twice",
        "isin",
        "blank",
        "csv",
    ],
)
def test_a_list_that_is_none_is_refused(body):
    with pytest.raises(LayoutError):
        parse_equity_list(body)


def test_a_price_file_gives_the_shares_of_its_day():
    frame = parse_bhavcopy(bhavcopy(DAY, [("AAA", A, 200.0), ("BBB", B, 0.05)]), DAY)
    assert frame.rows(named=True)[0] == {
        "isin": A,
        "symbol": "AAA",
        "series": "EQ",
        "date": DAY,
        "open": 200.0,
        "high": 250.0,
        "low": 150.0,
        "close": 200.0,
        "prev_close": 200.0,
        "volume": 1000.0,
        "turnover": 0.02,  # two lakh rupees in crore
    }
    assert frame.height == 2


@pytest.mark.parametrize("other", [{"series": "GS"}, {"FinInstrmTp": "ETF"}, {"Sgmt": "FO"}])
def test_what_is_no_share_is_left_out(other):
    with pytest.raises(LayoutError, match="no shares"):
        parse_bhavcopy(bhavcopy(DAY, [("AAA", A, 200.0)], **other), DAY)


def test_a_price_file_of_another_day_is_refused():
    body = bhavcopy(DAY - dt.timedelta(days=1), [("AAA", A, 200.0)])
    with pytest.raises(LayoutError, match="2026-06-29"):
        parse_bhavcopy(body, DAY)


@pytest.mark.parametrize(
    "columns",
    [{"ClsPric": ""}, {"ClsPric": "0"}, {"ClsPric": "-"}, {"ClsPric": "NaN"}, {"TradDt": ""}],
)
def test_a_price_file_without_prices_is_refused(columns):
    with pytest.raises(LayoutError):
        parse_bhavcopy(bhavcopy(DAY, [("AAA", A, 200.0)], **columns), DAY)


def test_a_changed_header_is_named():
    body = zipped(**{"a.csv": ",".join(UDIFF_COLUMNS).replace("ClsPric", "Close").encode()})
    with pytest.raises(LayoutError, match="lacks ClsPric"):
        parse_bhavcopy(body, DAY)


WHOLE = bhavcopy(DAY, [("AAA", A, 200.0)])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04",
        b"<html>busy</html>",
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:60] + bytes(20) + WHOLE[80:],
        zipped(),
        zipped(**{"a.csv": b"x", "b.csv": b"y"}),
        zipped(**{"a.txt": b"x"}),
        zipped(**{f"{i}.csv": b"" for i in range(100)}),
        zipped(**{"a.csv": bytes(40_000_000)}),
    ],
    ids=["empty", "start", "html", "half", "torn", "none", "two", "other", "many", "bomb"],
)
def test_a_zip_that_is_none_is_refused(body):
    with pytest.raises(LayoutError):
        parse_bhavcopy(body, DAY)


def test_an_archive_within_limits_is_opened():
    with checked_zip(WHOLE, "made") as archive:
        assert len(archive.namelist()) == 1


def test_the_address_of_a_day():
    assert bhavcopy_url(DAY).endswith("/content/cm/BhavCopy_NSE_CM_0_0_0_20260630_F_0000.csv.zip")


def test_the_sme_list_has_its_own_headers_and_series():
    body = sme_list(
        ("TINY", A), ("MINI", B, "ST"), ("TINY-RE", made_isin(3)), ("X", made_isin(4), "EQ")
    )
    frame = parse_sme_list(body)
    assert frame.select("symbol", "isin", "series", "listed_on", "face_value").rows() == [
        ("TINY", A, "SM", dt.date(2025, 9, 2), 10.0),
        ("MINI", B, "ST", dt.date(2025, 9, 2), 10.0),
    ]


@pytest.mark.parametrize(
    "body",
    [equity_list(("AAA", A)), sme_list(), sme_list(("T", A), ("U", A)), b"<html></html>", b""],
    ids=["main board", "no rows", "twice", "html", "empty"],
)
def test_an_sme_list_that_is_none_is_refused(body):
    with pytest.raises(LayoutError):
        parse_sme_list(body)


@pytest.mark.recorded
def test_recorded_lists(recorded: Path):
    masters = recorded / "masters"
    new = parse_equity_list((masters / "EQUITY_L_2026-08.csv").read_bytes())
    old = parse_equity_list((masters / "EQUITY_L_2025-10.csv").read_bytes())
    assert (new.height, old.height) == (2406, 2148)
    for frame in (new, old):
        assert frame.null_count().sum_horizontal().item() == 0
        assert frame["listed_on"].is_between(dt.date(1980, 1, 1), dt.date(2026, 12, 31)).all()
    both = new.join(old, on="isin")
    assert (both["listed_on"] == both["listed_on_right"]).mean() > 0.99  # type: ignore[operator]


@pytest.mark.recorded
def test_recorded_bars_come_back_from_the_price_file(recorded: Path):
    exchange = Exchange(recorded)
    body = exchange.bhavcopy(DAY)
    assert body is not None
    got = parse_bhavcopy(body, DAY)
    bars = exchange.bars(DAY).sort("isin").unique("isin", keep="first", maintain_order=True)
    assert got.height == bars.height > 2000
    for column in ("open", "high", "low", "close", "prev_close", "volume"):
        assert got[column].to_list() == bars[column].cast(float).to_list()
    assert (got["turnover"] * 1e7 - bars["turnover"]).abs().max() < 1  # type: ignore[operator]
