"""The tables of a market straight from the recorded prices, lists and indices."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from functools import cache
from pathlib import Path

import polars as pl

from scrapers.amfi import parse_list
from screener.market.schema import conform

LIST = "masters/AverageMarketCapitalization31Dec2025.xlsx"
SPLIT = re.compile(r"from r[se]\.? ?([\d.]+).*? to r[se]\.? ?([\d.]+)", re.IGNORECASE)
BONUS = re.compile(r"bonus\s+(\d+) ?: ?(\d+)", re.IGNORECASE)


@cache
def ranked_symbols(folder: Path) -> pl.DataFrame:
    """isin and NSE symbol as the ranked list has them."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO((folder / LIST).read_bytes()), read_only=True)
    rows = [
        (row[5], row[2])
        for row in book.worksheets[0].iter_rows(values_only=True)
        if isinstance(row[0], int) and row[5] not in (None, "-")
    ]
    book.close()
    return pl.DataFrame(rows, schema=["symbol", "isin"], orient="row").unique("symbol")


@cache
def symbols(folder: Path) -> pl.DataFrame:
    """The same, and the symbols that the exchange's lists of two dates add."""
    frames = [ranked_symbols(folder)]
    for name in ("EQUITY_L_2025-10.csv", "EQUITY_L_2026-08.csv"):
        listed = pl.read_csv(folder / "masters" / name, infer_schema=False)
        listed = listed.rename(lambda title: title.strip())
        frames.append(listed.select(symbol="SYMBOL", isin="ISIN NUMBER"))
    return pl.concat(frames).unique("symbol", keep="first", maintain_order=True)


@cache
def companies(folder: Path) -> pl.DataFrame:
    ranks = parse_list((folder / LIST).read_bytes())
    listed = pl.read_csv(folder / "masters" / "EQUITY_L_2026-08.csv", infer_schema=False)
    listed = listed.rename(lambda title: title.strip()).select(
        isin="ISIN NUMBER",
        listed_on=pl.col("DATE OF LISTING").str.to_date("%d-%b-%Y", strict=False),
    )
    joined = ranks.join(symbols(folder).unique("isin", keep="first"), on="isin", how="left")
    return conform("companies", joined.join(listed, on="isin", how="left"))


@cache
def prices(folder: Path, by_list: bool = False) -> pl.DataFrame:
    """Daily bars by ISIN; only those the ranked list's own symbols find if `by_list`."""
    bars = pl.read_parquet(folder / "prices" / "eod_nse_eq_2024-12-02_2026-07-03.parquet")
    known = ranked_symbols(folder) if by_list else symbols(folder)
    return conform("prices", bars.join(known, on="symbol").unique(["isin", "date"]))


@cache
def yahoo_splits(folder: Path) -> pl.DataFrame:
    """Splits and bonuses as one vendor has them."""
    events = pl.read_parquet(folder / "prices" / "adj_events.parquet")
    return conform(
        "actions",
        events.filter(pl.col("kind") == "split")
        .join(symbols(folder), on="symbol")
        .select(
            "isin",
            ex_date=pl.col("event_date").cast(pl.Date),
            kind=pl.lit("split"),
            factor="ratio",
        ),
    )


@cache
def exchange_splits(folder: Path) -> pl.DataFrame:
    """Splits and bonuses as the exchange announced them."""
    rows = []
    for path in sorted((folder / "exchange" / "nse_corporate_actions").glob("*.json")):
        for action in json.loads(path.read_text(encoding="utf-8")):
            day = dt.datetime.strptime(action["exDate"], "%d-%b-%Y").date()
            if found := SPLIT.search(action["subject"]):
                before, after = map(float, found.groups())
                rows.append((action["symbol"], day, "split", before / after))
            if found := BONUS.search(action["subject"]):
                new, held = map(float, found.groups())
                rows.append((action["symbol"], day, "bonus", (new + held) / held))
    frame = pl.DataFrame(rows, schema=["symbol", "ex_date", "kind", "factor"], orient="row")
    return conform("actions", frame.unique().join(symbols(folder), on="symbol"))


@cache
def indices(folder: Path) -> pl.DataFrame:
    frames = []
    for file, name in (
        ("NIFTYSMALLCAP250", "NIFTY SMALLCAP 250"),
        ("NIFTYMIDCAP150", "NIFTY MIDCAP 150"),
        ("NIFTY100", "NIFTY 100"),
        ("NIFTY500", "NIFTY 500"),
    ):
        rows = json.loads((folder / "indices" / f"{file}.json").read_text(encoding="utf-8"))
        frame = pl.DataFrame(rows).with_columns(
            index=pl.lit(name), date=pl.col("time").str.to_date()
        )
        frames.append(conform("indices", frame))
    gold = pl.read_csv(folder / "prices" / "history_GOLDBEES.csv", try_parse_dates=True)
    frames.append(
        conform(
            "indices",
            gold.select(
                index=pl.lit("GOLDBEES"), date="DATE", close="CLOSE_PRICE", volume="TTL_TRD_QNTY"
            ),
        )
    )
    return pl.concat(frames)
