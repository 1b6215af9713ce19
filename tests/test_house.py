"""The rules of the house that a linter does not know."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("tui.cli", "polars pandas numpy requests bs4 textual lxml openpyxl"),
        ("tui.app", "polars pandas numpy requests bs4 lxml openpyxl"),
        ("screener.screening", "pandas numpy requests bs4 textual lxml openpyxl"),
        ("screener.market.store", "pandas numpy requests bs4 textual lxml openpyxl"),
        ("screener.screens", "polars pandas numpy requests bs4 textual lxml openpyxl"),
    ],
)
def test_nothing_heavy_is_imported_with(module: str, heavy: str):
    code = f"import sys, {module}; print(sorted(set({heavy.split()!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_module_opens_with_a_sentence_and_stays_one_idea():
    for package in ("screener", "scrapers", "tui"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert text.startswith('"""'), path
            assert len(text.splitlines()) <= 500, path


def test_the_page_of_fields_is_made_from_the_catalogue():
    from tui.explain import fields_markdown

    page = (ROOT / "docs" / "fields.md").read_text(encoding="utf-8")
    assert page == fields_markdown(), "docs/fields.md is stale; run `make docs`"
