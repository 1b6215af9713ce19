"""A machine before hostile hosts; the server and the refresh share one clock nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.fields import catalogue
from tests.scrapers.made_market import Machine, machine


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine with three companies; fields are not computed, they are not looked at here."""
    monkeypatch.setattr(catalogue, "compute", lambda panel: panel.select("isin"))
    with machine(tmp_path) as made:
        made.server.clock = made.clock
        yield made
