"""The tabs of the company screen by name, and what builds each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tui.company.sheet import Tab, View

if TYPE_CHECKING:
    from tui.company.verdicts import Judged
    from tui.workspace import Workspace

#: What a tab is built from: workspace, ISIN, whether growth lines are shown, ASCII only.
Build = Callable[["Workspace", str, bool, bool], Tab]


def build(
    name: str, workspace: Workspace, isin: str, screens: tuple[Judged, ...], growth: bool,
    ascii: bool,
) -> Tab:  # fmt: skip
    """The tab of that name for a company; it may take a moment."""
    if name == "Why":
        from tui.company.verdicts import judgements, why_tab

        return why_tab(judgements(screens, isin))
    return BUILDERS[name](workspace, isin, growth, ascii)


def _overview(workspace: Workspace, isin: str, growth: bool, ascii: bool) -> Tab:
    from tui.company.overview import overview

    return overview(workspace.market, isin)


def _statements(workspace: Workspace, isin: str, growth: bool, ascii: bool) -> Tab:
    from screener.provenance import panel_of
    from tui.drill import restated_of
    from tui.statements import quarters, years

    row = panel_of(workspace.market, isin).row(0, named=True)
    restated = restated_of(workspace.market, isin)
    views = (
        View("years", years(row, restated, growth=growth)),
        View("quarters", quarters(row, restated, growth=growth)),
    )
    shown = tuple(view for view in views if view.sheet and view.sheet.rows.height)
    return Tab(shown, "No source gave this company's statements.")


def _ratios(workspace: Workspace, isin: str, growth: bool, ascii: bool) -> Tab:
    from tui.company.ratios import ratios

    return ratios(workspace.market, isin, ascii=ascii)


def _peers(workspace: Workspace, isin: str, growth: bool, ascii: bool) -> Tab:
    from tui.company.peers import peers

    return peers(workspace.market, isin, ascii=ascii)


def _estimates(workspace: Workspace, isin: str, growth: bool, ascii: bool) -> Tab:
    from tui.company.estimates import estimates

    return estimates(workspace.market, isin)


def _owners(workspace: Workspace, isin: str, growth: bool, ascii: bool) -> Tab:
    from tui.company.owners import owners
    from tui.drill import restated_of

    restated = restated_of(workspace.market, isin)
    return owners(workspace.market, isin, restated, growth=growth)


def _score(workspace: Workspace, isin: str, growth: bool, ascii: bool) -> Tab:
    from tui.company.score import score

    return score(workspace.market, isin)


BUILDERS: Final[dict[str, Build]] = {
    "Overview": _overview,
    "Statements": _statements,
    "Ratios": _ratios,
    "Peers": _peers,
    "Estimates": _estimates,
    "Owners": _owners,
    "Score": _score,
}
