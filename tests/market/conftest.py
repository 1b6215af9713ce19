"""The demo market, generated once for the tests of this folder, and ways to ask about it."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from tests.market.reports import statements


@pytest.fixture(scope="session")
def market(generated):
    return generated.tables()


@pytest.fixture(scope="session", params=[(7, 300), (2031, 300)], ids=["seed 7", "seed 2031"])
def small(request, generated):
    return generated.tables(*request.param)


@pytest.fixture(scope="session")
def opened(generated):
    """The same market, published and opened as a person would find it."""
    return generated.market()


@pytest.fixture(scope="session")
def wide(market):
    return statements(market["facts"])


@pytest.fixture
def sql(tmp_path):
    """Ask DuckDB about frames, which it reads from files."""

    def ask(query: str, **frames: pl.DataFrame) -> list[tuple]:
        with duckdb.connect() as db:
            for name, frame in frames.items():
                frame.write_parquet(tmp_path / f"{name}.parquet")
                db.sql(f"create view {name} as from '{tmp_path / name}.parquet'")
            return db.sql(query).fetchall()

    return ask
