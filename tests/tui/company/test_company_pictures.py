"""Pictures of every tab of a company; look at them before accepting new ones."""

from __future__ import annotations

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion

from tests.tui.company.conftest import OpenedCompany
from tests.tui.company.market import FULL, LOSSES
from tui.commands import COMPANY_TABS

LOOKS = [
    ((80, 24), "kasauti-dark"),
    ((80, 24), "kasauti-safe-light"),
    ((160, 50), "kasauti-light"),
    ((160, 50), "kasauti-safe-dark"),
]


@pytest.mark.parametrize(
    ("size", "theme"), LOOKS, ids=[f"{s[0]}x{s[1]}-{theme}" for s, theme in LOOKS]
)
async def test_tabs(
    size: tuple[int, int], theme: str, opened_company: OpenedCompany, snapshot: SnapshotAssertion
) -> None:
    pictures = snapshot.use_extension(SVGImageExtension)
    async with opened_company(FULL, size=size, theme=theme) as d:
        for number, name in enumerate(COMPANY_TABS, start=1):
            await d.press(str(number))
            assert d.app.export_screenshot() == pictures(name=name.casefold())
        for key in ("3", "down", "enter"):
            await d.press(key)
        await d.settle()
        assert d.app.export_screenshot() == pictures(name="number")


async def test_figures_and_where_they_come_from(
    opened_company: OpenedCompany, snapshot: SnapshotAssertion
) -> None:
    pictures = snapshot.use_extension(SVGImageExtension)
    async with opened_company(FULL, size=(80, 24)) as d:
        await d.press("i", "right", "right")
        assert d.app.export_screenshot() == pictures(name="figures")
        await d.press("escape", "2")
        await d.press("left", "enter")
        assert d.app.export_screenshot() == pictures(name="restated")


async def test_charts_alone_and_the_smallest_terminal(
    opened_company: OpenedCompany, snapshot: SnapshotAssertion
) -> None:
    pictures = snapshot.use_extension(SVGImageExtension)
    async with opened_company(LOSSES, size=(60, 20)) as d:
        assert d.app.export_screenshot() == pictures(name="small")
        for key in "456":
            await d.press(key)
            await d.press("full_stop")
            assert d.app.export_screenshot() == pictures(name=f"chart-{key}")
