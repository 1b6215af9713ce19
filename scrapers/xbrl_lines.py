"""Which lines the elements of results documents are: industrial companies, lenders and banks.

Sums follow the layout company pages use, so that one line means one thing whatever its source:
expenses are without interest and depreciation, other income is with exceptional items and the
share of associates, and the operating profit of a lender is after interest. Borrowings of an
industrial company are given in their two parts only: the pages' sum holds leases, the filing's
does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from scrapers.xbrl import Results, iter_rows
from screener.errors import LayoutError

RUPEES_A_CRORE: Final = 1e7

#: Lines that are a sum of elements, as (sign, element); the first must be there.
Sum = tuple[str, ...]

_RESULT: Final[Mapping[str, Sum]] = {
    "sales": ("RevenueFromOperations",),
    "employee_cost": ("EmployeeBenefitExpense",),
    "interest": ("FinanceCosts",),
    "depreciation": ("DepreciationDepletionAndAmortisationExpense",),
    "exceptional": ("ExceptionalItemsBeforeTax",),
    "tax": ("TaxExpense",),
    "net_profit": ("ProfitLossForPeriod",),
    "pbt": (
        "ProfitBeforeTax",
        "ShareOfProfitLossOfAssociatesAndJointVenturesAccountedForUsingEquityMethod",
    ),
}
_MATERIALS: Final = (
    "CostOfMaterialsConsumed",
    "PurchasesOfStockInTrade",
    "ChangesInInventoriesOfFinishedGoodsWorkInProgressAndStockInTrade",
)
_OWNERS: Final = "ProfitOrLossAttributableToOwnersOfParent"
_EPS: Final = (
    "BasicEarningsLossPerShareFromContinuingAndDiscontinuedOperations",
    "BasicEarningsLossPerShareFromContinuingOperations",
)
_CASH_FLOW: Final[Mapping[str, Sum]] = {
    "cfo": ("CashFlowsFromUsedInOperatingActivities",),
    "cfi": ("CashFlowsFromUsedInInvestingActivities",),
    "cff": ("CashFlowsFromUsedInFinancingActivities",),
    "net_cash_flow": ("IncreaseDecreaseInCashAndCashEquivalents",),
}
_CAPEX: Final[Sum] = (
    "PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities",
    "PurchaseOfIntangibleAssetsClassifiedAsInvestingActivities",
    "PurchaseOfIntangibleAssetsUnderDevelopment",
)
_EQUITY: Final[Mapping[str, Sum]] = {
    "equity_capital": ("EquityShareCapital",),
    "reserves": ("OtherEquity",),
    "minority_interest": ("NonControllingInterest",),
    "total_assets": ("Assets",),
    "total_liabilities": ("EquityAndLiabilities",),
    "fixed_assets": (
        "PropertyPlantAndEquipment",
        "InvestmentProperty",
        "Goodwill",
        "OtherIntangibleAssets",
        "BiologicalAssetsOtherThanBearerPlants",
    ),
    "cwip": ("CapitalWorkInProgress", "IntangibleAssetsUnderDevelopment"),
    "inventories": ("Inventories",),
    "cash": ("CashAndCashEquivalents", "BankBalanceOtherThanCashAndCashEquivalents"),
}
_CORPORATE_BALANCE: Final[Mapping[str, Sum]] = {
    **_EQUITY,
    "long_term_borrowings": ("BorrowingsNoncurrent",),
    "short_term_borrowings": ("BorrowingsCurrent",),
    "trade_payables": ("TradePayablesCurrent", "TradePayablesNoncurrent"),
    "current_liabilities": ("CurrentLiabilities",),
    "current_assets": ("CurrentAssets",),
    "investments": (
        "NoncurrentInvestments",
        "CurrentInvestments",
        "InvestmentsAccountedForUsingEquityMethod",
    ),
    "current_investments": ("CurrentInvestments",),
    "receivables": ("TradeReceivablesCurrent", "TradeReceivablesNoncurrent"),
}
_LENDER_BALANCE: Final[Mapping[str, Sum]] = {
    **_EQUITY,
    "borrowings": ("Borrowings", "DebtSecurities", "SubordinatedLiabilities"),
    "deposits": ("Deposits",),
    "investments": ("Investments",),
    "receivables": ("TradeReceivables",),
}
_BANK_RESULT: Final[Mapping[str, Sum]] = {
    "sales": ("InterestEarned",),
    "employee_cost": ("EmployeesCost",),
    "interest": ("InterestExpended",),
    "exceptional": ("ExceptionalItems",),
    "tax": ("TaxExpense",),
    "net_profit": ("ProfitLossForThePeriod", "ShareOfProfitLossOfAssociates"),
    "pbt": ("ProfitLossFromOrdinaryActivitiesBeforeTax", "ShareOfProfitLossOfAssociates"),
}
_BANK_OWNERS: Final = "ProfitLossAfterTaxesMinorityInterestAndShareOfProfitLossOfAssociates"
_BANK_EPS: Final = (
    "BasicEarningsPerShareAfterExtraordinaryItems",
    "BasicEarningsPerShareBeforeExtraordinaryItems",
)
_BANK_BALANCE: Final[Mapping[str, Sum]] = {
    "equity_capital": ("Capital",),
    "reserves": ("ReservesAndSurplus",),
    "deposits": ("Deposits",),
    "borrowings": ("Borrowings",),
    "other_liabilities": ("OtherLiabilitiesAndProvisions",),
    "total_liabilities": ("CapitalAndLiabilities",),
    "total_assets": ("Assets",),
    "fixed_assets": ("FixedAssets",),
    "investments": ("Investments",),
    "cash": (
        "CashAndBalancesWithReserveBankOfIndia",
        "BalancesWithBanksAndMoneyAtCallAndShortNotice",
    ),
}
_USUAL_LOANS: Final = 10.0  # a bank's advances to the interest it earns in a year
_PERCENT_LINES: Final = frozenset({"gross_npa", "net_npa", "provision_cover", "tier1"})

#: Elements the mapping reads, to be held against the published lists of concepts.
ELEMENTS: Final = {
    "indas": (_RESULT, _CORPORATE_BALANCE, _CASH_FLOW),
    "nbfc_indas": (_RESULT, _LENDER_BALANCE, _CASH_FLOW),
    "banking": (_BANK_RESULT, _BANK_BALANCE, _CASH_FLOW),
}

Figures = Mapping[str, float]
Lines = dict[str, float]


def template_of(results: Results) -> str:
    """Which layout a document is in, schema TEMPLATES. Raises LayoutError for any other.

    Insurers file layouts of their own, which are not read.
    """
    seen = {*results.period, *results.year, *results.balance}
    if {"interestearned", "interestexpended"} <= seen and "revenuefromoperations" not in seen:
        return "bank"
    if "revenuefromoperations" not in seen or "financecosts" not in seen:
        raise LayoutError(
            f"The results of {results.name or 'a company'} are in a layout that is not read."
        )
    lends = seen & {"impairmentonfinancialinstruments", "finanicalassets", "financialassets"}
    return "lender" if lends else "corporate"


def lines_of(results: Results) -> list[tuple[str, int, str, float]]:
    """(kind, months, line, value) of every line a document states. Raises LayoutError.

    Values are in the units of LINES: ₹ crore, ₹ a share, percent.
    """
    template = template_of(results)
    found: list[tuple[str, int, str, float]] = []
    for kind, months, figures in iter_rows(results):
        if months:
            lines = (
                _bank_result(figures, months)
                if template == "bank"
                else _result(figures, lends=template == "lender")
            )
            if results.basis == "consolidated":
                lines |= _owners(figures, lines)
            if kind == "annual":
                lines |= _sums(figures, _CASH_FLOW) | _capex(figures)
        else:
            lines = _balance(figures, template)
        found += [(kind, months, line, _in_unit(line, value)) for line, value in lines.items()]
    return found


def _result(figures: Figures, *, lends: bool) -> Lines:
    """The profit and loss lines of an industrial company or a lender, in rupees."""
    lines = _sums(figures, _RESULT)
    materials = [_of(figures, element) for element in _MATERIALS]
    if any(value is not None for value in materials):
        lines["material_cost"] = sum(value or 0.0 for value in materials)
    whole = _of(figures, "Expenses")
    if whole is not None and "interest" in lines:
        lines["expenses"] = whole - lines["interest"] - lines.get("depreciation", 0.0)
    lines |= _between(lines, after_interest=lends)
    return lines | _first(figures, "eps", _EPS)


def _bank_result(figures: Figures, months: int) -> Lines:
    """The profit and loss lines of a bank, in rupees and percent points."""
    lines = _sums(figures, _BANK_RESULT)
    running = _of(figures, "ExpenditureExcludingProvisionsAndContingencies")
    provisions = _of(figures, "ProvisionsOtherThanTaxAndContingencies")
    if running is not None and provisions is not None and "interest" in lines:
        lines["expenses"] = running - lines["interest"] + provisions
    lines |= _between(lines, after_interest=True)
    lines |= _first(figures, "eps", _BANK_EPS)
    return lines | _bad_loans(figures, lines.get("sales", 0.0) * 12 / months)


def _between(lines: Lines, *, after_interest: bool) -> Lines:
    """Operating profit and other income, as the lines around them leave them."""
    if not {"sales", "expenses", "interest", "pbt"} <= lines.keys():
        return {}
    operating = lines["sales"] - lines["expenses"]
    interest = lines["interest"]
    wear = lines.get("depreciation", 0.0)
    other = lines["pbt"] - (operating - interest - wear)
    profit = operating - interest if after_interest else operating
    return {"operating_profit": profit, "other_income": other}


def _owners(figures: Figures, lines: Lines) -> Lines:
    """The owners' part of the profit; a zero beside a profit is an unfilled cell."""
    for element in (_OWNERS, _BANK_OWNERS):
        value = _of(figures, element)
        if value is not None and (value or not lines.get("net_profit")):
            return {"owners_profit": value}
    return {}


def _bad_loans(figures: Figures, yearly_interest: float) -> Lines:
    """Shares of bad loans, the provision cover and the tier 1 ratio, in percent.

    Percentages are filed as 1.24 or as 0.0124; the loans they imply beside the interest earned tell
    which. A document that gives no amount to tell by gives no share.
    """
    gross, net = _of(figures, "GrossNonPerformingAssets"), _of(figures, "NonPerformingAssets")
    shares = {
        "gross_npa": _of(figures, "PercentageOfGrossNpa"),
        "net_npa": _of(figures, "PercentageOfNpa"),
        "tier1": _tier1(figures),
    }
    lines: Lines = {}
    share = shares["gross_npa"]
    if gross and gross > 0 and share and share > 0 and yearly_interest > 0:
        as_filed = gross / (share / 100) / yearly_interest
        far = [abs(math.log(as_filed / factor / _USUAL_LOANS)) for factor in (1.0, 100.0)]
        factor = 1.0 if far[0] <= far[1] else 100.0
        lines = {line: value * factor for line, value in shares.items() if value is not None}
        lines = {line: value for line, value in lines.items() if 0 <= value <= 100}
    if gross and gross > 0 and net is not None and 0 <= net <= gross:
        lines["provision_cover"] = 100 * (1 - net / gross)
    return lines


def _tier1(figures: Figures) -> float | None:
    core = _of(figures, "CET1Ratio")
    return None if not core else core + (_of(figures, "AdditionalTier1Ratio") or 0.0)


def _balance(figures: Figures, template: str) -> Lines:
    """The lines of a balance sheet, in rupees; none of one that was left empty."""
    tables = {"bank": _BANK_BALANCE, "lender": _LENDER_BALANCE}
    lines = _sums(figures, tables.get(template, _CORPORATE_BALANCE))
    if not lines.get("total_assets"):
        return {}
    return lines


def _capex(figures: Figures) -> Lines:
    """What was paid for fixed assets, in rupees, an outflow positive."""
    capex = _sums(figures, {"capex": _CAPEX})
    return {line: abs(value) for line, value in capex.items()}


def _sums(figures: Figures, table: Mapping[str, Sum]) -> Lines:
    """Each line whose first element is stated, with those beside it that are."""
    lines: Lines = {}
    for line, elements in table.items():
        first = _of(figures, elements[0])
        if first is not None:
            lines[line] = first + sum(_of(figures, e) or 0.0 for e in elements[1:])
    return lines


def _first(figures: Figures, line: str, elements: tuple[str, ...]) -> Lines:
    values = (_of(figures, element) for element in elements)
    found = next((value for value in values if value is not None), None)
    return {} if found is None else {line: found}


def _of(figures: Figures, element: str) -> float | None:
    return figures.get(element.lower())


def _in_unit(line: str, value: float) -> float:
    return value if line == "eps" or line in _PERCENT_LINES else value / RUPEES_A_CRORE
