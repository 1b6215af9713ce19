"""What the exchange says beside prices: corporate actions, index levels, members, the SME list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

import polars as pl

from scrapers import nse, nse_actions, nse_indices
from scrapers.circuit import HostClosed
from scrapers.context import Context
from scrapers.dated import DatedFile, fetch_list, fetch_missing, published_days
from scrapers.hosts import NSE_HOST
from scrapers.identity import one_company
from scrapers.jobs import DAY
from scrapers.nse_actions import Bundle
from scrapers.report import Miss
from scrapers.session import Kind
from scrapers.sessions import of_companies
from screener.errors import LayoutError, SourceError

ACTIONS: Final = DatedFile(
    "nse.actions",
    "nse actions",
    "corporate actions",
    nse_actions.PARSER_VERSION,
    Kind.ZIP,
    nse_actions.bundle_url,
    nse_actions.parse_bundle,
)
LEVELS: Final = DatedFile(
    "nse.indices",
    "nse indices",
    "index levels",
    nse_indices.PARSER_VERSION,
    Kind.CSV,
    nse_indices.levels_url,
    nse_indices.parse_levels,
)
MEMBERS: Final = "nse members"
_LIST_LIFE: Final = 7 * DAY
_SME_LIFE: Final = 20 * 3600.0
_LEAST_SHARE: Final = 0.8


def gather_bundles(context: Context, days: Collection[dt.date], found: list[Bundle]) -> None:
    """The bundles of those of the days that the market does not hold yet. Adds to `found`."""
    tally = context.tally(ACTIONS.source, NSE_HOST)
    for _, bundle in fetch_missing(context, ACTIONS, days):
        found.append(bundle)
        tally.failed += [Miss(what, "its ratio could not be read") for what in bundle.unread]


def with_bundles(
    context: Context,
    actions: pl.DataFrame,
    bundles: Collection[Bundle],
    prices_of: Mapping[dt.date, pl.DataFrame],
    companies: pl.DataFrame,
    prices: pl.DataFrame,
) -> pl.DataFrame:
    """The actions and those of the bundles. prices_of: all shares of the days read in this run."""
    if not bundles:
        return actions
    held = published_days(context, ACTIONS)
    current = companies.sort(pl.col("status") == "active")
    symbols = dict(current.select("symbol", "isin").iter_rows())
    isins = {
        bundle.day: _symbols_then(context, bundle, symbols, prices_of.get(bundle.day), companies)
        for bundle in bundles
    }
    return nse_actions.merged_actions(actions, bundles, held, isins, prices, companies)


def gather_levels(context: Context, days: Collection[dt.date], found: list[pl.DataFrame]) -> None:
    """The index levels of those of the days that the market does not hold yet. Adds to `found`."""
    found.extend(levels for _, levels in fetch_missing(context, LEVELS, days))


def gather_members(context: Context, found: dict[str, list[str]]) -> None:
    """The ISINs of the members of each index whose list can be had. Adds to `found`."""
    tally = context.tally(MEMBERS, NSE_HOST)
    for listed in nse_indices.MEMBER_LISTS:

        def parse(body: bytes, listed: nse_indices.MemberList = listed) -> list[str]:
            return nse_indices.parse_members(body, listed)

        try:
            isins = fetch_list(context, MEMBERS, listed.url, _LIST_LIFE, parse)
        except HostClosed as err:
            context.leave(tally, err.message)
            return
        if isins is not None:
            found[listed.name] = isins
            context.tell(tally, f"{len(isins):,} members of {listed.name}")


def current_members(
    found: Mapping[str, list[str]], companies: pl.DataFrame
) -> dict[str, list[str]]:
    """The members under the ISINs companies have today."""
    isins = {isin for members in found.values() for isin in members}
    heirs = one_company(isins, companies)
    return {name: [heirs.get(i, i) for i in members] for name, members in found.items()}


def sme_companies(context: Context, known: int) -> pl.DataFrame | None:
    """The companies on the SME platform's list of today, None where it cannot be had.

    known: how many there were; a list that has lost more than a fifth of them is not believed.
    """
    tally = context.tally(nse.SOURCE, NSE_HOST)

    def parse(body: bytes) -> pl.DataFrame:
        listed = nse.parse_sme_list(body)
        if listed.height < _LEAST_SHARE * known:
            raise LayoutError(
                f"SME_EQUITY_L.csv lists {listed.height:,} companies, "
                f"{known:,} were listed before.",
                "It looks cut off; the earlier list stays in use.",
            )
        return listed

    try:
        return fetch_list(context, nse.SOURCE, nse.SME_LIST_URL, _SME_LIFE, parse)
    except HostClosed as err:
        context.leave(tally, err.message)
        return None


def _symbols_then(
    context: Context,
    bundle: Bundle,
    symbols: Mapping[str, str],
    prices: pl.DataFrame | None,
    companies: pl.DataFrame,
) -> dict[str, str]:
    """ISIN by symbol on the day of a bundle: those of today, and those renamed since."""
    renamed = {stated.symbol for stated in bundle.stated} - set(symbols)
    found = {s.symbol: symbols[s.symbol] for s in bundle.stated if s.symbol in symbols}
    if renamed:
        then = prices if prices is not None else stored_prices(context, bundle.day)
        if then is not None:
            shares = of_companies(then.filter(pl.col("symbol").is_in(renamed)), companies)
            found |= dict(shares.select("symbol", "isin").iter_rows())
    return found


def stored_prices(context: Context, day: dt.date) -> pl.DataFrame | None:
    """All shares of the stored price file of a day, None where there is none that can be read."""
    document = context.session.stored(nse.bhavcopy_url(day))
    try:
        return nse.parse_bhavcopy(document.body, day) if document else None
    except SourceError:
        return None
