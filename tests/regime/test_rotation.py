"""Small caps against other assets, and the index of new listings."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import numpy as np
import polars as pl
import pytest

from screener.market.schema import empty
from screener.regime.rotation import new_listings, roles, rotations

DAY = dt.date(2026, 1, 27)


def weekly(weeks: int, step: float, last: dt.date = DAY):
    """Days and closes of a series that moves by `step` (log) a day."""
    span = [last - dt.timedelta(days=i) for i in range(7 * weeks, -1, -1)]
    return span, [100 * math.exp(step * i) for i in range(len(span))]


def test_change_and_z_of_a_steady_drift():
    series = {"S": weekly(60, -0.001), "G": weekly(60, 0.001)}
    found = {r.key: r for r in rotations(series, {"small": "S", "gold": "G"}, DAY)}
    assert found["gold"].change == pytest.approx(-0.002 * 91)
    ramp = np.arange(52.0)
    assert found["gold"].z == pytest.approx(-(51 - ramp.mean()) / ramp.std(ddof=1))
    assert found["silver"].missing == "no prices of silver"
    assert found["silver"].change is None


def test_short_lapsed_or_missing_series_have_no_figures():
    short = {"S": weekly(60, 0.0), "G": weekly(20, 0.001)}
    one = rotations(short, {"small": "S", "gold": "G"}, DAY)[1]
    assert one.change == pytest.approx(-0.091)
    assert one.z is None
    shorter = {"S": weekly(60, 0.0), "G": weekly(5, 0.001)}
    assert "13 weeks" in rotations(shorter, {"small": "S", "gold": "G"}, DAY)[1].missing
    lapsed = {"S": weekly(60, 0.0), "G": weekly(60, 0.001, DAY - dt.timedelta(days=30))}
    assert rotations(lapsed, {"small": "S", "gold": "G"}, DAY)[1].change is None
    assert all(r.missing == "no prices of a small-cap index" for r in rotations({}, {}, DAY))


@pytest.mark.parametrize(
    ("names", "role", "index"),
    [
        (["NIFTY SMALLCAP 250", "Nifty Smallcap250 Quality 50"], "small", "NIFTY SMALLCAP 250"),
        (["Nifty 100", "Nifty 1000", "NIFTY100 ESG"], "large", "Nifty 100"),
        (["GOLDBEES"], "gold", "GOLDBEES"),
        (["Nifty IPO"], "new", "Nifty IPO"),
        (["Demo New Listings"], "new", "Demo New Listings"),
    ],
)
def test_names_of_indices_are_understood(names, role, index):
    assert roles(names)[role] == index


def test_new_listings_move_as_their_members_do():
    span = [DAY - dt.timedelta(days=i) for i in range(99, -1, -1)]
    rows = [
        {"isin": f"N{n}", "date": day, "close": 50 * 1.01**i}
        for n in range(5)
        for i, day in enumerate(span)
    ]
    rows += [{"isin": "OLD", "date": day, "close": 50 * 0.9**i} for i, day in enumerate(span)]
    listed = [{"isin": f"N{n}", "listed_on": span[0]} for n in range(5)]
    companies = pl.DataFrame([*listed, {"isin": "OLD", "listed_on": dt.date(2010, 1, 1)}])
    days, levels = new_listings(pl.DataFrame(rows), empty("actions"), companies, DAY)
    assert days[0] == span[7]  # its first week is left out
    assert days[-1] == DAY
    steps = [b / a for a, b in itertools.pairwise(levels)]
    assert steps == pytest.approx([1.01] * len(steps))
    few = companies.filter(pl.col("isin") != "N0")
    assert new_listings(pl.DataFrame(rows), empty("actions"), few, DAY) == ([], [])
