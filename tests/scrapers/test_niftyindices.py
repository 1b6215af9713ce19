"""Histories of indices: what is asked, what is read, what is refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from scrapers.niftyindices import (
    HISTORIES,
    LEVELS,
    VALUATIONS,
    parse_history,
    question,
    with_histories,
)
from scrapers.nse_indices import parse_levels
from screener.errors import LayoutError
from screener.market.schema import conform, empty
from tests.scrapers.made_filings import history

SINCE, UNTIL = dt.date(2005, 4, 1), dt.date(2026, 6, 30)
INDEX = "Nifty Smallcap 250"


def parse(body: bytes, table: str = LEVELS) -> pl.DataFrame:
    return parse_history(body, table, INDEX, SINCE, UNTIL)


def test_the_question_is_asked_as_the_site_asks_it():
    cinfo = json.loads(question(INDEX, SINCE, UNTIL))["cinfo"]
    assert cinfo == (
        "{'name':'NIFTY SMALLCAP 250','startDate':'01-Apr-2005','endDate':'30-Jun-2026',"
        "'indexName':'NIFTY SMALLCAP 250'}"
    )


@pytest.mark.parametrize("wrapped", [False, True])
def test_levels_and_valuations(wrapped):
    levels = parse(history(LEVELS, INDEX, ("29 Jun 2026", "1,0", 3, "-", 2.5), wrapped=wrapped))
    assert levels.select("index", "date", "open", "high", "low", "close", "source").rows() == [
        (INDEX, dt.date(2026, 6, 29), 10.0, 3.0, None, 2.5, "niftyindices")
    ]
    worth = history(VALUATIONS, INDEX, ("29 Jun 2026", "31.5", "-", "0.7"), wrapped=wrapped)
    assert parse(worth, VALUATIONS).select("pe", "pb", "div_yield", "close").rows() == [
        (31.5, None, 0.7, None)
    ]


@pytest.mark.parametrize(
    "body",
    [
        history(LEVELS, "Nifty 50", ("29 Jun 2026", 1, 3, 1, 2.5)),
        history(LEVELS, INDEX, ("29 Jun 2026", 1, 3, 1, 0)),
        history(LEVELS, INDEX, ("29 Jun 2026", 1, 3, 1, "-")),
        history(LEVELS, INDEX, ("29 Jun 2026", 1, 3, 1, "1e99")),
        history(LEVELS, INDEX, ("29 Jun 2026", 1, 3, 1, "x")),
        history(LEVELS, INDEX, ("1 Jul 2026", 1, 3, 1, 2)),
        history(LEVELS, INDEX, ("soon", 1, 3, 1, 2)),
        history(VALUATIONS, INDEX, ("29 Jun 2026", 1, 3, 1)),
        b'{"d": "[1]"}',
        b'{"d": 1}',
        b"<html></html>",
    ],
    ids=["another index", "zero", "no close", "vast", "words", "not asked", "no date",
         "other table", "numbers", "no text", "page"],
)  # fmt: skip
def test_unusable_replies_are_refused(body):
    with pytest.raises(LayoutError):
        parse(body)


def test_histories_fill_what_is_not_known():
    known = conform(
        "indices",
        pl.DataFrame({"index": [INDEX], "date": [dt.date(2026, 6, 29)], "close": [9.0],
                      "source": ["nse"]}),
    )  # fmt: skip
    levels = parse(
        history(LEVELS, INDEX, ("29 Jun 2026", 1, 3, 1, 2.5), ("26 Jun 2026", 1, 1, 1, 1))
    )
    worth = parse(
        history(VALUATIONS, INDEX, ("29 Jun 2026", 30, 4, 1), ("1 Jun 2026", 29, 4, 1)), VALUATIONS
    )
    found = with_histories(known, [levels, worth])
    assert found.select("date", "open", "close", "pe", "source").rows() == [
        (dt.date(2026, 6, 26), 1, 1, None, "niftyindices"),
        (dt.date(2026, 6, 29), 1, 9, 30, "nse"),
    ]
    assert with_histories(found, [levels, worth]).equals(found)
    assert with_histories(empty("indices"), [worth]).is_empty()


@pytest.mark.recorded
def test_the_histories_are_of_indices_the_daily_files_name_so(recorded: Path):
    file = recorded / "indices" / "ind_close_all" / "2026-06-19.csv"
    names = set(parse_levels(file.read_bytes(), dt.date(2026, 6, 19))["index"])
    assert set(HISTORIES) <= names
