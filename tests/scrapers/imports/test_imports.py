"""Files of the reader's own: what they add, what they may not change, what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.imports.csv_files import day, parse_csv
from scrapers.imports.run import Imported, import_files
from scrapers.imports.workbook import parse_sheet
from scrapers.nse import parse_equity_list
from scrapers.screener_facts import facts_of as page_facts
from scrapers.screener_in import page_url, parse_page
from screener.errors import LayoutError, NoMarket
from screener.market.store import Market, publish
from screener.paths import Paths
from screener.shortlists import Shortlists
from tests.markets import bars, company, fact, tables
from tests.replay.clock import FakeClock
from tests.replay.recordings import Recordings
from tests.replay.render import recorded_page
from tests.scrapers.imports.made_workbook import data_sheet
from tests.scrapers.made_market import publish_quickly

ISIN = "INE001A01011"
OTHER = "INE002A01019"
NOON = dt.datetime(2026, 2, 1, 6, 30, tzinfo=dt.UTC)
ENDS = [dt.date(y, 3, 31) for y in (2022, 2023, 2024, 2025)]
PROFIT = {
    "Sales": [90, 100, 110, 121],
    "Raw Material Cost": [40, 44, 50, 55],
    "Change in Inventory": [1, 2, -1, 3],
    "Employee Cost": [10, 11, 12, 13],
    "Profit before tax": [20, 22, 24, 26],
    "Tax": [5, 5.5, 6, 6.5],
    "Net profit": [14, 15, 16, 18],
    "Dividend Amount": [7, 7.5, 8, 9],
}
BALANCE = {
    "Equity Share Capital": [10, 10, 10, 10],
    "Reserves": [50, 60, 70, 80],
    "Borrowings": [5, 4, 3, 2],
    "Other Liabilities": [35, 36, 37, 38],
    "Total": [100, 110, 120, 130],
    "No. of Equity Shares": [1e7, 1e7, 1e7, 1e7],
}


@pytest.fixture
def market(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Market:
    """Two companies; the sales and reserves of one year of the first are on file."""
    publish_quickly(monkeypatch)
    return publish(
        paths.real_market,
        tables(
            [
                company(ISIN, symbol="ALPHA", name="Alpha Gears Limited", bse_code="500001"),
                company(OTHER, symbol="BETA", name="Beta Foods Limited", bse_code="500002"),
            ],
            [
                fact("sales", "2025-03-31", 121.0, isin=ISIN, basis="standalone"),
                fact("reserves", "2025-03-31", 95.0, isin=ISIN, basis="standalone", months=0),
                fact("net_profit", "2025-03-31", 25.0, isin=ISIN, basis="standalone"),
            ],
            prices=bars({"2026-01-27": 100.0, "2026-01-28": 101.0}, ISIN),
        ),
        date=dt.date(2026, 1, 28),
        sources={"test": "made"},
    )


def bring(paths: Paths, name: str, body: bytes | str, **options: str) -> Imported:
    file = paths.state_dir / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body if isinstance(body, bytes) else body.encode())
    (done,) = import_files(paths, [file], clock=FakeClock(NOON), **options).files
    return done


def workbook(name: str = "ALPHA GEARS LTD", **changes: Mapping[str, Sequence[float]]) -> bytes:
    return data_sheet(name, ENDS, {**PROFIT, **changes}, BALANCE, shares=[1, 1, 1, 1])


def facts_of(paths: Paths, isin: str = ISIN) -> pl.DataFrame:
    return Market.open(paths.real_market).table("facts").filter(pl.col("isin") == isin).collect()


def value(facts: pl.DataFrame, line: str, year: int) -> list[float]:
    end = dt.date(year, 3, 31)
    return facts.filter(line=line, period_end=end, kind="annual")["value"].to_list()


def test_a_workbook_fills_what_is_not_on_file_and_changes_nothing(
    paths: Paths, market: Market
) -> None:
    before = facts_of(paths)
    done = bring(paths, "alpha.xlsx", workbook())
    assert not done.error
    assert done.about == "Alpha Gears Limited, standalone"
    after = facts_of(paths)
    assert before.join(after, on=before.columns, how="anti").is_empty()
    assert after.height == before.height + done.added
    assert value(after, "sales", 2023) == [100]
    assert value(after, "reserves", 2025) == [95]
    assert any("Reserves of Mar 2025 80.00 against 95.00" in note for note in done.notes)
    # 44 − 2 + 11: an increase of inventory is no expense
    assert value(after, "expenses", 2023) == [53]
    assert value(after, "operating_profit", 2023) == [47]
    assert value(after, "material_cost", 2024) == [51]
    assert value(after, "eps", 2024) == [16]
    assert value(after, "shares", 2024) == [1]
    new = after.join(before, on=["line", "period_end"], how="anti")
    assert set(new["source"]) == {"screener.in export"}
    assert set(new["basis"]) == {"standalone"}
    assert new.filter(line="sales", period_end=ENDS[0])["known_at"].to_list() == [
        dt.date(2022, 5, 30)
    ]
    assert any("Net profit" in note for note in done.notes), "25 on file, 19.5 by the sheet"
    assert value(after, "net_profit", 2023) == []


def test_the_same_workbook_twice_adds_nothing(paths: Paths, market: Market) -> None:
    bring(paths, "alpha.xlsx", workbook())
    generation = Market.open(paths.real_market).generation
    assert bring(paths, "alpha.xlsx", workbook()).added == 0
    assert Market.open(paths.real_market).generation == generation


def test_a_workbook_of_another_company_is_named(paths: Paths, market: Market) -> None:
    done = bring(paths, "2025-09_BETA.xlsx", workbook())
    assert done.about.startswith("Alpha Gears")
    assert "says BETA, but it holds ALPHA GEARS LTD" in done.notes[0]
    refused = bring(paths, "alpha.xlsx", workbook(), company="BETA")
    assert "holds ALPHA GEARS LTD, not Beta Foods Limited" in refused.error
    assert refused.added == 0
    assert facts_of(paths, OTHER).is_empty()
    assert "no listed company is called" in bring(paths, "x.xlsx", workbook("Omega")).error


def test_the_basis_is_asked_for_where_nothing_tells(paths: Paths, market: Market) -> None:
    beta = workbook("BETA FOODS LTD")
    assert "--basis" in bring(paths, "beta.xlsx", beta).error
    done = bring(paths, "beta.xlsx", beta, basis="consolidated")
    assert done.about == "Beta Foods Limited, consolidated"
    assert set(facts_of(paths, OTHER)["basis"]) == {"consolidated"}


def test_figures_that_cannot_be_right_are_kept_out(paths: Paths, market: Market) -> None:
    broken = {**BALANCE, "Investments": [-5, 5, 5, 5]}
    book = data_sheet("ALPHA GEARS LTD", ENDS, PROFIT, broken, shares=[1, 1, 1, 1])
    done = bring(paths, "alpha.xlsx", book)
    assert any("Investments: outside what this line can be" in note for note in done.notes)
    assert value(facts_of(paths), "investments", 2022) == []
    assert value(facts_of(paths), "investments", 2023) == [5]


def test_sales_that_are_none_of_those_on_file_are_anothers(paths: Paths, market: Market) -> None:
    sheet = workbook(Sales=[900, 1000, 1100, 1210])
    done = bring(paths, "alpha.xlsx", sheet, basis="standalone")
    assert "none of the standalone sales on file" in done.error
    assert bring(paths, "alpha.xlsx", sheet, basis="consolidated").added > 0  # nothing to tell by


@pytest.mark.parametrize(
    ("ends", "sales", "months"),
    [
        (("2022-12-31", "2024-03-31"), (100, 125), 15),
        (("2015-06-30", "2016-03-31"), (100, 75), 9),
        (("2023-12-31", "2024-03-31"), (100, 26), 3),
        (("2023-12-31", "2024-03-31"), (100, 127), 15),  # fifteen months that overlap the twelve
        (("2020-03-31", "2022-03-31"), (100, 120), 12),  # a year is missing
    ],
)
def test_the_length_of_a_year(ends: Sequence[str], sales: Sequence[float], months: int) -> None:
    days = [dt.date.fromisoformat(end) for end in ends]
    book = data_sheet("A", days, {"Sales": sales}, {"Total": [1, 1]})
    found = {f.end: f.months for f in parse_sheet(book, "a").figures if f.line == "sales"}
    assert found == {days[0]: 12, days[1]: months}


def test_blank_columns_of_a_young_company_are_no_periods() -> None:
    ends = [None, None, *ENDS[2:]]
    book = data_sheet("A", ends, {"Sales": [None, None, 5, 6]}, {"Total": [None, None, None, 7]})
    figures = parse_sheet(book, "a").figures
    assert {f.end for f in figures} == set(ENDS[2:])
    assert {f.end for f in figures if f.line == "total_assets"} == {ENDS[3]}


@pytest.mark.parametrize(
    "body",
    [
        b"PK\x03\x04 not a zip",
        data_sheet("A", ENDS, PROFIT, BALANCE, sheet="Sheet1"),
        b"\x00\x01\x02",
        b"",
        b"colour,shape\nred,round\n",
        b"symbol,date,close\nNOBODY,2026-01-01,5\n",
    ],
    ids=["no zip", "another sheet", "binary", "empty", "other columns", "strangers"],
)
def test_a_file_at_fault_is_told_and_changes_nothing(
    paths: Paths, market: Market, body: bytes
) -> None:
    done = bring(paths, "file.bin", body)
    assert done.error
    assert Market.open(paths.real_market).generation == market.generation


def test_no_market_no_import(paths: Paths) -> None:
    with pytest.raises(NoMarket):
        import_files(paths, [Path("a.csv")])


def test_estimates_keep_their_dates(paths: Paths, market: Market) -> None:
    text = (
        "Symbol;FY End;EPS;Analysts;As of\n"
        "ALPHA;Mar 2027;12.5;3;2026-01-05\n"
        "ALPHA;Mar 2027;12,5;3;2026-01-06\n"
        "500002;31-Mar-2027;1,234.5;1;2026-01-31\n"
        "ALPHA;Mar 2027;14;3;2026-01-30\n"
        "ALPHA;Mar 2027;99;3;2027-01-01\n"
        "NOBODY;Mar 2027;1;1;2026-01-01\n"
        "ALPHA;soon;1;1;2026-01-01\n"
    )
    done = bring(paths, "estimates.csv", text)
    held = Market.open(paths.real_market).table("estimates").sort("isin", "as_of").collect()
    assert done.added == 3
    assert held["mean"].to_list() == [12.5, 14.0, 1234.5]
    assert held["fy_end"].unique().to_list() == [dt.date(2027, 3, 31)]
    assert held["analysts"].to_list() == [3, 3, 1]
    notes = "\n".join(done.notes)
    assert "NOBODY" in notes
    assert "'soon' is not a date" in notes
    assert "with a point" in notes
    assert "dated after today" in notes
    assert bring(paths, "estimates.csv", text).added == 0


def test_prices_fill_days_without_one(paths: Paths, market: Market) -> None:
    rows = "symbol,date,close,volume\nALPHA,2026-01-26,99,10\nALPHA,2026-01-27,100.2,10\n"
    done = bring(paths, "prices.csv", rows)
    held = Market.open(paths.real_market).table("prices").sort("date").collect()
    assert held["close"].to_list() == [99.0, 100.0, 101.0]
    assert "1 days are on file" in done.notes[0]


def test_adjusted_prices_are_refused(paths: Paths, market: Market) -> None:
    rows = "isin,date,close\n" + "".join(f"{ISIN},2026-01-{d},50\n" for d in (26, 27, 28))
    assert "as traded" in bring(paths, "prices.csv", rows).error


def test_prices_of_one_company_without_a_column_for_it(paths: Paths, market: Market) -> None:
    assert bring(paths, "p.csv", "Date,Close\n26-01-2026,9\n", company="BETA").added == 1


def test_a_screens_export_becomes_a_shortlist(paths: Paths, market: Market) -> None:
    text = (
        'Name,BSE Code,NSE Code,Current Price\n"Alpha",500001,,10\nBeta Foods Ltd,,,20\nGone,1,,1\n'
    )
    done = bring(paths, "my_screen.csv", text)
    assert done.about == "shortlist “my screen”"
    assert [e.symbol for e in Shortlists(paths.state).get("my screen").entries] == ["ALPHA", "BETA"]
    assert "Gone" in done.notes[0]
    assert "my screen 2" in bring(paths, "my_screen.csv", text).about


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_csv_file_or_a_layout_error(body: bytes) -> None:
    try:
        parse_csv(body, "any")
    except LayoutError:
        return


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)))
def test_dates_are_read_as_they_are_written(date: dt.date) -> None:
    for form in ("%Y-%m-%d", "%d-%b-%Y", "%d/%m/%Y", "%d %b %Y"):
        assert day(date.strftime(form)) == date


HOLDERS = {
    "Asian_Paints": "ASIANPAINT", "Avenue_Supermarts": "DMART", "2023-07_ITC": "ITC",
    "Reliance": "RELIANCE", "Trent": "TRENT", "Nestle": "NESTLEIND", "Infosys": "INFY",
    "TATACONSUM": "TATACONSUM", "TATAPOWER": "TATAPOWER", "TataSteel": "TATASTEEL",
    "2025-09_ITC": "INFY", "TATASTEEL": "NESTLEIND",
}  # fmt: skip


@pytest.mark.recorded
def test_every_recorded_workbook_is_imported_for_the_company_it_holds(
    recorded: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The market holds what the companies' pages say; TMCV took over the name Tata Motors."""
    publish_quickly(monkeypatch)
    recordings = Recordings(recorded)
    listed = parse_equity_list((recorded / "masters" / "EQUITY_L_2026-08.csv").read_bytes())
    isins = dict(listed.select("symbol", "isin").iter_rows())
    facts = []
    for symbol in {*HOLDERS.values(), "TMCV", "TMPV"}:
        record = recordings.find(symbol)
        assert record
        page = parse_page(recorded_page(record), page_url(symbol))
        facts.append(page_facts(page, isins[symbol], NOON))
    active = pl.lit("active").alias("status")
    frames = {"companies": listed.with_columns(active), "facts": pl.concat(facts)}
    publish(paths.real_market, frames, date=NOON.date(), sources={})
    books = sorted((recorded / "excel").glob("*.xlsx"))
    done = {book.file: book for book in import_files(paths, books, clock=FakeClock(NOON)).files}
    assert len(done) == 14
    names = dict(listed.select("symbol", "name").iter_rows())
    for part, symbol in HOLDERS.items():
        for book in (b for file, b in done.items() if part in file):
            assert (book.error, book.about) == ("", f"{names[symbol]}, consolidated"), book.file
    for file, said in (("2025-09_ITC.xlsx", "ITC"), ("2025-09_TATASTEEL.xlsx", "TATASTEEL")):
        assert f"name says {said}, but it holds" in done[file].notes[0]
        assert import_files(paths, [recorded / "excel" / file], company=said).files[0].error
    assert sum(book.added for book in done.values()) > 1000
    motors = recorded / "excel" / "2025-09_TataMotors.xlsx"
    assert "no figure on file tells" in done[motors.name].error
    (refused,) = import_files(paths, [motors], basis="consolidated").files
    assert "none of the consolidated sales on file" in refused.error
    facts_now = Market.open(paths.real_market).table("facts").collect()
    assert set(facts_now["isin"]) == {isins[s] for s in {*HOLDERS.values(), "TMCV", "TMPV"}}


@pytest.mark.recorded
def test_every_recorded_workbook_is_read(recorded: Path) -> None:
    books = sorted((recorded / "excel").glob("*.xlsx"))
    assert len(books) == 14
    sheets = {book.stem: parse_sheet(book.read_bytes(), book.name) for book in books}
    assert sheets["2025-09_ITC"].company.startswith("INFOSYS")
    assert sheets["2025-09_TATASTEEL"].company.startswith("NESTLE")
    for sheet in sheets.values():
        by = {(f.kind, f.end, f.line): f.value for f in sheet.figures}
        ends = {f.end for f in sheet.figures if f.line == "total_assets"}
        assert ends
        for end in ends:
            parts = ("equity_capital", "reserves", "borrowings", "other_liabilities")
            total = sum(by.get(("annual", end, part), 0.0) for part in parts)
            assert total == pytest.approx(by["annual", end, "total_assets"], abs=0.05)
        for (kind, end, line), operating in by.items():
            if line == "operating_profit":
                rest = by[kind, end, "other_income"] - by.get((kind, end, "depreciation"), 0)
                before_tax = operating + rest - by.get((kind, end, "interest"), 0)
                assert before_tax == pytest.approx(by[kind, end, "pbt"], abs=0.5)
