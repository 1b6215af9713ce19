"""Spoilt screens: whatever is done to a text, reading it ends, and only a LanguageError is raised.

Run longer with: python -m tests.language.fuzz 200000
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from random import Random

from screener.errors import LanguageError
from screener.language import Lexicon, compile_screen, format, parse

#: Screens in the manner of those that people publish.
SEEDS: Sequence[str] = (
    "Market Capitalization > 500 AND\nPromoter holding > 50 AND Debt to equity < 0.5",
    "Price to Earning < 15 AND (Sales growth 3Years > 10 OR Debt free) AND Is not SME",
    "Current price > 0.9 * High price AND Volume > 2 * Volume 1week average",
    "((High price - Current price) / High price) * 100 < 10 AND DMA 200 < Current price",
    "Down from 52w high < 10% AND\n\nMarket cap > 1,00,000 && Piotroski score >= 7",
    'Sector = "Chemicals" AND Industry in ("Dyes", "Acids") AND In index "Nifty 50"',
    "every(Sales > 0, 10y) AND count(Sales latest quarter > 5, 8q) >= 6 AND ROCE[FY-3] > 10",
    "pct(PE, industry) < 30 AND premium(PE) < 0 AND own(PE, 5y) <= 40 or unknown",
    "10 < ROCE <= 40 AND PE between 5 and 20 AND NOT unknown(PE) as of 2025-03-31",
    "cagr(Sales, 5y) > 12 # steady\n-- and cheap\nAND Market cap < 5 lakh cr",
)
_PIECES = [
    *"()[]<>=!+-*/%,.&|#\"'“”‘’₹\\;:{}$^~`?@ \n\t\r\x00\x1b\ufeff\u200f\u202e\u2066\u0301",
    *"éK५½²ﬁİßſ日\ud800", "🙂", " AND ", " OR ", " NOT ", " in ", " between ", " as of ",
    " or unknown", "known(", "every(", "1e5", "0", "9" * 30, ".5", "1,00,000", "1,0", "2025-13-40",
    "9999-12-31", "3Years", "[FY-3]", "[Q", "y)", ", 5y", ", industry", "lakh", "cr", "x", "&gt;",
    "--", "''", '""', "Debt", "PE", "Is SME",
]  # fmt: skip


def spoil(text: str, seeds: Sequence[str], r: Random) -> str:
    """The text after a few mishaps."""
    for _ in range(r.choice((1, 1, 2, 3, 6))):
        at, end = sorted(r.randrange(len(text) + 1) for _ in range(2))
        end = min(end, at + 12)
        match r.randrange(8):
            case 0:
                text = text[:at] + text[end:]
            case 1 | 2 | 3:
                text = text[:at] + r.choice(_PIECES) + text[at:]
            case 4:
                text = text[:at] + r.choice(_PIECES) + text[end:]
            case 5:
                text = text[:at] + text[at:end] * r.randint(2, 4) + text[end:]
            case 6:
                other = r.choice(seeds)
                text = text[:at] + other[r.randrange(len(other) + 1) :]
            case _:
                text = text[:at] + text[at:end][::-1] + text[end:]
    return text


def outcome(text: str, lexicon: Lexicon) -> str:
    """How a text ends: `run`, or the code of its first fault. Anything else is raised."""
    try:
        program = compile_screen(text, lexicon, watchlists={"core": ["A"]})
    except LanguageError as error:
        diagnoses = error.diagnoses
    else:
        assert parse(format(program.tree), lexicon) == program.tree, text
        return "run"
    assert diagnoses, text
    for d in diagnoses:
        assert 0 <= d.start < max(d.end, 1), text
        assert "\x1b" not in str(d), text
        assert d.message, text
        assert d.hint, (d, text)
    return diagnoses[0].code


def main(count: int, seed: int) -> None:
    """Spoil and read that many texts of the catalogue's language; print what came of them."""
    from screener.fields.catalogue import lexicon

    r, found = Random(seed), dict[str, int]()
    started = time.perf_counter()
    slowest = (0.0, "")
    for _ in range(count):
        text = spoil(r.choice(SEEDS), SEEDS, r)
        begun = time.process_time()
        try:
            ended = outcome(text, lexicon())
        except BaseException:
            print(f"seed {seed}: {text!r}", file=sys.stderr)
            raise
        slowest = max(slowest, (time.process_time() - begun, text))
        found[ended] = found.get(ended, 0) + 1
    took = time.perf_counter() - started
    print(f"{count} texts in {took:.0f} s, the slowest {slowest[0] * 1000:.0f} ms of the processor")
    for code, number in sorted(found.items(), key=lambda item: -item[1]):
        print(f"{number:8} {code}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20000, int(sys.argv[2]) if sys.argv[2:] else 1)
