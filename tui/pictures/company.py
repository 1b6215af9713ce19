"""A company as one picture: price, ten years, margins, peers, and what every screen says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.company_page import margin, margins
from tui.company_text import SIGNS, WORDS
from tui.format import period, quantity
from tui.market_text import channel_words
from tui.pictures.frames import MARGIN, WIDTH, Box, bars, foot, head, panel, signed, value_axis
from tui.pictures.prices import price_chart
from tui.pictures.svg import BAD, BLUE, GOLD, INK, PANEL, QUIET, RULE, Svg, spread, text_width

if TYPE_CHECKING:
    from tui.company_page import CompanyPage, Figure, Standing

_SESSIONS: Final = 500
_GAP: Final = 30
_FILLS: Final = {"pass": BLUE, "fail": BAD, "unknown": GOLD, "outside": QUIET}
_ROW: Final = 24
_SHORT: Final = {
    "market_cap": "Market cap", "current_price": "Price", "pe": "P/E", "pb": "P/B", "roce": "ROCE",
    "debt_to_equity": "Debt to equity", "sales_growth_3_years": "Sales, 3 years",
    "dividend_yield": "Dividend yield", "drawdown_52w": "Off 52w high", "ev_ebitda": "EV/EBITDA",
}  # fmt: skip
_BRIEF: Final = WORDS | {"outside": "not judged"}


def company_svg(page: CompanyPage) -> str:
    """The page of a company as an SVG document."""
    title = f"{page.name} ({page.symbol}) on {page.market_date.isoformat()}"
    passed = [one.title for one in page.standings if one.verdict == "pass"]
    about = f"{title}. Passes: {', '.join(passed) or 'no saved screen'}."
    svg = Svg(WIDTH, 0, title, about)
    y = head(svg, page.label, f"{page.name} ({page.symbol})", " · ".join(page.identity))
    y = _figures(svg, y + 6, page.figures)
    wide = WIDTH - 2 * MARGIN
    half = (wide - _GAP) / 2
    left, right = MARGIN, MARGIN + half + _GAP
    note = channel_words(page.channel) if page.channel else "too few sessions for a channel."
    close = f"{page.closes[-1]:,.2f}" if page.closes else "–"
    room = panel(svg, Box(left, y, wide, 370), f"Price, adjusted: ₹ {close}",
                 note[0].upper() + note[1:])  # fmt: skip
    price_chart(svg, room, page.days, page.closes, page.channel, sessions=_SESSIONS)
    y += 390
    _years(svg, Box(left, y, half, 230), page, "sales", "Sales, ₹ crore", BLUE)
    _years(svg, Box(right, y, half, 230), page, "net_profit", "Net profit, ₹ crore", BLUE)
    y += 250
    _margins(svg, Box(left, y, half, 250), page)
    _peers(svg, Box(right, y, half, 250), page)
    y += 275
    y = _standings(svg, y, wide, page.standings)
    svg.height = int(y + 60)
    foot(svg, page.label)
    return svg.render()


def _figures(svg: Svg, y: float, figures: Sequence[Figure]) -> float:
    step = (WIDTH - 2 * MARGIN) / max(len(figures), 1)
    for at, one in enumerate(figures):
        x = MARGIN + at * step
        name = _SHORT.get(one.key, one.name)
        svg.text(x, y + 14, name, size=11, fill=QUIET, within=step - 10)
        said = signed(quantity(one.value, one.unit))
        size = min(16.0, 16 * (step - 10) / (1.1 * text_width(said, 16)))
        svg.text(x, y + 34, said, size=size, bold=True)
    return y + 62


def _years(svg: Svg, box: Box, page: CompanyPage, line: str, title: str, fill: str) -> None:
    room = panel(svg, box, title, "" if page.years else "No annual reports on file.")
    names = [period(one.end) for one in page.years]
    if names:
        bars(svg, room, names, [one.figures.get(line) for one in page.years], fill)


def _margins(svg: Svg, box: Box, page: CompanyPage) -> None:
    """Operating and net margin through the years."""
    room = panel(svg, box, "Margins, % of sales", "")
    named = (
        ("operating", "operating_profit", BLUE, ""),
        ("net", "net_profit", GOLD, "6 3"),
    )
    lines = [(name, [margin(p, line) for p in page.years], colour, dash)
             for name, line, colour, dash in named if line in margins(page)]  # fmt: skip
    known = [v for _, values, _, _ in lines for v in values if v is not None]
    if len(page.years) < 2 or not known:
        svg.text(room.x, room.y + 30, "No margins can be computed.", size=12, fill=QUIET)
        return
    plot = Box(room.x + 40, room.y + 12, room.width - 40 - 100, room.height - 40)
    low, high = min(0.0, *known), max(0.0, *known)
    scale = value_axis(svg, plot, low, high + (high - low) * 0.05)
    step = plot.width / (len(page.years) - 1)
    for at, one in enumerate(page.years):
        x = plot.x + at * step
        if (len(page.years) - 1 - at) % (2 if len(page.years) > 7 else 1) == 0:
            svg.text(x, plot.bottom + 17, period(one.end), size=11, fill=QUIET, anchor="middle")
    ends = []
    for name, values, colour, dash in lines:
        points = [None if v is None else (plot.x + at * step, scale(v))
                  for at, v in enumerate(values)]  # fmt: skip
        svg.path(points, colour, 2, dash)
        last = next((p for p in reversed(points) if p is not None), None)
        if last is not None:
            shown = next(v for v in reversed(values) if v is not None)
            ends.append((last[1] + 4, f"{name} {shown:.1f}".replace("-", "−"), colour))
    places = spread([y for y, _, _ in ends], 14, plot.y + 6, plot.bottom)
    for (_, words, fill), y in zip(ends, places, strict=True):
        svg.text(plot.right + 8, y, words, size=11, fill=fill)


def _peers(svg: Svg, box: Box, page: CompanyPage) -> None:
    """Own figure and the peers' median as two marks on a line, measure by measure."""
    report = page.peers
    note = (
        f"{report.level} {report.group}, {report.count:,} others; the tick is their median"
        if report.level
        else report.none_because
    )
    room = panel(svg, box, "Against its peers", note)
    rows = [one for one in report.comparisons if one.value is not None or one.median is not None]
    y = room.y + 44
    x, wide = room.x + 150, room.width - 150 - 240
    for one in rows[:7]:
        svg.text(room.x, y + 4, _SHORT.get(one.field, one.name), size=12.5, within=145)
        svg.line((x, y), (x + wide, y), RULE)
        ends = [v for v in (one.value, one.median) if v is not None]
        low, high = min(0.0, *ends), max(0.0, *ends) * 1.1 or 1.0

        def at(value: float, low: float = low, high: float = high) -> float:
            return x + wide * (value - low) / ((high - low) or 1.0)

        if one.median is not None:
            svg.line((at(one.median), y - 8), (at(one.median), y + 8), INK, 2)
        if one.value is not None:
            svg.dot(at(one.value), y, 5, BLUE)
        own, median = (signed(quantity(v, one.unit)) for v in (one.value, one.median))
        svg.text(x + wide + 76, y + 4, own, size=12, bold=True, anchor="end")
        svg.text(x + wide + 156, y + 4, median, size=12, fill=QUIET, anchor="end")
        if one.premium is not None:
            words = f"{one.premium:+,.0f} %".replace("-", "−")
            svg.text(room.right, y + 4, words, size=12, fill=QUIET, anchor="end")
        y += 36
    if rows:
        for right, words in ((76, "own"), (156, "peers"), (240, "premium")):
            svg.text(x + wide + right, room.y + 20, words, size=11, fill=QUIET, anchor="end")


def _standings(svg: Svg, y: float, wide: float, standings: Sequence[Standing]) -> float:
    """Every saved screen's verdict, in three columns; gives where it ends."""
    columns = 3
    rows = -(-len(standings) // columns)
    room = panel(svg, Box(MARGIN, y, wide, 30 + rows * _ROW), "What the screens say")
    step = room.width / columns
    for number, one in enumerate(standings):
        x = room.x + (number // max(rows, 1)) * step
        at = room.y + 18 + (number % max(rows, 1)) * _ROW
        if number % max(rows, 1) % 2 == 0:
            svg.rect(x, at - 16, step - 14, _ROW - 1, PANEL)
        fill = _FILLS[one.verdict]
        svg.text(x + 6, at, SIGNS[one.verdict], size=14, fill=fill, bold=True)
        svg.text(x + 26, at, one.title, size=12.5, within=step - 135)
        svg.text(x + step - 20, at, _BRIEF[one.verdict], size=12, fill=fill, anchor="end")
    return room.y + rows * _ROW + 14
