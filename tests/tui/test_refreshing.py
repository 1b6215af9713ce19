"""`kasauti refresh` from the outside: hosts file, consent, progress as lines, a screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.replay.clock import FakeClock
from tests.replay.server import serving
from tests.scrapers.made_market import EVENING, SYMBOLS, TODAY, MadeMarket
from tui.cli import main


@pytest.fixture
def refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    """Run `kasauti refresh` against a served small market; gives (exit code, stdout, stderr)."""
    clock = FakeClock(EVENING)
    monkeypatch.setattr("scrapers.refresh.SystemClock", lambda: clock)
    hosts = tmp_path / "hosts.toml"
    with serving(MadeMarket()) as server:
        hosts.write_text("".join(f'"{h}" = "{to}"\n' for h, to in server.hosts.items()))

        def call(*args: str) -> tuple[int, str, str]:
            with pytest.raises(SystemExit) as ended:
                main(["refresh", "--hosts", str(hosts), "--sessions", "2", *args])
            out = capsys.readouterr()
            return ended.value.code, out.out, out.err

        yield call


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


def test_what_was_gathered_is_what_a_screen_shows(refresh, capsys):
    code, out, err = refresh("--accept-terms", "--date", TODAY.isoformat())
    assert code == 0
    assert out == ""
    assert "Published g-000001" in err
    assert "screener.in: 3 fetched" in err
    assert "\x1b" not in err
    shown = screened(capsys, "Sales last year > 0")
    assert shown["demo"] is False
    assert shown["market_date"] == TODAY.isoformat()
    assert {row["symbol"] for row in shown["rows"]} == set(SYMBOLS)


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


def test_a_broken_hosts_file_is_a_clear_error(tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text("[[[")
    with pytest.raises(SystemExit) as ended:
        main(["refresh", "--hosts", str(bad)])
    assert ended.value.code == 5
    assert "hosts file" in capsys.readouterr().err
