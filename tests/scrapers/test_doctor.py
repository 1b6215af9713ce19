"""The doctor asks each source once, names what is broken and why, and changes nothing."""

from __future__ import annotations

import email.utils
import json
import sqlite3
import types
from typing import Any

import pytest

from scrapers import bse, doctor
from scrapers.checks import Check, Diagnosis, State
from scrapers.doctor import examine
from scrapers.estimates import moneycontrol, yahoo
from scrapers.estimates.optional import OPTIONAL, turn_on
from scrapers.hosts import BSE_HOST, NSE_HOST, SCREENER_HOST
from scrapers.probing import Listening
from scrapers.state import exclusive
from scrapers.transport import Reply, Request
from screener.errors import FetchError
from tests.replay.server import Answer
from tests.scrapers.estimates.test_estimates import trend
from tests.scrapers.made_bse import SHELL
from tests.scrapers.made_filings import filing_list, filing_row
from tests.scrapers.made_market import ISIN, Machine
from tests.scrapers.made_pages import made_page, tables
from tui.doctor_text import as_json, check_lines, ending


def look(made: Machine, **how: Any) -> Diagnosis:
    made.server.asked.clear()
    return examine(made.paths, **{"hosts": made.server.hosts, "clock": made.clock, **how})


def check(diagnosis: Diagnosis, name: str, within: str = "") -> Check:
    return next(c for c in diagnosis.checks if c.name == name and within in c.text)


def test_on_a_new_machine_nothing_is_broken_and_nothing_needs_terms(made):
    diagnosis = look(made, offline=True)
    assert diagnosis.healthy
    assert made.server.asked == []
    assert check(diagnosis, "market").state is State.NOTE
    assert check(diagnosis, "sources").state is State.SKIPPED
    assert "Python" in check(diagnosis, "versions").text


def test_after_a_refresh_everything_is_told(made):
    made.refresh()
    diagnosis = look(made)
    market = check(diagnosis, "market")
    assert market.state is State.OK
    assert "g-000001 of 30 Jun 2026, 0 days old; statements 100%" in market.text
    assert "is whole; jobs: " in check(diagnosis, "state").text
    assert SCREENER_HOST in check(diagnosis, "consents").text
    assert f"{SCREENER_HOST} 3 of 400" in check(diagnosis, "budgets").text
    assert "3 companies" in check(diagnosis, "nse", "list of companies").text
    page = check(diagnosis, "screener.in")
    assert (page.state, page.host) == (State.OK, SCREENER_HOST)
    assert "Alpha Industries Ltd, consolidated, " in page.text


def test_each_source_is_asked_once_and_dated_files_on_record_not_at_all(made):
    made.refresh()
    made.clock.pass_time(hours=1)
    look(made)
    paths = [(asked.host, asked.path.partition("?")[0]) for asked in made.server.asked]
    assert len(paths) == len(set(paths))
    assert not [path for _, path in paths if "BhavCopy_NSE" in path]
    assert [path for host, path in paths if host == SCREENER_HOST] == [
        "/company/ALPHA/consolidated/"
    ]


def test_pages_are_left_alone_until_the_terms_are_accepted(made):
    made.refresh(sources=("nse",))
    page = check(look(made), "screener.in")
    assert page.state is State.SKIPPED
    assert made.pages_asked == []


@pytest.mark.parametrize(
    ("answer", "state", "fault", "words"),
    [
        (Answer(b"<html>new design</html>"), State.BROKEN, "parser", "has no tables"),
        (Answer(b"gone", 404), State.BROKEN, "route", "has no /company/ALPHA"),
        (Answer(b"", 403), State.NOTE, "route", "left alone until"),
        (Answer(b"", 302, {"Location": "/login/"}), State.NOTE, "route", "logged-in"),
        (Answer(b"", 500), State.BROKEN, "route", "500"),
        (
            Answer(
                made_page(
                    tables(
                        balance_sheet=(
                            tables()["balance-sheet"][0],
                            {k: v for k, v in tables()["balance-sheet"][1].items()
                             if not k.startswith("Borrowings")},
                        )
                    )
                )
            ),
            State.BROKEN, "parser", "balance-sheet row 'Borrowings' not found",
        ),
    ],
    ids=["layout", "gone", "blocked", "login", "failing", "row"],
)  # fmt: skip
def test_a_page_that_cannot_be_had_or_read_is_named(made, answer, state, fault, words):
    made.refresh()
    made.site.put("ALPHA", answer)
    made.clock.pass_time(hours=1)
    diagnosis = look(made)
    page = check(diagnosis, "screener.in")
    assert (page.state, page.fault) == (state, fault)
    assert words in page.text
    others = check(diagnosis, "nse", "list of companies")
    assert others.state is State.OK
    if state is State.BROKEN:
        assert "screener.in" in ending(diagnosis)
        assert diagnosis.exit_code == 5


def test_a_broken_list_is_a_parser_and_the_good_one_stays(made):
    made.refresh()
    made.server.faults.append(
        lambda asked, answer: Answer(b"SYMBOL,NAME\nA,B\n") if "EQUITY_L" in asked.path else answer
    )
    made.clock.pass_time(days=1)
    broken = check(look(made), "nse", "EQUITY_L")
    assert (broken.state, broken.fault, broken.host) == (State.BROKEN, "parser", NSE_HOST)
    made.server.faults.clear()
    made.refresh()
    assert made.market.companies.height == 3


def test_doors_that_are_closed_are_told_and_not_knocked_at(made):
    made.refresh()
    made.site.put("ALPHA", Answer(b"", 403))
    made.clock.pass_time(days=1)
    look(made)
    diagnosis = look(made)
    assert made.pages_asked == []
    assert "left alone until" in check(diagnosis, "circuit").text
    assert check(diagnosis, "screener.in").state is State.NOTE


def optional_checks(diagnosis: Diagnosis) -> dict[str, Check]:
    return {c.name: c for c in diagnosis.checks if c.name in OPTIONAL}


class Yahoo:
    """What stands in for yfinance."""

    def __init__(self, stand_ins: bool) -> None:
        pass

    asked: list[str]
    answer: Any

    def trend(self, symbol: str) -> Any:
        Yahoo.asked.append(symbol)
        if isinstance(Yahoo.answer, Exception):
            raise Yahoo.answer
        return Yahoo.answer


@pytest.fixture
def yahoo_is_on(made: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    Yahoo.asked = []
    monkeypatch.setattr(yahoo, "YfinanceDoor", Yahoo)
    made.refresh()
    turn_on(made.paths, "yahoo", made.clock)


def test_optional_sources_that_are_off_are_listed_and_not_asked(made, monkeypatch):
    monkeypatch.setattr(yahoo, "YfinanceDoor", None)
    found = look(made)
    assert {c.state for c in optional_checks(found).values()} == {State.SKIPPED}
    assert {c.text for c in optional_checks(found).values()} == {"off"}
    assert optional_checks(found).keys() == OPTIONAL.keys()
    assert not [a for a in made.server.asked if "moneycontrol" in a.host]
    states = {c["name"]: (c["state"], c["text"]) for c in as_json(found)["checks"]}
    assert states["yahoo"] == states["moneycontrol"] == ("skipped", "off")


@pytest.mark.parametrize(
    ("answer", "state", "fault", "words"),
    [
        (trend(), State.OK, "", "8 estimates of ALPHA.NS"),
        (None, State.OK, "", "0 estimates"),
        ([{"period": "0y", "endDate": 7}], State.BROKEN, "parser", "another shape"),
        (FetchError("Yahoo gave no usable reply."), State.BROKEN, "route", "no usable reply"),
        (yahoo.TooMany("no more requests tonight"), State.NOTE, "route", "tonight"),
    ],
    ids=["good", "nobody covers it", "shape", "route", "too many"],
)
@pytest.mark.usefixtures("yahoo_is_on")
def test_yahoo_is_asked_once_where_it_is_on(made, answer, state, fault, words):
    Yahoo.answer = answer
    found = optional_checks(look(made))["yahoo"]
    assert (found.state, found.fault, found.host) == (state, fault, yahoo.HOST)
    assert words in found.text
    assert Yahoo.asked == ["ALPHA.NS"]


@pytest.mark.usefixtures("yahoo_is_on")
def test_yahoo_is_left_alone_after_it_wanted_no_more(made):
    Yahoo.answer = yahoo.TooMany("no more requests tonight")
    look(made)
    again = optional_checks(look(made))["yahoo"]
    assert (again.state, "left alone until" in again.text) == (State.NOTE, True)
    assert Yahoo.asked == ["ALPHA.NS"]


def test_moneycontrol_is_asked_once_where_it_is_on(made):
    made.refresh()
    turn_on(made.paths, "moneycontrol", made.clock)
    entry = {"pdt_dis_nm": f"Alpha Ltd <span>{ISIN['ALPHA']}, ALPHA</span>", "sc_id": "A1"}
    search, forecast = moneycontrol.search_url("ALPHA"), moneycontrol.forecast_url("A1", "C")
    for url, reply in ((search, [entry]), (forecast, {"success": 1, "data": {"eps": []}})):
        host, _, path = url.removeprefix("https://").partition("/")
        made.site.pages[host, f"/{path}"] = json.dumps(reply).encode()
    texts = []
    for _ in range(2):
        found = optional_checks(look(made))["moneycontrol"]
        assert found.state is State.OK
        texts.append(found.text)
        asked = [a.path for a in made.server.asked if "moneycontrol" in a.host]
        assert len([path for path in asked if path != "/robots.txt"]) == 1
        made.clock.pass_time(days=1)
    assert texts == ["search for ALPHA: its code is A1", "forecast of ALPHA: 0 estimates"]
    made.server.faults.append(
        lambda asked, answer: Answer(b'{"was": 1}') if "mcapi" in asked.path else answer
    )
    broken = optional_checks(look(made))["moneycontrol"]
    assert (broken.state, broken.fault) == (State.BROKEN, "parser")


@pytest.mark.parametrize("good", [True, False])
def test_a_results_document_of_today_is_read(made, site, good):
    made.refresh(sources=("nse",))
    row = filing_row("500111", "JQ2026-2027", "2026-06-29T18:05:11", None, "F/a.html")
    site._put(bse.filings_url(window=1), filing_list(row))
    if not good:
        site.document("F/a.html", SHELL)
    found = check(look(made), "bse filings", "results document")
    assert found.state is (State.OK if good else State.BROKEN)
    if good:
        assert "Made Works Limited, consolidated, " in found.text
        look(made)
        assert not [path for path in made.server.paths(BSE_HOST) if "XBRL" in path]
    else:
        assert found.fault == "parser"


def test_a_damaged_state_file_stops_before_any_source(made):
    made.refresh()
    made.paths.state.write_bytes(b"this is no database" * 999)
    diagnosis = look(made)
    assert check(diagnosis, "state").state is State.BROKEN
    assert diagnosis.exit_code == 6
    assert made.server.asked == []


def test_damage_inside_the_state_file_is_found(made):
    made.refresh()
    with sqlite3.connect(made.paths.state) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    body = bytearray(made.paths.state.read_bytes())
    for page in range(2, len(body) // 4096):
        body[page * 4096 : page * 4096 + 16] = b"\xff" * 16
    made.paths.state.write_bytes(body)
    assert check(look(made, offline=True), "state").state is State.BROKEN


def test_a_damaged_market_is_found(made):
    made.refresh()
    (made.market.folder / "prices.parquet").write_bytes(b"PAR1 and no more")
    diagnosis = look(made, offline=True)
    assert check(diagnosis, "market").state is State.BROKEN
    assert diagnosis.exit_code == 4


def test_an_old_market_is_told(made):
    made.refresh()
    made.clock.pass_time(days=9)
    market = check(look(made, offline=True), "market")
    assert (market.state, "9 days old" in market.text) == (State.NOTE, True)


@pytest.mark.parametrize(("free", "state"), [(1, "broken"), (10**9, "note"), (10**12, "ok")])
def test_a_full_disk_is_told(made, monkeypatch, free, state):
    usage = types.SimpleNamespace(total=10**13, used=0, free=free)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    assert check(look(made, offline=True), "disk").state == state


@pytest.mark.parametrize(("minutes", "state"), [(0, "ok"), (3, "ok"), (90, "broken")])
def test_a_wrong_clock_is_found_by_what_hosts_say(made, minutes, state):
    said = made.clock.now().timestamp() - 60 * minutes
    net = Listening(TimeTeller(said), made.clock)
    net.send(Request("https://a.example/"))
    assert net.clock_check().state == state


class TimeTeller:
    """A transport whose replies tell a time, in seconds since 1970."""

    def __init__(self, said: float) -> None:
        self._said = said

    def send(self, request: Request) -> Reply:
        return Reply(200, {"date": email.utils.formatdate(self._said, usegmt=True)}, b"x")


def test_while_a_refresh_runs_no_source_is_asked(made):
    made.refresh()
    with exclusive(made.paths.state_dir / "refresh.lock", ""):
        diagnosis = look(made)
    assert "refresh is running" in check(diagnosis, "sources").text
    assert made.server.asked == []
    assert diagnosis.healthy


def test_the_text_fits_its_width_and_outside_text_is_text(made):
    made.refresh()
    made.site.page("ALPHA", name="Alpha [red]\x1b[31m Industries Ltd")
    made.clock.pass_time(hours=1)
    diagnosis = look(made)
    for width in (60, 80, 100):
        lines = [line for c in diagnosis.checks for line in check_lines(c, width)]
        assert max(map(len, lines)) <= width
        assert "\x1b" not in "".join(lines)
    data = as_json(diagnosis)
    assert len(data["checks"]) == len(diagnosis.checks)
    assert {"name", "state", "text", "hint", "host", "fault", "seconds"} == set(data["checks"][0])
