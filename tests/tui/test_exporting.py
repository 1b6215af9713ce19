"""Export from every table: what is written is what the engine says, named, dated and typed."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from textual.widgets import Input

from screener.export import ENDINGS, Table, write
from screener.market.store import Market
from screener.paths import Paths
from screener.peer_report import peer_report
from screener.regime import market_state
from screener.screening import run
from screener.shortlists import Entry, Shortlists
from tests.markets import AS_OF
from tests.tui.company.conftest import companies, company_home, opened_company  # noqa: F401
from tests.tui.company.market import FULL
from tests.tui.conftest import Driver, Opened
from tests.tui.opening import opened_on
from tests.tui.small import isin
from tui.company.history import by_year
from tui.company.ratios import YEARS
from tui.exporting import shown_table, why_table
from tui.panels import text_rows
from tui.rows import Column, TextRows


async def written(d: Driver, file: str, key: str = "x") -> tuple[str, pl.DataFrame]:
    """Export the table on screen as CSV; its first line, and its rows read by another reader."""
    path = d.app.paths.config.parent / file
    await d.press(key)
    d.app.screen.query_one(Input).value = str(path)
    await d.press("enter")
    assert f"in {path}" in d.notices.replace("\n", " "), d.notices
    text = path.read_text(encoding="utf-8")
    frame = pl.read_csv(text.encode(), comment_prefix="#", infer_schema_length=None)
    return text.splitlines()[0], frame


async def test_every_table_of_a_company(opened_company, companies: Market) -> None:  # noqa: F811
    own = isin(FULL)
    async with opened_company(FULL) as d:
        await d.press("x")
        assert "no table is on screen" in d.notices
        for tab in ("2", "3", "4", "5", "6", "7", "8"):
            await d.press(tab)
            first, frame = await written(d, f"tab{tab}.csv")
            assert first.startswith(f"# Kasauti · FULL Fullerton Test Works Ltd · {d.company.tab}")
            assert first.endswith(companies.label)
            assert "demo" in first
            assert frame.height
            match d.company.tab:
                case "Statements":
                    _holds_the_panel(frame, companies, own)
                case "Ratios":
                    known = by_year(companies, own, ["roce"], YEARS)["roce"]
                    row = frame.filter(pl.col("Ratio").str.strip_chars().str.starts_with("ROCE"))
                    assert [v for v in row.row(0) if isinstance(v, float)] == pytest.approx(
                        [v for v in known if v is not None], rel=1e-5
                    )
                    assert "Trend" not in frame.columns
                case "Peers":
                    report = peer_report(companies, own)
                    got = dict(frame.select("Company", "Price to Earning (×)").iter_rows())
                    for symbol, pe in report.members.select("symbol", "pe").iter_rows():
                        if symbol != "[b]EVIL":
                            assert got[symbol] == pytest.approx(pe, rel=1e-5)
                    median = next(c.median for c in report.comparisons if c.field == "pe")
                    assert got["Median"] == pytest.approx(median, rel=1e-5)
                case "Owners":
                    assert frame.filter(pl.col("Line").str.contains("Promoter")).height


def _holds_the_panel(frame: pl.DataFrame, market: Market, own: str) -> None:
    panel = market.panel.filter(pl.col("isin") == own).row(0, named=True)
    sales = frame.filter(pl.col("Line").str.strip_chars() == "Sales ₹ cr").row(0, named=True)
    assert sales["Section"] == "Profit and loss"
    figures = [sales[name] for name in frame.columns[2:]]
    known = [panel[f"sales@{k}"] for k in range(11, -1, -1) if panel.get(f"sales@{k}") is not None]
    assert figures == pytest.approx(known, rel=1e-5)


async def test_funnel_why_and_the_whole_why(opened: Opened) -> None:
    async with opened() as d:
        result = d.listing.result
        await d.press("F")
        first, frame = await written(d, "funnel.csv", "X")
        assert "Funnel of Sound and cheap" in first
        assert frame["Condition"].to_list() == [step.text for step in result.funnel]
        assert frame["Left"].to_list() == [step.left for step in result.funnel]
        await d.press("F")
        why = result.why(d.grid.key)
        for file, keys, key in (("panel.csv", (), "X"), ("whole.csv", ("W",), "x")):
            await d.press(*keys)
            first, frame = await written(d, file, key)
            assert f"Why {why.symbol} {why.name} · Sound and cheap · {why.verdict}" in first
            tops = frame.filter(~pl.col("Condition").str.starts_with("  "))
            assert tops["Verdict"].to_list() == [str(c.verdict) for c in why.conditions]
            assert tops["Found"].to_list()[1] == pytest.approx(why.conditions[1].left_value, 1e-5)


async def test_shortlists_their_entries_and_two_days(opened: Opened, small_home: Paths) -> None:
    lists = Shortlists(small_home.state)
    entries = [Entry(isin(i), f"S{i}", "=1+1", "order book") for i in range(2)]
    day = AS_OF.replace(month=1, day=2)
    lists.save("Mine", entries[:1], market_date=day, screen="low_debt", demo=True)
    lists.save("Mine", entries[1:], market_date=AS_OF, screen="low_debt", demo=True)
    async with opened() as d:
        await d.press("S")
        first, frame = await written(d, "lists.csv")
        assert first.startswith("# Kasauti · Shortlists · demo")
        assert frame["Companies"].to_list() == [1]
        await d.press("o")
        _, frame = await written(d, "entries.csv")
        assert frame.select("ISIN", "Symbol", "Company").rows() == [(isin(1), "S1", "'=1+1")]
        await d.press("escape", "c")
        _, frame = await written(d, "days.csv")
        assert dict(frame.select("ISIN", "What").iter_rows()) == {isin(0): "left", isin(1): "came"}
        assert frame["Symbol"].to_list() == ["S1", "S0"]


async def test_market_and_replay(demo_home: Paths) -> None:
    async with opened_on(demo_home, (120, 40), "selectivity_core") as d:
        market = d.browse.desk.workspace.market  # type: ignore[union-attr]
        await d.press("m")
        state = market_state(market)
        first, frame = await written(d, "breadth.csv")
        assert first == f"# Kasauti · Market · Breadth · {market.label}"
        small = state.segment("small").breadth
        row = frame.filter(pl.col("Segment").str.to_lowercase().str.contains("small")).row(
            0, named=True
        )
        assert row["of priced"] == small.priced
        assert row["≥20 % off"] == pytest.approx(100 * small.below_high[0].share, abs=0.5)
        await d.press("5")
        first, frame = await written(d, "decliners.csv")
        assert set(frame["ISIN"]) <= set(market.companies["isin"])
        await d.press("escape", "0", "p")
        await d.press("enter")
        await d.press("2")
        first, frame = await written(d, "periods.csv")
        assert first.startswith("# Kasauti · Replay · ")
        found = d.app.screen.found  # type: ignore[attr-defined]
        assert frame["Held"].to_list() == [turn.held for turn in found.turns]
        nets = [None if not turn.held else 100 * turn.net for turn in found.turns]
        shown = frame["Screen %"].to_list()
        assert [v is None for v in shown] == [v is None for v in nets]
        assert [v for v in shown if v is not None] == pytest.approx(
            [v for v in nets if v is not None], abs=0.051
        )


def test_sections_dates_shares_and_signs_become_columns(small: Market) -> None:
    heads = (("", "Company"), ("", "On"), ("", "Return"), ("", "Rank"), ("", "Mixed"))
    cells = [
        ("Entered 2", "", "", "", ""),
        ("+ ABC", "2025-01-31", "+1,23,456.5 %", "1", "3.5"),
        ("+ 600", "2025-02-28", "−7.5 %", "–", "4 %"),
    ]
    rows = text_rows(heads, cells, tones=("heading", "", ""))
    rows = TextRows(rows.columns, rows.cells, rows.tones, {(1, "0"): "ABC", (0, "0"): "Entered"})
    opens = ("", "XX0000000001", "XX0000000002")
    table = shown_table(rows, small, "View", ("  a line ", ""), opens)
    want = pl.DataFrame(
        {
            "Section": ["Entered", "Entered"],
            "ISIN": list(opens[1:]),
            "Company": ["ABC", "+ 600"],
            "On": ["2025-01-31", "2025-02-28"],
            "Return %": [123456.5, -7.5],
            "Rank": [1, None],
            "Mixed": ["3.5", "4 %"],
        }
    ).with_columns(pl.col("On").str.to_date())
    assert table.frame.equals(want)
    assert table.frame.schema == want.schema
    assert table.lines == ("a line",)
    assert table.keys == 3


def test_titles_that_are_the_same_or_empty_name_columns_apart(small: Market) -> None:
    columns = (
        Column("a", ("", ""), 4),
        Column("b", ("up", "down"), 4),
        Column("c", ("up", "down"), 4),
    )
    table = shown_table(TextRows(columns, (("1", "2", "3"),)), small, "View")
    assert table.frame.columns == ["A", "up down", "up down 2"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_view_in_every_format_says_what_it_is(small: Market, tmp_path: Path, ending: str) -> None:
    result = run(small, "ROCE > 15")
    table = why_table(result, result.why(isin(3)))
    path = tmp_path / f"why{ending}"
    assert write(path, table) == table.frame.height
    if ending == ".json":
        read = json.loads(path.read_text(encoding="utf-8"))
        assert read["demo"] is True
        assert read["market_date"] == str(small.date)
        assert read["view"] in table.caption
        assert read["rows"] == table.frame.to_dicts()
    elif ending == ".parquet":
        assert pl.read_parquet(path).equals(table.frame)
        assert pl.read_parquet_metadata(path)["kasauti"] == table.caption
    elif ending == ".xlsx":
        import openpyxl

        sheet = openpyxl.load_workbook(path).worksheets[0]
        assert sheet["A1"].value == table.caption
        assert sheet["A2"].value == table.lines[0]
        assert [cell.value for cell in sheet[4]] == table.frame.columns
    else:
        said = path.read_text(encoding="utf-8").replace("\\", "")
        assert table.caption in said
        assert "demo" in said.splitlines()[0]


def test_hostile_titles_are_text_too(tmp_path: Path) -> None:
    frame = pl.DataFrame({"=1+1": ["@x"]})
    for ending in (".csv", ".md"):
        write(tmp_path / f"a{ending}", Table(frame, "=cap\n=1"))
        text = (tmp_path / f"a{ending}").read_text(encoding="utf-8")
        assert "\n=1" not in text
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "# =cap =1\n'=1+1\n'@x\n"
