"""One hostile host at a time, over real connections: what is asked again, when, and what stands.

The server and the refresh share one clock that nobody waits for. A refresh that follows another
one starts from what is on disk alone, as a new process would.
"""

from __future__ import annotations

import itertools
import re
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click
import polars as pl
import pytest

from scrapers.hosts import AMFI_HOST, NSE_HOST, POLICIES, SCREENER_HOST
from scrapers.nse import EQUITY_LIST_URL, bhavcopy_url
from scrapers.report import Summary, Tally
from screener.fields import catalogue
from tests.replay.faults import BLOCK_PAGE, NOT_TEXT, Change, Faults, bomb, zipped
from tests.replay.server import Answer, Asked
from tests.scrapers.made_files import bhavcopy, made_isin
from tests.scrapers.made_market import ISIN, SYMBOLS, TODAY, Machine, machine
from tui.refreshing import summary_lines

HOUR = 3600.0
BETA = "/company/BETA/consolidated/"
PRICES = bhavcopy_url(TODAY).partition(NSE_HOST)[2]
LIST = EQUITY_LIST_URL.partition(NSE_HOST)[2]
ROBOTS = "/robots.txt"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine with three companies; fields are not computed, they are not looked at here."""
    monkeypatch.setattr(catalogue, "compute", lambda panel: panel.select("isin"))
    with machine(tmp_path) as made:
        made.server.clock = made.clock
        yield made


def send(
    made: Machine, path: str, change: str | Answer | Change, times: float = float("inf")
) -> None:
    """Let the address answer badly so many times."""
    named = Faults(made.site, made.clock).named
    answered = 0

    def fault(asked: Asked, answer: Answer) -> Answer:
        nonlocal answered
        if asked.path != path or answered >= times:
            return answer
        answered += 1
        if isinstance(change, Answer):
            return change
        return (named(change) if isinstance(change, str) else change)(asked, answer)

    made.server.faults[:] = [fault]


def moments(made: Machine, path: str) -> list[float]:
    """When the address was asked for."""
    return [entry.at for entry in made.server.log if entry.path == path]


def gaps(made: Machine, path: str) -> list[float]:
    """The seconds between two requests for the address."""
    at = moments(made, path)
    return [round(b - a, 3) for a, b in itertools.pairwise(at)]


def pages(summary: Summary) -> Tally:
    return summary.sources["screener.in"]


def prices(summary: Summary) -> Tally:
    return summary.sources["nse"]


def check_whole(made: Machine, *symbols: str) -> None:
    """The market holds the right figures of these companies and nothing of others."""
    facts = made.market.table("facts").collect()
    assert set(facts["isin"]) == {ISIN[symbol] for symbol in symbols}
    for symbol in symbols:
        sales = made.facts(symbol, line="sales", kind="annual")
        assert sales["value"].to_list() == [100000, 120000, 144000.5], symbol


def check_left_alone(made: Machine, host: str, seconds: float, why: str) -> None:
    """A new process asks the host nothing until so long after its last reply, and then asks."""
    asked = made.clock.elapsed
    made.server.faults.clear()
    while made.clock.elapsed + HOUR / 4 < asked + seconds - HOUR / 20:
        made.clock.pass_time(seconds=min(HOUR * 3, asked + seconds - made.clock.elapsed - HOUR / 8))
        summary = made.refresh()
        assert made.server.paths(host) == []
        told = [t.stopped for t in summary.sources.values() if t.host == host and t.stopped]
        assert told
        assert all("left alone until" in text and why in text for text in told)
    made.clock.pass_time(seconds=asked + seconds - made.clock.elapsed + HOUR / 4)
    made.refresh()
    assert made.server.paths(host)


# -- a host that is busy, broken or says no -------------------------------------------------------


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_host_is_asked_again_when_it_said(made, code):
    send(made, BETA, Answer(b"", code, {"Retry-After": "90"}), times=2)
    summary = made.refresh()
    assert len(moments(made, BETA)) == 3
    assert all(90 <= gap < 100 for gap in gaps(made, BETA))
    assert summary.counts["failed"] == 0
    check_whole(made, *SYMBOLS)


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_a_busy_host_that_names_no_time_is_asked_less_and_less(made, code):
    send(made, BETA, Answer(BLOCK_PAGE, code), times=3)
    made.refresh()
    waits = gaps(made, BETA)
    assert [60 <= waits[0] < 70, 300 <= waits[1] < 310, 1800 <= waits[2] < 1810] == [True] * 3
    check_whole(made, *SYMBOLS)


def test_a_host_that_stays_busy_is_left_alone_also_by_a_new_process(made):
    send(made, BETA, "503")
    tally = pages(made.refresh())
    assert len(moments(made, BETA)) == 4
    assert "it answered 503" in tally.stopped
    assert (tally.fetched, tally.left) == (1, 2)
    check_whole(made, "ALPHA")
    check_left_alone(made, SCREENER_HOST, HOUR, "it answered 503")
    check_whole(made, *SYMBOLS)


@pytest.mark.parametrize("value", ["86400", "Wed, 01 Jul 2026 15:00:00 GMT"])
def test_a_host_that_asks_for_a_day_is_given_it(made, value):
    send(made, BETA, Answer(b"", 503, {"Retry-After": value}))
    made.refresh()
    assert len(moments(made, BETA)) == 1
    check_left_alone(made, SCREENER_HOST, 24 * HOUR - 60, "503")


@pytest.mark.parametrize(
    "value",
    ["-5", "1e99", "\xb2", "soon", "9" * 400, "99999999999999", "Mon, 01 Jan 9999 00:00:00 GMT",
     "Mon, 01 Jan 0001 00:00:00 +2300", ""],
)  # fmt: skip
def test_nonsense_for_a_time_neither_crashes_nor_shuts_a_host_for_ever(made, value):
    send(made, BETA, Answer(b"", 429, {"Retry-After": value}), times=1)
    made.refresh()
    made.clock.pass_time(days=31)
    made.refresh()
    check_whole(made, *SYMBOLS)


@pytest.mark.parametrize("code", [401, 403])
def test_a_host_that_says_no_is_left_alone_longer_each_time(made, code):
    for hours in (1, 4, 24):
        send(made, BETA, Answer(BLOCK_PAGE, code))
        made.server.log.clear()
        tally = pages(made.refresh())
        assert len(moments(made, BETA)) == 1
        assert f"it answered {code}" in tally.stopped
        assert moments(made, "/company/GAMMA/consolidated/") == []
        made.server.asked.clear()
        made.clock.pass_time(hours=hours, minutes=-2)
        assert "left alone" in pages(made.refresh()).stopped
        assert made.server.paths(SCREENER_HOST) == []
        made.clock.pass_time(minutes=3)
    made.server.faults.clear()
    made.refresh()
    check_whole(made, *SYMBOLS)


def test_a_closed_port_is_knocked_at_once_an_hour(made):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hosts = {**made.server.hosts, SCREENER_HOST: f"http://127.0.0.1:{port}"}
    summary = made.refresh(hosts=hosts)
    assert "refused the connection" in pages(summary).stopped
    assert summary.published  # lists and prices stand on their own
    assert made.market.table("prices").collect().height == 6
    assert made.market.table("facts").collect().is_empty()
    check_left_alone(made, SCREENER_HOST, HOUR, "refused the connection")
    made.clock.pass_time(hours=6)
    made.refresh()
    check_whole(made, *SYMBOLS)


@pytest.mark.parametrize("path", [BETA, PRICES], ids=["page", "prices"])
@pytest.mark.parametrize(
    "fault", ["reset", "dropped", "half", "half in chunks", "half, then reset", "500"]
)
def test_a_broken_connection_is_tried_again_after_a_minute(made, path, fault):
    send(made, path, fault, times=1)
    summary = made.refresh()
    (gap,) = gaps(made, path)
    assert 60 <= gap < 70
    assert summary.counts["failed"] == 0
    check_whole(made, *SYMBOLS)
    assert made.market.table("prices").collect().height == 6


def test_half_a_page_that_says_it_is_whole_is_not_believed(made):
    send(
        made, BETA, lambda _, answer: replace(answer, body=answer.body[: len(answer.body) * 2 // 3])
    )
    (miss,) = pages(made.refresh()).failed
    assert (miss.key, "ends in the middle" in miss.reason) == ("BETA", True)
    check_whole(made, "ALPHA", "GAMMA")
    made.server.faults.clear()
    made.clock.pass_time(days=1)
    made.refresh()
    assert made.pages_asked == [BETA]
    check_whole(made, *SYMBOLS)


# -- a host that stalls ---------------------------------------------------------------------------


def test_a_stalling_hosts_page_is_used_and_then_the_host_is_left_alone(made):
    send(made, BETA, "stall", times=1)
    tally = pages(made.refresh())
    assert made.pages_asked[-1] == BETA
    assert "more than 15 s" in tally.stopped
    check_whole(made, "ALPHA", "BETA")
    check_left_alone(made, SCREENER_HOST, HOUR, "more than 15 s")
    check_whole(made, *SYMBOLS)


def test_a_reply_that_drips_is_given_up_after_two_minutes(made):
    drops = 0

    def second() -> None:
        nonlocal drops
        drops += 1
        made.clock.pass_time(seconds=1)

    plain = {"Content-Encoding": "identity"}
    send(made, BETA, Answer(b"<html>" * 20_000, headers=plain, drip=second), times=1)
    made.refresh()
    assert 120 <= drops < 40_000  # of 120,000; what the connection holds unread may run ahead
    check_whole(made, *SYMBOLS)


# -- bombs and tricks -----------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2])
def test_a_gzip_bomb_is_not_unpacked_nor_asked_for_again(made, layers):
    body = bomb(60, layers)
    packed = {"Content-Encoding": ", ".join(["gzip"] * layers)}
    send(made, BETA, Answer(body, headers=packed))
    tracemalloc.start()
    try:
        summary = made.refresh()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000
    (miss,) = pages(summary).failed
    assert "larger than 4,194,304 bytes" in miss.reason
    assert len(moments(made, BETA)) == 1
    check_whole(made, "ALPHA", "GAMMA")
    assert not any(f.stat().st_size > 1_000_000 for f in made.paths.cache.rglob("*.gz"))


def good_prices() -> bytes:
    return zipfile_member(bhavcopy(TODAY, [(s, i, 100.0) for s, i in ISIN.items()]))


def zipfile_member(body: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(archive.infolist()[0])


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([("a.csv", b"0" * 150_000_000)], "not opened"),
        ([(f"{i}.csv", b"") for i in range(1000)], "not opened"),
        ([("a.csv", good_prices()), ("a.csv", b"SYMBOL\nA\n")], "holds 2 .csv files"),
        ([("a.csv", good_prices()), ("../a.csv", good_prices())], "holds 2 .csv files"),
        ([("a.exe", b"MZ")], "holds 0 .csv files"),
        ([], "not the zip file"),
    ],
    ids=["bomb", "many", "twice", "beside", "other", "none"],
)  # fmt: skip
def test_a_zip_with_tricks_is_refused(made, members, why):
    send(made, PRICES, Answer(zipped(*members)))
    (miss,) = [m for m in prices(made.refresh()).failed if "prices" in m.key]
    assert why in miss.reason
    assert made.market.date == TODAY or made.market.table("prices").collect()["date"].max() < TODAY
    made.server.faults.clear()
    made.clock.pass_time(hours=7)
    made.refresh(date=TODAY)
    assert made.market.table("prices").collect().height == 6


@pytest.mark.parametrize("name", ["../../../evil.csv", "/tmp/evil.csv", "C:\\evil.csv", "a\0b.csv"])
def test_a_zip_member_is_never_written_where_its_name_says(made, tmp_path, name):
    send(made, PRICES, Answer(zipped((name, good_prices()))))
    made.refresh()
    assert not Path("/tmp/evil.csv").exists()
    assert not [p for p in tmp_path.parent.rglob("*") if "evil" in p.name]


@pytest.mark.parametrize(
    "body", [BLOCK_PAGE, NOT_TEXT, b"", b"[]"], ids=["html", "bytes", "empty", "json"]
)
def test_something_else_than_a_price_file_is_not_used(made, body):
    send(made, PRICES, Answer(body))
    summary = made.refresh()
    assert len(moments(made, PRICES)) == 1
    assert [m.key for m in prices(summary).failed][:1] == [f"prices of {TODAY}"]
    if body:
        check_left_alone(made, NSE_HOST, HOUR, "instead of a zip file")
    made.server.faults.clear()
    made.clock.pass_time(hours=7)
    made.refresh(date=TODAY)
    assert made.market.table("prices").filter(pl.col("date") == TODAY).collect().height == 3


def test_a_right_body_under_a_wrong_name_of_its_kind_is_taken(made):
    made.server.faults[:] = [
        lambda _, answer: replace(answer, headers={**answer.headers, "Content-Type": "image/png"})
    ]
    assert made.refresh().counts["failed"] == 0
    check_whole(made, *SYMBOLS)


# -- files of another day -------------------------------------------------------------------------


def test_no_file_of_another_day_is_published(made):
    day = TODAY
    earlier = TODAY.replace(day=29)
    made.site.session(day, of=earlier)
    made.site.bundle(day, ("ALPHA", "2026-07-01", "DIVIDEND - RS 5 PER SHARE"))
    made.site.levels(day, "Nifty 50,1,2,0.5,1.5,0,0,1,1,20,3,1", of=earlier)
    summary = made.refresh(sources=("nse",), sessions=1)
    assert "is of 2026-06-29" in prices(summary).failed[0].reason
    assert made.market.table("prices").collect()["date"].unique().to_list() == [earlier]
    assert day not in made.market.table("indices").collect()["date"].to_list()
    first = moments(made, PRICES)
    made.clock.pass_time(hours=5)
    made.refresh(sources=("nse",), sessions=1, date=day)
    assert moments(made, PRICES) == first  # six hours have not passed
    made.site.session(day)
    made.clock.pass_time(hours=2)
    made.refresh(sources=("nse",), sessions=1, date=day)
    assert made.market.table("prices").collect()["date"].max() == day
    made.clock.pass_time(hours=9)
    made.refresh(sources=("nse",), sessions=1, date=day)
    assert len(moments(made, PRICES)) == 2  # once good, never again


# -- redirects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/login/?next=/", 1),
        ("https://elsewhere.example/", 1),
        ("//elsewhere.example/", 1),
        ("http://[oops", 1),
        ("https://www.screener.in:99999/", 1),
        (f"https://{SCREENER_HOST}@elsewhere.example/", 1),
        ("file:///etc/passwd", 1),
        (BETA, 6),
    ],
)
def test_a_redirect_leads_nowhere_it_should_not(made, location, asked):
    send(made, BETA, Answer(status=302, headers={"Location": location}))
    summary = made.refresh()
    misses = (*pages(summary).failed, *pages(summary).refused)
    assert [m.key for m in misses] == ["BETA"]
    assert len(moments(made, BETA)) == asked
    assert {a.host for a in made.server.asked} <= set(POLICIES)
    assert not any(a.path.startswith("/login") for a in made.server.asked)
    check_whole(made, "ALPHA", "GAMMA")
    made.server.faults.clear()
    made.clock.pass_time(days=1, minutes=1)
    made.refresh()
    check_whole(made, *SYMBOLS)


def many(made: Machine, count: int) -> list[str]:
    names = [f"CO{i:02d}" for i in range(count)]
    made.site.list(*((name, made_isin(50 + i)) for i, name in enumerate(names)))
    for name in names:
        made.site.page(name)
    return names


@pytest.mark.parametrize(
    "fault", ["to login", "elsewhere", "block page", "not text", "empty", "bomb"]
)
def test_a_site_that_answers_everything_so_is_left_after_five_pages(made, fault):
    many(made, 9)
    change = Faults(made.site, made.clock).named(fault)
    made.server.faults[:] = [
        lambda asked, answer: change(asked, answer) if "/company/" in asked.path else answer
    ]
    tally = pages(made.refresh())
    assert len(made.pages_asked) == 5
    assert "in a row" in tally.stopped
    check_left_alone(made, SCREENER_HOST, HOUR, "in a row")
    made.clock.pass_time(days=1)
    made.refresh()
    assert made.market.table("facts").collect()["isin"].n_unique() == 9


# -- robots.txt -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"User-agent: *\nDisallow: /\n"),
        Answer(b"User-agent: Kasauti\nDisallow: /company\n\nUser-agent: *\nAllow: /\n"),
        Answer(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /*consolidated\r\n"),
        Answer(b"", 401),
        Answer(BLOCK_PAGE, 403),
        Answer(b"User-agent: *\nCrawl-delay: 1e9\n"),
        Answer(b"User-agent: *\nCrawl-delay: inf\n"),
    ],
    ids=["all", "us", "pattern", "401", "403", "years", "for ever"],
)
def test_robots_that_forbid_are_obeyed_until_they_say_otherwise(made, answer):
    made.site.put("x", b"")
    made.site.pages[SCREENER_HOST, ROBOTS] = answer
    summary = made.refresh()
    if answer.body.endswith(b"inf\n"):
        check_whole(made, *SYMBOLS)  # no number of seconds: no rule
        return
    assert made.pages_asked == []
    assert {m.key for m in pages(summary).refused} == set(SYMBOLS)
    assert made.market.table("facts").collect().is_empty()
    made.site.pages[SCREENER_HOST, ROBOTS] = Answer(b"User-agent: *\nAllow: /\n")
    made.clock.pass_time(hours=23)
    made.refresh()
    assert made.server.paths(SCREENER_HOST) == []  # robots.txt is read once a day
    made.clock.pass_time(hours=2)
    made.refresh()
    check_whole(made, *SYMBOLS)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", 500),
        Answer(b"", 503),
        Answer(reset=True),
        Answer(status=302, headers={"Location": "https://elsewhere.example/robots.txt"}),
        Answer(status=302, headers={"Location": "/login/"}),
        Answer(bomb(40), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["500", "503", "reset", "elsewhere", "login", "bomb"],
)
@pytest.mark.parametrize("host", [SCREENER_HOST, NSE_HOST])
def test_robots_that_cannot_be_read_pause_the_host(made, host, answer):
    made.refresh(limit=0)
    made.clock.pass_time(days=1, hours=1)
    made.site.session(TODAY.replace(month=7, day=1))
    made.site.pages[host, ROBOTS] = answer
    made.refresh(sessions=30)
    asked = made.server.paths(host)
    assert set(asked) == {ROBOTS}
    assert len(asked) <= 4
    made.site.pages[host, ROBOTS] = Answer(b"")
    check_left_alone(made, host, HOUR, "503" if answer.status == 503 else "robots.txt")
    check_whole(made, *SYMBOLS)


@pytest.mark.parametrize(
    "body", [b"", NOT_TEXT, BLOCK_PAGE, b"\0" * 500, b"Disallow: /\n" * 40_000, b"\xff\xfe*\0"]
)
def test_robots_without_a_rule_for_us_allow(made, body):
    made.site.pages[SCREENER_HOST, ROBOTS] = Answer(body)
    made.refresh()
    check_whole(made, *SYMBOLS)


def test_robots_may_ask_for_a_slower_pace(made):
    made.site.pages[SCREENER_HOST, ROBOTS] = Answer(b"User-agent: *\nCrawl-delay: 40\n")
    made.refresh()
    at = [e.at for e in made.server.log if e.host == SCREENER_HOST and e.path != ROBOTS]
    assert all(40 <= b - a <= 52 for a, b in itertools.pairwise(at))
    assert len(at) == 3


# -- text that is not what it seems ---------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b"\xff\xfe" + body.decode().encode("utf-16-le"),
        lambda body: body.replace(b"consolidated", b"\xff\xfe\xfd").replace(b"Sales", b"\xc3\x28"),
        lambda body: body.decode("utf-8").encode("cp037", "replace"),
    ],
    ids=["utf-16", "broken utf-8", "ebcdic"],
)  # fmt: skip
def test_a_page_in_no_known_letters_is_refused(made, spoil: Callable[[bytes], bytes]):
    send(made, BETA, lambda _, answer: replace(answer, body=spoil(answer.body)))
    summary = made.refresh()
    assert [m.key for m in pages(summary).failed] == ["BETA"]
    check_whole(made, "ALPHA", "GAMMA")


def test_a_list_in_latin_letters_keeps_its_companies(made):
    made.site.pages[NSE_HOST, "/content/equities/EQUITY_L.csv"] = made.site.pages[
        NSE_HOST, "/content/equities/EQUITY_L.csv"
    ].replace(b"Beta Industries", b"B\xe9ta Industries")
    made.refresh()
    assert made.market.companies["symbol"].to_list() == list(SYMBOLS)
    assert "ta Industries" in made.company("BETA")["name"]


def test_a_body_is_asked_again_with_nothing_a_header_cannot_hold(made):
    send(
        made,
        BETA,
        lambda _, a: replace(a, headers={"ETag": "\xa0\x85odd\x0b", "Last-Modified": "\xff" * 9}),
    )
    made.refresh()
    made.clock.pass_time(days=31)
    summary = made.refresh()
    assert summary.counts["failed"] == 0
    assert BETA in made.pages_asked


def test_every_host_is_asked_for_amfi_by_its_robots(made):
    made.site.pages[AMFI_HOST, ROBOTS] = Answer(b"User-agent: *\nDisallow: /spages\n")
    summary = made.refresh(sources=("nse", "amfi"))
    assert made.server.paths(AMFI_HOST) == [ROBOTS]
    assert len(summary.sources["amfi"].refused) == 1


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
