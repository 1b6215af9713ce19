"""One sentence on the state of the market, by a rule that docs/market.md prints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from screener.regime.breadth import Breadth

Regime = Literal[
    "distribution", "broad decline", "recovery", "broad advance", "narrow advance", "mixed",
    "unknown",
]  # fmt: skip

WEAK: Final = 0.40  # share of companies above their 200-session average
STRONG: Final = 0.60
GAP: Final = 0.15  # by which the share of large caps exceeds that of small caps
DEEP: Final = 0.50  # share of small caps 20 % or more under their 52-week high
MIN_JUDGED: Final = 20  # small caps with a 200-session average

_TITLES: Final[dict[Regime, str]] = {
    "distribution": "Small caps are being distributed",
    "broad decline": "The whole market is falling",
    "recovery": "Small caps are recovering",
    "broad advance": "The market is rising on a broad front",
    "narrow advance": "Large caps carry the market",
    "mixed": "The market has no clear direction",
    "unknown": "There are too few prices to name a regime",
}


@dataclass(frozen=True)
class Verdict:
    """The regime, the sentence that says it, and the figures that decided it (fractions)."""

    regime: Regime
    sentence: str
    small_above_200: float | None
    small_above_50: float | None
    large_above_200: float | None
    small_deep: float | None  # 20 % or more under the 52-week high
    small_fallers: float | None  # down 10 % or more this year
    against_large: float | None  # ln change of small over large in 13 weeks


def verdict(small: Breadth, large: Breadth, against_large: float | None) -> Verdict:
    """Name the regime from the breadth of small and large caps and their 13-week rotation."""
    figures = {
        "small_above_200": small.above_200.share,
        "small_above_50": small.above_50.share,
        "large_above_200": large.above_200.share,
        "small_deep": small.below_high[0].share,
        "small_fallers": small.fallers.share,
        "against_large": against_large,
    }
    enough = small.above_200.of >= MIN_JUDGED
    regime = _regime(figures) if enough else "unknown"
    return Verdict(regime, _sentence(regime, small, figures), **figures)


def _regime(f: dict[str, float | None]) -> Regime:
    """The first rule that holds. Comparing with an unknown figure is false."""
    long, short, deep = (_or_nan(f[k]) for k in ("small_above_200", "small_above_50", "small_deep"))
    large, against = _or_nan(f["large_above_200"]), _or_nan(f["against_large"])
    apart = round(large - long, 9) >= GAP
    lags = apart or against < 0
    rules: tuple[tuple[Regime, bool], ...] = (
        ("recovery", long < WEAK and short >= STRONG),
        ("distribution", long < WEAK and deep >= DEEP and not large < WEAK and lags),
        ("broad decline", long < WEAK and large < WEAK),
        ("broad advance", long >= STRONG and large >= STRONG),
        ("narrow advance", large >= STRONG and apart),
    )  # fmt: skip
    return next((name for name, holds in rules if holds), "mixed")


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _sentence(regime: Regime, small: Breadth, f: dict[str, float | None]) -> str:
    parts = []
    if f["small_above_200"] is not None:
        large = f["large_above_200"]
        beside = f" (large caps {_pct(large)})" if large is not None else ""
        parts.append(
            f"{_pct(f['small_above_200'])} of {small.above_200.of:,} small caps stand above their "
            f"200-session average{beside}"
        )
    if f["small_deep"] is not None:
        parts.append(f"{_pct(f['small_deep'])} are 20 % or more under their 52-week high")
    if f["small_fallers"] is not None:
        parts.append(f"{_pct(f['small_fallers'])} have lost 10 % or more this year")
    against = f["against_large"]
    if against is not None:
        change = math.expm1(against)
        word = "lost" if change < 0 else "gained"
        parts.append(f"they {word} {_pct(abs(change), 1)} against large caps in 13 weeks")
    if not parts:
        return f"{_TITLES[regime]}."
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"
    return f"{_TITLES[regime]}: {text}."


def _pct(fraction: float | None, decimals: int = 0) -> str:
    return f"{100 * (fraction or 0.0):.{decimals}f} %"
