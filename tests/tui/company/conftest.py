"""The company screen on a market made for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from screener.market.store import Market
from screener.paths import Paths
from tests.tui.company.market import FULL, company_market
from tests.tui.conftest import Driver, home_of
from tests.tui.small import isin
from tui.app import KasautiApp
from tui.screens.company import Company

OpenedCompany = Callable[..., AbstractAsyncContextManager["CompanyDriver"]]


class CompanyDriver(Driver):
    """An open app with a company on screen."""

    @property
    def company(self) -> Company:
        """The company screen, also when a dialog lies over it."""
        return next(s for s in self.app.screen_stack if isinstance(s, Company))

    async def open(self, number: int) -> None:
        """Open the company of that number."""
        desk = self.browse.desk
        assert desk is not None
        self.app.show_company(desk, isin(number))
        await self.settle()


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """The market of `company_market`, published once where the demo market belongs."""
    return company_market(tmp_path_factory.mktemp("companies") / "demo")


@pytest.fixture
def company_home(companies: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Folders of this test's own with that market and three screens instead of ours."""
    return home_of(companies, tmp_path, monkeypatch)


@pytest.fixture
def opened_company(company_home: Paths) -> OpenedCompany:
    """Open the app on a company: `async with opened_company(LOSSES, size=(80, 24)) as driver`."""

    @asynccontextmanager
    async def run(
        number: int = FULL, size: tuple[int, int] = (120, 40), theme: str = "kasauti-dark"
    ) -> AsyncIterator[CompanyDriver]:
        app = KasautiApp(company_home, screen="all_companies")
        app.theme = theme
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = CompanyDriver(app, pilot)
            await driver.ready()
            await driver.open(number)
            yield driver
            log = company_home.log
            assert not log.exists(), log.read_text(encoding="utf-8")

    return run
