"""The companies of the market: NSE's list, AMFI's size classes, and what their own pages say."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import polars as pl

from scrapers import amfi, bse, nse, nse_bundles, nse_daily
from scrapers.context import Context
from scrapers.hosts import AMFI_HOST, NSE_HOST
from scrapers.identity import one_company, replace_isins
from scrapers.report import Miss
from scrapers.screener_facts import is_financial, template_of
from scrapers.screener_in import CompanyPage
from scrapers.session import Kind, NotThere
from screener.errors import LayoutError, SourceError
from screener.market.schema import conform

_LIST_MAX_AGE: Final = 20 * 3600.0
_LEAST_SHARE: Final = 0.8  # a list that has lost more than a fifth of its rows is not believed
_LEAST_RANKED: Final = 500  # fewer values cannot tell a small company from a large one
_LISTED: Final = ("symbol", "name", "series", "listed_on", "face_value")
_SIZES: Final = ("size_rank", "size_mcap", "size_class")


def listed_companies(context: Context) -> pl.DataFrame:
    """The companies (schema COMPANIES): those on the main board today, and those that were once.

    Those of the SME platform stay as they were, see `with_sme_list`. Where the list cannot be had,
    the companies of the generation before; if there are none, the error is raised.
    """
    tally = context.tally(nse.SOURCE, NSE_HOST)
    before = context.previous["companies"]
    try:
        document = context.session.get(nse.EQUITY_LIST_URL, Kind.CSV, max_age=_LIST_MAX_AGE)
        listed = nse.parse_equity_list(document.body)
        _refuse_short_list(listed, before)
        context.session.keep(document)
    except SourceError as err:
        if before.is_empty():
            raise
        tally.failed.append(Miss("EQUITY_L", err.message))
        context.tell(tally, f"the list of companies stays as it was: {err.message}")
        return before
    tally.took(document.fresh)
    context.tell(tally, f"{listed.height:,} listed companies")
    return _with_earlier(listed, before)


def with_sme_list(companies: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """The companies with those of the SME platform as its list of today shows them.

    A company that is on the main board too has moved there.
    """
    main = companies.filter(pl.col("is_sme").not_())
    on_main = main.filter(pl.col("status") == "active")["isin"].implode()
    listed = listed.filter(pl.col("isin").is_in(on_main).not_())
    before = companies.filter(pl.col("is_sme") | pl.col("isin").is_in(listed["isin"].implode()))
    rest = companies.join(before, on="isin", how="anti", maintain_order="left")
    return pl.concat([rest, _with_earlier(listed, before, is_sme=True)])


def with_sizes(
    context: Context, companies: pl.DataFrame, amfi_file: Path | None, lists: list[pl.DataFrame]
) -> pl.DataFrame:
    """The companies with AMFI's rank, average market value and size class; as before without it.

    Adds AMFI's list to `lists` (schema SIZES) where it says of which half-year it is.
    """
    tally = context.tally(amfi.SOURCE, AMFI_HOST)
    period_end: dt.date | None = None
    try:
        sizes, period_end = _amfi_sizes(context, amfi_file, companies["size_rank"].count())
    except SourceError as err:
        tally.missed("AMFI list", err)
        own = own_sizes(context, companies) if not companies["size_rank"].count() else None
        if own is None:
            context.tell(tally, f"size classes stay as they were: {err.message}")
            return companies
        sizes = own
    context.tell(tally, f"{sizes.height:,} companies ranked by size")
    sizes = replace_isins(sizes, one_company(sizes["isin"], companies)).unique("isin", keep="first")
    if period_end is not None:
        dated = sizes.with_columns(
            pl.lit(period_end).alias("period_end"), pl.lit(amfi.SOURCE).alias("source")
        )
        lists.append(conform("sizes", dated))
    return conform(
        "companies",
        companies.drop(_SIZES).join(sizes, on="isin", how="left", maintain_order="left"),
    )


def own_sizes(context: Context, companies: pl.DataFrame) -> pl.DataFrame | None:
    """A ranking of our own, with AMFI's lines between the classes; None without market values.

    By the mean of the values in the daily bundles of the last six months that are stored; those of
    companies listed at BSE alone by the value in its list.
    """
    days = sorted(
        dt.date.fromisoformat(key) for key in context.jobs(nse_daily.ACTIONS.queue).all_keys()
    )
    caps = nse_bundles.average_caps(context, days[-nse_bundles.HALF_YEAR :], companies)
    listed = context.session.stored(bse.list_url("Active"))
    if listed is not None:
        with suppress(LayoutError):
            alone = bse.parse_list(listed.body, "Active").filter(pl.col("mcap") > 0)
            caps = pl.concat([caps, alone.join(caps, on="isin", how="anti").select("isin", "mcap")])
    ranked = caps.join(companies.select("isin"), on="isin", how="semi").sort(
        "mcap", "isin", descending=[True, False]
    )
    if ranked.height < _LEAST_RANKED:
        return None
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
    return ranked.select(
        "isin", rank.alias("size_rank"), pl.col("mcap").alias("size_mcap")
    ).with_columns(amfi.size_class(pl.col("size_rank")).alias("size_class"))


def with_pages(companies: pl.DataFrame, pages: dict[str, CompanyPage]) -> pl.DataFrame:
    """The companies with what their pages say: codes, sectors, indices, statement layout."""
    if not pages:
        return companies
    said = pl.DataFrame([_said(isin, page) for isin, page in pages.items()], schema=_SAID_SCHEMA)
    return conform("companies", companies.update(said, on="isin", how="left"))


_SAID_SCHEMA: Final[dict[str, Any]] = {
    "isin": pl.String,
    "bse_code": pl.String,
    "macro_sector": pl.String,
    "sector": pl.String,
    "industry": pl.String,
    "basic_industry": pl.String,
    "template": pl.String,
    "is_financial": pl.Boolean,
    "indices": pl.List(pl.String),
}


def _said(isin: str, page: CompanyPage) -> dict[str, object]:
    """A row of what a page says; null leaves what is known as it is."""
    return {
        "isin": isin,
        "bse_code": page.bse_code or None,
        **{column: page.sectors.get(column) for column in list(_SAID_SCHEMA)[2:6]},
        "template": template_of(page),
        "is_financial": is_financial(page),
        "indices": list(page.indices) or None,
    }


def _refuse_short_list(listed: pl.DataFrame, before: pl.DataFrame) -> None:
    active = before.filter(
        pl.col("status") == "active", pl.col("is_sme").not_(), pl.col("source") == nse.SOURCE
    ).height
    if listed.height < _LEAST_SHARE * active:
        raise LayoutError(
            f"EQUITY_L.csv lists {listed.height:,} companies, {active:,} were listed before.",
            "It looks cut off; the earlier list stays in use.",
        )


def _with_earlier(
    listed: pl.DataFrame, before: pl.DataFrame, *, is_sme: bool = False
) -> pl.DataFrame:
    """Today's list with what was known of each company, then those no longer listed."""
    fresh = listed.with_columns(
        pl.lit(is_sme).alias("is_sme"),
        pl.lit("active").alias("status"),
        pl.lit(nse.SOURCE).alias("source"),
    )
    kept = before.drop(*_LISTED, "is_sme", "status", "source")
    gone = before.join(listed, on="isin", how="anti").with_columns(
        # Of the other board, and of those listed at BSE alone, nothing is said here.
        pl.when(pl.col("is_sme") == is_sme, pl.col("source") == nse.SOURCE)
        .then(pl.lit("delisted"))
        .otherwise("status")
        .alias("status")
    )
    today = fresh.join(kept, on="isin", how="left", maintain_order="left")
    return pl.concat([conform("companies", today), conform("companies", gone)])


def _amfi_sizes(
    context: Context, amfi_file: Path | None, known: int
) -> tuple[pl.DataFrame, dt.date | None]:
    """The newest half-year's list, from the user's file or from AMFI, and the half-year's end.

    known: companies with a size so far; a list from AMFI of far fewer is not believed.
    """
    tally = context.tally(amfi.SOURCE, AMFI_HOST)
    if amfi_file is not None:
        try:
            body = amfi_file.read_bytes()
        except OSError as err:
            raise SourceError(f"{amfi_file} cannot be read: {err.strerror}") from err
        sizes = amfi.parse_list(body, str(amfi_file))
        tally.fetched += 1
        return sizes, amfi.period_end(body, str(amfi_file))
    for url in amfi.list_urls(context.today):
        try:
            document = context.session.get(url, Kind.ZIP, immutable=True)
        except NotThere:
            tally.absent += 1
            continue
        sizes = amfi.parse_list(document.body, url)
        if sizes.height < _LEAST_SHARE * known:
            raise LayoutError(
                f"AMFI ranks {sizes.height:,} companies where {known:,} had a size before.",
                "It looks cut off; size classes stay as they were.",
            )
        context.session.keep(document)
        tally.took(document.fresh)
        return sizes, amfi.period_end(document.body, url)
    raise SourceError(
        "AMFI has published no list for the last two half-years where it used to.",
        "Download the list of average market capitalisation from amfiindia.com and pass the file.",
    )
