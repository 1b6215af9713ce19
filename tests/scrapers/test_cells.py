"""Cells, labels and headers mean one thing or are refused."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.cells import label, lengths_of_quarters, month_end, number, period


def indian(n: int) -> str:
    """Digits grouped as in India: the last three, then twos."""
    sign, digits = "-" * (n < 0), str(abs(n))
    head, tail = digits[:-3], digits[-3:]
    groups = []
    while head:
        head, group = head[:-2], head[-2:]
        groups.insert(0, group)
    return sign + ",".join([*groups, tail])


@given(st.integers(-(10**13), 10**13), st.booleans(), st.sampled_from(["", "%"]))
def test_whole_numbers_read_back_in_either_grouping(n, in_lakh, tail):
    assert number((indian(n) if in_lakh else f"{n:,}") + tail) == n


@given(st.decimals(-(10**9), 10**9, places=2))
def test_decimals_read_back(n):
    assert number(f"{n:,}") == float(n)


@pytest.mark.parametrize("cell", ["", "-", "--", "–", "nan", "NaN", "N/A"])
def test_a_blank_is_not_a_zero(cell):
    assert number(cell) is None


def test_zero_is_a_number():
    assert (number("0"), number("0.00%"), number("₹ 5"), number("−3")) == (0, 0, 5, -3)


@given(st.text())
def test_anything_else_is_refused_not_guessed(cell):
    try:
        value = number(cell)
    except ValueError:
        return
    assert value is None or isinstance(value, float)
    assert value is None or any(c in "0123456789" for c in cell)


@pytest.mark.parametrize("cell", ["12 cr", "1.2.3", "inf", "1e5", "١٢", "(5)", "5%%", "%", "Sales"])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(ValueError):
        number(cell)


@pytest.mark.parametrize(
    ("header", "end", "months"),
    [
        ("Mar 2024", dt.date(2024, 3, 31), None),
        ("Feb 2024", dt.date(2024, 2, 29), None),
        ("Mar 2016 9m", dt.date(2016, 3, 31), 9),
        ("Mar 2016  9m", dt.date(2016, 3, 31), 9),
        ("Mar 20169m", dt.date(2016, 3, 31), 9),
        ("Jun 2012 15m", dt.date(2012, 6, 30), 15),
        ("Dec 2006 5m", dt.date(2006, 12, 31), 5),
    ],
)
def test_headers_name_a_period(header, end, months):
    found = period(header)
    assert found is not None
    assert (found.end, found.months) == (end, months)


def test_the_trailing_year_is_no_period():
    assert period("TTM") is None


@pytest.mark.parametrize(
    "header", ["", "2024", "Mar 24", "March 2024", "Xyz 2024", "Mar 2024 99m", "Mar 2024 0m", "Q1"]
)
def test_other_headers_are_refused(header):
    with pytest.raises(ValueError):
        period(header)


def test_labels_lose_their_sign_only():
    assert (label("Sales +"), label("Net Profit +"), label("CFO/OP")) == (
        "Sales",
        "Net Profit",
        "CFO/OP",
    )


def ends(*months: int) -> list[dt.date]:
    return [month_end(2020 + (m - 1) // 12, (m - 1) % 12 + 1) for m in months]


@pytest.mark.parametrize(
    ("months", "lengths"),
    [
        ((), []),
        ((3,), [3]),
        ((3, 6, 9), [3, 3, 3]),
        ((3, 9), [6, 6]),
        ((3, 9, 15, 21), [6, 6, 6, 6]),
        ((3, 6, 12, 15), [3, 3, 3, 3]),  # one quarter is missing
        ((3, 9, 12, 15), [3, 3, 3, 3]),  # the same, right at the start
        ((3, 9, 15, 18, 21), [6, 6, 6, 3, 3]),  # half-yearly, then moved to the main board
        ((3, 6, 66, 69), [3, 3, 3, 3]),
    ],
)
def test_half_years_are_told_from_missing_quarters(months, lengths):
    assert lengths_of_quarters(ends(*months)) == lengths
