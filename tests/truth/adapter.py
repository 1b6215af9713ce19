"""Puts the inputs of a truth case into a panel and asks the field; computes nothing itself.

`MEASURES` maps the function a case names to one that takes the inputs and returns our answer, in
the unit of the case. A function that is not in it has no such measure here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from screener.fields import (
    cash,
    factors,
    growth,
    priced_in,
    quality,
    revisions,
    scorecards,
    scores,
    solvency,
    visibility,
)
from screener.fields.base import NOW, Measure
from screener.fields.catalogue import compute
from screener.fields.groups import peers_of
from screener.fields.peers import robust_z
from screener.fields.terms import of_rows
from screener.market import panel as market_panel
from screener.market.knowledge import due_by_rule
from screener.market.restated import changes
from screener.regime import (
    above_average,
    distribution_days,
    max_drawdown,
    regression,
    size_segment,
    size_segment_by_value,
)
from tests.fields.panels import panel, rows, spread
from tests.markets import bars, company, fact, tables


class NoSuchMeasureError(LookupError):
    """A case names a function that nothing here stands for."""


Inputs = Mapping[str, Any]
Answer = float | bool | str | None

SESSION = {"sessions_since_trade": 0, "zero_volume_60d": 0.0, "close": 100.0}


def ask(key: str, part: float = 1.0, **columns: Any) -> Any:
    """A field of one company; `part` is 0.01 where the case has a fraction and we have percent."""
    return _scaled(compute(panel(**columns), [key])[key].item(), part)


def ask_measure(measure: Measure, part: float = 1.0, **columns: Any) -> Any:
    """The same for a definition with parameters that no field carries."""
    frame = panel(**columns).select(measure.value.cast(pl.Float64).alias("x"))
    value = frame.select(pl.when(pl.col("x").is_finite()).then("x")).item()
    return _scaled(value, part)


def _scaled(value: Any, part: float) -> Any:
    return value * part if isinstance(value, float) else value


def each(quarterly: float | None, count: int = 4) -> list[float | None]:
    """A trailing year of equal quarters."""
    return [None if quarterly is None else quarterly / 4] * count


def plus(*values: float | None) -> float | None:
    """The sum of inputs, null if one is."""
    return None if any(v is None for v in values) else sum(v for v in values if v is not None)


def less(value: float | None) -> float | None:
    return None if value is None else -value


def times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def latest_first(values: Sequence[float]) -> list[float]:
    return list(reversed(values))


def capital(equity: float) -> dict[str, Any]:
    """Latest and annual equity of that size."""
    return {"equity_capital_L": 0.0, "reserves_L": equity}


def opening_closing(line: str, i: Inputs, opening: str, closing: str) -> dict[str, Any]:
    return {line: [i[closing], i[opening]]}


# --- solvency -------------------------------------------------------------------------------


def altman_facts(
    x1: float | None, x2: float | None, x3: float | None, x4: float | None, x5: float | None = 0.0
) -> dict[str, Any]:
    """Balances over total assets of 1 that have these ratios."""
    liabilities = None if x4 is None or x4 == -1 else 1 / (1 + x4)
    own = None if liabilities is None else 1 - liabilities
    return {
        "total_assets": [1.0], "current_assets": [x1], "current_liabilities": [0.0],
        "reserves": [x2], "equity_capital": [plus(own, less(x2))], "pbt": [x3], "interest": [0.0],
        "sales": [x5],
    }  # fmt: skip


def altman_z(i: Inputs) -> Answer:
    facts = {
        "total_assets": [i["ta"]], "current_assets": [i["wc"]], "current_liabilities": [0.0],
        "reserves": [i["re"]], "equity_capital": [plus(i["ta"], less(i["tl"]), less(i["re"]))],
        "pbt": [i["ebit"]], "interest": [0.0], "sales": [i["sales"]],
    }  # fmt: skip
    return ask("altman_z", market_cap=i["mve"], **SESSION, **facts)


def altman_z_x(i: Inputs) -> Answer:
    facts = altman_facts(i["x1"], i["x2"], i["x3"], 1.0, i["x5"])
    measure = solvency.altman_z(i.get("k5") or 1.0, NOW)
    return ask_measure(measure, market_cap=times(i["x4"], 0.5), **SESSION, **facts)


def altman_without_market(i: Inputs) -> Answer:
    """Book equity in the place of market cap, and no sales: what such a source has."""
    return ask("altman_z", **altman_facts(i["x1"], i["x2"], i["x3"], i["x4"]) | {"sales": [None]})


def altman_z2(i: Inputs) -> Answer:
    facts = altman_facts(i["x1"], i["x2"], i["x3"], i["x4"])
    return ask_measure(solvency.altman_z2(i.get("const") or 0.0, NOW), **facts)


def cash_cycle(i: Inputs) -> Answer:
    balances = {"receivables": i["dso"], "inventories": i["dio"], "trade_payables": i["dpo"]}
    flows = {"sales": [365.0], "material_cost": [365.0]}
    return ask("cash_conversion_cycle", **flows, **{k: [v, v] for k, v in balances.items()})


def days(measure: str, i: Inputs) -> Answer:
    """The days of receivables, inventories or payables; the last two are of material cost."""
    ends = [i["balance_close"], i["balance_open"]]
    if measure.startswith("inventory"):
        return ask("inventory_days", inventories=ends, material_cost=[i["flow"]])
    if measure.startswith("payable"):
        return ask("payable_days", trade_payables=ends, material_cost=[i["flow"]])
    return ask("debtor_days", receivables=ends, sales=[i["flow"]])


def passes_de(i: Inputs) -> Answer:
    ratio = i["vendor_de"]
    found = ask("debt_to_equity", borrowings_L=less(ratio), **capital(-1.0))
    if ratio is None or ratio >= 0:
        found = ask("debt_to_equity", borrowings_L=ratio, **capital(1.0))
    return found is not None and found < i["limit"]


def passes_icr(i: Inputs) -> Answer:
    facts = {
        "pbt_q": each(100.0 if i["ebit_positive"] else -100.0), "interest_q": each(i["interest"]),
        "borrowings_L": times(i["interest"], 10), "total_assets_L": 1000.0,
    }  # fmt: skip
    found = ask("interest_cover", **facts)
    return bool(ask("debt_free", **facts)) or (found is not None and found > i["limit"])


def pledge_flag(i: Inputs) -> Answer:
    facts = {"pledged_h": [i["pledged_pct_of_promoter"]], "promoters_h": [i["promoter_pct"]]}
    return ask("pledge_red_flag", **facts)


# --- quality --------------------------------------------------------------------------------


def beneish_facts(i: Inputs) -> dict[str, Any]:
    both = (i["c"], i["p"])
    names = {
        "sales": "sales", "material_cost": "cogs", "receivables": "rec", "current_assets": "ca",
        "fixed_assets": "ppe", "depreciation": "dep", "total_assets": "ta", "net_profit": "ni",
        "cfo": "cfo", "current_liabilities": "cl", "long_term_borrowings": "ltd",
    }  # fmt: skip
    facts = {line: [year[key] for year in both] for line, key in names.items()}
    return facts | {"expenses": [plus(year["cogs"], year["sga"]) for year in both]}


def beneish(key: str, i: Inputs) -> Answer:
    return ask(f"beneish_{key}", **beneish_facts(i))


def piotroski(i: Inputs) -> Answer:
    years = [i["y0"], i["y1"], i["y2"]]
    names = {
        "net_profit": "ni", "total_assets": "ta", "cfo": "cfo", "long_term_borrowings": "ltd",
        "current_assets": "ca", "current_liabilities": "cl", "sales": "sales",
        "material_cost": "cogs",
    }  # fmt: skip
    facts = {line: [year[key] for year in years] for line, key in names.items()}
    issued = years[0]["issued"]
    shares = [None if issued is None else 100.0 + 5 * np.sign(issued), 100.0]
    return ask("piotroski_f", **facts, shares=shares)


def mean_roe(i: Inputs) -> Answer:
    profits, equities = latest_first(i["pat"]), latest_first(i["equity"])
    measure = quality.average_over(quality.roe, len(profits), NOW)
    zero = [0.0] * len(equities)
    return ask_measure(measure, 0.01, net_profit=profits, reserves=equities, equity_capital=zero)


def roce(i: Inputs) -> Answer:
    return ask(
        "roce", 0.01, pbt=[i["pbt"]], interest=[i["interest"]], equity_capital=[0.0, 0.0],
        reserves=[i["eq_close"], i["eq_open"]], borrowings=[i["debt_close"], i["debt_open"]],
    )  # fmt: skip


def roe(i: Inputs) -> Answer:
    equities = {"reserves": [i["eq_close"], i["eq_open"]], "equity_capital": [0.0, 0.0]}
    return ask("roe", 0.01, net_profit=[i["pat"]], **equities)


def cfo_to_pat(i: Inputs) -> Answer:
    measure = cash.cfo_to("net_profit", len(i["cfo"]), NOW)
    return ask_measure(measure, cfo=latest_first(i["cfo"]), net_profit=latest_first(i["pat"]))


# --- growth, visibility ---------------------------------------------------------------------


def cagr(i: Inputs) -> Answer:
    levels = [i["b"], *[0.0] * (i["years"] - 1), i["a"]]
    return ask_measure(growth.cagr("net_profit", i["years"], NOW), 0.01, net_profit=levels)


def ttm_growth(i: Inputs) -> Answer:
    return ask("profit_growth", 0.01, net_profit_q=latest_first(i["q8"]))


def symmetric(i: Inputs) -> Answer:
    return ask("symmetric_profit_growth", net_profit_q=[*each(i["cur"]), *each(i["prev"])])


def year_growth(i: Inputs) -> Answer:
    years = {"sales": [i["cur"], i["prev"]], "months": [i["mc"], i["mp"]]}
    return ask("sales_growth_last_year", 0.01, **years)


def peg(i: Inputs) -> Answer:
    if i["g_pct"] is None or i["pe"] is None:
        return ask("peg")
    step = 1 + i["g_pct"] / 100
    eps = [step**3, step**2, step, 1.0] if step > 0 else [-1.0, 1.0, 1.0, 1.0]
    profit = {"net_profit_q": each(np.sign(i["pe"])), "market_cap": abs(i["pe"])}
    return ask("peg", eps=eps, **profit, **SESSION)


def implied_growth(i: Inputs) -> Answer:
    measure = priced_in.growth_needed(i["r"], i["gt"], i["n"], NOW)
    earned = {"net_profit_q": each(i["eps"]), "market_cap": i["price"]}
    return ask_measure(measure, 0.01, **earned, **SESSION)


def eps_growth_sd(i: Inputs) -> Answer:
    eps = latest_first(i["eps"])
    return ask_measure(visibility.eps_growth_sd(len(eps) - 1, NOW), eps=eps)


def log_trend(define: Callable[..., Measure], part: float, i: Inputs) -> Answer:
    return ask_measure(define(len(i["y"]), NOW), part, eps=latest_first(i["y"]))


def yoy_up_share(i: Inputs) -> Answer:
    measure = visibility.share_of_quarters_up("net_profit", len(i["q"]) - 4, NOW)
    return ask_measure(measure, net_profit_q=latest_first(i["q"]))


def breadth(i: Inputs) -> Answer:
    facts = {"est_up_30d": i["up"], "est_down_30d": i["down"], "analysts": i["total"]}
    return ask("revision_breadth_30d", **facts)


# --- valuation, peers -----------------------------------------------------------------------


def ev_ebitda(i: Inputs) -> Answer:
    return ask(
        "ev_ebitda", market_cap=i["mcap"], borrowings_L=plus(i["debt"], i["preferred"]),
        minority_interest_L=i["minority"], cash_L=i["cash"], operating_profit_q=each(i["ebitda"]),
        **SESSION,
    )  # fmt: skip


def of_peers(key: str, companies: Sequence[tuple[float, float]]) -> Answer:
    """A field of the group of (market cap, profit), repeated until it is large enough."""
    one = {"basic_industry": "one", **SESSION}
    many = [
        {**one, "market_cap": cap, **spread({"net_profit_q": each(profit)})}
        for _ in range(9)
        for cap, profit in companies
    ]
    return compute(rows(many), [key])[key][0]


def percentile(i: Inputs) -> Answer:
    """Where x lies; one that is not among the values is put there, and its own place taken out."""
    values = [v for v in i["v"] if v is not None]
    if i["x"] is None or not values:
        return None
    stranger = i["x"] not in values
    frame = pl.DataFrame({"v": [*values, i["x"]] if stranger else values}).cast(pl.Float64)
    frame = frame.with_columns(
        pl.lit(None, pl.String).alias(name)
        for name in ("basic_industry", "industry", "sector", "size_class")
    )
    found = frame.select("v", peers_of(pl.col("v")).struct.field("market_percentile"))
    place = found.filter(pl.col("v") == i["x"])["market_percentile"][0] / 100
    return (place * frame.height - 0.5) / len(values) if stranger else place


def modified_z(i: Inputs) -> Answer:
    given = (pl.lit(i[key], pl.Float64) for key in ("x", "median", "mad"))
    return pl.select(robust_z(*given)).item()


def nse_quality(i: Inputs) -> Answer:
    companies = []
    for row, (roe_pct, debt, sd) in enumerate(zip(i["roe"], i["de"], i["eps_sd"], strict=True)):
        last = None if sd is None else 1 + sd * np.sqrt(5)  # after four still years: varies by sd
        facts = {
            "owners_profit": [roe_pct], "reserves": [100.0, 100.0], "equity_capital": [0.0, 0.0],
            "borrowings_L": times(debt, 100), **capital(100.0),
            "eps": [last, 1.0, 1.0, 1.0, 1.0, 1.0],
            "is_financial": bool(i["financial"]) and row == i["row"],
        }  # fmt: skip
        companies.append(spread(facts))
    return compute(rows(companies), ["nse_quality_score"])["nse_quality_score"][i["row"]]


def qmj_z(i: Inputs) -> Answer:
    """The standard score of the sum of standard scores, with the moments of the case's market."""
    given = {part: {k: pl.lit(v, pl.Float64) for k, v in i[part].items()}
             for part in ("raw", "mean", "sd")}  # fmt: skip
    scores_of = [
        factors.standard(value, given["mean"][key], given["sd"][key])
        for key, value in given["raw"].items()
    ]
    moments = (pl.lit(i[key], pl.Float64) for key in ("sum_mean", "sum_sd"))
    return pl.select(factors.composite(scores_of, *moments)).item()


def z_score(i: Inputs) -> Answer:
    frame = pl.DataFrame({"v": i["v"]}).cast(pl.Float64)
    return frame.select(scores.z_score(pl.col("v"), pl.col("v").is_not_null()))["v"][0]


def norm_score(i: Inputs) -> Answer:
    return pl.select(scores.normalised(pl.lit(i["z"], pl.Float64))).item()


def quotient(measure: str, i: Inputs) -> Answer:
    """A plain quotient, of which several measures are made."""
    if measure == "other_income_to_pbt":
        return ask(measure, 0.01, other_income_q=each(i["a"]), pbt_q=each(i["b"]))
    return ask("pe", market_cap=i["a"], net_profit_q=each(i["b"]), **SESSION)


def reread(first: float | None, last: float | None) -> pl.DataFrame:
    """What is said of a figure that was read as `first`, later as `last`."""
    days = ("2025-06-30", "2026-01-27")
    given = [
        fact("borrowings", "2024-03-31", value, seen=seen)
        for value, seen in zip((first, last), days, strict=True)
        if value is not None
    ]
    held = tables(facts=given)
    return changes(held["facts"], held["actions"])


def change(measure: str, i: Inputs) -> Answer:
    """The change from a to b: of a figure read twice, of a year, of a price against its peers'."""
    if measure.startswith("restate"):
        found = reread(i["a"], i["b"])["change_pct"] / 100
        return found.item() if len(found) else None if None in (i["a"], i["b"]) else 0.0
    if measure.startswith("premium"):
        one = {"basic_industry": "one", **SESSION, **spread({"net_profit_q": each(1.0)})}
        companies = [{**one, "market_cap": i["b"]}, *[{**one, "market_cap": i["a"]}] * 9]
        found = compute(rows(companies), ["peer_pe_premium"])["peer_pe_premium"][0]
        return _scaled(found, 0.01)
    return ask("sales_growth_last_year", 0.01, sales=[i["b"], i["a"]])


def difference(measure: str, i: Inputs) -> Answer:
    """a − b: what is left for minorities, or how far a figure moved to when it was read again."""
    if measure.startswith("restate"):
        found = reread(i["b"], i["a"]).select(pl.col("value") - pl.col("before")).to_series()
        return found.item() if len(found) else None if None in (i["a"], i["b"]) else 0.0
    return ask("minority_profit", net_profit=[i["a"]], owners_profit=[i["b"]])


def since(shares: float, factor: float, **lines: float) -> pl.DataFrame:
    """The panel of a company with that many shares at a year end, and then a bonus."""
    bonus = {
        "isin": "XX0000000001", "ex_date": dt.date(2025, 6, 2), "kind": "bonus", "factor": factor,
    }  # fmt: skip
    given = [fact("equity_capital", "2025-03-31", shares * 10)]
    given += [fact(line, "2025-03-31", value) for line, value in lines.items()]
    ends = ("2025-03-31", "2024-12-31", "2024-09-30", "2024-06-30")
    given += [
        fact(line, end, value / 4, kind="quarter") for end in ends for line, value in lines.items()
    ]
    made = tables([company(face_value=10.0)], given, actions=[bonus])
    return market_panel.build(made, dt.date(2025, 7, 1))


def split_adjust(i: Inputs) -> Answer:
    if i["shares"] is None or not i["factor"]:
        return ask("shares")
    return compute(since(i["shares"], i["factor"]), ["shares"])["shares"].item()


def eps_adjusted(i: Inputs) -> Answer:
    if i["pat"] is None or not i["shares_cr"] or not i["factor"]:
        return ask("eps")
    made = since(i["shares_cr"], i["factor"], net_profit=i["pat"])
    return compute(made, ["eps"])["eps"].item()


def rev6(i: Inputs) -> Answer:
    """Estimates and prices come earliest first; the price of the last month is not needed."""
    estimates = latest_first(i["f"])
    prices_before = latest_first(i["p"][: len(estimates) - 1])
    given = [*estimates, *prices_before]
    if len(prices_before) != len(estimates) - 1 or len(estimates) < 2:
        return None
    block = of_rows(revisions.summed_revisions, [Measure(pl.lit(v, pl.Float64)) for v in given])
    return pl.select(block.value).item()


def market_cap(i: Inputs) -> Answer:
    if i["a"] is None or i["b"] is None:
        return ask("market_cap")
    bar = bars({"2025-03-31": i["b"]})
    sheet = [fact("equity_capital", "2025-03-31", i["a"] * 10, known="2025-03-31")]
    made = tables([company(face_value=10.0)], sheet, prices=bar)
    return market_panel.build(made, dt.date(2025, 3, 31))["market_cap"].item()


def usable_from(i: Inputs) -> Answer:
    kind = {"quarter": "quarter", "year": "annual", "annual": "annual"}[i["kind"]]
    due = due_by_rule(kind, dt.date.fromisoformat(i["period_end"]))
    return None if due is None else due.isoformat()


# --- the state of the market ----------------------------------------------------------------


def line_through(part: str, i: Inputs) -> Answer:
    line = regression(i["y"])
    return None if line is None else getattr(line, part)


MEASURES: dict[str, Callable[[Inputs], Answer]] = {
    **{f"ols_channel.{name}": partial(line_through, part)
       for name, part in (("slope", "slope"), ("end_mid", "end"), ("sd", "sd"), ("r2", "r2"))},
    "above_ma": lambda i: above_average(i["p"]),
    "dist_count": lambda i: distribution_days(i["close"], i["vol"]),
    "max_drawdown": lambda i: max_drawdown(i["p"]),
    "size_rank": lambda i: size_segment(i["rank"]),
    "size_seg": lambda i: size_segment_by_value(i["mcap"], i["large_min"], i["mid_min"]),
    "accruals_cf": lambda i: ask(
        "accruals_to_assets", net_profit=[i["pat"]], cfo=[i["cfo"]],
        total_assets=[i["ta_close"], i["ta_open"]],
    ),
    "aggregate_pe": lambda i: of_peers(
        "peer_aggregate_pe", list(zip(i["mcaps"], i["earnings"], strict=True))
    ),
    "altman_z": altman_z,
    "altman_z1": lambda i: ask("altman_z1", **altman_facts(**i)),
    "altman_z2": altman_z2,
    "altman_z_x": altman_z_x,
    "asset_turnover": lambda i: ask(
        "asset_turnover", sales=[i["sales"]], total_assets=[i["ta_close"], i["ta_open"]]
    ),
    **{f"beneish.{name}": partial(beneish, name.lower())
       for name in ("DSRI", "GMI", "AQI", "SGI", "DEPI", "SGAI", "LVGI", "TATA", "M5", "M8")},
    "breadth": breadth,
    "cagr": cagr,
    "cash_ratio": lambda i: ask(
        "cash_ratio", cash_L=i["cash"], current_investments_L=i["sti"],
        current_liabilities_L=i["cl"],
    ),
    "ccc": cash_cycle,
    "cfo_to_pat": cfo_to_pat,
    "current_ratio": lambda i: ask(
        "current_ratio", current_assets_L=i["ca"], current_liabilities_L=i["cl"]
    ),
    "eps_adj": eps_adjusted,
    "pbt": lambda i: ask(
        "pbt_of_parts", operating_profit=[i["op"]], other_income=[i["oi"]],
        interest=[i["interest"]], depreciation=[i["dep"]],
    ),
    "qmj_z": qmj_z,
    "rev6": rev6,
    "roe_naive": lambda i: ask(
        "roe_naive", 0.01, net_profit=[i["pat"]], reserves=[i["eq_close"], i["eq_open"]],
        equity_capital=[0.0, 0.0],
    ),
    "split_adjust": split_adjust,
    "debt_to_assets": lambda i: ask(
        "debt_to_assets", borrowings_L=i["debt"], total_assets_L=i["total_assets"]
    ),
    "debt_to_equity": lambda i: ask(
        "debt_to_equity", borrowings_L=i["debt"], **capital(i["equity"])
    ),
    "ebitda_cover": lambda i: ask(
        "ebitda_interest_cover", pbt_q=each(plus(i["ebit"], less(i["interest"]))),
        depreciation_q=each(i["da"]), interest_q=each(i["interest"]),
    ),
    "eps_growth_sd": eps_growth_sd,
    "ev_ebitda": ev_ebitda,
    "fcf_over_cfo": lambda i: ask("fcf_to_cfo", cfo=[i["cfo"]], capex=[less(i["capex"])]),
    "gp_to_assets": lambda i: ask(
        "gross_profit_to_assets", sales=[i["sales"]], material_cost=[i["cogs"]],
        total_assets=[i["ta"]],
    ),
    "growth": lambda i: ask(
        "profit_growth_yoy_quarter", 0.01, net_profit_q=[i["cur"], 0.0, 0.0, 0.0, i["prev"]]
    ),
    "growth_mid": symmetric,
    "growth_months": year_growth,
    "harmonic_pe": lambda i: of_peers("peer_harmonic_pe", [(pe, 1.0) for pe in i["pes"]]),
    "implied_growth": implied_growth,
    "interest_cover": lambda i: ask(
        "interest_cover", pbt_q=each(plus(i["ebit"], less(i["interest"]))),
        interest_q=each(i["interest"]),
    ),
    "log_trend.growth": partial(log_trend, visibility.log_trend_growth, 0.01),
    "log_trend.r2": partial(log_trend, visibility.log_trend_r2, 1.0),
    "margin": lambda i: ask("npm_last_year", 0.01, net_profit=[i["x"]], sales=[i["sales"]]),
    "mean_roe": mean_roe,
    "modified_z": modified_z,
    "net_debt_to_ebitda": lambda i: ask(
        "net_debt_to_ebitda", borrowings_L=i["debt"], cash_L=i["cash"],
        operating_profit_q=each(i["ebitda"]),
    ),
    "norm_score": norm_score,
    "nse_quality": nse_quality,
    "passes_de": passes_de,
    "passes_icr": passes_icr,
    "pct_rank": percentile,
    "peg": peg,
    "phi": lambda i: ask_measure(
        scorecards.normal_probability(Measure(pl.lit(float(i["x"])))), 0.01
    ),
    "piotroski.F": piotroski,
    "pit": usable_from,
    "pledge_flag": pledge_flag,
    "product": market_cap,
    "quick_ratio": lambda i: ask(
        "quick_ratio", cash_L=i["cash"], current_investments_L=i["sti"],
        receivables_L=i["receivables"], current_liabilities_L=i["cl"],
    ),
    "roa": lambda i: ask(
        "roa", 0.01, net_profit=[i["pat"]], total_assets=[i["ta_close"], i["ta_open"]]
    ),
    "roce_screener": roce,
    "roce_ta_cl": lambda i: ask(
        "roce_ta_cl", 0.01, pbt=[i["ebit"]], interest=[0.0], total_assets=[i["ta"]],
        current_liabilities=[i["cl"]],
    ),
    "roe": roe,
    "roic_financetoolkit": lambda i: ask(
        "roic", 0.01, net_profit=[i["ni"]], reserves=[i["eq_close"], i["eq_open"]],
        equity_capital=[0.0, 0.0], borrowings=[i["debt_close"], i["debt_open"]],
    ),
    "sum4": lambda i: ask("net_profit", net_profit_q=latest_first(i["q"])),
    "ttm_growth": ttm_growth,
    "yoy_up_share": yoy_up_share,
    "zscores0": z_score,
}  # fmt: skip


#: Functions of which several measures are made.
BY_MEASURE: dict[str, Callable[[str, Inputs], Answer]] = {
    "change": change,
    "days": days,
    "diff": difference,
    "div": quotient,
}


def answer(case: Mapping[str, Any]) -> Answer:
    """Our answer to a case. Raises NoSuchMeasureError where there is no such measure here."""
    function = case["function"]
    if function in BY_MEASURE:
        return BY_MEASURE[function](case["measure"], case["inputs"])
    if function == "altman_z_x" and case["kind"] == "source_wrong":
        return altman_without_market(case["inputs"])
    if function not in MEASURES:
        raise NoSuchMeasureError(function)
    return MEASURES[function](case["inputs"])
