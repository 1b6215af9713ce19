"""Invented company names, symbols and identifiers that belong to nobody.

Names are made of syllables. Symbols end in X, BSE codes begin with 9 and ISINs with XX (a country
code no country has), so none of them can be taken for a listed company's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import numpy as np

_FIRST: Final = (
    "ve",
    "ru",
    "dha",
    "ki",
    "lo",
    "zi",
    "tra",
    "pu",
    "no",
    "sha",
    "bi",
    "go",
    "te",
    "yu",
    "ja",
    "vi",
    "ko",
    "mo",
    "du",
    "phe",
    "wo",
    "qua",
    "hri",
    "kle",
    "sto",
    "gra",
    "bru",
    "vri",
    "xi",
    "ni",
)
_MIDDLE: Final = (
    "ra",
    "lu",
    "ndo",
    "mi",
    "ska",
    "tho",
    "ve",
    "rgi",
    "na",
    "pli",
    "zu",
    "mba",
    "lke",
    "sto",
    "di",
    "rho",
    "ya",
    "nti",
    "gu",
    "vra",
    "le",
    "shi",
    "bo",
    "kwe",
    "fa",
)
_LAST: Final = (
    "nix",
    "ora",
    "venta",
    "undi",
    "avo",
    "oki",
    "ylla",
    "mex",
    "thra",
    "zen",
    "quin",
    "dosh",
    "lkar",
    "mora",
    "vishta",
    "rindo",
    "pexa",
    "gatti",
    "zora",
    "lune",
    "drish",
    "kova",
    "ptur",
    "wada",
    "jyota",
    "brix",
    "sane",
    "tula",
    "phos",
    "gandi",
)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WITH_AMPERSAND: Final = 7  # the row whose symbol contains &
_WITH_HYPHEN: Final = 11


def roots(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct invented words, one a company."""
    found: dict[str, None] = {}
    while len(found) < count:
        size = 2 * (count - len(found)) + 8
        draws = (rng.choice(parts, size) for parts in (_FIRST, _MIDDLE, _LAST))
        shorter = rng.random(size) < 0.25
        for first, middle, last, short in zip(*draws, shorter, strict=True):
            found.setdefault((f"{first}{last}" if short else f"{first}{middle}{last}").title())
    return list(found)[:count]


def names(words: Sequence[str], trades: Iterable[str]) -> list[str]:
    """Company names: the invented word, then what the company does."""
    return [f"{word} {trade} Ltd" for word, trade in zip(words, trades, strict=True)]


def symbols(words: Sequence[str]) -> list[str]:
    """Distinct symbols of 4 to 9 characters that end in X; one holds a &, one a hyphen."""
    taken: set[str] = set()
    out = []
    for row, word in enumerate(words):
        letters = word.upper()
        if row == _WITH_AMPERSAND:
            letters = f"{letters[0]}&{letters[1:4]}"
        elif row == _WITH_HYPHEN:
            letters = f"{letters[:4]}-{letters[4:6]}"
        out.append(_untaken(letters, taken))
    return out


def _untaken(letters: str, taken: set[str]) -> str:
    """The shortest symbol from these letters that nobody has yet; it is taken from now on."""
    prefixes = (letters[:size] for size in range(min(6, len(letters)), 9))
    endings = (f"{letters[:6]}{a}{b}" for a in _LETTERS for b in _LETTERS)
    symbol = next(s for c in chain(prefixes, endings) if (s := f"{c}X") not in taken)
    taken.add(symbol)
    return symbol


def isins(count: int) -> list[str]:
    """`count` distinct ISINs of the form XXDEMOnnnnn with a valid check digit."""
    return [with_check_digit(f"XXDEMO{number:05d}") for number in range(count)]


def with_check_digit(body: str) -> str:
    """The eleven characters followed by their ISO 6166 check digit."""
    digits = [int(d) for c in body for d in str(int(c, 36))]
    doubled = (sum(divmod(2 * d, 10)) for d in digits[::-2])
    return f"{body}{-(sum(doubled) + sum(digits[-2::-2])) % 10}"


def bse_codes(count: int) -> list[str]:
    """Six-digit codes from 900001, a range the exchange does not give out."""
    return [str(900001 + number) for number in range(count)]
