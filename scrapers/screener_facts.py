"""The facts a screener.in page states, and what it says of the company itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from scrapers.cells import Period, lengths_of_quarters
from scrapers.clock import in_india
from scrapers.fact_rows import fact_rows
from scrapers.screener_in import SOURCE, CompanyPage, Statement

_STATEMENT_KINDS: Final = ("annual", "quarter", "interim")


@dataclass(frozen=True)
class _Column:
    """A column of a statement: what kind of fact its cells are."""

    kind: str
    end: dt.date
    months: int


def facts_of(page: CompanyPage, isin: str, seen_at: dt.datetime) -> pl.DataFrame:
    """Every printed figure as a fact (schema FACTS); a blank cell is no fact.

    seen_at: when the page was fetched, with its time zone.
    """
    seen = in_india(seen_at).date()
    return _facts((*_printed(page), *_about_company(page, seen)), page.basis, isin, seen_at)


def balance_facts(
    page: CompanyPage, statement: Statement, isin: str, seen_at: dt.datetime
) -> pl.DataFrame:
    """Further lines of the page's balance sheet as facts (schema FACTS)."""
    spans = _spans(page)
    return _facts(
        [
            (_Column(_balance_kind(p, spans), p.end, 0), line, value)
            for line, values in statement.lines.items()
            for p, value in zip(statement.periods, values, strict=True)
            if value is not None
        ],
        page.basis,
        isin,
        seen_at,
    )


def cost_facts(
    page: CompanyPage, shares: Statement, isin: str, seen_at: dt.datetime
) -> pl.DataFrame:
    """Costs printed as a share of the year's sales, as facts in ₹ crore (schema FACTS).

    They are as exact as the share, which is rounded. A year without sales on the page gives none.
    """
    spans = _spans(page)
    profit_loss = page.statements["profit-loss"]
    printed = profit_loss.lines.get("sales", ())
    sales = {p.end: value for p, value in zip(profit_loss.periods, printed, strict=False)}
    return _facts(
        [
            (_Column("annual", p.end, p.months or spans[p.end]), line, share * whole / 100)
            for line, values in shares.lines.items()
            for p, share in zip(shares.periods, values, strict=True)
            if share is not None and (whole := sales.get(p.end)) is not None and whole > 0
        ],
        page.basis,
        isin,
        seen_at,
    )


def _facts(
    printed: Iterable[tuple[_Column, str, float]], basis: str, isin: str, seen_at: dt.datetime
) -> pl.DataFrame:
    cells = ((c.kind, c.end, c.months, line, value) for c, line, value in printed)
    return fact_rows(cells, isin=isin, basis=basis, seen_at=seen_at, source=SOURCE)


def statement_facts(facts: pl.DataFrame) -> pl.DataFrame:
    """Those about a basis's statements, without ownership and the snapshot."""
    return facts.filter(pl.col("kind").is_in(_STATEMENT_KINDS))


def template_of(page: CompanyPage) -> str:
    """The statement layout the company files (schema TEMPLATES).

    Some insurers are shown in the layout of industrial companies, so their industry decides.
    """
    industries = " ".join(page.sectors.values()).casefold()
    if "insurance" in industries and "distribut" not in industries:
        return "insurer"
    deposits = page.statements["balance-sheet"].lines.get("deposits", ())
    if page.lends and any(v is not None for v in deposits):
        return "bank"
    return "lender" if page.lends else "corporate"


def is_financial(page: CompanyPage) -> bool | None:
    """Whether it is a financial company; None where the page does not tell."""
    if template_of(page) != "corporate":
        return True
    sector = page.sectors.get("macro_sector", "") or page.sectors.get("sector", "")
    return "financial services" in sector.casefold() if sector else None


def _printed(page: CompanyPage) -> Iterator[tuple[_Column, str, float]]:
    """Every filled cell of the six tables."""
    spans = _spans(page)
    for section, statement in page.statements.items():
        columns = _columns(section, statement, spans)
        for line, values in statement.lines.items():
            for column, value in zip(columns, values, strict=True):
                if value is not None:
                    yield column, line, value


def _spans(page: CompanyPage) -> dict[dt.date, int]:
    """The months of each financial year by its end."""
    return {p.end: p.months or 12 for p in page.statements["profit-loss"].periods}


def _columns(section: str, statement: Statement, spans: dict[dt.date, int]) -> list[_Column]:
    """What each column is. Rows of cash and ratios take their year's length from its P&L column."""
    periods = statement.periods
    if section == "quarters":
        months = lengths_of_quarters([p.end for p in periods])
        return [
            _Column("quarter", p.end, p.months or m) for p, m in zip(periods, months, strict=True)
        ]
    if section == "shareholding":
        return [_Column("holding", p.end, 0) for p in periods]
    if section == "balance-sheet":
        return [_Column(_balance_kind(p, spans), p.end, 0) for p in periods]
    return [_Column("annual", p.end, p.months or spans.get(p.end, 12)) for p in periods]


def _balance_kind(period: Period, spans: dict[dt.date, int]) -> str:
    """A balance sheet at no year-end is a half-year one."""
    return "annual" if period.end in spans or not spans else "interim"


def _about_company(page: CompanyPage, seen: dt.date) -> Iterator[tuple[_Column, str, float]]:
    """What the page shows of today; the pledge belongs to the latest pattern it shows."""
    for line, value in page.top.items():
        yield _Column("snapshot", seen, 0), line, value
    patterns = page.statements.get("shareholding")
    if page.pledged is not None and patterns and patterns.periods:
        latest = max(p.end for p in patterns.periods)
        yield _Column("holding", latest, 0), "pledged", page.pledged
