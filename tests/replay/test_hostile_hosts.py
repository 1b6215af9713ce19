"""Hosts that are busy, closed, slow or elsewhere: what is asked again, when, and what stands."""

from __future__ import annotations

import itertools
import socket
from dataclasses import replace

import pytest

from scrapers.hosts import AMFI_HOST, NSE_HOST, POLICIES, SCREENER_HOST
from tests.replay.faults import BLOCK_PAGE, NOT_TEXT, Faults, bomb
from tests.replay.hostile import (
    BETA,
    HOUR,
    PRICES,
    ROBOTS,
    check_left_alone,
    check_whole,
    gaps,
    moments,
    pages,
    send,
)
from tests.replay.server import Answer
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_market import SYMBOLS, TODAY, Machine

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


def test_every_host_is_asked_for_amfi_by_its_robots(made):
    made.site.pages[AMFI_HOST, ROBOTS] = Answer(b"User-agent: *\nDisallow: /spages\n")
    summary = made.refresh(sources=("nse", "amfi"))
    assert made.server.paths(AMFI_HOST) == [ROBOTS]
    assert len(summary.sources["amfi"].refused) == 1
