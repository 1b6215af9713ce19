"""Demo markets made once for all processes of a run of the tests: making one takes seconds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from screener.market.demo import COMPANIES, DEMO_DATE, SEED, generate
from screener.market.files import only_writer
from screener.market.opening import demo_edition
from screener.market.store import Market, publish

Tables = dict[str, pl.DataFrame]


class Generated:
    """Demo markets by seed and size, as tables and as published."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        base = factory.getbasetemp()
        # Each process of a parallel run has a folder of its own in one that they share.
        self._root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "generated"
        self._tables: dict[str, Tables] = {}

    def tables(self, seed: int = SEED, companies: int = COMPANIES) -> Tables:
        """The tables that `generate` gives; no test may write into them."""
        name = f"tables-{seed}-{companies}"
        if name not in self._tables:
            folder = self._once(name, lambda folder: _write(folder, generate(seed, companies)))
            self._tables[name] = {f.stem: pl.read_parquet(f) for f in folder.glob("*.parquet")}
        return self._tables[name]

    def market(self, seed: int = SEED, companies: int = COMPANIES) -> Market:
        """The same, published under a folder as that of a person; no test may write there."""

        def put(folder: Path) -> None:
            publish(
                folder / "data" / "demo", self.tables(seed, companies), date=DEMO_DATE,
                sources={"demo": demo_edition()}, demo=True,
            )  # fmt: skip

        return Market.open(self._once(f"market-{seed}-{companies}", put) / "data" / "demo")

    def _once(self, name: str, make: Callable[[Path], None]) -> Path:
        folder = self._root / name
        with only_writer(self._root / f"{name}-lock"):
            if not folder.exists():
                part = self._root / f"{name}-part"
                part.mkdir(parents=True)
                make(part)
                part.rename(folder)
        return folder


def _write(folder: Path, tables: Tables) -> None:
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet", compression="lz4")
