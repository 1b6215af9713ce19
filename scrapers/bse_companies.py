"""The companies of both exchanges: those of BSE beside, or joined to, those of NSE."""

from __future__ import annotations

from typing import Final

import polars as pl

from scrapers import bse
from scrapers.identity import one_company
from screener.market.schema import conform

_LEAST_SHARE: Final = 0.8  # a list that has lost more than a fifth of its rows is not believed


def looks_cut(listed: pl.DataFrame, companies: pl.DataFrame) -> bool:
    """Whether a list of active shares holds far fewer than were known with a BSE code."""
    known = companies.filter(pl.col("bse_code").is_not_null(), pl.col("status") == "active")
    return listed.height < _LEAST_SHARE * known.height


def with_bse(
    companies: pl.DataFrame, active: pl.DataFrame, suspended: pl.DataFrame | None
) -> pl.DataFrame:
    """The companies with BSE's codes, and with those listed there alone (schema COMPANIES).

    A company of both exchanges stays as NSE lists it. One that left NSE and still trades at BSE
    goes on under its BSE code. One that BSE alone listed and lists no more is delisted, or
    suspended, and kept; without the list of those suspended nobody is said to be gone.
    """
    on_nse = companies.filter(pl.col("source") != bse.SOURCE, pl.col("status") == "active")
    isins = one_company(active["isin"], on_nse) | {isin: isin for isin in on_nse["isin"]}
    # An earlier ISIN of a company counts as the one it has now, unless that one is listed too.
    active = (
        active.with_columns(pl.col("isin").replace(isins).alias("_now"))
        .sort(pl.col("isin") != pl.col("_now"), maintain_order=True)
        .unique("_now", keep="first", maintain_order=True)
        .with_columns(pl.col("_now").alias("isin"))
        .drop("_now")
    )
    both = active.filter(pl.col("isin").is_in(on_nse["isin"].implode()))
    alone = active.join(both, on="isin", how="anti").with_columns(
        pl.col("bse_code").alias("symbol"),
        pl.lit("active").alias("status"),
        pl.lit(bse.SOURCE).alias("source"),
    )
    said = ["bse_code", "basic_industry"]
    joined = _filled(companies, both.select("isin", *said))
    rest = joined.join(alone, on="isin", how="anti", maintain_order="left")
    known = joined.join(alone, on="isin", how="semi", maintain_order="left")
    listed = ["symbol", "name", "series", "face_value", "is_sme", "status", "source", *said]
    kept = known.drop(*(set(listed) - {"basic_industry"})).rename({"basic_industry": "_industry"})
    fresh = (
        alone.select("isin", *listed)
        .join(kept, on="isin", how="left", maintain_order="left")
        .with_columns(pl.coalesce("basic_industry", "_industry").alias("basic_industry"))
        .sort("bse_code")
    )
    return pl.concat(
        [
            conform("companies", rest.with_columns(_status(suspended).alias("status"))),
            conform("companies", fresh),
        ]
    )


def _status(suspended: pl.DataFrame | None) -> pl.Expr:
    """The status of those that are not among BSE's active shares."""
    if suspended is None:
        return pl.col("status")
    gone = pl.col("source") == bse.SOURCE
    return (
        pl.when(gone & pl.col("isin").is_in(suspended["isin"].implode()))
        .then(pl.lit("suspended"))
        .when(gone)
        .then(pl.lit("delisted"))
        .otherwise("status")
    )


def _filled(companies: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """The companies with what is said of them where nothing was known; codes are replaced."""
    news = said.rename({"bse_code": "_code", "basic_industry": "_industry"})
    return (
        companies.join(news, on="isin", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("_code", "bse_code").alias("bse_code"),
            pl.coalesce("basic_industry", "_industry").alias("basic_industry"),
        )
        .drop("_code", "_industry")
    )
