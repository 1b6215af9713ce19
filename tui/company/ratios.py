"""Ratios over the years, with a trend beside each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from screener.fields.catalogue import by_key
from screener.market.store import Market
from screener.provenance import panel_of
from tui.charts import spark
from tui.company.history import by_year
from tui.company.sheet import Asked, Sheet, Tab, View
from tui.format import UNIT_SIGNS, UNKNOWN, cell, period
from tui.headings import short
from tui.rows import Column, TextRows, number_tone

YEARS: Final = 10
_NAME_WIDTH: Final = 25
#: Fields with a value for each year, under headings.
SECTIONS: Final = (
    ("Returns", ("roce", "roe", "roic", "roa", "croic")),
    ("Margins", ("opm_last_year", "npm_last_year", "gpm_last_year")),
    (
        "Growth",
        (
            "sales_growth_last_year",
            "operating_profit_growth_last_year",
            "profit_growth_last_year",
            "eps_growth_last_year",
        ),
    ),
    ("Per share", ("eps_last_year", "book_value", "share_count_growth_1y")),
    (
        "Balance sheet",
        (
            "debt_to_equity",
            "net_debt_to_ebitda",
            "current_ratio",
            "financial_leverage",
            "contingent_to_net_worth",
        ),
    ),
    (
        "Working capital",
        (
            "debtor_days",
            "inventory_days",
            "payable_days",
            "cash_conversion_cycle",
            "working_capital_days",
            "asset_turnover",
        ),
    ),
    ("Cash", ("cfo_to_pat_1y", "fcf_to_cfo", "fcf_to_sales", "accruals_to_assets")),
    ("Owners' share", ("dividend_payout",)),
    ("Scorecards", ("piotroski_f", "altman_z2_em", "beneish_m8")),
)


def ratios(market: Market, isin: str, *, ascii: bool = False) -> Tab:
    """Ten years of the ratios for which any year has a value."""
    row = panel_of(market, isin).row(0, named=True)
    slots = [k for k in range(YEARS - 1, -1, -1) if row.get(f"end@{k}") is not None]
    keys = [key for _, section in SECTIONS for key in section]
    known = by_year(market, isin, keys, YEARS)
    texts: list[tuple[str, ...]] = []
    tones: list[str] = []
    asked: dict[tuple[int, str], Asked] = {}
    for title, section in SECTIONS:
        found = [key for key in section if any(v is not None for v in known[key])]
        if found:
            texts.append((title, "", *("" for _ in slots)))
            tones.append("heading")
        for key in found:
            values = [known[key][YEARS - 1 - k] for k in slots]
            for k in slots:
                asked[(len(texts), str(k))] = Asked(isin, key, k)
            texts.append((_name(key), spark(values, ascii=ascii), *_cells(key, values)))
            tones.append("")
    columns = _columns(texts, [(k, row[f"end@{k}"]) for k in slots])
    sheet = Sheet(TextRows(columns, tuple(texts), tuple(tones)), asked, frozen=2, at_end=True)
    return Tab((View("years", sheet),), "No financial year of this company is on record.")


def _name(key: str) -> str:
    field = by_key()[key]
    sign = UNIT_SIGNS.get(str(field.unit), "")
    name = field.header.replace(" last year", "").replace("Days Payable", "Payable days")
    name = short(name, 15)
    return f"  {name} {sign}" if sign and sign not in name.casefold() else f"  {name}"


def _cells(key: str, values: Sequence[float | None]) -> list[str]:
    unit = str(by_key()[key].unit)
    return [cell(value, unit) for value in values]


def _columns(
    texts: Sequence[tuple[str, ...]], years: Sequence[tuple[int, object]]
) -> tuple[Column, ...]:
    widest = max((len(text[0]) for text in texts), default=8)
    columns = [
        Column("ratio", ("", ""), min(widest, _NAME_WIDTH), title="Ratio"),
        Column("trend", ("", "Trend"), max(len(years), 5), title="Trend", tone=lambda _: "quiet"),
    ]
    for index, (k, end) in enumerate(years, start=2):
        head = period(end) if isinstance(end, dt.date) else UNKNOWN
        width = max(len(head), *(len(text[index]) for text in texts), 1)
        columns.append(Column(str(k), ("", head), width, True, head, tone=number_tone))
    return tuple(columns)
