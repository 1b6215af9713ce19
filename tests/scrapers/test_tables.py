"""Two readers of HTML agree on every cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.screener_in import ROWS, parse_page
from scrapers.tables import Table, clean, read_html
from tests.replay.recordings import Recordings
from tests.replay.render import recorded_page
from tests.scrapers.made_pages import made_page

READERS = ("selectolax", "soup")
words = st.text(st.sampled_from("aZ9+%-.,() \u00a0\n\t₹é\u202e\x07\u200b"), max_size=12)


def html_of(rows: list[list[str]]) -> str:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><body><section id=a><table class='data-table x'>{lines}</table></section></body>"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(words, min_size=1, max_size=5), min_size=1, max_size=5))
def test_both_readers_see_the_cells_that_were_written(rows):
    html = html_of(rows)
    tables = [read_html(html, reader).table("#a table.data-table") for reader in READERS]
    head, *body = [[clean(cell) for cell in row] for row in rows]
    expected = Table(tuple(head[1:]), tuple((row[0], tuple(row[1:])) for row in body))
    assert tables == [expected, expected]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_a_reader(text):
    for reader in READERS:
        page = read_html(text, reader)
        assert page.table("#a table") is None
        assert page.all("h7") == []


def test_cells_are_joined_across_their_inner_marks():
    html = "<table id=t><tr><th></th><th>Mar 2016\n <span>9m</span></th></tr>"
    html += (
        "<tr><td><button>Sales&nbsp;<span>+</span></button></td><td> 1<b>2</b>,3 </td></tr></table>"
    )
    for reader in READERS:
        table = read_html(html, reader).table("#t")
        assert table == Table(("Mar 2016 9m",), (("Sales +", ("12,3",)),))


def test_text_cannot_carry_control_characters_or_turn_its_order():
    assert clean("a\x1b[31mb\u202ec\u2066d\x00\ufeff\n e\u00a0f") == "a[31mbcd e f"


def test_both_readers_read_one_page_alike():
    assert parse_page(made_page(), "u", READERS[0]) == parse_page(made_page(), "u", READERS[1])


@pytest.mark.recorded
def test_both_readers_agree_on_recorded_pages(recorded: Path):
    pages = [path.read_text() for path in sorted((recorded / "pages").glob("*_20*.html"))[:2]]
    recordings = Recordings(recorded)
    pages += [
        recorded_page(record).decode()
        for symbol in recordings.samples[::3]  # all of them in the run over every page
        if (record := recordings.find(symbol))
    ]
    assert len(pages) == 18
    for html in pages:
        fast, slow = (read_html(html, reader) for reader in READERS)
        for section in (*ROWS, "quarterly-shp", "yearly-shp"):
            css = f"#{section} table.data-table"
            assert fast.table(css) == slow.table(css)
        for css in ("h1", "#top-ratios li", "#company-info", "#peers a", "#analysis li"):
            assert fast.all(css) == slow.all(css)
