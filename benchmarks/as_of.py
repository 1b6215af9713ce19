"""A screen at many month-ends against a loop over the days, in one run, with the same hits.

    python benchmarks/as_of.py [--companies 5000] [--days 120] [--looped 4] [--screen NAME]

The loop opens the market as of each day and runs the screen on it. A few days of it are timed, and
stand for all of them. Every hit of those days must be the same.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import polars as pl

from screener.market.demo import DEMO_DATE, generate
from screener.market.demo.days import sessions
from screener.market.store import publish
from screener.paths import Paths
from screener.screening import run
from screener.screens import Library
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
        start, cpu = time.perf_counter(), time.process_time()
        hits = [set(run(market.as_of(day), screen).rows()["isin"]) for day in looped]
        scale = args.days / len(looped)
        loop = (time.perf_counter() - start) * scale
        loop_cpu = (time.process_time() - cpu) * scale
    passes = pl.col("verdict").fill_null(screen.unknown == "include") & pl.col("inside")
    for day, found in zip(looped, hits, strict=True):
        ours = set(together.filter(passes, pl.col("date") == day)["isin"])
        assert ours == found, f"{day}: {len(ours ^ found)} hits differ"
    print(f"{args.screen}, {args.companies:,} companies, {args.days} days")
    print(f"{'':10}{'seconds':>10}{'processor':>11}")
    print(f"{'at once':10}{spent:10.1f}{used:11.1f}   peak {memory:.1f} GB with making the market")
    one, one_cpu = loop / args.days, loop_cpu / args.days
    print(f"{'one day':10}{one:10.2f}{one_cpu:11.2f}   from opening it to its list")
    print(f"{'loop':10}{loop:10.1f}{loop_cpu:11.1f}   from {len(looped)} days, same hits")
    print(f"{'ratio':10}{loop / spent:10.1f}{loop_cpu / used:11.1f}")


if __name__ == "__main__":
    main()
