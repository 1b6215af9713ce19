"""A user's own goalposts, and figures that are for one kind of company or stand in for another."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from screener.errors import GoalpostsFileError
from screener.fields import goalposts
from screener.fields.catalogue import by_key, compute
from screener.fields.scores import rescored
from screener.market.store import Market
from screener.score_report import score_report
from tests.fields.panels import random_panel, rows, spread
from tui.cli import main

APPROX = pytest.approx
PART_KEYS = ("balance_sheet", "quality", "growth", "valuation")


def own(paths, text: str) -> Path:
    file = goalposts.own_file(paths)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def inputs(part: str) -> dict[tuple[str, tuple[str, ...]], goalposts.Input]:
    parts = {p.key: p for p in goalposts.in_use().parts}
    return {(g.field, g.only): g for g in parts[part].inputs}


def balance(**columns) -> dict[str, float | None]:
    frame = compute(rows([spread(columns)]), [f"{key}_score" for key in PART_KEYS])
    return frame.row(0, named=True)


# --- kinds of company -----------------------------------------------------------------------

BANK = {
    "is_financial": True, "template": "bank", "equity_capital_L": 0.0,
    "equity_capital": [0.0] * 5, "reserves": [100.0] * 5, "total_assets": [900.0] * 5,
    "net_profit": [9.0] * 5, "owners_profit": [9.0] * 5, "gross_npa_q": [2.0], "net_npa_q": [0.5],
}  # fmt: skip


def test_assets_over_equity_stand_in_for_a_bank_s_unknown_capital_adequacy():
    cover = 100 * (1 - 0.5 * 98 / (2 * 99.5))
    points = 75 * 30 + 87.5 * 25 + (75 + (cover - 70) / 15 * 25) * 15 + 60 * 30
    assert balance(**BANK)["balance_sheet_score"] == APPROX(points / 100)


def test_a_bank_without_bad_loan_figures_is_drawn_to_fifty():
    score = balance(**BANK | {"gross_npa_q": [None], "net_npa_q": [None]})["balance_sheet_score"]
    assert score == APPROX(50 + ((75 * 30 + 60 * 30) / 60 - 50) * 0.6)


def test_policyholders_funds_are_not_held_against_an_insurer():
    insurer = BANK | {"template": "insurer", "total_assets": [4000.0] * 5}
    frame = compute(rows([spread(insurer)]), ["balance_sheet_score"])
    report = [g for g in goalposts.built_in()[0].inputs if frame.select(g.applies()).item()]
    assert {g.field for g in report} == {"capital_adequacy", "roa_3y_avg"}


@pytest.mark.parametrize(
    ("leases", "judged_by"),
    [(0.0, "debt_to_equity"), (40.0, "debt_to_equity"), (60.0, "net_debt_to_ebitda")],
)
def test_net_debt_to_ebitda_replaces_debt_to_equity_of_the_lease_heavy(leases, judged_by):
    company = {
        "equity_capital_L": 0.0, "reserves_L": 200.0, "borrowings_L": 100.0, "cash_L": 10.0,
        "lease_liabilities_L": leases, "operating_profit_q": [10.0] * 16,
    }  # fmt: skip
    frame = compute(rows([spread(company)]), ["balance_sheet_score"])
    used = {g.field for g in goalposts.built_in()[0].inputs if frame.select(g.points()).item()}
    assert {"debt_to_equity", "net_debt_to_ebitda"} & used == {judged_by}


def test_each_company_is_judged_by_one_entry_of_a_figure():
    frame = compute(random_panel(5, 200), ["selectivity_score"])
    for part in goalposts.built_in():
        for field in {g.field for g in part.inputs}:
            applies = [g.applies() for g in part.inputs if g.field == field]
            counts = frame.select(pl.sum_horizontal(a.cast(pl.Int8) for a in applies))
            assert counts.to_series().max() <= 1, field


def test_other_goalposts_give_the_same_scores_where_they_are_the_same(demo):
    fields = demo.fields
    assert rescored(fields, goalposts.built_in()).equals(fields)


# --- a file of one's own --------------------------------------------------------------------


def test_without_a_file_the_built_in_goalposts_are_used(paths):
    assert goalposts.in_use(paths) == goalposts.Goalposts(goalposts.built_in())


def test_every_built_in_input_is_a_figure():
    for part in goalposts.built_in():
        for given in part.inputs:
            field = by_key()[given.field]
            assert field.unit.numeric
            assert field.stage < goalposts.SCORE_STAGE
            assert not given.stands_in_for or given.stands_in_for in by_key()


def test_an_own_file_changes_what_it_names_and_nothing_else(paths):
    before = {part.key: part for part in goalposts.built_in()}
    file = own(paths, '[[quality.inputs]]\nfield = "roce_3y_avg"\nposts = [[0, 0], [40, 100]]\n')
    used = goalposts.in_use(paths)
    assert used.own == file
    after = {part.key: part for part in used.parts}
    assert after | {"quality": before["quality"]} == before
    changed = inputs("quality")[("roce_3y_avg", ("other",))]
    assert changed.posts == ((0, 0), (40, 100))
    assert changed.weight == 25
    file.unlink()
    assert goalposts.in_use(paths).own is None


def test_own_goalposts_change_the_score_and_its_report(demo, demo_home):
    before = demo.fields
    own(demo_home, "[valuation]\nweight = 0\n[[growth.inputs]]\nfield = 'roce'\nweight = 50\n"
        "posts = [[0, 0], [30, 100]]\n")  # fmt: skip
    market = Market.open(demo.folder.parent)
    after = market.fields
    same = ("balance_sheet_score", "quality_score", "valuation_score", "pe", "pe?")
    assert after.select(same).equals(before.select(same))
    assert not after["selectivity_score"].equals(before["selectivity_score"])
    assert not after["growth_score"].equals(before["growth_score"])
    row = after.filter(pl.col("selectivity_score").is_not_null()).row(0, named=True)
    report = score_report(market, row["symbol"])
    given = sum(part.gives or 0.0 for part in report.parts)
    assert report.goalposts == str(goalposts.own_file(demo_home))
    assert row["selectivity_score"] == APPROX(given + report.capped)
    weights = {"balance_sheet": 30, "quality": 30, "growth": 20}
    known = {k: w for k, w in weights.items() if row[f"{k}_score"] is not None}
    mean = sum(row[f"{k}_score"] * w for k, w in known.items()) / sum(known.values())
    assert row["selectivity_score"] == APPROX(min(mean, 40) if row["selectivity_gate"] else mean)
    past = market.as_of(market.date.replace(day=1))
    assert past.fields["growth_score"].drop_nulls().len() > 0


def test_weight_nought_leaves_an_input_out(paths):
    own(paths, '[[growth.inputs]]\nfield = "sales_growth"\nweight = 0\n')
    assert ("sales_growth", ()) not in inputs("growth")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[growth\n", "line 1"),
        ("[grwth]\nweight = 3\n", "Did you mean growth?|The parts are"),
        ("[growth]\nwieght = 3\n", "Did you mean weight?"),
        ("[growth]\nweight = -3\n", "-3 is not 0 or more"),
        ("[growth]\nweight = 'much'\n", "“much” is not a number"),
        ("[growth]\nweight = nan\n", "not a number"),
        ("growth = 3\n", "not a table"),
        ("[growth]\ninputs = 3\n", "not tables"),
        ("[[growth.inputs]]\nfield = 'eps_growt'\n", "eps_growth"),
        ("[[growth.inputs]]\nfield = 'debt_free'\n", "no points can be given"),
        ("[[growth.inputs]]\nfield = 'quality_score'\n", "no points can be given"),
        ("[[growth.inputs]]\nfield = 'roce'\n", "A new input needs weight"),
        ("[[growth.inputs]]\nfield = 'eps_growth'\nposts = [[1, 2]]\n", "two or more pairs"),
        ("[[growth.inputs]]\nfield = 'eps_growth'\nposts = [[1, 2], [0, 3]]\n", "from 1 to 0"),
        ("[[growth.inputs]]\nfield = 'eps_growth'\nposts = [[1, 2], [3, 300]]\n", "from 0 to 100"),
        ("[[growth.inputs]]\nfield = 'eps_growth'\nonly = ['shop']\n", "The kinds are other"),
        ("[[growth.inputs]]\nfield = 'eps_growth'\nreasons = { WHY = 3 }\n", "The reasons are"),
        ("[[growth.inputs]]\nfield = 'eps_growth'\nanalyst = 3\n", "true or false"),
        ("[[balance_sheet.inputs]]\nfield = 'roa_3y_avg'\nweight = 3\n", "Say which: only"),
        ("".join(f"[{key}]\nweight = 0\n" for key in PART_KEYS), "no part has a weight"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_plainly(paths, text, said):
    file = own(paths, text)
    with pytest.raises(GoalpostsFileError) as error:
        goalposts.in_use(paths)
    assert str(file) in error.value.message
    assert error.value.hint
    assert any(words in str(error.value) for words in said.split("|")), str(error.value)
    assert file.read_text(encoding="utf-8") == text


def test_the_command_line_says_what_is_wrong_with_the_file(demo, demo_home, capsys):
    own(demo_home, "[growth]\nweight = 'much'\n")
    with pytest.raises(SystemExit) as ended:
        main(["score", demo.fields["symbol"][0]])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "goalposts.toml, [growth], weight: “much” is not a number" in said
    assert "Traceback" not in said


def test_the_report_names_the_goalposts_used(demo, demo_home, capsys):
    symbol = demo.fields["symbol"][0]
    with pytest.raises(SystemExit):
        main(["score", symbol])
    assert "Goalposts: built in" in capsys.readouterr().out
    file = own(demo_home, "[growth]\nweight = 10\n")
    with pytest.raises(SystemExit):
        main(["score", symbol])
    assert f"Goalposts: your own, {file}" in capsys.readouterr().out
