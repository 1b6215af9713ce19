"""`kasauti market`: text, JSON, an earlier day, a day without prices."""

from __future__ import annotations

import json

from tui.market_text import percent, ratio, table


def test_the_verdict_is_the_first_line_and_every_section_is_there(kasauti):
    code, out, _ = kasauti("market")
    assert code == 0
    assert "small caps stand above their 200-session average" in out.splitlines()[0]
    for title in ("Breadth", "Earnings", "Valuation", "Indices", "Channels", "Worst small caps"):
        assert f"\n\n{title}" in out
    assert "of cap" in out  # the coverage of the forward P/E
    assert "fictional" in out.splitlines()[1]
    assert not any(line != line.rstrip() for line in out.splitlines())


def test_json_holds_the_same_figures(kasauti):
    code, out, _ = kasauti("market", "--json", "--as-of", "2025-06-30")
    assert code == 0
    data = json.loads(out)
    assert data["fictional"] is True
    assert data["day"] == "2025-06-30"
    small = next(one for one in data["sizes"] if one["key"] == "small")
    fallers = small["breadth"]["fallers"]
    assert fallers["share"] == fallers["count"] / fallers["of"]
    text = kasauti("market", "--as-of", "2025-06-30")[1]
    row = next(line for line in text.splitlines() if line.startswith("  Small caps (251"))
    assert f" {fallers['count']} " in row
    assert f"{100 * fallers['share']:.0f} %" in row
    assert data["verdict"]["sentence"] == text.splitlines()[0]


def test_a_later_day_is_told_and_an_early_one_refused(kasauti):
    code, out, err = kasauti("market", "--as-of", "2035-01-01")
    assert code == 0
    assert "As of 2026-01-27" in out
    assert "ends on 2026-01-27" in err
    code, out, err = kasauti("market", "--as-of", "1999-12-31")
    assert code == 4
    assert out == ""
    assert "begin on 2021-01-01" in err
    assert kasauti("market", "--as-of", "last week")[0] == 2


def test_numbers_keep_their_sign_and_zero_has_none():
    assert percent(-0.1234) == "−12.3 %"
    assert percent(0.1234, sign=True) == "+12.3 %"
    assert percent(-0.0001) == percent(0.0001, sign=True) == "0.0 %"
    assert percent(None) == ratio(None) == "–"
    assert [ratio(x) for x in (1.234, 12.34, 123.4)] == ["1.23", "12.3", "123"]


def test_a_table_without_rows_is_nothing():
    assert table(("a", "b"), []) == []
    assert table(("a", "b"), [("x", "10")]) == ["  a   b", "  x  10"]
