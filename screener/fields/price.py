"""Price, returns, ranges, averages, oscillators and how freely a share trades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from screener.fields.base import At, Family, Field, Measure, Reason, Unit, missing
from screener.fields.terms import percent, priced

_SOURCE: Final = "prices"


@dataclass(frozen=True)
class _Quote:
    """A panel column of the price history as a field."""

    key: str
    name: str
    column: str
    unit: Unit
    about: str
    aliases: tuple[str, ...] = ()
    fresh: bool = True  # null with STALE when the last trade is too old or trades are too rare

    def read(self, at: At) -> Measure:
        """The column today; there is none for an earlier moment."""
        return _column(self.column, self.fresh, at)


def _column(column: str, fresh: bool, at: At) -> Measure:
    if at.years or at.quarters:
        return missing(Reason.SHORT_HISTORY)
    quote = Measure(pl.col(column))
    return priced(at, quote) if fresh else quote


_R, _X, _N, _C = Unit.RUPEES, Unit.RATIO, Unit.COUNT, Unit.CRORE

QUOTES: Final = (
    _Quote("current_price", "Current price", "close", _R,
           "The last close, as traded; its date is “Price date”.", ("Price", "CMP", "Close"),
           False),
    _Quote("high_52w", "High price", "high_52w", _R, "The highest price of 52 weeks.",
           ("52w high", "52 week high")),
    _Quote("low_52w", "Low price", "low_52w", _R, "The lowest price of 52 weeks.",
           ("52w low", "52 week low")),
    _Quote("high_all", "High price all time", "high_all", _R, "The highest price on record.",
           ("All time high",)),
    _Quote("low_all", "Low price all time", "low_all", _R, "The lowest price on record.",
           ("All time low",)),
    _Quote("sma_50", "DMA 50", "sma_50", _R, "Mean close of 50 sessions.", ("50 DMA", "SMA 50")),
    _Quote("sma_200", "DMA 200", "sma_200", _R, "Mean close of 200 sessions.",
           ("200 DMA", "SMA 200")),
    _Quote("sma_50_prev", "DMA 50 previous day", "sma_50_prev", _R,
           "Mean close of 50 sessions, a session earlier.", ("50 DMA previous day",)),
    _Quote("sma_200_prev", "DMA 200 previous day", "sma_200_prev", _R,
           "Mean close of 200 sessions, a session earlier.", ("200 DMA previous day",)),
    _Quote("rsi", "RSI", "rsi_14", _X, "Relative strength index of 14 sessions (Wilder), 0 to 100.",
           ("RSI 14",)),
    _Quote("macd", "MACD", "macd", _R, "12-session less 26-session exponential mean of the close."),
    _Quote("macd_prev", "MACD Previous Day", "macd_prev", _R, "MACD a session earlier."),
    _Quote("macd_signal", "MACD Signal", "macd_signal", _R, "9-session exponential mean of MACD."),
    _Quote("macd_signal_prev", "MACD Signal Previous Day", "macd_signal_prev", _R,
           "The MACD signal a session earlier."),
    _Quote("volume", "Volume", "volume", _N, "Shares traded in the last session.", (), False),
    _Quote("volume_1w", "Volume 1week average", "volume_1w", _N, "Mean daily volume of a week.",
           (), False),
    _Quote("volume_1m", "Volume 1month average", "volume_1m", _N, "Mean daily volume of a month.",
           (), False),
    _Quote("volume_1y", "Volume 1year average", "volume_1y", _N, "Mean daily volume of a year.",
           (), False),
    _Quote("turnover_60d", "Median turnover 60days", "turnover_60d", _C,
           "Median daily turnover of 60 sessions, ₹ crore.", ("Median turnover",), False),
    _Quote("delivery", "Delivery percentage", "delivery", Unit.PERCENT,
           "Share of the volume of the last session that was delivered; known of NSE's shares.",
           ("Delivery",)),
    _Quote("delivery_1m", "Average delivery 1month", "delivery_1m", Unit.PERCENT,
           "Share of the volume of 21 sessions that was delivered, as far as it is known.",
           ("Average delivery 1 month",)),
    _Quote("sessions_since_trade", "Sessions since trade", "sessions_since_trade", _N,
           "Market sessions since the last trade; above 5 the price counts as stale.", (), False),
)  # fmt: skip

#: Look-back of a return: (key, name as that language writes it, column, years it compounds over)
RETURNS: Final = (
    ("1d", "1day", "close@1d"), ("1w", "1week", "close@1w"), ("1m", "1month", "close@1m"),
    ("3m", "3months", "close@3m"), ("6m", "6months", "close@6m"), ("1y", "1year", "close@1y"),
    ("2y", "2years", "close@2y"), ("3y", "3years", "close@3y"), ("5y", "5years", "close@5y"),
    ("7y", "7years", "close@7y"), ("10y", "10years", "close@10y"),
)  # fmt: skip
_COMPOUNDED: Final = {"close@3y": 3, "close@5y": 5, "close@7y": 7, "close@10y": 10}


def total_return(column: str, at: At) -> Measure:
    """Change of price since then in percent, splits and bonuses apart; no dividends."""
    if at.years or at.quarters:
        return missing(Reason.SHORT_HISTORY)
    then = pl.col(column)
    change = Measure(pl.col("close")) / Measure(then) - 1
    young = pl.col("close").is_not_null() & then.is_null()
    return priced(at, percent(change).explained(Reason.SHORT_HISTORY, young))


def yearly_return(column: str, at: At) -> Measure:
    """Compound yearly change of price since then, in percent."""
    years = _COMPOUNDED[column]
    growth = total_return(column, at) / 100 + 1
    return percent(growth.map(lambda ratio: ratio.pow(1 / years)) - 1)


def to_level(column: str, at: At) -> Measure:
    """The close in percent above or below a level."""
    close = _column("close", True, at)
    return percent(close / _column(column, True, at) - 1)


def drawdown(at: At) -> Measure:
    """The close below the 52-week high in percent, as a positive number."""
    return -to_level("high_52w", at)


def place_in_range(at: At) -> Measure:
    """Where the close lies between 52-week low (0) and high (100)."""
    low, high = _column("low_52w", True, at), _column("high_52w", True, at)
    return percent((_column("close", True, at) - low) / (high - low))


def zero_volume(at: At) -> Measure:
    """Share of the last 60 sessions without a trade, in percent."""
    return percent(_column("zero_volume_60d", False, at))


def price_age(at: At) -> Measure:
    """Calendar days from the last close to the market date."""
    del at
    return Measure((pl.col("as_of") - pl.col("price_date")).dt.total_days().cast(pl.Float64))


def listed_months(at: At) -> Measure:
    """Whole months since listing; since the first price on record where that is not known."""
    del at
    start = pl.coalesce("listed_on", "first_price_date")
    today = pl.col("as_of").dt
    months = 12 * (today.year() - start.dt.year()) + (
        today.month().cast(pl.Int32) - start.dt.month().cast(pl.Int32)
    )
    partly = (start.dt.day() > today.day()).cast(pl.Int32)
    return Measure((months - partly).cast(pl.Float64))


def _quote_fields() -> Iterator[Field]:
    for quote in QUOTES:
        yield Field(
            quote.key, quote.name, quote.unit, quote.about, "From daily prices", quote.read,
            aliases=quote.aliases, source=_SOURCE,
        )  # fmt: skip


def _return_fields() -> Iterator[Field]:
    for key, words, column in RETURNS:
        compounded = column in _COMPOUNDED
        yield Field(
            f"return_{key}", f"Return over {words}", Unit.PERCENT,
            "Change of price, splits and bonuses apart, without dividends"
            + ("; compound, a year." if compounded else "."),
            "(close / close then) ^ (1 / years) − 1" if compounded else "close / close then − 1",
            partial(yearly_return if compounded else total_return, column), source=_SOURCE,
        )  # fmt: skip
    yield Field(
        "return_ytd", "Return this year", Unit.PERCENT,
        "Change of price since the last close of the calendar year before.",
        "close / last close of the year before − 1", partial(total_return, "close@ytd"),
        aliases=("YTD return", "Return YTD"), source=_SOURCE,
    )  # fmt: skip


def _range_fields() -> Iterator[Field]:
    for key, name, about, formula, define, aliases in (
        (
            "drawdown_52w",
            "Down from 52w high",
            "How far the price is below its 52-week high.",
            "(high − close) / high",
            drawdown,
            ("Drawdown from 52w high",),
        ),
        (
            "from_52w_high",
            "From 52w high",
            "The price against its 52-week high; 0 at the high, −30 is 30 % below.",
            "close / high − 1",
            partial(to_level, "high_52w"),
            (),
        ),
        (
            "up_from_52w_low",
            "Up from 52w low",
            "How far the price is above its 52-week low.",
            "close / low − 1",
            partial(to_level, "low_52w"),
            (),
        ),
        (
            "index_52w",
            "52w Index",
            "Where the price lies between 52-week low (0) and high (100).",
            "(close − low) / (high − low)",
            place_in_range,
            (),
        ),
        (
            "price_to_dma_50",
            "Price to DMA 50",
            "The price against its 50-session mean.",
            "close / DMA 50 − 1",
            partial(to_level, "sma_50"),
            (),
        ),
        (
            "price_to_dma_200",
            "Price to DMA 200",
            "The price against its 200-session mean.",
            "close / DMA 200 − 1",
            partial(to_level, "sma_200"),
            (),
        ),
        (
            "zero_volume_60d",
            "Sessions without trade",
            "Share of the last 60 sessions without a trade; above 20 % the price counts as stale.",
            "sessions without trade / 60",
            zero_volume,
            (),
        ),
    ):
        yield Field(
            key, name, Unit.PERCENT, about, formula, define, aliases=aliases, source=_SOURCE
        )


def _age_fields() -> Iterator[Field]:
    yield Field(
        "price_age_days", "Price age days", Unit.DAYS,
        "Calendar days from the last close to the market date.", "market date − price date",
        price_age, aliases=("Price age",), source=_SOURCE,
    )  # fmt: skip
    yield Field(
        "listed_months", "Listed months", Unit.COUNT, "Whole months since the listing.",
        "market date − listing date, in months", listed_months, source="exchange lists",
    )  # fmt: skip


FAMILY: Final = Family(
    "Price and trading",
    (*_quote_fields(), *_return_fields(), *_range_fields(), *_age_fields()),
)
