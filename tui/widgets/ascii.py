"""What is drawn, in ASCII."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.ascii import in_ascii


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
