"""What one share has become by splits, bonuses and rights, for any company and day."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from screener.market.bars import Floats, Ints

_DAY_BITS = 20


class ShareGrowth:
    """Products of the factors of a company's share changes up to a day."""

    def __init__(self, actions: pl.DataFrame, companies: pl.Series, kinds: Collection[str]) -> None:
        codes = {isin: code for code, isin in enumerate(companies)}
        steps = (
            actions.filter(pl.col("kind").is_in(list(kinds)) & (pl.col("factor") > 0))
            .with_columns(pl.col("isin").replace_strict(codes, default=None, return_dtype=pl.Int64))
            .drop_nulls("isin")
            .sort("isin", "ex_date", "factor")
            .with_columns(pl.col("factor").cum_prod().over("isin").alias("grown"))
        )
        self._company: Ints = steps["isin"].to_numpy()
        day = steps["ex_date"].to_physical().to_numpy().astype(np.int64)
        self._keys: Ints = (self._company << _DAY_BITS) | day
        self._grown: Floats = steps["grown"].to_numpy()

    @property
    def is_flat(self) -> bool:
        """Whether no company's shares ever changed."""
        return not len(self._keys)

    def by(self, company: Ints, day: Ints) -> Floats:
        """The growth up to and with that day, 1 where there was none."""
        if self.is_flat:
            return np.ones(len(company))
        at = np.searchsorted(self._keys, (company << _DAY_BITS) | day, side="right") - 1
        before = np.maximum(at, 0)
        return np.where((at >= 0) & (self._company[before] == company), self._grown[before], 1.0)

    def ever(self, company: Ints) -> Floats:
        """The growth by every change on record."""
        return self.by(company, np.full(len(company), (1 << _DAY_BITS) - 1))
