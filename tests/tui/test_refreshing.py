"""`kasauti refresh` from the outside: hosts file, consent, progress as lines, a screen."""

from __future__ import annotations

import io
import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from scrapers.hosts import SCREENER_HOST
from scrapers.refresh import SOURCES
from scrapers.report import Event, What
from scrapers.schedules import schedule_url
from screener.shortlists import Entry, Shortlists
from tests.replay.clock import FakeClock
from tests.replay.server import serving
from tests.scrapers import made_pages
from tests.scrapers.made_market import EVENING, ISIN, SYMBOLS, TODAY, MadeMarket, publish_quickly
from tui.cli import main
from tui.refresh_progress import duration, view


@pytest.fixture
def site() -> MadeMarket:
    return MadeMarket()


@pytest.fixture
def whole_refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, site: MadeMarket):
    """Run `kasauti refresh` against a served small market; gives (exit code, stdout, stderr)."""
    clock = FakeClock(EVENING)
    monkeypatch.setattr("scrapers.refresh.SystemClock", lambda: clock)
    hosts = tmp_path / "hosts.toml"
    with serving(site) as server:
        hosts.write_text("".join(f'"{h}" = "{to}"\n' for h, to in server.hosts.items()))

        def call(*args: str) -> tuple[int, str, str]:
            with pytest.raises(SystemExit) as ended:
                main(["refresh", "--hosts", str(hosts), "--sessions", "2", *args])
            out = capsys.readouterr()
            return ended.value.code, out.out, out.err

        yield call


@pytest.fixture
def refresh(whole_refresh, monkeypatch: pytest.MonkeyPatch):
    """The same, of which nobody asks a screen."""
    publish_quickly(monkeypatch)
    monkeypatch.setattr("tui.refreshing.record_run", lambda paths, narrate: None)
    return whole_refresh


def screened(capsys, query: str) -> dict:
    with pytest.raises(SystemExit):
        main(["screen", query, "--json"])
    return json.loads(capsys.readouterr().out)


def test_consent_is_asked_for_once_and_nothing_is_fetched_before(refresh, paths):
    code, _, err = refresh()
    assert code == 5
    assert "personal" in err
    assert "--accept-terms" in err
    assert not paths.real_market.exists()
    assert refresh("--accept-terms")[0] == 0
    assert refresh()[0] == 0


def test_what_was_gathered_is_what_a_screen_shows(whole_refresh, capsys):
    code, out, err = whole_refresh("--accept-terms", "--date", TODAY.isoformat())
    assert code == 0
    assert out == ""
    assert "Published g-000001" in err
    assert "screener.in: 3 fetched" in err
    assert "\x1b" not in err
    shown = screened(capsys, "Sales last year > 0")
    assert shown["demo"] is False
    assert shown["market_date"] == TODAY.isoformat()
    assert {row["symbol"] for row in shown["rows"]} == set(SYMBOLS)


def test_sources_may_be_left_alone(refresh, paths):
    code, _, err = refresh("--without", "screener.in, bse, bse filings, niftyindices, amfi")
    assert code == 0
    assert "personal" not in err
    assert "screener.in" not in err
    assert "Published g-000001" in err
    code, _, err = refresh("--without", "nse delivry")
    assert code == 2
    assert "nse delivery" in err


def test_the_help_names_every_source(refresh):
    code, out, _ = refresh("--help")
    assert code == 0
    shown = " ".join(out.split())
    assert all(name in shown for name in SOURCES)


def test_a_second_run_goes_on_where_the_first_stopped(refresh):
    _, _, first = refresh("--accept-terms", "--limit", "1")
    assert "screener.in: 1 fetched" in first
    assert "left for the next run" in first
    _, _, second = refresh()
    assert "screener.in: 2 fetched" in second


def test_only_some_companies(refresh):
    _, _, err = refresh("--accept-terms", "--only", "BETA")
    assert "screener.in: 1 fetched" in err
    code, _, err = refresh("--only", "NOSUCH")
    assert code == 2
    assert "NOSUCH" in err


def test_only_an_index_or_a_shortlist(refresh, paths):
    entries = [Entry(ISIN["GAMMA"], "GAMMA")]
    Shortlists(paths.state).save("My picks", entries, market_date=TODAY, screen="")
    _, _, err = refresh("--accept-terms", "--only", "my picks, BETA")
    assert "screener.in: 2 fetched" in err
    _, _, err = refresh("--only", "NIFTY 500")  # as the two pages say
    assert "screener.in: 0 fetched, 2 still good" in err


def test_the_parts_of_balance_sheet_rows_are_asked_for_by_name(refresh, site):
    rows = {"Borrowings": "Long term Borrowings", "Other Assets": "Inventories",
            "Expenses": "Material Cost %"}  # fmt: skip
    for parent, row in rows.items():
        path = schedule_url("1", parent, "consolidated").partition(SCREENER_HOST)[2]
        site.pages[SCREENER_HOST, path] = json.dumps({row: {"Mar 2026": "4"}}).encode()
    code, _, err = refresh("--accept-terms", "--schedules", "--only", "BETA")
    assert code == 0
    assert "screener.in schedules: 1 fetched" in err
    _, _, err = refresh()
    assert "screener.in schedules" not in err


def test_a_line_in_the_log_says_how_far_how_fast_and_what(refresh):
    _, _, err = refresh("--accept-terms")
    (line,) = [line for line in err.splitlines() if "screener.in 3/3" in line]
    assert re.fullmatch(
        r"[0-9:]{8} screener\.in 3/3 · [0-9.]+/min · GAMMA: [0-9,]+ figures", line
    )  # fmt: skip
    assert "waiting its turn" not in err


def test_what_is_wrong_is_said_at_the_end(refresh, site):
    years, rows = made_pages.tables()["profit-loss"]
    worse = {**rows, "Expenses\xa0+": ("80,000", "95,000", "9,99,99,99,99,999")}
    site.page("BETA", made_pages.tables(profit_loss=(years, worse)))
    code, _, err = refresh("--accept-terms")
    assert code == 0
    assert "Kept out, for they cannot be right: 1" in err
    assert "BETA expenses of Mar 2026 (1e+12): outside what this line can be" in err
    assert "It holds statements" not in err


def test_a_first_market_of_some_companies_says_how_many(refresh):
    _, _, err = refresh("--accept-terms", "--limit", "1")
    assert "It holds statements of 1 of 3 companies" in err
    _, _, err = refresh()
    assert "It holds statements" not in err


def test_someone_at_a_terminal_is_asked_once(refresh, paths, monkeypatch):
    asked: list[str] = []
    answers = iter([False, True])

    def confirm(text: str, **how: object) -> bool:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr("tui.refreshing.at_a_terminal", lambda: True)
    monkeypatch.setattr("click.confirm", confirm)
    code, _, err = refresh()
    assert code == 5
    assert "personal" in err
    assert not paths.real_market.exists()
    assert refresh()[0] == 0
    assert refresh()[0] == 0
    assert len(asked) == 2


def test_the_bars_show_whom_is_waited_for_and_outside_text_as_text(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with closing(view(print)) as bars:
        bars.show(Event("screener.in", "www.screener.in", 3, 9, 0, "[red]A\x1b[31m: 5", rate=10,
                        eta_s=36))  # fmt: skip
        bars.show(Event("nse", "archives", 1, 0, 300, "it answered 429", What.WAIT))
        bars.say("Stopping.")
    text = screen.getvalue()
    assert "3/9" in text
    assert "36 s" in text
    assert "[red]A" in text
    assert "\x1b[31m" not in text  # neither theirs nor ours: no colours were wished for
    assert "waiting 5" in text
    assert "min for archives: it answered 429" in text
    assert "Stopping." in text


class Terminal(io.StringIO):
    """What a terminal of 80 columns is sent."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.2, "4 s"), (89, "89 s"), (150, "2 min"), (3600, "60 min"), (11_100, "3 h 05 min")],
)
def test_lengths_of_time_in_a_few_words(seconds, text):
    assert duration(seconds) == text


def test_the_doctor_says_what_works_and_what_does_not(refresh, capsys, tmp_path, monkeypatch):
    refresh("--accept-terms")
    monkeypatch.setattr("scrapers.doctor.SystemClock", lambda: FakeClock(EVENING))
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--offline"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert "Everything that was looked at works." in out
    assert max(map(len, out.splitlines())) <= 80
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json", "--hosts", str(tmp_path / "hosts.toml")])
    data = json.loads(capsys.readouterr().out)
    assert ended.value.code == data["exit_code"] == 5  # the small market has no BSE
    states = {(check["name"], check["state"]) for check in data["checks"]}
    assert {("nse", "ok"), ("screener.in", "ok"), ("bse", "broken")} <= states


def test_a_broken_hosts_file_is_a_clear_error(tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text("[[[")
    with pytest.raises(SystemExit) as ended:
        main(["refresh", "--hosts", str(bad)])
    assert ended.value.code == 5
    assert "hosts file" in capsys.readouterr().err
