"""Charts as lines of styled text: pure functions from numbers to `Chart`, drawn by any widget."""

from __future__ import annotations

from tui.charts.bars import Bars, bar_chart
from tui.charts.histogram import histogram, histogram_sentence
from tui.charts.lines import Curve, Level, line_chart
from tui.charts.scatter import Point, scatter
from tui.charts.spark import spark
from tui.charts.text import Chart, as_content, text_of

__all__ = [
    "Bars",
    "Chart",
    "Curve",
    "Level",
    "Point",
    "as_content",
    "bar_chart",
    "histogram",
    "histogram_sentence",
    "line_chart",
    "scatter",
    "spark",
    "text_of",
]
