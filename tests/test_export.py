"""Exports: safe for a spreadsheet, labelled, complete."""

from __future__ import annotations

import csv
import io
import json

import polars as pl
import pytest

from screener.errors import StorageError
from screener.export import csv_text, json_text, table_of, write_csv
from screener.screening import run


@pytest.fixture(scope="module")
def result(demo):
    return run(demo, "ROCE > 15 AND Debt to equity < 1")


def parsed(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("# ")]
    return list(csv.reader(io.StringIO("".join(lines))))


def test_a_csv_says_screen_date_and_demo_and_holds_every_row(tmp_path, result):
    frame = result.rows("pass", ["roce", "market_cap"])
    path = tmp_path / "new" / "list.csv"
    assert write_csv(path, table_of(frame, result)) == frame.height
    text = path.read_text(encoding="utf-8")
    first = text.splitlines()[0]
    assert "fictional" in first
    assert f"{result.market.date:%d %b %Y}" in first
    rows = parsed(text)
    assert len(rows) == frame.height + 1
    assert rows[0][4].startswith("Return on capital employed (%")
    for cells, row in zip(rows[1:], frame.iter_rows(named=True), strict=True):
        assert cells[1] == row["symbol"]
        assert float(cells[4]) == pytest.approx(row["roce"], rel=1e-5)


def test_an_unknown_value_is_an_empty_cell_not_a_zero(result):
    frame = result.rows("unknown", ["roce", "debt_to_equity"])
    for cells, row in zip(
        parsed(csv_text(table_of(frame, result)))[1:], frame.iter_rows(named=True), strict=True
    ):
        for text, key in zip(cells[4:], ("roce", "debt_to_equity"), strict=True):
            assert (text == "") == (row[key] is None)


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a\x1b[31mb\nc"])
def test_outside_text_is_neither_formula_nor_escape_code(result, evil):
    frame = pl.DataFrame({"isin": ["XX"], "symbol": [evil], "name": [evil], "verdict": ["pass"]})
    cell = parsed(csv_text(table_of(frame, result)))[1][1]
    assert cell[0] not in "=+-@\t\r\n"
    assert "\x1b" not in cell
    assert "\n" not in cell


def test_json_has_counts_null_for_unknown_and_the_market(result):
    frame = result.rows("all", ["roce"])
    document = json.loads(json_text(table_of(frame, result)))
    assert document["demo"] is True
    assert sum(document["counts"][k] for k in ("pass", "fail", "needs_data")) == frame.height
    assert [row["roce"] for row in document["rows"]] == frame["roce"].to_list()


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path, result):
    blocker = tmp_path / "file"
    blocker.write_text("mine")
    with pytest.raises(StorageError, match="Cannot write"):
        write_csv(blocker / "x.csv", table_of(result.rows("pass"), result))
    assert blocker.read_text() == "mine"
