"""A refresh from recorded files of the exchange: actions, index levels, metals and members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from scrapers.nse import parse_equity_list
from scrapers.nse_actions import merged_actions, parse_bundle
from scrapers.purposes import parse_purpose
from scrapers.refresh import Summary, refresh
from screener.fields import catalogue
from screener.market.prices import adjusted
from screener.market.schema import conform, empty
from screener.market.store import Market
from tests.replay.clock import FakeClock
from tests.replay.exchange import Exchange
from tests.replay.server import RecordedSite, serving
from tests.replay.test_recorded_refresh import paths_in

pytestmark = pytest.mark.recorded

EVENING = dt.datetime(2026, 6, 30, 15, 0, tzinfo=dt.UTC)
SESSIONS = 60
Gathered = tuple[Market, Summary, RecordedSite]


@pytest.fixture(scope="module")
def gathered(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gathered]:
    """The market after one refresh of sixty sessions."""
    site, paths = RecordedSite(recorded), paths_in(tmp_path_factory.mktemp("exchange"))
    with pytest.MonkeyPatch.context() as patch, serving(site) as server:
        patch.setattr(catalogue, "compute", lambda panel: panel.select("isin"))
        summary = refresh(
            paths,
            hosts=server.hosts,
            sessions=SESSIONS,
            clock=FakeClock(EVENING),
            sources=("nse",),
        )
        yield Market.open(paths.real_market), summary, site


def share_changes(market: Market) -> pl.DataFrame:
    table = market.table("actions").collect()
    return table.filter(pl.col("kind").is_in(["split", "bonus"]))


def test_every_recorded_action_of_a_listed_share_is_in_the_table(gathered: Gathered):
    market, summary, site = gathered
    assert summary.sources["nse actions"].failed == []
    assert summary.sources["nse actions"].fetched == SESSIONS
    isins = dict(market.companies.select("symbol", "isin").rows())
    first = min(market.table("prices").collect()["date"])
    last = EVENING.date() + dt.timedelta(days=12)
    told = {
        (isins[row["symbol"]], row["ex_date"], part.kind)
        for row in site.exchange._actions
        if row["series"] == "EQ" and row["symbol"] in isins and first <= row["ex_date"] <= last
        for part in parse_purpose(row["subject"])
    }
    table = market.table("actions").collect()
    assert told <= set(table.select("isin", "ex_date", "kind").rows())
    assert len(told) > 100


def test_splits_and_bonuses_close_the_gap_in_prices(gathered: Gathered):
    market, _, _ = gathered
    bars = adjusted(market.table("prices").collect(), market.table("actions").collect())
    steps = bars.with_columns(
        (pl.col("adj") / pl.col("adj").shift(1).over("isin")).alias("step"),
        (pl.col("close") / pl.col("close").shift(1).over("isin")).alias("raw"),
    )
    on_the_day = steps.join(
        share_changes(market).select("isin", pl.col("ex_date").alias("date")).unique(),
        on=["isin", "date"],
    ).drop_nulls("step")
    assert on_the_day.height >= 10
    assert (on_the_day["raw"] < 0.75).mean() > 0.8  # type: ignore[operator]
    assert on_the_day["step"].is_between(0.79, 1.21).all()


def test_rights_have_a_small_bonus_element_where_the_price_is_known(gathered: Gathered):
    market, _, _ = gathered
    rights = market.table("actions").collect().filter(pl.col("kind") == "rights")
    known = rights.drop_nulls("factor")
    assert known.height >= 1
    assert known["factor"].is_between(1, 3).all()


def test_levels_metals_and_members(gathered: Gathered):
    market, summary, site = gathered
    table = market.table("indices").collect()
    days = table.filter(pl.col("index") == "Nifty Smallcap 250")["date"].to_list()
    assert len(days) == 9
    assert summary.sources["nse indices"].absent == SESSIONS - 9
    gold = table.filter(pl.col("index") == "Gold (GOLDBEES)")
    bars = site.exchange.bars(EVENING.date()).filter(pl.col("symbol") == "GOLDBEES")
    assert gold.height == SESSIONS
    assert (
        gold.filter(pl.col("date") == EVENING.date())["close"].to_list() == bars["close"].to_list()
    )
    memberships = market.companies["indices"].explode()
    assert 200 < (memberships == "Nifty Smallcap 250").sum() <= 250
    assert 600 < (memberships == "Nifty Total Market").sum() <= 750
    assert "INF204KB17I5" not in market.companies["isin"]


def test_no_action_leaves_a_gap_in_all_recorded_prices(recorded: Path):
    """Splits, bonuses and rights of nineteen months, each beside the prices of its day."""
    exchange = Exchange(recorded)
    listed = conform("companies", parse_equity_list(exchange.equity_list))
    days = sorted(exchange.days)
    prices = conform("prices", exchange.all_bars())
    symbols = dict(listed.select("symbol", "isin").rows())
    bundles = [parse_bundle(body, day) for day in days if (body := exchange.bundle(day))]
    assert not any(bundle.unread for bundle in bundles)
    actions = merged_actions(
        empty("actions"), bundles, (), dict.fromkeys(days, symbols), prices, listed
    )
    step = pl.col("adj") / pl.col("adj").shift(1).over("isin")
    bars = adjusted(prices, actions).with_columns(step.alias("step"))
    changes = actions.filter(pl.col("factor") > 0).rename({"ex_date": "date"})
    on_the_day = bars.join(changes, on=["isin", "date"], suffix="_of").drop_nulls("step")
    counts = dict(on_the_day.group_by("kind").len().rows())
    assert counts["split"] + counts["bonus"] > 130
    assert counts["rights"] > 60
    assert on_the_day["step"].is_between(0.79, 1.21).all()
