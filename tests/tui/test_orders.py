"""The command line's words, what completes them, and symbols in the forms other sites take."""

from __future__ import annotations

import csv
import io

import pytest

from screener.errors import UnknownName
from screener.fields.catalogue import by_key
from tui.complete import FieldNames
from tui.copying import FORMS, Listed, form_of
from tui.orders import VERBS, Completer, Order, field_of, read, sort_keys
from tui.screens.copying import obstacle_to_copying

NAMES = FieldNames(by_key())
LISTED = (
    Listed("INE1", "M&M", "500520", "Mahindra, Ltd"),
    Listed("INE2", "500999", "500999", "Only in Bombay"),
    Listed("INE3", "BAJAJ-AUTO", "", "=HYPERLINK(1)"),
)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        (":screen red flags", Order("screen", "red flags")),
        ("  SORT -roce, pe ", Order("sort", "-roce, pe")),
        ("q", Order("quit", "")),
        ("as-of 2025-06-30", Order("asof", "2025-06-30")),
        ("roce > 20", Order("", "roce > 20")),
        ("screener", Order("", "screener")),
        (":", Order("", "")),
    ],
)
def test_a_line_is_a_verb_or_else_a_condition_or_a_symbol(line: str, order: Order) -> None:
    assert read(line) == order


def test_sort_keys_take_other_names_and_say_which_are_near() -> None:
    assert sort_keys("-ROCE, p/e", NAMES) == (("roce", True), ("pe", False))
    with pytest.raises(UnknownName, match="roce"):
        sort_keys("rocee", NAMES)
    assert field_of("mcap", NAMES).key == "market_cap"


def test_fields_are_found_by_word_by_other_name_and_once() -> None:
    first = NAMES.offers("ROCE > 20 AND roe")[0]
    assert (first.text, first.length, first.unit, first.also) == ("Return on equity", 3, "%", "ROE")
    assert first.about
    texts = [offer.text for offer in NAMES.offers("return on")]
    assert len(texts) == len(set(texts)) > 1
    assert NAMES.offers("AND ") == []


def test_every_offer_replaces_what_was_typed_of_it() -> None:
    completer = Completer(
        NAMES,
        [("red_flags", "Red flags"), ("core", "Selectivity core")],
        ["my list"],
        ["kasauti-dark"],
        lambda start: [("ROCKX", "Rock Ltd")] if "rockx".startswith(start.casefold()) else [],
    )
    assert completer.offers("scr")[0].text == "screen"
    assert completer.offers(":rock")[0].text == "ROCKX"
    assert [offer.text for offer in completer.offers("screen flags")] == ["red_flags"]
    assert [offer.text for offer in completer.offers("list ")] == ["my list"]
    offer = completer.offers("sort -market capit")[0]
    assert ("sort -market capit"[: -offer.length] + offer.text) == "sort -Market Capitalization"
    for verb in VERBS:
        for typed in completer.offers(f"{verb} "):
            assert typed.length <= 0 or f"{verb} ".endswith(" ")


def test_every_form_names_every_company_once() -> None:
    for form in FORMS:
        text = form.write(LISTED)
        parts = text.split(",") if form.id == "commas" else text.strip().splitlines()
        assert len(parts) == len(LISTED) + (form.id == "csv")
        assert form.about
        assert form_of(form.id) is form
    assert form_of("of nobody") is FORMS[0]


def test_forms_say_the_exchange_and_write_symbols_as_the_site_does() -> None:
    assert form_of("commas").write(LISTED) == "M&M, 500999, BAJAJ-AUTO"
    assert form_of("exchange").write(LISTED).splitlines() == [
        "NSE:M_M", "BSE:500999", "NSE:BAJAJ_AUTO",
    ]  # fmt: skip
    assert form_of("suffix").write(LISTED).splitlines()[1] == "500999.BO"
    rows = list(csv.reader(io.StringIO(form_of("csv").write(LISTED))))
    assert rows[0] == ["Exchange", "Symbol", "ISIN", "Name"]
    assert rows[1] == ["NSE", "M&M", "INE1", "Mahindra, Ltd"]
    assert rows[3][3][0] not in "=+-@"


def test_what_keeps_a_copy_from_arriving_is_told() -> None:
    assert obstacle_to_copying({"TERM": "xterm-256color"}, 100) == ""
    assert "set-clipboard" in obstacle_to_copying({"TMUX": "/tmp/x,1,0"}, 100)
    assert obstacle_to_copying({"TERM": "linux"}, 100)
    assert obstacle_to_copying({"STY": "1.pts"}, 100)
    assert obstacle_to_copying({}, 100_000)
