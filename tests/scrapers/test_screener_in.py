"""A company page is understood whole or refused by its place; no figure slides into another row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.screener_facts import facts_of, is_financial, template_of
from scrapers.screener_in import CompanyPage, page_url, parse_page
from screener.errors import LayoutError
from screener.market.schema import FACTS, LINES
from tests.scrapers.made_pages import (
    BALANCE_SHEET,
    CASH_FLOW,
    PROFIT_LOSS,
    QUARTERS,
    RATIOS,
    RESULTS,
    SHAREHOLDING,
    URL,
    YEARS,
    blank,
    made_page,
    tables,
)

SEEN = dt.datetime(2026, 6, 30, 20, 0, tzinfo=dt.UTC)  # the first of July in India
ISIN = "INE000A01010"


def read(*args: Any, **header: Any) -> CompanyPage:
    return parse_page(made_page(*args, **header), URL)


def value(facts: pl.DataFrame, line: str, end: str, kind: str = "annual") -> float | None:
    found = facts.filter(
        (pl.col("line") == line)
        & (pl.col("kind") == kind)
        & (pl.col("period_end") == dt.date.fromisoformat(end))
    )
    assert found.height <= 1
    return found["value"][0] if found.height else None


def facts(page: CompanyPage) -> pl.DataFrame:
    return facts_of(page, ISIN, SEEN)


# -- what the page says of the company ------------------------------------------------------------


def test_the_header_tells_who_it_is():
    page = read(
        company_id=77,
        cons=("Promoters have pledged 12.5% of their holding.", "Debtor days have increased"),
        top={"Market Cap": "17,08,618", "High / Low": "1,612", "Book Value": "66.8"},
    )
    assert (page.name, page.nse_symbol, page.bse_code) == (
        "Madeup Industries Ltd",
        "MADEUP",
        "543210",
    )
    assert (page.company_id, page.warehouse_id) == ("77", "5000077")
    assert page.basis == "consolidated"
    assert page.sectors == {
        "macro_sector": "Industrials",
        "sector": "Capital Goods",
        "basic_industry": "Industrial Products",
    }
    assert page.indices == ("Nifty 500",)
    assert page.top == {
        "market_cap_printed": 1708618,
        "price_printed": 100,
        "pe_printed": 20.5,
        "book_value_printed": 66.8,
    }
    assert page.pledged == 12.5
    assert page.unknown_rows == ()


def test_symbols_with_signs_are_read_from_links():
    assert read(symbol="M&M").nse_symbol == "M&M"
    assert read(symbol="", bse_code="").nse_symbol == ""


def test_addresses_quote_the_symbol():
    assert page_url("M&M") == "https://www.screener.in/company/M%26M/consolidated/"
    assert page_url("J&KBANK", "standalone") == "https://www.screener.in/company/J%26KBANK/"


def test_the_basis_is_what_the_page_says_not_what_was_asked():
    assert read(consolidated=False).basis == "standalone"
    torn = made_page(consolidated=False).replace(b"Standalone Figures", b"Consolidated Figures")
    with pytest.raises(LayoutError, match="says standalone in one place"):
        parse_page(torn, URL)


def test_the_plain_sector_line_of_older_pages():
    plain = b'<p class="sub">Sector: Capital Goods Industry: Industrial Products</p>'
    plain += b'<p class="sub" id="b'
    page = made_page(sectors=()).replace(b'<p class="sub" id="b', plain)
    assert parse_page(page, URL).sectors == {
        "sector": "Capital Goods",
        "industry": "Industrial Products",
    }


def test_the_printed_price_is_of_the_last_such_day():
    page = read(price_date="2026-06-29")
    assert page.price_date(dt.date(2026, 7, 1)) == dt.date(2026, 6, 29)
    assert page.price_date(dt.date(2027, 1, 2)) == dt.date(2026, 6, 29)
    assert page.price_date(dt.date(2026, 6, 28)) == dt.date(2025, 6, 29)
    assert read(price_date=None).price_date(dt.date(2026, 7, 1)) == dt.date(2026, 7, 1)
    leap = read(price_date="2024-02-29")
    assert leap.price_date(dt.date(2025, 7, 1)) == dt.date(2024, 2, 29)


def test_hostile_text_stays_text():
    page = read(name="<b>x</b>\x1b[2J\u202eevil[/] {0}", cons=("Promoters <script>pledged 5%",))
    assert page.name == "<b>x</b>[2Jevil[/] {0}"


# -- tables ---------------------------------------------------------------------------------------


def test_every_filled_cell_is_a_fact_and_no_blank_is():
    frame = facts(read())
    assert frame.schema == pl.Schema(FACTS)
    cells = [cell for _, rows in tables().values() for row in rows.values() for cell in row if cell]
    assert frame.filter(pl.col("kind") != "snapshot").height == len(cells)
    assert value(frame, "other_income", "2025-03-31") is None
    assert value(frame, "other_income", "2026-03-31") == -657
    assert value(frame, "opm", "2026-03-31") == -1838400
    assert value(frame, "tax_rate", "2026-03-31") == 41648
    assert value(frame, "sales", "2026-03-31") == 144000.5
    assert value(frame, "eps", "2026-03-31") == -0.05
    assert value(frame, "reserves", "2025-03-31") == -200
    assert value(frame, "shareholders", "2025-09-30", "holding") == 3506867
    assert frame["value"].is_finite().all()
    assert set(frame["line"]) <= set(LINES)
    units = frame.select("line", "unit").unique()
    assert all(LINES[line][1] == unit for line, unit in units.iter_rows())


def test_lengths_of_periods():
    page = read(
        tables(
            profit_loss=(("Jun 2023", "Mar 2024 9m", "Mar 2025", "TTM"), four(PROFIT_LOSS)),
            cash_flow=(("Jun 2023", "Mar 2024", "Mar 2025"), CASH_FLOW),
            balance_sheet=(("Mar 2024", "Mar 2025", "Sep 2025"), BALANCE_SHEET),
        )
    )
    frame = facts(page)
    spans = frame.select("kind", "line", "period_end", "months").unique()
    assert months(spans, "sales", "2024-03-31") == 9
    assert months(spans, "cfo", "2024-03-31") == 9  # from the column of the same year-end
    assert months(spans, "cfo", "2025-03-31") == 12
    assert months(spans, "reserves", "2025-03-31") == 0
    assert spans.filter(pl.col("kind") == "quarter")["months"].unique().to_list() == [3]
    # The trailing year is no fact, and a balance sheet at no year-end is a half-year one.
    assert frame.filter(pl.col("kind") == "annual")["period_end"].max() == dt.date(2026, 3, 31)
    assert value(frame, "sales", "2025-03-31") == 144000.5
    assert value(frame, "reserves", "2025-09-30", "interim") == 300
    assert value(frame, "reserves", "2025-09-30") is None


def four(rows: dict[str, Any]) -> dict[str, Any]:
    """Rows with a fourth, trailing-year cell."""
    return {name: (*cells, "9,99,999") for name, cells in rows.items()}


def months(spans: pl.DataFrame, line: str, end: str) -> int:
    found = spans.filter(
        (pl.col("line") == line)
        & (pl.col("kind") == "annual")
        & (pl.col("period_end") == dt.date.fromisoformat(end))
    )
    return int(found["months"].item())


def test_half_yearly_results_are_of_six_months():
    frame = facts(read(tables(quarters=(("Mar 2025", "Sep 2025", "Mar 2026"), RESULTS))))
    assert frame.filter(pl.col("kind") == "quarter")["months"].unique().to_list() == [6]


def test_cash_flow_with_and_without_its_later_rows():
    more = {**CASH_FLOW, "Free Cash Flow": ("5", "", "7"), "CFO/OP": ("50%", "-1,060%", "")}
    frame = facts(read(tables(cash_flow=(YEARS, more))))
    assert value(frame, "fcf", "2026-03-31") == 7
    assert value(frame, "cfo_to_op", "2025-03-31") == -1060


def bank_tables(**changed: Any) -> Any:
    names = {
        "Sales\xa0+": "Revenue\xa0+",
        "Operating Profit": "Financing Profit",
        "OPM %": "Financing Margin %",
    }
    results = {names.get(k, k): v for k, v in RESULTS.items()}
    results |= {"Gross NPA %": ("1.5%", "1.4%", "1.2%"), "Net NPA %": ("0.5%", "", "0.3%")}
    results["Raw PDF"] = ("", "", "")
    sheet = {k.replace("Borrowings\xa0+", "Borrowing"): v for k, v in BALANCE_SHEET.items()}
    sheet["Deposits"] = ("1,000", "2,000", "3,000")
    profit = {names.get(k, k): v for k, v in PROFIT_LOSS.items()}
    given = {
        "quarters": (QUARTERS, results),
        "profit_loss": (YEARS, profit),
        "balance_sheet": (YEARS, sheet),
        "ratios": (YEARS, {"ROE %": ("14%", "15%", "16%")}),
    }
    return tables(**{**given, **changed})


def test_a_bank_is_read_in_its_own_words():
    page = read(bank_tables())
    frame = facts(page)
    assert template_of(page) == "bank"
    assert is_financial(page) is True
    assert value(frame, "sales", "2024-03-31") == 100000
    assert value(frame, "operating_profit", "2024-03-31") == 20000
    assert value(frame, "borrowings", "2026-03-31") == 7
    assert value(frame, "deposits", "2026-03-31") == 3000
    assert value(frame, "gross_npa", "2025-12-31", "quarter") == 1.4
    assert value(frame, "net_npa", "2025-12-31", "quarter") is None
    assert value(frame, "roe_printed", "2026-03-31") == 16
    assert value(frame, "roce_printed", "2026-03-31") is None
    assert page.unknown_rows == ()


def test_lenders_and_insurers_are_told_apart():
    sheet = {k.replace("Borrowings\xa0+", "Borrowing"): v for k, v in BALANCE_SHEET.items()}
    lender = read(
        bank_tables(balance_sheet=(YEARS, sheet)), sectors=("Financial Services", "Finance")
    )
    assert template_of(lender) == "lender"
    insurer = read(sectors=("Financial Services", "Insurance", "Life Insurance"))
    assert (template_of(insurer), is_financial(insurer)) == ("insurer", True)
    broker = read(sectors=("Financial Services", "Insurance", "Insurance Distributors"))
    assert (template_of(broker), is_financial(broker)) == ("corporate", True)
    maker = read()
    assert (template_of(maker), is_financial(maker)) == ("corporate", False)
    assert is_financial(read(sectors=())) is None


def test_off_quarter_patterns_and_a_missing_promoter_row():
    owners = {k: v for k, v in SHAREHOLDING.items() if "Promoters" not in k}
    frame = facts(read(tables(shareholding=(("Mar 2024", "Oct 2024", "Mar 2025"), owners))))
    assert value(frame, "public", "2024-10-31", "holding") == 39.99
    assert value(frame, "promoters", "2025-03-31", "holding") is None


def test_the_pledge_belongs_to_the_latest_pattern():
    frame = facts(read(cons=("Promoters have pledged or encumbered 42.3% of their holding",)))
    assert value(frame, "pledged", "2026-03-31", "holding") == 42.3
    bare = facts(read(tables(shareholding=None), cons=("Promoters have pledged 5% of it",)))
    assert bare.filter(pl.col("line") == "pledged").is_empty()


def test_no_pledge_told_is_no_fact():
    assert facts(read()).filter(pl.col("line") == "pledged").is_empty()


def test_a_page_without_consolidated_accounts_has_no_figures():
    page = read(blank())
    assert not page.has_figures
    assert page.last_report is None
    assert facts(page)["kind"].unique().to_list() == ["snapshot"]
    assert read().has_figures
    assert read().last_report == dt.date(2026, 3, 31)


# -- when it was known ----------------------------------------------------------------------------


def test_when_a_figure_counts_as_known():
    frame = facts(read(cons=("Promoters have pledged 5% of it",)))
    known = frame.select("kind", "period_end", "known_at", "known_basis").unique()
    rows = {(kind, str(end)): (str(at), how) for kind, end, at, how in known.iter_rows()}
    assert rows["annual", "2024-03-31"] == ("2024-05-30", "rule")
    assert rows["annual", "2025-03-31"] == ("2025-05-30", "rule")
    assert rows["quarter", "2025-12-31"] == ("2026-02-16", "rule")  # the 14th was a Saturday
    assert rows["holding", "2025-12-31"] == ("2026-01-21", "rule")
    assert rows["snapshot", "2026-07-01"] == ("2026-07-01", "seen")
    assert frame["seen_at"].unique().to_list() == [dt.datetime(2026, 6, 30, 20, 0)]


def test_a_figure_read_before_its_rule_date_was_known_when_read():
    early = facts_of(read(), ISIN, dt.datetime(2026, 4, 20, 6, 0, tzinfo=dt.UTC))
    annual = early.filter((pl.col("kind") == "annual") & (pl.col("period_end").dt.year() == 2026))
    assert annual.select("known_at", "known_basis").unique().rows() == [
        (dt.date(2026, 4, 20), "seen")
    ]


# -- what is refused ------------------------------------------------------------------------------


def refused(given: Any, *said: str, **header: Any) -> None:
    with pytest.raises(LayoutError) as raised:
        read(given, **header)
    for words in (URL, *said):
        assert words in raised.value.message


@pytest.mark.parametrize("cells", [("1", "2"), ("1", "2", "3", "4")])
def test_a_row_of_another_length_is_named(cells):
    refused(
        tables(balance_sheet=(YEARS, {**BALANCE_SHEET, "CWIP": cells})), "balance-sheet", "'CWIP'"
    )


def test_a_cell_that_is_no_number_is_named():
    refused(
        tables(cash_flow=(YEARS, {**CASH_FLOW, "Net Cash Flow": ("1", "n.m.", "2")})),
        "cash-flow",
        "Net Cash Flow",
        "n.m.",
    )


@pytest.mark.parametrize("header", ["Mar 24", "FY2024", "Last year", "2024-03"])
def test_a_header_that_is_no_period_is_named(header):
    refused(tables(ratios=((*YEARS[:2], header), RATIOS)), "ratios", header)


def test_the_same_period_twice_is_refused():
    refused(tables(ratios=(("Mar 2024", "Mar 2024", "Mar 2025"), RATIOS)), "from earlier to later")


def test_the_same_row_twice_is_refused():
    rows = {**BALANCE_SHEET, "Borrowing": ("1", "2", "3")}
    refused(tables(balance_sheet=(YEARS, rows)), "'Borrowing' is there twice")


def test_an_unknown_row_is_reported_and_the_others_stand():
    rows = {"New Measure": ("7", "8", "9"), **BALANCE_SHEET}
    page = read(tables(balance_sheet=(YEARS, rows)))
    assert page.unknown_rows == ("balance-sheet: New Measure",)
    frame = facts(page)
    assert frame.equals(facts(read()))


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("profit_loss", "Sales\xa0+"),
        ("quarters", "Net Profit\xa0+"),
        ("balance_sheet", "Total Assets"),
    ],
)
def test_a_renamed_main_row_is_not_passed_over(section, row):
    name = section.replace("_", "-")
    headers, rows = tables()[name]
    renamed = {("Turnover" if k == row else k): v for k, v in rows.items()}
    refused(tables(**{section: (headers, renamed)}), name, "no row for")


@pytest.mark.parametrize(
    "section", ["quarters", "profit_loss", "balance_sheet", "cash_flow", "ratios"]
)
def test_a_missing_table_is_named(section):
    refused(tables(**{section: None}), section.replace("_", "-"))


def test_a_page_without_tables_is_no_company_page():
    refused({}, "has no tables")
    with pytest.raises(LayoutError, match="has no tables"):
        parse_page("<html><title>Just a moment…</title></html>", URL)


def test_a_page_cut_off_is_refused_even_when_its_tables_are_there():
    with pytest.raises(LayoutError, match="ends in the middle"):
        parse_page(made_page()[:-20], URL)


WHOLE = made_page(cons=("Promoters have pledged 12.5% of their holding.",)).decode()
SCRAPS = ("<td>", "</td>", "<tr>", "</table>", "<th>TTM</th>", "9m", "NaN", "1e999", "\x00", "’")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(WHOLE)),
            st.integers(0, 40),
            st.sampled_from(SCRAPS) | st.text(max_size=4),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_garbled_page_is_read_or_refused_and_nothing_else(changes):
    text = WHOLE
    for at, cut, put in changes:
        text = text[:at] + put + text[at + cut :]
    try:
        page = parse_page(text, URL)
    except LayoutError:
        return
    frame = facts(page)
    assert frame["value"].is_finite().all()
    assert (
        frame.filter(pl.col("kind") == "annual")
        .select("line", "period_end", "months")
        .is_unique()
        .all()
    )
