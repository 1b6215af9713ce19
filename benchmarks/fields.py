"""Fields of all companies: ours beside pandas from the long facts and a bare numpy, same figures.

    python benchmarks/fields.py [--companies 5000] [--repeat 9]

Twelve ratios over up to eleven years. pandas starts from the facts; ours from the facts, and from
the panel, which a refresh makes once. numpy, the floor, divides arrays that are already there and
does not ask whether a figure may be used. Wherever two know a figure it must be the same; companies
that changed the end of their year are not compared, as only ours counts their months. The last line
is the whole catalogue with the reason of every null.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from timing import median_ms, table

from screener.fields.catalogue import all_fields, compute, panel_columns
from screener.market.demo import DEMO_DATE, generate
from screener.market.panel import build

LINES = ("sales", "operating_profit", "net_profit", "total_assets", "cfo")
YEARS = 11
GROWTH = {"sales": (3, 5, 10), "operating_profit": (3, 5)}
KEYS = [
    *(f"{line}_growth_{n}_years" for line, spans in GROWTH.items() for n in spans),
    "opm_last_year", "npm_last_year", "roa", "asset_turnover",
    "cfo_to_pat_1y", "cfo_to_pat_3y", "cfo_to_pat_5y",
]  # fmt: skip
Lines = dict[str, Any]  # line → years: the latest first


def ratios(of: Lines) -> dict[str, Any]:
    """The twelve of arrays (or frames' columns) by line and years back."""
    out: dict[str, Any] = {}
    for line, spans in GROWTH.items():
        for n in spans:
            growth = (of[line][0] / of[line][n]) ** (1 / n) - 1
            real = (of[line][0] > 0) & (of[line][n] > 0)
            out[f"{line}_growth_{n}_years"] = np.where(real, 100 * growth, np.nan)
    sales, profit, assets, cfo = (of[n] for n in ("sales", "net_profit", "total_assets", "cfo"))
    out["opm_last_year"] = 100 * of["operating_profit"][0] / sales[0]
    out["npm_last_year"] = 100 * profit[0] / sales[0]
    mean = (assets[0] + assets[1]) / 2
    out["roa"] = 100 * profit[0] / mean
    out["asset_turnover"] = sales[0] / mean
    for n in (1, 3, 5):
        total = sum(profit[k] for k in range(n))
        flow = sum(cfo[k] for k in range(n))
        out[f"cfo_to_pat_{n}y"] = np.where(total > 0, flow / total, np.nan)
    return out


def in_pandas(facts: pd.DataFrame, basis: pd.Series) -> pd.DataFrame:
    known = facts[(facts["known_at"] <= pd.Timestamp(DEMO_DATE)) & (facts["kind"] == "annual")]
    known = known[known["line"].isin(LINES) & (known["basis"] == known["isin"].map(basis))]
    known = known.sort_values(["known_at", "seen_at"]).drop_duplicates(
        ["isin", "line", "period_end"], keep="last"
    )
    wide = known.pivot(index=["isin", "period_end"], columns="line", values="value")
    wide = wide.sort_index(level="period_end", ascending=False)
    years = wide.index.get_level_values("period_end").year
    wide["back"] = pd.Series(years, wide.index).groupby("isin").transform("max") - years
    slots = wide[wide["back"] < YEARS].set_index("back", append=True).droplevel("period_end")
    by_slot = slots.unstack("back")
    of = {line: [by_slot[line, k] for k in range(YEARS)] for line in LINES}
    return pd.DataFrame(ratios(of), index=by_slot.index)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--companies", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=9)
    args = parser.parse_args()
    tables = dict(generate(companies=args.companies))
    columns = panel_columns(KEYS)
    panel = build(tables, DEMO_DATE)
    facts = pd.DataFrame(tables["facts"].to_dict(as_series=False))
    for name in ("known_at", "seen_at", "period_end"):
        facts[name] = pd.to_datetime(facts[name])
    basis = pd.Series(panel["basis"].to_list(), index=panel["isin"].to_list())
    arrays = {
        line: [panel[f"{line}@{k}"].fill_null(float("nan")).to_numpy() for k in range(YEARS)]
        for line in LINES
    }
    mine = compute(panel, KEYS)
    twelve = [pl.col(f"months@{k}").fill_null(12) == 12 for k in range(YEARS)]
    plain = panel.select(pl.all_horizontal(twelve)).to_series().to_numpy()
    theirs = in_pandas(facts, basis).reindex(mine["isin"].to_list())
    with np.errstate(all="ignore"):
        floor = ratios(arrays)
        for name, found in (("pandas", theirs), ("numpy", floor)):
            for key in KEYS:
                a = mine[key].fill_null(float("nan")).to_numpy()
                b = np.asarray(found[key], dtype=float)
                both = ~np.isnan(a) & ~np.isnan(b) & plain
                assert both.mean() > 0.4, f"{name}: {key} is known for few: {both.mean():.0%}"
                same = np.isclose(a[both], b[both], rtol=1e-9, atol=1e-9)
                assert same.all(), f"{name}: {key} differs for {(~same).sum()} companies"
        found = {
            "fields, from the panel": median_ms(lambda: compute(panel, KEYS), args.repeat),
            "fields, from the facts": median_ms(
                lambda: compute(build(tables, DEMO_DATE, columns), KEYS), args.repeat
            ),
            "pandas, from the facts": median_ms(lambda: in_pandas(facts, basis), args.repeat),
            "numpy, from the panel": median_ms(lambda: ratios(arrays), args.repeat),
            f"all {len(all_fields())} fields, from the panel": median_ms(
                lambda: compute(panel), max(3, args.repeat // 3)
            ),
        }
    table(
        f"{len(KEYS)} ratios, {args.companies:,} companies, processor time, the same figures",
        found,
        ours="fields, from the panel",
    )


if __name__ == "__main__":
    main()
