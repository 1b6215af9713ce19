"""What the screens said at each refresh, so that a later look can tell what changed (SQLite).

A run holds, of every company, each figure that a saved screen reads and each screen's verdict,
with the screens' texts, the version of Kasauti and the generation they were made from.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenError, StorageError
from screener.market.store import Market
from screener.paths import Paths, app_version
from screener.screening import Result, run
from screener.screens import Library, Screen
from screener.shortlists import Shortlists
from screener.state import connection

KEPT_RUNS: Final = 12  # of the demo market and of the real one each
VERDICT: Final = "verdict of "  # before a screen's name: the column of its verdicts
INSIDE: Final = "universe of "
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recorded_at TEXT NOT NULL,
    demo INTEGER NOT NULL,
    generation TEXT NOT NULL,
    created_at TEXT NOT NULL,
    market_date TEXT NOT NULL,
    version TEXT NOT NULL,
    screens TEXT NOT NULL,
    ratios TEXT NOT NULL,
    figures BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS run_seen (
    demo INTEGER NOT NULL,
    screen TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    PRIMARY KEY (demo, screen)
) WITHOUT ROWID;
"""
_HEAD: Final = (
    "SELECT id, recorded_at, run.demo, generation, created_at, market_date, version, screens,"
    " ratios FROM run "
)


@dataclass(frozen=True)
class RunHead:
    """When a run was recorded, and of which market. `created_at` is the generation's own time."""

    id: int
    recorded_at: dt.datetime
    demo: bool
    generation: str
    created_at: str
    market_date: dt.date
    version: str


@dataclass(frozen=True, eq=False)
class Run:
    """A recorded run: its screens by name as they were, and the figures they read.

    `figures` has isin, symbol, name, the columns the screens read, and for each screen the columns
    VERDICT and INSIDE + its name.
    """

    head: RunHead
    screens: Mapping[str, Screen]
    ratios: Mapping[str, str]
    figures: pl.DataFrame


class Runs:
    """The recorded runs of a state file."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def record(
        self,
        market: Market,
        library: Library,
        watchlists: Mapping[str, Iterable[str]] | None = None,
    ) -> RunHead:
        """Record what every screen says now; the last run stays where nothing differs from it.

        Screens that cannot be run are left out. The oldest runs beyond KEPT_RUNS are dropped, those
        that were looked at last.
        """
        screens = json.dumps([dataclasses.asdict(s) for s in library.screens])
        ratios = json.dumps(dict(library.ratios))
        same = (market.generation, market.manifest.created_at, app_version(), screens, ratios)
        with self._connection() as db:
            last = db.execute(
                _HEAD + "WHERE demo = ? ORDER BY id DESC LIMIT 1", (market.is_demo,)
            ).fetchone()
        if last and (last[3], last[4], last[6], last[7], last[8]) == same:
            return _head(last)
        figures = io.BytesIO()
        _figures(market, library, watchlists or {}).write_parquet(figures, compression="zstd")
        now = dt.datetime.now(dt.UTC)
        with self._connection() as db:
            found = db.execute(
                "INSERT INTO run (recorded_at, demo, generation, created_at, market_date, version,"
                " screens, ratios, figures) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (now.isoformat(), market.is_demo, market.generation, market.manifest.created_at,
                 market.date.isoformat(), app_version(), screens, ratios, figures.getvalue()),
            ).lastrowid  # fmt: skip
            _sweep(db, demo=market.is_demo)
            row = db.execute(_HEAD + "WHERE id = ?", (found,)).fetchone()
        return _head(row)

    def heads(self, *, demo: bool) -> list[RunHead]:
        """The runs of that market, the latest first."""
        with self._connection() as db:
            rows = db.execute(_HEAD + "WHERE demo = ? ORDER BY id DESC", (demo,)).fetchall()
        return [_head(row) for row in rows]

    def get(self, head: RunHead) -> Run:
        """A run with its figures. Raises StorageError where it is gone or cannot be read."""
        with self._connection() as db:
            row = db.execute(
                "SELECT screens, ratios, figures FROM run WHERE id = ?", (head.id,)
            ).fetchone()
        if row is None:
            raise StorageError("That run is no longer on file.", "Look again.")
        try:
            screens = [_screen(entry) for entry in json.loads(row[0])]
            figures = pl.read_parquet(io.BytesIO(row[2]))
        except (ValueError, TypeError, KeyError, pl.exceptions.PolarsError) as err:
            raise StorageError(
                f"The run recorded on {head.recorded_at:%d %b %Y} cannot be read: {err}",
                "Give a date with --since.",
            ) from err
        return Run(head, {s.name: s for s in screens}, json.loads(row[1]), figures)

    def seen(self, screen: str, *, demo: bool) -> RunHead | None:
        """The run at which that screen's changes were last looked at."""
        with self._connection() as db:
            row = db.execute(
                _HEAD + "JOIN run_seen ON run = id WHERE run.demo = ? AND screen = ?",
                (demo, screen),
            ).fetchone()
        return None if row is None else _head(row)

    def mark_seen(self, screen: str, head: RunHead) -> None:
        """Remember that the screen's changes up to that run were looked at."""
        with self._connection() as db:
            db.execute(
                "INSERT OR REPLACE INTO run_seen VALUES (?, ?, ?)", (head.demo, screen, head.id)
            )

    def before(self, market: Market) -> RunHead | None:
        """The last run of an earlier market; of a past one, the last of a day before it."""
        heads = self.heads(demo=market.is_demo)
        if market.is_past:
            return next((h for h in heads if h.market_date < market.date), None)
        return next((h for h in heads if not is_of(h, market)), None)

    def baseline(self, screen: str, market: Market) -> RunHead | None:
        """The run to compare with: the last one looked at, else the last of an earlier market.

        Of a past market the one before it: a look at a later day tells nothing of its changes.
        """
        if market.is_past:
            return self.before(market)
        seen = self.seen(screen, demo=market.is_demo)
        heads = self.heads(demo=market.is_demo)
        return seen or self.before(market) or (heads[0] if heads else None)

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return connection(self._state, _SCHEMA, "The recorded runs")


def record(paths: Paths, market: Market, library: Library) -> RunHead:
    """Record what every saved screen says of a market; called after each refresh."""
    texts = [screen.query for screen in library.screens]
    return Runs(paths.state).record(market, library, Shortlists(paths.state).watchlists(*texts))


def is_of(head: RunHead, market: Market) -> bool:
    """Whether a run was made from that very generation."""
    own = (market.generation, market.manifest.created_at, market.is_demo)
    return (head.generation, head.created_at, head.demo) == own


def columns_read(result: Result) -> list[str]:
    """The columns of a result's frame that its conditions read."""
    exprs = [
        expr
        for program in result.parts
        for condition in program.conditions
        for expr in (condition.verdict, condition.left, condition.right)
        if expr is not None
    ]
    found = dict.fromkeys(name for expr in exprs for name in expr.meta.root_names())
    inner = (child for program in result.parts for c in program.conditions for child in c.children)
    for child in inner:
        for expr in (child.left, child.right):
            found |= dict.fromkeys(expr.meta.root_names() if expr is not None else ())
    held = set(result.read.columns)
    return [name for name in found if name in held]


def _figures(
    market: Market, library: Library, watchlists: Mapping[str, Iterable[str]]
) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {
        name: market.fields[name] for name in ("isin", "symbol", "name")
    }
    for screen in library.screens:
        try:
            result = run(market, screen, ratios=library.ratios, watchlists=watchlists)
        except ScreenError:
            continue
        if result.market is not market:
            continue  # it asks about a day of its own, which does not change
        columns |= {name: result.read[name] for name in columns_read(result)}
        columns[VERDICT + screen.name] = result.verdicts["verdict"].alias(VERDICT + screen.name)
        columns[INSIDE + screen.name] = result.verdicts["inside"].alias(INSIDE + screen.name)
    return pl.DataFrame(columns)


def _sweep(db: sqlite3.Connection, *, demo: bool) -> None:
    """Drop the oldest runs, those last that a screen was last looked at with."""
    rows = db.execute(
        "SELECT id, id IN (SELECT run FROM run_seen) AS seen FROM run WHERE demo = ? ORDER BY id",
        (demo,),
    ).fetchall()
    spare = max(len(rows) - KEPT_RUNS, 0)
    # The last two stay in any case: one of them is the run before this one.
    order = sorted(rows[:-2], key=lambda row: (row[1], row[0]))
    db.executemany("DELETE FROM run WHERE id = ?", [(row[0],) for row in order[:spare]])


def _head(row: tuple[Any, ...]) -> RunHead:
    return RunHead(
        id=row[0],
        recorded_at=dt.datetime.fromisoformat(row[1]),
        demo=bool(row[2]),
        generation=row[3],
        created_at=row[4],
        market_date=dt.date.fromisoformat(row[5]),
        version=row[6],
    )


def _screen(entry: Mapping[str, Any]) -> Screen:
    names = {field.name for field in dataclasses.fields(Screen)}
    known = {key: value for key, value in entry.items() if key in names}
    known["columns"] = tuple(known.get("columns", ()))
    known["sort"] = tuple((key, bool(down)) for key, down in known.get("sort", ()))
    return Screen(**known)
