"""What the company screen shows of a company, gathered from the market."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from screener.errors import ScreenError, UnknownName
from tui import statements
from tui.format import cell, plain, quantity
from tui.rows import TextRows

if TYPE_CHECKING:
    from tui.workspace import Workspace

#: Figures of the header, by field key, with their labels.
FIGURES: Final = (
    ("market_cap", "Market cap"),
    ("current_price", "Price"),
    ("pe", "P/E"),
    ("roce", "ROCE"),
    ("debt_to_equity", "Debt to equity"),
)


@dataclass(frozen=True)
class Profile:
    """A company's identity, main figures and tables (years, quarters, owners, screens)."""

    symbol: str
    name: str
    identity: str
    figures: tuple[tuple[str, str], ...]
    tables: tuple[TextRows, TextRows, TextRows, TextRows]


def profile_of(workspace: Workspace, isin: str) -> Profile:
    """Gather a company's profile. Raises UnknownName where the market has no such company."""
    market = workspace.market
    companies = market.companies.filter(pl.col("isin") == isin)
    panel = market.panel.filter(pl.col("isin") == isin)
    if not companies.height or not panel.height:
        raise UnknownName.among("company", isin, [])
    company, row = companies.row(0, named=True), panel.row(0, named=True)
    tables = (
        statements.years(row),
        statements.quarters(row),
        statements.owners(row),
        statements.verdict_rows(_verdicts(workspace, isin)),
    )
    return Profile(
        symbol=company["symbol"] or "",
        name=company["name"] or isin,
        identity=_identity(company, row),
        figures=_figures(workspace, isin),
        tables=tables,
    )


def _identity(company: dict[str, Any], row: dict[str, Any]) -> str:
    place = [company[k] for k in ("sector", "basic_industry") if company[k]]
    size = f"{company['size_class']} cap" if company["size_class"] else ""
    listed = f"listed {company['listed_on']:%b %Y}" if company["listed_on"] else ""
    basis = f"{row['basis']} figures" if row.get("basis") else ""
    code = f"BSE {company['bse_code']}" if company["bse_code"] else ""
    parts = [company["isin"], code, *place, size, listed, basis]
    return " · ".join(plain(part) for part in parts if part)


def _figures(workspace: Workspace, isin: str) -> tuple[tuple[str, str], ...]:
    fields = workspace.market.fields.filter(pl.col("isin") == isin)
    found = []
    for key, label in FIGURES:
        if key in workspace.fields and key in fields.columns:
            unit = workspace.fields[key].unit.value
            found.append((label, quantity(fields[key].item(), unit)))
    if "price_date" in fields.columns and fields["price_date"].item() is not None:
        found.append(("as of", cell(fields["price_date"].item(), "date")))
    return tuple(found)


def _verdicts(workspace: Workspace, isin: str) -> list[tuple[str, str]]:
    """Each named screen's title and what it says of the company."""
    found = []
    for screen in workspace.library.screens:
        try:
            result = workspace.run(screen)
        except ScreenError:
            found.append((screen.title, "cannot be run"))
            continue
        rows = result.rows("all").filter(pl.col("isin") == isin)
        found.append((screen.title, rows["verdict"].item() if rows.height else "outside"))
    return found
