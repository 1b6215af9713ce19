"""Write every sign in ASCII, for terminals and fonts that show no others."""

from __future__ import annotations

import locale
import os
import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

#: Signs of ours and what stands for them. Each takes as many cells as the sign.
SIGNS: Final = {
    "✓": "+", "✗": "x", "≈": "~", "●": "*", "▲": "^", "▼": "v", "▸": ">", "▶": ">", "◀": "<",
    "‹": "<", "›": ">", "…": "~", "–": "-", "—": "-", "−": "-", "·": ".", "•": "*", "₹": "R",
    "×": "x", "÷": "/", "“": '"', "”": '"', "‘": "'", "’": "'", "↑": "^", "↓": "v", "←": "<",
    "→": ">", "≤": "<", "≥": ">", "≠": "!", "±": "~", "│": "|", "┃": "|", "║": "|", "╎": "|",
    "┊": "|", "─": "-", "━": "-", "═": "=", "╌": "-", "┄": "-", "┈": "-", "▌": "|", "▐": "|",
    "▍": "|", "▎": "|", "▏": "|", "█": "#", "▉": "#", "▊": "#", "▋": "#", "▁": "_", "▂": "_",
    "▃": "-", "▄": "-", "▅": "=", "▆": "=", "▇": "#", "▔": "-", "▀": "#", "░": ".", "▒": ":",
    "▓": "#", "□": "o", "■": "#", "○": "o", "◆": "*", "◇": "o", "✕": "x", "✔": "+", "⏎": "<",
}  # fmt: skip
_BRAILLE: Final = 0x2800
_DOTS: Final = " ..:::*##"  # by how many of the eight dots are set


class AsciiFilter(LineFilter):
    """Changes the text of what is drawn, and never its width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with every sign in ASCII."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style)
            for segment in segments
        ]


@lru_cache(maxsize=4096)
def in_ascii(text: str) -> str:
    """The text in ASCII, as many cells wide as it was."""
    return "".join(char if char.isascii() else _sign(char) for char in text)


@lru_cache(maxsize=1024)
def _sign(char: str) -> str:
    if char in SIGNS:
        return SIGNS[char]
    code = ord(char)
    if _BRAILLE <= code < _BRAILLE + 256:
        return _DOTS[(code - _BRAILLE).bit_count()]
    if 0x2500 <= code < 0x2580:  # what is left of the box drawings are corners and crossings
        return "+"
    plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    width = cell_len(char)
    return plain if len(plain) == width else "?" * width


def ascii_wanted() -> bool:
    """Whether the reader asks for ASCII, or the locale can write no other signs."""
    asked = os.environ.get("KASAUTI_ASCII", "")
    if asked:
        return asked not in ("0", "no", "off")
    coding = locale.getpreferredencoding(False).replace("-", "").replace("_", "").casefold()
    return coding not in ("utf8", "utf16", "utf32", "gb18030", "cp65001")
