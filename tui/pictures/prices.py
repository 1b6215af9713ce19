"""A price through time with its 200-session average and its channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.pictures.frames import Box, date_axis, price_range, value_axis
from tui.pictures.svg import BLUE, GOLD, QUIET, Scale, Svg, spread

if TYPE_CHECKING:
    from screener.regime.channel import Channel

AVERAGE: Final = 200
_LABELS: Final = 70  # room for the labels at the right, and that of the axis at the left


def price_chart(
    svg: Svg,
    box: Box,
    days: Sequence[dt.date],
    closes: Sequence[float],
    channel: Channel | None,
    *,
    sessions: int,
) -> None:
    """The last `sessions` of the closes; earlier ones only feed the average."""
    if len(days) < 2:
        svg.text(box.x, box.y + 30, "There are no prices to draw.", size=12, fill=QUIET)
        return
    plot = Box(box.x + 52, box.y + 14, box.width - 52 - _LABELS, box.height - 42)
    average = averages(closes, AVERAGE)[-sessions:]
    days, closes = days[-sessions:], closes[-sessions:]
    bands = channel_bands(channel, len(days)) if channel is not None else []
    levels = _levels(channel)
    values = [*closes, *(v for v in average if v is not None), *levels.values()]
    values += [v for band in bands for v in band if v is not None]
    low, high, log = price_range(values)
    scale = value_axis(svg, plot, low, high, log=log)
    along = date_axis(svg, plot, days[0], days[-1])
    xs = [along(day.toordinal()) for day in days]

    def line(values: Sequence[float | None], colour: str, width: float, dash: str = "") -> None:
        points = [None if v is None else (x, scale(v)) for x, v in zip(xs, values, strict=True)]
        svg.path(points, colour, width, dash)

    for band, dash in zip(bands, ("", "5 4", "5 4"), strict=False):
        line(band, GOLD, 1.2, dash)
    line(average, QUIET, 1.3, "2 3")
    line(closes, BLUE, 1.8)
    if "one below" in levels:
        y = scale(levels["one below"])
        svg.line((plot.x, y), (plot.right, y), GOLD, 1, "1 4")
    named = {f"{closes[-1]:,.0f}": (closes[-1], BLUE)}
    named |= {words: (level, GOLD) for words, level in levels.items()}
    if average[-1] is not None:
        named["200 days"] = (average[-1], QUIET)
    _write(svg, plot, scale, named)


def _write(svg: Svg, plot: Box, scale: Scale, named: dict[str, tuple[float, str]]) -> None:
    places = spread([scale(v) + 4 for v, _ in named.values()], 14, plot.y + 6, plot.bottom)
    for (words, (_, fill)), y in zip(named.items(), places, strict=True):
        svg.text(plot.right + 6, y, words, size=11, fill=fill)


def _levels(channel: Channel | None) -> dict[str, float]:
    if channel is None or channel.base is None or channel.target is None:
        return {}
    return {"base": channel.base, "one below": channel.target}


def averages(closes: Sequence[float], sessions: int) -> list[float | None]:
    """The mean of that many closes up to each; None where there are fewer."""
    out: list[float | None] = []
    total = 0.0
    for at, close in enumerate(closes):
        total += close - (closes[at - sessions] if at >= sessions else 0.0)
        out.append(total / sessions if at >= sessions - 1 else None)
    return out


def channel_bands(channel: Channel, sessions: int) -> list[list[float | None]]:
    """Middle and bands of a channel at each of the last sessions; None before it starts.

    Empty where the closes make no channel.
    """
    if channel.middle is None or channel.upper is None or channel.lower is None:
        return []
    back = range(sessions - 1, -1, -1)
    return [
        [level * (1 + channel.slope) ** -n if n < channel.sessions else None for n in back]
        for level in (channel.middle, channel.upper, channel.lower)
    ]
