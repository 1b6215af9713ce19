"""The catalogue: names, lookups, and one query that computes every field."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from screener.errors import UnknownName
from screener.fields import catalogue
from screener.fields.base import REASONS, Unit
from tests.conftest import ROOT
from tests.fields.panels import random_panel, rows

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


def test_shared_columns_change_no_value_and_no_reason():
    panel = random_panel(4)
    frame = catalogue.compute(panel)
    # Share counts of earlier years are long chains, which take minutes where nothing is shared.
    fields = [f for f in catalogue.all_fields() if f.stage == 1 and "listed_on" not in f.inputs]
    alone = panel.select(field.measure.value.alias(field.key) for field in fields)
    reasons = panel.select(field.measure.reason.alias(field.key) for field in fields)
    for field in fields:
        value, shared = alone[field.key], frame[field.key]
        if field.unit.numeric:
            value = value.cast(pl.Float64).set(~value.cast(pl.Float64).is_finite(), None)
            shared = shared.cast(pl.Float64)
        assert_series_equal(value, shared, rel_tol=1e-9)
        both = reasons[field.key].is_not_null()
        assert_series_equal(
            reasons[field.key].filter(both), frame[f"{field.key}?"].filter(both), check_names=False
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
