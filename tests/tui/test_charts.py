"""Charts: of the size asked for, points inside, order kept, labels exact, also in ASCII."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.charts import (
    Bars,
    Chart,
    Curve,
    Level,
    Point,
    as_content,
    bar_chart,
    histogram,
    histogram_sentence,
    line_chart,
    scatter,
    spark,
    text_of,
)
from tui.charts.axes import date_ticks, log_ticks, tick_texts, ticks
from tui.charts.histogram import column_counts

DAY = dt.date(2025, 1, 1)
SIZES = st.tuples(st.integers(24, 130), st.integers(6, 40))
NUMBERS = st.floats(-1e7, 1e7, allow_nan=False)
SERIES = st.lists(st.none() | NUMBERS, min_size=2, max_size=80)


def days(count: int, step: int = 1) -> list[dt.date]:
    return [DAY + dt.timedelta(days=step * i) for i in range(count)]


def cells_of(chart: Chart, style: str) -> list[tuple[int, int, str]]:
    """Column, row and character of everything drawn in that style."""
    found = []
    for y, line in enumerate(chart):
        x = 0
        for text, its in line:
            found += [(x + i, y, c) for i, c in enumerate(text) if its == style and c != " "]
            x += len(text)
    return found


def dots_of(chart: Chart, style: str) -> set[tuple[int, int]]:
    """The braille dots in that style, counted from the upper left."""
    rows = ((0, 0x01, 0x08), (1, 0x02, 0x10), (2, 0x04, 0x20), (3, 0x40, 0x80))
    found = set()
    for x, y, char in cells_of(chart, style):
        mask = ord(char) - 0x2800
        if 0 <= mask < 256:
            for row, left, right in rows:
                found |= {(2 * x, 4 * y + row)} if mask & left else set()
                found |= {(2 * x + 1, 4 * y + row)} if mask & right else set()
    return found


def is_of_size(chart: Chart, width: int, height: int) -> None:
    assert len(chart) == height
    assert all(len(line) <= width for line in text_of(chart))


@settings(max_examples=60, deadline=None)
@given(SERIES, SIZES, st.booleans())
def test_a_line_chart_keeps_to_its_size(
    values: list[float | None], size: tuple[int, int], ascii: bool
) -> None:
    curves = [Curve("a", values, "one"), Curve("b", values[::-1], "two", 1, 1)]
    chart = line_chart(days(len(values)), curves, width=size[0], height=size[1], ascii=ascii)
    is_of_size(chart, *size)
    if ascii:
        assert "".join(text_of(chart)).isascii()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=120, unique=True), SIZES)
def test_a_rising_series_never_falls_on_the_chart(
    values: list[float], size: tuple[int, int]
) -> None:
    values = sorted(values)
    chart = line_chart(
        days(len(values)), [Curve("a", values, "one")], width=size[0], height=size[1]
    )
    dots = {(x, y) for x, y in dots_of(chart, "one") if y < 4 * (size[1] - 2)}
    if not dots:
        return  # too small to draw
    columns = sorted({x for x, _ in dots})
    highest = [min(y for x, y in dots if x == column) for column in columns]
    assert highest == sorted(highest, reverse=True)
    assert min(y for _, y in dots) == 0
    assert max(y for _, y in dots) == 4 * (size[1] - 2) - 1
    assert columns == list(range(columns[0], columns[-1] + 1))  # without a gap


def test_a_level_stands_where_its_label_says_and_keeps_it_exact() -> None:
    values = [float(v) for v in range(1000, 1101)]
    level = Level(1050.0, "1,050 base", "base")
    chart = line_chart(days(101), [Curve("a", values, "one")], width=60, height=22, levels=[level])
    texts = text_of(chart)
    row = next(y for y, text in enumerate(texts) if text.startswith("1,050 base ┤"))
    assert row == 10  # the middle of twenty rows, the upper of the two
    assert {y for x, y, c in cells_of(chart, "base") if ord(c) > 0x2800} == {row}
    assert "┤" not in texts[row - 1] + texts[row + 1]  # nothing is read for it by mistake


def test_a_wide_range_stands_on_a_logarithmic_scale_unless_told() -> None:
    values = [100.0 * 2 ** (i / 10) for i in range(41)]  # doubles every ten days: a straight line
    chart = line_chart(days(41), [Curve("a", values, "one")], width=80, height=22)
    assert "logarithmic scale" in text_of(chart)[-1]
    dots = {(x, y) for x, y in dots_of(chart, "one") if y < 80}
    left, right = min(x for x, _ in dots), max(x for x, _ in dots)
    for x, y in dots:
        straight = 79 * (right - x) / (right - left)
        assert abs(y - straight) <= 2
    plain = line_chart(
        days(41), [Curve("a", values, "one")], width=80, height=22, logarithmic=False
    )
    assert "logarithmic" not in text_of(plain)[-1]


def test_a_gap_in_a_series_is_bridged_and_too_few_figures_are_told() -> None:
    gap = Curve("a", [1.0, None, None, 4.0], "one")
    assert dots_of(line_chart(days(4), [gap], width=40, height=10), "one")
    one = line_chart(days(4), [Curve("a", [None, 2.0, None, None], "one")], width=40, height=10)
    assert "Too few figures" in "\n".join(text_of(one))
    is_of_size(one, 40, 10)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.none() | NUMBERS, st.none() | NUMBERS), min_size=1, max_size=14),
    SIZES,
    st.booleans(),
)
def test_bars_keep_to_their_size_and_to_their_side_of_zero(
    pairs: list[tuple[float | None, float | None]], size: tuple[int, int], ascii: bool
) -> None:
    labels = [f"FY{i:02d}" for i in range(len(pairs))]
    series = [
        Bars("a", [a for a, _ in pairs], "one"),
        Bars("b", [b for _, b in pairs], "two", 3),
    ]
    rows = [("m", ["1.0"] * len(pairs))]
    chart = bar_chart(labels, series, width=size[0], height=size[1], rows=rows, ascii=ascii)
    is_of_size(chart, *size)
    if all(v is None or v >= 0 for pair in pairs for v in pair):
        assert not cells_of(chart, "one reverse")


def filled(chart: Chart, style: str) -> dict[int, float]:
    """Column → how many cells tall the bar there is; the legend is left out."""
    tall: dict[int, float] = {}
    for x, y, char in cells_of(chart, style):
        if y < len(chart) - 1:
            tall[x] = tall.get(x, 0.0) + " ▁▂▃▄▅▆▇█".index(char) / 8
    return tall


@settings(max_examples=60, deadline=None)
@given(st.lists(st.just(0.0) | st.floats(1e-3, 1e6), min_size=1, max_size=8), st.integers(8, 30))
def test_a_bar_is_as_tall_as_its_value_to_an_eighth(values: list[float], height: int) -> None:
    labels = [f"P{i}" for i in range(len(values))]
    chart = bar_chart(labels, [Bars("a", values, "one")], width=80, height=height)
    top = max(values)
    heights = list(filled(chart, "one").values())
    shown = sorted({round(h, 3) for h in heights})
    rows = height - 2
    if top == 0:
        assert heights == []
        return
    wanted = {max(round(8 * rows * v / top), 1 if v else 0) / 8 for v in values} - {0.0}
    assert shown == sorted(wanted)
    assert max(shown) == rows


def test_a_loss_hangs_below_zero_and_its_margin_is_red() -> None:
    chart = bar_chart(
        ["FY24", "FY25"],
        [Bars("profit", [100.0, -50.0], "one")],
        width=40,
        height=14,
        rows=[("NPM %", ["10.0", "-5.0"])],
    )
    texts = text_of(chart)
    zero = next(y for y, text in enumerate(texts) if text.split()[:1] == ["0"])
    loss = [y for x, y, _ in cells_of(chart, "one") if x > 16 and y < 12]
    assert loss
    assert min(loss) == zero + 1
    assert "-5.0" in "".join(c for _, _, c in cells_of(chart, "$bad"))
    assert texts[-3].split() == ["FY24", "FY25"]
    assert texts[-2].split() == ["NPM", "%", "10.0", "-5.0"]


def test_where_not_all_periods_fit_the_latest_are_shown() -> None:
    labels = [f"FY{i:02d}" for i in range(30)]
    chart = bar_chart(labels, [Bars("a", list(range(30)), "one")], width=50, height=10)
    texts = text_of(chart)
    assert "FY29" in texts[-2]
    assert "FY00" not in texts[-2]
    assert "of 30" in texts[-1]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=60), SIZES, st.booleans())
def test_every_point_is_drawn_or_counted(
    pairs: list[tuple[float, float]], size: tuple[int, int], ascii: bool
) -> None:
    points = [Point(x, y) for x, y in pairs]
    chart = scatter(
        points,
        Point(3.0, 4.0, "THIS"),
        width=size[0],
        height=size[1],
        names=("x", "y"),
        middle=(1.0, 2.0),
        corners=("good", "bad"),
        ascii=ascii,
    )
    is_of_size(chart, *size)
    text = "\n".join(text_of(chart))
    assert ("@" if ascii else "◆") in text
    if ascii:
        assert text.isascii()


def test_points_stand_in_their_quadrants_and_the_far_ones_at_the_edge() -> None:
    points = [Point(x, y) for x in (10, 20, 30, 40) for y in (5, 15, 25)] + [Point(5000, 10)]
    chart = scatter(
        points, Point(12, 24, "OWN"), width=60, height=22, names=("P/E", "ROCE"), middle=(25, 15)
    )
    texts = text_of(chart)
    upright = next(x for x, y, c in cells_of(chart, "$faint") if c == "┊")
    level = next(y for x, y, c in cells_of(chart, "$faint") if c == "╌")
    own = next((x, y) for x, y, c in cells_of(chart, "$accent bold") if c == "◆")
    assert own[0] < upright
    assert own[1] < level
    assert "1 beyond the edge" in texts[-1]
    assert [c for _, _, c in cells_of(chart, "$secondary")].count("›") == 1
    assert "OWN" in texts[own[1]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-500, 500), min_size=2, max_size=300), SIZES, st.booleans())
def test_a_histogram_keeps_to_its_size_and_its_sides(
    values: list[float], size: tuple[int, int], ascii: bool
) -> None:
    chart = histogram(values, width=size[0], height=size[1], ascii=ascii)
    is_of_size(chart, *size)
    zero = {x for x, _, c in cells_of(chart, "$faint")}
    assert len(zero) == 1
    assert all(x < min(zero) for x, _, _ in cells_of(chart, "$bad"))
    assert all(x > min(zero) for x, _, _ in cells_of(chart, "$good"))
    assert bool(cells_of(chart, "$bad")) == any(v < 0 for v in values)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=200))
def test_every_value_counts_in_one_column_on_its_side(values: list[float]) -> None:
    counts = column_counts(values, wide=10.0, left=10, columns=20)
    assert sum(counts) == len(values)
    assert sum(counts[:10]) == sum(v < 0 for v in values)


def test_a_histogram_says_how_many_on_either_side() -> None:
    words = histogram_sentence([-3.0, -1.0, 0.0, 2.0, None, math.nan], ("down", "up"))
    assert words == "2 down · 1 up · 1 unchanged · median -0.5 %"
    assert histogram_sentence([], ("down", "up")) == "No figures."


@given(st.lists(st.none() | NUMBERS, min_size=0, max_size=30), st.booleans())
def test_a_spark_has_a_character_a_value_in_their_order(
    values: list[float | None], ascii: bool
) -> None:
    text = spark(values, ascii=ascii)
    known = [v for v in values if v is not None]
    if len(known) < 2:
        assert text == ""
        return
    levels = "_.-~^" if ascii else "▁▂▃▄▅▆▇█"
    pairs = [(v, c) for v, c in zip(values, text, strict=True) if v is not None]
    assert [c for v, c in zip(values, text, strict=True) if v is None] == [" "] * (
        len(values) - len(known)
    )
    ordered = [levels.index(c) for _, c in sorted(pairs, key=lambda pair: pair[0])]
    assert ordered == sorted(ordered)


@given(NUMBERS, st.floats(1e-3, 1e7), st.integers(1, 12))
def test_ticks_are_round_inside_and_few(low: float, span: float, most: int) -> None:
    high = low + span
    found = ticks(low, high, most)
    assert len(found) <= most
    slack = 1e-6 * max(abs(low), abs(high), 1.0)
    assert all(low - slack <= v <= high + slack for v in found)
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 500.0, 1000.0], ["0", "500", "1,000"]),
        ([27.5, 30.0], ["27.5", "30.0"]),
        ([1000000.0], ["10,00,000"]),
        ([-0.0], ["0"]),
    ],
)
def test_ticks_are_written_alike(values: Sequence[float], texts: list[str]) -> None:
    assert tick_texts(values) == texts


def test_logarithmic_ticks_are_round_and_thin_out() -> None:
    assert log_ticks(90, 2100, 6) == [100, 200, 300, 500, 1000, 2000]
    assert log_ticks(90, 2100, 5) == [100, 200, 500, 1000, 2000]


def test_dates_are_months_or_years_by_the_span() -> None:
    year = [text for _, text in date_ticks(dt.date(2025, 1, 1), dt.date(2025, 12, 31), 60)]
    assert year == ["Jan 25", "Mar", "May", "Jul", "Sep", "Nov"]
    decade = [text for _, text in date_ticks(dt.date(2016, 5, 1), dt.date(2026, 5, 1), 60)]
    assert decade == ["2018", "2020", "2022", "2024", "2026"]
    for day, _ in date_ticks(dt.date(2016, 5, 1), dt.date(2026, 5, 1), 60):
        assert day.day == 1


def test_text_in_a_chart_is_no_markup() -> None:
    chart = scatter([Point(1, 1), Point(2, 2)], Point(1.5, 1.5, "[b]X[/b]"), width=40, height=8,
                    names=("[red]x", "y"))  # fmt: skip
    content = as_content(chart)
    assert "[b]X[/b]" in content.plain
    assert "[red]x" in content.plain
