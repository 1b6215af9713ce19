"""Write every sign in ASCII, for terminals and fonts that show no others."""

from __future__ import annotations

import codecs
import io
import locale
import os
import sys
import unicodedata
from functools import lru_cache
from typing import Final

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
CODEC: Final = "kasauti-ascii"  # what is printed in it is in ASCII, whatever the signs
_BRAILLE: Final = 0x2800
_DOTS: Final = " ..:::*##"  # by how many of the eight dots are set


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
    from rich.cells import cell_len

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


def print_readably() -> None:
    """Let standard output and error print in ASCII what is asked for so, or cannot be encoded.

    A command's text then never fails for its signs, and keeps its columns.
    """
    asked = os.environ.get("KASAUTI_ASCII", "") and ascii_wanted()
    for stream in (sys.stdout, sys.stderr):
        coding = (getattr(stream, "encoding", None) or "").replace("_", "-").casefold()
        if not isinstance(stream, io.TextIOWrapper) or (coding.startswith("utf") and not asked):
            continue
        codecs.register(_codec)
        codecs.register_error(CODEC, _unencodable)
        try:
            plain = asked or "é".encode(coding) == b""
        except (LookupError, UnicodeEncodeError):
            plain = True
        # Where the coding has more than ASCII only the signs that it lacks are replaced.
        stream.reconfigure(encoding=CODEC if plain else coding, errors=CODEC)


def _codec(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "-") != CODEC:
        return None

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        return in_ascii(text).encode("ascii"), len(text)

    class Incremental(codecs.IncrementalEncoder):
        def encode(self, text: str, final: bool = False) -> bytes:
            return encode(text)[0]

    ascii = codecs.lookup("ascii")
    return codecs.CodecInfo(
        encode,
        ascii.decode,
        incrementalencoder=Incremental,
        incrementaldecoder=ascii.incrementaldecoder,
        name=CODEC,
    )


def _unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end
