"""`kasauti score` and `kasauti peers`: what is printed adds up and can be checked by hand."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import polars as pl
import pytest

from screener.market.store import Market
from screener.score_report import rounded_shares, score_report
from tests.tui.conftest import Driver
from tui.app import KasautiApp
from tui.cli import main
from tui.score_text import score_json, score_text

APPROX = pytest.approx
GIVES = slice(70, 78)  # the column of what a line gives
GROUPS = {"basic industry": "basic_industry", "industry": "industry", "sector": "sector"}


def thirty(demo: Market) -> list[str]:
    """Gated, financial and unscored companies among thirty, and the plain ones."""
    fields = demo.fields
    kinds = [
        fields.filter(pl.col("selectivity_gate") != "").head(8),
        fields.filter(pl.col("selectivity_score") == 40).head(4),
        fields.filter("is_financial").head(6),
        fields.filter(pl.col("selectivity_score").is_null()).head(4),
        fields.filter(pl.col("growth_score").is_null()).head(4),
        fields,
    ]
    return list(dict.fromkeys(pl.concat(kinds)["symbol"]))[:30]


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*-?\d+\.\d\s*", text) else None


def document(demo: Market, symbol: str) -> dict[str, Any]:
    return dict(json.loads(score_json(score_report(demo, symbol))))


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return int(ended.value.code or 0), capsys.readouterr().out


# --- score ----------------------------------------------------------------------------------


def test_printed_points_add_up_to_the_printed_total(demo):
    scored = 0
    for symbol in thirty(demo):
        lines = score_text(score_report(demo, symbol), demo).splitlines()
        totals = [line for line in lines if line.startswith("Selectivity score, of 100")]
        given = [
            value
            for line in lines
            if not line.startswith(("Selectivity", "Known"))
            and (value := number(line[GIVES])) is not None
        ]
        if totals:
            scored += 1
            assert round(sum(given), 1) == number(totals[0][GIVES]), symbol
        else:
            assert given == [], symbol
    assert scored > 20


def test_a_score_fits_a_terminal_of_eighty_columns(demo):
    for symbol in thirty(demo):
        lines = score_text(score_report(demo, symbol), demo).splitlines()
        where = [line for line in lines if line.startswith("Goalposts:")]
        assert len(where) == 1
        assert max(len(line) for line in lines if line not in where) <= 80
        for figure in (f for p in score_report(demo, symbol).parts for f in p.figures):
            assert any(line.startswith(f"  {figure.name} ") for line in lines), figure.name


def test_scores_follow_from_their_printed_figures(demo):
    """Goalposts, weights and coverage, worked out again from the figures that are shown."""
    capped = missing = 0
    for row in demo.fields[::2].select("symbol", "selectivity_score").iter_rows(named=True):
        shown = document(demo, row["symbol"])
        parts = [(part["weight"], by_hand(part)) for part in shown["parts"]]
        counted = [(weight, score) for weight, score in parts if score is not None]
        if len(counted) < 3:
            assert row["selectivity_score"] is None
            missing += 1
            continue
        total = sum(w * s for w, s in counted) / sum(w for w, _ in counted)
        if shown["gate"]:
            capped += total > 40
            total = min(total, 40)
        assert row["selectivity_score"] == APPROX(total)
        assert shown["capped"] + sum(p["gives"] or 0 for p in shown["parts"]) == APPROX(total)
    assert capped
    assert missing


def by_hand(part: dict[str, Any]) -> float | None:
    """The score of a part from its figures, as one would with paper and pencil."""
    total = weight = counted = 0.0
    for figure in part["figures"]:
        counted += figure["weight"] if figure["counts"] else 0
        if figure["value"] is not None:
            xs, ys = zip(*figure["goalposts"], strict=True)
            assert figure["points"] == APPROX(float(np.interp(figure["value"], xs, ys)))
        if figure["points"] is not None:
            total += figure["points"] * figure["weight"]
            weight += figure["weight"]
    coverage = weight / counted if counted else 0.0
    assert part["coverage"] == APPROX(coverage)
    if coverage < 0.5:
        assert part["score"] is None
        return None
    score = 50 + (total / weight - 50) * coverage
    assert part["score"] == APPROX(score)
    return score


def test_a_missing_figure_says_why_and_an_absent_analyst_is_not_held_against(demo):
    uncovered = demo.fields.filter(pl.col("analysts") == 0, ~pl.col("is_financial"))["symbol"][0]
    figures = {
        figure["field"]: figure
        for part in document(demo, uncovered)["parts"]
        for figure in part["figures"]
    }
    assert figures["eps_fy2_revision_90d"]["reason"] == "NO_COVERAGE"
    assert not figures["eps_fy2_revision_90d"]["counts"]
    assert "capital_adequacy" not in figures
    text = score_text(score_report(demo, uncovered), demo)
    assert "no analyst covers this company (left out of the weights)" in text


def test_score_is_a_command(demo_home, demo, capsys):
    row = demo.fields.filter(pl.col("selectivity_score").is_not_null()).row(0, named=True)
    code, out = call(capsys, "score", row["symbol"].lower())
    assert code == 0
    assert f"{row['selectivity_score']:.1f}" in out
    assert "fictional" in out
    code, out = call(capsys, "score", row["isin"], "--json")
    assert json.loads(out)["total"] == APPROX(row["selectivity_score"])
    assert call(capsys, "score", "NOSUCHCOMPANY")[0] == 2


async def test_goalposts_that_cannot_be_used_stay_told_in_the_app(demo_home):
    demo_home.config.mkdir(exist_ok=True)
    (demo_home.config / "goalposts.toml").write_text("[growth]\nweight = 'much'\n")
    app = KasautiApp(demo_home, market="demo")
    async with app.run_test(size=(240, 24)) as pilot:
        driver = Driver(app, pilot)
        await driver.settle()
        assert "“much” is not a number" in driver.text()
    assert not demo_home.log.exists()


def test_rounded_amounts_add_up():
    assert list(rounded_shares([0.04, 0.04, 0.04])) == [0.0, 0.1, 0.0]
    assert sum(rounded_shares([1 / 3] * 9)) == APPROX(3.0)


# --- peers ----------------------------------------------------------------------------------


@pytest.fixture
def peers(demo_home, capsys):
    def ask(symbol: str) -> dict[str, Any]:
        code, out = call(capsys, "peers", symbol, "--json")
        assert code == 0
        return dict(json.loads(out))

    return ask


@pytest.mark.parametrize("nth", [0, 40, 90, 150, 299])
def test_peers_are_those_of_the_narrowest_group_with_eight_others(demo, peers, nth):
    row = demo.fields.row(nth, named=True)
    shown = peers(row["symbol"])
    small = pl.col("size_class").is_in(["small", "micro"])
    same_size = small == (row["size_class"] in ("small", "micro"))
    candidates = [
        *((level, pl.col(column) == row[column]) for level, column in GROUPS.items()),
        ("size segment", same_size),
        ("market", pl.lit(True)),
    ]
    holding = pl.col("basic_industry") == "Holding Company"
    with_value = demo.fields.filter(pl.col("earnings_yield").is_not_null(), ~holding)
    groups = [(level, with_value.filter(condition)) for level, condition in candidates]
    others_of = [group.filter(pl.col("isin") != row["isin"]) for _, group in groups]
    chosen = next(i for i, others in enumerate(others_of) if others.height >= 8)
    (level, group), others = groups[chosen], others_of[chosen]
    assert (shown["level"], shown["count"]) == (level, others.height)
    members = {member["symbol"] for member in shown["members"] if not member["self"]}
    assert members == set(others["symbol"])
    assert [m["symbol"] for m in shown["members"] if m["self"]] == [row["symbol"]]
    price = next(c for c in shown["comparisons"] if c["field"] == "pe")
    middle = group["earnings_yield"].median()
    spread = (group["earnings_yield"] - middle).abs().median()
    assert price["median"] == APPROX(100 / middle)
    error = 1.2533 * spread / 0.6745 / others.height**0.5 / middle * 100
    assert price["error"] == APPROX(error)
    if price["value"]:
        assert price["premium"] == APPROX((price["value"] * middle / 100 - 1) * 100)


def test_the_list_of_peers_is_cut_to_those_of_like_size(demo_home, demo, capsys, peers):
    levels = demo.fields.filter(pl.col("peer_level") == "size segment", pl.col("pe").is_not_null())
    row = levels.row(0, named=True)
    code, out = call(capsys, "peers", row["symbol"], "--limit", "9")
    assert code == 0
    assert out.count(" Ltd  ") == 9
    assert f"› {row['symbol']}" in out
    assert "more further from its size" in out
    assert "Return on capital employed" in out


def test_a_financial_company_is_not_compared_by_what_does_not_suit_it(demo_home, demo, capsys):
    symbol = demo.fields.filter("is_financial")["symbol"][0]
    code, out = call(capsys, "peers", symbol)
    assert code == 0
    assert "Price to book value" in out
    assert "Return on capital employed" not in out
