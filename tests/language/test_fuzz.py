"""Spoilt text never raises anything but a LanguageError, and long text takes linear time."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.language.diagnosis import MAX_DIAGNOSES, Report
from screener.language.parser import MAX_CHARACTERS, Parser, read_screen
from tests.language.fuzz import SEEDS, outcome, spoil
from tests.language.small import LEXICON


@pytest.mark.parametrize("text", SEEDS)
def test_the_seeds_themselves_run(text):
    assert outcome(text, LEXICON) == "run"


def test_spoilt_screens_end_well():
    r = Random(11)
    outcomes = {outcome(spoil(r.choice(SEEDS), SEEDS, r), LEXICON) for _ in range(1500)}
    assert {"run", "unknown-name", "unreadable", "bracket", "missing", "side-by-side"} <= outcomes


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_any_text_ends_well(text):
    outcome(text, LEXICON)


REPEATED = [
    "ROCE > 1 AND ", "ROCE > 1 OR PE < 3 AND ", "Sales growth 4Years > 15 AND ", "zzz > 1 AND ",
    "Debt ", "Debt to ", "(", ")", "[", "a'", '"', "“", "x[ AND ", "10,", "1,00,00,", "NOT ", "-(",
    "> ", "🙂", "ROCE + ", "ROCE * ", "1 / ", "in (", "avg(", "₹", "+ ", "- ", "known(", "\n", "--",
    "every(ROCE > ", "Sector in (", "as of ", "pct(", "( )", "or unknown ", "AND ", "5 ",
]  # fmt: skip


class CountingParser(Parser):
    """Counts the steps that reading takes."""

    steps = 0

    def go_to(self, index: int) -> None:
        self.steps += 1
        super().go_to(index)


@pytest.mark.parametrize("piece", REPEATED)
def test_the_steps_of_reading_grow_no_faster_than_the_text(piece):
    steps = []
    for size in (4000, 16000):
        text = (piece * size)[:size]
        parser = CountingParser(text, LEXICON, Report(text))
        parser.screen()
        steps.append(parser.steps)
    assert steps[1] <= 5 * steps[0] + 50


@pytest.mark.parametrize("piece", ["ROCE > 1 AND ", "zzz > 1 AND ", "(", "in (", "1,00,00,", "“"])
def test_a_hundred_thousand_characters_are_read(piece):
    text = (piece * 100_000)[:100_000]
    report = Report(text)
    read_screen(text, LEXICON, report)
    assert 1 <= len(report.errors) <= MAX_DIAGNOSES
    assert not any(d.code == "too-long" for d in report.errors)
    too_long = "ROCE > 1 AND " * (MAX_CHARACTERS // 10)
    assert outcome(too_long, LEXICON) == "too-long"
