"""Names from outside that hold escape codes, markup and formulas: text in the end, everywhere."""

from __future__ import annotations

import re

import click
import polars as pl
import pytest

from scrapers.hosts import NSE_HOST
from screener.paths import Paths
from tests.replay.hostile import LIST, prices
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_market import ISIN, SYMBOLS, TODAY, machine
from tests.tui.opening import opened_on
from tui.cli import main
from tui.refreshing import summary_lines

EVIL = "\x1b]0;owned\x07\x1b[31m[bold red]<b>=cmd()\u202e\x9b2J Ltd"


def test_escape_codes_in_names_reach_no_table_and_no_summary(made):
    listed = f"ALPHA,{EVIL},EQ,06-OCT-2008,5,1,{ISIN['ALPHA']},5"
    head, *rows = made.site.pages[NSE_HOST, LIST].decode().splitlines()
    rows[0] = listed
    made.site.pages[NSE_HOST, LIST] = "\n".join([head, *rows]).encode()
    made.site.page("ALPHA", name=f"Alpha {EVIL}", sectors=(EVIL, EVIL, EVIL))
    made.site.page("BETA", name=EVIL, price=900.0)  # another company's page
    made.site.bundle(TODAY, ("ALPHA", "2026-07-01", f"DIVIDEND - RS 5 PER SHARE {EVIL}"))
    made.site.levels(TODAY, f"Nifty {EVIL},1,2,0.5,1.5,0,0,1,1,20,3,1")
    summary = made.refresh()
    market = made.market
    for table in market.manifest.files:
        if table in ("panel", "fields"):
            continue
        frame = market.companies if table == "companies" else market.table(table).collect()
        for column in frame.select(pl.col(pl.String)):
            spoilt = column.drop_nulls().str.contains("[\x00-\x1f\x7f-\x9f\u202a-\u202e]")
            assert not spoilt.any(), (table, column.name)
    told = "\n".join(map(click.unstyle, summary_lines(summary)))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", "\n".join(summary_lines(summary)))
    assert "BETA" in told


@pytest.mark.parametrize("symbol", ["A\x1b[31mB", "A B", "../x", "A\u202eB", "=1+1", "[b]", ""])
def test_a_list_with_a_symbol_that_is_none_is_not_believed(made, symbol):
    made.refresh()
    made.site.list(*ISIN.items(), (symbol, made_isin(44)))
    made.clock.pass_time(days=1)
    summary = made.refresh()
    assert "EQUITY_L" in [m.key for m in prices(summary).failed]
    assert made.market.companies["symbol"].to_list() == list(SYMBOLS)


# -- to where a person reads them ------------------------------------------------------------------

SHOWN = "]0;owned[31m[bold red]<b>=cmd()2J Ltd"
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A market gathered from hosts that write such names wherever they may."""
    with machine(tmp_path_factory.mktemp("names")) as made:
        listed = made.site.pages[NSE_HOST, LIST].decode()
        listed = listed.replace("Alpha Industries Limited", EVIL)
        made.site.pages[NSE_HOST, LIST] = listed.encode()
        made.site.page("ALPHA", name=EVIL, sectors=(EVIL, EVIL, EVIL))
        made.refresh()
        assert made.facts("ALPHA").height > 0
        made.paths.config.mkdir(exist_ok=True)
        made.paths.screens_file.write_text('[screen.all]\ntitle = "All"\nquery = "Sales > 0"\n')
        return made.paths


@pytest.fixture
def home(gathered: Paths, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("KASAUTI_HOME", str(gathered.data.parent))
    monkeypatch.setenv("COLUMNS", "300")
    return gathered


@pytest.mark.parametrize(
    "words",
    ["screen all", "company ALPHA", "why ALPHA all", "score ALPHA", "peers ALPHA",
     "screen all --json", "screen all --csv {}", "company ALPHA --json"],
)  # fmt: skip
def test_the_command_line_prints_the_name_as_text(home, tmp_path, capfdbinary, words):
    out = tmp_path / "out.csv"
    with pytest.raises(SystemExit) as ended:
        main([word.format(out) for word in words.split()])
    printed = b"".join(capfdbinary.readouterr()).decode()
    printed += out.read_text() if out.exists() else ""
    assert ended.value.code == 0, printed
    assert not FORBIDDEN.search(printed)
    assert "ALPHA" in printed


async def test_the_apps_cell_shows_the_name_as_text(home):
    async with opened_on(home, (200, 30), "all") as d:
        assert SHOWN[:28] in d.text()  # and the column ends
        assert not FORBIDDEN.search(d.text())
        await d.press("enter")
        assert SHOWN in d.text()
        assert not FORBIDDEN.search(d.text())
