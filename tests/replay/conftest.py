"""A machine before hostile hosts; the server and the refresh share one clock nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scrapers.made_market import Machine, machine, publish_quickly


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine with three companies that publishes the tables alone."""
    publish_quickly(monkeypatch)
    with machine(tmp_path) as made:
        made.server.clock = made.clock
        yield made
