"""Fourteen companies of one industry with all that the company screen can show, and its gaps."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

from screener.market.store import Market, publish
from tests.markets import AS_OF, company, fact, tables
from tests.tui.small import isin

COUNT = 14
FULL, LOSSES, YOUNG, HOSTILE, BARE = range(5)  # what the first companies show
NAMES = {
    FULL: ("FULL", "Fullerton Test Works Ltd"),
    LOSSES: ("LOSSES", "Deepwater Test Mills Ltd"),
    YOUNG: ("YOUNG", "Newcomer Test Foods Ltd"),
    HOSTILE: ("[b]EVIL", "[red]Evil[/red] \x1b[31m\u202eTest[/] Ltd"),
    BARE: ("BARE", "Empty Test Shell Ltd"),
}
FIRST, AGAIN = 812.5, 790.25  # sales of the year to March 2024, as first and as later published


def company_market(root: Path) -> Market:
    """Publish the companies with eleven years, sixteen quarters, owners, prices and estimates."""
    companies, facts, prices, estimates = [], [], [], []
    for i in range(COUNT):
        symbol, name = NAMES.get(i, (f"PEER{i:02d}", f"Peer Number {i} Test Ltd"))
        young = i == YOUNG
        companies.append(
            company(
                isin(i),
                symbol=symbol,
                name=name,
                macro_sector="Industrials",
                sector="Capital Goods",
                industry="Electrical Equipment",
                basic_industry="Electrical Equipment",
                listed_on=dt.date(2026, 1, 2) if young else dt.date(2005, 1, 1),
            )
        )
        if i == BARE:
            continue
        facts += _years(i, 3 if young else 11)
        facts += _quarters(i, 3 if young else 16)
        facts += _owners(i, 1 if young else 9)
        prices += _bars(i, 12 if young else 420 if i < 3 else 30)
    facts += [
        fact("sales", "2024-03-31", AGAIN, isin=isin(FULL), known="2025-05-20", seen="2026-01-26"),
    ]
    for days, mean in ((100, 46.0), (60, 48.0), (20, 51.5)):
        estimates += _estimates(FULL, AS_OF - dt.timedelta(days=days), mean)
    made = tables(companies, facts, prices=prices, estimates=estimates)
    return publish(root, made, date=AS_OF, sources={"demo": "made for a test"}, demo=True)


def _years(i: int, years: int) -> list[dict[str, object]]:
    found = []
    for back in range(years):
        sales = 1000.0 * (i + 1) * 1.11**-back * (1 + 0.05 * math.sin(back + i))
        if i == FULL and back == 1:
            sales = FIRST
        margin = -0.08 if i == LOSSES and back < 3 else 0.06 + 0.006 * (i % 9)
        profit = sales * margin
        lines = {
            "sales": sales,
            "operating_profit": profit * 1.9,
            "other_income": sales * 0.01,
            "interest": sales * 0.012,
            "depreciation": sales * 0.03,
            "pbt": profit * 1.33,
            "net_profit": profit,
            "eps": profit / 4,
            "equity_capital": 40.0,
            "reserves": sales * 0.5,
            "borrowings": sales * 0.03 * (i % 5),
            "receivables": sales * 0.15,
            "total_assets": sales * 1.1,
            "shares": 4.0,
            "cfo": profit * 0.9,
            "capex": sales * 0.04,
        }
        end, known = f"{2025 - back}-03-31", f"{2025 - back}-05-20"
        seen = f"{2025 - back}-06-01"
        found += [
            fact(line, end, round(value, 2), isin=isin(i), known=known, seen=seen)
            for line, value in lines.items()
        ]
    return found


def _quarters(i: int, quarters: int) -> list[dict[str, object]]:
    found = []
    for back in range(quarters):
        months = 2025 * 12 + 11 - 3 * back
        year, month = months // 12, months % 12 + 1
        end = f"{year}-{month:02d}-{31 if month in (3, 12) else 30}"
        sales = 260.0 * (i + 1) * 1.03**-back
        profit = sales * (-0.05 if i == LOSSES else 0.08 + 0.002 * (back % 4))
        lines = {
            "sales": sales,
            "operating_profit": profit * 1.9,
            "pbt": profit * 1.33,
            "net_profit": profit,
            "eps": profit / 4,
        }
        known = "2026-01-20" if end == "2025-12-31" else None
        found += [
            fact(line, end, round(value, 2), isin=isin(i), kind="quarter", known=known)
            for line, value in lines.items()
        ]
    return found


def _owners(i: int, quarters: int) -> list[dict[str, object]]:
    found = []
    for back in range(quarters):
        months = 2025 * 12 + 11 - 3 * back
        year, month = months // 12, months % 12 + 1
        end = f"{year}-{month:02d}-{31 if month in (3, 12) else 30}"
        known = "2026-01-20" if end == "2025-12-31" else None
        shares = {
            "promoters": 55.0 - 0.4 * back,
            "fiis": 8.0 + 0.2 * back,
            "diis": 12.0,
            "public": 25.0 + 0.2 * back,
            "pledged": float(i % 3) * 2,
        }
        found += [
            fact(line, end, round(value, 2), isin=isin(i), kind="holding", known=known)
            for line, value in shares.items()
        ]
    return found


def _bars(i: int, sessions: int) -> list[dict[str, object]]:
    """Weekdays up to the market's date; the first company falls along a channel."""
    days: list[dt.date] = []
    day = AS_OF
    while len(days) < sessions:
        if day.weekday() < 5:
            days.append(day)
        day -= dt.timedelta(days=1)
    found = []
    for n, day in enumerate(reversed(days)):
        trend = math.exp((0.002 if n < 210 else -0.002) * (n - 210))
        close = round(500 * (1 + 0.3 * i) * trend * (1 + 0.02 * math.sin(n / 6)), 2)
        found.append(
            {
                "isin": isin(i),
                "date": day,
                "open": close,
                "high": close,
                "low": close,
                "close": close,
                "volume": 1000,
                "turnover": close / 1e4,
                "source": "test",
            }
        )
    return found


def _estimates(i: int, seen: dt.date, mean: float) -> list[dict[str, object]]:
    found = []
    for metric, factor in (("eps", 1.0), ("revenue", 22.0)):
        for year, grown in ((2026, 1.0), (2027, 1.2)):
            value = mean * factor * grown
            found.append(
                {
                    "isin": isin(i),
                    "fy_end": dt.date(year, 3, 31),
                    "metric": metric,
                    "mean": value,
                    "high": value * 1.1,
                    "low": value * 0.9,
                    "stdev": value * 0.05,
                    "analysts": 6,
                    "up_30d": 3,
                    "down_30d": 1,
                    "as_of": seen,
                    "source": "test",
                }
            )
    return found
