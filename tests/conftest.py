"""Fixtures every test may use: folders of its own, a small demo market, the recorded material."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from screener.market.store import Market, publish
from screener.paths import Paths, default_paths

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the folders of the person who runs it."""
    monkeypatch.setenv("KASAUTI_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def paths(_own_home: None) -> Paths:
    return default_paths()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A demo market of 300 companies, published once."""
    from screener.market.demo import DEMO_DATE, generate

    return publish(
        tmp_path_factory.mktemp("market"),
        generate(companies=300),
        date=DEMO_DATE,
        sources={"demo": "generated for tests"},
        demo=True,
    )


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real data; tests that use it carry the marker `recorded`."""
    folder = Path(os.environ.get("KASAUTI_RECORDED", ROOT.parent / "shared" / "recorded"))
    if not folder.is_dir():
        pytest.skip(f"no recorded data in {folder} (set KASAUTI_RECORDED)")
    return folder
