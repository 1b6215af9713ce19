"""The overview: price with average and channel, revenue and profit of ten years, margins."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from screener.market.prices import price_line
from screener.market.store import Market
from screener.provenance import panel_of
from screener.regime.channel import Channel, channel
from tui.charts import Bars, Chart, Curve, Level, bar_chart, line_chart
from tui.charts.text import Part, heading, sentence
from tui.company.history import by_year, fields_of
from tui.company.sheet import Tab, View
from tui.format import cell, day, quantity

AVERAGE: Final = 200  # sessions
YEARS: Final = 10
RANGES: Final = (("one year", 1), ("three years", 3), ("all on record", 0))
SIDE_BY_SIDE: Final = 170  # cells from which the two charts stand beside each other
_LEAST, _MOST = 9, 24  # lines of a chart
_FACTORS: Final = (50, 20, 10, 5, 4, 3, 2, 1)
_MARGINS: Final = (("opm_last_year", "OPM %"), ("npm_last_year", "NPM %"))
_GROWTH: Final = (("sales_growth_5_years", "sales"), ("profit_growth_5_years", "profit"))


@dataclass(frozen=True)
class Prices:
    """Closes on today's share basis, the average of 200 sessions, and the channel if any."""

    days: tuple[dt.date, ...]
    closes: tuple[float, ...]
    average: tuple[float | None, ...]
    channel: Channel | None


@dataclass(frozen=True)
class Years:
    """Revenue and profit in ₹ crore by year, the earliest first, with margins as text."""

    labels: tuple[str, ...]
    revenue: tuple[float | None, ...]
    profit: tuple[float | None, ...]
    margins: tuple[tuple[str, tuple[str, ...]], ...]
    note: str


def overview(market: Market, isin: str) -> Tab:
    """A view for each range of the price."""
    price, years = price_history(market, isin), ten_years(market, isin)
    row = fields_of(market, isin)
    longer = {len(part.days): (part, title) for part, title in reversed(_ranges(price))}
    return Tab(
        tuple(
            View(title, draw=partial(_draw, part, years, title, row))
            for part, title in reversed(longer.values())
        )
    )


def price_history(market: Market, isin: str) -> Prices:
    """The company's prices since the last jump that no split or bonus explains."""
    bars = price_line(market, isin)
    closes, days = bars["adj"].to_list(), bars["date"].to_list()
    average = bars["adj"].rolling_mean(AVERAGE).to_list()
    return Prices(tuple(days), tuple(closes), tuple(average), channel(closes, days))


def ten_years(market: Market, isin: str) -> Years:
    """Revenue, profit and margins of the last ten financial years on record."""
    row = panel_of(market, isin).row(0, named=True)
    slots = [k for k in range(YEARS - 1, -1, -1) if row.get(f"end@{k}") is not None]
    margins = by_year(market, isin, [key for key, _ in _MARGINS], YEARS)
    fields = fields_of(market, isin)
    grown = [
        f"{name} {cell(fields[key], 'pct')} %" for key, name in _GROWTH if fields[key] is not None
    ]
    return Years(
        labels=tuple(year_label(row[f"end@{k}"]) for k in slots),
        revenue=tuple(row[f"sales@{k}"] for k in slots),
        profit=tuple(row[f"net_profit@{k}"] for k in slots),
        margins=tuple(
            (label, tuple(cell(margins[key][YEARS - 1 - k], "pct") for k in slots))
            for key, label in _MARGINS
            if any(value is not None for value in margins[key])
        ),
        note=f"A year over five years: {', '.join(grown)}" if grown else "",
    )


def year_label(end: dt.date) -> str:
    """“FY25” for a year that ends in March, else its month: “Jun25”."""
    return f"FY{end.year % 100:02d}" if end.month == 3 else f"{end:%b}{end.year % 100:02d}"


def _ranges(price: Prices) -> list[tuple[Prices, str]]:
    return [(_within(price, span), title) for title, span in RANGES]


def _within(price: Prices, years: int) -> Prices:
    if not years or not price.days:
        return price
    last = price.days[-1]
    start = next((i for i, day in enumerate(price.days) if (last - day).days <= 366 * years), 0)
    return Prices(price.days[start:], price.closes[start:], price.average[start:], price.channel)


def _draw(
    price: Prices,
    years: Years,
    title: str,
    row: Mapping[str, Any],
    width: int,
    height: int,
    ascii: bool,
) -> Chart:
    """Both charts, beside each other where there is room, else one over the other."""
    if width >= SIDE_BY_SIDE:
        half = (width - 3) // 2
        tall = min(max(height - 3, _LEAST), _MOST + 12)
        left = _price_lines(price, title, row, half, tall, ascii)
        right = _year_lines(years, width - 3 - half, tall, ascii)
        return _beside(left, right, half, 3)
    both = height - 5  # two titles, two sentences, a blank line
    share = both * 3 // 5
    if both - share < _LEAST:
        upper, lower = max(height - 3, _LEAST), max(height - 2, _LEAST)
    else:
        upper, lower = min(share, _MOST), min(both - share, _MOST)
    above = _price_lines(price, title, row, width, upper, ascii)
    return (*above, (), *_year_lines(years, width, lower, ascii))


def _price_lines(
    price: Prices, title: str, row: Mapping[str, Any], width: int, height: int, ascii: bool
) -> Chart:
    head = heading("Price", title, width)
    if not price.days:
        return (head, ((" No trade of it is on record.", "$quiet"),))
    curves = [
        Curve("close", price.closes, "$secondary"),
        Curve("200-day average", price.average, "$open", 2, 2),
        *_channel_curves(price),
    ]
    levels = []
    if price.channel is not None and price.channel.base is not None:
        levels.append(Level(price.channel.base, cell(price.channel.base, "rs"), "$accent"))
    chart = line_chart(price.days, curves, width=width, height=height, levels=levels, ascii=ascii)
    return (head, *chart, sentence(price_words(price, row), width))


def _channel_curves(price: Prices) -> list[Curve]:
    """The two bands of the channel over its own sessions; one legend entry names both."""
    found = price.channel
    if found is None or found.upper is None or found.lower is None:
        return []
    n, last = len(price.days), len(price.days) - 1
    growth = math.log1p(found.slope)

    def band(level: float) -> list[float | None]:
        return [
            level * math.exp(growth * (i - last)) if last - i < found.sessions else None
            for i in range(n)
        ]

    name = f"{found.direction} channel" if found.direction != "flat" else "channel"
    return [
        Curve(name, band(found.upper), "$accent", 1, 1),
        Curve("", band(found.lower), "$accent", 1, 1),
    ]


def price_words(price: Prices, row: Mapping[str, Any]) -> list[str]:
    """The figures under the price: close, return, distance from the average, the channel."""
    last = price.closes[-1]
    words = [f"Close {quantity(last, 'rs')} on {day(price.days[-1])}"]
    if row.get("return_1y") is not None:
        words.append(f"{row['return_1y']:+.1f} % in a year")
    average = price.average[-1]
    if average:
        gap = 100 * (last / average - 1)
        words.append(f"{abs(gap):.1f} % {'over' if gap >= 0 else 'under'} its average")
    found = price.channel
    if found is not None and found.base is not None:
        words.append(
            f"channel of {found.sessions} sessions, R² {found.r2:.2f}, "
            f"base {cell(found.base, 'rs')}"
        )
    elif found is not None:
        words.append("no channel")
    return words


def _year_lines(years: Years, width: int, height: int, ascii: bool) -> Chart:
    head = heading("Revenue and profit", "financial years", width)
    if not years.labels:
        return (head, ((" No annual statement is on record.", "$quiet"),))
    factor = _factor(years)
    profit = "net profit" if factor == 1 else f"net profit ×{factor}"
    series = [
        Bars("revenue ₹ cr", years.revenue, "$secondary"),
        Bars(profit, years.profit, "$good", factor),
    ]
    chart = bar_chart(
        years.labels, series, width=width, height=height, rows=years.margins, ascii=ascii
    )
    return (head, *chart, sentence([years.note] if years.note else [], width))


def _factor(years: Years) -> int:
    """What makes the bars of profit as tall as they can be beside those of revenue."""
    revenue = max((v for v in years.revenue if v is not None), default=0.0)
    profit = max((abs(v) for v in years.profit if v is not None), default=0.0)
    return next((f for f in _FACTORS if profit * f <= revenue), 1)


def _beside(left: Chart, right: Chart, width: int, gap: int) -> Chart:
    """Two charts side by side, the left one padded to its width."""
    lines = []
    for i in range(max(len(left), len(right))):
        first: list[Part] = list(left[i]) if i < len(left) else []
        used = sum(len(text) for text, _ in first)
        rest = right[i] if i < len(right) else ()
        lines.append((*first, (" " * (width - used + gap), ""), *rest))
    return tuple(lines)
