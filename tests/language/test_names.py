"""Which names are found, proposed and completed from words."""

from __future__ import annotations

import pytest

from screener.fields.catalogue import lexicon
from screener.language import compile_screen
from tests.language.small import LEXICON


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("Debt to equty", "Debt to equity"),
        ("Retrn on captal employd", "Return on capital employed"),
        ("Marketcap", "Market Capitalization"),
        ("promotr holdng", "Promoter holding"),
        ("price earning", "Price to Earning"),
        ("book vlaue", "Book value"),
        ("ROE Annual", "Return on equity"),
        ("roce 3yr avg", "Average return on capital employed 3Years"),
        ("profit growth 5", "Profit growth 5Years"),
        ("Result Declared date", "Last result date"),
        ("Revenue Growth Qtr YoY", "YOY Quarterly sales growth"),
        ("interest cover", "Interest Coverage Ratio"),
        ("Current prcie", "Current price"),
    ],
)
def test_the_nearest_name_to_words_nobody_knows(words, nearest):
    assert lexicon().suggest(words)[0].name == nearest


def test_nothing_is_proposed_for_what_is_like_nothing():
    assert lexicon().suggest("qqqq wwww") == []
    assert lexicon().suggest("") == []
    assert len(lexicon().suggest("growth", limit=3)) == 3


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("return on cap", "Return on capital employed"),
        ("mcap", "Market Capitalization"),
        ("sales growth 3", "Sales growth 3Years"),
        ("SALES", "Sales"),
        ("debt to", "Debt to equity"),
    ],
)
def test_unfinished_words_are_completed(typed, first):
    assert first in [name.name for name in lexicon().complete(typed)]
    assert lexicon().complete("") == lexicon().complete("zzzz") == []


def test_a_name_is_found_by_all_of_its_words_or_not_at_all():
    assert LEXICON.find("debt  TO equities").key == "debt_to_equity"
    assert LEXICON.find("Debt to") is None
    assert LEXICON.find("200 DMA").key == "dma_200"


def test_texts_that_no_company_has_are_a_warning():
    values = {"sector": ["Chemicals", "Healthcare"], "indices": ["Nifty 50"]}
    text = 'Sector in ("chemicals", "Helthcare") AND Sector != "x" AND in index "nifty 5O"'
    found = compile_screen(text, LEXICON, values=values).warnings
    assert [text[w.start : w.end] for w in found] == ['"Helthcare"', '"x"', 'in index "nifty 5O"']
    assert "Healthcare" in found[0].hint
    assert not compile_screen(text, LEXICON).warnings
