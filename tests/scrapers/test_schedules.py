"""Schedules tell the parts of a balance-sheet row, on request, and never cost what pages gave."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest

from scrapers.cells import Period
from scrapers.hosts import POLICIES, SCREENER_HOST, HostPolicy
from scrapers.schedules import parse_schedule, schedule_url
from screener.errors import LayoutError
from tests.replay.server import Answer
from tests.scrapers.made_market import SYMBOLS, Machine
from tests.scrapers.made_pages import blank

BORROWINGS = {
    "Long term Borrowings": {"Mar 2025": "1,234", "Mar 2026": "7.5", "setAttributes": {"a": 1}},
    "Short term Borrowings": {"Mar 2025": "", "Mar 2026": "-2"},
    "Lease Liabilities": {"Mar 2026": "3"},
    "Other Borrowings": {"Mar 2026": "9"},
}
ASSETS = {
    "Inventories": {"Mar 2025": "10", "Sep 2025": "11", "Mar 2026": "12"},
    "Trade receivables": {"Mar 2026": "20"},
    "Cash Equivalents": {"Mar 2026": "30"},
    "Loans n Advances": {"Mar 2026": "40"},
}
COSTS = {
    "Material Cost %": {"Mar 2025": "40%", "Mar 2026": "61.5%", "TTM": "60%"},
    "Employee Cost %": {"Mar 2026": "10%", "Mar 2016": "12%"},
    "Other Cost %": {"Mar 2026": "5%"},
}
ROWS = {"Borrowings": BORROWINGS, "Other Assets": ASSETS, "Expenses": COSTS}
MARCH, EARLIER, SEPTEMBER = dt.date(2026, 3, 31), dt.date(2025, 3, 31), dt.date(2025, 9, 30)


def parsed(rows: object, parent: str = "Borrowings") -> dict[str, tuple[float | None, ...]]:
    return dict(parse_schedule(json.dumps(rows).encode(), parent, "made").lines)


def test_rows_are_lines_and_notes_are_passed_over():
    statement = parse_schedule(json.dumps(BORROWINGS).encode(), "Borrowings", "made")
    assert statement.periods == (Period(EARLIER), Period(MARCH))
    assert statement.lines == {
        "long_term_borrowings": (1234, 7.5),
        "short_term_borrowings": (None, -2),
        "lease_liabilities": (None, 3),
    }


def test_a_company_without_the_row_has_no_lines():
    assert parsed({}) == {}
    assert parsed({"Other Borrowings": {"Mar 2026": "text"}}) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"Lease Liabilities": 4}',
        b'{"Lease Liabilities": {"Mar 2026": "many"}}',
        b'{"Lease Liabilities": {"Mar 2026": true}}',
        b'{"Lease Liabilities": {"Mar 2026": "1", "Mar 2026 9m": "2"}}',
        b'{"Lease Liabilities": {"Zzz 2026": "1"}}',
        b'{"Lease Liab',
        b"\xff\xfe",
        b'{"Lease Liabilities": {"Mar 2026": Infinity}}',
        b"[" * 100_000,
    ],
)
def test_a_schedule_that_is_none_is_refused(body):
    with pytest.raises(LayoutError):
        parse_schedule(body, "Borrowings", "made")


def test_the_address_of_a_schedule():
    url = schedule_url("3365", "Other Assets", "consolidated")
    assert url == (
        "https://www.screener.in/api/company/3365/schedules/"
        "?parent=Other+Assets&section=balance-sheet&consolidated="
    )
    assert schedule_url("1", "Borrowings", "standalone").endswith("&section=balance-sheet")
    assert schedule_url("1", "Expenses", "standalone").endswith("&section=profit-loss")


@pytest.fixture
def made(made: Machine) -> Machine:
    for number, symbol in enumerate(SYMBOLS, 11):
        made.site.page(symbol, company_id=number)
        schedules(made, number)
    return made


def schedules(
    made: Machine, number: int, basis: str = "consolidated", answer: Answer | None = None
) -> None:
    """Set what the schedules of a company answer."""
    for parent, rows in ROWS.items():
        path = schedule_url(str(number), parent, basis).partition(SCREENER_HOST)[2]
        made.site.pages[SCREENER_HOST, path] = answer or json.dumps(rows).encode()


def asked(made: Machine) -> list[str]:
    return [path for path in made.pages_asked if path.startswith("/api/")]


def test_schedules_are_fetched_only_when_asked_for(made):
    made.refresh()
    assert asked(made) == []
    before = made.market.table("facts").collect()
    made.clock.pass_time(days=1)
    summary = made.refresh(schedules=True)
    assert (len(made.pages_asked), len(asked(made))) == (9, 9)
    assert summary.sources["screener.in schedules"].fetched == 3
    assert made.market.table("facts").collect().head(before.height).equals(before)
    facts = made.facts("ALPHA", line="inventories")
    assert facts.select("kind", "period_end", "months", "value", "basis", "unit").rows() == [
        ("annual", EARLIER, 0, 10, "consolidated", "cr"),
        ("interim", SEPTEMBER, 0, 11, "consolidated", "cr"),
        ("annual", MARCH, 0, 12, "consolidated", "cr"),
    ]
    lines = {"long_term_borrowings", "short_term_borrowings", "lease_liabilities"}
    lines |= {"inventories", "receivables", "cash"}
    assert lines <= set(made.facts("BETA")["line"])
    assert made.panel["cash@0"].to_list() == [30.0] * 3


def test_costs_are_shares_of_the_sales_of_their_year(made):
    made.refresh(schedules=True)
    facts = made.facts("ALPHA").filter(pl.col("line").is_in(["material_cost", "employee_cost"]))
    assert facts.select("line", "kind", "period_end", "months", "value", "unit").rows() == [
        ("material_cost", "annual", EARLIER, 12, 0.4 * 120_000, "cr"),
        ("material_cost", "annual", MARCH, 12, pytest.approx(0.615 * 144_000.5), "cr"),
        ("employee_cost", "annual", MARCH, 12, pytest.approx(0.1 * 144_000.5), "cr"),
    ]
    assert made.panel["material_cost@1"].to_list() == [48_000.0] * 3


def test_four_requests_a_company_and_none_again(made):
    made.refresh(schedules=True)
    assert len(made.pages_asked) == 12
    made.clock.pass_time(days=1)
    second = made.refresh(schedules=True)
    assert made.pages_asked == []
    assert not second.published


def test_the_basis_is_that_of_the_page(made):
    made.site.page("ALPHA", blank(), company_id=11)
    made.site.page("ALPHA", basis="standalone", company_id=11)
    schedules(made, 11, "standalone")
    made.refresh(schedules=True)
    assert made.facts("ALPHA", line="cash")["basis"].to_list() == ["standalone"]
    assert not any("/11/" in path and "consolidated=" in path for path in asked(made))


def test_only_some_and_only_so_many(made):
    made.refresh(schedules=True, limit=1)
    assert len(asked(made)) == 3
    made.refresh(schedules=True, only=["GAMMA"])
    assert [path for path in asked(made) if "/13/" not in path] == []
    assert made.facts("GAMMA", line="cash").height == 1


@pytest.mark.parametrize(
    "bad",
    [
        Answer(b'{"Lease Liabilities": 4}'),
        Answer(b"<html>busy</html>"),
        Answer(status=404),
        Answer(status=403),
        Answer(status=302, headers={"Location": "/login/"}),
        Answer(status=500),
    ],
    ids=["shape", "html", "404", "403", "login", "500"],
)
def test_a_failing_schedule_costs_nothing_else(made, bad):
    for number in (11, 12, 13):
        schedules(made, number, answer=bad)
    summary = made.refresh(schedules=True)
    assert summary.sources["screener.in"].fetched == 3
    assert made.market.table("facts").collect()["isin"].n_unique() == 3
    assert summary.sources["screener.in schedules"].fetched == 0
    made.clock.pass_time(days=31)
    for number in (11, 12, 13):
        schedules(made, number)
    made.refresh(schedules=True)
    assert made.facts("BETA", line="cash").height == 1


def test_a_nights_budget_is_for_pages_first(made):
    policies = {**POLICIES, SCREENER_HOST: HostPolicy(delay=5, budget=7)}
    tally = made.refresh(schedules=True, policies=policies).sources["screener.in schedules"]
    assert (tally.fetched, len(asked(made))) == (1, 4)
    assert "used up" in tally.stopped
    assert made.market.table("facts").collect()["isin"].n_unique() == 3
    made.clock.pass_time(days=1)
    tally = made.refresh(schedules=True, policies=policies).sources["screener.in schedules"]
    assert (tally.fetched, tally.left) == (2, 0)


def test_a_lost_market_gets_its_schedules_from_the_store(made):
    made.refresh(schedules=True)
    before = made.facts("ALPHA").filter(pl.col("line").is_in(["cash", "inventories"]))
    (made.paths.real_market / "CURRENT").unlink()
    made.refresh(schedules=True)
    assert made.server.asked == []
    after = made.facts("ALPHA").filter(pl.col("line").is_in(["cash", "inventories"]))
    assert after.equals(before)
    assert before.height == 4
