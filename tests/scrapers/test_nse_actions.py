"""Bundles give the actions of their day, and the last one before an ex-date is believed."""

from __future__ import annotations

import datetime as dt
import itertools

import polars as pl
import pytest

from scrapers.nse_actions import bundle_url, merged_actions, parse_bundle
from screener.errors import LayoutError
from screener.market.schema import conform, empty
from tests.scrapers.made_files import bhavcopy, made_isin, pr_bundle

DAY = dt.date(2026, 6, 30)
NEXT, LATER = dt.date(2026, 7, 1), dt.date(2026, 7, 3)
A, B = made_isin(1), made_isin(2)
KNOWN = {"AAA": A, "BBB": B}
COMPANIES_TODAY = conform(
    "companies",
    pl.DataFrame({"isin": [A, B], "symbol": ["AAA", "BBB"], "face_value": [2.0, 10.0]}),
)
Row = tuple[str, ...]


def bars(isin: str, *closes: tuple[dt.date, float]) -> pl.DataFrame:
    rows = [{"isin": isin, "date": date, "close": close} for date, close in closes]
    return conform("prices", pl.DataFrame(rows, schema_overrides={"date": pl.Date}))


def merged(
    *told: tuple[dt.date, list[Row]],
    previous: pl.DataFrame | None = None,
    held: tuple[dt.date, ...] = (),
    prices: pl.DataFrame | None = None,
) -> pl.DataFrame:
    bundles = [parse_bundle(pr_bundle(day, rows), day) for day, rows in told]
    return merged_actions(
        empty("actions") if previous is None else previous,
        bundles,
        held,
        {bundle.day: KNOWN for bundle in bundles},
        empty("prices") if prices is None else prices,
        COMPANIES_TODAY,
    )


def said(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    return frame.select("isin", "ex_date", "kind", "factor", "amount").rows()


@pytest.mark.parametrize("old", [True, False], ids=["before November 2025", "since"])
def test_a_bundle_gives_each_action_once(old):
    rows = [("AAA", "2026-07-03", "BONUS 1:1", series) for series in ("BE", "BL", "EQ", "IQ", "T0")]
    rows += [
        ("1003IIFL29", "2026-07-01", "INTEREST PAYMENT", "NC"),
        ("182D181225", "", "REDEMPTION", "TB"),
        ("BBB", "2026-07-01", "AGM/DIV - RS 2, SPL RS 1", "SM"),
        ("BBB", "2026-07-01", "DEMERGER", "SM"),
    ]
    bundle = parse_bundle(pr_bundle(DAY, rows, old=old), DAY)
    assert [(s.symbol, s.ex_date, s.parts[0].kind) for s in bundle.stated] == [
        ("AAA", LATER, "bonus"),
        ("BBB", NEXT, "dividend"),
    ]
    assert bundle.stated[1].parts[0].amount == 3
    assert bundle.unread == ()


def test_what_cannot_be_read_is_told():
    bundle = parse_bundle(pr_bundle(DAY, [("AAA", "2026-07-01", "AGM/DIV-RS 29.50/BONUS")]), DAY)
    assert bundle.unread == ("AAA: AGM/DIV-RS 29.50/BONUS",)


def test_a_day_without_actions_is_an_empty_bundle():
    assert parse_bundle(pr_bundle(DAY, []), DAY).stated == ()


@pytest.mark.parametrize(
    "body",
    [
        pr_bundle(DAY, [], of=NEXT),
        pr_bundle(DAY, [("AAA", "2026-07-41", "BONUS 1:1")]),
        bhavcopy(DAY, [("AAA", A, 1.0)]),
        b"<html>",
        pr_bundle(DAY, [("AA\x00A", "2026-07-01", "BONUS 1:1", "EQ\n1,2")]),
        pr_bundle(DAY, [("AAA", "2026-07-01", "BONUS 1:1")] * 9)[:-200],
    ],
    ids=["another day", "no date", "no list", "html", "short row", "torn"],
)
def test_a_bundle_that_is_none_is_refused(body):
    with pytest.raises(LayoutError):
        parse_bundle(body, DAY)


def test_the_address_of_a_day():
    assert bundle_url(DAY).endswith("/archives/equities/bhavcopy/pr/PR300626.zip")


def test_actions_are_rows_of_the_table():
    table = merged(
        (DAY, [("AAA", "2026-07-01", "BONUS 1:1/FVSPLT FRM RS 10 TO RS 2"),
               ("BBB", "2026-07-03", "INTDIV - RS 7 PER SH"),
               ("ELSEWHERE", "2026-07-03", "BONUS 1:1")]),
    )  # fmt: skip
    assert said(table) == [
        (A, NEXT, "bonus", 2.0, None),
        (A, NEXT, "split", 5.0, None),
        (B, LATER, "dividend", None, 7.0),
    ]


BONUS, PUT_OFF = ("AAA", "2026-07-03", "BONUS 1:1"), ("AAA", "2026-07-06", "BONUS 1:1")
MORE = ("BBB", "2026-07-01", "DIV - RS 1 PER SH")
TOLD = [(DAY, [BONUS, MORE]), (NEXT, [PUT_OFF]), (dt.date(2026, 7, 2), [PUT_OFF])]


@pytest.mark.parametrize("runs", list(itertools.permutations(TOLD)))
def test_a_date_that_was_put_off_leaves_no_trace(runs):
    """Whatever the order of the runs in which the bundles came."""
    expected = said(merged(*TOLD))
    assert expected == [
        (A, dt.date(2026, 7, 6), "bonus", 2.0, None),
        (B, NEXT, "dividend", None, 1),
    ]
    table, held = empty("actions"), ()
    for day, rows in runs:
        table = merged((day, rows), previous=table, held=held)
        held = (*held, day)
    assert said(table) == expected


def test_an_amount_that_was_corrected_is_the_later_one():
    first, second = ("AAA", "2026-07-03", "DIV - RS 1 PER SH"), ("AAA", "2026-07-03", "DIV - RS 2")
    assert said(merged((DAY, [first]), (NEXT, [second]))) == [(A, LATER, "dividend", None, 2.0)]


def test_a_bundle_of_the_day_itself_adds_what_came_late():
    late = ("AAA", "2026-07-01", "BONUS 1:1")
    assert said(merged((DAY, [MORE]), (NEXT, [late, MORE]))) == [
        (A, NEXT, "bonus", 2.0, None),
        (B, NEXT, "dividend", None, 1.0),
    ]


def test_actions_of_other_sources_stay():
    own = conform(
        "actions",
        pl.DataFrame(
            {"isin": [A], "ex_date": [LATER], "kind": ["split"], "factor": [2.0], "source": ["own"]}
        ),
    )
    assert merged((DAY, []), previous=own).equals(own)


RIGHTS = ("AAA", "2026-07-03", "RIGHTS 1:4 @ PRM RS 98/-")


def test_rights_have_the_bonus_element_of_the_close_before():
    closes = bars(A, (DAY, 999.0), (dt.date(2026, 7, 2), 150.0), (LATER, 1.0))
    table = merged((DAY, [RIGHTS]), prices=closes)
    assert table["factor"].to_list() == [pytest.approx(150 / 140)]


def test_the_face_value_is_that_before_later_splits():
    closes = bars(A, (dt.date(2026, 7, 2), 150.0))
    offer = ("AAA", "2026-07-03", "RIGHTS 1:4 @ PRM RS 90/-")
    split = ("AAA", "2026-07-06", "FVSPLT FRM RS 10 TO RS 2")
    table = merged((DAY, [offer, split]), prices=closes)  # face value 2 today, 10 then
    assert table.filter(kind="rights")["factor"].to_list() == [pytest.approx(150 / 140)]


@pytest.mark.parametrize(
    ("purpose", "closes"),
    [
        ("RIGHTS 1:4 @ PRM RS 98/-", ()),
        ("RIGHTS 1:4 @ PRM RS 98/-", ((dt.date(2026, 1, 2), 150.0),)),
        ("RIGHTS 1:4 @ PRM RS 98/-", ((LATER, 150.0),)),
        ("RIGHTS 1:4", ((dt.date(2026, 7, 2), 150.0),)),
    ],
    ids=["no close", "an old close", "only one after", "no price stated"],
)
def test_rights_without_a_price_adjust_nothing(purpose, closes):
    table = merged(
        (DAY, [("AAA", "2026-07-03", purpose)]), prices=bars(A, *closes) if closes else None
    )
    assert said(table) == [(A, LATER, "rights", None, None)]


def test_a_kept_factor_of_rights_is_not_lost():
    closes = bars(A, (dt.date(2026, 7, 2), 150.0))
    table = merged((dt.date(2026, 7, 2), [RIGHTS]), prices=closes)
    again = merged((LATER, [RIGHTS]), previous=table, held=(dt.date(2026, 7, 2),), prices=closes)
    assert again.equals(table)
    assert again["factor"].null_count() == 0
