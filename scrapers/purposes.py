"""What the purpose text of a corporate action does to a share.

The exchange writes the same thing in many ways, at length on its site and cut to 25 characters in
its daily file: `Face Value Split (Sub-Division) - From Rs 10/- Per Share To Rs 2/- Per Share` and
`FVSPLT FRM RS 10 TO RS 2`. A ratio that cannot be read is reported, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 300  # characters; what is longer is no purpose
_AMOUNT: Final = r"([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(?![0-9])"
_RATIO: Final = r"([0-9]{1,6})\s*:\s*([0-9]{1,6})(?![0-9])"
_RUPEES: Final = r"(?:R[SE]\b|R[SE](?=[ 0-9]))?\s*"
_PER_SHARE: Final = r"(?:\s*/-)?(?:\s*PE?R\s*SH(?:ARE)?)?\s*"
_RUPEE_DOT: Final = re.compile(r"\bR([SE])\s*\.\s*")
_SPLIT: Final = re.compile(
    r"(?:SPLI?T\b|SUB\s?-?\s?DIVISION|CONSOL[A-Z]*)[^0-9]*?"
    rf"{_RUPEES}{_AMOUNT}{_PER_SHARE}TO\s*{_RUPEES}{_AMOUNT}"
)
_BONUS: Final = re.compile(rf"\bBON(?:US)?\s*(?:ISSUE|SHARES?|EQUITY)?\s*-?\s*{_RATIO}")
_RIGHTS: Final = re.compile(rf"\bR(?:I?G)?HTS?\s*-?\s*{_RATIO}(.*)")
_PREMIUM: Final = re.compile(rf"@?\s*\bPRE?M(?:IUM)?\b\s*@?\s*{_RUPEES}{_AMOUNT}")
_AT_PAR: Final = re.compile(r"@?\s*\bPAR\b")
_SHARES_CHANGE: Final = re.compile(r"\bBON(?:US)?\b|SPLI?T\b|SUB\s?-?\s?DIVISION|CONSOL")
#: A bonus of something else than ordinary shares leaves their number as it is.
_OTHER_SECURITY: Final = re.compile(r"RPS\b|RPS[0-9]|\bPREF|\bDEB|\bNCD|\bDVR")
_DIVIDEND: Final = re.compile(r"DIV(?!ISION)|DV(?!R)")
_AFTER_DIVIDEND: Final = re.compile(r"(?:\bBON|\bFV|SPLI?T\b).*")
_DISTRIBUTION: Final = re.compile(r"DISTRIBUT|PER UNIT")
_YEARS: Final = re.compile(r"(?<!RS )(?<!RE )\b(?:19|20)[0-9]{2}(?:\s*-\s*[0-9]{2,4})?\b")
_PLAIN_AMOUNT: Final = re.compile(rf"(?<![0-9.]){_AMOUNT}(?![0-9]*\s*[%:])")


@dataclass(frozen=True)
class Part:
    """One thing a purpose says. `factor`: shares after / before. `amount`: ₹ a share.

    Of rights: `new` shares are offered for `held` ones at the face value and `premium` (₹; None
    where it is not stated). Their factor depends on the price before, see `rights_factor`.
    """

    kind: str  # of the ACTIONS table
    factor: float | None = None
    amount: float | None = None
    new: int = 0
    held: int = 0
    premium: float | None = None


def parse_purpose(text: str) -> list[Part]:
    """The splits, bonuses, rights and dividends a purpose states; other purposes give nothing.

    Several dividends paid together are one part with their sum.
    """
    rest = _RUPEE_DOT.sub(r"R\1 ", _plain(text))
    parts: list[Part] = []
    for pattern, read in ((_RIGHTS, _rights), (_SPLIT, _split), (_BONUS, _bonus)):
        for found in pattern.finditer(rest):
            parts += read(found)
        # What was read is taken out, lest its numbers count as dividends.
        rest = pattern.sub(lambda found: "; " + found[3] if found.re is _RIGHTS else ";", rest)
    parts += _dividend(_PREMIUM.sub(";", rest))
    return parts


def is_unread(text: str) -> bool:
    """Whether a purpose changes the number of shares in a way that could not be read."""
    plain = _plain(text)
    return (
        bool(_SHARES_CHANGE.search(plain))
        and not _OTHER_SECURITY.search(plain)
        and not any(part.kind in ("split", "bonus") for part in parse_purpose(text))
    )


def rights_factor(part: Part, cum_price: float, face_value: float) -> float | None:
    """The bonus element of a rights issue: the price before over the theoretical one after.

    cum_price: the last close before the ex-date, ₹. None where the issue price is not stated; 1
    where the shares are offered at the market price or above.
    """
    if part.premium is None or cum_price <= 0 or face_value < 0:
        return None
    price = face_value + part.premium
    after = (part.held * cum_price + part.new * price) / (part.held + part.new)
    return max(cum_price / after, 1.0)


def _plain(text: str) -> str:
    return " ".join(text[:_LONGEST].upper().split())


def _split(found: re.Match[str]) -> Iterator[Part]:
    before, after = float(found[1]), float(found[2])
    if before > 0 and after > 0 and before != after:
        yield Part("split", before / after)


def _bonus(found: re.Match[str]) -> Iterator[Part]:
    new, held = int(found[1]), int(found[2])
    if new and held:
        yield Part("bonus", (new + held) / held)


def _rights(found: re.Match[str]) -> Iterator[Part]:
    new, held = int(found[1]), int(found[2])
    stated = _PREMIUM.search(found[3])
    premium = float(stated[1]) if stated else 0.0 if _AT_PAR.search(found[3]) else None
    if new and held:
        yield Part("rights", new=new, held=held, premium=premium)


def _dividend(text: str) -> Iterator[Part]:
    start = _DIVIDEND.search(text)
    if start is None or _DISTRIBUTION.search(text):
        return
    stated = _AFTER_DIVIDEND.sub("", _YEARS.sub("", text[start.end() :]))
    amounts = [float(amount) for amount in _PLAIN_AMOUNT.findall(stated)]
    if sum(amounts) > 0:
        yield Part("dividend", amount=round(sum(amounts), 6))
