"""A small SVG writer: shapes and text in a drawing of fixed size; every text is made safe."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tui.format import plain

GROUND: Final = "#fcfbf8"
PANEL: Final = "#f4f2ec"
RULE: Final = "#d6d1c4"
INK: Final = "#1d2328"
QUIET: Final = "#5c656e"
GOLD: Final = "#855700"
BLUE: Final = "#1f5f99"  # also of what is good
#: Bad and good are apart for every kind of colour vision; words or signs always stand beside them.
BAD: Final = "#a63603"
BAD_PALE: Final = "#e3a57f"
GOOD_PALE: Final = "#8fb5d9"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"

#: Widths of letters over the font's size, by the widest of the fonts above, so that text fits.
_WIDE: Final = 0.63
_SIZES: Final = {
    "i": 0.3, "l": 0.3, "j": 0.3, ".": 0.34, ",": 0.34, " ": 0.34, "f": 0.38, "t": 0.41, "r": 0.43,
    "m": 0.98, "w": 0.84, "M": 0.9, "W": 1.0, "%": 0.96, "I": 0.34, "(": 0.41, ")": 0.41,
    ":": 0.36, "·": 0.36, "−": 0.85, "+": 0.85,
}  # fmt: skip
_BOLD: Final = 1.1

Point = tuple[float, float]


class Svg:
    """A drawing: `title` and `about` tell those who cannot see it what it shows."""

    def __init__(self, width: int, height: int, title: str, about: str) -> None:
        self.width, self.height = width, height
        self._title, self._about = title, about
        self._parts: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 13,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
        within: float = 0,
    ) -> None:
        """One line of text on its baseline; cut with an ellipsis to `within` pixels if given."""
        room = within / (_BOLD if bold else 1.0)
        said = shortened(plain(words), room, size) if within else plain(words)
        weight = ' font-weight="600"' if bold else ""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}"{place}{weight}>'
            f"{escape(said)}</text>"
        )

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, *, says: str = ""
    ) -> None:
        """A filled rectangle; `says` is what it stands for, shown by readers that hover."""
        head = f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
        tip = f"><title>{escape(plain(says))}</title></rect>" if says else "/>"
        self._parts.append(f'{head} fill="{fill}"{tip}')

    def line(
        self, start: Point, end: Point, stroke: str = RULE, width: float = 1, dash: str = ""
    ) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        style = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{stroke}" '
            f'stroke-width="{_n(width)}"{style}/>'
        )

    def path(
        self, points: Iterable[Point | None], stroke: str, width: float = 1.5, dash: str = ""
    ) -> None:
        """A line through points; None breaks it."""
        steps: list[str] = []
        pen = "M"
        for point in points:
            if point is None:
                pen = "M"
                continue
            steps.append(f"{pen}{_n(point[0])} {_n(point[1])}")
            pen = "L"
        if steps:
            style = f' stroke-dasharray="{dash}"' if dash else ""
            self._parts.append(
                f'<path d="{"".join(steps)}" fill="none" stroke="{stroke}" '
                f'stroke-width="{_n(width)}" stroke-linejoin="round"{style}/>'
            )

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle."""
        self._parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}"/>')

    def _opening(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" aria-labelledby="title about" '
            f"font-family={quoteattr(FONT)}>"
        )

    def render(self) -> str:
        """The drawing as an SVG document."""
        return "\n".join(
            [
                self._opening(),
                f'<title id="title">{escape(plain(self._title))}</title>',
                f'<desc id="about">{escape(plain(self._about))}</desc>',
                f'<rect width="{self.width}" height="{self.height}" fill="{GROUND}"/>',
                *self._parts,
                "</svg>\n",
            ]
        )


class Scale:
    """Values to pixels along one axis; `log` where equal steps are equal ratios."""

    def __init__(
        self, low: float, high: float, start: float, end: float, *, log: bool = False
    ) -> None:
        self._log = log and low > 0
        self.low, self.high = low, high
        self._a, self._b = self._of(low), self._of(high)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (self._of(value) - self._a) / ((self._b - self._a) or 1.0)
        return self._start + share * (self._end - self._start)

    def _of(self, value: float) -> float:
        return math.log(value) if self._log else value


def text_width(words: str, size: float) -> float:
    """About how wide a text is in a system font."""
    return size * sum(
        _SIZES.get(c, 0.72 if c.isupper() else 1.0 if ord(c) > 0x2E80 else _WIDE) for c in words
    )


def shortened(words: str, width: float, size: float) -> str:
    """The text cut to a width, with an ellipsis where something is missing."""
    if text_width(words, size) <= width:
        return words
    kept = words
    while kept and text_width(f"{kept}…", size) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def wrapped(words: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """The text in lines of at most that width, broken between words where it can be."""
    width = width / _BOLD if bold else width
    lines: list[str] = []
    for word in plain(words).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [shortened(line, width, size) for line in lines]


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The positions moved apart so that labels at them do not overlap, within the limits."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    out = [0.0] * len(positions)
    at = low
    for i in order:
        at = max(at, positions[i])
        out[i] = at
        at += gap
    limit = high
    for i in reversed(order):
        out[i] = min(out[i], limit)
        limit = out[i] - gap
    return out


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") or "0"
