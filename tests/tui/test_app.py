"""The app as a whole: starting, errors as notices, colours, odd sizes."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color

from screener.market.store import Market
from screener.paths import Paths
from tests.tui.conftest import Driver, Opened
from tui.app import KasautiApp
from tui.screens.browse import Browse
from tui.theme import THEME_NAMES, THEMES, after
from tui.widgets.grid import HEAT, MOST_HEAT
from tui.widgets.results import Results
from tui.workspace import Workspace


async def test_the_demo_market_opens_on_our_own_screens(demo_home: Paths) -> None:
    app = KasautiApp(demo_home)
    async with app.run_test(size=(160, 50)) as pilot:
        driver = Driver(app, pilot)
        await driver.ready()
        assert driver.listing.totals["all"] > 100
        assert "demo · fictional companies" in driver.text()
        counts = driver.browse.counts
        library = driver.browse.desk.workspace.library  # type: ignore[union-attr]
        for screen in library.screens:
            assert counts[f"screen:{screen.name}"].passed is not None, screen.name
        for number, screen in enumerate(library.screens[:9], start=1):
            await driver.press(str(number))
            assert driver.listing.result.screen.name == screen.name
            assert driver.listing.frame.height == counts[f"screen:{screen.name}"].passed
    assert not demo_home.log.exists()


async def test_making_the_demo_market_is_said(
    paths: Paths, demo: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    say = Results.say
    monkeypatch.setattr(Results, "say", lambda self, text: (said.append(text), say(self, text)))
    monkeypatch.setattr("screener.market.opening.make_demo", lambda paths: demo)
    app = KasautiApp(paths, market="demo")
    async with app.run_test(size=(80, 24)) as pilot:
        await Driver(app, pilot).ready()
    assert any("demo market" in text for text in said)


async def test_without_a_gathered_market_it_says_what_to_do(paths: Paths) -> None:
    app = KasautiApp(paths, market="real")
    async with app.run_test(size=(100, 24)) as pilot:
        driver = Driver(app, pilot)
        await driver.settle()
        assert "There is no market" in driver.text()
        assert "kasauti refresh" in driver.notices
        await driver.press("e", "tab", "s", "x", "j", "slash")
        assert "the market is not open yet" in driver.notices
    assert not paths.log.exists()


async def test_an_unexpected_error_is_a_notice_and_a_log_entry(
    small_home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = KasautiApp(small_home)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.ready()

        def broken(*_: Any) -> None:
            raise RuntimeError("the floor gave way [/]")

        monkeypatch.setattr(Results, "action_next_list", broken)
        await driver.press("tab")
        assert "the floor gave way" in driver.notices
        monkeypatch.setattr(Workspace, "run", broken)
        await driver.press("2")
        assert driver.notices.count("the floor gave way") == 2
        await driver.press("j")
        assert app.is_running
    log = small_home.log.read_text(encoding="utf-8")
    assert log.count("RuntimeError: the floor gave way") == 2
    assert "Traceback" in log


async def test_a_broken_screens_file_is_a_notice_with_the_line(small_home: Paths) -> None:
    small_home.config.mkdir(exist_ok=True)
    small_home.screens_file.write_text("[screen.x\n", encoding="utf-8")
    app = KasautiApp(small_home)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.settle()
        assert "not valid TOML" in driver.notices
    assert small_home.screens_file.read_text(encoding="utf-8") == "[screen.x\n"


async def test_an_unknown_screen_is_a_notice_and_the_usual_one_opens(small_home: Paths) -> None:
    app = KasautiApp(small_home, screen="low_dept")
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.ready()
        assert "low_debt" in driver.notices
        assert driver.listing.totals["all"] == 24


@pytest.mark.parametrize("size", [(20, 8), (60, 20), (250, 60)])
async def test_odd_sizes_draw_and_take_every_key(opened: Opened, size: tuple[int, int]) -> None:
    async with opened(size=size) as d:
        await d.press("down", "right", "tab", "w", "right_square_bracket", "e")
        await d.press("escape", "enter", "tab", "escape", "b", "escape", "question_mark", "escape")
        assert isinstance(d.app.screen, Browse)
        assert all(len(line) == size[0] for line in d.text().splitlines())


async def test_a_terminal_that_changes_its_size_keeps_the_place(opened: Opened) -> None:
    async with opened(size=(160, 50), screen="all_companies") as d:
        await d.press("down", "down", "down", "right", "right")
        symbol, column = d.symbol, d.grid.column.key
        await d.pilot.resize_terminal(60, 20)
        await d.settle()
        assert (d.symbol, d.grid.column.key) == (symbol, column)
        assert symbol in d.text()


async def test_no_color_leaves_signs_and_drops_colours(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(size=(120, 40)) as d:
        text = d.text()
        assert all(sign in text for sign in ("✓", "?", "≈", "✗"))
        for strip in d.app.screen._compositor.render_strips():
            for segment in strip.apply_filter(d.app._filters[0], Color(0, 0, 0)):
                for colour in (segment.style.color, segment.style.bgcolor):
                    if colour is not None and colour.triplet is not None:
                        assert len(set(colour.triplet)) == 1


async def test_themes_go_round_and_never_to_one_of_the_terminal(opened: Opened) -> None:
    async with opened() as d:
        seen = [d.app.theme]
        for _ in THEMES:
            await d.press("T")
            seen.append(d.app.theme)
        assert seen[0] == seen[-1]
        assert set(seen) == set(THEME_NAMES)
    assert after("textual-ansi") == THEMES[0].name


async def test_the_theme_is_kept_for_the_next_run_even_if_its_file_was_spoilt(
    opened: Opened, small_home: Paths
) -> None:
    async with opened() as d:
        await d.press("T")
        chosen = d.app.theme
    assert chosen != THEMES[0].name
    async with opened() as d:
        assert d.app.theme == chosen
    for spoilt in ("", "[]", '{"theme": 3}', '{"theme": "of-nobody"}'):
        (small_home.state_dir / "app.json").write_text(spoilt, encoding="utf-8")
        assert KasautiApp(small_home).theme == THEMES[0].name


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_is_readable_in_every_theme(theme: Any) -> None:
    names = ("quiet", "good", "bad", "open")
    texts = [theme.foreground, theme.primary, theme.secondary]
    texts += [theme.variables[name] for name in names]
    grounds = [theme.background, theme.surface, theme.panel, theme.variables["row"]]
    for text, ground in itertools.product(texts, grounds):
        assert _contrast(text, ground) >= 4.5, (text, ground)
    assert _contrast(theme.foreground, theme.background) >= 10


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_is_readable_on_shaded_cells(theme: Any) -> None:
    for hue, share in itertools.product((theme.secondary, theme.accent), HEAT[1:]):
        ground = Color.parse(theme.background).blend(Color.parse(hue), share).hex
        assert _contrast(theme.foreground, ground) >= 7
        if share < HEAT[MOST_HEAT]:
            assert _contrast(theme.variables["bad"], ground) >= 4.5


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""

    def light(colour: str) -> float:
        parts = [c / 255 for c in Color.parse(colour).rgb]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_run_app_says_where_the_log_is_when_it_had_to_stop(
    small_home: Paths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui import app as module

    def broken(self: Browse) -> None:
        raise RuntimeError("cannot be drawn")

    monkeypatch.setattr(Browse, "on_mount", broken)
    monkeypatch.setattr(
        module.KasautiApp, "run", lambda self, **_: super(KasautiApp, self).run(headless=True)
    )
    with pytest.raises(SystemExit) as stop:
        module.run_app(small_home)
    assert stop.value.code == 1
    assert "Traceback" not in "".join(capsys.readouterr())
    assert "cannot be drawn" in Path(small_home.log).read_text(encoding="utf-8")


async def test_names_from_outside_are_shown_as_they_are_and_run_nothing(
    opened: Opened, small_home: Paths
) -> None:
    small_home.config.mkdir(exist_ok=True)
    small_home.screens_file.write_text(
        '[screen.evil]\ntitle = "[bold]Evil[/] \\u001b[31m[/] $x {y}"\n'
        'query = "Debt free"\nwhy = "[@click=app.quit]press[/]"\n',
        encoding="utf-8",
    )
    async with opened(size=(160, 50), screen="evil") as d:
        assert "[bold]Evil[/] [31m[/] $x {y}" in d.text()
        assert "[@click=app.quit]press[/]" in d.text()
        assert "\x1b" not in d.text()
        await d.press("s")
        await d.press("ctrl+u")
        await d.type("[red]mine[/]")
        await d.press("enter", "S")
        assert "[red]mine[/]" in d.text()
        await d.press("enter")
        assert "shortlist [red]mine[/]" in d.text()
        await d.press("ctrl+p")
        await d.type("evil")
        assert "Screen: [bold]Evil[/]" in d.text()
        await d.press("escape")
        assert d.app.screen is d.browse
