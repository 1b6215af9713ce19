"""Moving a condition's number while the list, its count and its membership follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.sweep import Moved, Threshold, begun, condition_of, thresholds
from tui.widgets.funnel import funnelled

if TYPE_CHECKING:
    from tui.desk import Desk
    from tui.listing import Listing
    from tui.screens.browse import Browse
    from tui.sweep import Sweep


def numbers(desk: Desk) -> list[Threshold]:
    """The numbers of the query as it stands that can be moved."""
    return thresholds(desk.query)


def choose(browse: Browse, steps: int) -> None:
    """Choose the next condition with a number, and show the funnel."""
    desk = browse.desk
    if desk is None:
        return
    if browse.results.funnel_wanted:
        browse.condition = (browse.condition + steps) % max(len(numbers(desk)), 1)
    browse.results.open_funnel()


def sweep(browse: Browse, steps: int) -> None:
    """Move the number of the condition chosen; the list follows."""
    desk = browse.desk
    if desk is None or desk.listing is None:
        return
    held = desk.sweep
    if held is None or held.number != browse.condition:
        held = _begin(browse, desk, desk.listing)
    if held is None:
        return
    desk.query, desk.sweep = held.moved(desk.query, steps), held
    if not browse.results.funnel_wanted:
        browse.results.open_funnel()
    browse.run()


def _begin(browse: Browse, desk: Desk, listing: Listing) -> Sweep | None:
    """Begin to move a number: who passes now, and the way back."""
    found = numbers(desk)
    browse.condition = min(browse.condition, len(found) - 1)
    passed = listing.result.rows("pass")["isin"].to_list()
    held = begun(desk.query, browse.condition, frozenset(passed))
    if held is not None:
        desk.note_query(f"moving {found[browse.condition].text}")
    return held


def draw(browse: Browse) -> None:
    """Fill the funnel, if it is open, from the list on screen."""
    desk = browse.desk
    listing = desk.listing if desk else None
    if desk is None or listing is None or not browse.results.funnel_wanted:
        return
    result = listing.result
    found = thresholds(result.screen.query)
    browse.condition = max(min(browse.condition, len(found) - 1), 0)
    chosen = None
    if found:
        spans = [condition.span for condition in result.program.conditions]
        chosen = condition_of(spans, found[browse.condition])
    moved = _moved(listing, desk.sweep, found) if desk.sweep else None
    browse.results.show_funnel(funnelled(result, chosen, movable=bool(found), moved=moved))


def _moved(listing: Listing, held: Sweep, found: list[Threshold]) -> Moved | None:
    """Who came and who went since the number began to move."""
    import polars as pl

    if held.number >= len(found):
        return None
    now = listing.result.rows("pass")
    entered = now.filter(~pl.col("isin").is_in(list(held.passed)))
    gone = held.passed - set(now["isin"])
    companies = listing.result.market.fields.select("isin", "symbol")
    left = companies.filter(pl.col("isin").is_in(list(gone)))["symbol"]
    before = thresholds(held.before)[held.number].text
    return Moved(
        before,
        found[held.number].text,
        tuple(text or "" for text in entered["symbol"]),
        tuple(text or "" for text in left),
    )
