"""How values are written: grouping, decimals, unknowns and hostile text."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.format import UNKNOWN, cell, day, grouped, header, period, plain, quantity

UNITS = ["cr", "rs", "pct", "ratio", "days", "count", "cr_shares"]


@dataclass(frozen=True)
class Named:
    header: str
    unit: str


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (3506867, 0, "35,06,867"),
        (999, 0, "999"),
        (1000, 0, "1,000"),
        (100000, 0, "1,00,000"),
        (-12345678.9, 1, "-1,23,45,678.9"),
        (0, 0, "0"),
    ],
)
def test_numbers_are_grouped_by_lakh_and_crore(number: float, decimals: int, text: str) -> None:
    assert grouped(number, decimals) == text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_grouping_keeps_every_digit_and_sizes_the_groups(number: int) -> None:
    text = grouped(number)
    assert int(text.replace(",", "")) == number
    *upper, last = text.lstrip("-").split(",")
    assert len(last) == 3 or not upper
    assert all(len(g) == 2 for g in upper[1:])
    assert not upper or 1 <= len(upper[0]) <= 2


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (99.94, "cr", "99.9"),
        (99.96, "cr", "100"),
        (350686.7, "cr", "3,50,687"),
        (-1234.5, "cr", "-1,234"),
        (12.345, "pct", "12.3"),
        (0.456, "ratio", "0.46"),
        (999.99, "rs", "999.99"),
        (999.996, "rs", "1,000"),
        (1234.56, "rs", "1,235"),
        (44.6, "days", "45"),
        (7, "count", "7"),
        (12.5, "cr_shares", "12.50"),
        (dt.date(2026, 1, 30), "date", "2026-01-30"),
        (dt.datetime(2026, 1, 30, 9, 15), "date", "2026-01-30"),
        (True, "flag", "yes"),
        (False, "flag", "no"),
        ("Specialty Chemicals", "text", "Specialty Chemicals"),
        (["NIFTY 50", "NIFTY 100"], "list", "NIFTY 50, NIFTY 100"),
        (3, "", "3"),
        (3.14159, "", "3.14"),
    ],
)
def test_decimals_follow_the_unit(value: object, unit: str, text: str) -> None:
    assert cell(value, unit) == text


@pytest.mark.parametrize("unit", [*UNITS, "date", "text", "flag", ""])
def test_unknown_is_a_dash_and_never_a_zero(unit: str) -> None:
    assert cell(None, unit) == UNKNOWN


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_unknown(unit: str, value: float) -> None:
    assert cell(value, unit) == UNKNOWN


@given(st.floats(-0.001, 0.001), st.sampled_from(UNITS))
def test_nothing_is_written_as_a_negative_zero(value: float, unit: str) -> None:
    text = cell(value, unit)
    assert not (text.startswith("-") and float(text) == 0)


@given(st.text())
def test_outside_text_cannot_move_the_cursor_or_hide(text: str) -> None:
    shown = plain(text)
    assert "\x1b" not in shown
    assert shown.isprintable()


def test_escape_codes_bells_and_direction_marks_are_dropped() -> None:
    assert plain("Evil\x1b[31m\x07 \u202eLtd\n\tIndia") == "Evil[31m Ltd India"


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert plain("Consolidated", limit=6) == "Conso…"
    assert plain("Short", limit=6) == "Short"


def test_headers_carry_the_unit_once() -> None:
    assert header(Named("Market cap", "cr")) == "Market cap ₹ cr"
    assert header(Named("ROCE %", "pct")) == "ROCE %"
    assert header(Named("P/E", "ratio")) == "P/E"
    assert header(Named("Sector", "text")) == "Sector"


def test_quantities_carry_their_unit_in_running_text() -> None:
    assert quantity(1234.0, "cr") == "₹ 1,234 cr"
    assert quantity(12.34, "pct") == "12.3 %"
    assert quantity(45, "days") == "45 days"
    assert quantity(None, "pct") == UNKNOWN


def test_dates_in_words() -> None:
    assert day(dt.date(2026, 1, 30)) == "30 Jan 2026"
    assert period(dt.date(2005, 3, 31)) == "Mar 05"
    assert day(None) == period(None) == UNKNOWN
