"""The small market that tests of the language run on: a few fields, forty companies, gaps."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import polars as pl

from screener.fields.base import At, Field, History, Measure, Unit, all_known
from screener.language import Lexicon, Program
from screener.market.slots import HOLDINGS, QUARTERS, YEARS

COMPANIES = 40


def _trailing(line: str) -> Callable[[At], Measure]:
    return lambda at: all_known(at.quarter(line, 4 * at.years + i) for i in range(4))


def _column(name: str) -> Callable[[At], Measure]:
    return lambda at: Measure(pl.col(name))


def _field(key, name, unit, define, aliases=(), history=None, **more) -> Field:
    about = more.pop("about", f"{name} of the company.")
    return Field(key, name, unit, about, name, define, aliases=aliases, history=history, **more)


FIELDS = (
    _field("sales", "Sales", Unit.CRORE, _trailing("sales"), ("Revenue",), History.TTM,
           yearly="sales_last_year", quarterly="sales_latest_quarter"),
    _field("sales_last_year", "Sales last year", Unit.CRORE, lambda at: at.annual("sales"),
           history=History.ANNUAL),
    _field("sales_latest_quarter", "Sales latest quarter", Unit.CRORE,
           lambda at: at.quarter("sales"), history=History.QUARTER),
    _field("sales_growth_3y", "Sales growth 3Years", Unit.PERCENT, _column("growth")),
    _field("roce", "Return on capital employed", Unit.PERCENT,
           lambda at: at.annual("roce_printed"), ("ROCE",), History.ANNUAL),
    _field("promoter_holding", "Promoter holding", Unit.PERCENT, lambda at: at.holding("promoters"),
           history=History.HOLDING),
    _field("change_in_fii", "Change in FII holding", Unit.PERCENT, _column("fii_change")),
    _field("debt", "Debt", Unit.CRORE, lambda at: at.annual("borrowings"), ("Borrowings",),
           History.ANNUAL),
    _field("debt_to_equity", "Debt to equity", Unit.RATIO, _column("de"), ("D/E",),
           about="Borrowings over net worth: the leverage of the company."),
    _field("pe", "Price to Earning", Unit.RATIO, _column("pe_today"), ("PE", "P/E")),
    _field("own_pe_percentile_5y", "Own PE percentile 5Years", Unit.PERCENT, _column("pe_own")),
    _field("market_cap", "Market Capitalization", Unit.CRORE, _column("mcap"), ("Market cap",)),
    _field("shares", "Number of equity shares", Unit.CRORE_SHARES, _column("share_count")),
    _field("price", "Current price", Unit.RUPEES, _column("close"), ("CMP",)),
    _field("dma_200", "DMA 200", Unit.RUPEES, _column("sma")),
    _field("high_52w", "High price", Unit.RUPEES, _column("high")),
    _field("down_52w", "Down from 52w high", Unit.PERCENT, _column("down")),
    _field("volume", "Volume", Unit.COUNT, _column("volume_today")),
    _field("volume_1w", "Volume 1week average", Unit.COUNT, _column("volume_week")),
    _field("piotroski", "Piotroski score", Unit.COUNT, _column("score")),
    _field("debt_free", "Debt free", Unit.FLAG, _column("no_debt")),
    _field("last_result", "Last result date", Unit.DATE, _column("result_on")),
)  # fmt: skip

#: Plain columns of the panel → how to draw a value.
_PLAIN = {
    "growth": lambda r: r.choice([-20.0, 0.0, 10.0, 15.0, r.uniform(-30, 60)]),
    "fii_change": lambda r: r.choice([-0.5, 0.0, 0.5]),
    "de": lambda r: r.choice([0.0, 0.25, 0.5, 1.0, r.uniform(0, 3)]),
    "pe_today": lambda r: r.choice([10.0, 20.0, 20.0, 35.5, r.uniform(3, 90)]),
    "pe_own": lambda r: r.uniform(0, 100),
    "mcap": lambda r: r.choice([0.0, 500.0, 1000.0, r.uniform(20, 90000)]),
    "share_count": lambda r: r.choice([0.0, 1.0, 12.5]),
    "close": lambda r: r.choice([10.0, 50.0, 100.0, r.uniform(1, 5000)]),
    "sma": lambda r: r.choice([0.0, 50.0, 100.0]),
    "high": lambda r: r.choice([100.0, 120.0]),
    "down": lambda r: r.uniform(0, 60),
    "volume_today": lambda r: r.choice([0, 1000, 100_000, 2_000_000_000]),
    "volume_week": lambda r: r.choice([0, 1000, 3_000_000_000]),
    "score": lambda r: r.randint(0, 9),
    "no_debt": lambda r: r.random() < 0.3,
    "result_on": lambda r: dt.date(2025, 1, 1) + dt.timedelta(days=r.randrange(300)),
}
_SLOTS = {
    "sales": ("", YEARS), "sales@q": ("q", QUARTERS), "roce_printed": ("", YEARS),
    "borrowings": ("", YEARS), "promoters": ("h", HOLDINGS),
}  # fmt: skip
_SECTORS = {"Chemicals": ("Dyes", "Acids"), "Healthcare": ("Hospitals", "Pharmaceuticals")}
INDICES = ("Nifty 50", "Nifty Smallcap 250")
WATCHLISTS = {"core": {"CO1", "CO5", "CO9"}, "by isin": {"INE000000002"}}


def panel() -> pl.DataFrame:
    """The panel: a third of the cells of some lines, and one company's everything, are blank."""
    r = random.Random(7)
    rows = []
    for i in range(COMPANIES):
        gaps = 1.0 if i == 3 else r.choice([0.0, 0.1, 0.35])
        blank = lambda draw, gaps=gaps: None if r.random() < gaps else draw  # noqa: E731
        sector = r.choice([*_SECTORS, None])
        row: dict[str, object] = {
            "isin": f"INE{i:09d}", "symbol": f"CO{i}", "name": f"Company {i}", "sector": sector,
            "industry": r.choice(_SECTORS[sector]) if sector else None,
            "basic_industry": r.choice(["Azo dyes", None, None]), "macro_sector": sector,
            "size_class": r.choice(["small", "micro", "mid", None]),
            "is_sme": blank(r.random() < 0.4), "is_financial": r.random() < 0.2,
            "listed_on": blank(dt.date(2000 + i % 25, 1, 1)), "size_rank": i,
            "indices": blank([n for n in INDICES if r.random() < 0.4]),
            "as_of": dt.date(2025, 5, 30),
        }  # fmt: skip
        for line, (letter, count) in _SLOTS.items():
            for k in range(count):
                scale = 40 if letter == "h" or line == "roce_printed" else 400
                value = blank(r.choice([0.0, float(scale), r.uniform(-scale / 4, 2 * scale)]))
                row[f"{line.split('@')[0]}@{letter}{k}"] = value
                row.setdefault(f"end@{letter}{k}", dt.date(2025, 3, 31) - dt.timedelta(91 * k))
        row |= {column: blank(draw(r)) for column, draw in _PLAIN.items()}
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


PANEL = panel()
COMPANY = ("isin", "symbol", "name", "sector", "industry", "basic_industry", "macro_sector",
           "size_class", "is_sme", "is_financial", "listed_on", "size_rank", "indices")  # fmt: skip
FRAME = PANEL.select(*COMPANY, *(f.measure.value.alias(f.key) for f in FIELDS))
LEXICON = Lexicon.of(FIELDS)


def run(program: Program, frame: pl.DataFrame = FRAME) -> pl.DataFrame:
    """The verdicts of a program: `verdict` and one column `c0`, `c1`, … a condition."""
    first = [e.expr.alias(e.name) for e in program.extra if e.stage == 1]
    if first:
        frame = frame.hstack(PANEL.select(first))
    for extra in program.extra:
        if extra.stage == 2:
            frame = frame.with_columns(extra.expr.alias(extra.name))
    return frame.select(
        program.verdict.alias("verdict"),
        *(c.verdict.alias(f"c{c.index}") for c in program.conditions),
    )
