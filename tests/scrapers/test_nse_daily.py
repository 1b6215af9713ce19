"""A refresh takes actions, levels, members and the SME list, and stands without any of them."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from scrapers.hosts import NSE_HOST
from tests.replay.server import Answer
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_market import ISIN, SYMBOLS, TODAY, Machine, machine

DAY = dt.timedelta(days=1)
SMALL = "Nifty Smallcap 250,1,2,1,1.5,.6,-.33,100,5.5,35.07,3.74,.66"
NEW = ("/pr/PR", "ind_close_all", "list", "SME_EQUITY_L")


def actions(made: Machine) -> list[tuple[object, ...]]:
    table = made.market.table("actions").collect()
    return table.select("isin", "ex_date", "kind", "factor", "amount").rows()


def test_actions_come_with_the_prices(made):
    made.site.bundle(TODAY, ("ALPHA", str(TODAY + DAY), "BONUS 1:1"))
    made.site.bundle(TODAY - DAY, ("BETA", str(TODAY), "DIV - RS 4 PER SH"))
    tally = made.refresh(sources=("nse",)).sources["nse actions"]
    assert (tally.fetched, tally.failed) == (2, [])
    assert actions(made) == [
        (ISIN["ALPHA"], TODAY + DAY, "bonus", 2.0, None),
        (ISIN["BETA"], TODAY, "dividend", None, 4.0),
    ]


def test_dated_files_are_fetched_once(made):
    made.site.bundle(TODAY)
    made.site.levels(TODAY, SMALL)
    made.refresh(sources=("nse",))
    asked = made.server.paths(NSE_HOST)
    assert sum("/pr/" in p for p in asked) == sum("ind_close_all" in p for p in asked) == 2
    made.clock.pass_time(days=1)
    made.site.session(TODAY + DAY)
    made.site.bundle(TODAY + DAY)
    made.refresh(sources=("nse",), sessions=3)
    asked = made.server.paths(NSE_HOST)
    assert [p[-12:] for p in asked if "/pr/" in p] == ["PR010726.zip", "PR290626.zip"]


def test_renamed_companies_are_found_by_the_prices_of_the_day(made):
    made.site.session(TODAY - DAY, {"OLDNAME": ISIN["ALPHA"], "BETA": ISIN["BETA"]})
    made.site.bundle(TODAY - DAY, ("OLDNAME", str(TODAY), "BONUS 1:1"))
    made.refresh(sources=("nse",))
    assert actions(made) == [(ISIN["ALPHA"], TODAY, "bonus", 2.0, None)]


def test_a_bonus_adjusts_the_panel(tmp_path):
    with machine(tmp_path) as made:
        made.site.bundle(TODAY - DAY, ("ALPHA", str(TODAY), "BONUS 1:1"))
        made.site.prices(TODAY, ALPHA=50.0, BETA=100.0)
        made.refresh()
        row = made.market.panel.row(by_predicate=pl.col("symbol") == "ALPHA", named=True)
        assert (row["close"], row["prev_close"]) == (50.0, 50.0)


def test_an_unread_ratio_is_told(made):
    made.site.bundle(TODAY, ("ALPHA", str(TODAY), "AGM/DIV-RS 29.50/BONUS"))
    (miss,) = made.refresh(sources=("nse",)).sources["nse actions"].failed
    assert (miss.key, miss.reason) == (
        "ALPHA: AGM/DIV-RS 29.50/BONUS", "its ratio could not be read",
    )  # fmt: skip


def test_a_lost_market_gets_its_actions_and_levels_from_the_store(made):
    made.site.bundle(TODAY, ("ALPHA", str(TODAY), "BONUS 1:1"))
    made.site.levels(TODAY, SMALL)
    made.refresh(sources=("nse",))
    before = made.market
    generation = made.paths.real_market / "CURRENT"
    generation.unlink()
    made.refresh(sources=("nse",))
    assert made.server.asked == []
    for name in ("actions", "indices"):
        assert made.market.table(name).collect().equals(before.table(name).collect())
        assert made.market.table(name).collect().height == 1


def test_levels_and_metals(made):
    made.site.levels(TODAY, SMALL)
    funds = {"GOLDBEES": "INF204KB17I5", "SILVERBEES": "INF204KC1402"}
    made.site.session(TODAY, {**ISIN, **funds})
    made.refresh(sources=("nse",))
    table = made.market.table("indices").collect()
    assert table.select("index", "date", "close", "pe").rows() == [
        ("Gold (GOLDBEES)", TODAY, 100.0, None),
        ("Nifty Smallcap 250", TODAY, 1.5, 35.07),
        ("Silver (SILVERBEES)", TODAY, 100.0, None),
    ]
    assert set(made.market.table("prices").collect()["isin"]) == set(ISIN.values())
    note = made.market.manifest.sources["nse"]
    assert note == "3 companies, prices to 30 Jun 2026, levels of 3 indices"


def test_levels_of_another_day_are_not_used(made):
    made.site.levels(TODAY, SMALL, of=TODAY - DAY)
    tally = made.refresh(sources=("nse",)).sources["nse indices"]
    assert "is of 29-06-2026" in tally.failed[0].reason
    assert made.market.table("indices").collect().is_empty()


def test_members_of_indices(made):
    others = [made_isin(100 + i) for i in range(49)]
    made.site.members("niftysmallcap50list", ISIN["BETA"], *others)
    made.refresh()
    assert made.company("BETA")["indices"] == ["Nifty 500", "Nifty Smallcap 50"]
    assert made.company("ALPHA")["indices"] == ["Nifty 500"]
    made.site.members("niftysmallcap50list", ISIN["ALPHA"], *others)
    made.clock.pass_time(days=8)
    made.refresh()
    assert made.company("BETA")["indices"] == ["Nifty 500"]
    assert made.company("ALPHA")["indices"] == ["Nifty 500", "Nifty Smallcap 50"]


SME = {"TINY": made_isin(70), "MINI": made_isin(71)}


def test_companies_of_the_sme_platform_and_their_prices(made):
    made.site.sme(*((s, i, t) for (s, i), t in zip(SME.items(), ("SM", "ST"), strict=True)))
    made.site.session(TODAY, {**ISIN, **SME})
    made.refresh(sources=("nse",))
    tiny = made.company("TINY")
    assert (tiny["is_sme"], tiny["status"], tiny["series"]) == (True, "active", "SM")
    assert tiny["listed_on"] == dt.date(2025, 9, 2)
    assert made.company("ALPHA")["is_sme"] is False
    prices = made.market.table("prices").collect()
    assert prices.filter(pl.col("isin") == SME["MINI"])["date"].to_list() == [TODAY]
    made.clock.pass_time(days=1)
    made.site.sme(("TINY", SME["TINY"]), ("MINI", SME["MINI"]))
    made.refresh(sources=("nse",))
    assert made.company("MINI")["series"] == "SM"
    assert made.market.companies["status"].unique().to_list() == ["active"]


def test_an_sme_company_may_move_to_the_main_board_or_leave(made):
    more = {f"SME{i}": made_isin(80 + i) for i in range(8)}
    made.site.sme(*SME.items(), *more.items())
    made.refresh(sources=("nse",))
    made.site.list(*ISIN.items(), ("TINY", SME["TINY"]))
    made.site.sme(*more.items())
    made.clock.pass_time(days=1)
    made.refresh(sources=("nse",))
    tiny, mini = made.company("TINY"), made.company("MINI")
    assert (tiny["is_sme"], tiny["status"], tiny["series"]) == (False, "active", "EQ")
    assert (mini["is_sme"], mini["status"]) == (True, "delisted")
    assert made.market.companies["isin"].is_unique().all()


def test_prices_of_sme_shares_are_read_once_their_list_is_there(made):
    made.site.session(TODAY, {**ISIN, **SME})
    made.refresh(sources=("nse",))
    assert made.market.companies["symbol"].to_list() == list(SYMBOLS)
    made.site.sme(*SME.items())
    made.clock.pass_time(days=8)
    made.refresh(sources=("nse",), date=TODAY)
    assert [p for p in made.prices_asked if p in ("20260630", "20260629")] == []
    prices = made.market.table("prices").collect()
    assert prices.filter(pl.col("isin").is_in(list(SME.values()))).height == 2


def test_an_sme_list_cut_short_is_not_believed(made):
    more = {f"SME{i}": made_isin(80 + i) for i in range(8)}
    made.site.sme(*more.items())
    made.refresh(sources=("nse",))
    made.site.sme(*list(more.items())[:3])
    made.clock.pass_time(days=1)
    tally = made.refresh(sources=("nse",)).sources["nse"]
    assert "3 companies, 8 were listed before" in tally.failed[0].reason
    assert made.market.companies["status"].unique().to_list() == ["active"]


@pytest.mark.parametrize(
    "bad",
    [
        Answer(b"SYMBOL,NAME\nA,B\n"),
        Answer(b"PK\x03\x04" + bytes(100)),
        Answer(b"<html>Access Denied</html>"),
        Answer(status=403),
        Answer(status=500),
        Answer(drop=True),
    ],
    ids=["columns", "torn zip", "html", "403", "500", "dropped"],
)
@pytest.mark.parametrize("which", NEW)
def test_a_failing_source_never_stops_the_others(made, which, bad):
    made.server.faults.append(
        lambda asked, answer: bad if which in asked.path and asked.host == NSE_HOST else answer
    )
    made.refresh()
    assert made.market.table("prices").collect()["date"].n_unique() == 2
    assert made.market.table("facts").collect()["isin"].n_unique() == 3
    assert made.market.companies["symbol"].to_list() == list(SYMBOLS)


def test_stopping_among_bundles_keeps_those_that_came(made):
    made.site.bundle(TODAY, ("ALPHA", str(TODAY), "BONUS 1:1"))
    made.site.bundle(TODAY - DAY)

    def stop() -> bool:
        return any("/pr/" in path for path in made.server.paths(NSE_HOST))

    assert made.refresh(sources=("nse",), stop=stop).interrupted
    assert len(actions(made)) == 1
    made.refresh(sources=("nse",))
    assert [p[-12:] for p in made.server.paths(NSE_HOST) if "/pr/" in p] == ["PR290626.zip"]
