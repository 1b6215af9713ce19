"""Results documents: periods, rounding, layouts, the published lists of elements, hostile files."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import xbrl_lines
from scrapers.xbrl import read_results
from scrapers.xbrl_lines import lines_of, template_of
from screener.errors import LayoutError
from screener.market.schema import LINES
from tests.scrapers.made_filings import (
    CRORE,
    QUARTER,
    about,
    context,
    inline,
    quarter_document,
    xbrl,
)

YEAR = dt.date(2025, 4, 1), dt.date(2026, 3, 31)
LAST_QUARTER = dt.date(2026, 1, 1), dt.date(2026, 3, 31)


def lines(body: bytes, kind: str = "quarter") -> dict[str, float]:
    return {line: v for k, _, line, v in lines_of(read_results(body, "made")) if k == kind}


def document(stated, *, quarter=QUARTER, year=None, nature="Consolidated", contexts=None, **told):
    start, end = year or (dt.date(2026, 4, 1), dt.date(2027, 3, 31))
    known = {
        "OneD": context("OneD", *quarter),
        "FourD": context("FourD", start, quarter[1]),
        "OneI": context("OneI", None, quarter[1]),
    }
    return xbrl(
        contexts or [known[name] for name in known],
        stated,
        about("500111", quarter, start, end, nature, **told),
    )


def rupees(**crore: float) -> dict[str, float]:
    return {name: value * CRORE for name, value in crore.items()}


PROFIT = rupees(
    RevenueFromOperations=100, Expenses=90, FinanceCosts=4, ProfitBeforeTax=12,
    DepreciationDepletionAndAmortisationExpense=6, TaxExpense=3, ProfitLossForPeriod=9,
    CostOfMaterialsConsumed=40, PurchasesOfStockInTrade=5,
    ChangesInInventoriesOfFinishedGoodsWorkInProgressAndStockInTrade=-2,
)  # fmt: skip


# -- lines -----------------------------------------------------------------------------------------


def test_a_quarter_of_an_industrial_company():
    results = read_results(document({"OneD": PROFIT}), "made")
    assert (results.basis, results.period_end, results.months) == (
        "consolidated", QUARTER[1], 3,
    )  # fmt: skip
    assert (results.scrip_code, results.year_months) == ("500111", None)
    assert template_of(results) == "corporate"
    found = lines(document({"OneD": PROFIT}))
    assert found == {
        "sales": 100, "expenses": 80, "operating_profit": 20, "interest": 4, "depreciation": 6,
        "other_income": 2, "pbt": 12, "tax": 3, "net_profit": 9, "material_cost": 43,
    }  # fmt: skip


def test_the_lines_obey_the_identities_company_pages_obey():
    found = lines(document({"OneD": PROFIT | rupees(ExceptionalItemsBeforeTax=1.5)}))
    assert found["operating_profit"] == found["sales"] - found["expenses"]
    assert found["pbt"] == pytest.approx(
        found["operating_profit"] + found["other_income"] - found["interest"]
        - found["depreciation"]
    )  # fmt: skip
    assert found["exceptional"] == 1.5


def test_the_share_of_associates_is_inside_the_profit_before_tax():
    share = "ShareOfProfitLossOfAssociatesAndJointVenturesAccountedForUsingEquityMethod"
    found = lines(document({"OneD": PROFIT | rupees(**{share: 2, "ProfitLossForPeriod": 11})}))
    assert (found["pbt"], found["other_income"]) == (14, 4)
    assert found["pbt"] - found["tax"] == found["net_profit"]


def test_owners_profit_of_a_consolidated_document_only_and_never_an_unfilled_zero():
    owners = rupees(ProfitOrLossAttributableToOwnersOfParent=8)
    assert lines(document({"OneD": PROFIT | owners}))["owners_profit"] == 8
    assert "owners_profit" not in lines(document({"OneD": PROFIT | owners}, nature="Standalone"))
    zero = rupees(ProfitOrLossAttributableToOwnersOfParent=0)
    assert "owners_profit" not in lines(document({"OneD": PROFIT | zero}))


def test_a_year_with_its_balance_sheet_and_cash_flow():
    year = {name: 4 * value for name, value in PROFIT.items()} | rupees(
        CashFlowsFromUsedInOperatingActivities=50, CashFlowsFromUsedInInvestingActivities=-30,
        PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities=25,
        PurchaseOfIntangibleAssetsClassifiedAsInvestingActivities=1,
    )  # fmt: skip
    balance = rupees(
        EquityShareCapital=10, OtherEquity=190, Assets=400, EquityAndLiabilities=400,
        BorrowingsNoncurrent=60, BorrowingsCurrent=20, PropertyPlantAndEquipment=100,
        Goodwill=5, Inventories=30, TradeReceivablesCurrent=40, TradeReceivablesNoncurrent=2,
        CashAndCashEquivalents=7, BankBalanceOtherThanCashAndCashEquivalents=3,
        CurrentInvestments=11, NoncurrentInvestments=9,
    )  # fmt: skip
    body = document(
        {"OneD": PROFIT, "FourD": year, "OneI": balance}, quarter=LAST_QUARTER, year=YEAR
    )
    results = read_results(body, "made")
    assert (results.months, results.year_months) == (3, 12)
    found = lines(body, "annual")
    assert (found["sales"], found["cfo"], found["cfi"], found["capex"]) == (400, 50, -30, 26)
    assert found["equity_capital"] + found["reserves"] == 200
    assert (found["long_term_borrowings"], found["short_term_borrowings"]) == (60, 20)
    assert (found["fixed_assets"], found["receivables"], found["cash"]) == (105, 42, 10)
    assert (found["investments"], found["current_investments"]) == (20, 11)
    # The pages' sum holds leases, the filing's does not.
    assert "borrowings" not in found
    assert lines(body)["sales"] == 100
    months = {(kind, line): m for kind, m, line, _ in lines_of(results)}
    assert months["annual", "sales"] == 12
    assert months["annual", "total_assets"] == 0


def test_a_half_year_balance_sheet_is_interim_and_its_cash_flow_is_left_out():
    half = dt.date(2026, 7, 1), dt.date(2026, 9, 30)
    body = document(
        {
            "OneD": PROFIT,
            "FourD": rupees(RevenueFromOperations=210, CashFlowsFromUsedInOperatingActivities=9),
            "OneI": rupees(Assets=400, EquityShareCapital=10),
        },
        quarter=half,
    )
    kinds = {kind for kind, *_ in lines_of(read_results(body, "made"))}
    assert kinds == {"quarter", "interim"}
    assert lines(body, "interim") == {"total_assets": 400, "equity_capital": 10}
    assert lines(body)["sales"] == 100


def test_an_empty_balance_sheet_is_none():
    body = document({"OneD": PROFIT, "OneI": rupees(Assets=0, EquityShareCapital=10)})
    assert lines(body, "interim") == {}


def test_a_half_yearly_filer_reports_six_months():
    half = dt.date(2026, 4, 1), dt.date(2026, 9, 30)
    results = read_results(document({"OneD": PROFIT}, quarter=half), "made")
    assert (results.months, results.year_months) == (6, None)


BANK = rupees(
    InterestEarned=1000, InterestExpended=600, OtherIncome=150, Income=1150,
    ExpenditureExcludingProvisionsAndContingencies=850, EmployeesCost=120,
    ProvisionsOtherThanTaxAndContingencies=50, ProfitLossFromOrdinaryActivitiesBeforeTax=250,
    TaxExpense=60, ProfitLossForThePeriod=190, GrossNonPerformingAssets=500,
    NonPerformingAssets=125,
)  # fmt: skip


def test_a_bank():
    results = read_results(document({"OneD": BANK}, nature="Standalone"), "made")
    assert template_of(results) == "bank"
    found = lines(document({"OneD": BANK}, nature="Standalone"))
    assert (found["sales"], found["interest"], found["expenses"]) == (1000, 600, 300)
    assert (found["operating_profit"], found["other_income"], found["pbt"]) == (100, 150, 250)
    assert (found["net_profit"], found["employee_cost"]) == (190, 120)
    assert found["provision_cover"] == 75


@pytest.mark.parametrize("times", [1, 100])
def test_bad_loans_in_percent_however_they_were_written(times):
    """1,000 crore a quarter earned on about 40,000 of loans: 500 of them are 1.25 percent."""
    shares = {"PercentageOfGrossNpa": 0.0125 * times, "PercentageOfNpa": 0.0031 * times}
    core = {"CET1Ratio": 0.14 * times, "AdditionalTier1Ratio": 0.01 * times}
    found = lines(document({"OneD": {**BANK, **shares, **core}}, nature="Standalone"))
    assert found["gross_npa"] == pytest.approx(1.25)
    assert found["net_npa"] == pytest.approx(0.31)
    assert found["tier1"] == pytest.approx(15)


def test_a_share_of_bad_loans_left_at_zero_is_none():
    found = lines(document({"OneD": BANK | {"PercentageOfGrossNpa": 0.0}}, nature="Standalone"))
    assert "gross_npa" not in found


def test_a_lender_counts_interest_before_its_profit():
    body = document({"OneD": PROFIT | rupees(ImpairmentOnFinancialInstruments=5)})
    assert template_of(read_results(body, "made")) == "lender"
    found = lines(body)
    assert (found["operating_profit"], found["other_income"]) == (16, 2)


def test_an_insurer_is_not_read():
    body = document({"OneD": rupees(GrossPremiumWritten=5, NetPremium=4)})
    with pytest.raises(LayoutError, match="layout that is not read"):
        lines_of(read_results(body, "made"))


# -- periods ---------------------------------------------------------------------------------------


def test_segments_and_earlier_periods_are_left_out():
    before = dt.date(2025, 4, 1), dt.date(2025, 6, 30)
    body = document(
        {
            "OneD": PROFIT,
            "SegD": rupees(RevenueFromOperations=7),
            "FiveD": rupees(RevenueFromOperations=8, ProfitLossForPeriod=1),
        },
        contexts=[
            context("OneD", *QUARTER),
            context("SegD", *QUARTER, segment="Textiles"),
            context("FiveD", *before),
        ],
    )
    results = read_results(body, "made")
    assert results.conflicts == ()
    assert lines(body)["sales"] == 100


def test_the_year_to_date_may_carry_the_dates_of_the_quarter():
    """In many documents both contexts state the quarter's dates; the name tells them apart."""
    body = document(
        {"OneD": PROFIT, "FourD": {name: 4 * v for name, v in PROFIT.items()}},
        quarter=LAST_QUARTER,
        year=YEAR,
        contexts=[context("OneD", *LAST_QUARTER), context("FourD", *LAST_QUARTER)],
    )
    assert read_results(body, "made").conflicts == ()
    assert lines(body)["sales"] == 100
    assert lines(body, "annual")["sales"] == 400


def test_a_quarter_filled_with_zeros_in_a_yearly_filing_is_none():
    zeros = dict.fromkeys(PROFIT, 0.0)
    body = document({"OneD": zeros, "FourD": PROFIT}, quarter=LAST_QUARTER, year=YEAR)
    assert lines(body) == {}
    assert lines(body, "annual")["sales"] == 100


def test_of_two_values_the_finer_counts_and_a_contradiction_counts_for_nothing():
    twice = (
        '<in-capmkt:OtherIncome contextRef="OneD" decimals="-7">20000000</in-capmkt:OtherIncome>'
        '<in-capmkt:OtherIncome contextRef="OneD" decimals="-3">22345000</in-capmkt:OtherIncome>'
        '<in-capmkt:TaxExpense contextRef="OneD" decimals="-5">90000000</in-capmkt:TaxExpense>'
    )
    told = about("500111", QUARTER, dt.date(2026, 4, 1), dt.date(2027, 3, 31))
    results = read_results(xbrl([context("OneD", *QUARTER)], {"OneD": PROFIT}, told, twice), "made")
    assert results.period["otherincome"] == 22345000
    assert results.conflicts == ("taxexpense",)
    assert "taxexpense" not in results.period


def test_a_document_that_does_not_tell_its_basis_is_refused():
    told = about("500111", QUARTER, dt.date(2026, 4, 1), dt.date(2027, 3, 31))
    del told["NatureOfReportStandaloneConsolidated"]
    with pytest.raises(LayoutError, match="consolidated"):
        read_results(xbrl([context("OneD", *QUARTER)], {"OneD": PROFIT}, told), "made")


@pytest.mark.parametrize(
    ("nature", "basis"),
    [("Standalone", "standalone"), ("Non-Consolidated", "standalone"),
     ("Consolidated", "consolidated")],
)  # fmt: skip
def test_the_basis(nature, basis):
    assert read_results(document({"OneD": PROFIT}, nature=nature), "made").basis == basis


MONTHS = st.sampled_from([3, 6, 9, 12, 15, 18])


@settings(max_examples=60, deadline=None)
@given(
    year_months=MONTHS,
    numbers=st.lists(st.integers(-(10**6), 10**6).filter(bool), min_size=4, max_size=4),
    names=st.permutations(["OneD", "FourD", "TwoD", "OneI", "SegD"]),
    renamed=st.booleans(),
    writer=st.sampled_from([xbrl, inline]),
)
def test_each_period_gets_its_own_figures_whatever_the_contexts(
    year_months, numbers, names, renamed, writer
):
    """The quarter, the year where it ends, and the balance sheet; in any order, by any name."""
    end = dt.date(2026, 3, 31)
    first = (end.year * 12 + end.month) - year_months
    start = dt.date(first // 12, first % 12 + 1, 1)
    quarter = (dt.date(2026, 1, 1), end)
    label = {name: f"c{i}" if renamed else name for i, name in enumerate(names)}
    contexts = {
        "OneD": context(label["OneD"], *quarter),
        "FourD": context(label["FourD"], start, end),
        "TwoD": context(label["TwoD"], dt.date(2025, 1, 1), dt.date(2025, 3, 31)),
        "OneI": context(label["OneI"], None, end),
        "SegD": context(label["SegD"], *quarter, segment="Steel"),
    }
    values = dict(zip(("OneD", "FourD", "TwoD", "SegD"), numbers, strict=True))
    if year_months == 3:
        values["FourD"] = values["OneD"]
    stated = {
        label[name]: rupees(RevenueFromOperations=value, FinanceCosts=1)
        for name, value in values.items()
    }
    stated[label["OneI"]] = rupees(Assets=5)
    told = about("500111", quarter, start, end)
    results = read_results(writer([contexts[name] for name in names], stated, told), "made")
    assert results.period["revenuefromoperations"] == pytest.approx(values["OneD"] * CRORE)
    assert results.year_months == year_months
    assert results.year["revenuefromoperations"] == pytest.approx(values["FourD"] * CRORE)
    assert results.balance == {"assets": 5 * CRORE}
    assert results.conflicts == ()


# -- inside a web page -----------------------------------------------------------------------------


def test_a_page_states_the_same_as_the_plain_document():
    plain = lines(quarter_document(profit=-6.5))
    # A page shows millions to three places.
    assert plain == pytest.approx(lines(quarter_document(profit=-6.5, write=inline)), abs=1e-4)
    assert plain["net_profit"] == -6.5


@pytest.mark.parametrize(
    ("text", "attributes", "value"),
    [
        ("1,23,456.7", "scale='5'", 12345670000.0),
        ("-", "format='ixt:fixed-zero'", 0.0),
        ("12", "sign='-' scale='6'", -12000000.0),
        ("-", "", None),
        ("n.a.", "scale='6'", None),
        ("5", "scale='99'", None),
        ("5", "xsi:nil='true'", None),
    ],
)
def test_numbers_in_a_page(text, attributes, value):
    shared = "contextRef='OneD' unitRef='INR' decimals='0'"
    page = (
        "<html xmlns:ix='http://www.xbrl.org/2013/inlineXBRL' xmlns:xsi='urn:x' "
        "xmlns:xbrli='http://www.xbrl.org/2003/instance'><body>"
        + context("OneD", *QUARTER)
        + "<ix:nonNumeric contextRef='OneD' name='a:NatureOfReportStandaloneConsolidated'>"
        "Standalone</ix:nonNumeric>"
        f"<ix:nonFraction {shared} name='a:FinanceCosts'>1</ix:nonFraction>"
        f"<ix:nonFraction {shared} name='a:OtherIncome' {attributes}>{text}</ix:nonFraction>"
        "</body></html>"
    )
    found = read_results(page.encode(), "made").period
    assert found.get("otherincome") == value


# -- against the published lists -------------------------------------------------------------------


@pytest.mark.recorded
@pytest.mark.parametrize("layout", xbrl_lines.ELEMENTS)
def test_every_element_is_one_the_regulator_publishes(recorded: Path, layout: str):
    file = recorded / "xbrl_taxonomy" / f"{layout}.json"
    taxonomy = json.loads(file.read_text())
    concepts = taxonomy["concepts"]
    for table, period in zip(
        xbrl_lines.ELEMENTS[layout], ("duration", "instant", "duration"), strict=True
    ):
        for elements in table.values():
            for element in elements:
                assert concepts[element]["period_type"] == period, element
                assert concepts[element]["type"] == "monetaryItemType", element


@pytest.mark.recorded
@pytest.mark.parametrize("layout", xbrl_lines.ELEMENTS)
def test_a_document_that_adds_up_as_the_regulator_says_adds_up_here(recorded: Path, layout: str):
    """Values made by the published sums; ours must then obey the identities of the pages."""
    taxonomy = json.loads((recorded / "xbrl_taxonomy" / f"{layout}.json").read_text())
    sums: dict[str, list[tuple[str, float]]] = {}
    for role, edges in taxonomy["calculation"].items():
        if role.startswith("QuarterlyAndHalfYearly"):
            for edge in edges:
                sums.setdefault(edge["from"], []).append((edge["to"], edge["weight"]))
    values: dict[str, float] = {}

    def value(element: str) -> float:
        if element not in values:
            parts = sums.get(element)
            made = 1 + len(element) % 7 + len(values) % 5
            values[element] = sum(w * value(e) for e, w in parts) if parts else made * CRORE
        return values[element]

    for element in sums:
        value(element)
    found = lines(document({"OneD": values}, nature="Standalone"))
    after_interest = template_of(read_results(document({"OneD": values}), "x")) != "corporate"
    assert (layout != "indas") == after_interest
    interest = 0 if after_interest else found["interest"]
    assert found["pbt"] == pytest.approx(
        found["operating_profit"] + found["other_income"] - interest
        - found.get("depreciation", 0)
    )  # fmt: skip
    other = values["OtherIncome"] / CRORE + found["exceptional"]
    associates = "ShareOfProfitLossOfAssociatesAndJointVenturesAccountedForUsingEquityMethod"
    bank_share = values.get("ShareOfProfitLossOfAssociates", 0)
    share = values.get(associates, 0) if layout != "banking" else bank_share
    assert found["other_income"] == pytest.approx(other + share / CRORE)


# -- hostile files ---------------------------------------------------------------------------------

BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">'
    + b"".join(
        f'<!ENTITY a{i} "{("&a" + str(i - 1) + ";") * 10 if i > 1 else "&a;" * 10}">'.encode()
        for i in range(1, 10)
    )
    + b"]><xbrl><x contextRef='OneD'>&a9;</x></xbrl>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b"<xbrl><NameOfTheCompany contextRef='OneD'>&e;</NameOfTheCompany></xbrl>"
)


@pytest.mark.parametrize(
    "body",
    [
        BILLION,
        EXTERNAL,
        EXTERNAL.replace(b"<!ENTITY", b"<!entity"),
        EXTERNAL.decode().encode("utf-16"),
        b'<!DOCTYPE html [<!ENTITY e SYSTEM "http://x/">]><html>&e;</html>',
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b"<xbrl>",
        b"<html><body>Access Denied</body></html>",
        b"<html></html>",
        b"\xff\xfe\x00",
        b"",
        b"<xbrl>" + b" " * (12 * 1024 * 1024) + b"</xbrl>",
        gzip.compress(b"<xbrl/>"),
    ],
    ids=["billion laughs", "external", "small letters", "utf-16", "page", "deep", "torn", "denied",
         "empty page", "odd", "nothing", "large", "packed"],
)  # fmt: skip
def test_a_hostile_document_is_refused(body):
    with pytest.raises(LayoutError):
        read_results(body, "made")


def test_too_many_elements_are_refused(monkeypatch):
    monkeypatch.setattr("scrapers.xbrl.ELEMENTS", 20)
    with pytest.raises(LayoutError, match="more than 20 elements"):
        read_results(document({"OneD": PROFIT}), "made")


def test_an_external_dtd_is_never_asked_for(tmp_path: Path):
    dtd = tmp_path / "x.dtd"
    dtd.write_text('<!ATTLIST xbrl injected CDATA "yes">')
    body = document({"OneD": PROFIT}).replace(
        b'encoding="UTF-8"?>', f'encoding="UTF-8"?><!DOCTYPE xbrl SYSTEM "{dtd}">'.encode()
    )
    assert lines(body)["sales"] == 100


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["cut", "double", "flip"]), st.floats(0, 1), st.floats(0, 0.2)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([xbrl, inline]),
)
def test_a_damaged_document_is_read_or_refused_by_name(damages, writer):
    body = quarter_document(write=writer)
    for kind, at, length in damages:
        begin = int(at * len(body))
        end = begin + int(length * len(body))
        part = body[begin:end]
        middle = {"cut": b"", "double": part * 2, "flip": part[::-1]}[kind]
        body = body[:begin] + middle + body[end:]
    with suppress(LayoutError):
        for _, _, line, value in lines_of(read_results(body, "made")):
            assert line in LINES
            assert math.isfinite(value)
