"""The catalogue: names, lookups, and one query that computes every field."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from screener.errors import UnknownName
from screener.fields import catalogue
from screener.fields.base import NOW, REASONS, Measure, Unit
from tests.conftest import ROOT
from tests.fields.panels import random_panel, rows, spread

DOCS = Path(os.environ.get("KASAUTI_DOCS") or ROOT / ".." / "shared" / "docs")


def test_a_name_stands_for_one_field():
    fields = catalogue.all_fields()
    clash = replace(fields[0], key="another", name="Another", aliases=("  RETURN on equity ",))
    with pytest.raises(catalogue.DuplicateNameError, match="return on equity"):
        catalogue.names_of([*fields, clash])


def test_every_key_is_a_plain_word():
    keys = [field.key for field in catalogue.all_fields()]
    assert len(set(keys)) == len(keys)
    assert all(key.isidentifier() and key == key.lower() for key in keys)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("roce", "roce"),
        ("ROCE", "roce"),
        ("Return on  capital\nemployed", "roce"),
        ("Average return on capital employed 3Years", "roce_3y_avg"),
        ("Debt to equity", "debt_to_equity"),
        ("Market cap", "market_cap"),
        ("Industry PE", "peer_pe"),
        ("Profit after tax latest quarter", "net_profit_latest_quarter"),
    ],
)
def test_a_field_is_found_by_key_name_and_alias(written, key):
    assert catalogue.find(written).key == key


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(UnknownName, match="Debt to equity"):
        catalogue.find("Debt to equty")


@pytest.mark.skipif(not (DOCS / "screener_in_fields.csv").is_file(), reason="no list of names here")
def test_every_name_of_that_language_is_known():
    with (DOCS / "screener_in_fields.csv").open(encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(names) == 353
    lexicon = catalogue.lexicon()
    assert [n for n in names if lexicon.find(n) is None and not n.startswith("Is not")] == []
    for name in names:
        catalogue.find(name)


def test_no_words_stand_for_two_fields():
    assert catalogue.lexicon().clashes == ()


def test_a_field_without_a_source_says_what_would_bring_it():
    frame = catalogue.compute(random_panel(3))
    for field in catalogue.all_fields():
        if field.source == "none":
            assert field.note.endswith("."), field.key
            assert frame[field.key].null_count() == frame.height


def test_every_field_explains_itself():
    for field in catalogue.all_fields():
        assert all((field.about, field.formula, field.family)), field.key
        assert field.about.endswith((".", ".”")), field.key


def test_each_field_has_a_column_of_its_unit_and_one_of_reasons():
    frame = catalogue.compute(random_panel(1))
    schema = dict(frame.schema)
    types = {Unit.TEXT: pl.String, Unit.FLAG: pl.Boolean, Unit.DATE: pl.Date}
    for field in catalogue.all_fields():
        dtype = schema[field.key]
        expected = types.get(field.unit)
        assert dtype == expected if expected else dtype.is_numeric(), field.key
        assert schema[f"{field.key}?"] == REASONS, field.key
    assert set(catalogue.PASSED_ON) <= set(frame.columns)


def test_fewer_fields_are_the_same_fields():
    panel = random_panel(2)
    keys = ["peer_pe_premium", "roce_3y_avg", "symbol", "piotroski_f"]
    whole, part = catalogue.compute(panel), catalogue.compute(panel, keys)
    wanted = [*keys, *(f"{key}?" for key in keys)]
    assert part.select(wanted).equals(whole.select(wanted))
    assert len(part.columns) < len(whole.columns) / 10
    with pytest.raises(UnknownName):
        catalogue.compute(panel, ["no such field"])


def test_companies_may_be_computed_in_parts_and_compared_together():
    panel = random_panel(5, 30)
    parts = [catalogue.compute_alone(part) for part in (panel[:11], panel[11:12], panel[12:])]
    together = catalogue.compare(pl.concat(parts))
    assert_frame_equal(together, catalogue.compute(panel), rel_tol=1e-9)


class ColumnsByContent:
    """Gives each expression a column, whatever name it is shared under.

    Two things under one name, or one thing read a stage too early, come out different here.
    """

    def __init__(self, panel: pl.DataFrame) -> None:
        self.frame = panel
        self._names: dict[str, str] = {}

    def once(self, key: str, build: Callable[[], Measure]) -> Measure:
        measure = build()
        return Measure(self.column(measure.value), tuple(map(self.column, measure.codes)))

    def column(self, expr: pl.Expr) -> pl.Expr:
        content = str(expr)
        if content not in self._names:
            self._names[content] = f"column {len(self._names)}"
            self.frame = self.frame.with_columns(expr.alias(self._names[content]))
        return pl.col(self._names[content])


def test_shared_columns_change_no_value_and_no_reason():
    panel = random_panel(4)
    frame, by_content = catalogue.compute(panel), ColumnsByContent(panel)
    for field in catalogue.all_fields():
        if field.stage > 1:
            continue
        # Share counts of earlier years are long chains, which take a minute if not shared at all.
        plan = by_content if "listed_on" in field.inputs else None
        measure = field.define(replace(NOW, plan=plan))
        alone = (plan.frame if plan else panel).select("isin", v=measure.value, r=measure.reason)
        value, shared = alone["v"], frame[field.key]
        if field.unit.numeric:
            value = value.cast(pl.Float64).set(~value.cast(pl.Float64).is_finite(), None)
            shared = shared.cast(pl.Float64)
        assert_series_equal(value, shared, rel_tol=1e-9, check_names=False)
        both = alone["r"].is_not_null()
        assert_series_equal(
            alone["r"].filter(both), frame[f"{field.key}?"].filter(both), check_names=False
        )


def test_an_empty_panel_has_every_column():
    frame = catalogue.compute(rows([{}]).clear())
    assert frame.height == 0
    assert {field.key for field in catalogue.all_fields()} <= set(frame.columns)


def test_siblings_over_years_and_quarters_exist():
    fields = catalogue.by_key()
    for field in fields.values():
        for sibling in (field.yearly, field.quarterly):
            assert not sibling or fields[sibling].unit is field.unit, field.key


def test_no_count_of_before_the_listing_is_compared_with_todays():
    panel = spread(
        {
            "listed_on": dt.date(2024, 6, 1),
            "shares": 10.0,
            "equity_capital": [100.0, 5.5, 95.0, 100.0],
            "equity_capital_L": 100.0,
        }
    )
    frame = catalogue.compute(rows([panel, panel | {"listed_on": dt.date(2000, 6, 1)}]))
    counts = frame.select("shares_preceding_year", "shares_preceding_year?")
    assert counts.rows() == [(None, "SHORT_HISTORY"), (pytest.approx(0.55), None)]
    # Three years back the capital was today's, but of the founders still.
    values = {f"reserves@{k}": 100.0 for k in range(4)}
    frame = catalogue.compute(
        rows([panel | values, panel | values | {"listed_on": dt.date(2000, 6, 1)}])
    )
    book = frame.select("book_value_3years_back", "book_value_3years_back?")
    assert book.rows() == [(None, "SHORT_HISTORY"), (pytest.approx(20.0), None)]
