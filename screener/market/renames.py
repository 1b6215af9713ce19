"""Symbols that companies had before, as the table of events tells them."""

from __future__ import annotations

from typing import Final

import polars as pl

#: Kind of the event; its text is the symbol that was given up that day.
SYMBOL_CHANGE: Final = "symbol_change"


def old_symbols(events: pl.DataFrame) -> dict[str, str]:
    """Each symbol that was given up, without case → the ISIN of the company that had it last.

    events: schema EVENTS. A symbol given up may be another company's by now, so those in use count
    first.
    """
    given_up = events.filter(pl.col("kind") == SYMBOL_CHANGE).drop_nulls("text").sort("date")
    return {text.casefold(): isin for text, isin in given_up.select("text", "isin").iter_rows()}
