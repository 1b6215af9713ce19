"""Ask the estimate sources that are turned on; none of them stops a refresh."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from scrapers.context import Context
from scrapers.estimates import moneycontrol, yahoo
from scrapers.estimates.optional import turned_on
from scrapers.estimates.snapshots import merged_estimates


@dataclass
class Estimated:
    """What was read, and the jobs to mark as published with it."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    jobs: dict[str, list[str]] = field(default_factory=dict)

    def merged(self, context: Context, previous: pl.DataFrame) -> pl.DataFrame:
        """The estimates on file with those read now."""
        return merged_estimates(previous, self.frames, context.today)

    def published(self, context: Context) -> None:
        """A generation holds what was read."""
        for source, keys in self.jobs.items():
            version = {yahoo.SOURCE: yahoo.PARSER_VERSION}.get(source, moneycontrol.PARSER_VERSION)
            context.jobs(source).published(keys, version)


def gather_estimates(
    context: Context, companies: pl.DataFrame, estimated: Estimated, door: yahoo.Door | None = None
) -> None:
    """Fetch what is due from the sources the user has turned on.

    Adds to `estimated` as it goes. door: a stand-in for yfinance.
    """
    on = turned_on(context.db)
    if yahoo.SOURCE in on:
        estimated.jobs[yahoo.SOURCE] = []
        estimated.jobs[yahoo.SOURCE] = yahoo.gather_estimates(
            context, companies, estimated.frames, door
        )
    if moneycontrol.SOURCE in on:
        estimated.jobs[moneycontrol.SOURCE] = moneycontrol.gather_estimates(
            context, companies, estimated.frames
        )
