"""A company's peers as plain text and JSON: the group, its members, its middle, how sure it is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.fields.base import Reason
from screener.market.store import Market
from screener.peer_report import Comparison, PeerReport
from tui.explain import table_text
from tui.format import plain, quantity

SHOWN: Final = 30
_MARK: Final = "› "
_NAME_WIDTH: Final = 28


def peers_text(report: PeerReport, market: Market, *, limit: int = SHOWN) -> str:
    """The comparisons, then the members: all, or the `limit` nearest in size."""
    lines = [f"{plain(report.name)} ({plain(report.symbol)})", f"Kasauti · {market.label}", ""]
    if not report.level:
        return "\n".join([*lines, report.none_because])
    lines += [f"Peers by P/E: {_group(report.level, report.group, report.count)}", ""]
    lines += [*_comparison_lines(report), ""]
    shown = nearest_in_size(report.members, limit)
    lines.append(_members_caption(shown.height, report.members.height))
    known = [column.name for column in shown if column.null_count() < shown.height]
    return "\n".join([*lines, table_text(_marked(shown.select(known)).drop("self"))])


def nearest_in_size(members: pl.DataFrame, limit: int) -> pl.DataFrame:
    """The company and those nearest to its market cap, at most `limit` in all, in their order."""
    if members.height <= limit:
        return members
    own = members.filter(pl.col("self"))["market_cap"].item()
    distance = (pl.col("market_cap").log() - pl.lit(own, pl.Float64).log()).abs()
    order = members.select(
        pl.when(pl.col("self")).then(-1.0).otherwise(distance).rank("ordinal").alias("rank")
    )["rank"]
    return members.filter((order <= limit).fill_null(False))


def _members_caption(shown: int, every: int) -> str:
    text = "Cheapest by earnings first, loss makers last; the company itself is marked ›"
    more = f", and {every - shown:,} more further from its size" if every > shown else ""
    return f"{text}{more}."


def _marked(members: pl.DataFrame) -> pl.DataFrame:
    mark = pl.when(pl.col("self")).then(pl.lit(_MARK)).otherwise(pl.lit("  "))
    return members.with_columns(pl.concat_str(mark, pl.col("symbol")).alias("symbol"))


def _comparison_lines(report: PeerReport) -> Iterator[str]:
    yield f"{'':<{_NAME_WIDTH}}{'own':>10}{'median':>10}{'± error':>10}{'premium':>10}  group"
    for one in report.comparisons:
        if one.reason is Reason.FINANCIAL:
            continue
        group = "the same" if _same_group(one, report) else _group(one.level, one.group, one.count)
        yield (
            f"{one.name[:_NAME_WIDTH]:<{_NAME_WIDTH}}{quantity(one.value, one.unit):>10}"
            f"{quantity(one.median, one.unit):>10}{quantity(one.error, 'pct'):>10}"
            f"{quantity(one.premium, 'pct'):>10}  {group}"
        )
        if one.reason:
            yield f"    {one.reason.sentence}"
        if one.within_error:
            yield "    the premium lies within the error of the median"
    yield "A multiple's median is that of its yield, turned round, so that losses count as dear."
    yield "The error is the standard error in percent of it. The company counts in the median."


def _same_group(one: Comparison, report: PeerReport) -> bool:
    return (one.level, one.group, one.count) == (report.level, report.group, report.count)


def _group(level: str, name: str, count: int) -> str:
    if not level:
        return "none with eight others"
    what = plain(name) if level in ("market", "size segment") else f"{level} {plain(name)}"
    return f"{what}, {count:,} others"


def peers_json(report: PeerReport) -> str:
    """The same as JSON with every member."""
    shallow = {f.name: getattr(report, f.name) for f in dataclasses.fields(report)}
    document = shallow | {
        "comparisons": [
            dataclasses.asdict(one) | {"within_error": one.within_error}
            for one in report.comparisons
        ],
        "members": report.members.to_dicts(),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=str)
