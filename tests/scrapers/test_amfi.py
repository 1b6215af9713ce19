"""AMFI's ranks make the size classes; a workbook of another shape is refused."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest

from scrapers.amfi import list_urls, parse_list
from scrapers.hosts import AMFI_HOST
from screener.errors import LayoutError
from screener.market.schema import SIZE_CLASSES
from tests.scrapers.made_files import amfi_book, made_isin
from tests.scrapers.made_market import AMFI_PATH, ISIN


def rows(count: int) -> list[tuple[object, ...]]:
    return [(i, f"Company {i}", made_isin(i), 1e6 / i, "Small Cap") for i in range(1, count + 1)]


def test_ranks_draw_the_lines_between_the_classes():
    frame = parse_list(amfi_book(rows(600)))
    by_rank = dict(frame.select("size_rank", "size_class").iter_rows())
    assert [by_rank[r] for r in (1, 100, 101, 250, 251, 500, 501, 600)] == [
        "large", "large", "mid", "mid", "small", "small", "micro", "micro",
    ]  # fmt: skip
    assert frame["size_mcap"][1] == 5e5
    assert set(frame["size_class"]) == set(SIZE_CLASSES)


def test_the_last_two_half_years_newest_first():
    def ends(year: int, month: int, day: int) -> list[str]:
        return [url[-14:-5] for url in list_urls(dt.date(year, month, day))]

    assert ends(2026, 6, 30) == ["31Dec2025", "30Jun2025"]
    assert ends(2026, 7, 1) == ["30Jun2026", "31Dec2025"]
    assert ends(2027, 1, 5) == ["31Dec2026", "30Jun2026"]


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        amfi_book(rows(3))[:-200],
        bomb(),
        amfi_book([]),
        amfi_book(rows(3), header=("No.", "Name", "Code", "Value")),
        amfi_book([*rows(3), (3, "Again", made_isin(9), 1.0)]),
        amfi_book(rows(5)[2:]),
    ],
    ids=["html", "empty", "cut", "bomb", "no rows", "headers", "rank twice", "begins at 3"],
)
def test_a_workbook_that_is_none_is_refused(body):
    with pytest.raises(LayoutError):
        parse_list(body)


@pytest.mark.recorded
def test_the_recorded_list(recorded: Path):
    frame = parse_list(
        (recorded / "masters" / "AverageMarketCapitalization31Dec2025.xlsx").read_bytes()
    )
    assert frame.height == 5372
    assert frame.row(0)[:2] == ("INE002A01018", 1)
    assert frame["size_class"].value_counts().sort("size_class").rows() == [
        ("large", 100), ("micro", 4872), ("mid", 150), ("small", 250),
    ]  # fmt: skip
    assert frame["size_mcap"].is_sorted(descending=True)


def test_a_list_cut_short_is_not_believed(made):
    made.refresh(sources=("nse", "amfi"))
    before = made.market.companies.select("isin", "size_rank", "size_class")
    assert before["size_rank"].to_list() == [1, 2, 3]
    path = AMFI_PATH.replace("31Dec2025", "30Jun2026")
    made.site.pages[AMFI_HOST, path] = amfi_book([(1, "x", ISIN["GAMMA"], 5.0)])
    made.clock.pass_time(days=2)
    (miss,) = made.refresh(sources=("nse", "amfi")).sources["amfi"].failed
    assert "ranks 1 companies where 3 had a size before" in miss.reason
    assert made.market.companies.select("isin", "size_rank", "size_class").equals(before)
    ranks = [(i, "x", isin, 1.0 / i) for i, isin in enumerate(reversed(ISIN.values()), 1)]
    made.site.pages[AMFI_HOST, path] = amfi_book(ranks)
    made.clock.pass_time(days=1)
    made.refresh(sources=("nse", "amfi"))
    assert made.market.companies["size_rank"].to_list() == [3, 2, 1]
