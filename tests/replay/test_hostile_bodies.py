"""Replies whose bodies are bombs, tricks, of another day, or in letters that do harm."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from scrapers.hosts import NSE_HOST
from tests.replay.faults import BLOCK_PAGE, NOT_TEXT, bomb, zipped
from tests.replay.hostile import (
    BETA,
    HOUR,
    PRICES,
    check_left_alone,
    check_whole,
    moments,
    pages,
    prices,
    send,
)
from tests.replay.server import Answer
from tests.scrapers.made_files import bhavcopy
from tests.scrapers.made_market import ISIN, SYMBOLS, TODAY

# -- bombs and tricks -----------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2])
def test_a_gzip_bomb_is_not_unpacked_nor_asked_for_again(made, layers):
    body = bomb(60, layers)
    packed = {"Content-Encoding": ", ".join(["gzip"] * layers)}
    send(made, BETA, Answer(body, headers=packed))
    tracemalloc.start()
    try:
        summary = made.refresh()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000
    (miss,) = pages(summary).failed
    assert "larger than 4,194,304 bytes" in miss.reason
    assert len(moments(made, BETA)) == 1
    check_whole(made, "ALPHA", "GAMMA")
    assert not any(f.stat().st_size > 1_000_000 for f in made.paths.cache.rglob("*.gz"))


def good_prices() -> bytes:
    return zipfile_member(bhavcopy(TODAY, [(s, i, 100.0) for s, i in ISIN.items()]))


def zipfile_member(body: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(archive.infolist()[0])


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([("a.csv", b"0" * 150_000_000)], "not opened"),
        ([(f"{i}.csv", b"") for i in range(1000)], "not opened"),
        ([("a.csv", good_prices()), ("a.csv", b"SYMBOL\nA\n")], "holds 2 .csv files"),
        ([("a.csv", good_prices()), ("../a.csv", good_prices())], "holds 2 .csv files"),
        ([("a.exe", b"MZ")], "holds 0 .csv files"),
        ([], "not the zip file"),
    ],
    ids=["bomb", "many", "twice", "beside", "other", "none"],
)  # fmt: skip
def test_a_zip_with_tricks_is_refused(made, members, why):
    send(made, PRICES, Answer(zipped(*members)))
    (miss,) = [m for m in prices(made.refresh()).failed if "prices" in m.key]
    assert why in miss.reason
    assert made.market.date == TODAY or made.market.table("prices").collect()["date"].max() < TODAY
    made.server.faults.clear()
    made.clock.pass_time(hours=7)
    made.refresh(date=TODAY)
    assert made.market.table("prices").collect().height == 6


@pytest.mark.parametrize("name", ["../../../evil.csv", "/tmp/evil.csv", "C:\\evil.csv", "a\0b.csv"])
def test_a_zip_member_is_never_written_where_its_name_says(made, tmp_path, name):
    send(made, PRICES, Answer(zipped((name, good_prices()))))
    made.refresh()
    assert not Path("/tmp/evil.csv").exists()
    assert not [p for p in tmp_path.parent.rglob("*") if "evil" in p.name]


@pytest.mark.parametrize(
    "body", [BLOCK_PAGE, NOT_TEXT, b"", b"[]"], ids=["html", "bytes", "empty", "json"]
)
def test_something_else_than_a_price_file_is_not_used(made, body):
    send(made, PRICES, Answer(body))
    summary = made.refresh()
    assert len(moments(made, PRICES)) == 1
    assert [m.key for m in prices(summary).failed][:1] == [f"prices of {TODAY}"]
    if body:
        check_left_alone(made, NSE_HOST, HOUR, "instead of a zip file")
    made.server.faults.clear()
    made.clock.pass_time(hours=7)
    made.refresh(date=TODAY)
    assert made.market.table("prices").filter(pl.col("date") == TODAY).collect().height == 3


def test_a_right_body_under_a_wrong_name_of_its_kind_is_taken(made):
    made.server.faults[:] = [
        lambda _, answer: replace(answer, headers={**answer.headers, "Content-Type": "image/png"})
    ]
    assert made.refresh().counts["failed"] == 0
    check_whole(made, *SYMBOLS)


# -- files of another day -------------------------------------------------------------------------


def test_no_file_of_another_day_is_published(made):
    day = TODAY
    earlier = TODAY.replace(day=29)
    made.site.session(day, of=earlier)
    made.site.bundle(day, ("ALPHA", "2026-07-01", "DIVIDEND - RS 5 PER SHARE"))
    made.site.levels(day, "Nifty 50,1,2,0.5,1.5,0,0,1,1,20,3,1", of=earlier)
    summary = made.refresh(sources=("nse",), sessions=1)
    assert "is of 2026-06-29" in prices(summary).failed[0].reason
    assert made.market.table("prices").collect()["date"].unique().to_list() == [earlier]
    assert day not in made.market.table("indices").collect()["date"].to_list()
    first = moments(made, PRICES)
    made.clock.pass_time(hours=5)
    made.refresh(sources=("nse",), sessions=1, date=day)
    assert moments(made, PRICES) == first  # six hours have not passed
    made.site.session(day)
    made.clock.pass_time(hours=2)
    made.refresh(sources=("nse",), sessions=1, date=day)
    assert made.market.table("prices").collect()["date"].max() == day
    made.clock.pass_time(hours=9)
    made.refresh(sources=("nse",), sessions=1, date=day)
    assert len(moments(made, PRICES)) == 2  # once good, never again


# -- text that is not what it seems ---------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b"\xff\xfe" + body.decode().encode("utf-16-le"),
        lambda body: body.replace(b"consolidated", b"\xff\xfe\xfd").replace(b"Sales", b"\xc3\x28"),
        lambda body: body.decode("utf-8").encode("cp037", "replace"),
    ],
    ids=["utf-16", "broken utf-8", "ebcdic"],
)  # fmt: skip
def test_a_page_in_no_known_letters_is_refused(made, spoil: Callable[[bytes], bytes]):
    send(made, BETA, lambda _, answer: replace(answer, body=spoil(answer.body)))
    summary = made.refresh()
    assert [m.key for m in pages(summary).failed] == ["BETA"]
    check_whole(made, "ALPHA", "GAMMA")


def test_a_list_in_latin_letters_keeps_its_companies(made):
    made.site.pages[NSE_HOST, "/content/equities/EQUITY_L.csv"] = made.site.pages[
        NSE_HOST, "/content/equities/EQUITY_L.csv"
    ].replace(b"Beta Industries", b"B\xe9ta Industries")
    made.refresh()
    assert made.market.companies["symbol"].to_list() == list(SYMBOLS)
    assert "ta Industries" in made.company("BETA")["name"]


def test_a_body_is_asked_again_with_nothing_a_header_cannot_hold(made):
    send(
        made,
        BETA,
        lambda _, a: replace(a, headers={"ETag": "\xa0\x85odd\x0b", "Last-Modified": "\xff" * 9}),
    )
    made.refresh()
    made.clock.pass_time(days=31)
    summary = made.refresh()
    assert summary.counts["failed"] == 0
    assert BETA in made.pages_asked
