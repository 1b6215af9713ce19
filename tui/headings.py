"""Shorten a field's name to fit over a column of numbers. A field's own short name comes first."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

#: What pickers write for the long names, tried in order.
_SHORTER: Final = tuple(
    (re.compile(rf"\b{pattern}\b", re.IGNORECASE), short)
    for pattern, short in (
        ("average return on capital employed", "avg ROCE"),
        ("average return on equity", "avg ROE"),
        ("return on capital employed", "ROCE"),
        ("return on equity", "ROE"),
        ("return on assets", "ROA"),
        ("market capitali[sz]ation", "market cap"),
        ("price to earning", "P/E"),
        ("price to book value", "P/B"),
        ("price to sales", "P/S"),
        ("price to free cash flow", "P/FCF"),
        ("interest coverage ratio", "interest cover"),
        ("profit before tax", "PBT"),
        ("cash from operations", "CFO"),
        ("cash from investing", "CFI"),
        ("cash from financing", "CFF"),
        ("free cash flow", "FCF"),
        ("extraordinary items", "extraord."),
        ("contingent liabilities", "conting. liab."),
        ("preceding year quarter", "1y-ago qtr"),
        ("preceding quarter", "prev qtr"),
        ("latest quarter", "last qtr"),
        (r"preceding 12 ?months", "prev 12m"),
        ("preceding year", "prev year"),
        (r"(\d+) ?quarters? back", r"\1q ago"),
        (r"(\d+) ?years? back", r"\1y ago"),
        (r"(\d+) ?years?", r"\1y"),
        (r"(\d+) ?days?", r"\1d"),
        (r"(\d+) ?quarters?", r"\1q"),
        (r"(\d+) ?months?", r"\1m"),
        ("operating profit", "op. profit"),
        ("depreciation", "deprec."),
        ("working capital", "work. cap."),
        ("current liabilities", "curr. liab."),
        ("shareholders", "holders"),
        ("promoter holding", "promoters"),
        ("unpledged promoters", "unpledged"),
        ("government holding", "government"),
        ("percentile", "pctl"),
        ("percentage", "share"),
        ("average", "avg"),
        ("number of", "no. of"),
        ("quarterly", "qtr"),
    )
)


@cache
def short(name: str, limit: int) -> str:
    """The name as it is where it fits `limit`, else with the usual short words."""
    if len(name) <= limit:
        return name
    text = name
    for pattern, shorter in _SHORTER:
        text = pattern.sub(shorter, text)
    return text[:1].upper() + text[1:]
