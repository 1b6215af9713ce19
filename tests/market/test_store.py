"""Generations: a reader sees the old one or the new one, whatever happens to the writer."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl
import pytest

from screener.errors import DamagedMarket, NewerSchema, NoMarket, StorageError
from screener.fields import catalogue
from screener.market import store
from screener.market.store import KEPT_GENERATIONS, Market, generations, publish
from tests.markets import AS_OF, company, fact, tables


def write_without_end(root: Path, told: Connection) -> None:
    """Publish one generation after the other, telling the number of each."""
    catalogue.compute = FEW_FIELDS  # in a process of its own
    for n in range(1, 10_000):
        publish_numbered(root, n)
        told.send(n)


FEW_FIELDS = partial(catalogue.compute, keys=("sales",))


@pytest.fixture
def few_fields(monkeypatch):
    """Compute one field of a generation where any will do: what is tested are its files."""
    monkeypatch.setattr(catalogue, "compute", FEW_FIELDS)


def publish_numbered(root, n: int) -> Market:
    """A generation whose tables all carry the same number."""
    companies = [company(f"XX00000000{i:02d}", name=f"Generation {n}") for i in range(20)]
    facts = [fact("sales", "2025-03-31", float(n), isin=str(c["isin"])) for c in companies]
    return publish(root, tables(companies, facts), date=AS_OF, sources={"test": str(n)}, demo=True)


def number_of(market: Market) -> int:
    """The number a generation carries; fails if its tables disagree."""
    names = set(market.companies["name"])
    sales = set(market.panel["sales@0"])
    assert len(names) == 1
    assert len(sales) == 1
    assert market.fields.height == 20
    number = int(names.pop().split()[-1])
    assert sales == {float(number)}
    assert market.manifest.sources == {"test": str(number)}
    return number


def test_what_was_published_is_read_back(tmp_path):
    publish_numbered(tmp_path, 7)
    market = Market.open(tmp_path)
    assert number_of(market) == 7
    assert market.is_demo
    assert "fictional" in market.label


def test_no_market_says_what_to_do(tmp_path):
    with pytest.raises(NoMarket, match="kasauti refresh"):
        Market.open(tmp_path / "nothing")


def test_three_generations_are_kept_and_equal_files_linked(few_fields, tmp_path):
    for n in (1, 2, 3, 4, 4):
        market = publish_numbered(tmp_path, n)
    assert len(generations(tmp_path)) == KEPT_GENERATIONS
    before = tmp_path / generations(tmp_path)[-2]
    assert (market.folder / "facts.parquet").samefile(before / "facts.parquet")


def test_fields_of_another_version_are_computed_anew(tmp_path):
    market = publish_numbered(tmp_path, 5)
    expected = market.fields
    expected.drop("sales").write_parquet(market.folder / "fields.parquet")
    assert Market.open(tmp_path).fields.equals(expected)


def test_a_newer_schema_is_refused_and_untouched(few_fields, tmp_path):
    market = publish_numbered(tmp_path, 1)
    manifest = market.folder / "manifest.json"
    content = json.loads(manifest.read_text()) | {"schema_version": 999, "new_thing": [1]}
    manifest.write_text(json.dumps(content))
    with pytest.raises(NewerSchema, match="Update Kasauti"):
        Market.open(tmp_path)
    assert json.loads(manifest.read_text()) == content


@pytest.mark.parametrize("damage", ["manifest", "missing", "garbage", "current"])
def test_damage_is_named(few_fields, tmp_path, damage):
    market = publish_numbered(tmp_path, 1)
    match damage:
        case "manifest":
            (market.folder / "manifest.json").write_text("{")
        case "missing":
            (market.folder / "fields.parquet").unlink()
        case "garbage":
            (market.folder / "fields.parquet").write_bytes(b"not parquet")
        case "current":
            (tmp_path / "CURRENT").write_text("../../etc")
    with pytest.raises(DamagedMarket, match="refresh"):
        _ = Market.open(tmp_path).fields


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ((store.os, "fsync"), OSError(28, "No space left on device")),
        (
            (pl.DataFrame, "write_parquet"),
            pl.exceptions.ComputeError(
                "underlying IO error: No space left on device (os error 28)"
            ),
        ),
    ],
)
def test_a_full_disk_keeps_the_old_generation(few_fields, tmp_path, monkeypatch, where, error):
    publish_numbered(tmp_path, 1)

    def no_space(*args: object, **kwargs: object) -> None:
        raise error

    with monkeypatch.context() as full:
        full.setattr(*where, no_space)
        with pytest.raises(StorageError, match="full"):
            publish_numbered(tmp_path, 2)
    assert number_of(Market.open(tmp_path)) == 1
    assert not list(tmp_path.glob(".staging-*"))
    assert number_of(publish_numbered(tmp_path, 3)) == 3


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")
@pytest.mark.parametrize("kills", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_kill_nine_never_tears_a_generation(few_fields, tmp_path, kills):
    """Writers are killed at different moments while a reader keeps opening."""
    publish_numbered(tmp_path, 0)
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload(["tests.market.test_store", "screener.fields.catalogue"])
    last = 0
    for trial in range(kills):
        told, tell = start.Pipe(duplex=False)
        writer = start.Process(target=write_without_end, args=(tmp_path, tell))
        writer.start()
        told.recv()
        deadline = time.monotonic() + 0.1 * trial / kills
        while time.monotonic() < deadline:
            number_of(Market.open(tmp_path))
        writer.kill()
        writer.join()
        told.close()
        tell.close()
        last = number_of(Market.open(tmp_path))
    assert last >= 1
    publish_numbered(tmp_path, 77)
    assert number_of(Market.open(tmp_path)) == 77
    assert not list(tmp_path.glob(".staging-*"))
