"""Text into words, numbers, quoted text and signs; linear in the length, nothing is evaluated."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from screener.language.diagnosis import Report, Span, quoted

WORD: Final = "word"
NUMBER: Final = "number"
TEXT: Final = "text"
DATE: Final = "date"
SIGN: Final = "sign"
END: Final = "end"

#: Words behind a number and a hyphen: `52-week` is two words, `100-Sales` a subtraction.
_PERIOD_WORD = r"(?:w|wk|week|d|day|y|yr|year|m|mth|month|q|qtr|quarter|dma|ema)s?\b"
_PATTERN: Final = re.compile(
    r"(?P<skip>(?:[\s_\\\u200b-\u200f\u2060\ufeff]|\.(?!\d)|\#[^\n]*|--[^\n]*"
    rf"|(?<=\d)-(?={_PERIOD_WORD}))+)"
    r"|(?P<word>[^\W\d_][^\W\d_'’]*(?:['’]+[^\W\d_]*)*)"
    r"|(?P<date>\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?P<number>(?:\d{1,3}(?:,\d{2,3}){0,7},\d{3}(?!,?\d)|\d+)(?:\.\d+)?|\.\d+)"
    r'|(?P<text>"(?:[^"\n]|"")*"|“[^”\n]*”|\'[^\'\n]*\'|‘[^’\n]*’)'
    r"|(?P<sign>&gt;=?|&lt;=?|&amp;&amp;|[<>=!]=|=[<>]|<>|&&|\|\||[-+*/()<>=,\[\]%&≥≤≠×÷−–—₹])"
    r'|(?P<open>["“\'‘][^\n]*)'
    r"|(?P<junk>.)",
    re.IGNORECASE | re.DOTALL,
)

#: Characters that not even text may hold: control, half a character, change of direction.
_HOSTILE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)

#: Ways to write a sign that mean another.
_SIGNS: Final = {
    "&gt;": ">", "&lt;": "<", "&gt;=": ">=", "&lt;=": "<=", "&amp;&amp;": "and", "&&": "and",
    "||": "or", "≥": ">=", "≤": "<=", "≠": "!=", "=>": ">=", "=<": "<=", "==": "=", "<>": "!=",
    "×": "*", "÷": "/", "−": "-", "–": "-", "—": "-",
}  # fmt: skip

#: Spellings that the singular rule does not bring together.
_IRREGULAR: Final = {
    "yr": "year", "yrs": "year", "qtr": "quarter", "wk": "week", "wks": "week", "w": "week",
    "mth": "month", "prev": "previous", "avg": "average", "capitalisation": "capitalization",
    "amortisation": "amortization",
}  # fmt: skip


class Token(NamedTuple):
    """A piece of the text. `key` is its plain form: words lower-case and singular."""

    kind: str
    key: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.start, self.end


@lru_cache(maxsize=4096)
def plain(word: str) -> str:
    """A word in lower case and singular, with irregular spellings brought together."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    if len(word) > 3 and word.endswith("s"):
        if word.endswith("ies") and len(word) > 4:
            word = word[:-3] + "y"
        elif not word.endswith(("ss", "us", "is")):
            word = word[:-1]
    return _IRREGULAR.get(word, word)


def tokenise(text: str, report: Report) -> list[Token]:
    """The tokens of a text, with one of kind END last. Unreadable pieces go to the report."""
    tokens: list[Token] = []
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup
        if kind == "skip":
            continue
        piece = match.group()
        start = match.start()
        if kind == WORD:
            tokens.append(Token(WORD, plain(piece), piece, start, start + len(piece)))
        elif kind == NUMBER:
            key = piece.replace(",", "")
            tokens.append(Token(NUMBER, key, piece, start, start + len(piece)))
        elif kind == SIGN:
            key = piece.lower()
            tokens.append(Token(SIGN, _SIGNS.get(key, key), piece, start, start + len(piece)))
        elif kind in (TEXT, DATE):
            inner = piece if kind == DATE else piece[1:-1].replace('""', '"')
            for hostile in _HOSTILE.finditer(piece):
                at = start + hostile.start()
                _refuse(hostile.group(), at, report)
            tokens.append(Token(kind, inner, piece, start, start + len(piece)))
        elif kind == "open":
            report.error(
                "open-quote",
                f"The quotation mark before {quoted(piece[1:], 30)} is not closed on its line.",
                (start, start + len(piece)),
                'Put the closing mark behind the text, as in Sector = "Chemicals".',
            )
            tokens.append(Token(TEXT, piece[1:], piece, start, start + len(piece)))
        else:
            _refuse(piece, start, report)
    tokens.append(Token(END, "", "", len(text), len(text)))
    return tokens


def _refuse(char: str, at: int, report: Report) -> None:
    message = f"The character {_named(char)} has no meaning in a screen."
    report.error("unreadable", message, (at, at + 1), "Remove it.")


def _named(char: str) -> str:
    return f"“{char}”" if char.isprintable() else f"U+{ord(char):04X}"


def words_of(name: str) -> tuple[str, ...]:
    """The plain words and signs of a name, as the lexicon matches them; per-cent signs left out."""
    tokens = tokenise(name, Report(name))
    return tuple(t.key for t in tokens[:-1] if t.key != "%")
