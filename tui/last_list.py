"""The list that was on screen last, kept as text, to stand there while the engine starts.

It is shown only where all that it was made from is as it was: the market, the screens, the
goalposts and this version. Nothing here imports polars: it is read before the first paint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from screener.paths import Paths, app_version
from tui.listing import SHOWS, Show
from tui.rows import CHUNK, Column, number_tone, sign_tone
from tui.settings import replace_json

if TYPE_CHECKING:
    from screener.market.opening import Which
    from tui.desk import Desk
    from tui.widgets.grid import Grid

VERSION: Final = 1
KEPT: Final = 2 * CHUNK  # rows: more than the highest terminal shows
_CURRENT: Final = "CURRENT"  # names the generation in use, in the folder of a market
_BUILT_IN: Final = Path(__file__).parents[1] / "screener"


@dataclass(frozen=True)
class LastList:
    """What was on screen: title, query, counts, columns, and the rows from the cursor on.

    `made_from` names everything it depends on. `cells` are those of rows `first` and after,
    `below` is how many lines the panel under the list took.
    """

    made_from: str
    screen: str
    title: str
    edited: bool
    query: str
    reason: str
    warnings: tuple[str, ...]
    market: str
    demo: bool
    show: Show
    totals: Mapping[Show, int]
    sort: tuple[tuple[str, bool], ...]
    frozen: int
    columns: tuple[Column, ...]
    height: int
    below: int
    cursor: int
    first: int
    keys: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    @property
    def rows(self) -> LastRows:
        """The rows, for a grid."""
        return LastRows(self)


class LastRows:
    """Rows kept as text, all of them quiet; those too far from the cursor are blank."""

    def __init__(self, last: LastList) -> None:
        self._last = last
        self.columns: Sequence[Column] = last.columns
        self.height = last.height

    def texts(self, chunk: int, column: int) -> Sequence[str]:
        """The fitted texts of a column in one chunk of rows."""
        blank = " " * self.columns[column].width
        here = range(chunk * CHUNK, min((chunk + 1) * CHUNK, self.height))
        cells, first = self._last.cells, self._last.first
        return [
            cells[row - first][column] if 0 <= row - first < len(cells) else blank for row in here
        ]

    def key(self, row: int) -> str:
        """The ISIN of a row; empty where it was not kept."""
        at = row - self._last.first
        return self._last.keys[at] if 0 <= at < len(self._last.keys) else ""

    def find(self, key: str) -> int | None:
        """Where the row of that ISIN is."""
        keys = self._last.keys
        return self._last.first + keys.index(key) if key in keys else None

    def tone(self, row: int) -> str:
        """Quiet: it is not judged anew yet."""
        return "quiet"

    def heat(self, chunk: int, column: int) -> Sequence[int]:
        """Nothing is shaded."""
        return ()


def last_list(desk: Desk, grid: Grid, below: int, made: str) -> LastList | None:
    """What is on screen now; None where it would not be on screen again at the next start.

    `made` names what the list was made from, as `made_from` said when that was read.
    """
    rows, cursor = grid.rows, grid.cursor
    listing = desk.listing
    if listing is None or desk.today is not None or listing.narrow or not desk.is_listed:
        return None
    if listing.scope is not None or desk.workspace.own(desk.screen)["watchlists"]:
        return None  # it depends on shortlists, which change between two runs
    market = listing.result.market
    if (market.folder.parent / _CURRENT).read_text(encoding="utf-8").strip() != market.generation:
        return None  # another one was published meanwhile
    first = max(min(cursor, rows.height - KEPT), 0)
    here = range(first, min(first + KEPT, rows.height))
    texts = [
        [text for chunk in _chunks(here) for text in rows.texts(chunk, at)]
        for at in range(len(rows.columns))
    ]
    skipped = first - first // CHUNK * CHUNK
    cells = tuple(tuple(column[skipped + at] for column in texts) for at in range(len(here)))
    return LastList(
        made,
        desk.base.name,
        desk.base.title,
        desk.edited,
        desk.sound_query,
        desk.base.why,
        tuple(map(str, listing.result.program.warnings)),
        market.label,
        market.is_demo,
        listing.view.show,
        listing.totals,
        listing.sort,
        grid.frozen,
        tuple(rows.columns),
        rows.height,
        below,
        cursor,
        first,
        tuple(rows.key(row) for row in here),
        cells,
    )


def _chunks(here: range) -> range:
    return range(here.start // CHUNK, (max(here.stop, here.start + 1) - 1) // CHUNK + 1)


def made_from(paths: Paths, which: Which) -> str:
    """A name of all that a list is made from; it is another one when any of it is."""
    names = [str(VERSION), app_version(), which, str(paths.data)]
    files = (
        paths.real_market / _CURRENT,
        paths.demo_market / _CURRENT,
        paths.screens_file,
        paths.config / "goalposts.toml",
        _BUILT_IN / "screens.toml",
        _BUILT_IN.parent / "screens.toml",
        _BUILT_IN / "fields" / "goalposts.toml",
    )
    digest = hashlib.sha256("\n".join(names).encode())
    for file in files:
        digest.update(b"\0" + (file.read_bytes() if file.is_file() else b"none"))
    return digest.hexdigest()


def keep(paths: Paths, last: LastList | None) -> None:
    """Keep it for the next start; for None, nothing is kept. Raises OSError."""
    if last is None:
        _file(paths).unlink(missing_ok=True)
    else:
        replace_json(_file(paths), _written(last))


def recall(paths: Paths, which: Which) -> LastList | None:
    """The list kept, if what it was made from is as it was."""
    try:
        found = json.loads(_file(paths).read_bytes())
        if found["made_from"] != made_from(paths, which):
            return None
        return _read(found)
    except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None  # it was only to bridge a moment


def _file(paths: Paths) -> Path:
    return paths.state_dir / "last_list.json"


def _written(last: LastList) -> dict[str, Any]:
    columns = [[c.key, list(c.header), c.width, c.right, c.title] for c in last.columns]
    return {**vars(last), "totals": dict(last.totals), "columns": columns}


def _read(found: Mapping[str, Any]) -> LastList:
    columns = tuple(_column(*each) for each in found["columns"])
    cells = tuple(tuple(map(str, row)) for row in found["cells"])
    if any(len(row) != len(columns) for row in cells) or len(found["keys"]) != len(cells):
        raise ValueError("rows and columns do not fit")
    return LastList(
        str(found["made_from"]),
        str(found["screen"]),
        str(found["title"]),
        bool(found["edited"]),
        str(found["query"]),
        str(found["reason"]),
        tuple(map(str, found["warnings"])),
        str(found["market"]),
        bool(found["demo"]),
        SHOWS[SHOWS.index(found["show"])],
        {show: int(found["totals"][show]) for show in SHOWS},
        tuple((str(key), bool(down)) for key, down in found["sort"]),
        int(found["frozen"]),
        columns,
        int(found["height"]),
        int(found["below"]),
        int(found["cursor"]),
        int(found["first"]),
        tuple(map(str, found["keys"])),
        cells,
    )


def _column(key: str, header: Sequence[str], width: int, right: bool, title: str) -> Column:
    upper, lower = header
    tone = sign_tone if key == "verdict" else number_tone
    return Column(
        str(key), (str(upper), str(lower)), int(width), bool(right), str(title), tone=tone
    )
