"""What a figure of a real company may be; a value beyond is looked at before it is believed.

Most companies lie far inside. The bounds are of single fields where a kind of figure has its own,
else of the unit. Figures in whole crores make the ratios of very small companies wild, so a bound
is what arithmetic on such figures may give, not what is usual.
"""

from __future__ import annotations

import math
from typing import Final

from screener.fields.base import Field, Unit

INF: Final = math.inf
Bounds = tuple[float, float]

BY_UNIT: Final[dict[Unit, Bounds]] = {
    Unit.CRORE: (-1e6, 2.5e7),
    Unit.RUPEES: (-2e4, 2e5),
    Unit.PERCENT: (-1e4, 1e5),
    Unit.RATIO: (-1e4, 1e4),
    Unit.DAYS: (-2e4, 2e4),
    Unit.COUNT: (0.0, 1.5e8),
    Unit.CRORE_SHARES: (0.005, 5e3),
}

BY_FIELD: Final[dict[str, Bounds]] = {
    "market_cap": (1.0, 2.5e6),
    "current_price": (0.05, 2e5),
    "pe": (0.1, 2e3),
    "pb": (0.05, 200.0),
    "ps": (0.01, 6e3),
    "dividend_yield": (-0.01, 30.0),
    "earnings_yield": (-400.0, 500.0),
    "book_to_price": (-1500.0, 1000.0),
    "fcf_yield": (-700.0, 600.0),
    "roe": (-300.0, 300.0),
    "roce": (-300.0, 300.0),
    "roa": (-300.0, 300.0),
    "debt_to_equity": (0.0, 50.0),
    "debt_to_assets": (0.0, 12.0),
    "financial_leverage": (0.99, 100.0),
    "asset_turnover": (-1.0, 20.0),
    "return_1y": (-99.0, 2000.0),
    "drawdown_52w": (-0.01, 100.0),
    "index_52w": (0.0, 100.0),
    "rsi": (0.0, 100.0),
    "earnings_unpredictability": (0.0, 1e8),  # rupees squared
    "symmetric_profit_growth": (-2.0, 2.0),
    "piotroski_f": (0.0, 9.0),
    "share_count_growth_1y": (-50.0, 500.0),
    "share_count_growth_3y": (-60.0, 1500.0),
    "book_value": (-1e3, 5e4),
    "implied_growth": (-99.0, 120.0),
}

#: A share of a whole; a source's own slip may take it a little past the end.
SHARES: Final = ("promoter_holding", "fii_holding", "dii_holding", "public_holding",
                 "zero_volume_60d", "earnings_yield_peer_percentile", "book_to_price_percentile",
                 "selectivity_coverage")  # fmt: skip


def bounds_of(field: Field) -> Bounds:
    """The least and the greatest value that is plausible."""
    if field.key in SHARES or (field.key.endswith("_score") and field.unit is Unit.COUNT):
        return 0.0, 100.5
    return BY_FIELD.get(field.key, BY_UNIT.get(field.unit, (-INF, INF)))
