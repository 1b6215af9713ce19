"""A screen at many month-ends against a loop over the days, in one run, with the same hits.

    python benchmarks/as_of.py [--companies 5000] [--days 120] [--looped 4] [--screen NAME]

The plain loop makes the whole panel and every field of each day and runs the screen on them. Ours
opens the market as of each day and works out what the screen reads. A few days of both are timed,
and stand for all. Every hit of those days must be the same.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import polars as pl

from screener.market.demo import DEMO_DATE, generate
from screener.market.demo.days import sessions
from screener.market.store import Market, publish
from screener.paths import Paths
from screener.screening import run
from screener.screens import Library, Screen
from screener.timeline import verdicts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--companies", type=int, default=5000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--looped", type=int, default=4)
    parser.add_argument("--screen", default="selectivity_core")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        market = publish(
            root, generate(companies=args.companies), date=DEMO_DATE, sources={"demo": "b"},
            demo=True,
        )  # fmt: skip
        screen = Library.load(Paths(root, root, root, root)).get(args.screen)
        every = pl.Series(sessions().astype("int32")).cast(pl.Date).to_list()[120:-1]
        days = [every[round(i * (len(every) - 1) / (args.days - 1))] for i in range(args.days)]
        start, cpu = time.perf_counter(), time.process_time()
        together = verdicts(market, screen, days)
        spent, used = time.perf_counter() - start, time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        looped = days[:: max(1, args.days // args.looped)][: args.looped]
        plain, own = looping(market, screen, looped, whole=True), looping(market, screen, looped)
    passes = pl.col("verdict").fill_null(screen.unknown == "include") & pl.col("inside")
    for day, by_plain, by_own in zip(looped, plain.hits, own.hits, strict=True):
        ours = set(together.filter(passes, pl.col("date") == day)["isin"])
        assert ours == by_plain == by_own, f"{day}: {len(ours ^ by_plain)} hits differ"
    print(f"{args.screen}, {args.companies:,} companies, {args.days} days, the same hits")
    print(f"{'':22}{'seconds':>10}{'processor':>11}")
    print(f"{'at once':22}{spent:10.1f}{used:11.1f}   peak {memory:.1f} GB with making the market")
    print(f"{'one day, our loop':22}{own.seconds:10.2f}{own.processor:11.2f}")
    for name, loop in (("our loop", own), ("plain loop", plain)):
        whole, cpu = loop.seconds * args.days, loop.processor * args.days
        print(f"{name:22}{whole:10.1f}{cpu:11.1f}   from {len(looped)} days")
        print(f"{'  against at once':22}{whole / spent:9.1f}×{cpu / used:10.1f}×")


class Loop(NamedTuple):
    """The hits of each day, and the seconds that one day took."""

    hits: list[set[str]]
    seconds: float
    processor: float


def looping(market: Market, screen: Screen, days: list[dt.date], *, whole: bool = False) -> Loop:
    hits = []
    start, cpu = time.perf_counter(), time.process_time()
    for day in days:
        past = market.as_of(day)
        if whole:
            _ = past.fields  # from here on the screen reads these
        hits.append(set(run(past, screen).rows()["isin"]))
    spent, used = time.perf_counter() - start, time.process_time() - cpu
    return Loop(hits, spent / len(days), used / len(days))


if __name__ == "__main__":
    main()
