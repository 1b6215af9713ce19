"""The session asks gently, remembers what it learned, and stores only what it is told to keep."""

from __future__ import annotations

import datetime as dt
import errno
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.circuit import HostClosed
from scrapers.session import BACKOFF, Kind, NotThere, Stopped
from scrapers.transport import NoReply, Reply
from screener.errors import FetchError, RefusedError, StorageError
from tests.scrapers.net import START, Bench, page, status

HOUR = 3600


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def fetch(bench: Bench, url: str, **how) -> bytes:
    document = bench.session.get(url, **how)
    bench.session.keep(document)
    return document.body


def test_requests_to_a_host_keep_their_distance(bench):
    urls = [bench.script(f"/{i}", page()) for i in range(4)]
    for url in urls:
        fetch(bench, url)
    gaps = [b - a for a, b in zip(bench.net.at, bench.net.at[1:], strict=False)]
    assert gaps == [pytest.approx(5 * 1.15)] * 4  # robots.txt first, then the pages
    assert max(bench.clock.sleeps) <= 1  # in steps, so that a stop is heard
    assert all(seconds == pytest.approx(5.75) for _, seconds, _ in bench.waits)


def test_the_distance_outlives_the_process(bench):
    url = bench.script("/a", page())
    fetch(bench, url)
    asked = bench.net.at[-1]
    bench.restart()
    fetch(bench, bench.script("/b", page()))
    assert bench.net.at[-1] - asked >= 5


def test_who_asks_is_said_openly(bench):
    fetch(bench, bench.script("/a", page()))
    agents = {request.headers["User-Agent"] for request in bench.net.asked}
    assert len(agents) == 1
    assert agents.pop().startswith("Kasauti/")


def test_a_stored_body_is_used_while_it_is_fresh(bench):
    url = bench.script("/a", page("<html>1</html>"), page("<html>2</html>"))
    assert fetch(bench, url) == b"<html>1</html>"
    bench.clock.pass_time(hours=1)
    assert fetch(bench, url, max_age=2 * HOUR) == b"<html>1</html>"
    assert bench.net.paths() == ["/a"]
    bench.clock.pass_time(hours=1)
    assert fetch(bench, url, max_age=2 * HOUR) == b"<html>2</html>"


def test_a_dated_file_is_fetched_once_ever(bench):
    url = bench.script("/a", page())
    fetch(bench, url, immutable=True)
    bench.clock.pass_time(days=4000)
    bench.restart()
    fetch(bench, url, immutable=True)
    assert bench.net.paths() == ["/a"]


def test_what_is_not_kept_is_fetched_again(bench):
    url = bench.script("/a", page())
    bench.session.get(url, immutable=True)
    bench.session.get(url, immutable=True)
    assert bench.net.paths() == ["/a", "/a"]
    assert bench.session.stored(url) is None


def test_an_unchanged_page_is_not_sent_again(bench):
    def answer(request):
        if request.headers.get("If-None-Match") == '"v1"':
            assert request.headers["If-Modified-Since"] == "Mon, 29 Jun 2026 10:00:00 GMT"
            return Reply(304, {}, b"")
        return page(etag='"v1"', last_modified="Mon, 29 Jun 2026 10:00:00 GMT")

    url = bench.script("/a", answer)
    first = fetch(bench, url)
    bench.clock.pass_time(days=2)
    again = bench.session.get(url)
    assert (again.body, again.fresh) == (first, False)
    assert again.fetched_at < bench.clock.now().timestamp() - 86400
    fetch(bench, url, max_age=HOUR)  # it was checked just now
    assert len(bench.net.paths()) == 2


def test_a_damaged_stored_body_is_fetched_anew(bench, tmp_path):
    url = bench.script("/a", page(etag='"v1"'))
    fetch(bench, url)
    (body,) = tmp_path.rglob("*.gz")
    body.write_bytes(body.read_bytes()[:-7])
    assert bench.session.stored(url) is None
    assert fetch(bench, url, immutable=True) == b"<html>page</html>"
    assert "If-None-Match" not in bench.net.asked[-1].headers


# -- robots ---------------------------------------------------------------------------------------

RULES = """User-agent: *
Disallow: /user/*
Disallow: /*?q=
Disallow: /*?page=
Crawl-delay: 9
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/company/ABC/consolidated/", True),
        ("/company/ABC/?days=3", True),
        ("/api/company/search/?q=abc", False),
        ("/market/IN01/?page=2", False),
        ("/user/a", False),
    ],
)
def test_robots_rules_hold_for_the_whole_address(bench, path, allowed):
    bench.script("/robots.txt", page(RULES))
    url = bench.script(path, page())
    if allowed:
        fetch(bench, url)
    else:
        with pytest.raises(RefusedError, match=r"robots\.txt"):
            fetch(bench, url)
    assert bench.net.paths() == [path] * allowed


def test_robots_may_ask_for_more_distance(bench):
    bench.script("/robots.txt", page(RULES))
    for path in ("/a", "/b"):
        fetch(bench, bench.script(path, page()))
    assert bench.net.at[-1] - bench.net.at[-2] >= 9


def test_robots_are_read_once_a_day_and_by_every_process(bench):
    url = bench.script("/a", page())
    for hours in (1, 10, 12, 2):
        bench.clock.pass_time(hours=hours)
        bench.restart()
        fetch(bench, url)
    asked = [request.url for request in bench.net.asked if "robots" in request.url]
    assert len(asked) == 2


@pytest.mark.parametrize("code", [401, 403])
def test_withheld_robots_forbid_everything(bench, code):
    bench.script("/robots.txt", status(code))
    with pytest.raises(RefusedError):
        fetch(bench, bench.script("/a", page()))
    assert bench.net.paths() == []


def test_failing_robots_close_the_host(bench):
    bench.script("/robots.txt", status(503))
    url = bench.script("/a", page())
    for _ in range(2):
        with pytest.raises(HostClosed):
            fetch(bench, url)
    assert bench.net.paths() == []
    assert len(bench.net.asked) == len(BACKOFF) + 1


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["/company/ABC/", "/a?q=1", "/%26/ü"]))
def test_no_robots_file_breaks_the_reader(text, path):
    from scrapers.robots import Rules

    rules = Rules(200, text)
    assert rules.allow(f"https://example.in{path}") in (True, False)
    assert rules.delay >= 0


# -- budgets and circuits -------------------------------------------------------------------------


def test_a_night_has_a_budget_and_the_next_one_a_new(tmp_path):
    bench = Bench(tmp_path, budget=3)
    urls = [bench.script(f"/{i}", page()) for i in range(5)]
    for url in urls[:3]:
        fetch(bench, url)
    bench.restart()
    with pytest.raises(HostClosed, match="tomorrow"):
        fetch(bench, urls[3])
    fetch(bench, urls[0], max_age=HOUR)  # stored bodies cost nothing
    bench.clock.pass_time(days=1)
    fetch(bench, urls[4])


def test_a_request_that_waits_past_noon_is_one_of_the_new_night(tmp_path):
    bench = Bench(tmp_path, budget=2)
    urls = [bench.script(f"/{i}", page()) for i in range(4)]
    fetch(bench, bench.script("/robots-first", page()))
    noon = dt.datetime(2026, 7, 1, 6, 30, tzinfo=dt.UTC)  # in India
    bench.clock.pass_time(seconds=(noon - bench.clock.now()).total_seconds() - 2)
    fetch(bench, urls[0])
    fetch(bench, urls[1])
    fetch(bench, urls[2])
    with pytest.raises(HostClosed, match="used up"):
        fetch(bench, urls[3])
    start = (noon - START).total_seconds()
    assert len([at for at in bench.net.at if at >= start]) == 2


@pytest.mark.parametrize("code", [401, 403])
def test_a_blocked_host_is_left_alone_longer_each_time(bench, code):
    url = bench.script("/a", status(code))
    for hours in (1, 4, 24, 24):
        with pytest.raises(HostClosed, match=str(code)):
            fetch(bench, url)
        asked = len(bench.net.asked)
        bench.clock.pass_time(hours=hours, minutes=-2)
        bench.restart()
        with pytest.raises(HostClosed, match="left alone until"):
            fetch(bench, url)
        assert len(bench.net.asked) == asked
        bench.clock.pass_time(minutes=3)
    bench.script("/a", page(), status(code))
    fetch(bench, url)  # a proper answer makes the next trouble the first again
    with pytest.raises(HostClosed):
        fetch(bench, url)
    bench.clock.pass_time(hours=1, minutes=1)
    bench.script("/a", page())
    fetch(bench, url)


@pytest.mark.parametrize("robots", [page("User-agent: *"), status(404)])
def test_a_block_page_that_comes_as_a_200_closes_the_host_longer_each_time(bench, robots):
    bench.script("/robots.txt", robots)
    url = bench.script("/a", page("<html>Access denied</html>"))
    for hours in (1, 4, 24, 24):
        with pytest.raises(FetchError, match="json"):
            fetch(bench, url, kind=Kind.JSON)
        bench.clock.pass_time(hours=hours, minutes=-2)
        bench.restart()
        with pytest.raises(HostClosed, match="left alone until"):
            fetch(bench, url, kind=Kind.JSON)
        bench.clock.pass_time(minutes=3)


def test_a_host_that_stalls_again_and_again_is_left_alone_longer(bench):
    fetch(bench, bench.script("/a", page()))
    bench.net.seconds = 16
    for number, hours in enumerate((1, 4, 24)):
        fetch(bench, bench.script(f"/b{number}", page()))
        bench.restart()
        bench.clock.pass_time(hours=hours, minutes=-2)
        with pytest.raises(HostClosed, match="15 s"):
            fetch(bench, bench.script("/c", page()))
        bench.clock.pass_time(minutes=3)


def test_a_refused_connection_closes_the_host_at_once(bench):
    url = bench.script("/a", NoReply("example.in refused the connection.", refused=True))
    with pytest.raises(NoReply):
        fetch(bench, url)
    with pytest.raises(HostClosed):
        fetch(bench, url)
    assert bench.net.paths() == ["/a"]


def test_being_offline_blames_no_host(bench):
    url = bench.script("/a", NoReply("no way out", offline=True), page())
    with pytest.raises(NoReply):
        fetch(bench, url)
    fetch(bench, url)


def test_a_stalling_host_is_left_alone_but_its_reply_is_used(bench):
    fetch(bench, bench.script("/a", page()))
    bench.net.seconds = 16
    assert fetch(bench, bench.script("/b", page())) == b"<html>page</html>"
    with pytest.raises(HostClosed, match="15 s"):
        fetch(bench, bench.script("/c", page()))


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_host_is_given_the_time_it_asks_for(bench, code):
    moment = "Tue, 30 Jun 2026 15:10:00 GMT"
    url = bench.script(
        "/a", status(code, retry_after="90"), status(code, retry_after=moment), page()
    )
    fetch(bench, url)
    first, second, third = bench.net.at[1:]
    assert second - first >= 90
    assert third >= 600  # ten past three, ten minutes after the start


def test_a_busy_host_without_a_time_gets_longer_and_longer(bench):
    url = bench.script("/a", status(429), status(429), status(429), page())
    fetch(bench, url)
    gaps = [b - a for a, b in zip(bench.net.at[1:], bench.net.at[2:], strict=False)]
    assert [gap >= pause for gap, pause in zip(gaps, BACKOFF, strict=True)] == [True] * 3


def test_a_host_that_stays_busy_is_left_alone(bench):
    url = bench.script("/a", status(429))
    with pytest.raises(HostClosed):
        fetch(bench, url)
    assert len(bench.net.paths()) == len(BACKOFF) + 1


def test_a_host_that_asks_for_hours_gets_them(bench):
    url = bench.script("/a", status(503, retry_after=str(7 * HOUR)))
    with pytest.raises(HostClosed):
        fetch(bench, url)
    bench.clock.pass_time(hours=6, minutes=59)
    with pytest.raises(HostClosed):
        fetch(bench, url)
    assert bench.net.paths() == ["/a"]


def test_one_broken_page_does_not_close_its_host(bench):
    url = bench.script("/a", status(500))
    with pytest.raises(FetchError):
        fetch(bench, url)
    assert bench.net.paths() == ["/a", "/a"]
    fetch(bench, bench.script("/b", page()))


def test_three_closed_doors_end_a_run(bench):
    url = bench.script("/a", status(403))
    for _ in range(3):
        assert not bench.session.troubled
        with pytest.raises(HostClosed):
            fetch(bench, url)
        bench.clock.pass_time(days=2)
    assert bench.session.troubled
    asked = len(bench.net.asked)
    with pytest.raises(HostClosed, match="3 times"):
        fetch(bench, bench.script("/b", page()))
    assert len(bench.net.asked) == asked
    bench.restart()
    fetch(bench, bench.script("/b", page()))


# -- what comes back ------------------------------------------------------------------------------


def test_a_missing_page_is_said_to_be_missing(bench):
    for code in (404, 410):
        with pytest.raises(NotThere):
            fetch(bench, bench.script(f"/{code}", status(code)))


def test_redirects_are_followed_within_the_host(bench):
    url = bench.script("/a/consolidated/", status(302, location="/a/"))
    bench.script("/a/", page("<html>standalone</html>"))
    document = bench.session.get(url)
    assert document.final_url.endswith("/a/")
    bench.session.keep(document)
    stored = bench.session.stored(url)
    assert stored is not None
    assert stored.final_url == document.final_url


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("/login/?next=/a/", RefusedError),
        ("/register/", RefusedError),
        ("https://elsewhere.example/a/", FetchError),
        ("http://example.in/a/", FetchError),
        ("//elsewhere.example/", FetchError),
        ("/a", FetchError),
    ],
)
def test_redirects_lead_nowhere_else(bench, location, error):
    with pytest.raises(error):
        fetch(bench, bench.script("/a", status(302, location=location)))
    assert set(bench.net.paths()) == {"/a"}


def test_a_redirect_to_a_closed_path_is_not_followed(bench):
    bench.script("/robots.txt", page(RULES))
    with pytest.raises(RefusedError, match=r"robots\.txt"):
        fetch(bench, bench.script("/a", status(302, location="/user/a")))
    assert bench.net.paths() == ["/a"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.ZIP, b"<html>Access denied</html>"),
        (Kind.CSV, b"\xef\xbb\xbf  <!DOCTYPE html>"),
        (Kind.HTML, b"SYMBOL,NAME"),
        (Kind.ZIP, b"PK"),
        (Kind.JSON, b"<html>"),
        (Kind.XML, b"<!DOCTYPE HTML><html>"),
        (Kind.XML, b"{}"),
    ],
)
def test_another_kind_of_file_is_refused(bench, kind, body):
    url = bench.script("/a", Reply(200, {}, body))
    with pytest.raises(FetchError, match=str(kind)):
        fetch(bench, url, kind=kind)
    if kind is not Kind.HTML:  # a block page closes the host
        with pytest.raises(HostClosed):
            fetch(bench, url, kind=kind)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.XML, b'<?xml version="1.0"?><xbrl/>'),
        (Kind.XML, b"\xef\xbb\xbf<xbrli:xbrl/>"),
        (Kind.JSON, b" [1]"),
        (Kind.CSV, b"SYMBOL,NAME"),
        (Kind.ZIP, b"PK\x03\x04..."),
        (Kind.HTML, b"\n<!DOCTYPE html>"),
    ],
)
def test_a_file_of_its_kind_is_taken(bench, kind, body):
    assert fetch(bench, bench.script("/a", Reply(200, {}, body)), kind=kind) == body


def test_an_empty_reply_is_no_document(bench):
    with pytest.raises(FetchError, match="empty"):
        fetch(bench, bench.script("/a", Reply(200, {}, b"")))


def test_a_wish_to_stop_is_heard_while_waiting(bench):
    fetch(bench, bench.script("/a", page()))
    bench.stop = True
    with pytest.raises(Stopped):
        fetch(bench, bench.script("/b", page()))


def test_a_full_disk_is_said_and_leaves_the_old_body(bench, monkeypatch):
    url = bench.script("/a", page("<html>1</html>"), page("<html>2</html>"))
    fetch(bench, url)
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        write(self, data[:9])
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="disk is full"):
        fetch(bench, url)
    stored = bench.session.stored(url)
    assert stored is not None
    assert stored.body == b"<html>1</html>"
    assert not list(bench.folder.rglob("*.part"))
