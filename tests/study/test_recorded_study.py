"""The recorded companies as a market: read without a gap, on one share basis."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from screener.paths import default_paths
from screener.screening import run
from screener.screens import Library
from study import recorded as study_tables
from study.findings import LISTS, STARTS, find
from study.page import page

pytestmark = pytest.mark.recorded_full


@pytest.fixture(scope="module")
def market(recorded, tmp_path_factory):
    return study_tables.open_recorded(recorded, tmp_path_factory.mktemp("study"))


def test_most_companies_can_be_scored_at_every_start(market):
    for start in (STARTS[0], STARTS[-1]):
        fields = market.as_of(start).fields
        assert fields["selectivity_score"].count() > 0.75 * fields.height
        assert fields["last_annual_result"].max() <= start


def test_every_screen_but_the_analysts_finds_some_and_not_most(market):
    """On what company pages tell alone: a screen no real company can pass would be of no use."""
    traded = market.as_of(dt.date(2026, 6, 19))  # the last day on which most have a close
    for screen in Library.load(default_paths()).screens:
        counts = run(traded, screen).counts
        judged = counts.passed + counts.failed + counts.unknown
        assert counts.passed < 0.5 * judged, screen.name
        if screen.name != "upward_revisions":
            assert counts.passed >= 5, screen.name


def test_the_page_is_written_from_what_was_found(recorded, market):
    found = find(market, recorded)
    text = page(found)
    assert {quality.day for quality in found.quality} == set(LISTS.values())
    assert text.count("| met |") == sum(v.met for v in found.verdicts)
    assert text.count("**missed**") == sum(not v.met for v in found.verdicts)
    assert "nan" not in text.casefold().replace("finan", "")
    committed = Path(__file__).parents[2] / "docs" / "evidence.md"
    verdicts = [line for line in text.splitlines() if line.startswith("| (")]
    held = [row for row in committed.read_text("utf-8").splitlines() if row.startswith("| (")]
    assert held == verdicts, "docs/evidence.md is stale; run `make study`"
