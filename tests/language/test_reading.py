"""What is read as it was pasted: spellings, signs, numbers, joining, comments, text."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.language import compile_screen, format, parse
from tests.language.small import FRAME, LEXICON, WATCHLISTS, run


def canonical(text: str) -> str:
    return format(parse(text, LEXICON))


def verdicts(text: str) -> list[bool | None]:
    return run(compile_screen(text, LEXICON, watchlists=WATCHLISTS))["verdict"].to_list()


@pytest.mark.parametrize(
    "spelling",
    [
        "Sales growth 3Years > 15",
        "SALES GROWTH 3 years > 15",
        "sales   growth\n3year>15",
        "sales growth 3-year > 15",
        "sales_growth 3 yrs > 15",
        "Sales growth 3Years % > 15%".replace("15%", "15"),
        "sales growth 3Years &gt; 15",
        "Sales growth 3Years > 15 # as usual",
        "-- first\nSales growth 3Years > 15.",
        "Sales\u00a0growth\u200b 3Years > 15 \\\n",
        "sales_growth_3y > 15",
    ],
)
def test_one_condition_in_many_spellings(spelling):
    assert canonical(spelling) == "Sales growth 3Years > 15"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ROCE > 20", "Return on capital employed > 20"),
        ("CMP > 200 DMA", "Current price > DMA 200"),
        ("CMP > 200-DMA", "Current price > DMA 200"),
        ("CMP > 200 day moving average", "Current price > DMA 200"),
        ("Down from 52 week high < 10", "Down from 52w high < 10"),
        ("Down from 52-week high < 10", "Down from 52w high < 10"),
        ("P/E < 15", "Price to Earning < 15"),
        ("d/e < 1", "Debt to equity < 1"),
        ("Change in FII holding > .5", "Change in FII holding > 0.5"),
        ("Volume > 1,00,000", "Volume > 100000"),
        ("Volume > 100,000", "Volume > 100000"),
        ("Market cap > ₹500", "Market Capitalization > 500"),
        ("Market cap > Rs. 500 cr.", "Market Capitalization > 500 cr"),
        ("Market cap > 1.5 lakh crores", "Market Capitalization > 1.5 lakh cr"),
        ("PE < 15x", "Price to Earning < 15x"),
        ("ROCE ≥ 15 percent", "Return on capital employed >= 15%"),
        ("ROCE => 15 && PE =< 20", "Return on capital employed >= 15 AND Price to Earning <= 20"),
        ("ROCE == 15 || PE <> 3", "Return on capital employed = 15 OR Price to Earning != 3"),
        ("pe>-5", "Price to Earning > -5"),
        ("pe > +5", "Price to Earning > 5"),
        ("pe × 2 ÷ 3 − 1 > 0", "Price to Earning * 2 / 3 - 1 > 0"),
        ("pe*(1+2)/3>0", "Price to Earning * (1 + 2) / 3 > 0"),
        ("0 < pe < 10", "0 < Price to Earning < 10"),
        ("pe between 1 and 2 and roce>1",
         "Price to Earning between 1 AND 2 AND Return on capital employed > 1"),
        ("pe not between 1 and 2", "NOT Price to Earning between 1 AND 2"),
        ("Is SME", "Is SME"),
        ("is not sme and debt free", "NOT Is SME AND Debt free"),
        ("not (is sme or debt free)", "NOT (Is SME OR Debt free)"),
        ("(pe > 1 and pe < 3) and roce > 2",
         "Price to Earning > 1 AND Price to Earning < 3 AND Return on capital employed > 2"),
        ('sector = “Chemicals”', 'Sector = "Chemicals"'),
        ("industry in ('Dyes', \"Acids\")", 'Industry in ("Dyes", "Acids")'),
        ("sector not in 'Chemicals'", 'NOT Sector in ("Chemicals")'),
        ('symbol in watchlist "core"', 'Symbol in watchlist "core"'),
        ('in index "Nifty 50"', 'In index "Nifty 50"'),
        ('not in watchlist "core"', 'NOT Symbol in watchlist "core"'),
        ("pe <= 5 or unknown", "Price to Earning <= 5 OR unknown"),
        ("roce > 1 and pe <= 5 or unknown",
         "Return on capital employed > 1 AND (Price to Earning <= 5 OR unknown)"),
        ("unknown(pe) or known(roce)",
         "unknown(Price to Earning) OR known(Return on capital employed)"),
        ("roce[fy-3] > 10 AND sales[q] > sales[Q-4] and sales[TTM-1]>0",
         "Return on capital employed[FY-3] > 10 AND Sales[Q] > Sales[Q-4] AND Sales[TTM-1] > 0"),
        ("average(roce, 5 years) > mean(roce, 10yr)",
         "avg(Return on capital employed, 5y) > avg(Return on capital employed, 10y)"),
        ("pct(pe, basic  industry) < 20 and rank(roce, market) <= 5",
         "pct(Price to Earning, basic industry) < 20 AND rank(Return on capital employed) <= 5"),
        ("percentile(pe, size) < 9", "pct(Price to Earning, size class) < 9"),
        ("every(sales > 0, 10 years)", "every(Sales > 0, 10y)"),
        ("Last result date > 2025-02-01 as of 2025-03-31",
         "Last result date > 2025-02-01 as of 2025-03-31"),
    ],
)  # fmt: skip
def test_what_is_written_and_how_it_is_read(written, read):
    assert canonical(written) == read
    assert parse(read, LEXICON) == parse(written, LEXICON)


def test_the_longest_known_name_wins():
    program = compile_screen("Debt to equity < 1 AND Debt < 9", LEXICON)
    assert [c.fields for c in program.conditions] == [("debt_to_equity",), ("debt",)]


def test_and_binds_tighter_than_or_and_a_mixed_screen_says_how_it_was_read():
    program = compile_screen("pe > 30 AND roce > 15 OR Debt free", LEXICON)
    (warning,) = program.warnings
    assert (
        "(Price to Earning > 30 AND Return on capital employed > 15) OR Debt free" in warning.hint
    )
    assert verdicts("pe > 30 AND roce > 15 OR Debt free") == verdicts(
        "(pe > 30 AND roce > 15) OR Debt free"
    )
    assert not compile_screen("(pe > 30 AND roce > 15) OR Debt free", LEXICON).warnings
    assert not compile_screen("pe > 30 AND (roce > 15 OR Debt free)", LEXICON).warnings


@pytest.mark.parametrize(
    ("amount", "same"),
    [
        ("Market cap > 500 cr", "Market cap > 500"),
        ("Market cap > 5 lakh", "Market cap > 0.05"),
        ("Market cap < 1 lakh cr", "Market cap < 100000"),
        ("Volume > 5 lakh", "Volume > 500000"),
        ("Current price < 0.00001 lakh", "Current price < 1"),
        ("Number of equity shares > 5 cr", "Number of equity shares > 5"),
        ("Market cap in (500 cr, 10 cr)", "Market cap in (500, 10)"),
        ("roce > 15%", "roce > 15"),
        ("1 cr < Volume", "Volume > 10000000"),
    ],
)
def test_amounts_are_read_in_the_unit_of_the_field(amount, same):
    assert verdicts(amount) == verdicts(same)
    assert not compile_screen(amount, LEXICON).warnings


def test_text_is_compared_without_regard_to_case():
    wanted = [row == "Chemicals" if row else None for row in FRAME["sector"]]
    assert verdicts('Sector = "cHEMICALS"') == verdicts('sector in ("CHEMICALS")') == wanted
    assert verdicts('Sector != "chemicals"') == [None if w is None else not w for w in wanted]


def test_lists_indices_and_flags_pick_their_companies():
    names = FRAME["symbol"].to_list()
    picked = [n for n, v in zip(names, verdicts('Symbol in watchlist "Core"'), strict=True) if v]
    assert picked == ["CO1", "CO5", "CO9"]
    assert verdicts('Symbol in watchlist "by isin"').index(True) == 2
    indices = FRAME["indices"].to_list()
    assert verdicts('in index "NIFTY  50"') == [
        None if i is None else "Nifty 50" in i for i in indices
    ]
    assert verdicts("Is SME") == FRAME["is_sme"].to_list()


def test_dates_compare_as_days():
    days = FRAME["last_result"].to_list()
    expected = [None if d is None else d > dt.date(2025, 6, 1) for d in days]
    assert verdicts("Last result date > 2025-06-01") == expected


def test_division_by_zero_is_unknown_and_nothing_is_infinite():
    values = FRAME.select("sales", "market_cap").rows()
    expected = [None if a is None or not b else a / b > 0.1 for a, b in values]
    assert None in expected
    assert verdicts("Sales / Market cap > 0.1") == expected
    assert verdicts("1 / (Sales / Market cap) > 0") == [
        None if a is None or not b or not a else b / a > 0 for a, b in values
    ]


def test_division_is_exact():
    frame = FRAME.with_columns(pe=pl.int_range(1, len(FRAME) + 1).cast(pl.Float64))
    for n in range(1, len(FRAME) + 1):
        verdict = compile_screen(f"PE / {n} = 1 AND PE / -({n} + 0) >= -1", LEXICON).verdict
        assert frame.select(verdict).to_series().arg_true().to_list() == [n - 1]


def test_equal_values_have_no_spread_and_no_trend():
    frame = FRAME.with_columns(
        pl.lit(1 / 3).alias(f"Return on capital employed[FY{back}]")
        for back in ("", *range(-1, -10, -1))
    )
    for n in (3, 5, 7, 10):
        text = f"stdev(ROCE, {n}y) = 0 AND trend(ROCE, {n}y) = 0 AND avg(ROCE, {n}y) > 0"
        assert frame.select(compile_screen(text, LEXICON).verdict).to_series().all()


def test_a_long_flat_screen_is_no_deeper_than_a_short_one():
    text = " AND ".join(["(roce > 1 OR pe < 500)"] * 2000)
    program = compile_screen(text, LEXICON)
    assert len(program.conditions) == 2000
    assert verdicts(text) == verdicts("roce > 1 OR pe < 500")
    plus = " + ".join(["roce"] * 5000)
    assert verdicts(f"{plus} > 0") == verdicts("roce > 0")


def test_conditions_carry_what_explains_them():
    program = compile_screen("ROCE > 15% AND (PE < 20 OR NOT Debt free) AND 0 < D/E < 1", LEXICON)
    first, group, chain = program.conditions
    assert (first.op, first.left_text, first.right_text, first.unit) == (
        ">", "Return on capital employed", "15%", "pct",
    )  # fmt: skip
    assert FRAME.select(first.left).to_series().equals(FRAME["roce"])
    assert group.op is None
    assert [c.text for c in group.children] == ["Price to Earning < 20", "NOT Debt free"]
    assert group.fields == ("pe", "debt_free")
    assert [c.op for c in chain.children] == ["<", "<"]
    assert program.fields == ("roce", "pe", "debt_free", "debt_to_equity")
