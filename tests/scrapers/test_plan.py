"""Shortlisted companies first, then those that filed, then the rest; names stand for companies."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.plan import Tier, chosen, filed_since, last_due_quarter, plan_of
from screener.errors import UnknownName
from screener.market.schema import conform, empty
from screener.shortlists import Entry, Shortlists
from tests.scrapers.made_market import ISIN, TODAY, Machine

NOW = dt.datetime(2026, 6, 30, 15, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
IST = dt.timezone(dt.timedelta(hours=5, minutes=30))


def companies(**columns: list) -> pl.DataFrame:
    many = len(ISIN)
    return conform(
        "companies",
        pl.DataFrame(
            {
                "isin": list(ISIN.values()),
                "symbol": list(ISIN),
                "bse_code": ["500001", None, "500003"],
                "status": ["active"] * many,
                "size_rank": [300, 20, None],
                "indices": [["Nifty 500"], ["Nifty 500", "Nifty Smallcap 250"], None],
                **columns,
            }
        ),
    )


def events(*rows: tuple[str, str, dt.date, str]) -> pl.DataFrame:
    names = ("isin", "kind", "date", "text")
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys(names, pl.String) | {"date": pl.Date}, orient="row"
    )
    return conform("events", frame)


def quarters(isin: str, end: dt.date, months: int = 3) -> pl.DataFrame:
    row = {"isin": [isin], "kind": ["quarter"], "period_end": [end], "months": [months]}
    return conform("facts", pl.DataFrame(row))


def named(only: list[str], **columns: list) -> list[str]:
    symbols = {isin: symbol for symbol, isin in ISIN.items()}
    return [symbols[isin] for isin in chosen(only, companies(**columns))]


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only", "found"),
    [
        (["gamma", "ALPHA"], ["GAMMA", "ALPHA"]),
        (["500003"], ["GAMMA"]),
        ([ISIN["BETA"].lower()], ["BETA"]),
        (["NIFTY SMALLCAP 250"], ["BETA"]),
        (["nifty 500"], ["BETA", "ALPHA"]),  # the largest first
        (["ALPHA", "Nifty 500"], ["ALPHA", "BETA"]),
    ],
)
def test_a_name_is_a_company_or_an_index(only, found):
    assert named(only) == found


def test_a_company_comes_before_an_index_of_its_name():
    assert named(["ALPHA"], indices=[None, ["Alpha"], None]) == ["ALPHA"]


def test_a_name_that_nobody_has_is_an_error_with_the_nearest():
    with pytest.raises(UnknownName) as raised:
        named(["NIFTY SMALCAP 250"])
    assert "Nifty Smallcap 250" in str(raised.value)


def test_a_shortlist_stands_for_its_companies(tmp_path):
    lists = Shortlists(tmp_path / "state.sqlite")
    entries = [Entry(ISIN["GAMMA"], "GAMMA"), Entry("INE999999999", "GONE")]
    lists.save("My picks", entries, market_date=TODAY, screen="")
    saved = [lists.get("My picks")]
    assert chosen(["my picks"], companies(), saved) == [ISIN["GAMMA"]]
    lists.save("Made up", [Entry("DEMO", "DEMO")], market_date=TODAY, screen="", demo=True)
    with pytest.raises(UnknownName, match="no company"):
        chosen(["Made up"], companies(), [lists.get("Made up")])


# -- what is out by now ---------------------------------------------------------------------------


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)))
def test_the_quarter_that_is_due_is_the_newest_whose_time_is_over(today):
    end, due = last_due_quarter(today)
    assert end < due < today
    assert (end + DAY).day == 1
    assert end.month in (3, 6, 9, 12)
    later, later_due = last_due_quarter(today + dt.timedelta(days=130))
    assert later > end
    assert later_due > due


def test_the_time_for_a_quarter_is_that_of_the_rules():
    assert last_due_quarter(dt.date(2026, 5, 30)) == (dt.date(2025, 12, 31), dt.date(2026, 2, 14))
    assert last_due_quarter(dt.date(2026, 5, 31)) == (dt.date(2026, 3, 31), dt.date(2026, 5, 30))
    assert last_due_quarter(dt.date(2026, 8, 15)) == (dt.date(2026, 6, 30), dt.date(2026, 8, 14))


@pytest.mark.parametrize(
    ("end", "months", "behind"),
    [
        (dt.date(2025, 12, 31), 3, True),
        (dt.date(2026, 3, 31), 3, False),
        (dt.date(2025, 9, 30), 6, True),
        (dt.date(2025, 12, 31), 6, False),  # its half-year ends in June
        (dt.date(2025, 11, 30), 3, True),
        (dt.date(2026, 1, 31), 3, False),  # its quarter ends in April
    ],
)
def test_who_lacks_a_quarter_that_is_due_is_read_again(end, months, behind):
    isin = ISIN["ALPHA"]
    moments = filed_since(quarters(isin, end, months), empty("events"), NOW)
    assert moments == ({isin: dt.datetime(2026, 5, 31, tzinfo=IST)} if behind else {})


@pytest.mark.parametrize(
    ("kind", "text", "ago", "counts"),
    [
        ("result", "", 1, True),
        ("result", "", 0, False),  # the site takes hours to show it
        ("result", "", 31, False),
        ("shareholding", "", 2, True),
        ("board_meeting", "To consider Financial Results and dividend", 1, True),
        ("board_meeting", "Fund raising", 1, False),
        ("board_meeting", None, 1, False),
        ("board_meeting", "Financial Results", -3, False),  # still to come
        ("rating", "", 1, False),
    ],
)
def test_a_filing_counts_from_the_next_day_on(kind, text, ago, counts):
    day = TODAY - ago * DAY
    found = filed_since(empty("facts"), events(("X", kind, day, text)), NOW)
    assert found == ({"X": dt.datetime.combine(day + DAY, dt.time(), IST)} if counts else {})


def test_a_broadcast_late_in_the_evening_is_of_its_day_in_india():
    told = events(("X", "result", TODAY - 5 * DAY, "")).with_columns(
        pl.lit(dt.datetime(2026, 6, 28, 19, 0)).cast(pl.Datetime("ms")).alias("broadcast_at")
    )
    assert filed_since(empty("facts"), told, NOW) == {"X": dt.datetime(2026, 6, 30, tzinfo=IST)}


def test_tiers():
    filed = events((ISIN["BETA"], "result", TODAY - DAY, ""))
    plan = plan_of(companies(), empty("facts"), filed, (), NOW)
    then = dt.datetime(2026, 6, 30, tzinfo=IST).timestamp()
    assert plan.tier(ISIN["BETA"], 0) == Tier.FILED
    assert plan.tier(ISIN["BETA"], then - 1) == Tier.FILED
    assert plan.tier(ISIN["BETA"], then) == Tier.REST
    assert plan.tier(ISIN["ALPHA"], 0) == Tier.REST
    assert sorted(plan.places, key=plan.places.__getitem__) == [
        ISIN["ALPHA"], ISIN["GAMMA"], ISIN["BETA"],
    ]  # fmt: skip


# -- in a refresh ---------------------------------------------------------------------------------


def asked(made: Machine) -> list[str]:
    return [path.split("/")[2] for path in made.pages_asked]


def shortlist(made: Machine, *symbols: str) -> None:
    entries = [Entry(ISIN[symbol], symbol) for symbol in symbols]
    Shortlists(made.paths.state).save("Picks", entries, market_date=TODAY, screen="")


def test_shortlisted_companies_are_fetched_first(made):
    shortlist(made, "GAMMA")
    made.refresh()
    assert asked(made) == ["GAMMA", "ALPHA", "BETA"]


def test_only_a_shortlist_or_an_index(made):
    shortlist(made, "GAMMA", "BETA")
    made.refresh(only=["picks"])
    assert asked(made) == ["GAMMA", "BETA"]
    made.clock.pass_time(days=1)
    made.refresh(only=["nifty 500"])  # as the pages say that were read
    assert asked(made) == ["BETA", "GAMMA"]


def test_an_unknown_name_loses_nothing_that_was_gathered(made):
    with pytest.raises(UnknownName):
        made.refresh(only=["ALPHAA"])
    assert made.market.table("prices").collect().height == 6


def test_a_company_is_asked_again_once_its_next_quarter_is_due_and_not_every_day(made):
    made.refresh()
    made.clock.pass_time(days=29)  # the quarter to June is due on 14 August
    made.refresh()
    assert asked(made) == []
    made.clock.pass_time(days=2)  # a month old
    made.refresh()
    assert len(asked(made)) == 3
    made.clock.pass_time(days=16)
    made.refresh()
    assert len(asked(made)) == 3
    made.clock.pass_time(days=1)
    made.refresh()
    assert asked(made) == []


def test_a_company_that_filed_comes_before_those_never_read(made, monkeypatch):
    made.refresh(only=["BETA"])
    filed = events((ISIN["BETA"], "result", TODAY, ""))
    monkeypatch.setattr("scrapers.refresh.plan_of", _with_events(filed))
    made.refresh(limit=1)
    assert asked(made) == ["ALPHA"]  # told of today: the site may not show it yet
    made.clock.pass_time(days=1)
    made.refresh()
    assert asked(made) == ["BETA", "GAMMA"]
    made.refresh()
    assert asked(made) == []


def _with_events(filed: pl.DataFrame):
    return lambda companies, facts, _, *rest: plan_of(companies, facts, filed, *rest)
