"""Index files are read by their headers and days; members and levels land where they belong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from scrapers.nse_indices import (
    MEMBER_LISTS,
    MemberList,
    levels_url,
    merged_levels,
    metal_levels,
    parse_levels,
    parse_members,
    with_members,
)
from screener.errors import LayoutError
from screener.market.schema import conform, empty
from tests.scrapers.made_files import LEVELS_HEADER, index_levels, made_isin, member_list

DAY = dt.date(2026, 6, 30)
WHOLE = "Nifty Smallcap 250,17593,17751.55,17400,17592.65,.6,-.33,100,5.5,35.07,3.74,.66"
BARE = "Nifty50 Dividend Points,-,-,-,107.45,0.0,-,-,-,-,-,-"
FIVE = MemberList("Five", "five", 5)


def test_levels_are_rows_of_the_table():
    frame = parse_levels(index_levels(DAY, WHOLE, BARE), DAY)
    assert frame.rows() == [
        (
            "Nifty Smallcap 250",
            DAY,
            17593,
            17751.55,
            17400,
            17592.65,
            100,
            35.07,
            3.74,
            0.66,
            "nse",
        ),
        ("Nifty50 Dividend Points", DAY, None, None, None, 107.45, None, None, None, None, "nse"),
    ]


def test_an_index_without_a_close_is_left_out():
    assert parse_levels(index_levels(DAY, WHOLE, "Other,-,-,-,-,-,-,-,-,-,-,-"), DAY).height == 1


@pytest.mark.parametrize(
    "body",
    [
        index_levels(DAY + dt.timedelta(days=1), WHOLE),
        index_levels(DAY, WHOLE, WHOLE),
        index_levels(DAY, WHOLE.replace("35.07", "high")),
        index_levels(DAY, WHOLE.replace("17592.65", "NaN")),
        LEVELS_HEADER.encode(),
        index_levels(DAY, WHOLE).replace(b"Closing Index Value", b"Close"),
        b"<html>busy</html>",
        b"",
    ],
    ids=["another day", "twice", "text", "nan", "no rows", "header", "html", "empty"],
)
def test_levels_that_are_none_are_refused(body):
    with pytest.raises(LayoutError):
        parse_levels(body, DAY)


def test_the_address_of_a_day():
    assert levels_url(DAY).endswith("/content/indices/ind_close_all_30062026.csv")


def test_of_a_level_given_twice_the_new_one_stays():
    old = parse_levels(index_levels(DAY, WHOLE, BARE), DAY)
    new = parse_levels(index_levels(DAY, WHOLE.replace("17592.65", "17000")), DAY)
    table = merged_levels(old, [new])
    assert table["close"].to_list() == [17000, 107.45]
    assert merged_levels(empty("indices"), []).is_empty()


def test_metal_funds_become_indices():
    day = pl.DataFrame(
        {
            "symbol": ["GOLDBEES", "ALPHA", "SILVERBEES"],
            "date": [DAY] * 3,
            "close": [64.1, 1.0, 90.5],
            "volume": [5.0, 1.0, 6.0],
        }
    )
    (table,) = metal_levels([day])
    assert table.select("index", "date", "close", "volume", "source").rows() == [
        ("Gold (GOLDBEES)", DAY, 64.1, 5.0, "nse"),
        ("Silver (SILVERBEES)", DAY, 90.5, 6.0, "nse"),
    ]


FIVE_MEMBERS = [(f"C{i}", made_isin(i)) for i in range(5)]


def test_members_are_listed_by_isin():
    body = member_list(*FIVE_MEMBERS, ("DUMMYALPHA", "DUM000000001"))
    assert parse_members(body, FIVE) == [isin for _, isin in FIVE_MEMBERS]


@pytest.mark.parametrize(
    "body",
    [
        member_list(*FIVE_MEMBERS[:3]),
        member_list(*FIVE_MEMBERS, *((f"D{i}", made_isin(50 + i)) for i in range(5))),
        member_list(*FIVE_MEMBERS[:4], ("C1", made_isin(1))),
        member_list(*FIVE_MEMBERS[:4], ("BAD", "INE1")),
        member_list(*FIVE_MEMBERS).replace(b"ISIN Code", b"Code"),
        b"<html></html>",
    ],
    ids=["few", "many", "twice", "isin", "header", "html"],
)
def test_a_list_of_members_that_is_none_is_refused(body):
    with pytest.raises(LayoutError):
        parse_members(body, FIVE)


def test_memberships_of_listed_indices_follow_the_list():
    companies = conform(
        "companies",
        pl.DataFrame(
            {
                "isin": ["I1", "I2", "I3"],
                "indices": [["NIFTY 500", "BSE 500"], ["Nifty 500"], None],
            }
        ),
    )
    table = with_members(companies, {"Nifty 500": ["I1", "I3", "I9"]})
    assert table["indices"].to_list() == [["BSE 500", "Nifty 500"], None, ["Nifty 500"]]
    assert with_members(table, {"Nifty 500": ["I1", "I3"]}).equals(table)
    assert with_members(table, {})["indices"].to_list() == table["indices"].to_list()


@pytest.mark.recorded
def test_recorded_levels(recorded: Path):
    files = sorted((recorded / "indices" / "ind_close_all").glob("*.csv"))
    assert len(files) >= 10
    for file in files:
        day = dt.date.fromisoformat(file.stem)
        table = parse_levels(file.read_bytes(), day)
        printed = [line.split(",") for line in file.read_text().splitlines()[1:] if line.strip()]
        assert table.height == len([cells for cells in printed if cells[5] not in ("-", "")])
        close = {cells[0].strip(): cells[5] for cells in printed}
        for name, value, pe in table.select("index", "close", "pe").rows():
            assert value == float(close[name])
            assert pe is None or pe != 0
        assert {"Nifty 50", "Nifty 500", "Nifty Smallcap 250", "India VIX"} <= set(table["index"])


@pytest.mark.recorded
def test_recorded_members(recorded: Path):
    folder = recorded / "indices" / "constituents_2025-09"
    for listed in MEMBER_LISTS:
        file = folder / f"ind_{listed.file}.csv"
        if file.is_file():
            assert len(parse_members(file.read_bytes(), listed)) == listed.members
