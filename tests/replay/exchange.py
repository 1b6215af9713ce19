"""Price files in the exchange's own layout, made from recorded daily bars."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from functools import cached_property
from pathlib import Path

import polars as pl

UDIFF_COLUMNS = [
    *("TradDt", "BizDt", "Sgmt", "Src", "FinInstrmTp", "FinInstrmId", "ISIN", "TckrSymb"),
    *("SctySrs", "XpryDt", "FininstrmActlXpryDt", "StrkPric", "OptnTp", "FinInstrmNm"),
    *("OpnPric", "HghPric", "LwPric", "ClsPric", "LastPric", "PrvsClsgPric", "UndrlygPric"),
    *("SttlmPric", "OpnIntrst", "ChngInOpnIntrst", "TtlTradgVol", "TtlTrfVal"),
    *("TtlNbOfTxsExctd", "SsnId", "NewBrdLotQty", "Rmks", "Rsvd1", "Rsvd2", "Rsvd3", "Rsvd4"),
]
_FROM_BARS = {
    "open": "OpnPric",
    "high": "HghPric",
    "low": "LwPric",
    "close": "ClsPric",
    "prev_close": "PrvsClsgPric",
    "volume": "TtlTradgVol",
    "turnover": "TtlTrfVal",
    "trades": "TtlNbOfTxsExctd",
}


class Exchange:
    """The exchange's files of a recorded folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def equity_list(self) -> bytes:
        """The list of companies as recorded."""
        return (self._folder / "masters" / "EQUITY_L_2026-08.csv").read_bytes()

    @cached_property
    def days(self) -> set[dt.date]:
        """The recorded sessions."""
        return set(self._bars.select("date").unique().collect()["date"].to_list())

    def bars(self, date: dt.date) -> pl.DataFrame:
        """The recorded bars of a day with the ISIN of each symbol that has one."""
        day = self._bars.filter(pl.col("date") == date).collect()
        return day.join(self._isins, on="symbol", how="inner", maintain_order="left")

    def bhavcopy(self, date: dt.date) -> bytes | None:
        """The zipped price file of a day, None where there was no session."""
        bars = self.bars(date)
        if bars.is_empty():
            return None
        frame = bars.select(
            pl.col("date").cast(pl.String).alias("TradDt"),
            pl.lit("CM").alias("Sgmt"),
            pl.lit("NSE").alias("Src"),
            pl.lit("STK").alias("FinInstrmTp"),
            pl.col("isin").alias("ISIN"),
            pl.col("symbol").alias("TckrSymb"),
            pl.lit("EQ").alias("SctySrs"),
            *(pl.col(ours).cast(pl.String).alias(theirs) for ours, theirs in _FROM_BARS.items()),
        )
        return udiff_zip(frame, date)

    @cached_property
    def _bars(self) -> pl.LazyFrame:
        return pl.scan_parquet(
            self._folder / "prices" / "eod_nse_eq_2024-12-02_2026-07-03.parquet"
        ).sort("date")

    @cached_property
    def _isins(self) -> pl.DataFrame:
        lists = [
            pl.read_csv(self._folder / "masters" / name, infer_schema=False).select(
                pl.col("SYMBOL").alias("symbol"), pl.col(" ISIN NUMBER").alias("isin")
            )
            for name in ("EQUITY_L_2026-08.csv", "EQUITY_L_2025-10.csv")
        ]
        return pl.concat(lists).unique("symbol", keep="first")


def udiff_zip(frame: pl.DataFrame, date: dt.date) -> bytes:
    """A price file of those columns, the others empty, in all 34."""
    whole = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None, pl.String)).alias(name)
        for name in UDIFF_COLUMNS
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"BhavCopy_NSE_CM_0_0_0_{date:%Y%m%d}_F_0000.csv", whole.write_csv())
    return buffer.getvalue()
