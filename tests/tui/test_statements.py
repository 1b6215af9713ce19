"""A company's statements as text: order of periods, units, odd years, lines without figures."""

from __future__ import annotations

import datetime as dt

from tui.statements import owners, quarters, years

ROW: dict[str, object] = {
    "end@0": dt.date(2025, 3, 31),
    "end@1": dt.date(2024, 3, 31),
    "end@2": dt.date(2023, 6, 30),
    "months@0": 12,
    "months@1": 9,
    "months@2": 12,
    "sales@0": 1234567.0,
    "sales@1": 950.0,
    "sales@2": None,
    "net_profit@0": -12.34,
    "net_profit@1": None,
    "eps@0": 12.5,
    "borrowings@1": 55.0,
    "end@q0": dt.date(2025, 12, 31),
    "months@q0": 6,
    "sales@q0": 99.0,
    "end@h0": dt.date(2025, 12, 31),
    "promoters@h0": 51.25,
    "shareholders@h0": 123456.0,
}


def test_the_latest_year_stands_at_the_right() -> None:
    table = years(ROW).rows
    assert [column.header[1] for column in table.columns] == ["", "Jun 23", "Mar 24", "Mar 25"]
    sales = next(row for row in table.cells if "Sales" in row[0])
    assert sales[1:] == ("–", "950", "12,34,567")


def test_an_odd_year_says_its_months() -> None:
    table = years(ROW).rows
    assert [column.header[0] for column in table.columns] == ["", "", "9 months", ""]
    assert quarters(ROW).rows.columns[1].header == ("6 months", "Dec 25")


def test_lines_stand_under_their_statement_with_their_unit() -> None:
    table = years(ROW).rows
    firsts = [row[0] for row in table.cells]
    assert firsts.index("Profit and loss") < firsts.index("  Sales ₹ cr")
    assert firsts.index("Balance sheet") < firsts.index("  Borrowings ₹ cr")
    assert "  Earnings per share ₹" in firsts
    assert "Cash flow" not in firsts
    headings = [
        row[0] for row, tone in zip(table.cells, table.tones, strict=True) if tone == "heading"
    ]
    assert headings == ["Profit and loss", "Balance sheet"]


def test_owners_are_in_percent_and_holders_are_counted() -> None:
    texts = dict(owners(ROW).rows.cells[1:])
    assert texts["  Promoters %"] == "51.2"
    assert texts["  Number of shareholders"] == "1,23,456"


def test_every_column_is_as_wide_as_its_widest_text() -> None:
    table = years(ROW).rows
    for number, column in enumerate(table.columns):
        assert {len(text) for text in table.texts(0, number)} == {column.width}


def test_a_company_without_statements_has_an_empty_table() -> None:
    assert years({}).rows.height == quarters({}).rows.height == owners({}).rows.height == 0
