"""The page about the sources says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from scrapers.coverage import LEAST_KEPT
from scrapers.estimates.optional import OPTIONAL
from scrapers.hosts import POLICIES
from scrapers.nse import FIRST_DAY, FIRST_UDIFF_DAY
from scrapers.refresh import SOURCES

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def test_every_host_is_listed_with_its_pace_and_budget():
    rows = re.findall(r"^\| (\S+\.\S+) \| ([\d.]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE)
    told = {host: (float(delay), int(budget.replace(",", ""))) for host, delay, budget in rows}
    assert told == {host: (policy.delay, policy.budget) for host, policy in POLICIES.items()}


def test_every_source_can_be_found_by_the_name_that_leaves_it_out():
    named = set(re.findall(r'`(?:--without )?"?([a-z][a-z. ]*?)"?`', PAGE))
    assert set(SOURCES) <= named
    assert all(name in PAGE.casefold() for name in OPTIONAL)


def test_its_figures_are_those_of_the_program():
    for share in LEAST_KEPT.values():
        assert f"{share:.0%}".replace("%", " %") in PAGE
    assert f"{FIRST_UDIFF_DAY.day} {FIRST_UDIFF_DAY:%B %Y}" in PAGE
    assert f"back to {FIRST_DAY.year}" in PAGE
