"""BSE's lists and files as parsed, and the companies of both exchanges."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest

from scrapers import bse, nse
from scrapers.bse_companies import looks_cut, with_bse
from scrapers.session import NotThere
from screener.errors import LayoutError
from screener.market.schema import conform
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_filings import bse_list, bse_prices, calendar, filing_list, filing_row

DAY = dt.date(2026, 6, 30)
ISIN = [made_isin(i) for i in range(10)]


def on_nse(*rows: tuple[str, str]) -> pl.DataFrame:
    """Companies NSE lists, of rows (symbol, ISIN)."""
    return conform(
        "companies",
        pl.DataFrame(rows, schema=["symbol", "isin"], orient="row").with_columns(
            pl.lit("active").alias("status"), pl.lit("nse").alias("source"),
            pl.lit(False).alias("is_sme"), pl.lit("EQ").alias("series"),
        ),
    )  # fmt: skip


def active(*rows: tuple[str, ...]) -> pl.DataFrame:
    return bse.parse_list(bse_list(*rows), "Active")


def statuses(companies: pl.DataFrame) -> dict[str, tuple[str, str]]:
    return {s: (status, source) for s, status, source in companies.select(
        "symbol", "status", "source").iter_rows()}  # fmt: skip


# -- the list of shares ----------------------------------------------------------------------------


def test_only_fully_paid_shares_are_taken():
    listed = active(
        ("500001", ISIN[0], "A", "83256.68", "Cement"),
        ("890144", "IN9" + ISIN[1][3:]),  # partly paid
        ("570002", ISIN[2]),  # other voting rights
        ("750942", "INE680A20011", "R"),  # rights
        ("537008", "INF109KC16V9"),  # a fund
        ("531562", "NA"),
        ("523031", ""),
        ("543210", ISIN[3], "MT", ""),
    )
    assert listed["bse_code"].to_list() == ["500001", "543210"]
    first, second = listed.iter_rows(named=True)
    assert (first["basic_industry"], first["mcap"], first["face_value"]) == ("Cement", 83256.68, 10)
    assert (first["name"], first["is_sme"], second["is_sme"]) == (
        "Company 500001 Limited", False, True,
    )  # fmt: skip
    assert (second["mcap"], second["basic_industry"]) == (None, None)


def test_names_lose_control_characters():
    body = bse_list(("500001", ISIN[0])).replace(b"Company 500001 Limited", b"Evil\\u001b[31m Ltd")
    assert bse.parse_list(body, "Active")["name"].to_list() == ["Evil[31m Ltd"]


def test_json_inside_a_json_string_is_read():
    body = json.dumps(bse_list(("500001", ISIN[0])).decode()).encode()
    assert bse.parse_list(body, "Active").height == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html></html>",
        b"[]",
        b'{"Table": []}',
        b'[{"SCRIP_CD": "500001"}]',
        b"[1, 2]",
        b'"No Record Found!"',
        b"[" * 100_000,
        bse_list(("500001", ISIN[0]), ("500001", ISIN[1])),
    ],
    ids=["page", "empty", "object", "columns", "numbers", "text", "deep", "code twice"],
)
def test_another_list_is_refused(body):
    with pytest.raises(LayoutError):
        bse.parse_list(body, "Active")


# -- companies of both exchanges -------------------------------------------------------------------


def test_companies_of_bse_alone_join_and_the_others_get_their_codes():
    both = with_bse(
        on_nse(("ALPHA", ISIN[0]), ("BETA", ISIN[1])),
        active(("500001", ISIN[0], "A", "1", "Cement"), ("500002", ISIN[2])),
        None,
    )
    rows = {row["symbol"]: row for row in both.iter_rows(named=True)}
    assert list(rows) == ["ALPHA", "BETA", "500002"]
    assert (rows["ALPHA"]["bse_code"], rows["ALPHA"]["source"]) == ("500001", "nse")
    assert (rows["ALPHA"]["basic_industry"], rows["BETA"]["bse_code"]) == ("Cement", None)
    alone = rows["500002"]
    assert (alone["isin"], alone["bse_code"], alone["status"]) == (ISIN[2], "500002", "active")
    assert (alone["source"], alone["series"], alone["is_sme"]) == ("bse", "B", False)


def test_the_industry_a_page_told_stays():
    known = on_nse(("ALPHA", ISIN[0])).with_columns(pl.lit("Paints").alias("basic_industry"))
    both = with_bse(known, active(("500001", ISIN[0], "A", "1", "Cement")), None)
    assert both["basic_industry"].to_list() == ["Paints"]


def test_one_list_may_show_a_new_isin_before_the_other():
    both = with_bse(
        on_nse(("ALPHA", made_isin(1))), active(("500001", made_isin(1, issue=2))), None
    )
    assert both.select("isin", "bse_code").rows() == [(made_isin(1), "500001")]


def test_of_two_shares_of_an_issuer_the_one_nse_lists_gets_the_code():
    both = with_bse(
        on_nse(("ALPHA", made_isin(1))),
        active(("500009", made_isin(1, issue=3)), ("500001", made_isin(1))),
        None,
    )
    assert both.select("isin", "bse_code").rows() == [(made_isin(1), "500001")]


def test_doing_it_again_changes_nothing():
    listed = active(("500001", ISIN[0]), ("500002", ISIN[2]), ("500003", ISIN[3]))
    once = with_bse(on_nse(("ALPHA", ISIN[0]), ("BETA", ISIN[1])), listed, None)
    assert with_bse(once, listed, listed.head(0)).equals(once)


def test_who_leaves_is_suspended_or_delisted_and_kept():
    listed = active(("500002", ISIN[2]), ("500003", ISIN[3]), ("500004", ISIN[4]))
    once = with_bse(on_nse(("ALPHA", ISIN[0])), listed, None)
    left = listed.filter(pl.col("bse_code") == "500002")
    unknown = with_bse(once, left, None)
    assert statuses(unknown)["500003"] == ("active", "bse")
    suspended = bse.parse_list(bse_list(("500003", ISIN[3]), status="Suspended"), "Suspended")
    assert statuses(with_bse(once, left, suspended)) == {
        "ALPHA": ("active", "nse"), "500002": ("active", "bse"),
        "500003": ("suspended", "bse"), "500004": ("delisted", "bse"),
    }  # fmt: skip


def test_a_company_that_left_nse_goes_on_at_bse():
    gone = on_nse(("ALPHA", ISIN[0])).with_columns(pl.lit("delisted").alias("status"))
    both = with_bse(gone, active(("500001", ISIN[0])), None)
    assert statuses(both) == {"500001": ("active", "bse")}


def test_a_list_cut_short_is_told():
    listed = active(*((f"5000{i:02}", made_isin(i)) for i in range(10)))
    both = with_bse(on_nse(("ALPHA", ISIN[0])), listed, None)
    assert not looks_cut(listed, both)
    assert looks_cut(listed.head(7), both)


@pytest.mark.recorded
def test_the_recorded_lists_of_both_exchanges(recorded: Path):
    body = (recorded / "masters" / "bse_ListofScripData_2026-08.json").read_bytes()
    rows = json.loads(body)
    listed = bse.parse_list(body, "Active")
    shares = {r["ISIN_NUMBER"] for r in rows if r["ISIN_NUMBER"][:3] == "INE"
              and r["ISIN_NUMBER"][7:9] == "01" and r["Segment"] == "Equity"}  # fmt: skip
    assert set(listed["isin"]) <= shares
    assert len(shares) - listed.height <= 5  # other voting rights
    assert not listed["isin"].str.starts_with("IN9").any()
    mains = nse.parse_equity_list((recorded / "masters" / "EQUITY_L_2026-08.csv").read_bytes())
    companies = on_nse(*mains.select("symbol", "isin").iter_rows())
    both = with_bse(companies, listed, None)
    assert both["isin"].is_unique().all()
    assert both["symbol"].is_unique().all()
    alone = both.filter(pl.col("source") == "bse")
    assert both.height - alone.height == companies.height
    assert alone.height == len(set(listed["isin"].str.head(9)) - set(companies["isin"].str.head(9)))
    with_codes = both.filter(pl.col("source") == "nse")["bse_code"].count()
    assert with_codes > 0.9 * companies.height


# -- prices ----------------------------------------------------------------------------------------


def test_prices_of_shares():
    shares = [("500001", ISIN[0], 10.0), ("537008", "INF109KC16V9", 5.0)]
    (row,) = bse.parse_prices(bse_prices(DAY, shares), DAY).iter_rows(named=True)
    assert (row["isin"], row["bse_code"], row["date"]) == (ISIN[0], "500001", DAY)
    assert (row["open"], row["high"], row["low"], row["close"]) == (10, 12.5, 7.5, 10)
    assert (row["volume"], row["turnover"]) == (200, 2000 / 1e7)


def test_a_zipped_price_file_is_read_too():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("BhavCopy_BSE.CSV", bse_prices(DAY, [("500001", ISIN[0], 10.0)]))
    assert bse.parse_prices(buffer.getvalue(), DAY).height == 1


def test_a_page_in_place_of_prices_means_there_are_none():
    with pytest.raises(NotThere):
        bse.parse_prices(b"\n<!DOCTYPE html><html>not found</html>", DAY)


@pytest.mark.parametrize(
    "body",
    [
        bse_prices(DAY - dt.timedelta(days=1), [("500001", ISIN[0], 10.0)]),
        bse_prices(DAY, [("500001", ISIN[0], 0.0)]),
        bse_prices(DAY, [("500001", ISIN[0], 1.0)], FinInstrmTp="FUT"),
        b"TradDt,BizDt\n2026-06-30,1\n",
        b"PK\x03\x04torn",
    ],
    ids=["another day", "no price", "no shares", "columns", "torn zip"],
)
def test_unusable_prices_are_refused(body):
    with pytest.raises(LayoutError):
        bse.parse_prices(body, DAY)


# -- calendar and filings --------------------------------------------------------------------------


def test_the_calendar():
    assert bse.parse_calendar(calendar(("500001", "23 Oct 2026"))) == [
        ("500001", dt.date(2026, 10, 23))
    ]
    with pytest.raises(LayoutError, match="is no date"):
        bse.parse_calendar(calendar(("500001", "soon")))


@pytest.mark.recorded
def test_the_recorded_calendar(recorded: Path):
    body = (recorded / "exchange" / "api_samples" / "bse" / "resultCalendar.json").read_bytes()
    assert bse.parse_calendar(body) == [("521070", dt.date(2023, 10, 23))]


def test_filings_name_their_documents():
    row = filing_row("500001", "JQ2026-2027", "2026-07-21T18:05:11.233", "F/a.html", "F/b.html")
    whole, alone = bse.parse_filings(filing_list(row), "made")
    assert (whole.document, whole.basis, alone.basis) == ("F/b.html", "consolidated", "standalone")
    assert whole.period_end == dt.date(2026, 6, 30)
    assert whole.broadcast == dt.datetime(2026, 7, 21, 18, 5, 11, 233000)
    assert bse.document_url(whole.document) == "https://www.bseindia.com/XBRLFILES/F/b.html"


def test_the_time_in_words_is_taken_where_the_other_is_missing():
    row = filing_row("500001", "JQ2026-2027", "", "F/a.html") | {"Fld_CreateDate": None}
    (one,) = bse.parse_filings(filing_list(row), "made")
    assert one.broadcast == dt.datetime(2026, 7, 21, 18, 5)
    timeless = {**row, "DT_TM": None}
    assert bse.parse_filings(filing_list(timeless), "made") == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "https://evil.example/x.xml", "a/b/c.html", "x.exe", "a b.html"]
)
def test_a_document_elsewhere_is_not_taken(name):
    row = filing_row("500001", "JQ2026-2027", "2026-07-21T18:05:11", name)
    assert bse.parse_filings(filing_list(row), "made") == []


def test_no_filings_and_no_list():
    assert bse.parse_filings(b'"No Record Found!"', "made") == []
    assert bse.parse_filings(filing_list(), "made") == []
    for body in (b"{}", b"[]", b'{"Table": [{"Scrip_cd": 1}]}', b"<html>"):
        with pytest.raises(LayoutError):
            bse.parse_filings(body, "made")


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("JQ2026-2027", dt.date(2026, 6, 30)),
        ("SQ2026-2027", dt.date(2026, 9, 30)),
        ("DQ2025-2026", dt.date(2025, 12, 31)),
        ("MQ2025-2026", dt.date(2026, 3, 31)),
        ("MC2025-2026", dt.date(2026, 3, 31)),
        ("MH2024-2025", dt.date(2025, 3, 31)),
        ("MQ2025-2027", None),
        ("XQ2025-2026", None),
        ("", None),
    ],
)
def test_quarters(code, end):
    assert bse.quarter_end(code) == end
