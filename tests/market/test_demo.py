"""The demo market: accounting identities, calendars, kinds of companies, prices, its story.

Statements are checked from the facts alone, by other routes than the generator takes.
"""

from __future__ import annotations

import csv
import datetime as dt
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.market.demo import COMPANIES, DEMO_DATE, generate
from screener.market.schema import (
    BASES,
    KINDS,
    KNOWN_BASES,
    LINES,
    SIZE_CLASSES,
    TABLES,
    TEMPLATES,
)
from tests.market.reports import KEYS, consecutive_years, statements

CENT = 0.005  # half of the smallest step of a figure in ₹ crore
FLOWS = (
    "sales", "expenses", "operating_profit", "other_income", "exceptional", "interest",
    "depreciation", "pbt", "tax", "net_profit", "owners_profit", "material_cost", "employee_cost",
)  # fmt: skip

#: Each identity: the kinds it holds for, its two sides, and the terms that count as 0 if not filed.
IDENTITIES = {
    "operating profit": ("pl", "operating_profit", "sales - expenses", ()),
    "profit before tax": (
        "pl",
        "pbt",
        "operating_profit + other_income + exceptional - interest - depreciation",
        (),
    ),
    "net profit": ("pl", "net_profit", "pbt - tax", ()),
    "assets": ("bs", "total_assets", "fixed_assets + cwip + investments + other_assets", ()),
    "assets equal liabilities": ("bs", "total_assets", "total_liabilities", ()),
    "liabilities": (
        "bs",
        "total_liabilities",
        "equity_capital + reserves + borrowings + deposits + other_liabilities",
        ("deposits",),
    ),
    "borrowings": (
        "bs",
        "borrowings",
        "long_term_borrowings + short_term_borrowings + lease_liabilities",
        ("lease_liabilities",),
    ),
    "cash flow": ("cf", "net_cash_flow", "cfo + cfi + cff", ()),
    "free cash flow": ("cf", "fcf", "cfo - capex", ()),
}
KINDS_WITH = {"pl": ("annual", "quarter"), "bs": ("annual", "interim"), "cf": ("annual",)}


def breaches(wide: pl.DataFrame, name: str) -> tuple[int, int]:
    """How many reports could be checked for the identity, and how many break it."""
    statement, left, right, optional = IDENTITIES[name]
    terms = wide.with_columns(pl.col(optional).fill_null(0)) if optional else wide
    off = (
        terms.filter(pl.col("kind").is_in(KINDS_WITH[statement]))
        .select(pl.sql_expr(f"abs({left} - ({right}))").alias("off"))["off"]
        .drop_nulls()
    )
    return off.len(), (off >= CENT).sum()


# Shape ------------------------------------------------------------------------------------------


def test_every_table_has_the_schema(market):
    assert {name: dict(frame.schema) for name, frame in market.items()} == {
        name: {k: v() if isinstance(v, type) else v for k, v in columns.items()}
        for name, columns in TABLES.items()
    }
    assert market["companies"].height == COMPANIES


@pytest.mark.parametrize("table", TABLES)
def test_numbers_are_finite(market, table):
    floats = market[table].select(pl.selectors.float().drop_nulls().is_finite().all())
    assert all(all(column) for column in floats)


def test_words_are_of_the_vocabularies(market):
    facts, companies = market["facts"], market["companies"]
    units = dict(facts.select("line", "unit").unique().iter_rows())
    assert units == {line: LINES[line][1] for line in units}
    assert set(facts["basis"].unique()) == set(BASES)
    assert set(facts["kind"].unique()) == set(KINDS)
    assert set(facts["known_basis"].unique()) <= set(KNOWN_BASES)
    assert set(companies["template"].unique()) == set(TEMPLATES)
    assert set(companies["size_class"].unique()) == set(SIZE_CLASSES)
    required = ["isin", "symbol", "name", "basic_industry", "size_class", "listed_on", "face_value"]
    assert companies.select(pl.col(required).null_count()).row(0) == (0,) * len(required)
    assert facts.null_count().row(0) == (0,) * facts.width


def test_nothing_is_said_twice(market):
    facts = market["facts"]
    assert not facts.select([*KEYS, "line", "known_at"]).is_duplicated().any()
    assert not market["prices"].select("isin", "date").is_duplicated().any()
    assert not market["indices"].select("index", "date").is_duplicated().any()
    estimates = market["estimates"].select("isin", "fy_end", "metric", "as_of")
    assert not estimates.is_duplicated().any()


def test_the_same_seed_gives_the_same_market():
    first, again, other = generate(5, 120), generate(5, 120), generate(6, 120)
    for name in TABLES:
        assert first[name].equals(again[name])
        assert first[name].is_empty() or not first[name].equals(other[name])


def test_a_market_of_too_few_companies_is_refused():
    with pytest.raises(ValueError, match="at least 50"):
        generate(companies=10)


# Statements -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDENTITIES)
def test_identity_holds_in_every_report(wide, name):
    checked, broken = breaches(wide, name)
    assert checked > 15_000
    assert broken == 0


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), companies=st.integers(50, 90))
def test_identities_hold_for_any_seed(seed, companies):
    facts = generate(seed, companies)["facts"]
    for version in ("first", "last"):
        wide = statements(facts, version=version)
        assert {name: breaches(wide, name)[1] for name in IDENTITIES} == dict.fromkeys(
            IDENTITIES, 0
        )


def test_the_check_itself_sees_a_figure_that_is_off_by_a_lakh(wide):
    nudged = wide.with_columns(pl.col("tax", "reserves", "cfi", "capex") + 0.01)
    broken = {name for name in IDENTITIES if breaches(nudged, name)[1]}
    assert broken == {"net profit", "liabilities", "cash flow", "free cash flow"}


def test_the_quarters_add_up_to_the_year(market, sql):
    [(rows, companies, broken, years)] = sql(
        f"""
        with flow as (select * from facts where line in {FLOWS}),
        sums as (
          select y.isin, y.line, y.value, y.months, sum(q.value) total, sum(q.months) covered
          from flow y join flow q using (isin, basis, line)
          where y.kind = 'annual' and q.kind = 'quarter' and q.period_end <= y.period_end
            and q.period_end > last_day((y.period_end - to_months(y.months))::date)
          group by y.isin, y.basis, y.period_end, y.line, y.value, y.months)
        select count(*), count(distinct isin), count(*) filter (abs(value - total) >= {CENT}),
          count(*) filter (line = 'sales')
        from sums where covered = months
        """,
        facts=market["facts"],
    )
    assert broken == 0
    assert companies > 0.95 * COMPANIES
    assert years > 1.8 * COMPANIES
    assert rows > 20_000


def test_cash_moves_by_the_cash_flow(wide):
    years = consecutive_years(wide)
    off = (pl.col("cash") - pl.col("cash_before") - pl.col("net_cash_flow")).abs()
    checked = years.select(off.alias("off")).drop_nulls()["off"]
    assert checked.len() > 15_000
    assert checked.max() < CENT


def test_equity_grows_by_profit_less_dividends(wide):
    """Without new shares, what profit does not explain was paid out of the year before."""
    equity, before = (
        pl.col(f"equity_capital{x}") + pl.col(f"reserves{x}") for x in ("", "_before")
    )
    years = consecutive_years(wide).filter(
        (pl.col("shares") == pl.col("shares_before")) & (pl.col("months_before") == 12)
    )
    paid = years.select(
        (pl.col("owners_profit") - equity + before).alias("paid"),
        pl.col("owners_profit_before").clip(lower_bound=0).alias("most"),
    ).drop_nulls()
    assert paid.height > 5_000
    assert paid.filter(pl.col("paid") < -CENT).is_empty()
    assert paid.filter(pl.col("paid") > pl.col("most") + CENT).is_empty()
    assert paid.filter(pl.col("paid") > CENT).height > 1_000


def test_earnings_per_share_are_those_of_todays_shares(market, wide, sql):
    """EPS times the shares of then, times later splits and bonuses, is the owners' profit."""
    [(checked, changed, worst)] = sql(
        """
        with reports as (
          select a.isin, a.basis, a.period_end, a.eps, a.owners_profit / a.shares eps_then,
            coalesce(product(s.factor), 1) factor
          from annual a left join share_changes s on s.isin = a.isin and s.ex_date > a.period_end
          where a.eps is not null and a.shares is not null
          group by all)
        select count(*), count(*) filter (factor > 1), max(abs(eps - eps_then / factor))
        from reports
        """,
        annual=wide.filter(pl.col("kind") == "annual").select(
            "isin", "basis", "period_end", "eps", "shares", "owners_profit"
        ),
        share_changes=market["actions"].filter(pl.col("kind") != "dividend"),
    )
    assert checked > 15_000
    assert changed > 2_000
    assert worst < 0.0051


def test_ratios_printed_are_those_of_the_statements(wide):
    years = wide.filter((pl.col("kind") == "annual") & (pl.col("months") == 12))
    for printed, part, whole, times in (
        ("opm", "operating_profit", "sales", 100),
        ("tax_rate", "tax", "pbt", 100),
        ("debtor_days", "receivables", "sales", 365),
    ):
        off = (pl.col(printed) - times * pl.col(part) / pl.col(whole)).abs()
        checked = years.filter(pl.col(whole) != 0).select(off.alias("off")).drop_nulls()["off"]
        assert checked.len() > 10_000
        assert checked.max() <= 0.5 + 1e-6


# Time -------------------------------------------------------------------------------------------


def test_nothing_is_known_before_its_time(market):
    facts = market["facts"].join(market["companies"].select("isin", "listed_on"), on="isin")
    assert facts["known_at"].max() <= DEMO_DATE
    assert facts.filter(pl.col("seen_at").dt.date() > DEMO_DATE).is_empty()
    assert facts.filter(pl.col("known_at") < pl.col("period_end")).is_empty()
    assert facts.filter(pl.col("known_at").dt.weekday() > 5).is_empty()
    once = facts.unique([*KEYS, "line"], keep="none").filter(
        pl.col("known_at") > pl.col("listed_on")
    )
    delay = (pl.col("known_at") - pl.col("period_end")).dt.total_days().alias("delay")
    annual = once.filter(pl.col("kind") == "annual").select(delay)["delay"]
    assert annual.is_between(35, 64).all()
    # The last quarter of a year is published with the year, so it may take as long.
    quarter = once.filter(pl.col("kind") == "quarter").select(delay)["delay"]
    assert quarter.is_between(25, 64).all()
    assert (quarter <= 49).mean() > 0.7


def test_statements_from_before_the_listing_become_known_with_it(market):
    facts = market["facts"].join(market["companies"].select("isin", "listed_on"), on="isin")
    early = facts.filter(pl.col("known_at") <= pl.col("listed_on"))
    assert early["isin"].n_unique() > 100
    assert (early["known_at"] == early["listed_on"]).all()


def test_twelve_years_and_thirteen_quarters_are_on_file(market):
    counts = (
        market["facts"]
        .filter(pl.col("line") == "sales")
        .group_by("isin", "basis", "kind")
        .agg(pl.col("period_end").n_unique().alias("n"))
    )
    by_kind = {kind: counts.filter(pl.col("kind") == kind)["n"] for kind in ("annual", "quarter")}
    assert by_kind["annual"].max() == 12
    assert by_kind["annual"].median() == 12
    assert by_kind["quarter"].max() == 13
    assert by_kind["quarter"].median() == 13


def test_some_years_were_restated(market):
    versions = (
        market["facts"]
        .group_by([*KEYS, "line"])
        .agg(pl.col("known_at", "value", "seen_at").n_unique())
        .filter(pl.col("known_at") > 1)
    )
    assert 0.01 * COMPANIES < versions["isin"].n_unique() < 0.06 * COMPANIES
    assert (versions["seen_at"] == 2).all()
    assert (versions.filter(pl.col("line") == "sales")["value"] == 2).all()


# Kinds of companies -----------------------------------------------------------------------------


def kinds_present(tables: dict[str, pl.DataFrame]) -> dict[str, bool]:
    """Each kind of company a screener must cope with, and whether the market has it."""
    companies, facts, prices = tables["companies"], tables["facts"], tables["prices"]
    annual = facts.filter(pl.col("kind") == "annual")
    value = {
        line: annual.filter(pl.col("line") == line)["value"]
        for line in ("net_profit", "reserves", "borrowings", "gross_npa", "minority_interest")
    }
    latest = facts.filter(pl.col("kind") == "interim").pivot(
        "line", index=["isin", "basis"], values="value"
    )
    months = set(annual["months"].unique())
    ends = set(annual["period_end"].dt.month().unique())
    quarter_months = set(facts.filter(pl.col("kind") == "quarter")["months"].unique())
    bases = annual.group_by("isin").agg(
        pl.col("period_end").filter(pl.col("basis") == "consolidated").max().alias("group"),
        pl.col("period_end").filter(pl.col("basis") == "standalone").max().alias("alone"),
    )
    behind = (pl.col("alone") - pl.col("group")).dt.total_days()
    pledged = facts.filter(pl.col("line") == "pledged")["value"]
    last = prices.group_by("isin").agg(pl.col("date").max())
    age = (pl.lit(DEMO_DATE) - companies["listed_on"]).dt.total_days()
    kinds = set(tables["actions"]["kind"].unique())
    sales_quarters = (
        facts.filter((pl.col("months") == 3) & (pl.col("line") == "sales"))
        .sort("isin", "basis", "period_end")
        .with_columns(
            pl.col("period_end").diff().over("isin", "basis").dt.total_days().alias("step")
        )
    )
    return {
        **{f"template {t}": t in set(companies["template"]) for t in TEMPLATES},
        "a fee-earning financial": companies.filter(
            pl.col("is_financial") & (pl.col("template") == "corporate")
        ).height
        > 0,
        "loss maker": (value["net_profit"] < 0).any(),
        "negative net worth": (
            latest.filter(pl.col("equity_capital") + pl.col("reserves") < 0).height > 0
        ),
        "debt-free": (value["borrowings"] == 0).any(),
        "bad loans": value["gross_npa"].len() > 0,
        "minority interest": (value["minority_interest"] > 0).any(),
        "listed within a year": companies.select((age < 365).any()).item(),
        "nine- and fifteen-month years": {9, 12, 15} == months,
        "other year ends": ends >= {3, 6, 12},
        "half-yearly": quarter_months == {3, 6},
        "actions": kinds == {"split", "bonus", "rights", "dividend"},
        "pledges": (pledged > 50).any() and (pledged == 0).any(),
        "both bases": bases.filter(behind == 0).height > 0,
        "group accounts that ended": bases.filter(behind > 1000).height > 0,
        "standalone only": bases.filter(pl.col("group").is_null()).height > 0,
        "consolidated only": bases.filter(pl.col("alone").is_null()).height > 0,
        "suspended": "suspended" in set(companies["status"]),
        "no recent trade": last.filter(pl.col("date") < DEMO_DATE - dt.timedelta(12)).height > 0,
        "sessions without trade": (prices["volume"] == 0).any(),
        "no analyst": tables["estimates"]["isin"].n_unique() < companies.height,
        "a missing quarter": (sales_quarters["step"].drop_nulls() > 150).any(),
        "symbol with &": companies["symbol"].str.contains("&").sum() == 1,
        "symbol with -": companies["symbol"].str.contains("-").sum() == 1,
        "SME series": {"SM", "ST"} & set(companies["series"]) != set(),
    }


def test_every_kind_of_company_exists(market):
    assert [kind for kind, there in kinds_present(market).items() if not there] == []


def test_every_kind_exists_in_a_small_market_too(small):
    assert [kind for kind, there in kinds_present(small).items() if not there] == []
    assert set(small["companies"]["size_class"]) == set(SIZE_CLASSES)


def test_lines_are_left_out_by_some(market):
    companies = market["facts"]["isin"].n_unique()
    carried = (
        market["facts"]
        .filter(pl.col("kind") == "annual")
        .group_by("line")
        .agg(pl.col("isin").n_unique().alias("n"))
    )
    share = {line: n / companies for line, n in carried.iter_rows()}
    assert share["total_assets"] == share["sales"] == 1
    for line in ("inventories", "current_assets", "gross_block", "contingent_liabilities", "capex"):
        assert 0.5 < share[line] < 1


def test_industries_are_those_of_the_exchange(market):
    companies = market["companies"]
    levels = ["macro_sector", "sector", "industry", "basic_industry"]
    assert companies["macro_sector"].n_unique() == 12
    assert companies["sector"].n_unique() == 22
    assert companies["industry"].n_unique() >= 55
    assert companies["basic_industry"].n_unique() >= 150
    for below, above in zip(levels[1:], levels, strict=False):
        parents = companies.group_by(below).agg(pl.col(above).n_unique().alias("n"))
        shared = set(parents.filter(pl.col("n") > 1)[below])
        assert shared <= {"Diversified"}
    sizes = companies["basic_industry"].value_counts()["count"]
    assert (sizes < 8).sum() > 20
    assert (sizes > 30).sum() > 8
    financial = companies["macro_sector"] == "Financial Services"
    assert (companies["is_financial"] == financial).all()


def test_size_follows_rank(market):
    companies = market["companies"].sort("size_rank")
    assert companies["size_rank"].to_list() == list(range(1, COMPANIES + 1))
    assert companies["size_mcap"].is_sorted(descending=True)
    counts = dict(companies["size_class"].value_counts().iter_rows())
    assert counts == {"large": 100, "mid": 150, "small": 250, "micro": COMPANIES - 500}
    largest, hundredth, micro = (companies["size_mcap"][i] for i in (0, 99, 1499))
    assert largest > 500_000
    assert 50_000 < hundredth < 200_000
    assert 200 < micro < 2_500


# Identifiers ------------------------------------------------------------------------------------


def luhn(isin: str) -> bool:
    """Whether the ISIN's check digit is right, by the textbook rule from the right."""
    digits = "".join(str(int(c, 36)) for c in isin)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


def test_identifiers_are_valid_and_nobodys(market):
    assert luhn("US0378331005")
    assert not luhn("US0378331006")
    companies = market["companies"]
    assert companies["isin"].str.contains(r"^XXDEMO\d{6}$").all()
    assert all(map(luhn, companies["isin"]))
    assert companies["symbol"].str.contains(r"^[A-Z&-]{3,9}X$").all()
    assert companies["bse_code"].drop_nulls().str.contains(r"^9\d{5}$").all()
    for column in ("isin", "symbol", "name"):
        assert companies[column].n_unique() == COMPANIES


@pytest.mark.recorded
def test_no_listed_company_has_such_a_name_or_symbol(market, recorded):
    symbols, names = set(), set()
    for path in sorted((recorded / "masters").glob("EQUITY_L_*.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            for row in list(csv.reader(file))[1:]:
                symbols.add(row[0].strip())
                names.add(plain(row[1]))
    for path in sorted((recorded / "masters").glob("bse_*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            symbols.add(str(row["scrip_id"]).strip())
            names |= {plain(row["Scrip_Name"] or ""), plain(row["Issuer_Name"] or "")}
    assert len(names) > 2_000
    companies = market["companies"]
    assert symbols & set(companies["symbol"]) == set()
    assert names & {plain(name) for name in companies["name"]} == set()
    first_words = {name.split()[0] for name in names if name}
    assert first_words & {name.split()[0].lower() for name in companies["name"]} == set()


def plain(name: str) -> str:
    """A company name without case and legal form."""
    return name.casefold().replace("limited", "").replace("ltd", "").strip(" .")


# Owners -----------------------------------------------------------------------------------------


def test_holdings_add_up(market):
    facts = market["facts"].filter(pl.col("kind") == "holding")
    owners = facts.filter(
        pl.col("line").is_in(["promoters", "fiis", "diis", "government", "public"])
    )
    sums = owners.group_by("isin", "period_end").agg(pl.col("value").sum(), pl.len())
    assert sums.height > 20_000
    assert (sums["len"] == 5).all()
    assert ((sums["value"] - 100).abs() < 1e-6).all()
    assert facts["value"].min() >= 0
    assert facts.filter(pl.col("line") == "pledged")["value"].max() <= 100
    patterns = owners.group_by("isin").agg(pl.col("period_end").n_unique().alias("n"))
    assert patterns["n"].max() == 13
    assert patterns["n"].median() == 13
