"""The exchange's files in its own layout, made from recorded bars, actions and lists."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

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
_FUNDS = {"GOLDBEES": "INF204KB17I5", "SILVERBEES": "INF204KC1402"}
_ACTION_COLUMNS = (
    "SERIES,SYMBOL,SECURITY,RECORD_DT,BC_STRT_DT,BC_END_DT,EX_DT,ND_STRT_DT,ND_END_DT,PURPOSE"
)
_TOLD_AHEAD = 12  # days for which a bundle lists what is to come
_NEW_NAMES = dt.date(2025, 11, 3)


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

    def all_bars(self) -> pl.DataFrame:
        """The recorded bars of all days, as `bars` gives them."""
        return self._bars.collect().join(self._isins, on="symbol", how="inner")

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

    def bundle(self, date: dt.date) -> bytes | None:
        """The bundle of a session: the recorded corporate actions of the next days.

        Until October 2025 in the older form. Each is told for two series, as the exchange does.
        """
        if date not in self.days:
            return None
        last = date + dt.timedelta(days=_TOLD_AHEAD)
        old = date < _NEW_NAMES
        printed = "%d/%m/%Y" if old else "%Y-%m-%d"
        lines = [_ACTION_COLUMNS]
        for action in self._actions:
            if date <= action["ex_date"] <= last:
                day, purpose = f"{action['ex_date']:{printed}}", action["subject"].upper()
                for series in (action["series"], "BL"):
                    start = f"{series},{action['symbol']},{action['symbol']},{day},,"
                    lines.append(f"{start},{day},,,{purpose}")
        stamp = f"Bc{date:%d%m%y}" if old else f"bc{date:%d%m%Y}"
        return _zipped({f"{stamp}.csv": "\n".join(lines), "readme.txt": ""})

    def levels(self, date: dt.date) -> bytes | None:
        """The index levels of a day as recorded."""
        file = self._folder / "indices" / "ind_close_all" / f"{date}.csv"
        return file.read_bytes() if file.is_file() else None

    def members(self, name: str) -> bytes | None:
        """A recorded list of an index's members."""
        file = self._folder / "indices" / "constituents_2025-09" / name
        return file.read_bytes() if file.is_file() else None

    @cached_property
    def _actions(self) -> list[dict[str, Any]]:
        """The recorded corporate actions, each with its ex-date as a date."""
        files = sorted((self._folder / "exchange" / "nse_corporate_actions").glob("*.json"))
        rows = [row for file in files for row in json.loads(file.read_text())]
        return [
            {**row, "ex_date": dt.datetime.strptime(row["exDate"], "%d-%b-%Y").date()}
            for row in rows
            if row["exDate"] != "-"
        ]

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
        funds = pl.DataFrame({"symbol": list(_FUNDS), "isin": list(_FUNDS.values())})
        return pl.concat([*lists, funds]).unique("symbol", keep="first", maintain_order=True)


def udiff_zip(frame: pl.DataFrame, date: dt.date) -> bytes:
    """A price file of those columns, the others empty, in all 34."""
    whole = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None, pl.String)).alias(name)
        for name in UDIFF_COLUMNS
    )
    return _zipped({f"BhavCopy_NSE_CM_0_0_0_{date:%Y%m%d}_F_0000.csv": whole.write_csv()})


def _zipped(members: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
