"""`kasauti changes` and `kasauti watch`: what they print, what they remember, their exit codes."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from screener.market.store import Market, publish
from screener.runs import record
from screener.screens import Library
from tests import changing as made
from tests.tui.conftest import caller
from tui.changes_text import escaped

HOSTILE = "[x](javascript:1) <b>|`*Ltd*` \x1b[31m http://a.example @all"
SCREENS = """
[screen.fallen]
title = "Fallen | *under* 50"
query = "Current price < 50"

[screen.busy]
title = "Busy"
query = "Sales > 450"

[screen.still]
title = "Still"
query = "Sales > 1"
"""


#: A fall of a third in a day that no action explains is no price move for the state of the market.
DIGEST = r"""# Kasauti · test · 27 Jan 2026

**There are too few prices to name a regime: 0 % are 20 % or more under their 52-week high, and \
0 % have lost 10 % or more this year.**

Changes since 20 Jan 2026. A description, not advice.

## Fallen \| \*under\* 50: 1 entered, 0 left; 0 → 1 members

| | company | what changed | moved by |
|---|---|---|---|
| entered | **C03** \[x\](javascript:1) \<b\>\|\`\*Ltd\*\` \[31m http… | \
Current price \< 50: ₹ 60.00 → ₹ 40.00 | \
price: Close ₹ 60.00 (20 Jan 2026) → ₹ 40.00 (27 Jan 2026) |

## Busy: 1 entered, 0 left; 0 → 1 members

| | company | what changed | moved by |
|---|---|---|---|
| entered | **C05** Company 5 | Sales \> 450: ₹ 400 cr → ₹ 480 cr | \
new filing: quarter to Dec 25, Sales ₹ 180 cr; known 25 Jan 2026, by the filing deadline |

## Unchanged

Still (12).

## Reports of members since

- 25 Jan 2026, quarter to Dec 25: C05
""".replace("\\\n", "")


@pytest.fixture
def kasauti(paths, capsys):
    """Run a command; gives (exit code, stdout, stderr)."""
    paths.screens_file.parent.mkdir(parents=True, exist_ok=True)
    paths.screens_file.write_text(SCREENS, encoding="utf-8")
    return caller(capsys)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Callable[..., Path]:
    """The folder of a market after a row of refreshes, each published once for all tests."""
    made_so_far: dict[tuple[object, ...], Path] = {}

    def folder(refreshes) -> Path:
        if refreshes not in made_so_far:
            *before, (steps, day) = refreshes
            root = tmp_path_factory.mktemp("kept") / "market"
            if before:
                shutil.copytree(folder(tuple(before)), root)
            held = made.until(made.altered(*steps), day)
            named = pl.when(pl.col("isin") == made.isin(3)).then(pl.lit(HOSTILE)).otherwise("name")
            held["companies"] = held["companies"].with_columns(named.alias("name"))
            publish(root, held, date=day, sources={"test": "made"})
            made_so_far[refreshes] = root
        return made_so_far[refreshes]

    return folder


@pytest.fixture
def refreshed(kept, paths) -> Callable[..., Market]:
    """Put a new generation in place and record its run, as after a refresh."""
    refreshes: list[tuple[object, ...]] = []

    def refresh(*steps, day=made.NOW) -> Market:
        refreshes.append((steps, day))
        shutil.copytree(kept(tuple(refreshes)), paths.real_market, dirs_exist_ok=True)
        market = Market.open(paths.real_market)
        record(paths, market, Library.load(paths))
        return market

    return refresh


def test_the_first_look_is_recorded_and_the_next_one_tells_what_changed(kasauti, refreshed):
    refreshed(day=made.THEN)
    code, out, _ = kasauti("changes", "fallen")
    assert code == 0
    assert out.splitlines()[0] == "Fallen | *under* 50: 0 entered, 0 left; 0 → 0 members"
    refreshed((made.moved_price, 3))
    code, out, _ = kasauti("changes", "fallen", "--keep")
    assert code == 3
    assert "1 entered, 0 left; 0 → 1 members" in out
    assert "Current price < 50: ₹ 60.00 → ₹ 40.00" in out
    assert "price: Close ₹ 60.00 (20 Jan 2026) → ₹ 40.00 (27 Jan 2026)" in out
    assert "\x1b" not in out
    assert kasauti("changes", "fallen")[0] == 3  # --keep did not count as a look
    code, out, _ = kasauti("changes", "fallen")
    assert code == 0
    assert "0 entered, 0 left; 1 → 1 members" in out


def test_without_any_run_there_is_nothing_to_compare_with(kasauti, paths):
    publish(paths.real_market, made.until(made.made(), made.THEN), date=made.THEN, sources={})
    code, out, err = kasauti("changes", "fallen")
    assert (code, out) == (0, "")
    assert "first look" in err
    code, out, err = kasauti("watch")
    assert (code, out) == (0, "")
    assert "first" in err


def test_since_takes_a_day_or_a_generation_and_json_holds_it_all(kasauti, refreshed):
    refreshed(day=made.THEN)
    refreshed((made.new_quarter, 3))
    for since in ("2026-01-20", "g-000001"):
        code, out, _ = kasauti("changes", "Sales > 450", "--since", since, "--json")
        assert code == 3
        data = json.loads(out)
        assert data["changed"] is True
        assert data["before"]["date"] == "2026-01-20"
        (entered,) = data["entered"]
        (flip,) = entered["flips"]
        assert (flip["value_before"], flip["value_after"]) == (400.0, 480.0)
        assert [c["kind"] for c in flip["causes"]] == ["filing"]
        assert flip["causes"][0]["known_at"] == "2026-01-25"


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("Sales > 450",), 2, "--since"),
        (("fallen", "--since", "yesterday"), 2, "2025-12-31"),
        (("fallen", "--since", "g-000099"), 2, "g-000099"),
        (("falen",), 2, "fallen"),
    ],
)
def test_what_cannot_be_asked_is_a_clear_error(kasauti, refreshed, args, code, says):
    refreshed(day=made.THEN)
    ended, out, err = kasauti("changes", *args)
    assert (ended, out) == (code, "")
    assert says in err


def test_a_digest_of_two_screens(kasauti, refreshed, tmp_path):
    refreshed(day=made.THEN)
    refreshed((made.moved_price, 3), (made.new_quarter, 5))
    target = tmp_path / "notes" / "digest.md"
    code, out, err = kasauti("watch", "--out", str(target), "--screens", "fallen,busy,still")
    assert (code, out) == (3, "")
    assert "2 of 3 screens changed" in err
    assert target.read_text(encoding="utf-8") == DIGEST
    assert kasauti("watch", "--screens", "still")[0] == 0
    again = kasauti("watch", "--screens", "fallen")
    assert again[0] == 3  # the digest compares with the refresh before, however often it is asked
    assert "too few prices" in again[1]


def test_a_digest_that_cannot_be_written_is_a_storage_error(kasauti, refreshed, tmp_path):
    refreshed(day=made.THEN)
    refreshed()
    (tmp_path / "file").write_text("")
    code, _, err = kasauti("watch", "--out", str(tmp_path / "file" / "d.md"), "--screens", "still")
    assert code == 6
    assert "Cannot write" in err


@pytest.mark.parametrize(
    "text",
    [HOSTILE, "a|b", "![i](u)", "<!-- -->", "www.a.example", "https://x", "a@b.c", "# h"],
)
def test_no_outside_text_is_markup(text):
    out = escaped(text)
    bare = out.replace("\\\\", "")
    for sign in "|`*_[]<>#@":
        assert bare.count(sign) == bare.count(f"\\{sign}")
    assert bare.count("://") == bare.count("\\://")
    assert "www." not in bare
    assert out.isprintable()


def test_a_refresh_that_published_is_a_run(refreshed, paths):
    from screener.runs import Runs

    market = refreshed(day=made.THEN)
    (head,) = Runs(paths.state).heads(demo=False)
    assert (head.generation, head.market_date) == (market.generation, dt.date(2026, 1, 20))
