"""Real pages and strings: every recorded cell is a fact of its value, and no fact is invented."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from scrapers.screener_facts import facts_of, template_of
from scrapers.screener_in import page_url, parse_page
from screener.errors import LayoutError
from tests.replay.recordings import Record, Recordings
from tests.replay.render import recorded_page
from tests.scrapers.recorded_cells import cells_of, cells_of_page, facts_as_cells

pytestmark = pytest.mark.recorded
SEEN = dt.datetime(2026, 6, 30, 15, tzinfo=dt.UTC)


def check(record: Record) -> int:
    """Compare every cell of a recorded company; returns how many there are."""
    url = page_url(record.symbol)
    cells = cells_of(record)
    if not record.statements:
        with pytest.raises(LayoutError, match="has no tables"):
            parse_page(recorded_page(record), url)
        return 0
    page = parse_page(recorded_page(record), url)
    assert page.unknown_rows == ()
    assert (page.name, page.company_id) == (" ".join(record.name.split()), str(record.company_id))
    assert facts_as_cells(facts_of(page, "INE000A01010", SEEN), cells) == cells
    return len(cells)


@pytest.mark.parametrize(
    ("file", "slug", "basis"),
    [
        ("RELIANCE_consolidated_2026-06.html", "RELIANCE", "consolidated"),
        ("HCLTECH_standalone_2026-01-16.html", "HCLTECH", "standalone"),
    ],
)
def test_whole_pages(recorded: Path, file: str, slug: str, basis: str):
    path = recorded / "pages" / file
    page = parse_page(path.read_bytes(), page_url(slug, basis))
    cells = cells_of_page(path)
    assert facts_as_cells(facts_of(page, "INE000A01010", SEEN), cells) == cells
    assert (page.basis, page.nse_symbol, page.unknown_rows) == (basis, slug, ())
    assert page.has_figures
    assert len(cells) > 590


def test_a_header_newer_than_its_description(recorded: Path):
    html = (recorded / "pages" / "HCLTECH_standalone_2026-01-16.html").read_bytes()
    page = parse_page(html, page_url("HCLTECH", "standalone"))
    assert page.top["price_printed"] == 1699
    assert page.price_day == (16, 1)
    assert page.sectors["basic_industry"] == "Computers - Software & Consulting"
    nine_months = [p for p in page.statements["profit-loss"].periods if p.months]
    assert [(p.end, p.months) for p in nine_months] == [(dt.date(2016, 3, 31), 9)]


def test_every_sample(recorded: Path):
    recordings = Recordings(recorded)
    records = [recordings.find(symbol) for symbol in recordings.samples]
    assert sum(check(record) for record in records if record) > 15_000


@pytest.mark.parametrize(
    ("symbol", "template"),
    [
        ("HDFCBANK", "bank"),
        ("J&KBANK", "bank"),
        ("BAJFINANCE", "lender"),
        ("MUTHOOTFIN", "lender"),
        ("STARHEALTH", "corporate"),  # without its sectors an insurer cannot be told
        ("NESTLEIND", "corporate"),
    ],
)
def test_layouts_are_told_apart(recorded: Path, symbol: str, template: str):
    record = Recordings(recorded).find(symbol)
    assert record
    assert template_of(parse_page(recorded_page(record), page_url(symbol))) == template


@pytest.mark.recorded_full
def test_all_recorded_companies(recorded: Path):
    recordings = Recordings(recorded)
    counts = []
    for symbol in recordings.universe:
        record = recordings.find(symbol)
        assert record, symbol
        counts.append(check(record))
    assert len(counts) == 3223
    assert sum(counts) > 1_000_000
