"""Field names offered while a query is typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.complete import suggestions

NAMES = (
    "Return on capital employed",
    "Return on equity",
    "Return on equity preceding year",
    "Debt to equity",
    "Price to Earning",
    "Is SME",
)


def test_the_longest_run_of_words_that_begins_a_name_is_completed() -> None:
    assert suggestions("ROCE > 5 AND return on ca", NAMES)[0] == (
        "Return on capital employed",
        len("return on ca"),
    )
    assert [name for name, _ in suggestions("debt to", NAMES)] == ["Debt to equity"]


def test_a_name_may_go_on_over_a_line_break() -> None:
    before = "x > 1 and return\n  on eq"
    name, length = suggestions(before, NAMES)[0]
    assert before[-length:] == "return\n  on eq"
    assert name == "Return on equity"


def test_a_word_inside_a_name_finds_it() -> None:
    assert ("Price to Earning", len("earn")) in suggestions("> 3 or earn", NAMES)


def test_a_finished_name_still_offers_the_longer_ones() -> None:
    names = [name for name, _ in suggestions("return on equity", NAMES)]
    assert names == ["Return on equity", "Return on equity preceding year"]


def test_nothing_is_offered_after_a_number_an_operator_or_a_keyword() -> None:
    for before in ("", "ROCE > ", "ROCE > 5 and ", "(", "ROCE >", "5"):
        assert suggestions(before, NAMES) == []


@given(st.text(max_size=60))
def test_what_is_replaced_is_always_the_end_of_the_text(before: str) -> None:
    for name, length in suggestions(before, NAMES):
        assert name in NAMES
        assert 0 < length <= len(before)
