"""Results filings in a refresh: since when figures are known, and which are refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from scrapers import bse, bse_filings, filed, niftyindices
from scrapers.hosts import BSE_API_HOST, BSE_HOST
from tests.scrapers.made_bse import DAY, HERE, QUARTER_END, SHELL, Bse, rows
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_filings import (
    CRORE,
    context,
    filing_list,
    filing_row,
    quarter_document,
    xbrl,
)
from tests.scrapers.made_market import ISIN, TODAY


def test_a_filing_gives_an_event_and_figures_known_since_its_broadcast(made, site):
    summary = made.refresh(sources=HERE)
    assert summary.sources[filed.SOURCE].fetched == 1
    ((day, period, told),) = rows(made, "events", "date", "period_end", "broadcast_at",
                                  kind="result")  # fmt: skip
    assert (day, period) == (dt.date(2026, 6, 29), QUARTER_END)
    assert told == dt.datetime(2026, 6, 29, 12, 35, 11)  # in UTC
    facts = made.facts("ALPHA", source=filed.SOURCE)
    assert set(facts["known_at"]) == {TODAY}
    assert set(facts["known_basis"]) == {"broadcast"}
    assert dict(facts.select("line", "value").iter_rows())["net_profit"] == 12
    # The consolidated document is read where there is one.
    assert made.server.paths(BSE_HOST).count("/XBRLFILES/F/a.html") == 1
    assert "/XBRLFILES/F/alone.html" not in made.server.paths(BSE_HOST)


def test_a_figure_known_by_broadcast_is_in_the_market_of_that_day(whole, monkeypatch):
    monkeypatch.setattr(niftyindices, "HISTORIES", ())
    site = Bse(whole)
    site.filings(filing_row("500111", "JQ2026-2027", "2026-06-29T18:05:11", "F/a.html"))
    whole.refresh(sources=HERE)
    sales = pl.col("symbol") == "ALPHA"
    assert whole.market.panel.filter(sales)["sales@q0"].to_list() == [120.0]
    before = whole.market.as_of(TODAY - DAY)
    assert before.panel.filter(sales)["sales@q0"].to_list() == [None]


def test_pages_and_filings_tell_a_figure_once(made, site):
    """The pages' last quarter, as the made pages print it, is filed exactly."""
    made.refresh(sources=("nse", "screener.in"))
    quarters = made.facts("ALPHA", kind="quarter", line="sales").sort("period_end")
    end, printed = quarters["period_end"][-1], quarters["value"][-1]
    assert quarters["known_basis"][-1] == "rule"
    name = {3: "M", 6: "J", 9: "S", 12: "D"}[end.month]
    year = end.year - (end.month == 3)
    site.filings(
        filing_row("500111", f"{name}Q{year}-{year + 1}", "2026-05-04T20:00:00", "F/q.xml")
    )
    start = (end.replace(day=1) - dt.timedelta(days=45)).replace(day=1)
    body = quarter_document(sales=printed + 0.04, profit=12.0)
    for old, new in ((str(QUARTER_END), str(end)), ("2026-04-01", str(start))):
        body = body.replace(old.encode(), new.encode())
    site.document("F/q.xml", body)
    made.refresh(sources=(*HERE, "screener.in"))
    found = made.facts("ALPHA", kind="quarter", line="sales", period_end=end)
    assert found.select("value", "known_at", "known_basis", "source").rows() == [
        (printed + 0.04, dt.date(2026, 5, 5), "broadcast", filed.SOURCE)
    ]
    margin = made.facts("ALPHA", kind="quarter", line="opm", period_end=end)
    assert margin["known_at"].to_list() == [dt.date(2026, 5, 5)]


def test_histories_of_a_company_are_asked_only_where_it_is_named(made, site):
    old = [filing_row("500111", f"{q}Q2025-2026", f"2026-01-{day}T10:00:00", f"F/{q}.html")
           for q, day in (("J", 10), ("S", 11), ("D", 12))]  # fmt: skip
    site.filings(*old, code="500111")
    made.refresh(sources=HERE)
    assert not any("SCRIP_CD=500111" in path for path in made.server.paths(BSE_API_HOST))
    made.clock.pass_time(days=1)
    made.refresh(sources=HERE, only=["ALPHA"])
    assert any("SCRIP_CD=500111" in path for path in made.server.paths(BSE_API_HOST))
    asked = [path for path in made.server.paths(BSE_HOST) if "XBRL" in path]
    assert asked == ["/XBRLFILES/F/D.html", "/XBRLFILES/F/S.html", "/XBRLFILES/F/J.html"]


def test_a_document_of_another_company_is_refused(made, site):
    site.document("F/a.html", quarter_document(code="500999"))
    tally = made.refresh(sources=HERE).sources[filed.SOURCE]
    assert "not of ALPHA" in tally.refused[0].reason
    assert made.market.table("facts").collect().is_empty()


def test_a_document_in_another_unit_is_refused(made, site):
    made.refresh(sources=("nse", "screener.in"))
    usual = float(made.facts("ALPHA", kind="quarter", line="sales")["value"].median())
    site.document("F/a.html", quarter_document(sales=usual * 1e3))
    tally = made.refresh(sources=HERE).sources[filed.SOURCE]
    assert "its unit is in doubt" in tally.failed[0].reason


@pytest.mark.parametrize("where", ["file", "host"])
def test_a_document_with_an_external_entity_is_refused_and_loads_nothing(
    made, site, tmp_path, where
):
    secret = tmp_path / "secret.txt"
    secret.write_text("Confidential Works Limited")
    address = secret.as_uri() if where == "file" else f"{made.server.address}/secret.dtd"
    body = quarter_document().replace(b"Made Works Limited", b"&e;")
    head, rest = body.split(b"\n", 1)
    entity = f'<!DOCTYPE x SYSTEM "{address}" [<!ENTITY e SYSTEM "{address}">]>'.encode()
    site.document("F/a.html", head + entity + rest)
    (miss,) = made.refresh(sources=HERE).sources[filed.SOURCE].failed
    assert "defines entities" in miss.reason
    assert made.market.table("facts").collect().is_empty()
    assert not [asked for asked in made.server.asked if "secret" in asked.path]


def test_figures_of_a_document_that_cannot_be_right_are_kept_out_and_told(made, site):
    sheet = {"Assets": 900.0, "EquityAndLiabilities": 500.0, "EquityShareCapital": 5.0}

    def with_sheet(contexts: list[str], stated: dict[str, Any], told: dict[str, str]) -> bytes:
        balance = {name: value * CRORE for name, value in sheet.items()}
        contexts = [*contexts, context("OneI", None, QUARTER_END)]
        return xbrl(contexts, {**stated, "OneI": balance}, told)

    site.document("F/a.html", quarter_document(write=with_sheet, profit=4e8))
    summary = made.refresh(sources=HERE)
    facts = made.facts("ALPHA", source=filed.SOURCE)
    assert "sales" in set(facts["line"])
    assert set(facts["line"]).isdisjoint({"total_assets", "equity_capital", "net_profit", "pbt"})
    reasons = {doubt.reason.split(":")[0] for doubt in summary.doubts if doubt.kept_out}
    assert reasons == {"the sheet does not balance", "outside what this line can be"}
    assert set(summary.symbols.values()) == {"ALPHA"}
    made.clock.pass_time(days=1)
    assert not made.refresh(sources=HERE).published  # and they are not read in later


def test_earnings_a_share_follow_a_later_bonus(made, site):
    eps = "BasicEarningsLossPerShareFromContinuingAndDiscontinuedOperations"
    site.document("F/a.html", quarter_document(**{eps: 8.0 / 1e7}))
    made.site.bundle(TODAY, ("ALPHA", str(TODAY), "BONUS 1:1"))
    made.refresh(sources=HERE)
    assert made.facts("ALPHA", line="eps")["value"].to_list() == [4.0]


def test_pages_in_place_of_documents_stop_that_source_alone(made, site):
    codes = [f"5001{i:02}" for i in range(12)]
    site.shares(*((code, made_isin(60 + i)) for i, code in enumerate(codes)))
    site.filings(
        *(filing_row(code, "JQ2026-2027", "2026-06-29T10:00:00", f"F/{code}.html")
          for code in codes)
    )  # fmt: skip
    for code in codes:
        site.document(f"F/{code}.html", SHELL)
    tally = made.refresh(sources=HERE).sources[filed.SOURCE]
    assert "5 documents in a row" in tally.stopped
    assert tally.left == len(codes) - 4
    assert made.market.table("prices").collect()["date"].n_unique() == 2


def test_a_page_of_the_shell_among_filings_lists_falls_back_to_today(made, site):
    site._put(bse.filings_url(window=4), b'"No Record Found!"')
    row = filing_row("500111", "JQ2026-2027", "2026-06-30T10:00:00", "F/a.html")
    site._put(bse.filings_url(window=1), filing_list(row))
    made.refresh(sources=HERE)
    assert made.facts("ALPHA", source=filed.SOURCE).height > 5


def test_a_job_names_all_that_reading_it_again_needs():
    wanted = bse_filings.Wanted(ISIN["ALPHA"], "F/a.html", dt.datetime(2026, 6, 29, 18, 5, 11))
    assert bse_filings.Wanted.of_key(wanted.key) == wanted
