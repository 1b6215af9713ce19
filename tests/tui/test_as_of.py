"""An earlier day, on every command: each says the day, or refuses it as it means nothing to it."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from screener.market.store import Market
from screener.runs import Runs, record
from screener.screens import Library
from tests import changing as made
from tests.tui.conftest import Opened
from tui.cli import cli, main

DAY = "2026-01-20"
KNOWN = "as known on 20 Jan 2026"
SCREEN = '[screen.busy]\ntitle = "Busy"\nquery = "Sales > 450"\n'
#: What each command that looks at a market is asked, and what else it can print.
ASKED = {
    "screen": (("Sales > 100",), "--json"),
    "why": (("C03", "busy"), "--json"),
    "funnel": (("busy",), "--json"),
    "market": ((), "--json"),
    "changes": (("busy", "--since", "2026-01-19"), "--json"),
    "watch": (("--screens", "busy", "--since", "2026-01-19"), None),
    "company": (("C03",), "--json"),
    "score": (("C03",), "--json"),
    "peers": (("C03",), "--json"),
    "replay": (("busy", "--from", "2025-12-31"), "--json"),
}
#: They list, write or fetch what is on no day: names, files, sources, the app in a browser.
TIMELESS = {"fields", "screens", "refresh", "doctor", "sources", "import", "serve"}


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Market:
    """The made market of 20 January and of 27 January, when a quarter is out; the later one."""
    root = tmp_path_factory.mktemp("two")
    made.put(root, made.made(), made.THEN)
    return made.put(root, made.altered((made.new_quarter, 3)), made.NOW)


@pytest.fixture
def kasauti(two, paths, capsys):
    """Run a command on the made market; gives (exit code, stdout, stderr)."""
    paths.screens_file.parent.mkdir(parents=True, exist_ok=True)
    paths.screens_file.write_text(SCREEN, encoding="utf-8")
    paths.real_market.parent.mkdir(parents=True, exist_ok=True)
    paths.real_market.symlink_to(two.folder.parent, target_is_directory=True)

    def call(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        out = capsys.readouterr()
        return ended.value.code or 0, out.out, out.err

    return call


def test_it_is_known_of_every_command_whether_it_can_look_back():
    assert set(ASKED) | TIMELESS == set(cli.commands)
    can = {n for n, c in cli.commands.items() if any("--as-of" in p.opts for p in c.params)}
    assert can == set(ASKED)


@pytest.mark.parametrize("command", ASKED)
def test_every_command_that_looks_at_a_market_can_look_at_an_earlier_day(kasauti, command):
    arguments, structured = ASKED[command]
    code, out, err = kasauti(command, *arguments, "--as-of", DAY)
    assert code in (0, 3), err
    assert KNOWN in out + err
    assert kasauti("--as-of", DAY, command, *arguments)[:2] == (code, out)
    if structured:
        code, out, err = kasauti(command, *arguments, "--as-of", DAY, structured)
        assert code in (0, 3), err
        assert KNOWN in json.dumps(json.loads(out), ensure_ascii=False)


@pytest.mark.parametrize("command", sorted(TIMELESS))
def test_a_command_to_which_a_day_means_nothing_says_so(kasauti, command):
    code, out, err = kasauti("--as-of", DAY, command)
    assert (code, out) == (2, "")
    assert "same on every day" in err


def test_without_a_terminal_the_default_list_is_of_that_day(kasauti):
    assert KNOWN in kasauti("--as-of", DAY)[2]


def test_what_came_later_is_not_in_the_answer(kasauti):
    rows = [json.loads(kasauti("screen", "Sales > 450", "--json", *day)[1])["rows"]
            for day in ((), ("--as-of", DAY))]  # fmt: skip
    assert [[row["symbol"] for row in some] for some in rows] == [["C03"], []]


def test_a_company_listed_later_is_said_to_be_unknown_then(kasauti):
    code, _, err = kasauti("company", "C03", "--as-of", "2025-01-20")
    assert code == 2
    assert "known on 20 Jan 2025" in err


def test_a_look_at_an_earlier_day_is_no_look_and_its_base_is_the_run_before_it(kasauti, paths, two):
    runs = Runs(paths.state)
    for command in (("changes", "busy"), ("watch",)):
        code, out, err = kasauti(*command, "--as-of", "2026-01-26")
        assert (code, out) == (0, "")
        assert "before 26 Jan 2026" in err
    assert runs.heads(demo=False) == []
    library = Library.load(paths)
    record(paths, Market.open(paths.real_market, "g-000001"), library)
    runs.mark_seen("busy", record(paths, two, library))
    before = runs.heads(demo=False)
    for command in (("changes", "busy"), ("watch", "--screens", "busy")):
        code, out, _ = kasauti(*command, "--as-of", "2026-01-26")
        assert code == 3
        assert "as known on 26 Jan 2026" in out
        assert "20 Jan 2026" in out
        assert "C03" in out
    assert runs.heads(demo=False) == before
    assert runs.seen("busy", demo=False).market_date == made.NOW


@pytest.mark.parametrize("since", ["2026-01-26", "2026-01-27", "g-000002"])
@pytest.mark.parametrize("command", [("changes", "busy"), ("watch",)])
def test_a_past_day_is_compared_with_an_earlier_one_only(kasauti, command, since):
    code, out, err = kasauti(*command, "--since", since, "--as-of", "2026-01-26")
    assert (code, out) == (2, "")
    assert "not before the day of --as-of" in err


async def test_the_app_opens_on_an_earlier_day(opened: Opened) -> None:
    async with opened(size=(80, 24), screen="low_debt", day=dt.date(2025, 9, 30)) as d:
        assert d.listing.result.market.date == dt.date(2025, 9, 30)
        assert "as known on 30 Sep 2025" in d.text()
        await d.press("escape")
        assert d.listing.result.market.date == dt.date(2026, 1, 27)


@pytest.mark.parametrize(("year", "says"), [(2030, ""), (1990, "Nothing on file was known")])
async def test_a_day_that_cannot_be_looked_at_leaves_the_app_on_today(
    opened: Opened, year: int, says: str
) -> None:
    async with opened(size=(80, 24), screen="low_debt", day=dt.date(year, 1, 1)) as d:
        assert d.listing.result.market.date == dt.date(2026, 1, 27)
        assert says in d.notices
