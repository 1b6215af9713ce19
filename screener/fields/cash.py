"""The cash behind profit: conversion, accruals, free cash flow, one-off income (METHOD 2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

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
    shared,
)
from screener.fields.quality import average_over
from screener.fields.terms import average, over_turnover, percent, yearly, years_of


@shared
def accruals(at: At) -> Measure:
    """(Net profit − cash from operations) over average total assets."""
    gap = yearly(at, "net_profit") - yearly(at, "cfo")
    return (gap / average(at, terms.total_assets)).non_financial()


def sloan_accruals(at: At) -> Measure:
    """Change of operating working capital less depreciation, over average total assets."""
    tied_up = terms.operating_working_capital
    change = at.annual(tied_up) - at.annual(tied_up, 1) - at.annual("depreciation")
    return (change / average(at, terms.total_assets)).non_financial()


def asset_growth_accruals(at: At) -> Measure:
    """Change of net operating assets over their average."""
    tied_up = terms.net_operating_assets
    base = average(at, tied_up)
    change = at.annual(tied_up) - at.annual(tied_up, 1)
    return (change / base).only_if(base.value > 0, Reason.ZERO_DENOM).non_financial()


def ratio_of_sums(top: str | Flow, base: str | Flow, years: int, at: At) -> Measure:
    """Sum over the years of one flow over the sum of another, which must be above zero."""
    under = all_known(years_of(at, base, years))
    ratio = all_known(years_of(at, top, years)) / under
    return ratio.only_if(under.value > 0, Reason.NEG_EARNINGS)


def cfo_to(base: str, years: int, at: At) -> Measure:
    """Cash from operations over a profit, both summed; a lender's is what it lent and borrowed."""
    return ratio_of_sums("cfo", base, years, at).non_financial()


def fcf_to_cfo(at: At) -> Measure:
    """Free cash flow over cash from operations of the year."""
    return ratio_of_sums(terms.free_cash_flow, "cfo", 1, at).non_financial()


def other_income_share(at: At) -> Measure:
    """Other income in percent of profit before tax, trailing twelve months."""
    profit = at.ttm("pbt")
    share = percent(at.ttm("other_income") / profit)
    return share.only_if(profit.value > 0, Reason.NEG_EARNINGS)


def cfo_after_interest(line: terms.Line) -> Measure:
    """Cash from operations less interest, which most companies file under financing."""
    return line("cfo") - line("interest")


def fcf_after_interest(line: terms.Line) -> Measure:
    """Free cash flow less interest."""
    return terms.free_cash_flow(line) - line("interest")


def _after_interest(flow: Flow, at: At) -> Measure:
    return at.annual(flow).non_financial()


def fcf_to_sales(at: At) -> Measure:
    """Free cash flow in percent of sales of the year."""
    return percent(
        over_turnover(at.annual(terms.free_cash_flow), at.annual("sales"))
    ).non_financial()


def _fields() -> Iterator[Field]:
    for years in (1, 3, 5):
        words = " last year" if years == 1 else f" {years}Years"
        yield Field(
            f"cfo_to_pat_{years}y", f"CFO to PAT{words}", Unit.RATIO,
            "Cash from operations over net profit, both summed over the years.",
            "Sum of CFO / sum of net profit", partial(cfo_to, "net_profit", years),
            aliases=("CFO to PAT",) if years == 1 else (), history=History.ANNUAL,
            note="Null where the profits sum to zero or less, and for financial companies: money "
            "lent is cash that went out.",
        )  # fmt: skip
    yield Field(
        "cfo_to_ebitda_3y", "CFO to EBITDA 3Years", Unit.RATIO,
        "Cash from operations over operating profit, both summed over three years.",
        "Sum of CFO / sum of operating profit",
        partial(cfo_to, "operating_profit", 3), history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "capex_to_depreciation_3y", "Capex to depreciation 3Years", Unit.RATIO,
        "Capital expenditure over depreciation, both summed over three years.",
        "Sum of capex / sum of depreciation",
        partial(ratio_of_sums, "capex", "depreciation", 3), history=History.ANNUAL,
        note="Well below 1, free cash flow is made by not investing.",
    )  # fmt: skip
    yield Field(
        "fcf_to_cfo", "FCF to CFO", Unit.RATIO, "Free cash flow over cash from operations.",
        "Free cash flow / cash from operations", fcf_to_cfo, history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "fcf_to_sales", "FCF to sales", Unit.PERCENT, "Free cash flow in percent of sales.",
        "Free cash flow / sales", fcf_to_sales, aliases=("FCF as a percentage of sales",),
        history=History.ANNUAL,
    )  # fmt: skip
    for key, name, flow, said in (
        ("cfo_adj", "CFO after interest", cfo_after_interest, "Cash from operations"),
        ("fcf_adj", "FCF after interest", fcf_after_interest, "Free cash flow"),
    ):
        yield Field(
            key, name, Unit.CRORE, f"{said} of the latest year less its interest.",
            f"{said} − interest", partial(_after_interest, flow), history=History.ANNUAL,
            note="Interest is usually filed under financing, which flatters cash from operations; "
            "for a company that files it under operations this takes it off twice.",
        )  # fmt: skip
    yield Field(
        "accruals_to_assets", "Accruals to assets", Unit.RATIO,
        "The part of profit that is not cash, over average assets. Low or negative is good.",
        "(Net profit − CFO) / mean(opening, closing total assets)", accruals,
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "accruals_to_assets_3y", "Accruals to assets 3Years", Unit.RATIO,
        "The mean of the last three yearly accruals to assets.", "Mean of accruals to assets",
        partial(average_over, accruals, 3), history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "accruals_sloan", "Accruals of the balance sheet", Unit.RATIO,
        "Accruals from changes of working capital (Sloan); a merger breaks them.",
        "(Δ(CA − cash) − Δ(CL − short-term debt) − depreciation) / mean total assets",
        sloan_accruals, history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "accruals_noa", "Growth of net operating assets", Unit.RATIO,
        "How fast the capital tied up in operations grew; fast growth often disappoints.",
        "Δ net operating assets / mean net operating assets", asset_growth_accruals,
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "other_income_to_pbt", "Other income to PBT", Unit.PERCENT,
        "Other income in percent of profit before tax. Above 30 % the profit needs a look.",
        "TTM other income / TTM profit before tax", other_income_share, history=History.TTM,
    )  # fmt: skip


FAMILY: Final = Family("Cash behind profit", tuple(_fields()))
