"""Files of the reader's own, added to the market: `kasauti import`.

A file never changes what the sources said. A workbook fills figures that are not on file; where it
differs from one that is, the difference is counted and the figure on file stays, for nothing in the
workbook tells when it was made. Prices fill days without one. Estimates are dated, so each is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from scrapers.clock import Clock, SystemClock, in_india
from scrapers.fact_rows import fact_rows
from scrapers.identity import Register
from scrapers.imports.csv_files import CsvFile, Row, parse_csv
from scrapers.imports.workbook import DERIVED, SOURCE, Sheet, is_workbook, parse_sheet
from scrapers.plausible import judged
from scrapers.state import exclusive
from screener.errors import KasautiError, LayoutError, RefusedError, StorageError
from screener.market.renames import old_symbols
from screener.market.schema import BASES, FACTS, LINES, TABLES, conform
from screener.market.store import Market, publish
from screener.paths import Paths
from screener.shortlists import Entry, Shortlists

_PERIOD: Final = ["isin", "basis", "kind", "period_end", "line"]
_AGREE: Final = 0.006  # of the figure
_ROUNDING: Final = {"rs": 0.011}  # of per-share figures; pages round others to whole numbers
_ROUNDED: Final = 0.51
_ADJUSTED: Final = 0.01
_SHOWN: Final = 5
_ESTIMATE: Final = ["isin", "fy_end", "metric", "as_of", "source"]
_OWN_FILE: Final = "own file"


@dataclass(frozen=True)
class Imported:
    """What became of one file. `notes` say what was left out and why, in the order met."""

    file: str
    kind: str  # workbook, estimates, prices, screen; empty where the file was refused
    about: str  # whose it is, or the shortlist it became
    added: int
    notes: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Imports:
    """The files read, and the generation that holds them; None where nothing was added."""

    files: tuple[Imported, ...]
    generation: str | None


@dataclass
class _Tables:
    """The tables as they grow."""

    market: Market
    register: Register
    frames: dict[str, pl.DataFrame]
    seen_at: dt.datetime
    added: int = 0
    sources: set[str] = field(default_factory=set)


def import_files(
    paths: Paths,
    files: Sequence[Path],
    *,
    company: str | None = None,
    basis: str | None = None,
    clock: Clock | None = None,
) -> Imports:
    """Read the files into the gathered market and publish it; a file at fault is told and left out.

    company: whose the files are, where they do not say or say it otherwise: a symbol, BSE code or
    ISIN. basis: of workbooks; found by comparing with figures on file where it is not given.

    Raises NoMarket before the first refresh, RefusedError while another refresh runs, StorageError.
    """
    seen_at = (clock or SystemClock()).now()
    with exclusive(paths.state_dir / "refresh.lock", "A refresh is running."):
        market = Market.open(paths.real_market)
        tables = _Tables(
            market,
            Register(market.companies, old_symbols(market.table("events").collect())),
            {name: market.table(name).collect() for name in TABLES},
            seen_at,
        )
        done = tuple(_one(tables, paths, file, company, basis) for file in files)
        if not tables.added:
            return Imports(done, None)
        published = publish(
            paths.real_market,
            tables.frames,
            date=market.date,
            sources={**market.manifest.sources, **_notes(tables)},
            coverage=market.manifest.coverage,
        )
    return Imports(done, published.generation)


def _notes(tables: _Tables) -> dict[str, str]:
    day = in_india(tables.seen_at)
    return dict.fromkeys(sorted(tables.sources), f"imported on {day:%d %b %Y}")


def _one(
    tables: _Tables, paths: Paths, file: Path, company: str | None, basis: str | None
) -> Imported:
    try:
        try:
            body = file.read_bytes()
        except OSError as err:
            raise StorageError(f"{file} cannot be read: {err.strerror}.") from err
        if is_workbook(body):
            return _workbook(tables, file.name, parse_sheet(body, file.name), company, basis)
        table = parse_csv(body, file.name)
        if table.kind == "screen":
            return _screen(tables, paths, file, table)
        return (_estimates if table.kind == "estimates" else _prices)(
            tables, file.name, table, company
        )
    except KasautiError as err:
        return Imported(file.name, "", "", 0, error=str(err))


# workbooks


def _workbook(
    tables: _Tables, file: str, sheet: Sheet, company: str | None, basis: str | None
) -> Imported:
    isin, notes = _owner(tables.register, file, sheet, company)
    ours = tables.frames["facts"].filter(pl.col("isin") == isin)
    chosen = _basis_of(ours, sheet, file, basis)
    cells = ((f.kind, f.end, f.months, f.line, f.value) for f in sheet.figures)
    read = fact_rows(cells, isin=isin, basis=chosen, seen_at=tables.seen_at, source=SOURCE)
    judgement = judged(read, ours, tables.market.companies)
    new = judgement.facts
    kept_out = {
        f"{LINES[doubt.line][0] if doubt.line else 'statements'}: {doubt.reason}"
        for doubt in judgement.doubts
        if doubt.kept_out
    }
    notes += _some("kept out, for they cannot be right", sorted(kept_out))
    held = (
        ours.sort("known_at", "seen_at")
        .unique(_PERIOD, keep="last", maintain_order=True)
        .select(*_PERIOD, pl.col("value").alias("held"))
    )
    compared = new.join(held, on=_PERIOD, how="left", maintain_order="left")
    apart = compared.filter(pl.col("held").is_not_null() & ~_agree("held", "value"))
    derived = pl.col("line").is_in(DERIVED)
    unlike = apart.filter(derived)["line"].unique()
    added = compared.filter(pl.col("held").is_null() & ~pl.col("line").is_in(unlike.implode()))
    differ = apart.filter(~derived)
    if unlike.len():
        labels = ", ".join(sorted(LINES[line][0] for line in unlike))
        notes.append(f"Left out, as the sheet's parts give another figure than on file: {labels}.")
    if differ.height:
        shown = ", ".join(
            f"{LINES[line][0]} of {end:%b %Y} {theirs:,.2f} against {mine:,.2f} on file"
            for line, end, theirs, mine in differ.sort("period_end", descending=True)
            .select("line", "period_end", "value", "held")
            .head(_SHOWN)
            .iter_rows()
        )
        counted = "1 figure differs" if differ.height == 1 else f"{differ.height} figures differ"
        notes.append(f"{counted} from what is on file, which stays: {shown}.")
    _add(tables, "facts", conform("facts", added.select(*FACTS)), SOURCE)
    return Imported(
        file, "workbook", f"{tables.register.title(isin)}, {chosen}", added.height, tuple(notes)
    )


def _owner(
    register: Register, file: str, sheet: Sheet, company: str | None
) -> tuple[str, list[str]]:
    """Whose workbook it is, by the name in it. Raises RefusedError."""
    found = register.named(sheet.company)
    if company is not None:
        isin = register.coded(company)
        if isin is None:
            raise RefusedError(f"{file}: no listed company has the code {company}.")
        if found and isin not in found:
            raise RefusedError(
                f"{file} holds {sheet.company}, not {register.title(isin)}.",
                "Nothing of it was stored.",
            )
        return isin, []
    if len(found) != 1:
        how = "more than one" if found else "no"
        raise RefusedError(
            f"{file}: {how} listed company is called {sheet.company}.",
            "Say whose it is with --company SYMBOL.",
        )
    (isin,) = found
    other = _another_in(register, file, isin)
    return isin, [f"The file's name says {other}, but it holds {sheet.company}."] if other else []


def _another_in(register: Register, file: str, isin: str) -> str:
    """Another company's symbol or name that a file's name consists of, if it does."""
    words = Path(file).stem.replace("-", "_").split("_")
    for start in range(len(words)):
        said = words[start:]
        owners = register.named(" ".join(said)) | {register.coded("".join(said))}
        if isin in owners:
            return ""
        if owners - {None}:
            return " ".join(said)
    return ""


def _basis_of(ours: pl.DataFrame, sheet: Sheet, file: str, said: str | None) -> str:
    """The basis of figures on file that the sheet agrees with, or the one said.

    Raises RefusedError where nothing tells, or where the sales on file are all others.
    """
    sales = {f.end: f.value for f in sheet.figures if f.kind == "annual" and f.line == "sales"}
    held = ours.filter(
        (pl.col("kind") == "annual")
        & (pl.col("line") == "sales")
        & pl.col("period_end").is_in(list(sales))
    ).with_columns(pl.col("period_end").replace_strict(sales, return_dtype=pl.Float64).alias("own"))
    same = held.filter(_agree("value", "own"))["basis"]
    agreeing = {basis: (same == basis).sum() for basis in BASES}
    if said is not None:
        if not agreeing[said] and said in held["basis"]:
            raise RefusedError(
                f"{file}: its sales of {sheet.company} are none of the {said} sales on file.",
                "It may be of another company, or the other basis. Nothing of it was stored.",
            )
        return said
    best = max(BASES, key=lambda basis: agreeing[basis])
    if not agreeing[best] or len(set(agreeing.values())) == 1:
        raise RefusedError(
            f"{file} does not say whether its accounts are consolidated, and no figure on file "
            "tells.",
            "Say it with --basis consolidated or --basis standalone.",
        )
    return best


def _agree(one: str, other: str) -> pl.Expr:
    """Whether two figures are the same but for rounding."""
    apart = (pl.col(one) - pl.col(other)).abs()
    rounding = pl.col("unit").replace_strict(_ROUNDING, default=_ROUNDED, return_dtype=pl.Float64)
    return (apart <= rounding) | (apart <= _AGREE * pl.col(one).abs())


# CSV files


def _whose(register: Register, row: Row, company: str | None) -> str | None:
    """The ISIN a row belongs to, by its codes, else by its name."""
    for key in ("isin", "symbol", "bse_code"):
        if key in row.company and (isin := register.coded(row.company[key])):
            return isin
    if "name" in row.company:
        named = register.named(row.company["name"])
        if len(named) == 1:
            return next(iter(named))
    return register.coded(company) if company and not row.company else None


def _resolved(
    register: Register, table: CsvFile, company: str | None, file: str
) -> tuple[list[tuple[str, Row]], list[str]]:
    """The rows with their ISINs, and notes on those left out. Raises LayoutError without any."""
    found: list[tuple[str, Row]] = []
    strangers: dict[str, None] = {}
    for row in table.rows:
        isin = _whose(register, row, company)
        if isin is None:
            strangers[" ".join(row.company.values()) or f"line {row.line}"] = None
        else:
            found.append((isin, row))
    if not found:
        raise LayoutError(
            f"{file}: none of its {len(table.rows)} rows names a company on file.",
            "Name companies by NSE symbol, BSE code or ISIN, or say whose it is with --company.",
        )
    return found, [*_some("no company on file", strangers), *_some("not read", table.faults)]


def _some(why: str, items: Iterable[str]) -> list[str]:
    every = list(items)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return [f"{why}: {'; '.join(every[:_SHOWN])}{more}."] if every else []


def _estimates(tables: _Tables, file: str, table: CsvFile, company: str | None) -> Imported:
    found, notes = _resolved(tables.register, table, company, file)
    today = in_india(tables.seen_at).date()
    rows = [
        {
            "isin": isin,
            "metric": metric,
            "mean": row.cells[metric],
            "source": _OWN_FILE,
            **{k: v for k, v in row.cells.items() if k not in ("eps", "revenue")},
            "as_of": row.cells.get("as_of") or today,
        }
        for isin, row in found
        for metric in ("eps", "revenue")
        if row.cells.get(metric) is not None and row.cells.get("fy_end") is not None
    ]
    new = conform("estimates", pl.DataFrame(rows, infer_schema_length=None))
    late = new.filter(pl.col("as_of") > today)
    if late.height:
        notes.append(f"{late.height} estimates dated after today were left out.")
    new = new.filter(pl.col("as_of") <= today).unique(_ESTIMATE, keep="last", maintain_order=True)
    added = new.join(tables.frames["estimates"], on=_ESTIMATE, how="anti", maintain_order="left")
    _add(tables, "estimates", added, _OWN_FILE)
    whose = f"{added['isin'].n_unique()} companies"
    return Imported(file, "estimates", whose, added.height, tuple(notes))


def _prices(tables: _Tables, file: str, table: CsvFile, company: str | None) -> Imported:
    found, notes = _resolved(tables.register, table, company, file)
    rows = [
        {"isin": isin, "source": _OWN_FILE, **row.cells}
        for isin, row in found
        if row.cells.get("date") is not None and (row.cells.get("close") or 0) > 0  # type: ignore[operator]
    ]
    if not rows:
        raise LayoutError(f"{file} has no row with a date and a price.")
    new = conform("prices", pl.DataFrame(rows, infer_schema_length=None))
    new = new.unique(["isin", "date"], keep="last", maintain_order=True)
    held = tables.frames["prices"]
    _refuse_adjusted(new, held, tables.register, file)
    added = new.join(held, on=["isin", "date"], how="anti", maintain_order="left")
    if new.height > added.height:
        notes.append(f"{new.height - added.height:,} days are on file already and stay.")
    _add(tables, "prices", added, _OWN_FILE)
    tables.frames["prices"] = tables.frames["prices"].sort("isin", "date")
    return Imported(
        file, "prices", f"{added['isin'].n_unique()} companies", added.height, tuple(notes)
    )


def _refuse_adjusted(new: pl.DataFrame, held: pl.DataFrame, register: Register, file: str) -> None:
    """Prices must be as traded: Kasauti adjusts them itself. Raises RefusedError."""
    both = new.join(held, on=["isin", "date"], suffix="_held")
    apart = (pl.col("close") / pl.col("close_held") - 1).abs() > _ADJUSTED
    share = both.group_by("isin").agg(apart.mean().alias("apart")).filter(pl.col("apart") > 0.5)
    if share.height:
        who = ", ".join(register.title(isin) for isin in share["isin"].head(_SHOWN))
        raise RefusedError(
            f"{file}: its prices of {who} are not those on file for the same days.",
            "Bring prices as traded, not adjusted for splits and bonuses; Kasauti adjusts them.",
        )


def _screen(tables: _Tables, paths: Paths, file: Path, table: CsvFile) -> Imported:
    """A screen's export becomes a shortlist under the file's name."""
    found, notes = _resolved(tables.register, table, None, file.name)
    symbols = dict(tables.market.companies.select("isin", "symbol").iter_rows())
    entries = [
        Entry(isin, symbols[isin], tables.register.title(isin))
        for isin in dict.fromkeys(isin for isin, _ in found)
    ]
    lists = Shortlists(paths.state)
    name = _free_name(file.stem, lists.names())
    lists.save(name, entries, market_date=tables.market.date, screen=f"imported from {file.name}")
    return Imported(file.name, "screen", f"shortlist “{name}”", len(entries), tuple(notes))


def _free_name(stem: str, taken: Iterable[str]) -> str:
    used = {name.casefold() for name in taken}
    plain = " ".join(stem.replace("_", " ").split()) or "imported"
    numbered = (f"{plain} {i}" for i in range(2, len(used) + 3))
    return next(name for name in (plain, *numbered) if name.casefold() not in used)


def _add(tables: _Tables, name: str, added: pl.DataFrame, source: str) -> None:
    if added.height:
        tables.frames[name] = pl.concat([conform(name, tables.frames[name]), added])
        tables.added += added.height
        tables.sources.add(source)
