"""Three measures against their peers: ours beside pandas and duckdb, with the same figures.

    python benchmarks/peers.py [--companies 5000] [--repeat 15]

Each finds, for every company and measure, the narrowest group with eight others (five levels), its
median, and the percentile in it and in the market. The figures must agree before any is timed.
"""

from __future__ import annotations

import argparse
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from timing import median_ms, table

from screener.fields.catalogue import compute
from screener.fields.groups import LEVELS, level_codes, peers_of
from screener.market.demo import DEMO_DATE, generate
from screener.market.panel import build

MEASURES = ("earnings_yield", "book_to_price", "ebitda_yield")
FOUND = ("median", "percentile", "market_percentile")
OTHERS = 8
CODES = [f"level {i}" for i in range(len(LEVELS))]


def ours(frame: pl.DataFrame) -> pl.DataFrame:
    codes = [pl.col(name) for name in CODES]
    named = [code.alias(str(i)) for i, code in enumerate(codes)]
    found = frame.select(peers_of(pl.col(m), named, mad=False).alias(m) for m in MEASURES)
    return found.select(
        pl.col(m).struct.field(f).alias(f"{m} {f}") for m in MEASURES for f in FOUND
    )


def in_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    out: dict[str, Any] = {}
    for measure in MEASURES:
        value = frame[measure]
        median = pd.Series(np.nan, index=frame.index)
        percentile = median.copy()
        open_ = pd.Series(True, index=frame.index)
        for code in CODES:
            groups = value.groupby(frame[code])
            counts = groups.transform("count")
            here = open_ & (frame[code] > 0) & (counts - value.notna() >= OTHERS)
            median = median.mask(here, groups.transform("median"))
            percentile = percentile.mask(here, (groups.rank() - 0.5) / counts * 100)
            open_ &= ~here
        out[f"{measure} median"] = median
        out[f"{measure} percentile"] = percentile
        out[f"{measure} market_percentile"] = (value.rank() - 0.5) / value.count() * 100
    return pd.DataFrame(out)


def query() -> str:
    """The same in SQL: windows over each level, the first that is large enough."""
    windows, picked = [], []
    for m in MEASURES:
        for i, code in enumerate(CODES):
            by = f'PARTITION BY "{code}"'
            windows += [
                f'count({m}) OVER ({by}) AS "{m} n{i}"',
                f'median({m}) OVER ({by}) AS "{m} m{i}"',
                f'rank() OVER ({by} ORDER BY {m} NULLS LAST) AS "{m} r{i}"',
                f'count(*) OVER (PARTITION BY "{code}", {m}) AS "{m} t{i}"',
            ]
        windows += [
            f'count({m}) OVER () AS "{m} n"',
            f'rank() OVER (ORDER BY {m} NULLS LAST) AS "{m} r"',
            f'count(*) OVER (PARTITION BY {m}) AS "{m} t"',
        ]
        fits = [
            (f'"{code}" > 0 AND "{m} n{i}" - ({m} IS NOT NULL)::INT >= {OTHERS}', i)
            for i, code in enumerate(CODES)
        ]

        def first(value: str, fits: list[tuple[str, int]] = fits) -> str:
            cases = " ".join(f"WHEN {when} THEN {value.format(i=i)}" for when, i in fits)
            return f"CASE {cases} END"

        middle = '("{m} r{i}" + ("{m} t{i}" - 1) / 2.0 - 0.5) / "{m} n{i}" * 100'.replace("{m}", m)
        market = middle.format(i="")
        picked += [
            f'{first(chr(34) + m + " m{i}" + chr(34))} AS "{m} median"',
            f'CASE WHEN {m} IS NOT NULL THEN {first(middle)} END AS "{m} percentile"',
            f'CASE WHEN {m} IS NOT NULL THEN {market} END AS "{m} market_percentile"',
        ]
    return (
        f"WITH w AS (SELECT *, {', '.join(windows)} FROM frame) "
        f"SELECT {', '.join(picked)} FROM w ORDER BY row"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--companies", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=15)
    args = parser.parse_args()
    fields = compute(build(generate(companies=args.companies), DEMO_DATE))
    codes = [code.alias(name) for code, name in zip(level_codes(), CODES, strict=True)]
    frame = fields.select(*MEASURES, *codes).with_row_index("row")
    in_rows = pd.DataFrame(frame.to_dict(as_series=False))
    db = duckdb.connect()
    db.register("rows", in_rows)
    nan = ", ".join(f"CASE WHEN NOT isnan({m}) THEN {m} END AS {m}" for m in MEASURES)
    db.execute(f"CREATE TABLE frame AS SELECT * REPLACE ({nan}) FROM rows")
    sql = query()
    mine = ours(frame)
    theirs = {"pandas": in_pandas(in_rows), "duckdb": db.execute(sql).df()}
    for name, found in theirs.items():
        for column in mine.columns:
            a = mine[column].fill_null(float("nan")).to_numpy()
            b = found[column].to_numpy(dtype=float)
            same = np.isclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True)
            assert same.all(), f"{name}: {column} differs for {(~same).sum()} companies"
    table(
        f"{len(MEASURES)} measures, {frame.height:,} companies, processor time, the same figures",
        {
            "ours": median_ms(lambda: ours(frame), args.repeat),
            "pandas": median_ms(lambda: in_pandas(in_rows), args.repeat),
            "duckdb": median_ms(lambda: db.execute(sql).df(), args.repeat),
        },
        ours="ours",
    )


if __name__ == "__main__":
    main()
