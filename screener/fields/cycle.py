"""The working-capital cycle: days of sales and cost tied up in balances (METHOD 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import polars as pl

from screener.fields import terms
from screener.fields.base import At, Family, Field, History, Measure, Reason, Unit, mean, shared
from screener.fields.terms import average, over_turnover, percent, yearly

Definition = Callable[[At], Measure]


def days(balance: str, flow: str, at: At) -> Measure:
    """365 × average balance / the year's flow."""
    return over_turnover(365 * average(at, balance), yearly(at, flow))


def _printed(line: str, at: At) -> Measure:
    """Days as their source prints them; below zero they are of negative sales or cost."""
    figure = at.annual(line)
    return figure.only_if(figure.value >= 0, Reason.ZERO_DENOM)


def _has_days(at: At) -> pl.Expr:
    """Whether no printed days are below zero, and sales neither, so that sums of them count."""
    lines = ("sales", "debtor_days", "inventory_days", "payable_days")
    return pl.all_horizontal((at.annual(line).value >= 0).fill_null(True) for line in lines)


@shared
def debtor_days(at: At) -> Measure:
    """Days of sales in receivables; the printed figure where receivables are not known."""
    sold = (at.annual("sales").value >= 0).fill_null(True)
    printed = _printed("debtor_days", at).only_if(sold, Reason.ZERO_DENOM)
    return days("receivables", "sales", at).otherwise(printed)


@shared
def inventory_days(at: At) -> Measure:
    """Days of material cost in inventory; the printed figure where inventory is not known."""
    return days("inventories", "material_cost", at).otherwise(_printed("inventory_days", at))


@shared
def payable_days(at: At) -> Measure:
    """Days of material cost in payables; the printed figure where payables are not known."""
    return days("trade_payables", "material_cost", at).otherwise(_printed("payable_days", at))


@shared
def cash_cycle(at: At) -> Measure:
    """Debtor days + inventory days − payable days, all three computed; else as printed."""
    computed = (
        days("receivables", "sales", at)
        + days("inventories", "material_cost", at)
        - days("trade_payables", "material_cost", at)
    )
    printed = at.annual("cash_conversion_cycle")
    return computed.otherwise(printed.only_if(_has_days(at), Reason.ZERO_DENOM))


def cycle_on_sales(at: At) -> Measure:
    """(Receivables + inventories − payables) × 365 / sales: one denominator for all three."""
    return (
        days("receivables", "sales", at)
        + days("inventories", "sales", at)
        - days("trade_payables", "sales", at)
    )


@shared
def working_capital_days(at: At) -> Measure:
    """365 × working capital / sales; the printed figure where the split is not known."""
    computed = over_turnover(365 * at.annual(terms.working_capital), yearly(at, "sales"))
    printed = at.annual("working_capital_days")
    return computed.otherwise(printed.only_if(_has_days(at), Reason.ZERO_DENOM))


@shared
def inventory_turnover(at: At) -> Measure:
    """Material cost over average inventory; from printed inventory days where not known."""
    cost = yearly(at, "material_cost")
    turns = (cost / average(at, "inventories")).only_if(cost.value >= 0, Reason.ZERO_DENOM)
    return turns.otherwise(365 / _printed("inventory_days", at))


def debtor_days_change(years: int, at: At) -> Measure:
    """Change of debtor days over so many years, in percent."""
    return percent(debtor_days(at) / debtor_days(at.back(years=years)) - 1)


def working_capital_to_sales(at: At) -> Measure:
    """Working capital over the year's sales, in percent."""
    return percent(over_turnover(at.annual(terms.working_capital), yearly(at, "sales")))


_PRINTED: Final = "Where the balance is not known, the figure as its source prints it is used."
_REPORTS: Final = "Another site counts reports here; these are financial years. " + _PRINTED


def _average_of(define: Definition, years: int, at: At) -> Measure:
    return mean(define(at.back(years=k)) for k in range(years))


def _earlier(define: Definition, years: int, at: At) -> Measure:
    return define(at.back(years=years))


def _cycle() -> Iterator[Field]:
    for key, name, aliases, define, formula in (
        (
            "debtor_days",
            "Debtor days",
            ("Days Receivable Outstanding", "Receivable days"),
            debtor_days,
            "365 × average receivables / sales",
        ),
        (
            "inventory_days",
            "Days Inventory Outstanding",
            ("Inventory days",),
            inventory_days,
            "365 × average inventory / material cost",
        ),
        (
            "payable_days",
            "Days Payable Outstanding",
            ("Days payable", "Payable days"),
            payable_days,
            "365 × average payables / material cost",
        ),
        (
            "cash_conversion_cycle",
            "Cash Conversion Cycle",
            (),
            cash_cycle,
            "Debtor days + inventory days − payable days",
        ),
        (
            "working_capital_days",
            "Working Capital Days",
            (),
            working_capital_days,
            "365 × (current assets − current liabilities) / sales",
        ),
    ):
        yield Field(
            key, name, Unit.DAYS, f"{formula}.", formula, define, aliases=aliases,
            history=History.ANNUAL, note=_PRINTED,
        )  # fmt: skip
    for key, name, flow in (
        ("inventory", "Inventory days on sales", "inventories"),
        ("payable", "Payable days on sales", "trade_payables"),
    ):
        yield Field(
            f"{key}_days_sales_basis", name, Unit.DAYS,
            f"365 × average {flow.replace('_', ' ')} / sales.",
            f"365 × average {flow.replace('_', ' ')} / sales", partial(days, flow, "sales"),
            history=History.ANNUAL, note="As sites that know no material cost count them.",
        )  # fmt: skip
    yield Field(
        "cash_conversion_cycle_sales_basis", "Cash cycle on sales", Unit.DAYS,
        "The cash conversion cycle with sales as denominator of all three parts.",
        "365 × (receivables + inventories − payables) / sales", cycle_on_sales,
        history=History.ANNUAL, note="As sites that know no material cost count it.",
    )  # fmt: skip
    for key, name, define in (
        ("debtor_days", "debtor days", debtor_days),
        ("working_capital_days", "Working Capital Days", working_capital_days),
    ):
        yield Field(
            f"average_{key}_3y", f"Average {name} 3years", Unit.DAYS,
            "The mean of the last three financial years.", f"Mean of {name.lower()}",
            partial(_average_of, define, 3), history=History.ANNUAL, note=_PRINTED,
        )  # fmt: skip
    for years in (3, 5):
        yield Field(
            f"debtor_days_{years}y_back", f"Debtor days {years}years back", Unit.DAYS,
            f"Debtor days {years} financial years before the latest.",
            "365 × average receivables / sales", partial(_earlier, debtor_days, years),
            history=History.ANNUAL, note=_REPORTS,
        )  # fmt: skip
    yield Field(
        "debtor_days_change_2y", "Debtor days change 2Years", Unit.PERCENT,
        "Change of debtor days over two financial years.",
        "debtor days / debtor days two years before − 1", partial(debtor_days_change, 2),
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "inventory_turnover", "Inventory turnover ratio", Unit.RATIO,
        "How often inventory is used up in a year.", "Material cost / average inventory",
        inventory_turnover, history=History.ANNUAL, note=_PRINTED,
    )  # fmt: skip
    for years in (3, 5, 7, 10):
        yield Field(
            f"inventory_turnover_{years}y_back", f"Inventory turnover ratio {years}Years back",
            Unit.RATIO, f"Inventory turnover {years} financial years before the latest.",
            "Material cost / average inventory", partial(_earlier, inventory_turnover, years),
            history=History.ANNUAL, note=_PRINTED,
        )  # fmt: skip
    yield Field(
        "working_capital_to_sales", "Working Capital to Sales ratio", Unit.PERCENT,
        "Working capital in percent of the year's sales.", "Working capital / sales",
        working_capital_to_sales, history=History.ANNUAL,
    )  # fmt: skip


FAMILY: Final = Family("Working-capital cycle", tuple(_cycle()))
