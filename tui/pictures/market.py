"""The state of the market as one picture: verdict, breadth, index with channel, rotation, table."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Final

from tui.market_text import channel_words, percent, ratio, share
from tui.pictures.frames import (
    MARGIN,
    WIDTH,
    Box,
    date_axis,
    foot,
    head,
    panel,
    price_range,
    value_axis,
)
from tui.pictures.prices import AVERAGE, price_chart
from tui.pictures.svg import (
    BAD,
    BAD_PALE,
    BLUE,
    GOLD,
    GOOD_PALE,
    INK,
    PANEL,
    QUIET,
    RULE,
    Svg,
    spread,
)

if TYPE_CHECKING:
    from screener.market.store import Market
    from screener.regime import MarketState
    from screener.regime.rotation import Rotation
    from screener.regime.state import SegmentState

_SESSIONS: Final = 250
_SHOWN: Final = ("large", "mid", "upper_small", "micro")
_TITLES: Final = {
    "large": "Large caps, 1–100",
    "mid": "Mid caps, 101–250",
    "small": "Small caps, 251 on",
    "upper_small": "Small caps, 251–500",
    "micro": "Micro caps, 501 on",
    "all": "All companies",
}
_HEADS: Final = (
    ("", "companies"), ("down 10 %", "or more"), ("20 % off", "the high"), ("over", "50 days"),
    ("over", "200 days"), ("median", "YTD"), ("median", "3 months"), ("median", "12 months"),
    ("profit", "TTM"), ("", "P/E"), ("forward", "P/E"), ("of cap", "covered"),
)  # fmt: skip
_COLOURS: Final = {"large": BLUE, "gold": GOLD, "silver": "#6b6f76", "new": "#7a3f8f"}
_DASHES: Final = {"large": "", "gold": "7 3", "silver": "2 3", "new": "9 3 2 3"}


def market_svg(market: Market, day: dt.date | None = None) -> str:
    """The state of that market, today or on an earlier day, as an SVG document."""
    from screener.regime import market_state

    state = market_state(market, day)
    title = f"State of the market on {state.day.isoformat()}"
    svg = Svg(WIDTH, 0, title, state.verdict.sentence)
    label_of = market.as_of(state.day).label
    y = head(svg, f"State of the market · {state.day:%d %b %Y}", state.verdict.sentence, label_of)
    wide, gap = WIDTH - 2 * MARGIN, 30
    _histograms(svg, Box(MARGIN, y + 14, wide, 240), state)
    half = (wide - gap) / 2
    top = y + 282
    tall = 380 if state.indices else 100
    _index(svg, Box(MARGIN, top, half, tall), market, state)
    _rotation(svg, Box(MARGIN + half + gap, top, half, tall), state)
    top += tall + 30
    _segments(svg, Box(MARGIN, top, wide, 240), state)
    svg.height = int(top + 290)
    foot(svg, label_of)
    return svg.render()


def _histograms(svg: Svg, box: Box, state: MarketState) -> None:
    note = (
        "How many companies had which return since the end of last year. The dark bars are losses "
        "of 10 % or more."
    )
    room = panel(svg, box, "Returns this year by size", note)
    gap = 28
    wide = (room.width - gap * (len(_SHOWN) - 1)) / len(_SHOWN)
    for at, key in enumerate(_SHOWN):
        one = state.segment(key)
        _histogram(svg, Box(room.x + at * (wide + gap), room.y + 6, wide, room.height - 6), one)


def _histogram(svg: Svg, box: Box, one: SegmentState) -> None:
    breadth = one.breadth
    svg.text(box.x, box.y + 14, _TITLES[one.key], size=13, bold=True)
    fell = breadth.fallers
    words = f"{fell.count:,} of {fell.of:,} down 10 % or more ({share(fell)})"
    svg.text(box.x, box.y + 31, words, size=12, fill=BAD, within=box.width)
    bins = breadth.histogram
    most = max((bin.count for bin in bins), default=0)
    floor, top = box.bottom - 20, box.y + 54
    if not most:
        svg.text(box.x, top + 30, "No prices.", size=12, fill=QUIET)
        return
    step = box.width / len(bins)
    for at, bin in enumerate(bins):
        tall = max((floor - top) * bin.count / most, 1.0 if bin.count else 0.0)
        upper = math.inf if bin.high is None else bin.high
        fill = BAD if upper <= -0.1 else BAD_PALE if upper <= 0 else GOOD_PALE
        x = box.x + at * step
        svg.rect(
            x + 1, floor - tall, step - 2, tall, fill, says=_bin_words(bin.low, bin.high, bin.count)
        )
        if bin.count:
            svg.text(x + step / 2, floor - tall - 3, f"{bin.count:,}", size=9.5, fill=QUIET,
                     anchor="middle")  # fmt: skip
        if bin.high in (-0.5, -0.3, -0.1, 0.1, 0.3) or bin.high == 0:
            mark = percent(bin.high, 0, sign=True).replace(" %", "") if bin.high else "0"
            svg.text(x + step, floor + 14, mark, size=10, fill=QUIET, anchor="middle")
    svg.text(box.right, floor + 14, "%", size=10, fill=QUIET, anchor="end")
    svg.line((box.x, floor), (box.right, floor), INK)


def _bin_words(low: float, high: float | None, count: int) -> str:
    upper = f"to {percent(high, 0, sign=True)}" if high is not None else "and more"
    return f"{percent(low, 0, sign=True)} {upper}: {count:,} companies"


def _index(svg: Svg, box: Box, market: Market, state: MarketState) -> None:
    """The small-cap index over a year with its average and its channel."""
    index = state.index("small") or (state.indices[0] if state.indices else None)
    if index is None:
        panel(svg, box, "Index", "No index prices were gathered.")
        return
    found = index.channel
    note = channel_words(found) if found else "too few sessions for a channel."
    title = f"{index.name}: {index.close:,.0f}"
    room = panel(svg, box, title, note[0].upper() + note[1:])
    days, closes = closes_of(market, index.name, state.day)
    price_chart(svg, room, days, closes, found, sessions=_SESSIONS)


def closes_of(market: Market, name: str, day: dt.date) -> tuple[list[dt.date], list[float]]:
    """An index's days and closes up to a day, the oldest first."""
    import polars as pl

    wanted = (pl.col("index") == name) & (pl.col("date") <= day) & (pl.col("close") > 0)
    rows = (
        market.table("indices").filter(wanted).unique("date", keep="last").sort("date")
        .select("date", "close").tail(_SESSIONS + AVERAGE).collect()
    )  # fmt: skip
    return rows["date"].to_list(), rows["close"].to_list()


def _rotation(svg: Svg, box: Box, state: MarketState) -> None:
    """Small caps over each other asset through a year, 100 at its start."""
    note = "The small-cap index divided by each of the others, week by week; 100 a year ago."
    room = panel(svg, box, "Small caps against …", note)
    lines = [(one, rebased(one)) for one in state.rotation]
    drawn = [(one, values) for one, values in lines if sum(v is not None for v in values) > 1]
    if not drawn:
        svg.text(room.x, room.y + 14, f"{state.rotation[0].missing}.".capitalize(), size=12)
        return
    legend = room.y + 12
    for one, _ in lines:
        words = one.missing or (
            f"{percent(math.expm1(one.change or 0), 1, sign=True)} in 13 weeks"
            + (f", z {one.z:+.1f}".replace("-", "−") if one.z is not None else "")
        )
        colour = _COLOURS[one.key]
        svg.line((room.x, legend - 4), (room.x + 26, legend - 4), colour, 2, _DASHES[one.key])
        svg.text(room.x + 34, legend, one.title, size=12, bold=True)
        svg.text(room.x + 130, legend, words, size=12, fill=QUIET)
        svg.text(room.x + 350, legend, one.other, size=12, fill=QUIET, within=box.width - 350)
        legend += 18
    plot = Box(room.x + 36, legend + 8, room.width - 36 - 84, room.bottom - 28 - legend - 8)
    known = [v for _, values in drawn for v in values if v is not None]
    low, high, log = price_range([*known, 100.0])
    scale = value_axis(svg, plot, low, high, log=log)
    weeks = max(len(values) for _, values in drawn)
    start = state.day - dt.timedelta(weeks=weeks - 1)
    along = date_axis(svg, plot, start, state.day)
    svg.line((plot.x, scale(100)), (plot.right, scale(100)), QUIET)
    ends: list[tuple[float, str, str]] = []
    for one, values in drawn:
        points = [
            None if v is None else (along((start + dt.timedelta(weeks=at)).toordinal()), scale(v))
            for at, v in enumerate(values)
        ]
        svg.path(points, _COLOURS[one.key], 1.8, _DASHES[one.key])
        last = next(v for v in reversed(values) if v is not None)
        ends.append((scale(last) + 4, one.title, _COLOURS[one.key]))
    places = spread([y for y, _, _ in ends], 14, plot.y + 6, plot.bottom)
    for (_, words, fill), y in zip(ends, places, strict=True):
        svg.text(plot.right + 6, y, words, size=11, fill=fill)


def rebased(one: Rotation) -> list[float | None]:
    """The ratio from the oldest week to now, 100 at the first that is known."""
    weekly = list(reversed(one.weekly))
    first = next((v for v in weekly if v is not None), None)
    return [None if v is None or first is None else 100 * math.exp(v - first) for v in weekly]


def _segments(svg: Svg, box: Box, state: MarketState) -> None:
    """The table of segments."""
    room = panel(svg, box, "By size")
    first = 170.0
    step = (room.width - first) / len(_HEADS)
    y = room.y + 12
    for at, (upper, lower) in enumerate(_HEADS, 1):
        right = room.x + first + at * step - 2
        svg.text(right, y, upper, size=11, fill=QUIET, anchor="end", within=step)
        svg.text(right, y + 14, lower, size=11, fill=QUIET, anchor="end", within=step)
    y += 14
    for number, one in enumerate(state.sizes):
        y += 26
        if number % 2 == 0:
            svg.rect(room.x, y - 17, room.width, 25, PANEL)
        indent = 16 if one.key in ("upper_small", "micro") else 6
        svg.text(room.x + indent, y, _TITLES[one.key], size=12.5, bold=indent == 6)
        for at, words in enumerate(_segment_cells(one), 1):
            fell = at == 2
            svg.text(room.x + first + at * step - 2, y, words, size=12.5, anchor="end",
                     fill=BAD if fell else INK)  # fmt: skip
    svg.line((room.x, y + 9), (room.right, y + 9), RULE)


def _segment_cells(one: SegmentState) -> tuple[str, ...]:
    b, e, v = one.breadth, one.earnings, one.valuation
    spans = [b.over(span) for span in ("ytd", "3m", "1y")]
    return (
        f"{b.priced:,}", share(b.fallers), share(b.below_high[0]), share(b.above_50),
        share(b.above_200), *(percent(s.median if s else None, sign=True) for s in spans),
        percent(e.growth if e else None, sign=True), ratio(v.trailing if v else None),
        ratio(v.forward if v else None), percent(v.coverage if v else None, 0),
    )  # fmt: skip
