"""The state of the market in words: tables for the command line, the same as JSON."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from tui.format import UNKNOWN, plain

if TYPE_CHECKING:
    from screener.market.store import Market
    from screener.regime import MarketState
    from screener.regime.breadth import Bin, Share
    from screener.regime.channel import Channel
    from screener.regime.decliners import Decliner
    from screener.regime.rotation import Rotation
    from screener.regime.state import IndexState, SegmentState

_BAR: Final = 40
_SPANS: Final = (("ytd", "YTD"), ("1m", "1m"), ("3m", "3m"), ("6m", "6m"), ("1y", "12m"))
_DISTRIBUTION: Final = ((6, "many"), (4, "caution"), (0, "normal"))
_NAME: Final = 28

Row = Sequence[str]


def market_json(market: Market, day: dt.date | None) -> str:
    """The state of the market as JSON; fractions, not percent."""
    from screener.regime import as_json, market_state

    state = market_state(market, day)
    label = _label(market, day)
    data = {"market": label, "fictional": market.is_demo, **as_json(state)}
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)


def market_text(market: Market, day: dt.date | None) -> str:
    """The state of the market as text, the verdict on top."""
    from screener.regime import market_state

    verdict, _, rest = state_text(market_state(market, day)).partition("\n")
    return f"{verdict}\n{_label(market, day)}\n{rest}"


def _label(market: Market, day: dt.date | None) -> str:
    return market.label if day is None else market.as_of(day).label


def state_text(state: MarketState) -> str:
    """The same of a state that was made already."""
    small = state.segment("small")
    parts = [
        [state.verdict.sentence, session_line(state)],
        _titled("Breadth", breadth_lines(state.sizes)),
        _titled("Median return of companies", return_lines(state.sizes)),
        _titled("Returns this year, small caps", histogram_lines(small.breadth.histogram)),
        _titled("From the 52-week high, small caps", histogram_lines(small.breadth.drawdowns)),
        _titled("Earnings", earnings_lines(state.sizes)),
        _titled("Valuation", [*valuation_lines(state.sizes), *premium_lines(state)]),
        _titled("Indices", index_lines(state.indices)),
        _titled("Channels", channel_lines(state.indices)),
        _titled("Small caps against …", rotation_lines(state.rotation)),
        _titled("Breadth by index", breadth_lines(state.memberships)),
        _titled("Worst small caps this year", decliner_lines(small.worst)),
        _titled("Weaknesses among them", cause_lines(small)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def breadth_lines(segments: Iterable[SegmentState]) -> list[str]:
    """A line a segment: how many fell and how far, the averages, advances and declines."""
    rows = [_breadth_row(one) for one in segments]
    head = ("", "priced", "−10 % YTD", "", "≥20 % off", "≥30 %", "≥50 %", ">50 d", ">200 d",
            "up", "down", "median off high")  # fmt: skip
    return table(head, rows) if rows else []


def _breadth_row(one: SegmentState) -> Row:
    b = one.breadth
    return (
        plain(one.title), f"{b.priced:,}", f"{b.fallers.count:,}", share(b.fallers),
        *(share(s) for s in b.below_high), share(b.above_50), share(b.above_200),
        f"{b.advances:,}", f"{b.declines:,}", percent(b.median_drawdown),
    )  # fmt: skip


def return_lines(segments: Sequence[SegmentState]) -> list[str]:
    """Median company by span, calendar years last; years without any price are left out."""
    years = _years([[r.span for r in one.breadth.returns if r.median is not None]
                    for one in segments])  # fmt: skip
    spans = [*(key for key, _ in _SPANS), *years]
    rows = []
    for one in segments:
        found = {r.span: r for r in one.breadth.returns}
        ytd = found["ytd"]
        rows.append(
            (plain(one.title), *(percent(found[s].median, sign=True) for s in spans),
             percent(ytd.weighted, sign=True))
        )  # fmt: skip
    return table(("", *(title for _, title in _SPANS), *years, "YTD by cap"), rows)


def histogram_lines(bins: Sequence[Bin]) -> list[str]:
    """A bar for each bin."""
    most = max((bin.count for bin in bins), default=0)
    if not most:
        return []
    lines = []
    for bin in bins:
        upper = "" if bin.high is None else percent(bin.high, 0, sign=True)
        label = f"{percent(bin.low, 0, sign=True)} to {upper}" if upper else (
            f"over {percent(bin.low, 0, sign=True)}")  # fmt: skip
        width = math.ceil(_BAR * bin.count / most)
        lines.append(f"  {label:>18}  {bin.count:>5,}  {'█' * width}".rstrip())
    return lines


def earnings_lines(segments: Iterable[SegmentState]) -> list[str]:
    """Growth of trailing profit and revisions, with how many have estimates."""
    rows = []
    for one in segments:
        if (e := one.earnings) is None:
            continue
        rows.append(
            (plain(one.title), percent(e.growth, sign=True), percent(e.median_growth, sign=True),
             share(e.growing), f"{e.raised:,}", f"{e.lowered:,}",
             f"{e.covered.count:,} of {e.covered.of:,}", percent(e.expected_growth, sign=True))
        )  # fmt: skip
    head = ("", "profit TTM", "median", "growing", "raised", "lowered", "with estimates", "next FY")
    return table(head, rows) if rows else []


def valuation_lines(segments: Iterable[SegmentState]) -> list[str]:
    """Trailing and forward P/E with the coverage of the latter."""
    rows = []
    for one in segments:
        if (v := one.valuation) is None:
            continue
        rows.append(
            (plain(one.title), ratio(v.trailing), ratio(v.median), share(v.loss_makers),
             ratio(v.forward), ratio(v.forward_median),
             f"{v.covered.count:,} of {v.covered.of:,}", percent(v.coverage))
        )  # fmt: skip
    head = ("", "P/E", "median", "in loss", "fwd P/E", "median", "with estimates", "of cap")
    return table(head, rows) if rows else []


def premium_lines(state: MarketState) -> list[str]:
    """P/E of small over large caps, now and against its own history."""
    lines = []
    if (p := state.premium) is not None:
        median, forward = ratio(p.median), ratio(p.forward)
        lines.append(
            f"  Small caps cost {ratio(p.trailing)} × the P/E of large caps "
            f"(median company {median} ×, forward {forward} × on those with estimates)."
        )
    if (h := state.premium_history) is not None:
        lines.append(
            f"  {plain(h.small)} costs {ratio(h.now)} × {plain(h.large)} by the indices' own P/E: "
            f"more than on {percent(h.below, 0)} of {h.sessions:,} sessions"
        )
        lines.append(
            f"  since {h.first:%b %Y} (median {ratio(h.median)} ×, {ratio(h.low)} to "
            f"{ratio(h.high)} ×)."
        )
    return lines


def index_lines(indices: Sequence[IndexState]) -> list[str]:
    """Level, returns, averages, P/E and distribution days of each index."""
    if not indices:
        return ["  No index prices were gathered."]
    years = _years([[k for k, v in one.returns.items() if v is not None] for one in indices])
    spans = [*(key for key, _ in _SPANS), *years]
    rows = [
        (plain(one.name), f"{one.close:,.1f}",
         *(percent(one.returns[s], sign=True) for s in spans),
         percent(one.from_high), _side(one.above_200), ratio(one.pe),
         _distribution(one.distribution_days))
        for one in indices
    ]  # fmt: skip
    head = ("", "close", *(title for _, title in _SPANS), *years, "off high", "200 d", "P/E",
            "distribution days")  # fmt: skip
    return table(head, rows)


def channel_lines(indices: Iterable[IndexState]) -> list[str]:
    """The channel of the size indices, or why there is none."""
    return [
        f"  {plain(one.name)}: {channel_words(one.channel)}"
        for one in indices
        if one.role in ("small", "mid", "large") and one.channel is not None
    ]


def channel_words(c: Channel) -> str:
    """A channel in one sentence."""
    since = f"{c.sessions} sessions since {c.first:%d %b %Y}"
    if c.refusal or c.upper is None or c.base is None or c.target is None:
        return f"{c.refusal} over {since}."
    where = _place(c.place)
    swing = f", last swing low {c.swing_low:,.0f} on {c.swing_day:%d %b}" if (
        c.swing_low is not None and c.swing_day is not None) else ""  # fmt: skip
    return (
        f"{c.direction} over {since} (R² {c.r2:.2f}), {c.lower:,.0f} to {c.upper:,.0f}; "
        f"the close {c.close:,.0f} is {where}{_outer(c)}. Base {c.base:,.0f}{swing}; "
        f"one height below {c.target:,.0f}."
    )


def _outer(c: Channel) -> str:
    """The lines through the closes farthest off."""
    if c.lowest is None or c.highest is None:
        return ""
    return f" (parallels through the farthest closes {c.lowest:,.0f} and {c.highest:,.0f})"


def rotation_lines(rotation: Iterable[Rotation]) -> list[str]:
    """The change of small caps against each other asset in 13 weeks, and its z of 52."""
    lines = []
    for one in rotation:
        if one.missing or one.change is None:
            lines.append(f"  {one.title:<13} {one.missing or UNKNOWN}")
            continue
        z = UNKNOWN if one.z is None else f"{one.z:+.1f}".replace("-", "−")
        change = percent(math.expm1(one.change), 1, sign=True)
        lines.append(f"  {one.title:<13} {change:>8} in 13 weeks  z {z:>5}  {plain(one.other)}")
    return lines


def decliner_lines(worst: Iterable[Decliner]) -> list[str]:
    """A line a company with what in its figures goes with the fall."""
    rows = []
    for one in worst:
        words = "; ".join(cause.words for cause in one.causes)
        rows.append(
            (plain(one.symbol), plain(one.name)[:_NAME], percent(one.this_year),
             percent(one.from_high),
             words or ("nothing weak in its figures" if one.judged else "no figures to judge"))
        )  # fmt: skip
    return table(("", "", "YTD", "off high", "what goes with it"), rows, left=(0, 1, 4))


def cause_lines(segment: SegmentState) -> list[str]:
    """How common each weakness is among those down 10 % or more, and among the others."""
    rows = [
        (c.title, share(c.fallers), share(c.others), f"{c.fallers.of + c.others.of:,}")
        for c in segment.causes
        if c.fallers.of and c.others.of
    ]
    return table(("", "down ≥10 %", "others", "judged"), rows) if rows else []


def table(head: Row, rows: Sequence[Row], left: Sequence[int] = (0,)) -> list[str]:
    """Aligned columns, indented; numbers to the right. Empty without rows."""
    if not rows:
        return []
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  " + "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]  # fmt: skip


def percent(fraction: float | None, decimals: int = 1, *, sign: bool = False) -> str:
    """A fraction as percent with a true minus; a dash where it is unknown."""
    if fraction is None:
        return UNKNOWN
    text = f"{100 * fraction:{'+' if sign else ''},.{decimals}f} %"
    if not float(text[:-2].replace(",", "")):
        text = text.lstrip("+-")
    return text.replace("-", "−")


def share(of: Share) -> str:
    """A share in whole percent."""
    return percent(of.share, 0)


def ratio(value: float | None) -> str:
    """A ratio with one decimal below 100, two below 10."""
    if value is None:
        return UNKNOWN
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{decimals}f}"


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *lines] if lines else []


def session_line(state: MarketState) -> str:
    """Of which day the prices are, and how many companies have one."""
    late = "" if state.session == state.day else f" (last session {state.session.isoformat()})"
    whole = state.segment("all").breadth
    return (
        f"As of {state.day.isoformat()}{late}; {whole.priced:,} of {whole.companies:,} companies "
        f"have a fresh price, {whole.rare:,} of them trade rarely."
    )


def _years(spans: Iterable[Iterable[str]]) -> list[str]:
    found = {span for row in spans for span in row if span.isdigit()}
    return sorted(found, reverse=True)


def _side(above: bool | None) -> str:
    return UNKNOWN if above is None else "above" if above else "below"


def _distribution(count: int | None) -> str:
    if count is None:
        return UNKNOWN
    return f"{count} {next(word for least, word in _DISTRIBUTION if count >= least)}"


def _place(place: float | None) -> str:
    if place is None:
        return "on the line"
    if place < 0:
        return "under the lower band"
    if place > 1:
        return "over the upper band"
    return f"{100 * place:.0f} % of the way up"
