"""Median times of the engine on the demo market: make, publish, open, compute, screen, explain."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from screener.fields.catalogue import all_fields, compute
from screener.market.demo import DEMO_DATE, generate
from screener.market.panel import build
from screener.market.schema import TABLES
from screener.market.store import Market, publish
from screener.paths import Paths
from screener.screening import lexicon_with, run
from screener.screens import Library


def median_ms(action: Callable[[], object], times: int) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        spent.append(time.perf_counter() - start)
    return 1000 * statistics.median(spent)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tables = generate()
        rows: list[tuple[str, float]] = [("generate the demo market", median_ms(generate, 3))]

        def published() -> Market:
            return publish(root, tables, date=DEMO_DATE, sources={"demo": "bench"}, demo=True)

        rows.append(("publish it: panel, fields, files", median_ms(published, 3)))
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
        for what, ms in rows:
            print(f"{ms:>10,.1f} ms  {what}")


if __name__ == "__main__":
    main()
