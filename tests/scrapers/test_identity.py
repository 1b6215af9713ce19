"""Another company's page is refused by what contradicts it; a new name alone does not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from scrapers.identity import Close, OtherCompany, Register, one_company, replace_isins
from scrapers.nse import parse_equity_list
from scrapers.screener_in import parse_page
from screener.market.schema import conform
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_pages import URL, made_page

OURS, OTHER = made_isin(1), made_isin(2)
SEEN = dt.date(2026, 6, 30)
CLOSES = [Close(dt.date(2026, 6, 26), 90.0), Close(dt.date(2026, 6, 29), 100.0)]
REGISTER = Register(
    conform(
        "companies",
        pl.DataFrame(
            {
                "isin": [OURS, OTHER],
                "symbol": ["MADEUP", "OTHER"],
                "bse_code": [None, "500001"],
                "name": ["Madeup Industries Limited", "Other Foods (India) Limited"],
            }
        ),
    )
)


def judge(closes=CLOSES, **header) -> None:
    page = parse_page(made_page(**{"price": 100.0, **header}), URL)
    REGISTER.refuse_other_company(page, OURS, closes, SEEN)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"price": 107.0},  # within a day's rounding and delay
        {"price": 94.0, "name": "A New Name Ltd"},
        {"price": 140.0},  # far off, but the name agrees and nothing else speaks against it
        {"name": "The Madeup Industries Ltd."},
        {"symbol": "OLDSYM"},  # an earlier symbol that is nobody's now
        {"bse_code": "599999"},
        {"price": None},
        {"name": "A New Name Ltd", "price": None},
        {"price": 80.0, "name": "A New Name Ltd", "price_date": "2026-06-17"},  # nine days apart
        {"price": 101.0, "name": "Other Foods India Ltd"},  # a borrowed name, but our price
    ],
)
def test_nothing_speaks_against_it(header):
    judge(**header)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"symbol": "OTHER"}, "NSE symbol OTHER"),
        ({"bse_code": "500001"}, "BSE code 500001"),
        ({"price": 160.0}, "its price 160.00 is not the close 100.00 of 2026-06-29"),
        ({"price": 60.0}, "its price"),
        ({"price": 115.0, "name": "A New Name Ltd"}, "its price"),
        ({"price": 80.0, "name": "Other Foods India Ltd"}, "its price"),
        (
            {"name": "Other Foods India Ltd", "price_date": "2026-06-20"},
            "its name is that of Other",
        ),
        ({"price": None, "name": "Other Foods India Ltd"}, "its name is that of Other Foods"),
    ],
)
def test_what_contradicts_it_refuses_it(header, why):
    with pytest.raises(OtherCompany, match=why):
        judge(**header)


def test_without_a_close_of_these_days_the_price_tells_nothing():
    judge(closes=[], price=500.0)
    judge(closes=[Close(dt.date(2026, 5, 1), 100.0)], price=500.0)


def test_a_new_isin_of_the_same_shares():
    listed = pl.DataFrame(
        {"isin": [made_isin(1, 2), made_isin(2, 1), made_isin(3, 1), made_isin(3, 2)]}
    )
    earlier = [made_isin(1, 1), made_isin(2, 1), made_isin(3, 3), made_isin(4, 1)]
    heirs = one_company(earlier, listed)
    assert heirs == {made_isin(1, 1): made_isin(1, 2)}  # of two heirs none, of none none
    frame = replace_isins(pl.DataFrame({"isin": earlier}), heirs)
    assert frame["isin"].to_list() == [made_isin(1, 2), *earlier[1:]]
    assert replace_isins(frame, {}).equals(frame)


@pytest.mark.recorded
def test_recorded_isin_changes(recorded: Path):
    """Ten months changed 43 ISINs under an unchanged symbol; all are followed."""
    new, old = (
        parse_equity_list((recorded / "masters" / f"EQUITY_L_{month}.csv").read_bytes())
        for month in ("2026-08", "2025-10")
    )
    changed = old.join(new, on="symbol").filter(pl.col("isin") != pl.col("isin_right"))
    heirs = one_company(old["isin"], new)
    assert changed.height == 43
    followed = [heirs.get(isin) for isin in changed["isin"]]
    assert followed == changed["isin_right"].to_list()
