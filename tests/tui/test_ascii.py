"""Everything in ASCII where it is asked for, in the same cells, and nothing lost of the app."""

from __future__ import annotations

import io
import locale
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screener.paths import Paths
from tests.tui.conftest import Opened
from tui.ascii import SIGNS, ascii_wanted, in_ascii
from tui.cli import main

COMMANDS = ("market", "screen sound_and_cheap", "why AMBE00 sound_and_cheap", "company AMBE00",
            "funnel sound_and_cheap", "score AMBE00", "peers AMBE00", "fields roce")  # fmt: skip


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


def printed(monkeypatch: pytest.MonkeyPatch, coding: str, command: str) -> bytes:
    """What a command prints to a terminal of that coding, and to standard error."""
    held = io.BytesIO()
    with monkeypatch.context() as patch:
        for name in ("stdout", "stderr"):
            stream = io.TextIOWrapper(held, encoding=coding, write_through=True)
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as ended:
            main(command.split())
        sys.stdout.flush()
        sys.stderr.flush()
        found = held.getvalue()
        for stream in (sys.stdout, sys.stderr):
            stream.detach()
    assert ended.value.code in (0, None), found.decode(errors="replace")
    return found


@pytest.mark.parametrize(("coding", "asked"), [("ascii", ""), ("utf-8", "1"), ("latin-1", "")])
def test_every_command_prints_what_the_terminal_can_show(
    small_home: Paths, monkeypatch: pytest.MonkeyPatch, coding: str, asked: str
) -> None:
    monkeypatch.setenv("KASAUTI_ASCII", asked)
    for command in COMMANDS:
        found = printed(monkeypatch, coding, command).decode(coding)
        assert found
        assert "?" not in found.replace("? ", "")  # no sign is lost
        assert found.isascii() or coding == "latin-1"
    full = printed(monkeypatch, "utf-8", "market") if not asked else b""
    if full:
        lines = printed(monkeypatch, coding, "market").decode(coding).splitlines()
        assert [len(line) for line in lines] == [len(x) for x in full.decode().splitlines()]
    assert not small_home.log.exists()
