"""What cannot be right stays out with its reason; what is right comes through as it was."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.filed import SOURCE as FILED
from scrapers.plausible import BOUNDS, SLIP_CELLS, Judged, judged
from screener.market.schema import FACTS, LINES, conform, empty

SEEN = dt.datetime(2026, 6, 30, 9)
YEAR = dt.date(2026, 3, 31)
ISIN = "INE000101010"
Cell = tuple[str, float]


def fact(line: str, value: float, **other: object) -> dict[str, object]:
    return {
        "isin": ISIN, "basis": "consolidated", "kind": "annual", "period_end": YEAR, "months": 12,
        "line": line, "value": value, "unit": LINES[line][1], "known_at": YEAR,
        "known_basis": "rule", "seen_at": SEEN, "source": "screener.in", **other,
    }  # fmt: skip


def facts(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FACTS)


def year(end: dt.date = YEAR, times: float = 1.0, **other: float) -> list[dict[str, object]]:
    """A year whose parts add up, every amount multiplied."""
    amounts = {
        "sales": 500, "expenses": 400, "operating_profit": 100, "interest": 10, "net_profit": 60,
        "equity_capital": 10, "reserves": 290, "borrowings": 100, "other_liabilities": 100,
        "total_liabilities": 500, "fixed_assets": 200, "cwip": 0, "investments": 100,
        "other_assets": 200, "total_assets": 500, "cfo": 80, "cfi": -50, "cff": -20,
        "net_cash_flow": 10, **other,
    }  # fmt: skip
    return [fact(line, value * times, period_end=end) for line, value in amounts.items()]


def sized(mcap: float | None = 1000.0) -> pl.DataFrame:
    return conform("companies", pl.DataFrame({"isin": [ISIN], "size_mcap": [mcap]}))


def judge(rows: list[dict[str, object]], *known: dict[str, object], mcap: float = 1000) -> Judged:
    return judged(facts(*rows), facts(*known), sized(mcap))


def lost(rows: list[dict[str, object]], result: Judged) -> set[str]:
    return {str(row["line"]) for row in rows} - set(result.facts["line"])


def test_a_sound_year_comes_through_unchanged_and_undoubted():
    result = judge(year())
    assert result.doubts == ()
    assert result.facts.equals(facts(*year()))
    assert judged(empty("facts"), empty("facts"), sized()).facts.is_empty()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("promoters", 112.0), ("promoters", -1.0), ("gross_npa", 101.0), ("pledged", 170.0),
        ("total_assets", -184.0), ("equity_capital", -1.0), ("cfi", 2e8), ("face_value", 0.0),
        ("shareholders", -3.0), ("price_printed", 0.0), ("market_cap_printed", -1.0),
        ("net_profit", float("inf")), ("eps", float("nan")),
    ],
)  # fmt: skip
def test_what_a_line_cannot_be_is_kept_out(line, value):
    rows = [fact(line, value), fact("cfo", 1.0)]
    result = judge(rows)
    assert lost(rows, result) == {line}
    (doubt,) = result.doubts
    assert (doubt.isin, doubt.line, doubt.kept_out) == (ISIN, line, True)
    assert doubt.reason


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("sales", -210.0), ("opm", -250516.0), ("tax_rate", 41648.0), ("other_income", -37775.0),
        ("reserves", -103948.0), ("eps", -1306100.0), ("working_capital_days", -10833930.0),
        ("total_assets", 8321176.0), ("promoters", 100.0), ("borrowings", -0.01),
        ("dividend_payout", 21284.0), ("roce_printed", -1293.0), ("public", 0.0),
    ],
)  # fmt: skip
def test_extremes_that_were_seen_on_real_pages_come_through(line, value):
    result = judge([fact(line, value)])
    assert result.facts.height == 1
    assert result.doubts == ()


def test_what_is_seldom_negative_is_let_in_and_told():
    result = judge([fact("depreciation", -95.0)])
    assert result.facts.height == 1
    (doubt,) = result.doubts
    assert not doubt.kept_out


def test_a_sheet_that_does_not_balance_is_kept_out_and_the_rest_of_the_year_stays():
    rows = year(total_assets=700)
    result = judge(rows)
    assert lost(rows, result) == {
        "equity_capital", "reserves", "borrowings", "other_liabilities", "total_liabilities",
        "fixed_assets", "cwip", "investments", "other_assets", "total_assets",
    }  # fmt: skip
    (doubt,) = [d for d in result.doubts if d.kept_out]
    assert "does not balance" in doubt.reason
    assert doubt.line == ""


@pytest.mark.parametrize("off", [0, 1, -2, 4])
def test_rounding_is_no_imbalance(off):
    assert judge(year(total_assets=500 + off)).facts.height == len(year())


def test_another_years_sheet_is_another_sheet():
    rows = [*year(), *year(dt.date(2025, 3, 31), total_assets=700)]
    result = judge(rows)
    assert result.facts.filter(pl.col("period_end") == YEAR).height == len(year())


@pytest.mark.parametrize("total", ["total_assets", "net_cash_flow"])
def test_parts_that_do_not_add_up_are_told(total):
    other = {"total_liabilities": 540, "total_assets": 540} if total == "total_assets" else {}
    rows = year(**(other or {"net_cash_flow": 70}))
    result = judge(rows)
    assert lost(rows, result) == set()
    assert {d.line for d in result.doubts} >= {total}
    assert all("add up" in d.reason for d in result.doubts)


@pytest.mark.parametrize("times", [100.0, 1e7, 0.01, 10.0])
def test_statements_that_slipped_their_unit_between_two_readings_are_kept_out(times):
    rows = [*year(times=times), fact("promoters", 50.0), fact("eps", 3.0)]
    result = judge(rows, *year(), mcap=1e9 if times > 1 else 1000)
    assert set(result.facts["line"]) == {"promoters", "eps"}
    assert any(
        f"{times:g}" in d.reason.replace(".0", "") or "times" in d.reason for d in result.doubts
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.5, 2.0), min_size=19, max_size=19))
def test_restated_figures_come_through_unless_all_slipped(factors):
    rows = [
        {**row, "value": float(row["value"]) * factor}  # type: ignore[arg-type]
        for row, factor in zip(year(), factors, strict=True)
    ]
    slipped = [d for d in judge(rows, *year()).doubts if "times those read" in d.reason]
    assert slipped == []


def test_one_figure_that_changed_a_hundredfold_is_a_restatement():
    rows = year(interest=1000.0)
    assert judge(rows, *year()).facts.height == len(rows)


def test_a_few_cells_are_too_few_to_speak_of_a_slip():
    rows = year(times=100)[: SLIP_CELLS - 1]
    assert judge(rows, *year(), mcap=1e6).facts.height == len(rows)


def test_sales_far_above_the_market_value_are_in_another_unit():
    rows = [*year(times=1e5), fact("promoters", 50.0)]
    result = judge(rows, mcap=1000)
    assert result.facts["line"].to_list() == ["promoters"]
    assert "market value" in result.doubts[0].reason


def test_the_printed_market_value_counts_before_the_list():
    rows = [*year(times=1e5), fact("market_cap_printed", 1e7, kind="snapshot", months=0)]
    assert judge(rows, mcap=1000).facts.height == len(rows)


def test_sales_next_to_nothing_are_told_and_no_sales_are_not():
    (doubt,) = judge([fact("sales", 0.01)]).doubts
    assert (doubt.line, doubt.kept_out) == ("sales", False)
    assert judge([fact("sales", 0.0)]).doubts == ()
    assert judged(facts(*year(times=1e5)), empty("facts"), sized(None)).doubts == ()


def test_a_period_that_is_not_over_is_kept_out():
    rows = [fact("sales", 5.0, period_end=dt.date(2027, 3, 31)), fact("sales", 5.0)]
    assert judge(rows).facts["period_end"].to_list() == [YEAR]


values = st.one_of(
    st.floats(-1e9, 1e9), st.sampled_from([0.0, float("nan"), float("inf"), -1e-3, 100.0])
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(LINES)), values), max_size=25))
def test_nothing_is_changed_or_made_up_and_every_loss_has_a_reason(cells: list[Cell]):
    rows = [fact(line, value) for line, value in dict(cells).items()]
    result = judged(facts(*rows), empty("facts"), sized())
    given_rows = facts(*rows).rows()
    kept = result.facts.rows()
    assert all(row in given_rows for row in kept if row[6] == row[6])
    assert (len(kept) < len(rows)) == any(d.kept_out for d in result.doubts)
    for line, low_high in BOUNDS.items():
        held = result.facts.filter(pl.col("line") == line)["value"]
        assert held.is_between(*low_high).all()


def filing(end: dt.date, times: float = 1.0, known: dt.date = YEAR) -> list[dict[str, object]]:
    """What a results document states of a year."""
    return [
        {**row, "source": FILED, "known_at": known, "known_basis": "broadcast"}
        for row in year(end, times)
    ]


def test_a_filing_in_another_unit_than_the_page_is_kept_out_and_the_others_stay():
    before = dt.date(2025, 3, 31)
    rows = [*filing(YEAR, 100), *filing(before)]
    result = judge(rows, *year(), *year(before), mcap=1e6)
    assert result.facts["period_end"].unique().to_list() == [before]
    assert result.facts.height == len(year())
    assert "100.0 times those read before" in result.doubts[0].reason


def test_of_two_filings_about_a_period_each_is_judged_by_itself():
    later = dt.date(2026, 6, 5)
    broken = [
        {**row, "value": 700.0} if row["line"] == "total_assets" else row for row in filing(YEAR)
    ]
    result = judge([*broken, *filing(YEAR, known=later)])
    sheets = result.facts.filter(line="total_assets")
    assert sheets.select("value", "known_at").rows() == [(500.0, later)]
