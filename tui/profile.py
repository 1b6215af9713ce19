"""The head of the company screen: who it is, the numbers that matter, gathered from the market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from screener.errors import UnknownName
from tui.company.history import fields_of
from tui.company.sheet import Asked
from tui.format import day, plain, quantity

if TYPE_CHECKING:
    from screener.market.store import Market

#: Figures of the header by field key, with their labels, the most telling first.
FIGURES: Final = (
    ("market_cap", "Market cap"),
    ("current_price", "Price"),
    ("pe", "P/E"),
    ("roce", "ROCE"),
    ("debt_to_equity", "D/E"),
    ("sales_growth_3_years", "Sales 3y"),
    ("profit_growth_3_years", "Profit 3y"),
    ("promoter_holding", "Promoters"),
    ("pledged_pct_of_promoter", "Pledged"),
    ("return_1y", "1-year return"),
    ("pb", "P/B"),
    ("roe", "ROE"),
    ("interest_cover", "Interest cover"),
    ("dividend_yield", "Yield"),
    ("piotroski_f", "Piotroski"),
    ("selectivity_score", "Score"),
)
ALWAYS: Final = 5  # figures shown also where they are unknown; Enter says why


@dataclass(frozen=True)
class Figure:
    """A number of the header and what it is asked by."""

    label: str
    text: str
    asked: Asked


@dataclass(frozen=True)
class Profile:
    """A company's identity and main figures. Texts of sources are made safe."""

    isin: str
    symbol: str
    name: str
    identity: str
    price_date: str
    figures: tuple[Figure, ...]


def profile_of(market: Market, isin: str) -> Profile:
    """Gather a company's profile. Raises UnknownName where the market has no such company."""
    companies = market.companies.filter(pl.col("isin") == isin)
    if not companies.height or isin not in market.panel["isin"]:
        raise UnknownName.among("company", isin, [])
    company, values = companies.row(0, named=True), fields_of(market, isin)
    date = values.get("price_date")
    return Profile(
        isin=isin,
        symbol=plain(company["symbol"] or ""),
        name=plain(company["name"] or isin),
        identity=_identity(company, values),
        price_date=f"price of {day(date)}" if date is not None else "no price",
        figures=tuple(_figures(isin, values)),
    )


def _identity(company: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    place = list(dict.fromkeys(company[k] for k in ("sector", "basic_industry") if company[k]))
    size = f"{company['size_class']} cap" if company["size_class"] else ""
    listed = f"listed {company['listed_on']:%b %Y}" if company["listed_on"] else ""
    basis = f"{values['basis']} figures" if values.get("basis") else ""
    board = "SME board" if company["is_sme"] else ""
    status = company["status"] if company["status"] not in (None, "active") else ""
    code = f"BSE {company['bse_code']}" if company["bse_code"] else ""
    parts = [status, *reversed(place), size, board, listed, basis, company["isin"], code]
    return " · ".join(plain(part) for part in parts if part)


def _figures(isin: str, values: Mapping[str, Any]) -> list[Figure]:
    from screener.fields.catalogue import by_key

    return [
        Figure(label, quantity(values[key], str(by_key()[key].unit)), Asked(isin, key))
        for number, (key, label) in enumerate(FIGURES)
        if number < ALWAYS or values.get(key) is not None
    ]
