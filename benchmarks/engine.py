"""Median times of the engine on the demo market: make, publish, open, compute, screen, explain.

    python benchmarks/engine.py [--companies 5000]

Judging every company with its reasons stands beside a bare polars filter and sort of the same list,
and the memory with the market open beside that of the imports alone. Wall time, one run.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from screener.fields.catalogue import all_fields, compute
from screener.market.demo import DEMO_DATE, generate
from screener.market.panel import build
from screener.market.schema import TABLES
from screener.market.store import Market, publish
from screener.paths import Paths
from screener.programs import compiled, lexicon_with
from screener.screening import run
from screener.screens import Library, Screen


def median_ms(action: Callable[[], object], times: int) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        spent.append(time.perf_counter() - start)
    return 1000 * statistics.median(spent)


def bare(market: Market, screen: Screen) -> pl.DataFrame:
    """The passes of a screen by a filter and a sort, with nothing said of the others."""
    program, universe = compiled(screen)
    verdict = program.verdict if universe is None else program.verdict & universe.verdict
    keys, down = zip(*screen.sort, strict=True)
    passed = market.fields.lazy().filter(verdict).sort(keys, descending=down, nulls_last=True)
    return passed.select("isin", *screen.columns).collect()


def resident_mb(root: Path | None) -> float:
    """Memory of a process that imported the engine; given a market, with it open after a screen."""
    done = subprocess.run(
        [sys.executable, __file__, "--resident", str(root or "")], capture_output=True, check=True
    )
    return float(done.stdout)


def reside(root: str) -> None:
    if root:
        folder = Path(root)
        market = Market.open(folder)
        screen = Library.load(Paths(folder, folder, folder, folder)).get("selectivity_core")
        run(market, screen).rows("pass", screen.columns, screen.sort)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    print(pages * resource.getpagesize() / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--companies", type=int, default=5000)
    parser.add_argument("--resident", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.resident is not None:
        reside(args.resident)
        return
    measure(args.companies)


def measure(companies: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)

        def make() -> dict[str, pl.DataFrame]:
            return dict(generate(companies=companies))

        tables = make()
        rows: list[tuple[str, float]] = [
            (f"generate {companies:,} companies", median_ms(make, 1)),
        ]

        def published() -> Market:
            return publish(root, tables, date=DEMO_DATE, sources={"demo": "bench"}, demo=True)

        rows.append(("publish it: panel, fields, files", median_ms(published, 1)))
        market = published()
        frames = {name: market.table(name).collect() for name in TABLES}
        rows.append(("panel from facts and prices", median_ms(lambda: build(frames, DEMO_DATE), 5)))
        panel = market.panel
        rows.append(
            (f"{len(all_fields())} fields from the panel", median_ms(lambda: compute(panel), 7))
        )
        rows.append(
            ("open the market, read the fields", median_ms(lambda: Market.open(root).fields, 7))
        )
        paths = Paths(root, root, root, root)
        screen = Library.load(paths).get("selectivity_core")
        lexicon_with()
        rows.append(
            ("selectivity core: compile and run", median_ms(lambda: run(market, screen), 50))
        )
        result = run(market, screen)
        isin = result.rows()["isin"][0]
        rows.append(
            (
                "why of a row, without sources",
                median_ms(lambda: result.why(isin, sources=False), 20),
            )
        )
        rows.append(("why of a row, with sources", median_ms(lambda: result.why(isin), 5)))
        rows.append(
            (
                "the passes as a sorted frame",
                median_ms(lambda: result.rows("pass", screen.columns, screen.sort), 50),
            )
        )
        whole = median_ms(lambda: run(market, screen).rows("pass", screen.columns, screen.sort), 50)
        alone = median_ms(lambda: bare(market, screen), 50)
        assert bare(market, screen)["isin"].equals(result.rows("pass", (), screen.sort)["isin"])
        rows.append(("every company judged with reasons, and the passes sorted", whole))
        rows.append((f"a bare filter and sort: {whole / alone:.1f} × less", alone))
        for what, ms in rows:
            print(f"{ms:>10,.1f} ms  {what}")
        if sys.platform == "linux":
            print(f"{resident_mb(None):>10,.0f} MB  resident after the imports")
            print(f"{resident_mb(root):>10,.0f} MB  resident with the market open and a screen run")


if __name__ == "__main__":
    main()
