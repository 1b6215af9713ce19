"""The words of the why panel: verdicts, margins, reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screener.fields.base import Reason, Unit
from screener.screening import ConditionWhy, Verdict, Why
from tui.widgets.why import margin_words, verdict_words, why_lines

CONDITION = ConditionWhy(
    text="Debt to equity <= 0.5",
    verdict=Verdict.PASS,
    left_text="Debt to equity",
    left_value=0.21,
    right_text="0.5",
    right_value=0.5,
    unit=Unit.RATIO,
    margin=0.29,
    margin_relative=0.58,
    reason=None,
    missing_field="",
    sources=(),
)


def condition(**changes: object) -> ConditionWhy:
    return replace(CONDITION, **changes)


def why(*conditions: ConditionWhy, verdict: Verdict, inside: bool = True) -> Why:
    return Why("X", "SYM", "Some Company Ltd", verdict, inside, conditions)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "0.29 (58 %) to spare"),
        (
            {"verdict": Verdict.FAIL, "left_value": 0.6, "margin": -0.1, "margin_relative": -0.2},
            "0.10 (20 %) over",
        ),
        (
            {"verdict": Verdict.FAIL, "left_value": 0.4, "margin": -0.1, "margin_relative": -0.2},
            "0.10 (20 %) short",
        ),
        ({"margin": 0.0, "margin_relative": 0.0}, "exactly at the threshold"),
        (
            {"verdict": Verdict.FAIL, "margin": -0.001, "margin_relative": -0.002},
            "very little short",
        ),
        ({"margin": 12.0, "margin_relative": 24.0}, "12.00 to spare"),
        ({"margin": None}, "passes"),
        ({"verdict": Verdict.FAIL, "margin": None}, "fails"),
        ({"unit": Unit.PERCENT, "margin": 3.25}, "3.2 % (58 %) to spare"),
        (
            {"verdict": Verdict.UNKNOWN, "reason": Reason.NEG_EQUITY},
            "net worth is negative or zero",
        ),
        (
            {
                "verdict": Verdict.UNKNOWN,
                "reason": Reason.MISSING,
                "missing_field": "Net worth",
            },
            "Net worth: no source has given this figure",
        ),
    ],
)
def test_the_margin_or_the_reason_is_said_in_words(changes: dict[str, object], words: str) -> None:
    assert margin_words(condition(**changes)) == words


def test_the_verdict_counts_its_conditions() -> None:
    failed, unknown = condition(verdict=Verdict.FAIL), condition(verdict=Verdict.UNKNOWN)
    ok = CONDITION
    assert verdict_words(why(ok, ok, verdict=Verdict.PASS)) == "passes all 2"
    assert (
        verdict_words(why(failed, ok, unknown, verdict=Verdict.FAIL))
        == "fails 1 of 3, 1 needs data"
    )
    assert (
        verdict_words(why(ok, unknown, unknown, verdict=Verdict.UNKNOWN))
        == "needs data: 2 of 3 cannot be judged"
    )
    assert "outside" in verdict_words(why(ok, verdict=Verdict.PASS, inside=False))


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_lines_fit_the_panel_and_carry_a_sign_beside_the_colour(width: int) -> None:
    group = condition(
        text="A very long condition over many fields OR another one " * 3,
        children=(CONDITION, condition(verdict=Verdict.FAIL)),
    )
    lines = why_lines([CONDITION, group], width)
    assert len(lines) == 4
    for each, line in lines:
        assert line.cell_length <= width
        sign = {"pass": "✓", "fail": "✗", "unknown": "?"}[each.verdict]
        assert sign in line.plain


def test_both_sides_are_shown_where_the_threshold_is_a_field() -> None:
    moving = condition(right_text="Industry PE", right_value=31.5, left_value=24.0)
    _, line = why_lines([moving], 100)[0]
    assert "24.00 to 31.50" in line.plain
