"""The purpose of a corporate action is read in every wording seen, or reported, never guessed."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.purposes import Part, is_unread, parse_purpose, rights_factor


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BONUS 1:1", [("bonus", 2.0)]),
        ("Bonus 1:2", [("bonus", 1.5)]),
        ("BONUS- 4:1", [("bonus", 5.0)]),
        ("BONUS ISSUE 2:5", [("bonus", 1.4)]),
        ("FVSPLT FRM RS 10 TO RE 1", [("split", 10.0)]),
        ("FV SPLT FRMRS 100 TO 1", [("split", 100.0)]),
        ("FV SPLIT RS.10 TO RS.2", [("split", 5.0)]),
        (
            "FACE VALUE SPLIT (SUB-DIVISION) - FROM RS 10/- PER SHARE TO RS 2/- PER SHARE",
            [("split", 5.0)],
        ),
        ("FV CONSOLDTN FRM RS 1 TO RS 10", [("split", 0.1)]),
        (
            "Consolidation Of Equity Shares From Re 1 Per Share To Rs 10 Per Share",
            [("split", 0.1)],
        ),
        ("BONUS 1:1/FVSPLT FRM RS 10 TO RS 5", [("split", 2.0), ("bonus", 2.0)]),
        ("DIVIDEND - RS 4.50 PER SHARE", [("dividend", 4.5)]),
        ("AGM/DIV-RE.0.20 PER SHARE", [("dividend", 0.2)]),
        ("INTDIV - RS 7 PER SH", [("dividend", 7)]),
        ("Annual General Me1etingdividend - Rs 2 Per Share", [("dividend", 2)]),
        ("Dividend - Rs 9 Per Share/Special Dividend - Re 1 Per Share", [("dividend", 10)]),
        ("INTDVSPDVRS 7.50 & 86.50", [("dividend", 94)]),
        ("DIV/SPLDIV-RS 35/5 PR SH", [("dividend", 40)]),
        ("Interim Dividend - Rs Per 4 Share", [("dividend", 4)]),
        ("INTERIM DIVIDEND 2024-25 RS 5", [("dividend", 5)]),
        ("BONUS 1:1/DIV-RS 30 PR SH", [("bonus", 2.0), ("dividend", 30)]),
        ("AGM/DIV-RS3/BON DEB 1:1", [("dividend", 3)]),
        ("SCH AGMT-BONUS NCRPS 4:1", []),
        ("BON 1 DVR : 4 EQ SHARES", []),
        ("DIVIDEND 50%", []),
        ("DEMERGER", []),
        ("Distribution - Rs 3 Per Unit Consisting Of Dividend - Rs 1 Per Unit", []),
        ("BONUS 0:1", []),
        ("BONUS " + "9" * 400 + ":1", []),
        ("DIV - RS " + "9" * 400, []),
        ("", []),
    ],
)
def test_what_a_purpose_says(text, said):
    parts = parse_purpose(text)
    assert [(p.kind, p.factor or p.amount) for p in parts] == [
        (kind, pytest.approx(value)) for kind, value in said
    ]


@pytest.mark.parametrize(
    ("text", "new", "held", "premium"),
    [
        ("RIGHTS 1:5 @ PREMIUM RS 90/-", 1, 5, 90),
        ("RIGHTS 45:301@PRM RS 290", 45, 301, 290),
        ("RGHTS 2:21 @PRM RS 748/-", 2, 21, 748),
        ("RHTS 7:5 PRM@55", 7, 5, 55),
        ("RIGHTS 1:1 @ PAR", 1, 1, 0),
        ("Rights 3:10 @ Premium Re 0.50/-", 3, 10, 0.5),
        ("RIGHTS 3:10", 3, 10, None),
    ],
)
def test_a_rights_issue(text, new, held, premium):
    assert parse_purpose(text) == [Part("rights", new=new, held=held, premium=premium)]


def test_the_bonus_element_of_rights():
    part = Part("rights", new=1, held=4, premium=90.0)
    # 4 shares at 150 and 1 at 100: 140 a share after.
    assert rights_factor(part, 150.0, 10.0) == pytest.approx(150 / 140)
    assert rights_factor(part, 80.0, 10.0) == 1  # offered above the market: no gift in it
    assert rights_factor(Part("rights", new=1, held=4), 150.0, 10.0) is None


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("AGM/DIV-RS 29.50/BONUS", True),
        ("DIV 1.35+FV SPLT RS10TORS", True),
        ("SUB-DIVISION", True),
        ("BONUS 1:1", False),
        ("SCH AGMT-BONUS NCRPS 4:1", False),
        ("INTDIV-09/SPLDIV-13 PRSH", False),
        ("DEMERGER", False),
    ],
)
def test_a_ratio_that_cannot_be_read_is_reported(text, unread):
    assert is_unread(text) is unread


@given(st.integers(1, 50), st.integers(1, 50))
def test_a_bonus_multiplies_the_shares(new, held):
    (part,) = parse_purpose(f"BONUS {new}:{held}")
    assert part.factor == pytest.approx(1 + new / held)


@given(st.text(alphabet="BONUSFVPLTRIGHDE 0123456789:/-.@%&", max_size=60))
def test_any_text_gives_sensible_parts_or_none(text):
    for part in parse_purpose(text):
        assert part.factor is None or part.factor > 0
        assert part.amount is None or part.amount > 0
        assert part.kind in ("split", "bonus", "rights", "dividend")


Key = tuple[str, dt.date]


def recorded_subjects(folder: Path) -> list[dict[str, Any]]:
    """The recorded actions of shares."""
    files = sorted((folder / "exchange" / "nse_corporate_actions").glob("*.json"))
    return [r for f in files for r in json.loads(f.read_text()) if r["series"] == "EQ"]


def ex_date(row: dict[str, Any]) -> dt.date:
    return dt.datetime.strptime(row["exDate"], "%d-%b-%Y").date()


@pytest.mark.recorded
def test_every_recorded_split_bonus_and_rights_issue_is_read(recorded: Path):
    rows = recorded_subjects(recorded)
    assert [row["subject"] for row in rows if is_unread(row["subject"])] == []
    rights = [row["subject"] for row in rows if row["subject"].startswith("Rights")]
    assert len(rights) > 100
    for subject in rights:
        (part,) = parse_purpose(subject)
        assert part.premium is not None, subject
    dividends = [r["subject"] for r in rows if "ividend -" in r["subject"]]
    without = [s for s in dividends if not any(p.kind == "dividend" for p in parse_purpose(s))]
    assert len(dividends) > 3000
    assert without == ["Annual General Meeting/Dividend - Rs  Per Sh/"]


@pytest.mark.recorded
def test_recorded_ratios_agree_with_another_list_of_splits(recorded: Path):
    """The other list calls a bonus a split, and of both on one day it knows only one."""
    ours: dict[Key, list[float]] = defaultdict(list)
    for row in recorded_subjects(recorded):
        for part in parse_purpose(row["subject"]):
            if part.kind in ("split", "bonus") and part.factor:
                ours[row["symbol"], ex_date(row)].append(part.factor)
    listed = pl.read_parquet(recorded / "prices" / "adj_events.parquet").filter(
        pl.col("kind") == "split"
    )
    rows = listed.select("symbol", "event_date", "ratio").rows()
    theirs = {(symbol, moment.date()): ratio for symbol, moment, ratio in rows}
    both = [key for key in ours if key in theirs]
    assert len(both) > 250
    for key in both:
        if len(ours[key]) == 1:
            assert ours[key][0] == pytest.approx(theirs[key], rel=0.01), key
        else:
            assert any(f == pytest.approx(theirs[key], rel=0.01) for f in ours[key]), key
    assert sum(len(ours[key]) == 1 for key in both) / len(both) > 0.9


@pytest.mark.recorded
def test_recorded_dividends_agree_with_another_list(recorded: Path):
    """Those of the last months, which later splits have not changed there."""
    ours: dict[Key, float] = defaultdict(float)
    for row in recorded_subjects(recorded):
        for part in parse_purpose(row["subject"]):
            ours[row["symbol"], ex_date(row)] += part.amount or 0
    listed = pl.read_parquet(recorded / "prices" / "adj_events.parquet").filter(
        pl.col("kind") == "dividend", pl.col("event_date") > dt.date(2026, 1, 1)
    )
    rows = listed.select("symbol", "event_date", "ratio").rows()
    theirs = {(symbol, moment.date()): ratio for symbol, moment, ratio in rows}
    both = [key for key in theirs if ours.get(key)]
    same = [key for key in both if ours[key] == pytest.approx(theirs[key], rel=0.01)]
    assert len(both) > 400
    assert len(same) / len(both) > 0.97
