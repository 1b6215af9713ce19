"""Whether a page is about the company it was asked for, and which ISINs are one company's.

A site may answer a symbol with another company whose name begins alike. Three things tell: the
exchange codes the page links to, the price it prints against the exchange's close, and its name.
A name that differs is no proof by itself, for companies are renamed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from scrapers.screener_in import CompanyPage
from screener.errors import RefusedError

WIDE_BAND: Final = 1.5  # outside it the price is another company's, whatever the name
SAME_DAY_BAND: Final = 1.08  # prices of the same day that disagree by more are not one share's
DAILY_DRIFT: Final = 0.02
SAME_DAYS: Final = 3
STALE_CLOSE_DAYS: Final = 20

_COMMON_WORDS: Final = frozenset(
    {"ltd", "limited", "the", "company", "co", "corporation", "corp", "and", "india", "of"}
)
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_ISSUER: Final = 9  # characters of an ISIN that name issuer and kind of security


class OtherCompany(RefusedError):
    """The page is about another company than the one it was asked for."""


@dataclass(frozen=True)
class Close:
    """A closing price and its day."""

    date: dt.date
    price: float


class Register:
    """The companies known, to tell whom a page's codes and name belong to."""

    def __init__(self, companies: pl.DataFrame, former: Mapping[str, str] | None = None) -> None:
        """former: symbols companies had before, without case → ISIN."""
        self._former = dict(former or {})
        rows = companies.select("isin", "symbol", "bse_code", "name").iter_rows()
        self._by_symbol: dict[str, str] = {}
        self._by_code: dict[str, str] = {}
        self._by_name: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        for isin, symbol, code, name in rows:
            self._by_symbol[symbol] = isin
            if code:
                self._by_code[code] = isin
            self._by_name.setdefault(_key(name or ""), set()).add(isin)
            self._names[isin] = name or symbol

    def named(self, name: str) -> frozenset[str]:
        """The ISINs of companies of that name, whatever legal form is written after it."""
        return frozenset(self._by_name.get(_key(name), ()))

    def coded(self, code: str) -> str | None:
        """The ISIN of an NSE symbol, a BSE code or an ISIN, or of a symbol given up."""
        upper = code.strip().upper()
        if upper in self._names:
            return upper
        found = self._by_symbol.get(upper, self._by_code.get(upper))
        renamed = self._former.get(upper.casefold())
        return found or (renamed if renamed in self._names else None)

    def title(self, isin: str) -> str:
        """The company's name as listed."""
        return self._names[isin]

    def refuse_other_company(
        self, page: CompanyPage, isin: str, closes: Sequence[Close], seen: dt.date
    ) -> None:
        """Raise OtherCompany when the page contradicts being that company's."""
        against = self._wrong_code(page, isin) or self._wrong_price(page, isin, closes, seen)
        if against:
            raise OtherCompany(
                f"{page.url} shows {page.name or 'another company'} ({against}), "
                f"not {self._names.get(isin, isin)}.",
                "Nothing of it was stored; it is tried again in a later run.",
            )

    def _wrong_code(self, page: CompanyPage, isin: str) -> str:
        for kind, code, known in (
            ("NSE symbol", page.nse_symbol, self._by_symbol),
            ("BSE code", page.bse_code, self._by_code),
        ):
            owner = known.get(code)
            if owner is not None and owner != isin:
                return f"{kind} {code} is {self._names[owner]}"
        return ""

    def _wrong_price(
        self, page: CompanyPage, isin: str, closes: Sequence[Close], seen: dt.date
    ) -> str:
        """What is wrong with its price.

        A name that agrees widens what is let pass. Under the name of another listed company only
        a price that was compared with a close of about the same day is let pass.
        """
        own = self._names.get(isin, "")
        agrees = _key(page.name) == _key(own)
        others = self._by_name.get(_key(page.name), set()) - {isin}
        taken = "" if agrees or not others else f"its name is that of {self._names[min(others)]}"
        price, date = page.top.get("price_printed"), page.price_date(seen)
        close = min(closes, key=lambda c: abs((c.date - date).days), default=None)
        days = abs((close.date - date).days) if close else STALE_CLOSE_DAYS + 1
        if price is None or close is None or days > (SAME_DAYS if taken else STALE_CLOSE_DAYS):
            return taken
        band = WIDE_BAND if agrees else min(SAME_DAY_BAND + DAILY_DRIFT * days, WIDE_BAND)
        if 1 / band <= price / close.price <= band:
            return ""
        return f"its price {price:,.2f} is not the close {close.price:,.2f} of {close.date}"


def one_company(isins: Iterable[str], listed: pl.DataFrame) -> dict[str, str]:
    """Earlier ISINs → the listed ISIN of the same shares.

    A split or a new face value gives shares a new ISIN that differs in its last digits. ISINs
    without a listed successor, or with two, are left out.
    """
    current = set(listed["isin"])
    by_issuer: dict[str, list[str]] = {}
    for isin in current:
        by_issuer.setdefault(isin[:_ISSUER], []).append(isin)
    found: dict[str, str] = {}
    for isin in set(isins) - current:
        heirs = by_issuer.get(isin[:_ISSUER], [])
        if len(heirs) == 1:
            found[isin] = heirs[0]
    return found


def replace_isins(frame: pl.DataFrame, heirs: Mapping[str, str]) -> pl.DataFrame:
    """The frame with earlier ISINs replaced by their successors."""
    return frame.with_columns(pl.col("isin").replace(dict(heirs))) if heirs else frame


def _key(name: str) -> str:
    """A company's name without what varies from list to list."""
    words = _NOT_WORD.sub(" ", name.casefold().replace("&", " and ")).split()
    return " ".join(word for word in words if word not in _COMMON_WORDS)
