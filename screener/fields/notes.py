"""What to know of a company's figures before trusting them: stand-ins, one-offs, turns, gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from screener.fields import scorecards, solvency, terms
from screener.fields.base import At, Family, Field, History, Measure, Unit
from screener.fields.cash import other_income_share
from screener.fields.terms import middle

MAX_OTHER_INCOME: Final = 30.0  # percent of profit before tax
SURGE: Final = 2.0  # times the median quarter of two years
SURGE_QUARTERS: Final = 8
ADDS_UP_CRORE: Final = 2.5  # five figures in whole crores may miss each other by this
ADDS_UP_SHARE: Final = 0.01


def one_off_income(at: At) -> Measure:
    """Whether other income is above 30 % of profit before tax, or twice its usual quarter.

    One-off charges are inside it, too: as far below zero it makes a profit too small.
    """
    share = other_income_share(at)
    latest = at.quarter("other_income")
    usual = middle(at.quarter("other_income", k) for k in range(SURGE_QUARTERS))
    surges = (latest.value > SURGE * usual.value) & (latest.value > 0)
    large = (share.value.abs() > MAX_OTHER_INCOME) | surges
    return Measure(large, share.codes)


def tax_credit(at: At) -> Measure:
    """Whether net profit is above a profit before tax: tax came back, or a business went."""
    net, before = at.ttm("net_profit"), at.ttm("pbt")
    above = (before.value > 0) & (net.value > (1 + ADDS_UP_SHARE) * before.value + ADDS_UP_CRORE)
    return (net - before).map(lambda known: pl.when(known.is_not_null()).then(above))


def only_closing(at: At) -> Measure:
    """Whether ROE and its like stand on closing balances for want of opening ones."""
    now, before = at.annual(terms.equity), at.annual(terms.equity, 1)
    return now.map(lambda equity: pl.when(equity.is_not_null()).then(before.value.is_null()))


def share_jump(at: At) -> Measure:
    """Whether capital and profit over EPS tell share counts apart by a usual split ratio."""
    del at
    return Measure(pl.col("share_jump").fill_null(False))


def pbt_of_parts(line: terms.Line) -> Measure:
    """Operating profit + other income − interest − depreciation.

    Lenders' interest is a cost of business, and their operating profit is after it.
    """
    earned = line("operating_profit") + line("other_income") - line("depreciation")
    after = pl.col("template").is_in(["bank", "lender"]).fill_null(False)
    owed = line("interest")
    return earned - owed.map(lambda interest: pl.when(after).then(0.0).otherwise(interest))


def adds_up(at: At) -> Measure:
    """Whether profit before tax is what its parts make, but for rounding."""
    stated, parts = at.annual("pbt"), at.annual(pbt_of_parts)
    size = stated.value.abs() * ADDS_UP_SHARE
    slack = pl.max_horizontal(size, pl.lit(ADDS_UP_CRORE))
    return (stated - parts).map(lambda gap: gap.abs() <= slack)


def minority_profit(line: terms.Line) -> Measure:
    """The part of net profit that belongs to minorities; a loss they bear is below zero."""
    return line("net_profit") - line("owners_profit")


def _year_minority(at: At) -> Measure:
    return at.annual(minority_profit)


def _year_parts(at: At) -> Measure:
    return at.annual(pbt_of_parts)


def profit_turn(at: At) -> Measure:
    """What became of a loss, where growth has no percentage (METHOD 4)."""
    now, before = at.ttm(terms.core_profit), at.ttm(terms.core_profit, 1)
    both = now + before
    words = (
        pl.when((before.value <= 0) & (now.value > 0))
        .then(pl.lit("turnaround"))
        .when((before.value > 0) & (now.value <= 0))
        .then(pl.lit("into loss"))
        .when((before.value <= 0) & (now.value < before.value))
        .then(pl.lit("loss widening"))
        .when(before.value <= 0)
        .then(pl.lit("loss narrowing"))
        .otherwise(pl.lit("profitable"))
    )
    return both.map(lambda known: pl.when(known.is_not_null()).then(words))


def neutral_indices(at: At) -> Measure:
    """The Beneish indices that have no base and count as 1, by name."""
    named = [
        pl.when(index.neutral.fill_null(False)).then(pl.lit(name))
        for name, index in scorecards.beneish_indices(at).items()
    ]
    return Measure(pl.concat_str(named, separator=", ", ignore_nulls=True)).non_financial()


#: Code → when it applies. Each code says that a figure is not quite what its name says.
_CODES: Final[dict[str, Callable[[At], Measure]]] = {
    "CLOSING_ONLY": only_closing,
    "RE_PROXY": lambda at: _known(solvency.altman_z2(0.0, at)),
    "SGA_PROXY": lambda at: _known(scorecards.beneish_m8(at)),
    "EQ_OFFER_ESOP": scorecards.small_issue,
    "ONE_OFF_INCOME": one_off_income,
    "TAX_CREDIT": tax_credit,
    "UNEXPLAINED_SHARE_JUMP": share_jump,
}


def _known(measure: Measure) -> Measure:
    return measure.map(lambda value: value.is_not_null())


def data_notes(at: At) -> Measure:
    """The codes that apply, one after another; empty where none is known to."""
    named = [
        pl.when(applies(at).value.fill_null(False)).then(pl.lit(code))
        for code, applies in _CODES.items()
    ]
    return Measure(pl.concat_str(named, separator=", ", ignore_nulls=True))


def _fields() -> Iterator[Field]:
    yield Field(
        "data_notes", "Data notes", Unit.TEXT,
        "What to know of the figures: codes of stand-ins and oddities; empty if none is known.",
        ", ".join(_CODES),
        data_notes,
        note="CLOSING_ONLY: averages are closing balances. RE_PROXY: reserves stand for retained "
        "earnings in Altman's scores. SGA_PROXY: other expenses stand for administration cost in "
        "Beneish's. EQ_OFFER_ESOP: an issue under 0.5 % of shares counts as none in Piotroski's. "
        "TAX_CREDIT: trailing net profit is above profit before tax.",
    )  # fmt: skip
    flags: tuple[tuple[str, str, str, str, Callable[[At], Measure], History | None], ...] = (
        ("one_off_income", "One-off income", "Other income is large or unusual: look what it is.",
         "other income > 30 % or < −30 % of PBT (TTM), or a quarter > twice the median of eight",
         one_off_income, History.TTM),
        ("closing_only", "Closing balances only", "Averages stand on closing balances alone.",
         "no opening balance sheet", only_closing, History.ANNUAL),
        ("unexplained_share_jump", "Unexplained share jump",
         "Capital and EPS tell share counts apart as a split would; there is no market cap then.",
         "(equity capital / face value) / (profit / EPS) near 2, 2.5, 4, 5 or 10", share_jump,
         None),
        ("pbt_adds_up", "PBT adds up", "Profit before tax is what its parts make, rounding apart.",
         "operating profit + other income − interest − depreciation", adds_up,
         History.ANNUAL),
    )  # fmt: skip
    for key, name, about, formula, define, history in flags:
        yield Field(key, name, Unit.FLAG, about, formula, define, history=history)
    yield Field(
        "pbt_of_parts", "PBT of its parts", Unit.CRORE, "Profit before tax as its parts make it.",
        "operating profit + other income − interest − depreciation", _year_parts,
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "minority_profit", "Minority profit", Unit.CRORE,
        "The part of the year's net profit that belongs to minorities; below zero they bear a "
        "loss.", "net profit − owners' profit", _year_minority, history=History.ANNUAL,
        aliases=("Minority share of profit",),
    )  # fmt: skip
    yield Field(
        "profit_turn", "Profit turn", Unit.TEXT,
        "turnaround, into loss, loss widening, loss narrowing or profitable.",
        "TTM core profit against the twelve months before", profit_turn, history=History.TTM,
    )  # fmt: skip
    yield Field(
        "beneish_neutral", "Beneish neutral", Unit.TEXT,
        "The Beneish indices without a base, which count as 1; empty if there are none.",
        "indices whose base is zero or negative", neutral_indices, history=History.ANNUAL,
    )  # fmt: skip


FAMILY: Final = Family("Notes on the figures", tuple(_fields()))
