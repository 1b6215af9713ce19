"""The recorded companies as tables of a market, every figure per share on one share basis.

The recorded statements are those of June 2026: figures revised since an earlier day stand as they
were revised. Weekly closes and EPS come adjusted for later splits and bonuses, so share capital is
put on the same basis here and no corporate action is handed on.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from scrapers.cells import period
from scrapers.screener_facts import facts_of, is_financial, template_of
from scrapers.screener_in import ROWS, CompanyPage, Statement
from screener.market.schema import conform
from screener.market.store import Market, publish

SECTIONS: Final = {
    "quarters": "quarters",
    "profit_loss": "profit-loss",
    "balance_sheet": "balance-sheet",
    "cash_flow": "cash-flow",
    "ratios": "ratios",
    "shareholding": "shareholding",
}
SIZES: Final = {"Large Cap": "large", "Mid Cap": "mid", "Small Cap": "small"}
LENDS: Final = "Financing Profit"  # a row only banks and lenders have
MIN_EVENT: Final = 1.05  # a smaller change of the number of shares is no split or bonus
MIN_BONUS: Final = 1.15  # share capital that rose less in such a year was split, not added to
CAP_TOLERANCE: Final = 1.6  # market cap against the half-year's average of the size list
CAP_DAY: Final = dt.date(2025, 10, 3)  # the middle of that half-year


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    """Companies, facts and prices of the recorded folder, as tables of the schema.

    Only companies whose recorded page was theirs, with weekly prices and a share count that agrees
    with the size list.
    """
    index = _index(folder)
    pages = dict(_pages(folder, index))
    rows = [row for row in index.iter_rows(named=True) if row["symbol"] in pages]
    companies = pl.DataFrame([_company(row, pages[row["symbol"]]) for row in rows])
    found = [facts_of(pages[r["symbol"]], r["isin"], _seen(r["fetched"])) for r in rows]
    facts = _with_year_ends(_on_one_basis(pl.concat(found), _events(folder, index)))
    prices = _prices(folder, index)
    sure = _with_sure_share_count(companies, facts, prices, index)
    return {
        "companies": conform("companies", companies.join(sure, on="isin", how="semi")),
        "facts": conform("facts", facts.join(sure, on="isin", how="semi")),
        "prices": conform("prices", prices.join(sure, on="isin", how="semi")),
    }


def _index(folder: Path) -> pl.DataFrame:
    """The recorded companies on the exchange's list, with face value and listing date."""
    index = pl.read_csv(folder / "statements" / "universe_index.csv", infer_schema_length=None)
    listed = pl.read_csv(folder / "masters" / "EQUITY_L_2026-08.csv", infer_schema_length=None)
    listed = listed.rename({name: name.strip() for name in listed.columns})
    return (
        index.filter(pl.col("kind") != "no_columns", ~pl.col("identity").str.ends_with("_mismatch"))
        .filter(pl.col("isin").is_not_null())
        .join(
            listed.select(
                pl.col("ISIN NUMBER").alias("isin"),
                pl.col("FACE VALUE").cast(pl.Float64).alias("face_value"),
                pl.col("DATE OF LISTING").str.to_date("%d-%b-%Y").alias("listed_on"),
            ),
            on="isin",
        )
        .unique("isin", keep="none", maintain_order=True)
    )


def _pages(folder: Path, index: pl.DataFrame) -> Iterator[tuple[str, CompanyPage]]:
    """The recorded statements as pages understood, so that facts are read as from the site."""
    long = pl.read_parquet(folder / "statements" / "statements_long.parquet").with_columns(
        pl.col("symbol", "table", "row", "period").cast(pl.String)
    )
    about = {row["symbol"]: row for row in index.iter_rows(named=True)}
    for (symbol,), frame in long.group_by("symbol", maintain_order=True):
        if symbol in about:
            row = about[str(symbol)]
            statements = {
                SECTIONS[str(table)]: _statement(SECTIONS[str(table)], cells)
                for (table,), cells in frame.group_by("table", maintain_order=True)
            }
            statements |= {s: Statement((), {}) for s in SECTIONS.values() if s not in statements}
            yield str(symbol), _page(row, statements, LENDS in frame["row"].to_list())


def _statement(section: str, cells: pl.DataFrame) -> Statement:
    known = cells.filter(pl.col("period") != "TTM").with_columns(
        pl.col("period").str.replace_all(r"\s+", " ")
    )
    columns = list(dict.fromkeys(known["period"]))
    place = {name: i for i, name in enumerate(columns)}
    lines: dict[str, list[float | None]] = {}
    for row, column, value in known.select("row", "period", "value").iter_rows():
        line = ROWS[section].get(row)
        if line and value is not None and not np.isnan(value):
            lines.setdefault(line, [None] * len(columns))[place[column]] = value
    periods = tuple(p for p in map(period, columns) if p is not None)
    return Statement(periods, {line: tuple(values) for line, values in lines.items()})


def _page(row: dict[str, Any], statements: dict[str, Statement], lends: bool) -> CompanyPage:
    names = {"macro_sector": "sector", "sector": "sector", "industry": "group"}
    sectors = {key: row[name] or "" for key, name in names.items()}
    return CompanyPage(
        url=row["symbol"],
        basis="consolidated",
        company_id=str(row["company_id"]),
        warehouse_id="",
        name=row["name"],
        nse_symbol=row["symbol"],
        bse_code=str(row["bse_code"] or ""),
        sectors={**sectors, "basic_industry": row["subindustry"] or ""},
        indices=(),
        top={},
        price_day=None,
        pledged=None,
        lends=lends,
        statements=statements,
    )


def _company(row: dict[str, Any], page: CompanyPage) -> dict[str, Any]:
    return {
        "isin": row["isin"],
        "symbol": row["symbol"],
        "name": row["name"],
        "listed_on": row["listed_on"],
        "face_value": row["face_value"],
        **{key: value or None for key, value in page.sectors.items()},
        "template": template_of(page),
        "is_financial": is_financial(page),
        "is_sme": False,
        "size_class": SIZES.get(row["amfi_cat"]),
        "status": "active",
    }


def _seen(fetched: str) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(fetched[:10]), dt.time(12), dt.UTC)


# --- one share basis ------------------------------------------------------------------------


def _events(folder: Path, index: pl.DataFrame) -> pl.DataFrame:
    """Days on which the number of shares was multiplied, by a split or a bonus."""
    return (
        pl.read_parquet(folder / "prices" / "adj_events.parquet")
        .filter(pl.col("kind") == "split", pl.col("ratio") >= MIN_EVENT)
        .join(index.select("symbol", "isin"), on="symbol")
        .select("isin", pl.col("event_date").cast(pl.Date), "ratio")
    )


def _on_one_basis(facts: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Balance sheets as if every later bonus had been issued: reserves turned into capital."""
    sheet = pl.col("line").is_in(["equity_capital", "reserves"])
    capital = facts.filter(pl.col("line") == "equity_capital").sort("isin", "period_end")
    following = capital.select(
        "isin",
        "period_end",
        pl.col("value").alias("capital"),
        (pl.col("value").shift(-1).over("isin") / pl.col("value")).alias("rise"),
        pl.col("period_end").shift(-1).over("isin").alias("next_end"),
    )
    bonus = (
        following.join(events, on="isin")
        .filter(pl.col("event_date").is_between("period_end", "next_end", closed="right"))
        .group_by("isin", "period_end")
        .agg(pl.col("rise").first(), pl.col("ratio").product())
        .select(
            "isin",
            "period_end",
            pl.when(pl.col("rise") >= MIN_BONUS)
            .then(pl.min_horizontal("rise", "ratio"))
            .otherwise(1.0)
            .alias("bonus"),
        )
    )
    later = following.join(bonus, on=["isin", "period_end"], how="left", maintain_order="left")
    later = later.with_columns(
        pl.col("bonus").fill_null(1.0).cum_prod(reverse=True).over("isin").alias("times")
    ).select("isin", "period_end", "capital", "times")
    moved = pl.col("capital") * (pl.col("times") - 1)
    return (
        facts.join(later, on=["isin", "period_end"], how="left", maintain_order="left")
        .with_columns(
            pl.when(sheet & (pl.col("times") > 1))
            .then(
                pl.col("value")
                + pl.when(pl.col("line") == "equity_capital").then(moved).otherwise(-moved)
            )
            .otherwise("value")
            .alias("value")
        )
        .drop("capital", "times")
    )


def _with_year_ends(facts: pl.DataFrame) -> pl.DataFrame:
    """Marks the last quarter of years before the recorded quarters as reported.

    Thirteen quarters are on record. A year reported earlier ended with a quarter, too: saying so,
    with the year's tax rate and nothing else, lets trailing twelve months be that year.
    """
    first = (
        facts.filter(pl.col("kind") == "quarter")
        .group_by("isin")
        .agg(pl.col("period_end").min().alias("first"))
    )
    years = facts.filter(
        pl.col("kind") == "annual", pl.col("line") == "tax_rate", pl.col("months") == 12
    ).join(first, on="isin", how="left")
    ends = years.filter((pl.col("period_end") < pl.col("first")).fill_null(True)).with_columns(
        pl.lit("quarter").alias("kind"), pl.lit(3).cast(pl.Int16).alias("months")
    )
    return pl.concat([facts, ends.select(facts.columns)])


def _with_sure_share_count(
    companies: pl.DataFrame, facts: pl.DataFrame, prices: pl.DataFrame, index: pl.DataFrame
) -> pl.DataFrame:
    """The companies whose market cap agrees with the average that the size list states."""
    capital = (
        facts.filter(pl.col("line") == "equity_capital", pl.col("period_end") <= CAP_DAY)
        .sort("isin", "period_end")
        .group_by("isin")
        .agg(pl.col("value").last().alias("capital"))
    )
    close = prices.filter(
        pl.col("date").is_between(CAP_DAY - dt.timedelta(days=90), CAP_DAY + dt.timedelta(days=90))
    )
    ratio = pl.col("close") * pl.col("capital") / pl.col("face_value") / pl.col("listed_cap")
    return (
        companies.select("isin", "face_value")
        .join(capital, on="isin")
        .join(close.group_by("isin").agg(pl.col("close").mean()), on="isin")
        .join(
            index.select("isin", pl.col("amfi_mcap_cr_2025h2").alias("listed_cap")),
            on="isin",
        )
        .filter(ratio.is_between(1 / CAP_TOLERANCE, CAP_TOLERANCE))
        .select("isin")
    )


def _prices(folder: Path, index: pl.DataFrame) -> pl.DataFrame:
    """Weekly closes, each on the Friday of its week, so that all share one calendar."""
    weekly = pl.read_parquet(folder / "statements" / "weekly_price_pe_2019_2026-06.parquet")
    friday = pl.col("day").dt.truncate("1w") + pl.duration(days=4)
    return (
        weekly.join(index.select("symbol", "isin"), on="symbol")
        .with_columns(pl.col("date").cast(pl.Date).alias("day"))
        .filter(pl.col("close") > 0)
        .sort("isin", "day")
        .with_columns(friday.cast(pl.Date).alias("date"))
        .unique(["isin", "date"], keep="last", maintain_order=True)
        .with_columns(
            *(pl.col("close").alias(name) for name in ("open", "high", "low")),
            (pl.col("close") * pl.col("volume") / 1e7).alias("turnover"),
        )
    )


def open_recorded(folder: Path, home: Path) -> Market:
    """The recorded companies as a market, published in a folder of its own."""
    given = tables(folder)
    last = given["prices"]["date"].max()
    assert isinstance(last, dt.date)
    return publish(home / "recorded", given, date=last, sources={"recorded": "recorded companies"})


def members(folder: Path, name: str) -> dict[str, set[str]]:
    """The ISINs of an index by the day of each recorded list, e.g. of niftysmallcap250."""
    lists = folder / "indices"
    found = {}
    for file in sorted(lists.glob(f"constituents_*/ind_{name}list.*")):
        month = file.parent.name.removeprefix("constituents_")
        if file.suffix == ".json":
            held = json.loads(file.read_text(encoding="utf-8"))["constituents"]
            found[month] = {entry["isin"] for entry in held}
        else:
            found[month] = set(pl.read_csv(file)["ISIN Code"])
    return found
