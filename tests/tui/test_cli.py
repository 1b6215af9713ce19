"""The command line: data on stdout, narration on stderr, exit codes, behaviour in a pipe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest


def test_a_named_screen_prints_a_table_and_narrates_counts_date_and_demo(kasauti):
    code, out, err = kasauti("screen", "fortress_balance_sheet", "--show", "all", "--limit", "5")
    assert code == 0
    assert len(out.splitlines()) == 7  # two lines of headings
    for words in ("pass", "fail", "need data", "fictional"):
        assert words in err


def test_a_query_sorts_limits_and_prints_json(kasauti):
    code, out, _ = kasauti("screen", "ROCE > 10", "--json", "--sort", "-ROCE", "--limit", "7")
    assert code == 0
    values = [row["roce"] for row in json.loads(out)["rows"]]
    assert len(values) == 7
    assert values == sorted(values, reverse=True)


def test_csv_goes_to_a_file_or_stdout(kasauti, tmp_path):
    target = tmp_path / "list.csv"
    assert kasauti("screen", "ROCE > 10", "--csv", str(target))[0] == 0
    code, out, _ = kasauti("screen", "ROCE > 10", "--csv", "-")
    assert code == 0
    assert out == target.read_text(encoding="utf-8")


def test_a_wrong_field_is_shown_with_caret_and_suggestion(kasauti):
    code, out, err = kasauti("screen", "Debt to equty < 1 AND ROCE >")
    assert code == 2
    assert out == ""
    assert "^" in err
    assert "Debt to equity" in err


def test_a_mistyped_screen_name_gets_the_nearest(kasauti):
    code, _, err = kasauti("screen", "selectivty_core")
    assert code == 2
    assert "selectivity_core" in err


def test_why_and_funnel_explain(kasauti):
    rows = json.loads(kasauti("screen", "ROCE > 10", "--json")[1])["rows"]
    symbol = rows[0]["symbol"]
    code, out, _ = kasauti("why", symbol, "ROCE > 10")
    assert code == 0
    assert "passes" in out
    assert "room" in out
    assert "known" in out
    document = json.loads(kasauti("why", symbol, "selectivity_core", "--json")[1])
    assert {c["verdict"] for c in document["conditions"]} <= {"pass", "fail", "unknown"}
    assert kasauti("funnel", "selectivity_core")[0] == 0
    assert json.loads(kasauti("funnel", "selectivity_core", "--json")[1])["funnel"]


def test_a_figure_behind_two_fields_is_told_once(kasauti):
    passing = json.loads(kasauti("screen", "Peer PE premium > -1000", "--json")[1])["rows"]
    out = kasauti("why", passing[0]["symbol"], "Peer PE premium > -1000")[1]
    figures = [line for line in out.splitlines() if line.strip().startswith("· ")]
    assert any("Earnings per share" in line or "profit" in line.lower() for line in figures)
    for line in figures:
        amounts = re.findall(r"₹ [^(]+\(\d+ \w+ \d+\)", line)
        assert len(amounts) == len(set(amounts)), line


def test_an_unknown_company_is_a_clear_error(kasauti):
    code, _, err = kasauti("why", "NOSUCHCOMPANY", "ROCE > 10")
    assert code == 2
    assert "NOSUCHCOMPANY" in err


def test_fields_are_listed_searched_and_shown(kasauti):
    assert "Debt to equity" in kasauti("fields")[1]
    assert "Debt to equity" in kasauti("fields", "debt", "equity")[1]
    page = kasauti("fields", "ROCE")[1]
    assert "formula" in page
    code, _, err = kasauti("fields", "zzzznothing")
    assert code == 2
    assert "zzzznothing" in err


def test_own_screens_are_added_checked_and_removed(kasauti, tmp_path):
    assert kasauti("screens", "add", "Cheap ones", "PE < 10")[0] == 0
    assert "cheap_ones" in kasauti("screens")[1]
    assert kasauti("screen", "cheap_ones")[0] == 0
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("ROCE > 5")
    bad.write_text("Nonsense field > 5")
    assert kasauti("screens", "check", str(good))[0] == 0
    assert kasauti("screens", "check", str(good), str(bad))[0] == 2
    many = tmp_path / "many.jsonl"
    many.write_text('{"id": "a", "query": "ROCE > 5"}\n\n{"id": "b", "query": "PE <"}\n')
    code, out, _ = kasauti("screens", "check", str(many))
    assert code == 2
    assert "a: runs" in out
    assert "^" in out
    many.write_text("{not json")
    assert "line 1" in kasauti("screens", "check", str(many))[2]
    assert kasauti("screens", "remove", "cheap_ones")[0] == 0
    assert kasauti("screen", "cheap_ones")[0] == 2


def test_a_wrong_query_is_not_saved(kasauti):
    assert kasauti("screens", "add", "Bad", "Nonsense field > 5")[0] == 2
    assert "bad" not in kasauti("screens")[1].split()


def test_a_broken_screens_file_is_shown_by_line(kasauti, demo_home):
    demo_home.screens_file.parent.mkdir(parents=True)
    demo_home.screens_file.write_text('[screen.a]\nquery = "x\n')
    code, _, err = kasauti("screens")
    assert code == 2
    assert "line 2" in err
    assert 'query = "x' in err


def test_without_a_terminal_the_default_shortlist_is_printed(kasauti):
    code, _, err = kasauti()
    assert code == 0
    assert "Selectivity core" in err
    assert "Open the app" in err


def test_help_of_every_command_reads(kasauti):
    for command in ("screen", "why", "funnel", "fields", "screens", "refresh"):
        code, out, _ = kasauti(command, "--help")
        assert code == 0
        assert len(out.splitlines()) > 4


def test_a_closed_pipe_is_no_traceback(demo_home):
    command = f"{sys.executable} -m tui screen 'ROCE > 0' --show all | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        text=True,
        env=os.environ | {"TERM": "xterm-256color"},
        check=False,
    )
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_nothing_heavy_is_imported_by_help(demo_home):
    code = (
        "import sys; sys.argv = ['kasauti', '--help']\n"
        "from tui.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'polars', 'pandas', 'numpy', 'requests', 'bs4', 'textual', 'lxml', 'openpyxl'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert "HEAVY []" in done.stderr


def test_an_unexpected_error_goes_to_the_log(kasauti, demo_home, monkeypatch):
    def boom(*args: object, **kwargs: object) -> None:
        raise RuntimeError("something new")

    monkeypatch.setattr("screener.screening.run", boom)
    code, _, err = kasauti("screen", "ROCE > 5")
    assert code == 1
    assert "something new" in err
    assert "Traceback" not in err
    assert "something new" in demo_home.log.read_text()


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "json", "md"])
def test_out_writes_the_format_its_ending_names(kasauti, tmp_path, ending):
    target = tmp_path / f"list.{ending}"
    code, out, err = kasauti("screen", "ROCE > 10", "--limit", "5", "--out", str(target))
    assert (code, out) == (0, "")
    assert "5 companies written" in err
    starts = {"xlsx": b"PK", "parquet": b"PAR1", "json": b"{", "md": b"Kasauti", "csv": b"# K"}
    assert target.read_bytes().startswith(starts[ending])


def test_an_unknown_ending_is_a_wrong_command(kasauti, tmp_path):
    code, _, err = kasauti("screen", "ROCE > 10", "--out", str(tmp_path / "list.doc"))
    assert code == 2
    assert ".parquet" in err


def test_a_terminal_that_only_prints_lines_is_told_so_and_gets_the_list(kasauti, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    code, out, err = kasauti()
    assert code == 0
    assert "TERM=dumb" in err
    assert len(out.splitlines()) > 2
