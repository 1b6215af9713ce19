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
from tui.rows import Column, TextRows, number_tone

YEARS: Final = 10
_NAME_WIDTH: Final = 25
#: Fields with a value for each year and what a row calls them, under headings.
SECTIONS: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "Returns",
        (("roce", "ROCE"), ("roe", "ROE"), ("roic", "ROIC"), ("roa", "ROA"), ("croic", "CROIC")),
    ),
    (
        "Margins",
        (
            ("opm_last_year", "Operating margin"),
            ("npm_last_year", "Net margin"),
            ("gpm_last_year", "Gross margin"),
        ),
    ),
    (
        "Growth on the year before",
        (
            ("sales_growth_last_year", "Sales"),
            ("operating_profit_growth_last_year", "Operating profit"),
            ("profit_growth_last_year", "Core profit"),
            ("eps_growth_last_year", "EPS"),
        ),
    ),
    (
        "Per share",
        (
            ("eps_last_year", "EPS"),
            ("book_value", "Book value"),
            ("share_count_growth_1y", "Shares issued"),
            ("dividend_payout", "Payout"),
        ),
    ),
    (
        "Balance sheet",
        (
            ("debt_to_equity", "Debt to equity"),
            ("net_debt_to_ebitda", "Net debt to EBITDA"),
            ("current_ratio", "Current ratio"),
            ("financial_leverage", "Assets to equity"),
            ("contingent_to_net_worth", "Contingent liab."),
        ),
    ),
    (
        "Working capital",
        (
            ("debtor_days", "Debtors"),
            ("inventory_days", "Inventory"),
            ("payable_days", "Payables"),
            ("cash_conversion_cycle", "Cash cycle"),
            ("working_capital_days", "Working capital"),
            ("asset_turnover", "Asset turnover"),
        ),
    ),
    (
        "Cash",
        (
            ("cfo_to_pat_1y", "CFO to profit"),
            ("fcf_to_cfo", "FCF to CFO"),
            ("fcf_to_sales", "FCF to sales"),
            ("accruals_to_assets", "Accruals to assets"),
        ),
    ),
    (
        "Scorecards",
        (
            ("piotroski_f", "Piotroski score"),
            ("altman_z2_em", "Altman Z″"),
            ("beneish_m8", "Beneish M"),
        ),
    ),
)


def ratios(market: Market, isin: str, *, ascii: bool = False) -> Tab:
    """Ten years of the ratios for which any year has a value."""
    row = panel_of(market, isin).row(0, named=True)
    slots = [k for k in range(YEARS - 1, -1, -1) if row.get(f"end@{k}") is not None]
    keys = [key for _, section in SECTIONS for key, _ in section]
    known = by_year(market, isin, keys, YEARS)
    texts: list[tuple[str, ...]] = []
    tones: list[str] = []
    asked: dict[tuple[int, str], Asked] = {}
    exact: dict[tuple[int, str], object] = {}
    for title, section in SECTIONS:
        found = [(key, name) for key, name in section if _has_any(known[key])]
        if found:
            texts.append((title, "", *("" for _ in slots)))
            tones.append("heading")
        for key, name in found:
            values = [known[key][YEARS - 1 - k] for k in slots]
            for k in slots:
                asked[(len(texts), str(k))] = Asked(isin, key, k)
                exact[(len(texts), str(k))] = known[key][YEARS - 1 - k]
            texts.append((_title(key, name), spark(values, ascii=ascii), *_cells(key, values)))
            tones.append("")
    columns = _columns(texts, [(k, row[f"end@{k}"]) for k in slots])
    sheet = Sheet(
        TextRows(columns, tuple(texts), tuple(tones), exact), asked, frozen=2, at_end=True
    )
    return Tab((View("years", sheet),), "No financial year of this company is on record.")


def _has_any(values: Sequence[float | None]) -> bool:
    return any(value is not None for value in values)


def _title(key: str, name: str) -> str:
    sign = UNIT_SIGNS.get(str(by_key()[key].unit), "")
    return f"  {name} {sign}".rstrip()


def _cells(key: str, values: Sequence[float | None]) -> list[str]:
    unit = str(by_key()[key].unit)
    return [cell(value, unit) for value in values]


def _columns(
    texts: Sequence[tuple[str, ...]], years: Sequence[tuple[int, object]]
) -> tuple[Column, ...]:
    widest = max((len(text[0]) for text in texts), default=8)
    columns = [
        Column("ratio", ("", ""), min(widest, _NAME_WIDTH), title="Ratio"),
        Column(
            "trend",
            ("", "Trend"),
            max(len(years), 5),
            title="Trend",
            tone=lambda _: "quiet",
            drawn=True,
        ),
    ]
    for index, (k, end) in enumerate(years, start=2):
        head = period(end) if isinstance(end, dt.date) else UNKNOWN
        width = max(len(head), *(len(text[index]) for text in texts), 1)
        columns.append(Column(str(k), ("", head), width, True, head, tone=number_tone))
    return tuple(columns)
