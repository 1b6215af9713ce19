"""Exports in every format: read back by another reader, equal to the frame, safe, labelled."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from screener.errors import ScreenError
from screener.export import ENDINGS, caption, header, table_of, write
from screener.market.store import Market
from screener.screening import Result, run

COLUMNS = ["roce", "market_cap", "pe", "industry"]
EVIL = ["=HYPERLINK(1)", "+1", "@SUM(A1)", "-2", "a|b", "[x](http://y)", "<b>", "https://a.b"]


@pytest.fixture(scope="module")
def result(demo: Market) -> Result:
    return run(demo, "ROCE > 15 AND Debt to equity < 1")


@pytest.fixture(scope="module")
def frame(result: Result) -> pl.DataFrame:
    return result.rows("all", COLUMNS).head(120)


def test_parquet_comes_back_as_it_was_with_its_caption(
    tmp_path: Path, result: Result, frame: pl.DataFrame
) -> None:
    path = tmp_path / "list.parquet"
    assert write(path, table_of(frame, result)) == frame.height
    assert pl.read_parquet(path).equals(frame)
    about = pl.read_parquet_metadata(path)
    assert about["kasauti"] == caption(result)
    assert about["kasauti_demo"] == "true"
    assert json.loads(about["kasauti_columns"])["roce"] == header("roce")


def test_json_comes_back_with_nulls_and_counts(
    tmp_path: Path, result: Result, frame: pl.DataFrame
) -> None:
    path = tmp_path / "list.json"
    write(path, table_of(frame, result))
    read = json.loads(path.read_text(encoding="utf-8"))
    assert read["demo"] is True
    assert read["rows"] == frame.to_dicts()


def test_excel_holds_typed_numbers_under_frozen_headings(
    tmp_path: Path, result: Result, frame: pl.DataFrame
) -> None:
    path = tmp_path / "list.XLSX"
    write(path, table_of(frame, result))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["A1"].value == caption(result)
    assert "fictional" in sheet["A1"].value
    assert sheet.freeze_panes == "D5"
    head = [cell.value for cell in sheet[4]]
    assert head[4] == "Return on capital employed (%)"
    for cells, row in zip(sheet.iter_rows(min_row=5), frame.iter_rows(), strict=True):
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, float):
                assert cell.value == pytest.approx(value, rel=1e-12)
            else:
                assert cell.value == value


def test_markdown_is_a_table_with_a_line_for_each_company(
    tmp_path: Path, result: Result, frame: pl.DataFrame
) -> None:
    path = tmp_path / "list.md"
    write(path, table_of(frame, result))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "fictional" in lines[0]
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == frame.height + 2
    assert len({line.count("|") for line in table}) == 1
    assert table[1].split("|")[5].strip() == "--:"


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_text_is_text_in_excel_and_markdown(
    tmp_path: Path, result: Result, evil: str
) -> None:
    frame = pl.DataFrame({"isin": ["XX"], "symbol": [evil], "name": ["a"], "verdict": ["pass"]})
    write(tmp_path / "a.xlsx", table_of(frame, result))
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]["B5"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (evil, "s", None)
    write(tmp_path / "a.md", table_of(frame, result))
    row = (tmp_path / "a.md").read_text(encoding="utf-8").splitlines()[-1]
    assert row.replace("\\|", "").count("|") == 5
    assert "[x](" not in row.replace("\\[", "").replace("\\]", "")
    assert "<b>" not in row.replace("\\<", "")


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_empty_list_is_a_file_too(tmp_path: Path, result: Result, ending: str) -> None:
    path = tmp_path / f"none{ending}"
    assert write(path, table_of(result.rows("pass", COLUMNS).clear(), result)) == 0
    assert path.stat().st_size > 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_equal_lists_make_equal_files(
    tmp_path: Path, result: Result, frame: pl.DataFrame, ending: str
) -> None:
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
    write(one, table_of(frame, result))
    write(two, table_of(frame, result))
    assert one.read_bytes() == two.read_bytes()


def test_an_unknown_ending_writes_nothing_and_names_the_known(
    tmp_path: Path, result: Result, frame: pl.DataFrame
) -> None:
    for name in ("list.docx", "list"):
        with pytest.raises(ScreenError, match=r"\.csv, \.xlsx, \.parquet, \.json or \.md"):
            write(tmp_path / name, table_of(frame, result))
    assert list(tmp_path.iterdir()) == []
