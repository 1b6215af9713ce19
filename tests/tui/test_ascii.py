"""Everything in ASCII where it is asked for, in the same cells, and nothing lost of the app."""

from __future__ import annotations

import locale

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.conftest import Opened
from tui.ascii import SIGNS, ascii_wanted, in_ascii


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Mn", "Me", "Mc", "Cf"))))
def test_text_is_ascii_and_as_wide_as_it_was(text: str) -> None:
    shown = in_ascii(text)
    assert shown.isascii()
    assert cell_len(shown) == sum(cell_len(char) for char in text)


def test_signs_stand_for_as_many_cells() -> None:
    assert {sign: cell_len(sign) for sign in SIGNS} == {s: len(t) for s, t in SIGNS.items()}
    assert in_ascii("⠀⠁⣿") == " .#"
    assert in_ascii("Ünïcode ₹ 5") == "Unicode R 5"


def test_it_is_asked_for_by_name_or_by_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASAUTI_ASCII", "1")
    assert ascii_wanted()
    monkeypatch.setenv("KASAUTI_ASCII", "0")
    assert not ascii_wanted()
    monkeypatch.delenv("KASAUTI_ASCII")
    for coding, wanted in (("UTF-8", False), ("ANSI_X3.4-1968", True), ("ISO-8859-1", True)):
        monkeypatch.setattr(locale, "getpreferredencoding", lambda _=True, c=coding: c)
        assert ascii_wanted() == wanted


async def test_the_whole_app_is_drawn_in_ascii(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASAUTI_ASCII", "1")
    async with opened(size=(120, 40)) as d:
        for keys in (("F",), ("escape", "space", "enter"), ("escape", "S"), ("escape", "colon")):
            await d.press(*keys)
            for strip in d.app.screen._compositor.render_strips():
                assert strip.text.isascii(), strip.text
        await d.press("escape")
        assert "+ Pass" in d.text()
