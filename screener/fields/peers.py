"""Valuation against peers (METHOD 5).

The centre of a group is the median of a yield, so that losses stay ordered; it is printed as its
inverse. How groups are found is in `groups`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial, wraps
from typing import Final, ParamSpec

import polars as pl

from screener.fields.base import At, Family, Field, Measure, Reason, Unit, because
from screener.fields.company import is_holding
from screener.fields.groups import LEVELS, level_codes, peers_of, totals_of
from screener.fields.terms import percent

SHRINKAGE: Final = 10  # the whole market weighs as much as a group of this size
ROE_BOUNDS: Final = (-20.0, 60.0)  # percent; beyond them a return bends no line
MIN_SPREAD: Final = 1e-6
_NORMAL_MAD: Final = 0.6745  # MAD of a normal distribution in standard deviations
_MEDIAN_ERROR: Final = 1.2533  # standard error of a median against that of a mean

P = ParamSpec("P")


def group_level(frame: pl.DataFrame, value: str) -> pl.DataFrame:
    """For each row of `frame`: level (text), count, median and mad of its peers for that column.

    `frame` has the columns basic_industry, industry, sector and size_class. A company belongs to
    its own group; `count` is the number of the others with a value.
    """
    found = frame.select(peers_of(pl.col(value)).alias("peers")).unnest("peers")
    return found.select(level_name(pl.col("level")).alias("level"), "count", "median", "mad")


def robust_z(value: pl.Expr, median: pl.Expr, mad: pl.Expr) -> pl.Expr:
    """0.6745 × (value − median) / MAD; null where the MAD is zero. Beyond ±3.5 is an outlier."""
    return pl.when(mad > 0).then(_NORMAL_MAD * (value - median) / mad)


def level_name(level: pl.Expr) -> pl.Expr:
    """The words for a level of peers."""
    return level.replace_strict(
        list(range(len(LEVELS))), list(LEVELS), default=None, return_dtype=pl.String
    )


# --- measures over computed fields ----------------------------------------------------------


def known(key: str) -> Measure:
    """A field that is already computed, with its reasons."""
    return Measure(pl.col(key), (pl.col(f"{key}?"),))


def _codes(at: At) -> list[pl.Expr]:
    codes = (at.once(f"group {i}", partial(Measure, c)) for i, c in enumerate(level_codes()))
    return [code.value.alias(str(i)) for i, code in enumerate(codes)]


def _peers(key: str, statistic: str, at: At) -> pl.Expr:
    """A statistic of the peers for a computed field."""
    mad = statistic == "mad"
    peers = at.once(
        f"peers {key} {mad}", lambda: Measure(peers_of(pl.col(key), _codes(at), mad=mad))
    )
    return peers.value.struct.field(statistic)


def _of_peers(define: Callable[P, Measure]) -> Callable[P, Measure]:
    """Tell that a holding company has none of it for the business it is in."""

    @wraps(define)
    def measured(*args: P.args, **kwargs: P.kwargs) -> Measure:
        measure = define(*args, **kwargs)
        return replace(measure, codes=(because(Reason.FINANCIAL, is_holding()), *measure.codes))

    return measured


@_of_peers
def peer_multiple(yield_key: str, reason: Reason, at: At) -> Measure:
    """The inverse of the group's median yield, which must be above zero."""
    return _inverse(_peers(yield_key, "median", at), reason)


def _inverse(of: pl.Expr, reason: Reason = Reason.NEG_EARNINGS) -> Measure:
    return Measure(pl.when(of > 0).then(100 / of)).explained(reason, of <= 0)


@_of_peers
def premium(key: str, yield_key: str, reason: Reason, at: At) -> Measure:
    """A multiple against that of its peers, in percent.

    By the yields: the company in the middle of its group is at 0, not a rounding error beside it.
    """
    ratio = known(key) / peer_multiple(yield_key, reason, at)
    turned = _peers(yield_key, "median", at) / pl.col(yield_key)
    return percent(ratio.map(lambda both: pl.when(both.is_not_null()).then(turned)) - 1)


@_of_peers
def peer_z(yield_key: str, at: At) -> Measure:
    """Robust z of a yield among peers; above zero is cheaper than they are."""
    median, mad = _peers(yield_key, "median", at), _peers(yield_key, "mad", at)
    z = known(yield_key).map(lambda value: robust_z(value, median, mad))
    return z.explained(Reason.ZERO_DENOM, mad == 0)


@_of_peers
def centre_error(yield_key: str, at: At) -> Measure:
    """Standard error of the group's median in percent of it."""
    median, mad = _peers(yield_key, "median", at), _peers(yield_key, "mad", at)
    size = _peers(yield_key, "count", at).cast(pl.Float64)
    error = 100 * _MEDIAN_ERROR * mad / _NORMAL_MAD / size.sqrt() / median
    return Measure(pl.when(median > 0).then(error)).explained(Reason.NEG_EARNINGS, median <= 0)


@_of_peers
def peer_percentile(yield_key: str, at: At) -> Measure:
    """Percentile in the group, drawn to that in the market the more the smaller the group."""
    count = _peers(yield_key, "count", at)
    weight = count / (count + SHRINKAGE)
    inside, outside = (_peers(yield_key, s, at) for s in ("percentile", "market_percentile"))
    return known(yield_key).map(lambda _: weight * inside + (1 - weight) * outside)


def market_percentile(yield_key: str, at: At) -> Measure:
    """The percentile of a yield in the whole market."""
    return known(yield_key).map(lambda _: _peers(yield_key, "market_percentile", at))


@_of_peers
def level(yield_key: str, at: At) -> Measure:
    """The name of the group that is used."""
    return Measure(level_name(_peers(yield_key, "level", at)))


@_of_peers
def count(yield_key: str, at: At) -> Measure:
    """How many other companies of the group have a value."""
    return Measure(_peers(yield_key, "count", at).cast(pl.Float64))


@_of_peers
def aggregate_pe(at: At) -> Measure:
    """Sum of market cap over sum of core earnings of the group, losses included."""
    worth = pl.col("market_cap")
    earned = worth * pl.col("earnings_yield") / 100
    sums = at.once(
        "peers worth",
        lambda: Measure(totals_of(pl.col("earnings_yield"), [worth, earned], _codes(at))),
    ).value.struct
    total, profit = sums.field("0"), sums.field("1")
    ratio = Measure(pl.when(profit > 0).then(total / profit))
    return ratio.explained(Reason.NEG_EARNINGS, profit <= 0)


@_of_peers
def harmonic_pe(at: At) -> Measure:
    """The inverse of the group's mean earnings yield."""
    return _inverse(_peers("earnings_yield", "mean", at))


@_of_peers
def book_value_residual(at: At) -> Measure:
    """P/B against what the peers' line of ln P/B on ROE gives for its ROE, in percent."""
    price, returns = known("pb"), known("roe")
    x = returns.value.clip(*ROE_BOUNDS)
    y = pl.when(x.is_not_null()).then(price.value.log())
    sums = at.once(
        "peers lines", lambda: Measure(totals_of(y, [x, y, x * y, x * x], _codes(at)))
    ).value.struct
    n = sums.field("size")
    mean_x, mean_y, mean_xy, mean_xx = (sums.field(str(i)) / n for i in range(4))
    spread = mean_xx - mean_x * mean_x
    slope = pl.when(spread > MIN_SPREAD).then((mean_xy - mean_x * mean_y) / spread)
    gap = y - (mean_y + slope * (x - mean_x))
    return (price + returns).map(lambda _: 100 * (gap.exp() - 1))


# --- fields ---------------------------------------------------------------------------------

#: Multiples that are compared by their yield: field key → (yield key, reason for no inverse)
YIELD_OF: Final = {
    "pe": ("earnings_yield", Reason.NEG_EARNINGS),
    "pb": ("book_to_price", Reason.NEG_EQUITY),
    "ev_ebitda": ("ebitda_yield", Reason.NEG_EARNINGS),
}
_GROUP: Final = (
    "Peers: the narrowest of basic industry … market with eight others, holding companies left out."
)
_HARMONIC_NOTE: Final = (
    "A mean: one company whose one-off gain is a multiple of its market cap makes the whole group "
    "look cheap. “Peer PE” is a median and stays where it is."
)


def _multiple_fields() -> Iterator[Field]:
    for key, short, aliases, premium_aliases in (
        ("pe", "PE", ("Industry PE",), ("Premium to peers",)),
        ("pb", "PB", ("Industry PBV", "Industry PB"), ()),
        ("ev_ebitda", "EV/EBITDA", (), ()),
    ):
        yield_key, reason = YIELD_OF[key]
        yield Field(
            f"peer_{key}", f"Peer {short}", Unit.RATIO,
            f"The median {short} of the peers. {_GROUP}",
            "1 / median yield of the group", partial(peer_multiple, yield_key, reason),
            aliases=aliases, stage=2, source="prices, statements",
            note="By yields, so that loss makers count as expensive instead of dropping out.",
        )  # fmt: skip
        yield Field(
            f"peer_{key}_premium", f"Peer {short} premium", Unit.PERCENT,
            f"{short} against the median of the peers; below zero is cheaper. {_GROUP}",
            f"{short} / peer {short} − 1", partial(premium, key, yield_key, reason),
            aliases=premium_aliases, stage=2, source="prices, statements",
            note="Weigh it against “Peer PE error”: small groups have an unsure centre."
            if key == "pe" else "",
        )  # fmt: skip


def _group_fields() -> Iterator[Field]:
    for key, name, unit, about, formula, define in (
        (
            "peer_level",
            "Peer level",
            Unit.TEXT,
            "Which group the peers of the P/E are.",
            "narrowest group with eight others",
            partial(level, "earnings_yield"),
        ),
        (
            "peer_count",
            "Peer count",
            Unit.COUNT,
            "How many peers have a P/E or a loss.",
            "other companies of the group with a value",
            partial(count, "earnings_yield"),
        ),
        (
            "peer_pe_error",
            "Peer PE error",
            Unit.PERCENT,
            "Standard error of the peers' median yield, in percent of it.",
            "1.2533 × MAD / 0.6745 / √n / median",
            partial(centre_error, "earnings_yield"),
        ),
        (
            "peer_z",
            "Peer Z",
            Unit.RATIO,
            "How far the earnings yield is from the peers' median; above zero is cheaper.",
            "0.6745 × (yield − median) / MAD",
            partial(peer_z, "earnings_yield"),
        ),
        (
            "peer_aggregate_pe",
            "Peer aggregate PE",
            Unit.RATIO,
            "All peers as one company, losses included.",
            "Σ market cap / Σ core profit",
            aggregate_pe,
        ),
        (
            "peer_harmonic_pe",
            "Peer harmonic PE",
            Unit.RATIO,
            "The P/E of equal amounts put into each peer.",
            "1 / mean earnings yield",
            harmonic_pe,
        ),
        (
            "pb_vs_roe_residual",
            "PB vs ROE residual",
            Unit.PERCENT,
            "P/B against what its return on equity earns among peers; below zero is cheaper.",
            "P/B / fitted P/B − 1, ln P/B on ROE within the group",
            book_value_residual,
        ),
    ):
        yield Field(
            key, name, unit, about, formula, define, stage=2, source="prices, statements",
            aliases=("Price to book vs ROE residual",) if key == "pb_vs_roe_residual" else (),
            note=_HARMONIC_NOTE if key == "peer_harmonic_pe" else "",
        )  # fmt: skip


def _percentile_fields() -> Iterator[Field]:
    for key, name in (
        ("earnings_yield", "Earnings yield"),
        ("ebitda_yield", "EBITDA yield"),
        ("fcf_yield", "FCF yield"),
    ):
        yield Field(
            f"{key}_peer_percentile", f"{name} peer percentile", Unit.PERCENT,
            f"Place of the {name} among peers, 100 the cheapest; small groups lean on the market.",
            "n / (n + 10) × in group + rest × in the market", partial(peer_percentile, key),
            stage=2, source="prices, statements",
        )  # fmt: skip
    yield Field(
        "book_to_price_percentile", "Book to price percentile", Unit.PERCENT,
        "Place of the book-to-price ratio in the whole market, 100 the cheapest.",
        "percentile with mid-ranks", partial(market_percentile, "book_to_price"), stage=2,
        source="prices, statements",
    )  # fmt: skip


FAMILY: Final = Family("Peers", (*_multiple_fields(), *_group_fields(), *_percentile_fields()))
