"""A machine that refreshes a made market, for every test of this folder that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
