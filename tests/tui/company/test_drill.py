"""A number taken apart: value, inputs, day known, earlier values, other definitions."""

from __future__ import annotations

import pytest

from screener.errors import UnknownName
from screener.fields.base import NOW
from screener.fields.catalogue import by_key
from screener.market.store import Market
from tests.tui.company.market import AGAIN, BARE, FIRST, FULL, LOSSES
from tests.tui.small import isin
from tui.company.sheet import Asked
from tui.drill import SAME_NAME, drill, restated_of
from tui.drill_text import drill_lines
from tui.format import quantity


def text(market: Market, asked: Asked, width: int = 100) -> list[str]:
    return ["".join(part for part, _ in line) for line in drill_lines(drill(market, asked), width)]


def test_a_statement_figure_has_its_source_and_the_day_it_was_known(companies: Market) -> None:
    found = drill(companies, Asked(isin(FULL), line="net_profit", slot="0"))
    assert found.name == "Net profit"
    assert found.at == "12 months to 31 Mar 2025"
    (source,) = found.inputs
    assert (source.basis, source.source) == ("consolidated", "test")
    assert source.known == "20 May 2025 by the filing deadline"
    assert found.versions == ()
    assert found.before.endswith("a year before, Mar 24")


def test_a_restated_figure_shows_what_it_was_and_since_when(companies: Market) -> None:
    found = drill(companies, Asked(isin(FULL), line="sales", slot="1"))
    assert found.value == quantity(AGAIN, "cr")
    assert [v.value for v in found.versions] == [quantity(FIRST, "cr"), quantity(AGAIN, "cr")]
    assert [v.known[:11] for v in found.versions] == ["20 May 2024", "20 May 2025"]
    assert {line for _, _, line in restated_of(companies, isin(FULL))} == {"sales"}
    assert restated_of(companies, isin(LOSSES)) == frozenset()


def test_before_the_restatement_the_figure_was_the_first_one(companies: Market) -> None:
    import datetime as dt

    past = companies.as_of(dt.date(2025, 1, 15))
    found = drill(past, Asked(isin(FULL), line="sales", slot="0"))
    assert found.value == quantity(FIRST, "cr")
    assert found.versions == ()
    assert restated_of(past, isin(FULL)) == frozenset()


def test_a_field_has_its_formula_its_inputs_and_its_variants(companies: Market) -> None:
    found = drill(companies, Asked(isin(FULL), "roce"))
    value = companies.fields["roce"][0]
    assert found.value == quantity(value, "pct")
    assert found.formula == by_key()["roce"].formula
    assert {i.name for i in found.inputs} >= {"Profit before tax", "Interest"}
    names = [o.name for o in found.others]
    assert names[0] == "ROCE on reported profit"
    assert found.others[0].value == quantity(companies.fields["roce_screener"][0], "pct")


@pytest.mark.parametrize("years", [1, 4])
def test_an_earlier_year_has_its_own_value_and_inputs(companies: Market, years: int) -> None:
    found = drill(companies, Asked(isin(FULL), "roce", years=years))
    measure = by_key()["roce"].define(NOW.back(years=years)).value
    row = companies.panel.filter(companies.panel["isin"] == isin(FULL))
    assert found.value == quantity(row.select(measure).item(), "pct")
    assert found.at.startswith(f"Mar {25 - years}")
    ends = {i.period for i in found.inputs}
    assert ends <= {f"31 Mar {2025 - years}", f"31 Mar {2024 - years}"}


def test_a_missing_number_says_why(companies: Market) -> None:
    found = drill(companies, Asked(isin(BARE), "pe"))
    assert found.value == "–"
    assert found.reason
    assert any("Why not" in line for line in text(companies, Asked(isin(BARE), "pe")))


def test_a_peer_is_found_by_its_symbol(companies: Market) -> None:
    assert drill(companies, Asked("LOSSES", "roce")).company == "Deepwater Test Mills Ltd"
    with pytest.raises(UnknownName):
        drill(companies, Asked("NOSUCH", "roce"))


def test_every_variant_is_a_field_and_stands_in_one_group() -> None:
    keys = [key for group in SAME_NAME for key in group]
    assert set(keys) <= set(by_key())
    assert len(keys) == len(set(keys))
    for group in SAME_NAME:
        assert len({by_key()[key].unit for key in group} - {None}) <= 2, group


@pytest.mark.parametrize("width", [40, 70, 112])
def test_the_page_keeps_to_its_width(companies: Market, width: int) -> None:
    for asked in (
        Asked(isin(FULL), "roce"),
        Asked(isin(FULL), "selectivity_score"),
        Asked(isin(FULL), line="sales", slot="1"),
    ):
        found = text(companies, asked, width)
        assert max(len(line) for line in found) <= width + 12  # numbers are never cut


def test_every_field_of_every_company_can_be_taken_apart(companies: Market) -> None:
    for key, field in list(by_key().items())[::9]:
        found = drill(companies, Asked(isin(FULL), key))
        assert found.name == field.name
        if field.unit.numeric:
            assert (found.value == "–") == bool(found.reason)
