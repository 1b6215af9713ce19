"""Recorded company files, found by symbol: an index made once a machine in its temporary folder."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_TAR = "statements/screener_json_3223_2026-06.tar.xz"


@dataclass(frozen=True)
class Record:
    """A recorded company: its header, its last price and P/E, and its tables as strings."""

    symbol: str
    name: str
    company_id: int
    fetched: str
    price: float | None
    price_date: str | None
    pe: float | None
    statements: dict[str, list[dict[str, Any]]]


class Recordings:
    """The recorded companies of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, symbol: str) -> Record | None:
        """A company's record, from the samples where it is one of them."""
        sample = self.folder / "statements" / "samples" / f"{symbol}.json"
        if sample.is_file():
            return _record(json.loads(sample.read_text()))
        with sqlite3.connect(self._index, check_same_thread=False) as db:
            row = db.execute("SELECT body FROM record WHERE symbol = ?", (symbol,)).fetchone()
        db.close()
        return Record(**json.loads(zlib.decompress(row[0]))) if row else None

    @property
    def samples(self) -> list[str]:
        """Symbols of the sample files."""
        return sorted(p.stem for p in (self.folder / "statements" / "samples").glob("*.json"))

    @cached_property
    def universe(self) -> dict[str, dict[str, str]]:
        """The rows of universe_index.csv by symbol."""
        with (self.folder / "statements" / "universe_index.csv").open(newline="") as file:
            return {row["symbol"]: row for row in csv.DictReader(file)}

    @cached_property
    def sectors(self) -> dict[str, tuple[str, str, str]]:
        """Sector, theme and sub-industry by NSE symbol."""
        with (self.folder / "masters" / "india-deep.csv").open(newline="") as file:
            return {
                row["Source Symbol"]: (
                    row["Industry (Sector)"],
                    row["Subgroup (Theme)"],
                    row["Sub-industry"],
                )
                for row in csv.DictReader(file)
                if row["Exchange"] == "XNSE"
            }

    @cached_property
    def _index(self) -> Path:
        """An SQLite file of all records, built when first needed."""
        stat = (self.folder / _TAR).stat()
        index = Path(tempfile.gettempdir()) / f"kasauti-recorded-{stat.st_size}-v1.sqlite"
        if not index.is_file():
            part = index.with_suffix(f".{os.getpid()}.part")
            _build(self.folder / _TAR, part)
            part.replace(index)
        return index


def _build(tar: Path, index: Path) -> None:
    db = sqlite3.connect(index, isolation_level=None)
    db.execute("CREATE TABLE record (symbol TEXT PRIMARY KEY, body BLOB)")
    db.execute("BEGIN")
    with tarfile.open(tar, "r|xz") as archive:
        for member in archive:
            if not member.name.endswith(".json"):
                continue
            file = archive.extractfile(member)
            assert file is not None
            body = json.dumps(_record(json.load(file)).__dict__).encode()
            db.execute(
                "INSERT INTO record VALUES (?, ?)", (Path(member.name).stem, zlib.compress(body, 1))
            )
    db.execute("COMMIT")
    db.close()


def _record(raw: dict[str, Any]) -> Record:
    prices = raw["price"].get("Price") or [[None, None]]
    ratios = raw["valuation"].get("Price to Earning") or [[None, None]]
    return Record(
        symbol=raw["symbol"],
        name=raw["name"],
        company_id=raw["company_id"],
        fetched=raw["fetched"],
        price=prices[-1][1],
        price_date=prices[-1][0],
        pe=ratios[-1][1],
        statements=raw["statements"],
    )
