"""A refresh gathers, judges, publishes and goes on; what goes wrong on the way costs nothing."""

from __future__ import annotations

import datetime as dt
import errno
import shutil

import polars as pl
import pytest

from scrapers.hosts import AMFI_HOST, POLICIES, SCREENER_HOST, HostPolicy
from scrapers.refresh import accept_terms
from scrapers.state import exclusive
from screener.errors import (
    FetchError,
    RefusedError,
    StorageError,
    UnknownName,
)
from screener.market.store import generations
from tests.replay.server import Answer
from tests.scrapers.made_files import amfi_book, made_isin
from tests.scrapers.made_market import ISIN, SYMBOLS, TODAY
from tests.scrapers.made_pages import blank, tables

DAY = dt.timedelta(days=1)


# -- what it gathers ------------------------------------------------------------------------------


def test_a_first_refresh_fills_every_table(whole):
    made = whole
    summary = made.refresh(sources=("nse", "amfi", "screener.in"))
    market = made.market
    assert market.fields.height == 3
    assert (summary.generation, summary.published) == (market.generation, True)
    assert (market.date, market.is_demo, market.label) == (
        TODAY, False, "amfi, nse, screener.in · 30 Jun 2026",
    )  # fmt: skip
    assert summary.coverage == {"statements": 1, "prices": 1, "sizes": 1}
    assert summary.counts == {"fetched": 7, "kept": 0, "absent": 14, "refused": 0, "failed": 0}
    assert summary.unknown_rows == ()
    assert market.companies["symbol"].to_list() == list(SYMBOLS)
    assert summary.new_facts == market.table("facts").collect().height
    assert market.panel["sales@0"].to_list() == [144000.5] * 3
    alpha = made.company("ALPHA")
    assert (alpha["macro_sector"], alpha["template"], alpha["is_financial"]) == (
        "Industrials", "corporate", False,
    )  # fmt: skip
    assert (alpha["size_rank"], alpha["size_class"], alpha["size_mcap"]) == (1, "large", 1e4)
    assert (alpha["indices"], alpha["status"], alpha["series"]) == (["Nifty 500"], "active", "EQ")
    prices = market.table("prices").collect()
    assert prices.group_by("date").len().height == 2
    assert prices["turnover"].to_list() == [0.01] * 6


def test_progress_is_told_step_by_step(made):
    made.refresh()
    pages = [e for e in made.events if e.source == "screener.in" and not e.waiting_s]
    assert [(e.done, e.total) for e in pages] == [(1, 3), (2, 3), (3, 3)]
    assert pages[0].message.startswith("ALPHA: ")
    waits = [e for e in made.events if e.waiting_s]
    assert {e.host for e in waits} == {SCREENER_HOST, "nsearchives.nseindia.com"}
    assert all(e.waiting_s >= 5 for e in waits if e.host == SCREENER_HOST)


def test_a_second_run_asks_nothing_and_publishes_nothing(made):
    first = made.refresh()
    made.clock.pass_time(hours=1)
    second = made.refresh()
    assert made.server.asked == []
    assert (second.generation, second.published, second.new_facts) == (first.generation, False, 0)
    assert generations(made.paths.real_market) == [first.generation]


def test_after_a_month_pages_are_asked_again_and_a_restatement_is_added(made):
    made.refresh()
    before = made.facts("BETA")
    made.site.restate("BETA", Interest=("10", "20", "31"))
    made.clock.pass_time(days=31)
    summary = made.refresh()
    assert len(made.pages_asked) == 3
    after = made.facts("BETA")
    assert after.head(before.height).equals(before)
    interest = after.filter(
        (pl.col("line") == "interest") & (pl.col("kind") == "annual")
        & (pl.col("period_end") == dt.date(2026, 3, 31))
    )  # fmt: skip
    assert interest["value"].to_list() == [30, 31]
    assert interest["known_basis"].to_list() == ["rule", "seen"]
    assert interest["known_at"][1] == dt.date(2026, 7, 31)
    # Otherwise only today's printed values are new, two of each company.
    assert summary.new_facts == 1 + 3 * 2
    assert made.market.date == dt.date(2026, 7, 31)
    assert made.panel["interest@0"].to_list() == [30, 31, 30]


def test_without_consolidated_accounts_the_standalone_page_is_taken(made):
    made.site.page("ALPHA", blank())
    made.site.page("ALPHA", basis="standalone")
    made.refresh()
    assert made.pages_asked[:2] == ["/company/ALPHA/consolidated/", "/company/ALPHA/"]
    statements = made.facts("ALPHA").filter(pl.col("kind").is_in(["annual", "quarter"]))
    assert statements["basis"].unique().to_list() == ["standalone"]
    assert made.facts("ALPHA", line="promoters").height == 3  # told once, not once a page


def test_without_any_accounts_the_company_stands_with_its_owners(made):
    page = {**blank(), "shareholding": tables()["shareholding"]}
    made.site.page("ALPHA", page)
    summary = made.refresh()
    assert summary.counts["failed"] == 0
    assert made.facts("ALPHA")["kind"].unique().sort().to_list() == ["holding", "snapshot"]
    assert summary.coverage["statements"] == pytest.approx(2 / 3)


def test_stale_consolidated_accounts_bring_the_standalone_ones_beside_them(made):
    years = ("Mar 2014", "Mar 2015", "Mar 2016")
    old = {
        name: (years, rows) if name != "shareholding" else (heads, rows)
        for name, (heads, rows) in tables().items()
    }
    old["quarters"] = (("Sep 2015", "Dec 2015", "Mar 2016"), tables()["quarters"][1])
    made.site.page("ALPHA", old)
    made.site.page("ALPHA", basis="standalone")
    made.refresh()
    sales = made.facts("ALPHA", line="sales", kind="annual")
    assert sales.group_by("basis").agg(pl.col("period_end").max()).sort("basis").rows() == [
        ("consolidated", dt.date(2016, 3, 31)),
        ("standalone", dt.date(2026, 3, 31)),
    ]
    assert made.facts("ALPHA", line="promoters").height == 3
    assert made.panel["basis"].to_list() == ["standalone", "consolidated", "consolidated"]


def test_a_redirect_to_the_standalone_page_is_recorded_as_standalone(made):
    made.site.put("ALPHA", Answer(status=302, headers={"Location": "/company/ALPHA/"}))
    made.site.page("ALPHA", basis="standalone")
    made.refresh()
    assert made.facts("ALPHA")["basis"].unique().to_list() == ["standalone"]
    assert made.pages_asked.count("/company/ALPHA/") == 1


def test_symbols_with_signs_are_found(made):
    made.site.list(("M&M", ISIN["ALPHA"]))
    made.site.page("M%26M", symbol="M&M", name="M&M Industries Ltd")
    made.refresh()
    assert made.pages_asked == ["/company/M%26M/consolidated/"]
    assert made.facts("ALPHA").height > 0


# -- what it refuses ------------------------------------------------------------------------------


def test_another_companys_page_is_refused_and_leaves_no_trace(made):
    made.site.page("BETA", name="Betamax Foods Ltd", price=900.0)
    summary = made.refresh()
    (miss,) = summary.sources["screener.in"].refused
    assert miss.key == "BETA"
    assert "Betamax Foods Ltd" in miss.reason
    assert made.facts("BETA").is_empty()
    assert len(list((made.paths.cache / "http" / SCREENER_HOST).rglob("*.gz"))) == 2
    made.clock.pass_time(days=1)
    made.refresh()
    assert made.pages_asked == []  # not at once again
    made.site.page("BETA")
    made.clock.pass_time(days=7)
    assert made.refresh().counts["refused"] == 0
    assert made.pages_asked == ["/company/BETA/consolidated/"]
    assert made.facts("BETA").height > 0


def test_a_page_gone_wrong_later_leaves_what_was_known(made):
    made.refresh()
    known = made.facts("BETA")
    made.site.put("BETA", b"<html><title>Just a moment</title></html>")
    made.clock.pass_time(days=31)
    summary = made.refresh()
    (miss,) = summary.sources["screener.in"].failed
    assert "has no tables" in miss.reason
    assert made.facts("BETA").equals(known)
    assert made.facts("GAMMA", kind="snapshot").height == 4


def test_a_page_cut_off_is_asked_again(made):
    made.site.put("ALPHA", Answer(b"<html>" + bytes(range(256)) * 99, cut=50))
    times = iter([True, False])

    def once(asked, answer):
        if asked.path == "/company/ALPHA/consolidated/" and not next(times):
            made.site.page("ALPHA")
            return made.site.answer(asked)
        return answer

    made.server.faults.append(once)
    summary = made.refresh()
    assert summary.counts["failed"] == 0
    assert made.facts("ALPHA").height > 0


def test_a_changed_layout_stops_the_site_for_a_while(made):
    names = [f"CO{i:02d}" for i in range(9)]
    made.site.list(*((name, made_isin(50 + i)) for i, name in enumerate(names)))
    for name in names:
        made.site.put(name, b"<html>new design</html>")
    tally = made.refresh().sources["screener.in"]
    assert (len(tally.failed), len(made.pages_asked)) == (5, 5)
    assert "in a row" in tally.stopped
    made.clock.pass_time(minutes=30)
    tally = made.refresh().sources["screener.in"]
    assert made.pages_asked == []
    assert "left alone" in tally.stopped


def test_company_pages_need_the_terms_accepted_once(made):
    with pytest.raises(RefusedError, match="personal, non-commercial") as raised:
        made.refresh(accept_terms=False)
    assert "--accept-terms" in raised.value.hint
    assert made.server.asked == []
    made.refresh(accept_terms=False, sources=("nse",))  # the exchange's own files need none
    assert made.pages_asked == []
    accept_terms(made.paths, made.clock)
    made.refresh(accept_terms=False)
    assert len(made.pages_asked) == 3


def test_a_robots_rule_keeps_a_file_out_and_the_users_own_copy_in(made, tmp_path):
    made.site.pages[AMFI_HOST, "/robots.txt"] = b"User-agent: *\nDisallow: /\n"
    summary = made.refresh(sources=("nse", "amfi"))
    (miss,) = summary.sources["amfi"].refused
    assert "robots.txt" in miss.reason
    assert made.server.paths(AMFI_HOST) == ["/robots.txt"]
    assert summary.coverage["sizes"] == 0
    own = tmp_path / "own.xlsx"
    own.write_bytes(amfi_book([(1, "x", ISIN["GAMMA"], 5.0)]))
    summary = made.refresh(sources=("nse", "amfi"), amfi_file=own)
    assert made.company("GAMMA")["size_class"] == "large"
    assert made.company("ALPHA")["size_class"] is None
    missing = made.refresh(sources=("nse", "amfi"), amfi_file=tmp_path / "none.xlsx")
    assert "none.xlsx" in missing.sources["amfi"].failed[0].reason
    assert made.company("GAMMA")["size_class"] == "large"


# -- which, how many, and going on ----------------------------------------------------------------


def test_only_some_and_only_so_many(made):
    made.refresh(limit=1)
    assert made.pages_asked == ["/company/ALPHA/consolidated/"]
    made.refresh(only=["gamma", "BETA"])
    assert made.pages_asked == ["/company/GAMMA/consolidated/", "/company/BETA/consolidated/"]
    made.clock.pass_time(days=1)
    made.refresh(only=["ALPHA"])
    assert made.pages_asked == ["/company/ALPHA/consolidated/"]  # asked for: due or not
    with pytest.raises(UnknownName, match="ALPHA"):
        made.refresh(only=["ALPHAA"])


def test_a_nights_budget_is_kept_and_the_next_night_goes_on(made):
    policies = {**POLICIES, SCREENER_HOST: HostPolicy(delay=5, budget=2)}
    tally = made.refresh(policies=policies).sources["screener.in"]
    assert (tally.fetched, tally.left) == (2, 1)
    assert "used up" in tally.stopped
    assert made.market.table("facts").collect()["isin"].n_unique() == 2
    made.refresh(policies=policies)
    assert made.pages_asked == []
    made.clock.pass_time(days=1)
    tally = made.refresh(policies=policies).sources["screener.in"]
    assert (made.pages_asked, tally.left) == (["/company/GAMMA/consolidated/"], 0)


def test_a_blocked_site_leaves_what_was_got(made):
    made.site.put("BETA", Answer(status=403))
    tally = made.refresh().sources["screener.in"]
    assert "403" in tally.stopped
    assert tally.left == 2
    assert made.facts("ALPHA").height > 0


def test_stopping_publishes_what_was_got(made):
    seen = []
    summary = made.refresh(stop=lambda: len(made.pages_asked) == 2 and not seen.append(1))
    assert (summary.interrupted, summary.published) == (True, True)
    assert made.market.table("facts").collect()["isin"].n_unique() == 2
    made.refresh()
    assert made.pages_asked == ["/company/GAMMA/consolidated/"]


def test_stopping_among_prices_keeps_those_that_came(made):
    made.refresh(sources=("nse",), stop=lambda: len(made.prices_asked) == 1)
    assert made.market.table("prices").collect()["date"].unique().to_list() == [TODAY]
    made.refresh(sources=("nse",))
    assert made.prices_asked == ["20260629"]


def test_an_impatient_interrupt_publishes_too(made):
    def interrupt(event):
        if event.message.startswith("BETA"):
            raise KeyboardInterrupt

    summary = made.refresh(on_event=interrupt)
    assert summary.interrupted
    assert made.facts("BETA").height > 0


def test_a_lost_market_is_built_again_from_what_is_stored(made):
    made.refresh()
    before = made.market.table("facts").collect()
    shutil.rmtree(made.paths.real_market)
    made.refresh()
    assert made.server.asked == []
    assert (
        made.market.table("facts")
        .collect()
        .sort(before.columns)
        .equals(before.sort(before.columns))
    )
    assert made.market.table("prices").collect().height == 6


def test_a_lost_market_and_store_are_fetched_again(made):
    made.refresh()
    shutil.rmtree(made.paths.real_market)
    shutil.rmtree(made.paths.cache)
    made.refresh()
    assert len(made.pages_asked) == 3
    assert made.facts("GAMMA").height > 0


def test_a_damaged_market_is_built_again(made):
    first = made.refresh()
    (made.paths.real_market / str(first.generation) / "facts.parquet").unlink()
    made.refresh()
    assert made.pages_asked == []
    assert made.facts("GAMMA").height > 0


def test_a_disk_full_while_publishing_loses_nothing(made, monkeypatch):
    made.refresh(limit=1)
    old = made.market.generation
    real = pl.DataFrame.write_parquet

    def full(self, file, **how):
        raise OSError(errno.ENOSPC, "No space left on device", str(file))

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(StorageError, match="full"):
        made.refresh()
    assert made.market.generation == old
    assert made.facts("ALPHA").height > 0
    monkeypatch.setattr(pl.DataFrame, "write_parquet", real)
    made.refresh()
    assert made.pages_asked == []  # they were stored before the disk was full
    assert made.facts("GAMMA").height > 0


def test_two_refreshes_do_not_run_at_once(made):
    lock = made.paths.state_dir / "refresh.lock"
    with exclusive(lock, ""), pytest.raises(RefusedError, match="Another refresh"):
        made.refresh()


def test_unknown_rows_are_reported(made):
    years, rows = tables()["balance-sheet"]
    made.site.page("BETA", tables(balance_sheet=(years, {**rows, "Goodwill": ("1", "2", "3")})))
    assert made.refresh().unknown_rows == ("balance-sheet: Goodwill",)


def test_a_host_outside_the_hosts_file_is_never_asked(made):
    with pytest.raises(FetchError):
        made.refresh(hosts={SCREENER_HOST: made.server.address})
    assert made.server.asked == []
