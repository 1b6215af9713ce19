"""Turn values into the text people read: Indian grouping, decimals by unit, safe words.

Units are the names of `screener.fields.base.Unit` ("cr", "pct", …), taken as plain text so that
neither polars nor the field catalogue is imported to print a number.
"""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Callable
from typing import Final, Protocol

UNKNOWN: Final = "–"

#: What a header adds to the field's name. A ratio is a bare number and needs no sign.
UNIT_SIGNS: Final = {"cr": "₹ cr", "rs": "₹", "pct": "%", "days": "days", "cr_shares": "cr"}


class Headed(Protocol):
    """What a header is made from; `screener.fields.base.Field` is one."""

    @property
    def header(self) -> str: ...

    @property
    def unit(self) -> str: ...


def cell(value: object, unit: str) -> str:
    """`value` as a table cell shows it; a dash where it is unknown.

    ₹ crore and crore shares lose their decimals from 100 up, ₹ from 1,000 up; percent has one
    decimal, ratios two, days and counts none. Dates are ISO, flags yes or no, text is made safe.
    """
    return formatter(unit)(value)


def formatter(unit: str) -> Callable[[object], str]:
    """The function that writes values of that unit."""
    return _FORMATTERS.get(str(unit), _any)


def header(field: Headed) -> str:
    """A field's column header with its unit, e.g. “Market cap ₹ cr”."""
    name, sign = plain(field.header), UNIT_SIGNS.get(str(field.unit), "")
    return name if not sign or name.endswith(sign) else f"{name} {sign}"


def quantity(value: object, unit: str) -> str:
    """`value` with its unit, for running text: “₹ 1,234 cr”, “12.5 %”, “45 days”."""
    text, name = cell(value, unit), str(unit)
    if text == UNKNOWN:
        return text
    match name:
        case "cr":
            return f"₹ {text} cr"
        case "rs":
            return f"₹ {text}"
        case "pct":
            return f"{text} %"
        case "days":
            return f"{text} days"
        case "cr_shares":
            return f"{text} cr shares"
    return text


def grouped(number: float, decimals: int = 0) -> str:
    """A finite number with Indian grouping: 3506867 → 35,06,867. Never a negative zero."""
    if -999 < number < 999:
        text = f"{number:.{decimals}f}"
        return text[1:] if text[0] == "-" and not text.strip("-0.") else text
    text = f"{abs(number):.{decimals}f}"
    whole, dot, fraction = text.partition(".")
    if len(whole) > 3:
        head, whole = whole[:-3], whole[-3:]
        while head:
            head, whole = head[:-2], f"{head[-2:]},{whole}"
    return f"{'-' if number < 0 else ''}{whole}{dot}{fraction}"


def plain(text: object, limit: int = 0) -> str:
    """Outside text on one line, without control, direction or other invisible characters.

    Cut to `limit` characters with an ellipsis when `limit` is given.
    """
    raw = str(text)
    if not (raw.isascii() and raw.isprintable()):
        kept = (" " if c.isspace() else c for c in raw if c.isspace() or _visible(c))
        raw = " ".join("".join(kept).split())
    return raw if not limit or len(raw) <= limit else raw[: max(limit - 1, 0)] + "…"


def day(date: dt.date | None) -> str:
    """A date in words, e.g. “30 Jan 2026”."""
    return UNKNOWN if date is None else f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def period(date: dt.date | None) -> str:
    """The month a statement ends in, e.g. “Mar 25”."""
    return UNKNOWN if date is None else f"{_MONTHS[date.month - 1]} {date.year % 100:02d}"


_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def _visible(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _number(value: object) -> float | None:
    """The value as a finite number, else None."""
    if isinstance(value, (int, float)) and math.isfinite(value):
        return value
    return None


def _fixed(decimals: int) -> Callable[[object], str]:
    def write(value: object) -> str:
        number = _number(value)
        return UNKNOWN if number is None else grouped(number, decimals)

    return write


def _shorter_from(limit: float, decimals: int) -> Callable[[object], str]:
    """Decimals below `limit` and none from it up, judged after rounding."""

    def write(value: object) -> str:
        number = _number(value)
        if number is None:
            return UNKNOWN
        return grouped(number, 0 if round(abs(number), decimals) >= limit else decimals)

    return write


def _flag(value: object) -> str:
    return UNKNOWN if value is None else ("yes" if value else "no")


def _text(value: object) -> str:
    return UNKNOWN if value is None else plain(value) or UNKNOWN


def _any(value: object) -> str:
    """A value of no known unit, written by its type."""
    if isinstance(value, bool):
        return _flag(value)
    if isinstance(value, (int, float)):
        return _FORMATTERS["count" if float(value).is_integer() else "ratio"](value)
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(v) for v in value) or UNKNOWN
    return _text(value)


def _date(value: object) -> str:
    if isinstance(value, dt.datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, dt.date) else _text(value)


_FORMATTERS: Final[dict[str, Callable[[object], str]]] = {
    "cr": _shorter_from(100, 1),
    "cr_shares": _shorter_from(100, 2),
    "rs": _shorter_from(1000, 2),
    "pct": _fixed(1),
    "ratio": _fixed(2),
    "days": _fixed(0),
    "count": _fixed(0),
    "date": _date,
    "text": _text,
    "flag": _flag,
}
