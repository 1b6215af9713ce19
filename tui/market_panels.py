"""The state of the market as panels: tables of segments and indices, each row with its drawing."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.charts import Bars, Chart, Curve, Level, bar_chart, line_chart
from tui.charts.bins import bin_chart
from tui.charts.text import heading
from tui.format import UNKNOWN, plain
from tui.market_text import channel_words, percent, premium_lines, ratio, share
from tui.panels import Panel, beside, folded, shortened, text_rows

if TYPE_CHECKING:
    from screener.market.store import Market
    from screener.regime import MarketState
    from screener.regime.breadth import Bin
    from screener.regime.state import IndexState, SegmentState

SPANS: Final = (("ytd", "YTD"), ("1m", "1m"), ("3m", "3m"), ("6m", "6m"), ("1y", "12m"))
SESSIONS: Final = 250
AVERAGE: Final = 200
TWO_BESIDE: Final = 120  # cells from which two histograms stand next to each other
SMALL: Final = 2  # the row of the small caps among the segments
DECLINING: Final = ("small", "mid", "large")
_SHORT: Final = {"large": "Large", "mid": "Mid", "small": "Small", "upper_small": "251–500",
                 "micro": "501 on", "all": "All"}  # fmt: skip
_STYLES: Final = ("$secondary", "$open", "$accent")
_DASHES: Final = {"large": (1, 0), "gold": (4, 2), "silver": (2, 2), "new": (5, 1)}
_LINE_STYLES: Final = {"large": "$secondary", "gold": "$accent", "silver": "$quiet",
                       "new": "$open"}  # fmt: skip

Closes = Mapping[str, tuple[list[dt.date], list[float]]]


def market_panels(market: Market, state: MarketState) -> tuple[Panel, ...]:
    """The tabs of the market page; to be called in a thread, for it reads the indices."""
    return (
        breadth_panel(state),
        returns_panel(state),
        index_panel(state, closes_of_all(market, state.day)),
        rotation_panel(state),
        decliners_panel(market, state),
        causes_panel(state),
        earnings_panel(state),
        valuation_panel(state),
    )


def _segments(state: MarketState) -> tuple[SegmentState, ...]:
    return (*state.sizes, *state.memberships)


def _title(one: SegmentState) -> str:
    return plain(one.title, 24)


# breadth


def breadth_panel(state: MarketState) -> Panel:
    """How many fell and how far, by segment; below it the returns of the segment's companies."""
    segments = _segments(state)
    cells = [
        (_title(one), percent(b.fallers.share, 0), f"{b.fallers.count:,}", f"{b.priced:,}",
         *(share(s) for s in b.below_high), share(b.above_50), share(b.above_200),
         f"{b.advances:,}", f"{b.declines:,}", percent(b.median_drawdown))
        for one in segments for b in (one.breadth,)
    ]  # fmt: skip
    heads = (("", "Segment"), ("−10 %", "YTD"), ("", "Number"), ("of", "priced"),
             ("≥20 %", "off"), ("≥30 %", "off"), ("≥50 %", "off"), ("over", "50 d"),
             ("over", "200 d"), ("", "Up"), ("", "Down"), ("Median", "off high"))  # fmt: skip
    rows, draw = text_rows(heads, cells), partial(_draw_breadth, segments)
    return Panel("Breadth", rows, draw=draw, start=SMALL)


def _draw_breadth(
    segments: Sequence[SegmentState], row: int, width: int, height: int, ascii: bool
) -> Chart:
    one = segments[min(row, len(segments) - 1)]
    b = one.breadth
    fell = f"{b.fallers.count:,} of {b.fallers.of:,} down 10 % or more"
    half = (width - 3) // 2 if width >= TWO_BESIDE else width
    title = f"{plain(one.title).lstrip('– ').capitalize()}: returns this year"
    left = (heading(title, fell, half), *_bins(b.histogram, half, height - 1, ascii))
    if half == width:
        return left
    about = f"median {percent(b.median_drawdown)}"
    right = (
        heading("From the 52-week high", about, half),
        *_bins(b.drawdowns, half, height - 1, ascii),
    )
    return beside(left, right, half)


def _bins(bins: Sequence[Bin], width: int, height: int, ascii: bool) -> Chart:
    edges = [percent(bin.low, 0, sign=True).replace(" ", "") for bin in bins]
    if bins and bins[-1].high is not None:
        edges.append(percent(bins[-1].high, 0, sign=True).replace(" ", ""))
    styles = [_bin_style(bin) for bin in bins]
    counts = [bin.count for bin in bins]
    return bin_chart(counts, edges, styles, width=width, height=min(height, 20), ascii=ascii)


def _bin_style(bin: Bin) -> str:
    if bin.high is None or bin.high > 0:
        return "$good"
    return "$bad" if bin.high <= -0.1 else "$bad 60%"


# returns


def returns_panel(state: MarketState) -> Panel:
    """Median return of the companies by span, calendar years last."""
    segments = _segments(state)
    found = [{r.span: r for r in one.breadth.returns} for one in segments]
    years = sorted(
        {span for each in found for span, r in each.items()
         if span.isdigit() and r.median is not None}, reverse=True
    )  # fmt: skip
    spans = [*(key for key, _ in SPANS), *years]
    cells = []
    for one, each in zip(segments, found, strict=True):
        medians = (each[s].median if s in each else None for s in spans)
        weighted = each["ytd"].weighted if "ytd" in each else None
        cells.append(
            (_title(one), *(percent(m, sign=True) for m in medians), percent(weighted, sign=True))
        )
    heads = (("", "Segment"), *(("", title) for _, title in SPANS), *(("", y) for y in years),
             ("YTD", "by cap"))  # fmt: skip
    notes = ((("Median return of the segment's companies; the last column weighs by size.",
               "$quiet"),),)  # fmt: skip
    draw = partial(_draw_returns, state, [*SPANS, *((y, y) for y in years)])
    return Panel("Returns", text_rows(heads, cells), draw=draw if cells else None, notes=notes)


def _draw_returns(
    state: MarketState,
    spans: Sequence[tuple[str, str]],
    row: int,
    width: int,
    height: int,
    ascii: bool,
) -> Chart:
    def of(key: str) -> list[float | None]:
        found = {r.span: r.median for r in state.segment(key).breadth.returns}
        return [None if found.get(s) is None else 100 * (found[s] or 0.0) for s, _ in spans]

    series = [
        Bars(name, of(key), style)
        for (key, name), style in zip(
            (("large", "large caps"), ("mid", "mid caps"), ("small", "small caps")),
            _STYLES,
            strict=True,
        )
    ]
    chart = bar_chart(
        [title for _, title in spans], series, width=width, height=min(height - 1, 24), ascii=ascii
    )
    return (heading("Median return by size", "percent", width), *chart)


# indices


def closes_of_all(market: Market, day: dt.date) -> Closes:
    """Every index's days and closes up to a day, the oldest first."""
    import polars as pl

    first = day - dt.timedelta(days=2 * 366)
    wanted = (pl.col("date") <= day) & (pl.col("date") > first) & (pl.col("close") > 0)
    rows = (
        market.table("indices").filter(wanted).select("index", "date", "close")
        .unique(("index", "date"), keep="last", maintain_order=True).sort("index", "date").collect()
    )  # fmt: skip
    parts = rows.partition_by("index", as_dict=True)
    return {
        str(key[0]): (part["date"].to_list(), part["close"].to_list())
        for key, part in parts.items()
    }


def index_panel(state: MarketState, closes: Closes) -> Panel:
    """Level, returns and averages of each index; below it the index with its channel."""
    years = sorted(
        {
            s
            for one in state.indices
            for s, v in one.returns.items()
            if s.isdigit() and v is not None
        },
        reverse=True,
    )
    spans = [*(key for key, _ in SPANS), *years]
    cells = [
        (plain(one.name, 22), f"{one.close:,.1f}",
         *(percent(one.returns.get(s), sign=True) for s in spans), percent(one.from_high),
         UNKNOWN if one.above_200 is None else "above" if one.above_200 else "below",
         ratio(one.pe), UNKNOWN if one.distribution_days is None else str(one.distribution_days))
        for one in state.indices
    ]  # fmt: skip
    heads = (("", "Index"), ("", "Close"), *(("", t) for _, t in SPANS), *(("", y) for y in years),
             ("Off", "high"), ("200-day", "average"), ("", "P/E"), ("Distr.", "days"))  # fmt: skip
    draw = partial(_draw_index, state.indices, closes) if cells else None
    empty = "No index prices were gathered."
    return Panel("Index", text_rows(heads, cells), draw=draw, empty=empty)


def _draw_index(
    indices: Sequence[IndexState], closes: Closes, row: int, width: int, height: int, ascii: bool
) -> Chart:
    from tui.pictures.prices import averages, channel_bands

    one = indices[min(row, len(indices) - 1)]
    days, values = closes.get(one.name, ([], []))
    average = averages(values, AVERAGE)[-SESSIONS:]
    days, values = days[-SESSIONS:], values[-SESSIONS:]
    found = one.channel
    curves = [
        Curve("close", values, "$secondary"),
        Curve("200-day average", average, "$open", 2, 2),
    ]
    levels = []
    if found is not None and (bands := channel_bands(found, len(days))):
        name = "channel" if found.direction == "flat" else f"{found.direction} channel"
        curves += [Curve(name, bands[1], "$accent", 1, 1), Curve("", bands[2], "$accent", 1, 1)]
        if found.base is not None and found.target is not None:
            levels = [
                Level(found.base, f"base {found.base:,.0f}", "$accent"),
                Level(found.target, f"one below {found.target:,.0f}", "$accent"),
            ]
    words = channel_words(found) if found is not None else "too few sessions for a channel."
    told = shortened(
        folded(words[:1].upper() + words[1:], width - 2, "$quiet"), max(height - 10, 1)
    )
    tall = min(height - 1 - len(told), 30)
    chart = line_chart(days, curves, width=width, height=tall, levels=levels, ascii=ascii)
    return (heading(plain(one.name), f"a year to {one.date:%d %b %Y}", width), *chart, *told)


# rotation


def rotation_panel(state: MarketState) -> Panel:
    """Small caps against each other asset, as figures and as lines."""
    cells = []
    for one in state.rotation:
        change = None if one.change is None else math.expm1(one.change)
        z = UNKNOWN if one.z is None else f"{one.z:+.1f}".replace("-", "−")
        cells.append(
            (one.title, percent(change, sign=True), z, plain(one.missing or one.other, 50))
        )
    heads = (
        ("Small caps", "against"),
        ("In 13", "weeks"),
        ("z of 52", "weeks"),
        ("", "Measured by"),
    )
    notes = ((("Below zero the small caps lose against it; z tells how unusual that is.",
               "$quiet"),),)  # fmt: skip
    rows = text_rows(heads, cells, left=(0, 3))
    return Panel("Rotation", rows, draw=partial(_draw_rotation, state), notes=notes)


def _draw_rotation(state: MarketState, row: int, width: int, height: int, ascii: bool) -> Chart:
    from tui.pictures.market import rebased

    lines = [(one, rebased(one)) for one in state.rotation]
    drawn = [(one, values) for one, values in lines if sum(v is not None for v in values) > 1]
    about = "the small-cap index divided by each of the others, 100 a year ago"
    head = heading("Small caps against …", about, width)
    if not drawn:
        return (head, *folded("No lines: the index prices to divide are not on file.", width))
    here = state.rotation[min(row, len(state.rotation) - 1)].key
    drawn.sort(key=lambda pair: pair[0].key != here)  # the first is drawn over the others
    weeks = max(len(values) for _, values in drawn)
    days = [state.day - dt.timedelta(weeks=weeks - 1 - at) for at in range(weeks)]
    curves = [
        Curve(one.title, values, _LINE_STYLES[one.key], *_DASHES[one.key]) for one, values in drawn
    ]
    levels = [Level(100.0, "100", "$faint")]
    tall = min(height - 1, 30)
    return (head, *line_chart(days, curves, width=width, height=tall, levels=levels, ascii=ascii))


# decliners


def decliners_panel(market: Market, state: MarketState) -> Panel:
    """The worst companies of each size with what goes with the fall; Enter opens one."""
    isins = dict(market.companies.select("symbol", "isin").iter_rows())
    cells: list[tuple[str, ...]] = []
    opens: list[str] = []
    tones: list[str] = []
    for key in DECLINING:
        segment = state.segment(key)
        if not segment.worst:
            continue
        cells.append((plain(segment.title.partition(" (")[0], 14), "", "", "", ""))
        opens.append("")
        tones.append("heading")
        for one in segment.worst:
            words = "; ".join(cause.words for cause in one.causes)
            weak = words or ("nothing weak in its figures" if one.judged else "no figures to judge")
            cells.append((plain(one.symbol, 14), percent(one.this_year), percent(one.from_high),
                          plain(weak, 90), plain(one.name, 34)))  # fmt: skip
            opens.append(isins.get(one.symbol, ""))
            tones.append("")
    heads = (("", "Company"), ("", "YTD"), ("Off", "high"), ("", "What goes with it"), ("", "Name"))
    rows = text_rows(heads, cells, left=(0, 3, 4), tones=tones, most=90)
    return Panel("Decliners", rows, tuple(opens), empty="No company fell this year.")


def causes_panel(state: MarketState) -> Panel:
    """How common each weakness is among the small caps that fell and among the others."""
    small = state.segment("small")
    known = [c for c in small.causes if c.fallers.of and c.others.of]
    cells = [
        (c.title, share(c.fallers), share(c.others), f"{c.fallers.of + c.others.of:,}")
        for c in known
    ]
    heads = (("", "Weakness"), ("of those", "down 10 %"), ("of the", "others"), ("", "Judged"))
    notes = (
        (("Small caps with each weakness: of those down 10 % or more this year, and of the others.",
          "$quiet"),),
    )  # fmt: skip

    def draw(row: int, width: int, height: int, ascii: bool) -> Chart:
        series = [
            Bars("down 10 % or more", [_points(c.fallers.share) for c in known], "$bad"),
            Bars("others", [_points(c.others.share) for c in known], "$secondary"),
        ]
        labels = [c.key for c in known]
        tall = min(height - 1, 24)
        chart = bar_chart(labels, series, width=width, height=tall, ascii=ascii)
        return (heading("Weaknesses among small caps", "percent of each", width), *chart)

    return Panel("Causes", text_rows(heads, cells), draw=draw if cells else None, notes=notes)


def _points(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


# earnings and valuation


def earnings_panel(state: MarketState) -> Panel:
    """Growth of trailing profit, and estimates raised and lowered with their coverage."""
    known = [(one, one.earnings) for one in _segments(state) if one.earnings is not None]
    cells = [
        (_title(one), percent(e.growth, sign=True), percent(e.median_growth, sign=True),
         share(e.growing), f"{e.raised:,}", f"{e.lowered:,}",
         f"{e.covered.count:,} of {e.covered.of:,}", percent(e.expected_growth, sign=True))
        for one, e in known
    ]  # fmt: skip
    heads = (("", "Segment"), ("Profit", "TTM"), ("Median", "company"), ("", "Growing"),
             ("Estimates", "raised"), ("", "lowered"), ("With", "estimates"),
             ("Next", "year"))  # fmt: skip
    sizes = [(one, e) for one, e in known if one.key in _SHORT]

    def draw(row: int, width: int, height: int, ascii: bool) -> Chart:
        labels = [_SHORT[one.key] for one, _ in sizes]
        series = [
            Bars("profit of all, TTM", [_points(e.growth) for _, e in sizes], "$secondary"),
            Bars("median company", [_points(e.median_growth) for _, e in sizes], "$accent"),
        ]
        tall = min(height - 1, 24)
        chart = bar_chart(labels, series, width=width, height=tall, ascii=ascii)
        return (heading("Growth of profit on the year before", "percent", width), *chart)

    return Panel(
        "Earnings", text_rows(heads, cells), draw=draw if cells else None, empty=_NO_STATEMENTS
    )


_NO_STATEMENTS: Final = "No statements were gathered."


def valuation_panel(state: MarketState) -> Panel:
    """Trailing and forward P/E with the coverage of the latter, and the premium of small caps."""
    known = [(one, one.valuation) for one in _segments(state) if one.valuation is not None]
    cells = [
        (_title(one), ratio(v.trailing), ratio(v.median), share(v.loss_makers), ratio(v.forward),
         ratio(v.forward_median), f"{v.covered.count:,} of {v.covered.of:,}", percent(v.coverage))
        for one, v in known
    ]  # fmt: skip
    heads = (("", "Segment"), ("", "P/E"), ("Median", "company"), ("In", "loss"),
             ("Forward", "P/E"), ("Median", "forward"), ("With", "estimates"),
             ("of market", "cap"))  # fmt: skip
    sizes = [(one, v) for one, v in known if one.key in _SHORT]
    premium = " ".join(line.strip() for line in premium_lines(state))

    def draw(row: int, width: int, height: int, ascii: bool) -> Chart:
        labels = [_SHORT[one.key] for one, _ in sizes]
        series = [
            Bars("P/E", [v.trailing for _, v in sizes], "$secondary"),
            Bars("median company", [v.median for _, v in sizes], "$accent"),
            Bars("forward P/E", [v.forward for _, v in sizes], "$open"),
        ]
        told = shortened(folded(premium, width - 2, "$quiet"), max(height - 9, 0))
        tall = min(height - 1 - len(told), 24)
        chart = bar_chart(labels, series, width=width, height=tall, ascii=ascii)
        return (heading("P/E by size", "", width), *chart, *told)

    return Panel(
        "Valuation", text_rows(heads, cells), draw=draw if cells else None, empty=_NO_STATEMENTS
    )
