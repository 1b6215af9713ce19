"""Pages whose nodes were dropped, doubled, swapped or renamed: the same figures, or a named error.

A figure that is read must be the one printed for that line and period. Only cells swapped within a
row cannot be told from a row that was printed so; there the two readers must still agree.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from scrapers.screener_in import CompanyPage, parse_page
from screener.errors import LayoutError
from tests.replay.recordings import Recordings
from tests.replay.render import recorded_page
from tests.scrapers.made_pages import made_page

READERS = ("selectolax", "soup")
URL = "https://www.screener.in/company/MADEUP/consolidated/"
Figures = dict[tuple[str, str, str], float | None]
Node = lxml_html.HtmlElement


def drop(node: Node, _: random.Random) -> None:
    node.drop_tree()


def double(node: Node, _: random.Random) -> None:
    node.addnext(copy.deepcopy(node))


def swap(node: Node, dice: random.Random) -> None:
    siblings = [other for other in node.itersiblings() if isinstance(other.tag, str)]
    if siblings:
        other = dice.choice(siblings)
        place = copy.deepcopy(other)
        other.addnext(copy.deepcopy(node))
        other.drop_tree()
        node.addnext(place)
        node.drop_tree()


def rename(node: Node, dice: random.Random) -> None:
    if node.attrib and dice.random() < 0.5:
        name = dice.choice(sorted(node.attrib))
        node.attrib[name] = f"{node.attrib[name]}x" if dice.random() < 0.5 else ""
    else:
        # A part of a table outside of one, or a block inside a line, is mended by each parser.
        inside = next(node.iterancestors("table"), None) is not None
        cells = ["th", "td", "tr"] if inside else []
        node.tag = dice.choice(["span", "b", *cells])


KINDS: dict[str, Callable[[Node, random.Random], None]] = {
    "drop": drop, "double": double, "swap": swap, "rename": rename,
}  # fmt: skip
#: Where a mutation strikes: cells and headers, rows, whole parts, anything.
PLACES = ("//td", "//th", "//tr", "//section|//table|//thead|//tbody|//ul|//div", "//main//*")


MADE = made_page()
ORIGINAL = parse_page(MADE, URL)


def mutated(page: bytes, seed: int, kind: str, place: str) -> tuple[bytes, bool]:
    """The page with one node changed; whether two data cells of a row may have changed places."""
    dice = random.Random(seed)
    tree = lxml_html.document_fromstring(page.decode())
    node = dice.choice(tree.xpath(place))
    within_row = kind == "swap" and node.tag == "td"
    KINDS[kind](node, dice)
    return lxml_html.tostring(tree, encoding="utf-8", doctype="<!DOCTYPE html>"), within_row


def read(page: bytes, reader: str) -> CompanyPage | LayoutError:
    try:
        return parse_page(page, URL, reader)
    except LayoutError as err:
        return err


def figures(page: CompanyPage) -> Figures:
    return {
        (section, line, str(period)): value
        for section, statement in page.statements.items()
        for line, values in statement.lines.items()
        for period, value in zip(statement.periods, values, strict=True)
    }


def check(page: bytes, original: CompanyPage, seed: int, kind: str, place: str) -> str:
    """Hold both readers to the original; returns what became of the page."""
    changed, within_row = mutated(page, seed, kind, place)
    fast, slow = (read(changed, reader) for reader in READERS)
    for result in (fast, slow):
        if isinstance(result, LayoutError):
            assert str(result)
            continue
        if within_row:
            continue
        before = figures(original)
        for cell, value in figures(result).items():
            assert value is None or value == before.get(cell), f"{kind} {place} {seed}: {cell}"
    if isinstance(fast, CompanyPage) and isinstance(slow, CompanyPage):
        assert fast == slow, f"{kind} {place} {seed}"
        return "same" if figures(fast) == figures(original) else "less"
    return "error"


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32), place=st.sampled_from(PLACES))
@settings(max_examples=30, deadline=None)
def test_made_pages(kind: str, seed: int, place: str) -> None:
    check(MADE, ORIGINAL, seed, kind, place)


@pytest.mark.recorded
def test_recorded_pages(recorded: Path) -> None:
    recordings = Recordings(recorded)
    outcomes: dict[str, int] = {}
    dice = random.Random(7)
    for symbol in ("HDFCBANK", "NESTLEIND"):
        record = recordings.find(symbol)
        assert record
        page = recorded_page(record)
        original = parse_page(page, URL)
        for kind in KINDS:
            for place in PLACES:
                outcome = check(page, original, dice.randrange(2**32), kind, place)
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert set(outcomes) == {"same", "less", "error"}


@pytest.mark.recorded_full
def test_every_recorded_page_as_it_is_and_with_a_node_changed(recorded: Path) -> None:
    recordings = Recordings(recorded)
    outcomes: Counter[str] = Counter()
    dice = random.Random(8)
    for symbol in sorted(recordings.universe):
        record = recordings.find(symbol)
        assert record
        page = recorded_page(record)
        fast, slow = (read(page, reader) for reader in READERS)
        if isinstance(fast, LayoutError):
            assert (type(slow), str(slow)) == (type(fast), str(fast)), symbol
            outcomes["no tables"] += not record.statements
            continue
        assert fast == slow, symbol
        kind, place = dice.choice(list(KINDS)), dice.choice(PLACES)
        outcomes[check(page, fast, dice.randrange(2**32), kind, place)] += 1
    assert sum(outcomes.values()) == 3223
    assert outcomes["no tables"] == 48
    assert min(outcomes["same"], outcomes["less"], outcomes["error"]) > 200
    print(dict(outcomes))
