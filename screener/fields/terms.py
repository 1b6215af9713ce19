"""The quantities many fields build on: profit without one-offs, capital, debt, a price that counts.

Functions of a `line` reader are flows: `at.annual(equity)`, `at.ttm(ebit)`, `at.balance(debt)`.
Functions of a moment are measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.fields.base import (
    FOUNDERS_SHARE,
    At,
    Flow,
    Measure,
    Reason,
    all_known,
    flow_name,
    missing,
    shared,
)
from screener.market.slots import YEARS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Line = Callable[[str], Measure]

ASSUMED_TAX_RATE: Final = 0.25  # on one-off items of a period whose tax rate is not known
STALE_SESSIONS: Final = 5
#: Shares after over before of the usual splits and bonuses.
GIVEN_RATIOS: Final = (1.2, 1.25, 4 / 3, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 10.0, 11.0, 20.0)
NEAR_RATIO: Final = 0.04
RATIO_LAG: Final = 0.8
CLEAR_RATIO: Final = 2.0
FREE_OF_MONEY: Final = 0.05  # of equity; more than profit brought in is an issue
ROUNDING_ERROR: Final = 0.05  # of profit over EPS
ROUGH_CAPITAL: Final = 10.0  # ₹ crore; whole crores below it are too coarse to tell an issue
TAIL: Final = 0.05  # on each side
STALE_ZERO_VOLUME: Final = 0.2  # share of 60 sessions without a trade


def or_zero(measure: Measure) -> Measure:
    """The measure, 0 where it is not stated; for items that most companies do not have."""
    return measure.map(lambda value: value.fill_null(0.0))


def percent(ratio: Measure) -> Measure:
    """A fraction in percent points."""
    return ratio * 100


def over_turnover(top: Measure, turnover: Measure) -> Measure:
    """A figure over sales or cost; null where these are negative, as traders file them for a loss.

    Two negatives would else make a margin.
    """
    return (top / turnover).only_if(turnover.value > 0, Reason.ZERO_DENOM)


# --- profit and loss ------------------------------------------------------------------------


def owners_profit(line: Line) -> Measure:
    """Profit attributable to owners; net profit where the split is not stated."""
    return line("owners_profit").otherwise(line("net_profit"))


def tax(line: Line) -> Measure:
    """Tax as stated, else profit before tax × the stated rate."""
    return line("tax").otherwise(line("pbt") * line("tax_rate") / 100)


def one_off_after_tax(line: Line) -> Measure:
    """Exceptional items × (1 − tax rate of the period), 0 where none are stated."""
    paid = pl.when(line("pbt").value > 0).then(line("tax").value / line("pbt").value)
    rate = pl.coalesce(line("tax_rate").value / 100, paid).clip(0.0, 0.5)
    kept = 1 - rate.fill_null(ASSUMED_TAX_RATE)
    return or_zero(line("exceptional")).map(lambda gain: gain * kept)


def core_profit(line: Line) -> Measure:
    """Owners' profit without exceptional items after tax (METHOD 0.5)."""
    return owners_profit(line) - one_off_after_tax(line)


def core_eps(line: Line) -> Measure:
    """EPS without exceptional items: EPS × core profit / owners' profit."""
    eps, owners, core = line("eps"), owners_profit(line), core_profit(line)
    changed = (eps * core / owners).value
    return eps.map(
        lambda e: pl.when(or_zero(line("exceptional")).value == 0).then(e).otherwise(changed)
    )


def ebit(line: Line) -> Measure:
    """Profit before tax + interest; other income and one-offs are inside."""
    return line("pbt") + line("interest")


def core_ebit(line: Line) -> Measure:
    """Profit before tax and exceptional items + interest; other income is inside."""
    return line("pbt") - or_zero(line("exceptional")) + line("interest")


def operating_ebit(line: Line) -> Measure:
    """Operating profit − depreciation: EBIT without other income."""
    return line("operating_profit") - line("depreciation")


def ebitda_with_other_income(line: Line) -> Measure:
    """Profit before tax + interest + depreciation."""
    return ebit(line) + line("depreciation")


def ebidt(line: Line) -> Measure:
    """Operating profit + other income."""
    return line("operating_profit") + line("other_income")


def gross_profit(line: Line) -> Measure:
    """Sales − material cost (which is net of the change in inventory)."""
    return line("sales") - line("material_cost")


def dividend(line: Line) -> Measure:
    """Dividend of the year: payout × net profit."""
    return line("dividend_payout") * line("net_profit") / 100


def dividend_per_share(line: Line) -> Measure:
    """Dividend a share of the year: payout × EPS."""
    return line("dividend_payout") * line("eps") / 100


# --- balance sheet --------------------------------------------------------------------------


def equity(line: Line) -> Measure:
    """Owners' equity: equity capital + reserves."""
    return line("equity_capital") + line("reserves")


def borrowings(line: Line) -> Measure:
    """Borrowings as filed, with lease liabilities where the source counts them in."""
    return line("borrowings").otherwise(
        line("long_term_borrowings") + line("short_term_borrowings")
    )


def debt(line: Line) -> Measure:
    """Borrowings without lease liabilities where these are stated."""
    lease = or_zero(line("lease_liabilities")).value
    return borrowings(line).map(lambda all_debt: (all_debt - lease).clip(lower_bound=0.0))


def capital_employed(line: Line) -> Measure:
    """Equity + minority interest + borrowings."""
    return equity(line) + or_zero(line("minority_interest")) + borrowings(line)


def total_assets(line: Line) -> Measure:
    """Total assets, else the total of equity and liabilities."""
    return line("total_assets").otherwise(line("total_liabilities"))


def outside_liabilities(line: Line) -> Measure:
    """Total assets − equity − minority interest."""
    return total_assets(line) - equity(line) - or_zero(line("minority_interest"))


def working_capital(line: Line) -> Measure:
    """Current assets − current liabilities."""
    return line("current_assets") - line("current_liabilities")


def accumulated_depreciation(line: Line) -> Measure:
    """Gross block − net block."""
    return line("gross_block") - line("fixed_assets")


def liquid_funds(line: Line) -> Measure:
    """Cash and bank + current investments (0 where not stated)."""
    return line("cash") + or_zero(line("current_investments"))


def net_debt(line: Line) -> Measure:
    """Debt without leases − cash and bank − current investments. Negative is net cash."""
    return debt(line) - liquid_funds(line)


def net_operating_assets(line: Line) -> Measure:
    """Total assets without liquid funds, less liabilities without borrowings."""
    operating = total_assets(line) - liquid_funds(line)
    return operating - (outside_liabilities(line) - borrowings(line))


def operating_working_capital(line: Line) -> Measure:
    """(Current assets − cash) − (current liabilities − short-term borrowings)."""
    owed = line("current_liabilities") - or_zero(line("short_term_borrowings"))
    return line("current_assets") - line("cash") - owed


def free_cash_flow(line: Line) -> Measure:
    """Cash from operations − capital expenditure."""
    return line("fcf").otherwise(line("cfo") - line("capex"))


# --- over years -----------------------------------------------------------------------------


def years_of(at: At, flow: str | Flow, count: int) -> list[Measure]:
    """The yearly values, latest first."""
    return [at.annual(flow, k) for k in range(count)]


def year_length(at: At, back: int = 0) -> pl.Expr:
    """Months of the financial year, null where there is none."""
    index = at.years + back
    return pl.col(f"months@{index}") if index < YEARS else pl.lit(None, dtype=pl.Int16)


def yearly(at: At, flow: str | Flow, back: int = 0) -> Measure:
    """A year's flow, scaled to twelve months where the period was longer or shorter."""
    index = at.years + back
    if index >= YEARS:
        return at.annual(flow, back)
    scale = at.once(f"scale@{index}", lambda: Measure(_scale(index))).value
    measure = at.annual(flow, back)
    scaled = at.once(
        f"{flow_name(flow)}@{index} of 12 months", lambda: measure.map(lambda value: value * scale)
    )
    return Measure(scaled.value, measure.codes)


def of_twelve_months(at: At, measure: Measure) -> Measure:
    """A measure of this moment's financial year, scaled to twelve months."""
    if at.years >= YEARS:
        return measure
    scale = at.once(f"scale@{at.years}", lambda: Measure(_scale(at.years))).value
    return measure.map(lambda value: value * scale)


def _scale(index: int) -> pl.Expr:
    """Twelve over the months of the year; 1 where they are not known."""
    months = pl.col(f"months@{index}")
    return pl.when(months > 0).then(12 / months).otherwise(1.0)


def average(at: At, flow: str | Flow) -> Measure:
    """The mean of opening and closing balance; the closing one where there is no opening one."""
    close, start = at.annual(flow), at.annual(flow, 1)
    return at.once(
        f"{flow_name(flow)} averaged@{at.years}", lambda: ((close + start) / 2).otherwise(close)
    )


def months_between(at: At, years: int) -> pl.Expr:
    """Months from the end of the year `years` back to the end of this moment's year."""
    if at.years + years >= YEARS:
        return pl.lit(None, dtype=pl.Int32)
    key = f"months between {at.years} and {at.years + years}"
    return at.once(key, lambda: Measure(_months_between(at.years, at.years + years))).value


def _months_between(later: int, earlier: int) -> pl.Expr:
    last, first = pl.col(f"end@{later}").dt, pl.col(f"end@{earlier}").dt
    months = last.month().cast(pl.Int32) - first.month().cast(pl.Int32)
    return 12 * (last.year() - first.year()) + months


def of_rows(f: Callable[[Floats], Floats], measures: Iterable[Measure]) -> Measure:
    """`f` of the values as a block, a row a company and a column a measure; NaN gives null.

    Null where any value is; ZERO_DENOM where all are known and there is still no result. numpy
    takes a tenth of the time of a list column.
    """
    items = list(measures)

    def run(columns: pl.Series) -> pl.Series:
        import numpy as np

        block = columns.struct.unnest().cast(pl.Float64).to_numpy()
        with np.errstate(all="ignore"):
            return pl.Series(columns.name, f(block), nan_to_null=True)

    columns = pl.struct(m.value.alias(str(k)) for k, m in enumerate(items))
    together = all_known(items)
    measure = Measure(columns.map_batches(run, return_dtype=pl.Float64), together.codes)
    return measure.explained(Reason.ZERO_DENOM, together.value.is_not_null())


def middle(measures: Iterable[Measure]) -> Measure:
    """The median, null if any value is."""
    return of_rows(_medians, measures)


def _medians(block: Floats) -> Floats:
    import numpy as np

    medians: Floats = np.median(block, axis=1)
    return medians


def sample_sd(measures: Iterable[Measure]) -> Measure:
    """The sample standard deviation, null if any value is."""
    return of_rows(lambda block: block.std(axis=1, ddof=1), measures)


def least(measures: Iterable[Measure]) -> Measure:
    """The smallest value, null if any value is."""
    items = list(measures)
    low = pl.min_horizontal(m.value for m in items)
    return all_known(items).map(lambda known: pl.when(known.is_not_null()).then(low))


def winsorised(value: pl.Expr) -> pl.Expr:
    """The value, drawn in where it is beyond the 5th or 95th percentile of all companies.

    Whole companies are drawn in: of fewer than twenty, none is.
    """
    low, high = value.quantile(TAIL, "lower"), value.quantile(1 - TAIL, "higher")
    return value.clip(low, high)


def count_true(conditions: Iterable[Measure]) -> Measure:
    """How many of the conditions hold, null if any is unknown."""
    return all_known(c.map(lambda value: value.cast(pl.Float64)) for c in conditions)


# --- price ----------------------------------------------------------------------------------


def is_stale() -> pl.Expr:
    """Whether the last trade is too old, or trades too rare, for the price to count."""
    late = pl.col("sessions_since_trade") > STALE_SESSIONS
    rare = pl.col("zero_volume_60d") > STALE_ZERO_VOLUME
    return (late | rare).fill_null(False)


def priced(at: At, measure: Measure) -> Measure:
    """Null with STALE where the price does not count."""
    fresh = at.once("price counts", lambda: Measure(~is_stale())).value
    return measure.only_if(fresh, Reason.STALE)


@shared
def price(at: At) -> Measure:
    """The last close, as traded."""
    return _today(at, "close")


@shared
def market_cap(at: At) -> Measure:
    """Close × shares outstanding today."""
    usual = at.once("share count known", lambda: Measure(~_share_jump())).value
    return _today(at, "market_cap").only_if(usual, Reason.UNEXPLAINED_SHARE_JUMP)


def _share_jump() -> pl.Expr:
    return pl.col("share_jump").fill_null(False)


@shared
def shares(at: At) -> Measure:
    """Shares outstanding today in crore; years back the count on today's basis."""
    if at.years == 0 and at.quarters == 0:
        return Measure(pl.col("shares")).otherwise(shares_of_year(at))
    return shares_of_year(at)


@shared
def shares_of_year(at: At) -> Measure:
    """Shares of a financial year on today's basis, comparable over the years, in crore."""
    return _count_of_year(at).only_if(~_is_of_founders(at).value, Reason.SHORT_HISTORY)


@shared
def _count_of_year(at: At) -> Measure:
    """The same, founders' shares too. Each year reads the later one once, not twice: 2¹⁰ reads."""
    if at.years:
        later = at.back(years=-1)
        return _count_of_year(later) / share_step(later)
    today = Measure(pl.col("shares")) * at.annual("equity_capital") / at.balance("equity_capital")
    return today.otherwise(at.annual("shares"))


@shared
def share_step(at: At) -> Measure:
    """Shares of a year over those of the year before, splits and bonuses apart.

    The filed count or the equity capital tells it, without the part that a split or bonus explains.
    """
    by_count, by_capital = (
        at.annual(line) / at.annual(line, 1) for line in ("shares", "equity_capital")
    )
    known = by_count.otherwise(by_capital)
    jump = at.once(f"share jump@{at.years}", lambda: known).value
    restated = at.once(f"restated by@{at.years}", lambda: Measure(_restated_by(at, jump))).value
    step = jump / restated.fill_null(1.0)
    rough = by_count.value.is_null() & _is_rough(at) & restated.is_null()
    return Measure(step, known.codes).only_if(~rough & (jump > 0), Reason.ZERO_DENOM)


def _restated_by(at: At, jump: pl.Expr) -> pl.Expr:
    """The ratio of the split or bonus that is within a jump of the share count, else null.

    Sources restate earlier EPS for both, so the count jumps by that ratio more than profit over
    EPS does. Below two to one an issue late in the year looks alike, but brings in money; where
    EPS tells nothing, a jump by just that ratio without money is taken for one.
    """
    per_eps = (_implied_count(at, 0) / _implied_count(at, 1)).value
    before = at.annual(equity, 1).value
    paid_in = at.annual(equity).value - before - at.annual(owners_profit).value
    three = pl.struct(jump.alias("0"), per_eps.alias("1"), (paid_in / before.abs()).alias("2"))
    return three.map_batches(_ratios_given, return_dtype=pl.Float64)


def _ratios_given(columns: pl.Series) -> pl.Series:
    import numpy as np

    block = columns.struct.unnest().cast(pl.Float64).to_numpy()
    jump, per_eps, paid_in = block[:, 0], block[:, 1], block[:, 2]
    given = np.full(len(block), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        free = paid_in <= FREE_OF_MONEY
        for ratio in GIVEN_RATIOS:
            just = np.abs(jump / ratio - 1) <= NEAR_RATIO
            lags = (per_eps <= RATIO_LAG * ratio) | (np.isnan(per_eps) & free)
            excess = np.abs(jump / per_eps / ratio - 1) <= NEAR_RATIO
            inside = excess & (jump >= (1 - NEAR_RATIO) * ratio)
            found = (just & lags | inside) & (free | (ratio >= CLEAR_RATIO))
            given[found & np.isnan(given)] = ratio
    return pl.Series(columns.name, given, nan_to_null=True)


@shared
def _is_of_founders(at: At) -> Measure:
    """Whether a year or one after it has the founders' few shares of before the listing.

    What came before them is not the count of today's owners either.
    """
    if not at.years:
        return Measure(pl.lit(False))
    later = _is_of_founders(at.back(years=-1)).value
    if at.years >= YEARS:
        return Measure(later)
    young = pl.col("listed_on") > pl.col(f"end@{at.years}")
    few = _count_of_year(at).value < FOUNDERS_SHARE * pl.col("shares")
    return Measure(later | (young & few).fill_null(False))


def _implied_count(at: At, back: int) -> Measure:
    """Profit over EPS, where rounding to whole crores and paise does little to it."""
    profit, eps = at.annual(owners_profit, back), _printed_eps(at.years + back)
    error = 0.5 / profit.value.abs() + 0.005 / eps.value.abs()
    return (profit / eps).only_if(error <= ROUNDING_ERROR, Reason.MISSING)


def _printed_eps(year: int) -> Measure:
    """EPS of a financial year, of founders' shares too: those are what is counted."""
    return Measure(pl.col(f"eps@{year}")) if year < YEARS else missing(Reason.SHORT_HISTORY)


def _is_rough(at: At) -> pl.Expr:
    """Whether the capital of two years differs by what rounding to whole crores may explain."""
    now, before = at.annual("equity_capital").value, at.annual("equity_capital", 1).value
    whole = (now == now.round()) & (before == before.round())
    return (whole & (now != before) & (pl.min_horizontal(now, before) < ROUGH_CAPITAL)).fill_null(
        False
    )


def _today(at: At, column: str) -> Measure:
    if at.years or at.quarters:
        return missing(Reason.SHORT_HISTORY)
    return priced(at, Measure(pl.col(column)))
