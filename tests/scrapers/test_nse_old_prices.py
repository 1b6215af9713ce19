"""Price files of before July 2024, in their own layout and at their own address."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from scrapers.nse import bhavcopy_url, parse_bhavcopy
from screener.errors import LayoutError
from tests.scrapers.made_market import ISIN

DAY = dt.date(2024, 7, 5)
HEADER = (
    "SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,"
    "TOTALTRADES,ISIN,"
)


def old_file(day: dt.date, *shares: tuple[str, str, str, float]) -> bytes:
    """The zipped file of a day of rows (symbol, series, ISIN, close), its last column empty."""
    printed = f"{day:%d-%b-%Y}".upper()
    lines = [HEADER]
    for symbol, series, isin, close in shares:
        lines.append(
            f"{symbol},{series},{close},{close * 1.1},{close * 0.9},{close},{close},{close},"
            f"500,{close * 500},{printed},7,{isin},"
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"cm{day:%d}{day:%b%Y}bhav.csv", "\n".join(lines) + "\n")
    return buffer.getvalue()


def test_the_address():
    assert bhavcopy_url(DAY) == (
        "https://nsearchives.nseindia.com/content/historical/EQUITIES/2024/JUL/"
        "cm05JUL2024bhav.csv.zip"
    )
    assert "BhavCopy_NSE_CM_0_0_0_20240708" in bhavcopy_url(dt.date(2024, 7, 8))


def test_the_shares_of_a_day():
    body = old_file(
        DAY, ("ALPHA", "EQ", ISIN["ALPHA"], 200.0), ("ALPHA", "BE", ISIN["ALPHA"], 190.0),
        ("BOND", "N1", "INE000107AA1", 1000.0),
    )  # fmt: skip
    (row,) = parse_bhavcopy(body, DAY).iter_rows(named=True)
    assert (row["symbol"], row["isin"], row["series"], row["date"]) == (
        "ALPHA", ISIN["ALPHA"], "EQ", DAY,
    )  # fmt: skip
    assert (row["close"], row["volume"], row["turnover"]) == (200, 500, 0.01)


@pytest.mark.parametrize("other", [DAY - dt.timedelta(days=1), dt.date(2024, 7, 8)])
def test_a_file_of_another_day_or_layout_is_refused(other):
    body = old_file(DAY, ("ALPHA", "EQ", ISIN["ALPHA"], 200.0))
    with pytest.raises(LayoutError):
        parse_bhavcopy(body, other)


def test_a_history_goes_back_over_the_change(made):
    first = dt.date(2024, 7, 8)
    made.site.session(first)
    made.site._file(bhavcopy_url(DAY), old_file(DAY, ("ALPHA", "EQ", ISIN["ALPHA"], 90.0)))
    made.refresh(sources=("nse",), date=first)
    prices = made.market.table("prices").collect()
    assert set(prices["date"]) == {DAY, first}
