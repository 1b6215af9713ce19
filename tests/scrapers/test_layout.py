"""A row that the site renames is told by name, and pages without it are not published."""

from __future__ import annotations

import pytest

from scrapers.layout import EXPECTED, LEAST_PAGES, LayoutWatch, missing_rows
from scrapers.screener_in import CompanyPage, parse_page
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_market import SYMBOLS, Machine
from tests.scrapers.made_pages import URL, Tables, blank, made_page, tables

WHOLE = tables()


def renamed(old: str, new: str | None, section: str = "balance-sheet") -> Tables:
    """The tables with a row called otherwise, or left out."""
    heads, rows = WHOLE[section]
    other = {new if name.startswith(old) else name: cells for name, cells in rows.items()}
    kept = {name: cells for name, cells in other.items() if name is not None}
    return {**WHOLE, section: (heads, kept)}


def page(given: Tables | None = None) -> CompanyPage:
    return parse_page(made_page(given), URL)


def watched(*pages: CompanyPage) -> LayoutWatch:
    watch = LayoutWatch("site")
    for number, one in enumerate(pages):
        watch.see(str(number), one)
    return watch


def test_a_whole_page_and_one_without_figures_lack_nothing():
    assert missing_rows(page()) == set()
    assert missing_rows(page(blank())) == set()


@pytest.mark.parametrize("section", [s for s in EXPECTED if s != "shareholding"])
def test_every_expected_row_is_one_the_reader_knows(section):
    from scrapers.screener_in import ROWS

    assert set(EXPECTED[section]) <= set(ROWS[section].values())


def test_a_row_renamed_on_most_pages_is_told_by_name_with_what_is_there_instead():
    other = page(renamed("Borrowings", "Loans"))
    watch = watched(*[other] * 37, *[page()] * 3)
    (drift,) = watch.drifts()
    assert str(drift) == (
        "site: balance-sheet row 'Borrowings' not found on 37 of 40 pages; new rows there: 'Loans'"
    )
    assert watch.drifted_keys() == {str(i) for i in range(37)}


def test_a_row_that_a_few_lack_is_theirs():
    other = page(renamed("Borrowings", None))
    assert watched(*[other] * 4, *[page()] * 5).drifts() == []
    assert watched(*[other] * (LEAST_PAGES - 1)).drifts() == []
    assert watched(*[other] * 4, *[page()] * 5).drifted_keys() == set()


def test_pages_without_the_table_do_not_count():
    other = page(renamed("CWIP", None))
    (drift,) = watched(*[page(blank())] * 50, *[other] * 5).drifts()
    assert (drift.missing, drift.pages) == (5, 5)


# -- in a refresh ---------------------------------------------------------------------------------

NAMES = [f"CO{i:02d}" for i in range(8)]


@pytest.fixture
def made(made: Machine) -> Machine:
    made.site.list(*((name, made_isin(50 + i)) for i, name in enumerate(NAMES)))
    return made


def test_a_drifted_layout_stops_its_source_and_publishes_nothing_of_it(made):
    for name in NAMES:
        made.site.page(name, renamed("Borrowings", "Loans"))
    summary = made.refresh()
    tally = summary.sources["screener.in"]
    assert len(made.pages_asked) == LEAST_PAGES
    assert "balance-sheet row 'Borrowings' not found on 5 of 5 pages" in tally.stopped
    assert tally.left == len(NAMES) - LEAST_PAGES
    assert summary.drifts[0].startswith("screener.in: balance-sheet")
    assert made.market.table("facts").collect().is_empty()
    assert made.market.companies.height == len(NAMES)  # the rest of the refresh went on
    made.clock.pass_time(hours=1)
    made.refresh(limit=1)  # one page alone would tell nothing, but those that are kept do
    assert len(made.pages_asked) == 1
    assert made.market.table("facts").collect().is_empty()
    made.site.page(NAMES[-1])
    made.refresh()  # where the row is back, the page is taken
    assert made.market.table("facts").collect()["isin"].to_list()[0] == made_isin(57)


def test_what_was_withheld_is_read_again_by_a_later_version(made, monkeypatch):
    for name in NAMES:
        made.site.page(name, renamed("Borrowings", "Loans"))
    made.refresh()
    from scrapers import screener_in

    rows = {**screener_in.ROWS["balance-sheet"], "Loans": "borrowings"}
    monkeypatch.setitem(screener_in.ROWS, "balance-sheet", rows)  # type: ignore[arg-type]
    for name in NAMES:
        made.site.pages.pop(("www.screener.in", f"/company/{name}/consolidated/"), None)
    made.refresh(limit=1)
    facts = made.market.table("facts").collect()
    assert facts.filter(line="borrowings")["isin"].n_unique() == LEAST_PAGES


def test_one_company_without_a_row_is_published(made):
    for number, name in enumerate(NAMES):
        made.site.page(name, renamed("CWIP", None) if number == 3 else None)
    summary = made.refresh()
    assert summary.drifts == ()
    assert summary.counts["failed"] == 0
    assert made.market.table("facts").collect()["isin"].n_unique() == len(NAMES)
    assert set(SYMBOLS).isdisjoint(NAMES)
