"""Returns on capital, margins and their steadiness (METHOD 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import polars as pl

from screener.fields import owners, terms
from screener.fields.base import (
    At,
    Family,
    Field,
    Flow,
    History,
    Measure,
    Reason,
    Unit,
    because,
    mean,
    shared,
)
from screener.fields.company import earns_fees, of_layout
from screener.fields.terms import (
    average,
    least,
    of_twelve_months,
    or_zero,
    percent,
    sample_sd,
    yearly,
)

Definition = Callable[[At], Measure]

MAX_TAX_RATE: Final = 0.35
MIN_INVESTED_SHARE: Final = 0.05  # capital below this share of total assets makes no return
MIN_LENDERS_EQUITY: Final = 0.01  # the same for the equity of financial companies
SHELL_CAPITAL: Final = 0.1  # ₹ crore; who has less is a shell, and a return on it no figure
MIN_MEAN_MARGIN: Final = 1.0  # percent; a smaller mean margin is too near to nothing to divide by


# --- returns --------------------------------------------------------------------------------


@shared
def roe(at: At) -> Measure:
    """Owners' profit over average owners' equity, in percent; both equities must be above zero."""
    base = average(at, terms.equity)
    ratio = percent(of_twelve_months(at, owners.year_profit(at)) / base)
    lender = pl.col("is_financial").fill_null(False)
    floor = pl.when(lender).then(MIN_LENDERS_EQUITY).otherwise(MIN_INVESTED_SHARE)
    ratio = ratio.only_if(_is_enough(at, base, floor), Reason.ZERO_DENOM)
    return ratio.only_if(_was_positive(at, terms.equity), Reason.NEG_EQUITY)


def roe_naive(at: At) -> Measure:
    """Owners' profit over the mean of both equities, whatever their signs, in percent."""
    return percent(of_twelve_months(at, owners.year_profit(at)) / average(at, terms.equity))


def _was_positive(at: At, flow: Flow) -> pl.Expr:
    """Whether a balance is above zero at the end of the year and, if known, at its beginning."""
    now, before = at.annual(flow).value, at.annual(flow, 1).value
    return (now > 0) & (before > 0).fill_null(True)


def _is_enough(at: At, base: Measure, share: pl.Expr | float) -> pl.Expr:
    """Whether a balance is no shell's and, where these are known, above that share of assets."""
    of_assets = (base.value > share * at.annual(terms.total_assets).value).fill_null(True)
    return of_assets & (base.value >= SHELL_CAPITAL).fill_null(True)


def on_capital(profit: Flow, capital: Flow, at: At) -> Measure:
    """A year's profit over an average capital in percent; null on negative or tiny capital."""
    base = average(at, capital)
    ratio = percent(yearly(at, profit) / base)
    enough = _was_positive(at, capital) & _is_enough(at, base, MIN_INVESTED_SHARE)
    return _with_fee_earners(ratio.only_if(enough, Reason.ZERO_DENOM), at)


def _with_fee_earners(measure: Measure, at: At) -> Measure:
    """Null with FINANCIAL for financial companies but those that live on fees (METHOD 0.11)."""
    suits = at.once("suits roce", lambda: Measure(~of_layout() | earns_fees())).value
    codes = (because(Reason.FINANCIAL, ~suits), *measure.codes)
    return Measure(pl.when(suits).then(measure.value), codes)


@shared
def roce(at: At) -> Measure:
    """Profit before one-offs, tax and interest over average capital employed, in percent."""
    return on_capital(terms.core_ebit, terms.capital_employed, at)


@shared
def roce_closing(at: At) -> Measure:
    """EBIT over total assets less current liabilities at the year end, in percent."""
    capital = at.annual(terms.total_assets) - at.annual("current_liabilities")
    ratio = yearly(at, terms.ebit) / capital
    return _with_fee_earners(percent(ratio).only_if(capital.value > 0, Reason.ZERO_DENOM), at)


def roce_screener(at: At) -> Measure:
    """ROCE with reported profit and without minority interest in the capital."""
    return on_capital(terms.ebit, _owners_and_lenders, at)


def _owners_and_lenders(line: terms.Line) -> Measure:
    return terms.equity(line) + terms.borrowings(line)


@shared
def roic(at: At) -> Measure:
    """After-tax EBIT over average invested capital, in percent."""
    paid = (at.annual(terms.tax) / at.annual("pbt")).map(lambda t: t.clip(0.0, MAX_TAX_RATE))
    invested = average(at, invested_capital)
    ratio = yearly(at, terms.core_ebit) * (1 - paid) / invested
    floor = MIN_INVESTED_SHARE * at.annual(terms.total_assets).value
    return percent(ratio).only_if(invested.value > floor, Reason.ZERO_DENOM).non_financial()


def invested_capital(line: terms.Line) -> Measure:
    """Working capital without cash + fixed assets + capital work in progress."""
    return (
        terms.working_capital(line)
        - terms.liquid_funds(line)
        + line("fixed_assets")
        + or_zero(line("cwip"))
    )


@shared
def roa(at: At) -> Measure:
    """Net profit over average total assets, in percent."""
    return percent(yearly(at, "net_profit") / average(at, terms.total_assets))


def asset_turnover(at: At) -> Measure:
    """The year's sales over average total assets."""
    return (yearly(at, "sales") / average(at, terms.total_assets)).non_financial()


def financial_leverage(at: At) -> Measure:
    """Total assets over owners' equity."""
    equity = at.annual(terms.equity)
    return (at.annual(terms.total_assets) / equity).only_if(equity.value > 0, Reason.NEG_EQUITY)


def earning_power(at: At) -> Measure:
    """EBIT over total assets, in percent."""
    return percent(yearly(at, terms.ebit) / at.annual(terms.total_assets)).non_financial()


def gross_profit_to_assets(at: At) -> Measure:
    """Gross profit over closing total assets."""
    return (yearly(at, terms.gross_profit) / at.annual(terms.total_assets)).non_financial()


def croic(at: At) -> Measure:
    """Free cash flow over capital employed, in percent."""
    capital = at.annual(terms.capital_employed)
    share = percent(yearly(at, terms.free_cash_flow) / capital)
    enough = (capital.value > 0) & _is_enough(at, capital, MIN_INVESTED_SHARE)
    return share.only_if(enough, Reason.ZERO_DENOM).non_financial()


@shared
def cfo_to_assets(at: At) -> Measure:
    """Cash from operations over closing total assets, in percent."""
    return percent(yearly(at, "cfo") / at.annual(terms.total_assets)).non_financial()


@shared
def gross_margin(at: At) -> Measure:
    """Gross margin of a financial year, in percent."""
    return percent(terms.over_turnover(at.annual(terms.gross_profit), at.annual("sales")))


def change_over(define: Definition, years: int, at: At) -> Measure:
    """A measure less itself so many years before."""
    return define(at) - define(at.back(years=years))


def least_to_mean(define: Definition, years: int, at: At) -> Measure:
    """The smallest yearly margin over the mean of the years; null where that is next to nothing."""
    middle = average_over(define, years, at)
    ratio = over_years(least, define, years, at) / middle
    return ratio.only_if(middle.value >= MIN_MEAN_MARGIN, Reason.ZERO_DENOM)


# --- margins over time ----------------------------------------------------------------------


@shared
def opm(at: At) -> Measure:
    """Operating margin of a financial year, in percent."""
    return percent(terms.over_turnover(at.annual("operating_profit"), at.annual("sales")))


@shared
def quarter_opm(at: At) -> Measure:
    """Operating margin of a quarter, in percent."""
    return percent(terms.over_turnover(at.quarter("operating_profit"), at.quarter("sales")))


def dividend_payout(at: At) -> Measure:
    """Dividend in percent of the year's net profit, as printed; null where a loss was made."""
    payout = at.annual("dividend_payout")
    return payout.only_if(payout.value >= 0, Reason.NEG_EARNINGS)


# --- over the years -------------------------------------------------------------------------


def over_years(
    combine: Callable[[list[Measure]], Measure], define: Definition, years: int, at: At
) -> Measure:
    """Combine the yearly values of a measure, latest first."""
    return combine([define(at.back(years=k)) for k in range(years)])


def average_over(define: Definition, years: int, at: At) -> Measure:
    """The mean of the yearly values."""
    return over_years(mean, define, years, at)


def _sd_of_quarters(quarters: int, at: At) -> Measure:
    return sample_sd(quarter_opm(at.back(quarters=k)) for k in range(quarters))


def _earlier(define: Definition, years: int, at: At) -> Measure:
    return define(at.back(years=years))


def printed(line: str, at: At) -> Measure:
    """A ratio as its source prints it."""
    return at.annual(line)


# --- fields ---------------------------------------------------------------------------------

_AVERAGES_NOTE: Final = (
    "Screener.in's guide describes its 5, 7 and 10 year averages with capital employed; here it is "
    "the mean of the yearly returns on equity."
)


def _returns() -> Iterator[Field]:
    yield Field(
        "roe", "Return on equity", Unit.PERCENT,
        "Owners' profit of the latest financial year over average owners' equity.",
        "Profit of owners / mean(opening, closing equity)", roe, aliases=("ROE",),
        history=History.ANNUAL,
        note="Closing equity alone where there is no opening one. Null on equity below 5 % of "
        "assets (1 % for financial companies) or below ₹10 lakh. Where the owners' part of the "
        "profit is not stated, EPS × shares stands for it if that is far from the whole profit. "
        "As printed: “ROE as printed”.",
    )  # fmt: skip
    yield Field(
        "roe_naive", "ROE whatever the sign", Unit.PERCENT,
        "Owners' profit over the mean of both equities, even where one of them is negative.",
        "Profit of owners / mean(opening, closing equity)", roe_naive, history=History.ANNUAL,
        note="As some sites print it. Across a change of sign it means nothing: use ROE.",
    )  # fmt: skip
    yield Field(
        "roce", "Return on capital employed", Unit.PERCENT,
        "Profit before one-off items, interest and tax over average capital employed.",
        "(Profit before tax − exceptional + interest) / mean(equity + minority + borrowings)",
        roce, aliases=("ROCE",), history=History.ANNUAL,
        note="Other income is inside. Of financial companies only those that live on fees have it "
        "(asset managers, exchanges, depositories, raters, brokers). Variants: “ROCE on reported "
        "profit”, “ROCE on assets less current liabilities”, “ROCE as printed”.",
    )  # fmt: skip
    yield Field(
        "roce_screener", "ROCE on reported profit", Unit.PERCENT,
        "ROCE with one-off items inside and without minority interest in the capital.",
        "(Profit before tax + interest) / mean(equity + borrowings)", roce_screener,
        history=History.ANNUAL, note="Near to what Screener.in shows; ours is ROCE.",
    )  # fmt: skip
    yield Field(
        "roce_ta_cl", "ROCE on assets less current liabilities", Unit.PERCENT,
        "EBIT over total assets less current liabilities at the year end.",
        "(Profit before tax + interest) / (total assets − current liabilities)", roce_closing,
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "roic", "Return on invested capital", Unit.PERCENT,
        "After-tax EBIT over the capital that the business itself ties up.",
        "EBIT × (1 − tax rate) / mean(working capital − cash + fixed assets + CWIP)", roic,
        aliases=("ROIC",), history=History.ANNUAL,
        note="Null where invested capital is at most 5 % of assets: the ratio would explode.",
    )  # fmt: skip
    yield Field(
        "roa", "Return on assets", Unit.PERCENT,
        "Net profit of the latest financial year over average total assets.",
        "Net profit / mean(opening, closing total assets)", roa, aliases=("ROA",),
        history=History.ANNUAL,
    )  # fmt: skip
    for name, key, define, short in (
        ("Return on capital employed", "roce", roce, "ROCE"),
        ("Return on equity", "roe", roe, "ROE"),
        ("Return on assets", "roa", roa, "ROA"),
    ):
        yield Field(
            f"{key}_preceding_year", f"{name} preceding year", Unit.PERCENT,
            f"{name} of the financial year before the latest.", f"{name} a year earlier",
            partial(_earlier, define, 1), aliases=(f"{short} preceding year",),
            history=History.ANNUAL,
        )  # fmt: skip


def _averages() -> Iterator[Field]:
    for words, key, define, short in (
        ("return on capital employed", "roce", roce, "ROCE"),
        ("return on equity", "roe", roe, "ROE"),
    ):
        for years in (3, 5, 7, 10):
            yield Field(
                f"{key}_{years}y_avg", f"Average {words} {years}Years", Unit.PERCENT,
                f"The mean of the last {years} yearly returns.", f"Mean of yearly {short}",
                partial(average_over, define, years),
                aliases=(f"Average {short} {years}Years", f"{short} {years}Years"),
                history=History.ANNUAL, note=_AVERAGES_NOTE if key == "roe" else "",
            )  # fmt: skip
        for years in (5, 10):
            yield Field(
                f"{key}_{years}y_min", f"Lowest {short} {years}Years", Unit.PERCENT,
                f"The lowest of the last {years} yearly returns.", f"Minimum of yearly {short}",
                partial(over_years, least, define, years), history=History.ANNUAL,
            )  # fmt: skip
    for years in (3, 5):
        yield Field(
            f"roa_{years}y_avg", f"Return on assets {years}years", Unit.PERCENT,
            f"The mean of the last {years} yearly returns on assets.", "Mean of yearly ROA",
            partial(average_over, roa, years), aliases=(f"Average return on assets {years}Years",),
            history=History.ANNUAL,
            note="Screener.in describes this average with EBIT; here it is net profit throughout.",
        )  # fmt: skip
    for years in (5, 10):
        yield Field(
            f"opm_{years}y_avg", f"OPM {years}Year", Unit.PERCENT,
            f"The mean of the last {years} yearly operating margins.", "Mean of yearly OPM",
            partial(average_over, opm, years), aliases=(f"Average OPM {years}Years",),
            history=History.ANNUAL,
        )  # fmt: skip


def _margins() -> Iterator[Field]:
    yield Field(
        "roe_sd_5y", "ROE sd 5Years", Unit.PERCENT,
        "How much the return on equity varied over five years, in percent points.",
        "Sample standard deviation of yearly ROE", partial(over_years, sample_sd, roe, 5),
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "opm_sd_5y", "OPM sd 5Years", Unit.PERCENT,
        "How much the operating margin varied over five years, in percent points.",
        "Sample standard deviation of yearly OPM", partial(over_years, sample_sd, opm, 5),
        aliases=("OPM standard deviation 5Years",), history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "opm_sd_12q", "OPM sd 12quarters", Unit.PERCENT,
        "How much the operating margin varied over twelve quarters, in percent points.",
        "Sample standard deviation of quarterly OPM", partial(_sd_of_quarters, 12),
        history=History.QUARTER,
    )  # fmt: skip
    yield Field(
        "opm_5y_min", "Lowest OPM 5Years", Unit.PERCENT,
        "The lowest of the last five yearly operating margins.", "Minimum of yearly OPM",
        partial(over_years, least, opm, 5), history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "dividend_payout", "Dividend Payout Ratio", Unit.PERCENT,
        "Dividend in percent of the latest financial year's net profit.", "Dividend / net profit",
        dividend_payout, aliases=("Dividend Payout",), history=History.ANNUAL,
        note="Null for a dividend paid in a year of loss: as a percentage it would be below zero.",
    )  # fmt: skip
    yield Field(
        "dividend_payout_3y_avg", "Average dividend payout 3years", Unit.PERCENT,
        "The mean of the last three yearly payouts.", "Mean of dividend / net profit",
        partial(average_over, dividend_payout, 3), history=History.ANNUAL,
    )  # fmt: skip


def _changes() -> Iterator[Field]:
    for key, name, define in (
        ("roe", "ROE", roe),
        ("roa", "ROA", roa),
        ("cfo_to_assets", "CFO to assets", cfo_to_assets),
        ("gross_profit_to_assets", "Gross profit to assets", gross_profit_to_assets),
        ("gpm", "GPM", gross_margin),
    ):
        yield Field(
            f"{key}_change_5y", f"{name} change 5Years",
            Unit.RATIO if define is gross_profit_to_assets else Unit.PERCENT,
            f"{name} of the latest financial year less that of five years before.",
            f"{name} − {name} five years before", partial(change_over, define, 5),
            history=History.ANNUAL,
        )  # fmt: skip
    yield Field(
        "opm_min_to_mean_5y", "OPM minimum to mean 5Years", Unit.RATIO,
        "The worst operating margin of five years over their mean; near 1 is steady.",
        "min OPM / mean OPM", partial(least_to_mean, opm, 5), history=History.ANNUAL,
        note="Null where the mean margin is below 1 %.",
    )  # fmt: skip


def _efficiency() -> Iterator[Field]:
    for key, name, unit, about, formula, define in (
        (
            "asset_turnover",
            "Asset Turnover Ratio",
            Unit.RATIO,
            "The year's sales over average total assets.",
            "Sales / mean total assets",
            asset_turnover,
        ),
        (
            "financial_leverage",
            "Financial leverage",
            Unit.RATIO,
            "Total assets over owners' equity.",
            "Total assets / equity",
            financial_leverage,
        ),
        (
            "earning_power",
            "Earning Power",
            Unit.PERCENT,
            "EBIT over total assets.",
            "(Profit before tax + interest) / total assets",
            earning_power,
        ),
        (
            "gross_profit_to_assets",
            "Gross profit to assets",
            Unit.RATIO,
            "Sales less material cost over closing total assets (Novy-Marx).",
            "(Sales − material cost) / total assets",
            gross_profit_to_assets,
        ),
        (
            "cfo_to_assets",
            "CFO to assets",
            Unit.PERCENT,
            "Cash from operations over closing total assets.",
            "Cash from operations / total assets",
            cfo_to_assets,
        ),
        (
            "croic",
            "CROIC",
            Unit.PERCENT,
            "Free cash flow over capital employed.",
            "Free cash flow / (equity + minority + borrowings)",
            croic,
        ),
    ):
        yield Field(key, name, unit, about, formula, define, history=History.ANNUAL)
    for key, name, line in (
        ("roce_printed", "ROCE as printed", "roce_printed"),
        ("roe_printed", "ROE as printed", "roe_printed"),
        ("cfo_to_op_printed", "CFO to operating profit as printed", "cfo_to_op"),
    ):
        yield Field(
            key, name, Unit.PERCENT, "The figure as its source prints it, not computed here.",
            "As printed", partial(printed, line), history=History.ANNUAL,
        )  # fmt: skip
    for key, name in (("gross_npa", "Gross NPA"), ("net_npa", "Net NPA")):
        yield Field(
            key, name, Unit.PERCENT, f"{name} in percent of advances at the latest result.",
            "As filed, latest quarter; else the latest year", partial(_npa, key),
            history=History.QUARTER,
        )  # fmt: skip


def _npa(line: str, at: At) -> Measure:
    latest = at.quarter(line)
    return latest if at.quarters or at.years else latest.otherwise(at.annual(line))


FAMILY: Final = Family(
    "Quality", (*_returns(), *_averages(), *_margins(), *_changes(), *_efficiency())
)
