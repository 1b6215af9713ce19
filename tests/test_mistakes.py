"""Twenty-five naive mistakes of stock screeners, and that none of them is made here.

Each is asked through what people use: a market, a screen over it, the fields it shows. The made
markets hold a company or ten; the demo market holds three hundred.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from screener.fields.catalogue import find
from screener.fields.company import earns_fees
from screener.market.store import Market, publish
from screener.paths import default_paths
from screener.score_report import score_report
from screener.screening import Verdict, run
from screener.screens import Library
from tests.markets import AS_OF, bars, company, fact, tables

APPROX = pytest.approx
ISIN: Final = "XX0000000001"
YEARS: Final = [dt.date(2025 - k, 3, 31) for k in range(12)]
QUARTERS: Final = [
    dt.date(2025 - (k + 1) // 4, *((9, 30), (6, 30), (3, 31), (12, 31))[k % 4]) for k in range(16)
]
PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN

Facts = list[dict[str, object]]
Lines = Mapping[str, Iterable[float | None]]
Publish = Callable[..., Market]


@pytest.fixture
def made(tmp_path: Path) -> Publish:
    """Publish a market of these companies, facts and other tables."""

    def build(facts: Facts, companies: Iterable[Any] = (), **others: Any) -> Market:
        root = tmp_path / f"m{len(list(tmp_path.iterdir()))}"
        return publish(root, tables(companies, facts, **others), date=AS_OF, sources={"test": ""})

    return build


def years(isin: str = ISIN, **lines: Any) -> Facts:
    """Annual figures, the latest first; a single number stands for every year."""
    return _series("annual", YEARS, isin, lines)


def quarters(isin: str = ISIN, **lines: Any) -> Facts:
    """Quarterly figures, the latest first; a single number stands for every quarter."""
    return _series("quarter", QUARTERS, isin, lines)


def _series(kind: str, ends: list[dt.date], isin: str, lines: Mapping[str, Any]) -> Facts:
    rows = []
    for line, given in lines.items():
        values = given if isinstance(given, list) else [given] * len(ends)
        rows += [
            fact(line, end.isoformat(), value, isin=isin, kind=kind)
            for end, value in zip(ends, values, strict=False)
            if value is not None
        ]
    return rows


def value(market: Market, name: str, isin: str = ISIN) -> Any:
    """The value of a field for a company, or its reason code where it is unknown."""
    key = find(name).key
    row = market.fields.filter(pl.col("isin") == isin).row(0, named=True)
    return row[f"{key}?"] if row[key] is None else row[key]


def verdict(market: Market, query: str, isin: str = ISIN) -> Verdict:
    return run(market, query).why(isin, sources=False).verdict


def passes(market: Market, query: str) -> set[str]:
    return set(run(market, query).rows("pass")["isin"])


def companies_where(market: Market, condition: pl.Expr) -> set[str]:
    """Their ISINs; a test that looks for none of something must have found some to look at."""
    found = set(market.fields.filter(condition)["isin"])
    assert found
    return found


SHEET: Final = {"equity_capital": 10.0, "reserves": 90.0, "borrowings": 20.0}
PRICE: Final = bars({"2026-01-27": 100.0})  # × 1 crore shares of ₹10: market cap ₹100 crore


# --- figures without a meaning --------------------------------------------------------------


def test_01_negative_equity_never_passes_de(demo):
    under_water = companies_where(demo, pl.col("net_worth") <= 0)
    assert not under_water & passes(demo, "Debt to equity < 1")
    assert not under_water & passes(demo, "Debt to equity < -1")
    assert {value(demo, "Debt to equity", isin) for isin in under_water} <= {
        "NEG_EQUITY",
        "FINANCIAL",
    }


def test_02_loss_makers_never_pass_a_low_pe_and_stay_ordered(demo):
    losing = companies_where(demo, pl.col("core_profit") < 0)
    assert not losing & passes(demo, "PE < 15")
    yields = demo.fields.filter(pl.col("earnings_yield").is_not_null())
    of_losers = yields.filter(pl.col("isin").is_in(list(losing)))["earnings_yield"]
    of_earners = yields.filter(pl.col("core_profit") > 0)["earnings_yield"]
    assert of_losers.n_unique() > 5
    assert of_losers.max() < of_earners.min()


def test_03_two_negatives_make_no_peg(made, demo):
    """A loss over a fall in earnings is a small positive number, and no bargain."""
    loss = quarters(net_profit=-1.0) + years(**SHEET, eps=[4.0, 5.0, 6.0, 8.0])
    market = made(loss, prices=PRICE)
    assert value(market, "EPS growth 3Years") < 0
    assert verdict(market, "PEG Ratio < 1") is UNKNOWN
    cheap = demo.fields.filter(pl.col("isin").is_in(list(passes(demo, "PEG Ratio < 1"))))
    assert cheap.height
    assert cheap.select((pl.col("pe") > 0).all() & (pl.col("eps_growth_3_years") > 0).all()).item()


def test_04_negative_book_value_never_passes_a_low_pb(demo):
    under_water = companies_where(demo, pl.col("net_worth") <= 0)
    assert not under_water & passes(demo, "PB < 1")
    assert not under_water & passes(demo, "PB X PE < 22.5")
    scores = demo.fields.filter(pl.col("isin").is_in(list(under_water)))["selectivity_score"]
    assert scores.max() <= 40


def test_05_the_debt_free_pass_a_test_of_interest_cover(demo):
    free = companies_where(demo, pl.col("debt_free") & pl.col("interest_cover").is_null())
    assert free <= passes(demo, "Interest Coverage Ratio > 3 OR Debt free")
    assert not free & passes(demo, "Interest Coverage Ratio < 1.5")
    points = {
        figure.points
        for isin in free
        for figure in score_report(demo, isin).parts[0].figures
        if figure.field == "interest_cover"
    }
    assert points == {100.0}


def test_06_returns_do_not_explode_on_capital_at_or_below_zero(made):
    sunk = years(net_profit=-20.0, pbt=-20.0, equity_capital=10.0, reserves=-15.0, borrowings=0.0)
    market = made(sunk)
    assert value(market, "ROE") == "NEG_EQUITY"  # −20 / −5 would be 400 %
    assert value(market, "ROCE") == "ZERO_DENOM"
    turned = years(net_profit=20.0, equity_capital=10.0, reserves=[0.0, -19.0])
    assert value(made(turned), "ROE") == "NEG_EQUITY"  # an average of 0.5 would give 4,000 %


def test_07_financials_are_not_judged_by_debt_roce_or_altman(demo):
    lenders = companies_where(demo, pl.col("is_financial"))
    for name in ("Debt to equity", "Altman Z double prime", "Current ratio", "EVEBITDA"):
        assert {value(demo, name, isin) for isin in lenders} == {"FINANCIAL"}, name
    books = lenders - companies_where(demo, earns_fees())
    assert books < lenders
    assert {value(demo, "ROCE", isin) for isin in books} == {"FINANCIAL"}
    assert lenders <= set(run(demo, "Debt to equity < 1").rows("unknown")["isin"])


def test_08_growth_from_a_loss_has_no_percentage(demo):
    turned = companies_where(demo, pl.col("core_profit_preceding_12_months") <= 0)
    assert not turned & passes(demo, "Profit growth > 0")
    assert not turned & passes(demo, "Profit growth <= 0")
    grown = demo.fields.filter(pl.col("profit_growth_3_years").is_not_null())
    then = run(demo, "Core profit last year[FY-3] <= 0").rows("pass")["isin"]
    assert not set(grown["isin"]) & set(then)


# --- periods --------------------------------------------------------------------------------


def test_09_a_trailing_year_is_four_quarters_of_one_basis(made):
    four = quarters(sales=[10.0] * 4)
    assert value(made(four), "Sales") == APPROX(40)
    three = quarters(sales=[10.0] * 3)
    assert value(made(three), "Sales") == "SHORT_HISTORY"
    gap = quarters(sales=[10.0, 10.0, None, 10.0, 10.0])
    assert isinstance(value(made(gap), "Sales"), str)
    mixed = four[:2] + [{**row, "basis": "standalone"} for row in four[2:]]
    assert value(made(mixed), "Sales") == "SHORT_HISTORY"


def test_10_a_year_of_nine_months_is_not_compared_with_one_of_twelve(made):
    short = [
        fact("sales", "2025-03-31", 78.3, months=9),
        fact("sales", "2024-06-30", 100.0),
        fact("sales", "2023-06-30", 90.0),
        fact("sales", "2022-06-30", 80.0),
    ]
    market = made(short)
    assert value(market, "Sales growth last year") == APPROX(4.4)  # −21.7 % as printed
    assert value(market, "Sales growth 3Years") == "SHORT_HISTORY"


def test_11_one_off_income_is_neither_cheap_nor_growth(made):
    once = quarters(net_profit=[25.0] + [10.0] * 11, exceptional=[20.0] + [0.0] * 11, tax_rate=25.0)
    market = made(once + years(**SHEET), prices=PRICE)
    assert value(market, "PE") == APPROX(100 / 40)
    assert value(market, "PE reported") == APPROX(100 / 55)
    assert verdict(market, "Profit growth > 20") is FAIL
    assert verdict(market, "Reported profit growth > 20") is PASS
    idle = quarters(pbt=10.0, other_income=6.2)
    assert verdict(made(idle), "Other income to PBT <= 30") is FAIL


def test_12_leases_moved_into_borrowings_are_no_new_debt(made):
    moved = years(
        **SHEET | {"borrowings": [320.0, 20.0, 20.0]}, lease_liabilities=[300.0, 0.0, 0.0]
    )
    market = made(moved)
    assert value(market, "Debt change 2Years") == APPROX(0)
    assert value(market, "Debt to equity") == APPROX(0.2)
    assert value(market, "Debt to equity including leases") == APPROX(3.2)


def test_13_a_restatement_changes_nothing_before_it_was_known(made):
    restated = [
        *years(equity_capital=10.0, reserves=90.0),
        fact("borrowings", "2024-03-31", 80.0, known="2024-05-20", seen="2024-05-21"),
        fact("borrowings", "2024-03-31", 20.0, known="2025-05-20", seen="2025-05-21"),
    ]
    market = made(restated)
    assert verdict(market, "Debt to equity[FY-1] <= 0.5") is PASS
    assert verdict(market, "Debt to equity <= 0.5 as of 2024-12-31") is FAIL


def test_14_nothing_is_known_before_it_was_published(made, demo):
    rising = quarters(sales=[50.0, 40.0, 30.0])
    market = made(rising)  # the September quarter is known in the middle of November
    assert verdict(market, "Sales latest quarter = 40 as of 2025-10-31") is PASS
    assert verdict(market, "Sales latest quarter = 50") is PASS
    day = dt.date(2025, 6, 16)
    panel = demo.as_of(day).panel
    dated = [c for c in panel.columns if c.startswith("known@")] + ["price_date", "est_as_of"]
    assert panel.select(pl.max_horizontal(pl.col(dated).max()).max()).item() <= day


# --- prices ---------------------------------------------------------------------------------


def test_15_a_bonus_is_no_fall(made):
    closes = bars({"2025-01-27": 200.0, "2025-08-29": 200.0, "2025-09-01": 105.0,
                   "2026-01-27": 110.0})  # fmt: skip
    bonus = [{"isin": ISIN, "ex_date": dt.date(2025, 9, 1), "kind": "bonus", "factor": 2.0}]
    market = made(years(**SHEET), prices=closes, actions=bonus)
    assert value(market, "Return over 1year") == APPROX(10)
    assert value(market, "Down from 52w high") == APPROX(0)
    unexplained = made(years(**SHEET), prices=closes)
    assert isinstance(value(unexplained, "Return over 1year"), str)


def test_16_delisted_companies_stay_in_the_past_and_later_ones_stay_out(made):
    gone, new = "XX0000000002", "XX0000000003"
    listed = [
        company(),
        company(gone, status="delisted"),
        company(new, listed_on=dt.date(2025, 12, 1)),
    ]
    facts = [f for c in listed for f in years(str(c["isin"]), **SHEET, net_profit=8.0)]
    prices = [
        *bars({"2025-06-27": 100.0, "2025-06-30": 100.0, "2026-01-27": 100.0}),
        *bars({"2025-06-27": 100.0, "2025-06-30": 100.0}, gone),
        *bars({"2026-01-27": 100.0}, new),
    ]
    market = made(facts, listed, prices=prices)
    assert passes(market, "Market Capitalization > 50 as of 2025-06-30") == {ISIN, gone}
    assert gone in set(market.fields["isin"])


def test_17_a_price_nobody_trades_at_values_nothing(made):
    silent = "XX0000000002"
    days = [f"2026-01-{n}" for n in (12, 13, 14, 16, 19, 20, 21, 22, 23, 27)]
    prices = bars(dict.fromkeys(days, 100.0)) + bars(dict.fromkeys(days[:3], 100.0), silent)
    facts = [
        f for isin in (ISIN, silent)
        for f in years(isin, **SHEET) + quarters(isin, net_profit=5.0)
    ]  # fmt: skip
    market = made(facts, [company(), company(silent)], prices=prices)
    assert verdict(market, "PE < 15") is PASS
    assert verdict(market, "PE < 15", silent) is UNKNOWN
    assert value(market, "PE", silent) == "STALE"


# --- peers ----------------------------------------------------------------------------------


def group(made: Publish, profits: list[float], industries: list[str] | None = None) -> Market:
    """Companies worth ₹100 crore each with these yearly profits, by default of one industry."""
    names = industries or ["Cables"] * len(profits)
    isins = [f"XX{n:010d}" for n in range(1, len(profits) + 1)]
    firms = [
        company(isin, basic_industry=name, industry=name, sector="Goods")
        for isin, name in zip(isins, names, strict=True)
    ]
    facts = [
        f
        for isin, profit in zip(isins, profits, strict=True)
        for f in years(isin, **SHEET) + quarters(isin, net_profit=profit / 4)
    ]
    prices = [bar for isin in isins for bar in bars({"2026-01-27": 100.0}, isin)]
    return made(facts, firms, prices=prices)


def test_18_the_middle_of_a_group_is_no_mean_of_pes(made):
    market = group(made, [5.0] * 9 + [0.01])  # P/E 20 nine times, and 10,000
    assert value(market, "Peer PE") == APPROX(20)
    assert value(market, "Peer PE premium") == APPROX(0)
    assert value(market, "Peer harmonic PE") == APPROX(100 * 10 / 45.01)
    assert value(market, "Peer aggregate PE") == APPROX(100 * 10 / 45.01)
    losing = group(made, [5.0] * 4 + [4.0] * 2 + [-50.0] * 4)
    assert value(losing, "Peer PE") == APPROX(25)  # without the losers it would be 20
    assert value(losing, "Peer aggregate PE") == "NEG_EARNINGS"


def test_19_a_small_group_climbs_and_says_how_sure_its_middle_is(made, demo):
    few = group(made, [5.0] * 4 + [4.0] * 6, ["Cables"] * 4 + ["Pipes"] * 6)
    assert (value(few, "Peer level"), value(few, "Peer count")) == ("sector", 9)
    peers = demo.fields.filter(pl.col("peer_pe").is_not_null())
    assert peers["peer_count"].min() >= 8
    assert peers["peer_level"].n_unique() > 1
    assert peers["peer_pe_error"].null_count() == 0
    assert peers["peer_pe_error"].min() > 0


# --- missing figures and extreme ones -------------------------------------------------------


def test_20_a_missing_figure_is_neither_zero_nor_a_pass(made, demo):
    bare = made(quarters(sales=10.0, net_profit=1.0))
    for query in ("Debt to equity < 1", "Debt to equity >= 1", "NOT Debt to equity < 1"):
        assert verdict(bare, query) is UNKNOWN, query
    assert verdict(bare, "Debt to equity < 1 AND Sales < 5") is FAIL
    assert verdict(bare, "Debt to equity < 1 OR Sales > 5") is PASS
    for screen in Library.load(default_paths()).screens:
        counts = run(demo, screen).counts
        total = counts.passed + counts.failed + counts.unknown + counts.outside
        assert total == demo.fields.height, screen.name
    some = demo.fields.filter(pl.col("piotroski_signals_known") < 9)
    assert some.height
    known = some.filter(pl.col("piotroski_f").is_not_null())
    assert (known["piotroski_f"] <= known["piotroski_signals_known"]).all()


def test_21_one_extreme_figure_does_not_carry_a_company(made, demo):
    plain, wild = group(made, [5, 6, 4, 5, 6, 4, 5, 6, 4, 5.5, 20]), None
    wild = group(made, [5, 6, 4, 5, 6, 4, 5, 6, 4, 5.5, 20_000])
    assert value(plain, "Peer Z") == APPROX(value(wild, "Peer Z"))
    points = [
        figure.points
        for isin in demo.fields["isin"].head(60)
        for part in score_report(demo, isin).parts
        for figure in part.figures
        if figure.points is not None
    ]
    assert 0 <= min(points) <= max(points) <= 100
    top = demo.fields.sort("selectivity_score", descending=True, nulls_last=True).head(60)
    assert top.filter(pl.col("net_worth") <= 0).is_empty()


def test_22_market_cap_is_the_traded_close_times_the_shares_of_that_day(made):
    closes = bars({"2024-06-28": 1000.0, "2025-11-28": 1000.0, "2025-12-01": 210.0,
                   "2026-01-27": 205.0})  # fmt: skip
    split = [{"isin": ISIN, "ex_date": dt.date(2025, 12, 1), "kind": "split", "factor": 5.0}]
    market = made(years(**SHEET), [company(face_value=2.0)], prices=closes, actions=split)
    assert value(market, "Market Capitalization") == APPROX(205 * 5)
    before = "Market Capitalization = 1000 as of 2025-11-28"  # one crore shares of ₹10 then
    assert verdict(market, before) is PASS


def test_23_seasons_are_no_growth(made):
    festive = quarters(sales=[100.0, 40.0] * 8, net_profit=[10.0, 2.0] * 8)
    market = made(festive)
    assert value(market, "QoQ Sales") == APPROX(150)
    assert value(market, "YOY Quarterly sales growth") == APPROX(0)
    assert value(market, "Quarters up of 8") == 0
    sequential = {find("QoQ Sales").key, find("QoQ Profits").key}
    for screen in Library.load(default_paths()).screens:
        used = {key for c in run(market, screen).program.conditions for key in c.fields}
        assert not used & sequential, screen.name


# --- what others get wrong, and what a figure is called -------------------------------------


def test_24_roic_and_piotroski_are_those_of_their_papers(made):
    """One library adds dividends to ROIC; one set of code takes a missing signal for a pass."""
    body = {"pbt": 20.0, "tax": 5.0, "tax_rate": 25.0, "interest": 0.0, "net_profit": 15.0,
            "total_assets": 100.0, "current_assets": 50.0, "current_liabilities": 20.0,
            "cash": 10.0, "fixed_assets": 40.0, "cwip": 0.0}  # fmt: skip
    saver = made(years(**body, dividend_payout=0.0))
    spender = made(years(**body, dividend_payout=90.0))
    assert value(saver, "Return on invested capital") == APPROX(100 * 15 / 60)
    assert value(spender, "Return on invested capital") == APPROX(100 * 15 / 60)
    assert value(saver, "Piotroski cash") == "MISSING"
    assert value(saver, "Piotroski known") < 9


def test_25_the_f_score_counts_improvement_and_is_not_sold_as_quality(made, demo):
    field = find("Piotroski score")
    assert "improvement" in field.about
    assert "not quality" in field.note
    poor = companies_where(demo, (pl.col("piotroski_f") >= 7) & (pl.col("roce") < 10))
    assert not poor & passes(demo, "Quality score > 80")
    weights = {
        figure.field: figure.weight
        for figure in score_report(demo, demo.fields["isin"][0]).parts[1].figures
    }
    (of_the_f_score,) = [weight for key, weight in weights.items() if key.startswith("piotroski")]
    assert of_the_f_score == min(weights.values())
