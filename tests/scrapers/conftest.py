"""A machine that refreshes a made market, for every test of this folder that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scrapers import niftyindices
from tests.scrapers.made_bse import SMALL, Bse
from tests.scrapers.made_filings import filing_row
from tests.scrapers.made_market import Machine, machine, publish_quickly


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Machine]:
    """It publishes as users' machines do."""
    with machine(tmp_path) as made:
        yield made


@pytest.fixture
def made(whole: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """It publishes the tables alone."""
    publish_quickly(monkeypatch)
    return whole


@pytest.fixture
def site(made: Machine, monkeypatch: pytest.MonkeyPatch) -> Bse:
    """BSE beside the made market; of indices one history is asked for."""
    monkeypatch.setattr(niftyindices, "HISTORIES", (SMALL,))
    served = Bse(made)
    # The quarter of the made document ends on this very day; its list says so.
    served.filings(
        filing_row("500111", "JQ2026-2027", "2026-06-29T18:05:11", "F/alone.html", "F/a.html")
    )
    return served
