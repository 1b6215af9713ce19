"""Symbols as text, in the forms that brokers', charting and screening sites take."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tui.format import plain


class Listed(NamedTuple):
    """A company to copy. A symbol of digits only is a BSE code: the company has no NSE symbol."""

    isin: str
    symbol: str
    bse_code: str
    name: str


@dataclass(frozen=True)
class Form:
    """A way to write a list of symbols, and who takes it."""

    id: str
    title: str
    about: str
    write: Callable[[Sequence[Listed]], str]


def exchange_of(company: Listed) -> str:
    """Where its symbol is listed: NSE, or BSE for a symbol that is a BSE code."""
    return "BSE" if not company.symbol or company.symbol.isdigit() else "NSE"


def _ticker(company: Listed) -> str:
    return plain(company.symbol or company.bse_code)


def _commas(companies: Sequence[Listed]) -> str:
    return ", ".join(_ticker(c) for c in companies)


def _lines(companies: Sequence[Listed]) -> str:
    return "\n".join(_ticker(c) for c in companies)


def _with_exchange(companies: Sequence[Listed]) -> str:
    return "\n".join(f"{exchange_of(c)}:{_charted(_ticker(c))}" for c in companies)


def _charted(symbol: str) -> str:
    """A symbol as charting sites write it: no other signs than letters, digits and underscores."""
    return symbol.replace("&", "_").replace("-", "_")


def _suffixed(companies: Sequence[Listed]) -> str:
    return "\n".join(f"{_ticker(c)}.{'BO' if exchange_of(c) == 'BSE' else 'NS'}" for c in companies)


def _isins(companies: Sequence[Listed]) -> str:
    return "\n".join(plain(c.isin) for c in companies)


def _csv(companies: Sequence[Listed]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Exchange", "Symbol", "ISIN", "Name"))
    for c in companies:
        writer.writerow(_safe(text) for text in (exchange_of(c), _ticker(c), c.isin, c.name))
    return out.getvalue()


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    shown = plain(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


FORMS: Final = (
    Form("commas", "Commas", "TCS, INFY: for a search box or a note", _commas),
    Form("lines", "Lines", "a symbol a line: most watchlists that take text", _lines),
    Form("exchange", "NSE:SYMBOL", "a line each: TradingView's import of lists", _with_exchange),
    Form("csv", "CSV", "exchange, symbol, ISIN, name: brokers' import of files", _csv),
    Form("suffix", "SYMBOL.NS", "a line each: Yahoo's portfolios", _suffixed),
    Form("isin", "ISIN", "a line each: sites that look up by ISIN", _isins),
)


def form_of(id: str) -> Form:
    """The form of that id, else the first."""
    return next((form for form in FORMS if form.id == id), FORMS[0])
