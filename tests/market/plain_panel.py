"""The panel of a day read off the tables in the plainest way, as a second opinion on `panel`.

Everything known later is thrown away first; then each part is grouped, joined and scattered for
that one day. The history of P/E has tests of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from screener.market import prices
from screener.market.panel import lines_of
from screener.market.prices import CAP_YEARS, LOOKBACKS
from screener.market.schema import BASES, KINDS, LINES, conform
from screener.market.sharebasis import eps_of_the_day
from screener.market.slots import HOLDINGS, QUARTERS, STALE_BASIS_DAYS, YEARS
from tests.market.plain_prices import adjusted, since_last_break

ANNUAL_STATEMENTS: Final = ("profit_loss", "balance_sheet", "cash_flow", "ratios")
_WINDOWS: Final = (5, 21, 60, 250)
_GAP_DAYS: Final = 15


def plain_panel(tables: Mapping[str, pl.DataFrame], as_of: dt.date) -> pl.DataFrame:
    """The panel as it was known on `as_of`. One row for each row of `companies`, same order."""
    companies = conform("companies", tables["companies"]).drop("source")
    known = tables["facts"].filter(pl.col("known_at") <= as_of)
    known = eps_of_the_day(known, tables["actions"], as_of)
    facts, basis = _one_basis(_lean(companies, known))
    height = companies.height
    blocks = [
        companies.with_columns(pl.lit(as_of).alias("as_of"), basis),
        _block(height, facts, "annual", "", YEARS, lines_of(*ANNUAL_STATEMENTS)),
        _block(height, facts, "quarter", "q", QUARTERS, lines_of("profit_loss")),
        _block(height, facts, "holding", "h", HOLDINGS, lines_of("shareholding")),
        _snapshot(height, facts),
    ]
    panel = pl.concat(blocks, how="horizontal")
    panel = panel.with_columns(_latest_balance(height, facts, panel))
    part = _prices(tables["prices"], tables["actions"], known, as_of)
    panel = panel.join(part, on="isin", how="left", maintain_order="left")
    panel = panel.with_columns(prices.derived())
    return panel.drop("_bonus", "_splits_after")


def _lean(companies: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """The facts with numbers for names: `row` of the company, `code` of the line."""
    rows = companies.lazy().select("isin").with_row_index("row")
    codes = {line: code for code, line in enumerate(LINES)}
    return (
        facts.lazy()
        .join(rows, on="isin", how="inner")
        .select(
            pl.col("row").cast(pl.Int32),
            pl.col("line").replace_strict(codes, default=-1, return_dtype=pl.Int32).alias("code"),
            pl.col("kind").cast(pl.Enum(KINDS)),
            (pl.col("basis") == "consolidated").alias("consolidated"),
            "period_end",
            "months",
            "value",
            "known_at",
            "seen_at",
        )
        .collect()
    )


def _one_basis(facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    """Keep one basis a company: consolidated, unless its last report is long behind standalone.

    Ownership and snapshot facts are about the company, not about a basis, and all stay.
    """
    reports = pl.col("kind").is_in(["annual", "quarter"])
    latest = (
        facts.lazy()
        .filter(reports)
        .group_by("row")
        .agg(
            pl.col("period_end").filter("consolidated").max().alias("consolidated_end"),
            pl.col("period_end").filter(~pl.col("consolidated")).max().alias("standalone_end"),
        )
        .with_columns(
            (
                pl.col("consolidated_end").is_not_null()
                & ~(
                    pl.col("standalone_end") - pl.col("consolidated_end")
                    > pl.duration(days=STALE_BASIS_DAYS)
                ).fill_null(False)
            ).alias("chosen")
        )
        .collect()
    )
    about_company = pl.col("kind").is_in(["holding", "snapshot"])
    kept = (
        facts.lazy()
        .join(latest.lazy().select("row", "chosen"), on="row", how="left")
        .filter(about_company | (pl.col("consolidated") == pl.col("chosen")))
        .collect()
    )
    words = dict(
        latest.select(
            "row",
            pl.when("chosen").then(pl.lit(BASES[0])).otherwise(pl.lit(BASES[1])),
        ).iter_rows()
    )
    basis = pl.int_range(pl.len()).replace_strict(words, default=None, return_dtype=pl.String)
    return kept, basis.alias("basis")


def _block(
    height: int, facts: pl.DataFrame, kind: str, letter: str, slots: int, lines: list[str]
) -> pl.DataFrame:
    """Scatter the facts of a kind into a frame of `{line}@{letter}{slot}` columns.

    They are written oldest first, so the last one known of a cell is the one that stays.
    """
    placed = slotted(facts.filter(pl.col("kind") == kind), kind, slots)
    order = _oldest_first(placed)
    row, slot = placed["row"].to_numpy()[order], placed["slot"].to_numpy()[order]
    ours_at = {line: i for i, line in enumerate(lines)}
    position = np.array([ours_at.get(line, -1) for line in LINES])
    line = position[placed["code"].to_numpy()[order]]
    ours = line >= 0
    values = np.full((height, len(lines) * slots), np.nan)
    values[row[ours], line[ours] * slots + slot[ours]] = placed["value"].to_numpy()[order][ours]
    whens: dict[str, tuple[str, pl.DataType | type[pl.DataType]]] = {
        "end": ("period_end", pl.Date),
        "months": ("span", pl.Int16),
        "known": ("known_at", pl.Date),
    }
    columns = {
        f"{name}@{letter}{k}": values[:, i * slots + k]
        for i, name in enumerate(lines)
        for k in range(slots)
    }
    frame = pl.DataFrame(columns, nan_to_null=True)
    for name, (source, dtype) in whens.items():
        grid = np.full((height, slots), np.nan)
        grid[row, slot] = placed[source].to_physical().to_numpy()[order]
        frame = frame.with_columns(
            pl.Series(f"{name}@{letter}{k}", grid[:, k], nan_to_null=True)
            .cast(pl.Int32)
            .cast(dtype)
            for k in range(slots)
        )
    return frame


def _oldest_first(facts: pl.DataFrame) -> np.ndarray:
    """Positions by period, then by the day known, then by the moment seen."""
    period, known = (facts[name].to_physical().to_numpy() for name in ("period_end", "known_at"))
    seen = facts["seen_at"].to_physical().fill_null(0).to_numpy()
    return np.lexsort((seen, (period.astype(np.int64) << 20) | known.astype(np.int64)))


def _snapshot(height: int, facts: pl.DataFrame) -> pl.DataFrame:
    lines = lines_of("snapshot")
    return _block(height, facts, "snapshot", "s", 1, lines).select(
        pl.col(f"{line}@s0").alias(f"{line}@s") for line in lines
    )


def _latest_balance(height: int, facts: pl.DataFrame, panel: pl.DataFrame) -> list[pl.Series]:
    """The latest balance sheet: the half-year one where it is later than the annual one.

    All its lines are of one date; a line the half-year sheet does not carry is null.
    """
    lines = lines_of("balance_sheet")
    interim = _block(height, facts, "interim", "i", 1, lines)
    later = (interim["end@i0"] > panel["end@0"]).fill_null(False) | (
        panel["end@0"].is_null() & interim["end@i0"].is_not_null()
    )
    names = [*lines, "end", "known"]
    return [
        interim[f"{name}@i0"].zip_with(later, panel[f"{name}@0"]).alias(f"{name}@L")
        for name in names
    ]


def _prices(
    prices: pl.DataFrame, actions: pl.DataFrame, facts: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """One row a traded company, as of that day."""
    bars = adjusted(
        prices.filter(pl.col("date") <= as_of), actions.filter(pl.col("ex_date") <= as_of)
    )
    calendar = bars["date"].unique().sort()
    bars = since_last_break(bars)
    return (
        _levels(bars, as_of)
        .join(_recent(bars, calendar), on="isin", how="left")
        .join(_oscillators(bars), on="isin", how="left")
        .join(_bonus_since_balance(actions, facts, as_of), on="isin", how="left")
        .join(_splits_after(actions, as_of), on="isin", how="left")
    )


def _levels(bars: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    year_ago = _offset(as_of, "-1y")
    within_year = pl.col("date") > year_ago
    high, low = pl.col("high") / pl.col("factor"), pl.col("low") / pl.col("factor")
    looks = {key: _offset(as_of, step) for key, step in LOOKBACKS.items()}
    looks["ytd"] = dt.date(as_of.year - 1, 12, 31)
    caps = {years: looks[f"{years}y"] for years in CAP_YEARS}
    return (
        bars.lazy()
        .group_by("isin")
        .agg(
            pl.col("close").last(),
            pl.col("date").last().alias("price_date"),
            pl.col("date").first().alias("first_price_date"),
            pl.col("adj").get(-2, null_on_oob=True).alias("prev_close"),
            high.filter(within_year).max().alias("high_52w"),
            low.filter(within_year).min().alias("low_52w"),
            high.max().alias("high_all"),
            low.min().alias("low_all"),
            pl.col("volume").last(),
            *[_at(pl.col("adj"), day).alias(f"close@{key}") for key, day in looks.items()],
            *[
                _at(pl.col("close") / pl.col("splits"), day).alias(f"_price@{years}y")
                for years, day in caps.items()
            ],
        )
        .with_columns(pl.col("prev_close").alias("close@1d"))
        .collect()
    )


def _at(value: pl.Expr, day: dt.date) -> pl.Expr:
    near = (pl.col("date") <= day) & (pl.col("date") > day - dt.timedelta(days=_GAP_DAYS))
    return value.filter(near).last()


def _offset(day: dt.date, step: str) -> dt.date:
    moved: dt.date = pl.Series([day]).dt.offset_by(step)[0]
    return moved


def _recent(bars: pl.DataFrame, calendar: pl.Series) -> pl.DataFrame:
    """Averages over the market's last sessions; a session without a bar had no trade."""
    sessions = len(calendar)
    since_session = [calendar[-min(n, sessions)] if sessions else dt.date.max for n in _WINDOWS]
    week, month, sixty, year = (pl.col("date") >= first for first in since_session)
    positions = pl.DataFrame({"price_date": calendar, "_position": range(sessions)})
    recent = (
        bars.lazy()
        .filter(year)
        .group_by("isin")
        .agg(
            pl.col("volume").filter(week).mean().alias("volume_1w"),
            pl.col("volume").filter(month).mean().alias("volume_1m"),
            pl.col("volume").mean().alias("volume_1y"),
            pl.col("turnover").filter(sixty).median().alias("turnover_60d"),
            (sixty & (pl.col("volume") > 0)).sum().alias("_traded_60d"),
        )
        .collect()
    )
    ends = bars.group_by("isin").agg(
        pl.col("date").first().alias("_first"),
        pl.col("date").filter(pl.col("volume").fill_null(0) > 0).last().alias("price_date"),
    )
    # A company listed within the window is asked only for the sessions since its listing.
    window = pl.min_horizontal(sessions - pl.col("_since"), pl.lit(min(60, sessions)))
    return (
        ends.join(positions, on="price_date", how="left")
        .join(positions.rename({"price_date": "_first", "_position": "_since"}), on="_first")
        .join(recent, on="isin", how="left")
        .with_columns(
            (sessions - 1 - pl.col("_position")).alias("sessions_since_trade"),
            (1 - pl.col("_traded_60d").fill_null(0) / window).alias("zero_volume_60d"),
        )
        .drop("_first", "_since", "_position", "_traded_60d", "price_date")
    )


def _oscillators(bars: pl.DataFrame) -> pl.DataFrame:
    """Simple averages of 50 and 200 sessions, RSI (14, Wilder) and MACD (12, 26, 9)."""
    change = pl.col("adj").diff()
    wilder = {"alpha": 1 / 14, "adjust": False, "ignore_nulls": True}
    gain = change.clip(lower_bound=0).ewm_mean(**wilder)  # type: ignore[arg-type]
    loss = (-change).clip(lower_bound=0).ewm_mean(**wilder)  # type: ignore[arg-type]
    macd = pl.col("adj").ewm_mean(span=12, adjust=False) - pl.col("adj").ewm_mean(
        span=26, adjust=False
    )
    signal = macd.ewm_mean(span=9, adjust=False)
    enough = pl.len() >= 35

    def sma(n: int, back: int) -> pl.Expr:
        window = pl.col("adj").slice(pl.len().cast(pl.Int64) - n - back, n)
        return pl.when(pl.len() >= n + back).then(window.mean())

    return (
        bars.lazy()
        .select("isin", "date", "adj")
        .group_by("isin")
        .agg(pl.col("adj").tail(260))
        .explode("adj")
        .group_by("isin", maintain_order=True)
        .agg(
            sma(50, 0).alias("sma_50"),
            sma(200, 0).alias("sma_200"),
            sma(50, 1).alias("sma_50_prev"),
            sma(200, 1).alias("sma_200_prev"),
            pl.when((pl.len() >= 15) & (gain.last() + loss.last() > 0))
            .then(100 * gain.last() / (gain.last() + loss.last()))
            .alias("rsi_14"),
            pl.when(enough).then(macd.last()).alias("macd"),
            pl.when(enough).then(macd.get(-2, null_on_oob=True)).alias("macd_prev"),
            pl.when(enough).then(signal.last()).alias("macd_signal"),
            pl.when(enough).then(signal.get(-2, null_on_oob=True)).alias("macd_signal_prev"),
        )
        .collect()
    )


def _bonus_since_balance(
    actions: pl.DataFrame, facts: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """Factor by which bonuses since the latest balance sheet multiplied the share capital."""
    ends = (
        facts.lazy()
        .filter(pl.col("line") == "equity_capital")
        .group_by("isin")
        .agg(pl.col("period_end").max())
    )
    return (
        actions.lazy()
        .filter((pl.col("kind") == "bonus") & (pl.col("ex_date") <= as_of) & (pl.col("factor") > 0))
        .join(ends, on="isin")
        .filter(pl.col("ex_date") > pl.col("period_end"))
        .group_by("isin")
        .agg(pl.col("factor").product().alias("_bonus"))
        .collect()
    )


def _splits_after(actions: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """How many times larger the face value was on that day than it is in the companies table."""
    later = (pl.col("kind") == "split") & (pl.col("ex_date") > as_of) & (pl.col("factor") > 0)
    return (
        actions.lazy()
        .filter(later)
        .group_by("isin")
        .agg(pl.col("factor").product().alias("_splits_after"))
        .collect()
    )


def slotted(facts: pl.DataFrame, kind: str, slots: int) -> pl.DataFrame:
    """The facts with `slot` (0 is the latest period) and `span` (months of that period).

    Periods further back than `slots` are left out. Annual slots count reports, so a 15-month year
    is one step; where reports are missing the slots of the missing years stay empty. Quarters and
    shareholding patterns fall on a three-month grid.
    """
    periods = (
        facts.lazy()
        .group_by("row", "period_end")
        .agg(pl.col("months").max().alias("span"))
        .with_columns(_month_number(pl.col("period_end")).alias("month"))
        .sort("row", "period_end", descending=[False, True])
    )
    if kind == "annual":
        periods = periods.with_columns(
            pl.when(pl.col("span") > 0).then("span").otherwise(12).alias("span")
        )
        slot = _steps_back().cum_sum().over("row")
    else:
        latest = pl.col("month").first().over("row")
        slot = ((latest - pl.col("month")) / 3).round()
    placed = periods.with_columns(slot.cast(pl.Int32).alias("slot")).filter(pl.col("slot") < slots)
    return (
        facts.lazy()
        .join(
            placed.select("row", "period_end", "slot", "span"),
            on=["row", "period_end"],
            how="inner",
            maintain_order="left",
        )
        .collect()
    )


def _month_number(date: pl.Expr) -> pl.Expr:
    return date.dt.year().cast(pl.Int32) * 12 + date.dt.month().cast(pl.Int32)


def _steps_back() -> pl.Expr:
    """Slots between a report and the next later one: 1, or more where reports are missing."""
    gap = pl.col("month").shift(1).over("row") - pl.col("month")
    length = pl.col("span").shift(1).over("row").cast(pl.Int32)
    missing = ((gap - length) / 12).round().clip(lower_bound=0)
    return (1 + missing).fill_null(0)
