"""The same figures worked out again, company by company, in plain Python.

The formulas are in opinions_again and ratios_again.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.fields.catalogue import compute
from tests.fields.companies_again import Company, share_counts
from tests.fields.opinions_again import FIRST
from tests.fields.panels import random_panel
from tests.fields.ratios_again import RATIOS

SECOND_OPINIONS = FIRST | RATIOS


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_plain_python_agrees(seed):
    panel = random_panel(seed, 60)
    frame = compute(panel, list(SECOND_OPINIONS))
    companies = [Company(row) for row in panel.with_columns(share_counts()).iter_rows(named=True)]
    for key, opinion in SECOND_OPINIONS.items():
        found = frame[key].to_list()
        expected = [opinion(c) for c in companies]
        for row, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
            assert (ours is None) == (theirs is None), (key, row, ours, theirs)
            if ours is not None:
                assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-6), (key, row)


def test_the_second_opinions_have_something_to_say():
    assert len(SECOND_OPINIONS) >= 140
    frame = compute(random_panel(11, 200), list(SECOND_OPINIONS))
    silent = [key for key in SECOND_OPINIONS if frame[key].count() < 20]
    assert silent == []
