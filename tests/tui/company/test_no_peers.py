"""The tab of the peers where there are none says why."""

from __future__ import annotations

import polars as pl

from screener.market.store import Market
from tui.company.peers import peers


def test_a_holding_company_says_that_it_is_compared_with_nobody(demo: Market) -> None:
    fields = demo.fields
    isin = fields.filter(pl.col("basic_industry") == "Holding Company")["isin"][0]
    tab = peers(demo, isin)
    assert not tab.views
    assert "sum of its parts" in str(tab)
    other = fields.filter(pl.col("basic_industry") == "Investment Company")["isin"][0]
    assert peers(demo, other).views
