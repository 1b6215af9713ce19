"""Piotroski's F and Beneish's M, made of signals and of indices; and a lender's provision cover."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.fields import terms
from screener.fields.base import (
    At,
    Family,
    Field,
    Flow,
    History,
    Measure,
    Reason,
    Unit,
    all_known,
    as_measure,
    shared,
)
from screener.fields.terms import average, of_rows, percent, yearly

if TYPE_CHECKING:
    from screener.fields.terms import Floats

MIN_SIGNALS: Final = 6  # fewer known signals make no score
ISSUE_TOLERANCE: Final = 1.005  # staff options below half a percent are no issue
MAX_NEUTRAL: Final = 2  # Beneish indices without a base that may be set to 1


# --- Piotroski ------------------------------------------------------------------------------


def _return_on_opening(flow: str | Flow, at: At, back: int = 0) -> Measure:
    return yearly(at, flow, back) / at.annual(terms.total_assets, back + 1)


def _leverage(flow: str | Flow, at: At) -> Measure:
    return at.annual(flow) / average(at, terms.total_assets)


def _leverage_change(at: At) -> Measure:
    long_term, any_debt = (
        _leverage(flow, at) - _leverage(flow, at.back(years=1))
        for flow in ("long_term_borrowings", terms.debt)
    )
    return long_term.otherwise(any_debt)


def _current_ratio(at: At, back: int) -> Measure:
    return at.annual("current_assets", back) / at.annual("current_liabilities", back)


def _gross_margin(at: At, back: int) -> Measure:
    return at.annual(terms.gross_profit, back) / at.annual("sales", back)


@shared
def _no_issue(at: At) -> Measure:
    return terms.share_step(at).map(lambda ratio: ratio <= ISSUE_TOLERANCE)


def small_issue(at: At) -> Measure:
    """Whether shares were issued in the year, but too few to count (staff options)."""
    return terms.share_step(at).map(lambda ratio: (ratio > 1) & (ratio <= ISSUE_TOLERANCE))


def _above(measure: Measure, limit: float = 0.0) -> Measure:
    return measure.map(lambda value: value > limit)


def signals(at: At) -> dict[str, Measure]:
    """Piotroski's nine signals, each true, false or null."""
    profit = _return_on_opening(terms.core_profit, at)
    cash = _return_on_opening("cfo", at)
    return {
        "profit": _above(profit),
        "cash": _above(at.annual("cfo")),
        "profit_up": _above(profit - _return_on_opening(terms.core_profit, at, 1)),
        "cash_above_profit": _above(cash - profit),
        "debt_down": _leverage_change(at).map(lambda change: change < 0),
        "liquidity_up": _above(_current_ratio(at, 0) - _current_ratio(at, 1)),
        "no_issue": _no_issue(at),
        "margin_up": _above(_gross_margin(at, 0) - _gross_margin(at, 1)),
        "turnover_up": _above(_return_on_opening("sales", at) - _return_on_opening("sales", at, 1)),
    }


@shared
def piotroski_known(at: At) -> Measure:
    """How many of the nine signals are known."""
    known = [signal.value.is_not_null().cast(pl.Float64) for signal in signals(at).values()]
    return Measure(pl.sum_horizontal(known))


@shared
def piotroski(at: At) -> Measure:
    """How many signals are true; null where fewer than six are known."""
    nine = list(signals(at).values())
    passed = pl.sum_horizontal(signal.value.cast(pl.Float64) for signal in nine)
    known = piotroski_known(at).value
    measure = Measure(passed, all_known(nine).codes)
    return measure.map(lambda score: pl.when(known >= MIN_SIGNALS).then(score))


def piotroski_of_nine(at: At) -> Measure:
    """The share of the known signals that are true, times nine."""
    return piotroski(at) * 9 / piotroski_known(at)


def _signal(name: str, at: At) -> Measure:
    return signals(at)[name]


_SIGNAL_WORDS: Final = {
    "profit": ("Piotroski profit", "Core profit over opening assets is above zero."),
    "cash": ("Piotroski cash", "Cash from operations is above zero."),
    "profit_up": ("Piotroski profit up", "Core profit over opening assets rose."),
    "cash_above_profit": ("Piotroski cash above profit", "Cash flow over assets exceeds profit."),
    "debt_down": ("Piotroski debt down", "Long-term debt over average assets fell."),
    "liquidity_up": ("Piotroski liquidity up", "The current ratio rose."),
    "no_issue": ("Piotroski no issue", "The share count, splits and bonuses apart, did not rise."),
    "margin_up": ("Piotroski margin up", "The gross margin rose."),
    "turnover_up": ("Piotroski turnover up", "Sales over opening assets rose."),
}


# --- lenders --------------------------------------------------------------------------------


def provision_cover(at: At) -> Measure:
    """The share of bad loans that is provided for, in percent.

    Exact where net bad loans are filed over advances net of provisions, as they are.
    """
    gross, net = at.quarter("gross_npa"), at.quarter("net_npa")
    if not at.quarters:
        gross, net = gross.otherwise(at.annual("gross_npa")), net.otherwise(at.annual("net_npa"))
    left = (net * (100 - gross)) / (gross * (100 - net))
    return percent(1 - left)


# --- Beneish --------------------------------------------------------------------------------


def other_expenses(line: terms.Line) -> Measure:
    """Expenses other than materials: stands for selling and administration cost."""
    return line("expenses") - line("material_cost")


@dataclass(frozen=True)
class _Index:
    """A year-on-year index, 1 where its base is zero or negative; and whether it was set so."""

    value: Measure
    neutral: pl.Expr


def _index(at: At, name: str, over: Measure, under: Measure) -> _Index:
    base, top = under.value, over.value
    neutral = at.once(
        f"{name}@{at.years} without base", lambda: Measure((base <= 0) & top.is_not_null())
    )
    quotient = pl.when(neutral.value).then(1.0).when(base > 0).then(top / base)
    measure = Measure(quotient, over.codes + under.codes)
    return _Index(at.once(f"{name}@{at.years}", lambda: measure), neutral.value)


def _soft_assets(at: At, back: int) -> Measure:
    hard = at.annual("current_assets", back) + at.annual("fixed_assets", back)
    return 1 - hard / at.annual(terms.total_assets, back)


def _depreciation_rate(at: At, back: int) -> Measure:
    worn = at.annual("depreciation", back)
    return worn / (worn + at.annual("fixed_assets", back))


def _debt_share(at: At, back: int) -> Measure:
    long_term = at.annual("long_term_borrowings", back)
    owed = at.annual("current_liabilities", back) + long_term
    return owed / at.annual(terms.total_assets, back)


def _to_sales(flow: str | Flow, at: At, back: int) -> Measure:
    return at.annual(flow, back) / at.annual("sales", back)


def beneish_indices(at: At) -> dict[str, _Index]:
    """The seven year-on-year indices."""
    parts = {
        "DSRI": (_to_sales("receivables", at, 0), _to_sales("receivables", at, 1)),
        "GMI": (_gross_margin(at, 1), _gross_margin(at, 0)),
        "AQI": (_soft_assets(at, 0), _soft_assets(at, 1)),
        "SGI": (yearly(at, "sales"), yearly(at, "sales", 1)),
        "DEPI": (_depreciation_rate(at, 1), _depreciation_rate(at, 0)),
        "SGAI": (_to_sales(other_expenses, at, 0), _to_sales(other_expenses, at, 1)),
        "LVGI": (_debt_share(at, 0), _debt_share(at, 1)),
    }
    return {name: _index(at, name, over, under) for name, (over, under) in parts.items()}


@shared
def accruals_closing(at: At) -> Measure:
    """TATA: (net profit − cash from operations) over closing total assets."""
    gap = at.annual("net_profit") - at.annual("cfo")
    return (gap / at.annual(terms.total_assets)).non_financial()


_M8: Final = {
    "DSRI": 0.920, "GMI": 0.528, "AQI": 0.404, "SGI": 0.892, "DEPI": 0.115, "SGAI": -0.172,
    "LVGI": -0.327,
}  # fmt: skip
_M5: Final = {"DSRI": 0.823, "GMI": 0.906, "AQI": 0.593, "SGI": 0.717, "DEPI": 0.107}


def _beneish(constant: float, weights: dict[str, float], accruals_weight: float, at: At) -> Measure:
    indices = beneish_indices(at)
    score = as_measure(constant)
    for name, weight in weights.items():
        score = score + weight * indices[name].value
    if accruals_weight:
        score = score + accruals_weight * accruals_closing(at)
    neutral = pl.sum_horizontal(indices[name].neutral.cast(pl.Int8) for name in weights)
    return score.only_if(neutral <= MAX_NEUTRAL, Reason.ZERO_DENOM).non_financial()


@shared
def beneish_m8(at: At) -> Measure:
    """Beneish's M with eight variables."""
    return _beneish(-4.84, _M8, 4.679, at)


def beneish_m5(at: At) -> Measure:
    """Beneish's M with five variables."""
    return _beneish(-6.065, _M5, 0.0, at)


def manipulation_probability(at: At) -> Measure:
    """The normal probability of Beneish's M, in percent."""
    return normal_probability(beneish_m8(at))


def normal_probability(score: Measure) -> Measure:
    """The part of a normal distribution that lies below the score, in percent."""
    return percent(of_rows(_normal_cdf, [score]))


def _normal_cdf(scores: Floats) -> Floats:
    import numpy as np

    values = [0.5 * math.erfc(-score / math.sqrt(2)) for score in scores[:, 0]]
    return np.array(values, dtype=np.float64)


def _index_of(name: str, at: At) -> Measure:
    return beneish_indices(at)[name].value.non_financial()


_INDEX_WORDS: Final = {
    "DSRI": ("Receivables over sales, on the year before.", "(receivables/sales) / year before"),
    "GMI": ("The gross margin of the year before over this year's.", "margin before / margin"),
    "AQI": ("The share of assets neither current nor fixed, on the year before.",
            "(1 − (CA + fixed assets)/TA) / year before"),
    "SGI": ("Sales on the year before.", "sales / year before"),
    "DEPI": ("The depreciation rate of the year before over this year's.", "rate before / rate"),
    "SGAI": ("Other expenses over sales, on the year before.",
             "(other expenses/sales) / year before"),
    "LVGI": ("Current liabilities and long-term debt over assets, on the year before.",
             "((CL + long-term debt)/TA) / year before"),
}  # fmt: skip


# --- fields ---------------------------------------------------------------------------------


def _piotroski_fields() -> Iterator[Field]:
    yield Field(
        "piotroski_f", "Piotroski score", Unit.COUNT,
        "How many of nine signs of improvement hold; unknown ones do not count as held.",
        "Count of true signals; null with fewer than six known", piotroski,
        aliases=("Piotroski F", "F score"), history=History.ANNUAL,
        note="Counts improvement, not quality. “Piotroski known” says how many signs are known.",
    )  # fmt: skip
    yield Field(
        "piotroski_signals_known", "Piotroski known", Unit.COUNT,
        "How many of the nine signs of the Piotroski score are known.",
        "Count of known signals", piotroski_known, history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "piotroski_of_nine", "Piotroski of nine", Unit.COUNT,
        "The share of the known signs of the Piotroski score that hold, times nine.",
        "Piotroski score × 9 / Piotroski known", piotroski_of_nine, history=History.ANNUAL,
        note="Compares companies whose sources tell different numbers of signs.",
    )  # fmt: skip
    for key, (name, about) in _SIGNAL_WORDS.items():
        yield Field(
            f"piotroski_{key}", name, Unit.FLAG, about, about.removesuffix("."),
            partial(_signal, key), history=History.ANNUAL,
        )  # fmt: skip


def _beneish_fields() -> Iterator[Field]:
    yield Field(
        "beneish_m8", "Beneish M Score", Unit.RATIO,
        "Likeness to known manipulators of earnings; above −1.78 calls for a look.",
        "−4.84 + .920 DSRI + .528 GMI + .404 AQI + .892 SGI + .115 DEPI − .172 SGAI "
        "+ 4.679 TATA − .327 LVGI",
        beneish_m8, aliases=("Beneish M8", "M Score"), history=History.ANNUAL,
        note="Other expenses stand for selling and administration cost. An index without a base "
        "counts as 1; with more than two such the score is null.",
    )  # fmt: skip
    yield Field(
        "beneish_m5", "Beneish M5 Score", Unit.RATIO,
        "Beneish's M with five variables, without accruals, leverage and administration cost.",
        "−6.065 + .823 DSRI + .906 GMI + .593 AQI + .717 SGI + .107 DEPI", beneish_m5,
        aliases=("Beneish M5",), history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "beneish_probability", "Beneish probability", Unit.PERCENT,
        "The share of firms with such an M Score that manipulated, in Beneish's model.",
        "normal probability of the M Score", manipulation_probability, history=History.ANNUAL,
    )  # fmt: skip
    for key, (about, formula) in _INDEX_WORDS.items():
        yield Field(
            f"beneish_{key.lower()}", f"Beneish {key}", Unit.RATIO, about, formula,
            partial(_index_of, key), history=History.ANNUAL,
        )  # fmt: skip
    yield Field(
        "beneish_tata", "Beneish TATA", Unit.RATIO,
        "The part of profit that is not cash, over closing total assets.",
        "(Net profit − CFO) / total assets", accruals_closing, history=History.ANNUAL,
    )  # fmt: skip


def _lender_fields() -> Iterator[Field]:
    yield Field(
        "provision_cover", "Provision cover", Unit.PERCENT,
        "How much of a lender's bad loans is already written down.",
        "1 − net NPA × (100 − gross NPA) / (gross NPA × (100 − net NPA))", provision_cover,
        aliases=("Provision coverage ratio", "PCR"), history=History.QUARTER,
        note="Net NPA is filed in percent of advances less provisions, hence the formula. Null "
        "where there are no bad loans.",
    )  # fmt: skip


FAMILY: Final = Family("Scorecards", (*_piotroski_fields(), *_beneish_fields(), *_lender_fields()))
