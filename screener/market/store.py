"""Generations of the market on disk: written whole, opened read-only, never changed.

A market folder holds `g-000001`, `g-000002` … and a file `CURRENT` that names the one to read.
A generation is built in a hidden staging folder, flushed to disk, renamed, and only then named
in CURRENT, so a reader sees the old one or the new one and nothing between.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from screener.errors import DamagedMarket, KasautiError, NewerSchema, NoMarket, StorageError
from screener.market.files import only_writer, replace_file, sync_folder, write_bytes
from screener.market.schema import DERIVED, SCHEMA_VERSION, TABLES, conform, empty
from screener.paths import app_version

if TYPE_CHECKING:
    from screener.market.panel import Panels

KEPT_GENERATIONS: Final = 3
_CURRENT: Final = "CURRENT"
_MANIFEST: Final = "manifest.json"
_OPEN_TRIES: Final = 5
#: Column that says when a row of the table became known.
_KNOWN_BY: Final = {"prices": "date", "facts": "known_at", "estimates": "as_of"}


@dataclass(frozen=True)
class FileEntry:
    """One table of a generation."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a generation says of itself."""

    generation: str
    schema_version: int
    date: str  # the market date, ISO
    created_at: str
    demo: bool
    sources: dict[str, str]  # source → what it gave and when
    version: str = ""  # of the Kasauti that wrote it
    coverage: dict[str, float] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)


class Market:
    """One opened generation, read-only. Frames are read once, when first asked for."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.date = dt.date.fromisoformat(manifest.date)

    @classmethod
    def open(cls, root: Path, generation: str | None = None) -> Market:
        """Open the current generation under `root`, or the finished one of that name.

        Raises NoMarket, NewerSchema or DamagedMarket.
        """
        if generation is not None:
            return cls._of(root, generation)
        for attempt in range(_OPEN_TRIES):
            name = current_generation(root)
            if name is None:
                raise NoMarket(
                    f"There is no market in {root} yet.",
                    "Run `kasauti refresh` to gather one, or `kasauti --demo` for the demo market.",
                )
            try:
                return cls(root / name, _read_manifest(root / name))
            except FileNotFoundError as err:
                # A sweep may have removed it between the two reads; CURRENT then names a newer one.
                if current_generation(root) == name and attempt:
                    raise DamagedMarket(
                        f"Generation {name} in {root} is incomplete ({Path(err.filename).name}).",
                        "Run `kasauti refresh` to build a new one; your lists are not affected.",
                    ) from None
        raise DamagedMarket(f"The market in {root} changes faster than it can be opened.")

    @classmethod
    def _of(cls, root: Path, generation: str) -> Market:
        if not _is_generation(generation) or not (root / generation).is_dir():
            raise NoMarket(f"There is no generation {generation} in {root}.")
        try:
            return cls(root / generation, _read_manifest(root / generation))
        except FileNotFoundError as err:
            raise DamagedMarket(
                f"Generation {generation} in {root} is incomplete ({Path(err.filename).name})."
            ) from None

    @property
    def is_demo(self) -> bool:
        """Whether every company in it is fictional."""
        return self.manifest.demo

    @property
    def is_past(self) -> bool:
        """Whether it is the market as it was known on a day before its own."""
        return False

    @property
    def generation(self) -> str:
        """The generation's name, e.g. g-000012."""
        return self.manifest.generation

    @property
    def label(self) -> str:
        """Date and source in a few words, for title bars and exports."""
        if self.is_demo:
            return f"demo · fictional companies · {self.date:%d %b %Y}"
        return f"{self._sources} · {self.date:%d %b %Y}"

    @property
    def _sources(self) -> str:
        return ", ".join(sorted(self.manifest.sources))

    def table(self, name: str) -> pl.LazyFrame:
        """A table of the schema, or `panel` or `fields`, as a lazy frame.

        A table or a column that came after this generation was written is empty.
        """
        path = self.folder / f"{name}.parquet"
        older = self.manifest.schema_version < SCHEMA_VERSION
        if older and name in TABLES:
            held = pl.read_parquet(path) if path.is_file() else empty(name)
            return conform(name, held).lazy()
        if not path.is_file():
            raise DamagedMarket(
                f"Generation {self.generation} lacks its table {name}.",
                "Run `kasauti refresh` to build a new one.",
            )
        return pl.scan_parquet(path)

    @cached_property
    def companies(self) -> pl.DataFrame:
        """The companies, one row each."""
        return self._collect("companies")

    @cached_property
    def panel(self) -> pl.DataFrame:
        """The panel; built anew where the version that wrote the generation had other columns."""
        from screener.market import panel

        stored = self._collect("panel")
        if stored.columns == list(panel.all_columns()):
            return stored
        return panel.build({name: self._collect(name) for name in TABLES}, self.date)

    @cached_property
    def fields(self) -> pl.DataFrame:
        """Every field of every company, with the reason beside each null.

        Computed anew from the panel where another version of the catalogue wrote the generation.
        Scores are by the user's own goalposts where there are any; raises GoalpostsFileError
        where these cannot be used.
        """
        from screener.fields.catalogue import all_fields, compute
        from screener.fields.scores import by_own_goalposts

        stored = self._collect("fields")
        current = self.manifest.version == app_version() and all(
            field.key in stored.columns for field in all_fields()
        )
        return by_own_goalposts(stored if current else compute(self.panel))

    def panel_of(self, columns: Collection[str]) -> pl.DataFrame:
        """The panel with those columns at least, and the rows of `panel`."""
        return self.panel

    def fields_of(self, keys: Collection[str]) -> pl.DataFrame:
        """The fields with those at least, with the rows of `fields`.

        Of an earlier day a few fields come in a fraction of the time that all of them take.
        """
        return self.fields

    def as_of(self, day: dt.date) -> Market:
        """The market as it was known on an earlier day, held in memory; made when first looked at.

        Statements, prices and estimates known later are gone, and so are companies listed later;
        those suspended or delisted since are there. Index membership, size and status are those
        of the day, as `screener.market.standing` says. Names, symbols and sectors are of today.
        """
        return self if day >= self.date else PastMarket(self, day)

    def panels(self, days: Sequence[dt.date]) -> Panels:
        """The panels of the companies listed by each of those days (ascending), as known then."""
        from screener.market import standing
        from screener.market.panel import READS, TABLES_READ, Panels

        tables = {
            name: self._collect(name, READS.get(name), until=days[-1])
            for name in TABLES_READ
            if name != "prices"
        }
        rows = [standing.listed_rows(tables["companies"], day) for day in days]
        read_prices = partial(self._collect, "prices", until=days[-1])
        return Panels(tables, days, rows, past=True, read_prices=read_prices)

    def _collect(
        self, name: str, columns: Collection[str] | None = None, until: dt.date | None = None
    ) -> pl.DataFrame:
        """A table, or some of its columns; with `until`, without what became known later."""
        try:
            rows = self.table(name)
            if until is not None and name in _KNOWN_BY:
                rows = rows.filter(pl.col(_KNOWN_BY[name]) <= until)
            return (rows if columns is None else rows.select(columns)).collect()
        except (pl.exceptions.PolarsError, OSError) as err:
            raise DamagedMarket(
                f"The table {name} of generation {self.generation} cannot be read: {err}",
                "Run `kasauti refresh` to build a new one.",
            ) from err


class PastMarket(Market):
    """A market as it was known on a day before its own."""

    def __init__(self, market: Market, day: dt.date) -> None:
        super().__init__(market.folder, replace(market.manifest, date=day.isoformat()))
        self._columns: dict[str, pl.Series] = {}  # of the panel, as far as they were asked for

    @property
    def label(self) -> str:
        """Source and day in a few words."""
        source = "demo · fictional companies" if self.is_demo else self._sources
        return f"{source} · as known on {self.date:%d %b %Y}"

    @property
    def is_past(self) -> bool:
        """True: later things are on file."""
        return True

    @cached_property
    def _panels(self) -> Panels:
        return self.panels([self.date])

    @cached_property
    def panel(self) -> pl.DataFrame:
        """The panel of the day."""
        from screener.market.panel import all_columns

        return self.panel_of(all_columns()).select(all_columns())

    def panel_of(self, columns: Collection[str]) -> pl.DataFrame:
        """Those columns of the panel of the day, and those that were asked for before."""
        missing = [name for name in columns if name not in self._columns]
        if missing:
            more = self._panels.frame(missing)
            self._columns |= {column.name: column for column in more.get_columns()}
        return pl.DataFrame(list(self._columns.values()))

    @cached_property
    def companies(self) -> pl.DataFrame:
        """The companies listed by the day, as they stood."""
        source = self._collect("companies", ("isin", "source"))
        rows = self.panel_of([name for name in TABLES["companies"] if name != "source"])
        rows = rows.join(source, on="isin", how="left", maintain_order="left")
        return conform("companies", rows)

    @cached_property
    def fields(self) -> pl.DataFrame:
        """Every field of every company on the day; see `Market.fields`."""
        from screener.fields.catalogue import compute
        from screener.fields.scores import by_own_goalposts

        return by_own_goalposts(compute(self.panel))

    def fields_of(self, keys: Collection[str]) -> pl.DataFrame:
        """Those fields and what they build on; all of them where a user has own goalposts."""
        from screener.fields import catalogue, goalposts

        if "fields" in self.__dict__ or goalposts.in_use().own:
            return self.fields
        return catalogue.compute(self.panel_of(catalogue.panel_columns(keys)), keys)


def current_generation(root: Path) -> str | None:
    """The name CURRENT holds, or None where nothing was ever published."""
    try:
        name = (root / _CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not _is_generation(name):
        raise DamagedMarket(
            f"{root / _CURRENT} does not name a generation.",
            f"Write the newest g-… folder name of {root} into it, or run `kasauti refresh`.",
        )
    return name


def publish(
    root: Path,
    tables: Mapping[str, pl.DataFrame],
    *,
    date: dt.date,
    sources: Mapping[str, str],
    demo: bool = False,
    coverage: Mapping[str, float] | None = None,
) -> Market:
    """Write a new generation with its panel and fields, and make it the current one.

    Tables not given are empty. Raises StorageError when the disk refuses; the generation that was
    current stays current.
    """
    from screener.fields.catalogue import compute
    from screener.market import panel

    frames = {name: conform(name, tables.get(name, empty(name))) for name in TABLES}
    frames["panel"] = panel.build(frames, date)
    frames["fields"] = compute(frames["panel"])
    with _storage_errors(root), only_writer(root):
        _sweep_staging(root)
        previous = _previous_files(root)
        name = _next_name(root)
        staging = root / f".staging-{os.getpid()}-{name}"
        staging.mkdir(parents=True)
        files = {
            table: _write_table(staging, table, frame, previous) for table, frame in frames.items()
        }
        manifest = Manifest(
            generation=name,
            schema_version=SCHEMA_VERSION,
            date=date.isoformat(),
            created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            demo=demo,
            sources=dict(sources),
            version=app_version(),
            coverage=dict(coverage or {}),
            files=files,
        )
        write_bytes(staging / _MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        sync_folder(staging)
        os.rename(staging, root / name)
        sync_folder(root)
        replace_file(root / _CURRENT, f"{name}\n".encode())
        _sweep(root, keep=name)
    return Market(root / name, manifest)


def generations(root: Path) -> list[str]:
    """The finished generations under `root`, oldest first."""
    if not root.is_dir():
        return []
    return sorted(p.name for p in root.iterdir() if _is_generation(p.name) and p.is_dir())


def _is_generation(name: str) -> bool:
    return name.startswith("g-") and name[2:].isdigit()


def _next_name(root: Path) -> str:
    done = generations(root)
    return f"g-{(int(done[-1][2:]) if done else 0) + 1:06d}"


def _read_manifest(folder: Path) -> Manifest:
    try:
        raw: dict[str, Any] = json.loads((folder / _MANIFEST).read_bytes())
        version = int(raw["schema_version"])
    except (ValueError, KeyError, TypeError) as err:
        raise DamagedMarket(
            f"The manifest of {folder} cannot be read: {err}", "Run `kasauti refresh`."
        ) from err
    if version > SCHEMA_VERSION:
        raise NewerSchema(
            f"The market in {folder.parent} was written by a newer Kasauti "
            f"(schema {version}, this one reads up to {SCHEMA_VERSION}).",
            "Update Kasauti; nothing was changed.",
        )
    try:
        files = {name: FileEntry(**entry) for name, entry in raw.pop("files").items()}
        manifest = Manifest(**raw, files=files)
        dt.date.fromisoformat(manifest.date)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise DamagedMarket(
            f"The manifest of {folder} is not complete: {err}", "Run `kasauti refresh`."
        ) from err
    for name in files:
        (folder / f"{name}.parquet").stat()
    return manifest


def _previous_files(root: Path) -> dict[str, tuple[Path, FileEntry]]:
    """Files of the current generation that a new one may hard-link."""
    try:
        market = Market.open(root)
    except KasautiError:
        return {}
    return {
        name: (market.folder / f"{name}.parquet", entry)
        for name, entry in market.manifest.files.items()
    }


def _write_table(
    staging: Path,
    name: str,
    frame: pl.DataFrame,
    previous: Mapping[str, tuple[Path, FileEntry]],
) -> FileEntry:
    path = staging / f"{name}.parquet"
    # Panel and fields are read whole at start-up: fast to decode matters more than small.
    compression: Any = "lz4" if name in DERIVED else "zstd"
    frame.write_parquet(path, compression=compression, statistics=False)
    with path.open("rb+") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    entry = FileEntry(frame.height, path.stat().st_size, digest)
    if name in previous and previous[name][1] == entry:
        _link_instead(previous[name][0], path)
    return entry


def _link_instead(old: Path, new: Path) -> None:
    """Use the earlier generation's equal file where the file system can link."""
    linked = new.with_suffix(".link")
    try:
        os.link(old, linked)
        os.replace(linked, new)
    except OSError:
        linked.unlink(missing_ok=True)


@contextmanager
def _storage_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except (
        OSError,
        pl.exceptions.ComputeError,
    ) as err:  # polars words a failed write as the latter
        for staging in root.glob(f".staging-{os.getpid()}-*"):
            shutil.rmtree(staging, ignore_errors=True)
        full = getattr(err, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) or "No space" in str(err)
        what = "The disk is full" if full else f"Cannot write ({err})"
        raise StorageError(
            f"{what}: {root}", "The market you had is unchanged. Free some space and try again."
        ) from err


def _sweep_staging(root: Path) -> None:
    """Remove what writers that died left behind; the lock says none is alive."""
    for staging in root.glob(".staging-*"):
        shutil.rmtree(staging, ignore_errors=True)


def _sweep(root: Path, keep: str) -> None:
    for name in generations(root)[:-KEPT_GENERATIONS]:
        if name != keep:
            shutil.rmtree(root / name, ignore_errors=True)
