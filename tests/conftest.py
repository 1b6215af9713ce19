"""Fixtures every test may use: folders of its own, a small demo market, the recorded material."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from screener.market.store import Market
from screener.paths import Paths, default_paths

if TYPE_CHECKING:
    from tests.generated import Generated

ROOT = Path(__file__).parent.parent

# No test fails for the time it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the folders of the person who runs it."""
    monkeypatch.setenv("KASAUTI_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def paths(_own_home: None) -> Paths:
    return default_paths()


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """Demo markets of any size, each made once in a run."""
    from tests.generated import Generated

    return Generated(tmp_path_factory)


@pytest.fixture(scope="session")
def demo(generated: Generated) -> Market:
    """A demo market of 300 companies, published once where the demo market belongs."""
    return generated.market(companies=300)


@pytest.fixture
def demo_home(demo: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Folders of this test's own, with the small demo market in place."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo").symlink_to(demo.folder.parent, target_is_directory=True)
    monkeypatch.setenv("KASAUTI_HOME", str(tmp_path))
    return default_paths()


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded real data; tests that use it carry the marker `recorded`."""
    folder = Path(os.environ.get("KASAUTI_RECORDED", ROOT.parent / "shared" / "recorded"))
    if not folder.is_dir():
        pytest.skip(f"no recorded data in {folder} (set KASAUTI_RECORDED)")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many truth cases were asked, and what became of them."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    outcomes = [
        value
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "truth"
    ]
    if outcomes:
        from tests.truth.test_truth import line

        terminalreporter.write_line(f"truth: {line(outcomes)}")
