"""The published and derived cases of the state of the market, asked of our functions."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import polars as pl
import pytest

from screener.regime import (
    above_average,
    distribution_days,
    max_drawdown,
    regression,
    size_segment,
    size_segment_by_value,
)
from screener.regime.segments import SIZE_SEGMENTS
from screener.regime.state import index_states

FOLDERS = os.environ.get("KASAUTI_TRUTH", "../shared/truth").split(os.pathsep)
FILES = [path for folder in FOLDERS for path in sorted(Path(folder).glob("*.json"))]


def index_of(closes, volumes=None):
    """An index with a session a day, in the shape of the indices table."""
    first = dt.date(2024, 1, 1)
    return pl.DataFrame(
        {
            "date": [first + dt.timedelta(days=i) for i in range(len(closes))],
            "close": [float(c) for c in closes],
            "volume": volumes or [None] * len(closes),
            "pe": [None] * len(closes),
            "pb": [None] * len(closes),
        }
    )


def described(closes, volumes=None):
    frame = index_of(closes, volumes)
    return index_states({"Index": frame}, frame["date"][-1])[0]


def by_rank(rank: int) -> str:
    """The segment whose rule takes a company of that rank, among those of the regulator."""
    row = pl.DataFrame({"size_rank": [rank], "size_class": [None]})
    found = [s.key for s in SIZE_SEGMENTS[:3] if row.select(s.rule.alias("in"))["in"].item()]
    assert found == [size_segment(rank)]
    return found[0]


def distributed(i) -> int | None:
    answer = distribution_days(i["close"], i["vol"])
    assert described(i["close"], i["vol"]).distribution_days == answer
    return answer


def above(i) -> bool | None:
    answer = above_average(i["p"])
    assert described(i["p"]).above_200 is answer
    return answer


def line(name: str):
    def ask(i) -> float:
        found = regression(i["y"])
        assert found is not None
        return getattr(found, name)

    return ask


MEASURES = {
    "ols_channel.slope": line("slope"),
    "ols_channel.end_mid": line("end"),
    "ols_channel.sd": line("sd"),
    "ols_channel.r2": line("r2"),
    "dist_count": distributed,
    "above_ma": above,
    "max_drawdown": lambda i: max_drawdown(i["p"]),
    "size_rank": lambda i: by_rank(i["rank"]),
    "size_seg": lambda i: size_segment_by_value(i["mcap"], i["large_min"], i["mid_min"]),
}

CASES = [
    case
    for path in FILES
    for case in json.loads(path.read_text(encoding="utf-8"))
    if case["function"] in MEASURES
]


@pytest.mark.skipif(not CASES, reason="no truth cases here")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case):
    answer, expected = MEASURES[case["function"]](case["inputs"]), case["expected"]
    if isinstance(expected, bool | str) or expected is None:
        assert answer == expected
    else:
        assert answer == pytest.approx(expected, abs=case["tolerance"], rel=1e-12)
