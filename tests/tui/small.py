"""A small fixed market, so that pictures of the app do not change with the demo market."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from screener.market.store import Market, publish
from tests.markets import AS_OF, bars, company, fact, tables

SECTORS = (
    ("Chemicals", "Specialty Chemicals"),
    ("Information Technology", "Software Products"),
    ("Capital Goods", "Electrical Equipment"),
    ("Financial Services", "Private Sector Bank"),
)
WORDS = ("Amber", "Basalt", "Cobalt", "Delta", "Ebony", "Flint", "Garnet", "Helix")
KINDS = ("Works", "Systems", "Industries")
COUNT = 24

SCREENS = """
[screen.sound_and_cheap]
title = "Sound and cheap"
query = \"\"\"
Is not financial
AND Return on capital employed > 15
AND Debt to equity <= 0.6
AND (Price to Earning < 20 OR Debt free)
\"\"\"
why = "Earns well on what it employs, owes little, and does not cost much."
columns = ["market_cap", "pe", "roce", "debt_to_equity"]
sort = ["-roce"]

[screen.low_debt]
title = "Low debt"
query = "Debt to equity < 0.3"
columns = ["market_cap", "debt_to_equity"]
sort = ["debt_to_equity"]

[screen.pledge_free]
title = "Nothing pledged"
query = "Pledged percentage = 0"
columns = ["market_cap", "roce"]
"""


def isin(number: int) -> str:
    return f"XX{number:010d}"


def small_market(root: Path) -> Market:
    """Publish 24 companies with five years, eight quarters and a price."""
    companies, facts, prices = [], [], []
    for i in range(COUNT):
        macro, basic = SECTORS[i % len(SECTORS)]
        companies.append(
            company(
                isin(i),
                symbol=f"{WORDS[i % 8][:4].upper()}{i:02d}",
                name=f"{WORDS[i % 8]} {KINDS[i % 3]} Ltd",
                sector=macro,
                industry=basic,
                basic_industry=basic,
                macro_sector=macro,
                is_financial=macro == "Financial Services",
                listed_on=dt.date(2005, 1, 1),
            )
        )
        facts += _statements(i)
        prices += bars({"2025-06-30": 80.0 + 11 * i, "2026-01-27": 60.0 + 17 * i}, isin(i))
    made = tables(companies, facts, prices=prices)
    return publish(root, made, date=AS_OF, sources={"demo": "made for a test"}, demo=True)


def _statements(i: int) -> list[dict[str, object]]:
    rows = []
    size, margin = 100.0 * (i + 1), 0.05 + 0.011 * (i % 16)
    for back in range(5):
        sales = size * 1.12 ** (4 - back)
        profit = sales * margin * (-1 if i % 11 == 10 else 1)
        lines = {
            "sales": sales,
            "operating_profit": profit * 1.6,
            "other_income": sales * 0.01,
            "interest": 0.0 if i % 5 == 0 else sales * 0.01,
            "depreciation": sales * 0.03,
            "pbt": profit * 1.3,
            "net_profit": profit,
            "equity_capital": 20.0,
            "reserves": sales * 0.5,
            "borrowings": 0.0 if i % 5 == 0 else sales * 0.06 * (i % 7),
            "total_assets": sales * 1.2,
            "shares": 2.0,
            "cfo": profit * 0.9,
        }
        if i % 6 == 5:  # the source gave no balance sheet
            del lines["reserves"]
        end = f"{2025 - back}-03-31"
        rows += [fact(line, end, round(v, 2), isin=isin(i)) for line, v in lines.items()]
    for back, end in enumerate(("2025-12-31", "2025-09-30", "2025-06-30", "2025-03-31") * 2):
        end = end if back < 4 else end.replace("2025", "2024")
        sales = size * 0.4 * 1.03 ** (8 - back)
        profit = sales * margin * (-1 if i % 11 == 10 else 1)
        for line, value in {"sales": sales, "pbt": profit * 1.3, "net_profit": profit}.items():
            known = f"{end[:4]}-12-31" if end.endswith("12-31") else None
            rows.append(fact(line, end, round(value, 2), isin=isin(i), kind="quarter", known=known))
    if i % 4 != 2:
        rows.append(fact("promoters", "2025-12-31", 40.0 + i, isin=isin(i), kind="holding"))
        rows.append(fact("pledged", "2025-12-31", float(i % 3), isin=isin(i), kind="holding"))
    return rows
