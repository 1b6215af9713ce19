"""The earlier side of a comparison: a recorded run, an earlier generation, or an earlier day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from screener.errors import UnknownName
from screener.market.store import Market, generations
from screener.paths import app_version
from screener.runs import RunHead, Runs, is_of
from screener.screens import Screen


@dataclass(frozen=True)
class Past:
    """The earlier market, how it is known, and what was recorded then, if anything.

    `screen`, `ratios` and `figures` are those of a recorded run (or, of an earlier generation, its
    own figures); `version` is the Kasauti that computed them.
    """

    market: Market
    basis: str
    version: str
    screen: Screen | None = None
    ratios: Mapping[str, str] | None = None
    figures: pl.DataFrame | None = None


def on_day(market: Market, day: dt.date) -> Past:
    """A market as it was known on an earlier day, computed by this version."""
    return Past(market.as_of(day), "as known on that day", app_version())


def of_generation(market: Market, name: str) -> Past:
    """An earlier generation beside that market's. Raises UnknownName where it is not on disk."""
    root = market.folder.parent
    if name not in generations(root):
        raise UnknownName.among("generation on disk", name, generations(root))
    earlier = Market.open(root, name)
    basis = f"generation {name}"
    version = earlier.manifest.version
    if version == app_version():
        return Past(earlier, basis, version)
    # Another version wrote it; the figures people saw are in its own table.
    return Past(earlier, basis, version, figures=earlier.table("fields").collect())


def of_run(runs: Runs, head: RunHead, market: Market, screen: str) -> Past:
    """What was recorded at a run, with the generation it was made from while that is on disk.

    Without it, the market as it was known on the run's day stands in for it.
    """
    run = runs.get(head)
    basis, version = f"run of {head.recorded_at:%d %b %Y}", head.version
    recorded = (version, run.screens.get(screen), run.ratios, run.figures)
    earlier = _market_of(head, market)
    if earlier is None:
        earlier = market.as_of(head.market_date)
        basis += ", its generation no longer on disk"
    return Past(earlier, basis, *recorded)


def _market_of(head: RunHead, market: Market) -> Market | None:
    if is_of(head, market):
        return market
    root = market.folder.parent
    if head.generation in generations(root):
        earlier = Market.open(root, head.generation)
        if is_of(head, earlier):
            return earlier
    return None
