"""Whatever hosts answer, in whatever order, a session keeps its manners and says what happened."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.circuit import HostClosed
from scrapers.session import BACKOFF, Kind
from scrapers.transport import NoReply, Reply
from screener.errors import SourceError
from tests.scrapers.net import BASE, HOST, Bench, Scripted, page, status

HOUR = 3600.0
DELAY = 5
BUDGET = 25
RULES = "User-agent: *\nDisallow: /secret\nDisallow: /*?q=\n"
PATHS = ("/a", "/b", "/c", "/secret/a", "/d?q=1")
OPEN = PATHS[:3]

headers = st.sampled_from(["", "0", "7", "90", "4000", "-1", "\xb2", "9" * 30, "soon"])
locations = st.sampled_from(
    [
        "/a",
        "/b",
        "/secret/a",
        "/d?q=1",
        "/login/",
        "//other.example/",
        "http://[",
        "",
        "?q=2",
        "\x1b",
    ]
)
replies: st.SearchStrategy[Scripted] = st.one_of(
    st.just(page()),
    st.builds(lambda tag: page(etag=tag), st.text(max_size=5)),
    st.builds(
        lambda code, wait: status(code, retry_after=wait),
        st.sampled_from([401, 403, 404, 410, 429, 500, 502, 503, 504, 304, 204]),
        headers,
    ),
    st.builds(lambda to: status(302, location=to), locations),
    st.builds(lambda body: Reply(200, {}, body), st.binary(max_size=30)),
    st.sampled_from(
        [
            NoReply("cut off"),
            NoReply("refused", refused=True),
            NoReply("offline", offline=True),
            NoReply("too large", unusable=True),
        ]
    ),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("get"), st.sampled_from(PATHS), st.sampled_from(list(Kind))),
        st.tuples(st.just("pass"), st.sampled_from([30.0, 2000.0, 4 * HOUR, 25 * HOUR])),
        st.tuples(st.just("restart")),
        st.tuples(st.just("stall"), st.sampled_from([0.0, 16.0])),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(
    steps=steps,
    scripts=st.fixed_dictionaries({p: st.lists(replies, min_size=1, max_size=6) for p in PATHS}),
    robots=st.lists(
        st.one_of(st.just(page(RULES)), st.just(page(RULES)), replies), min_size=1, max_size=3
    ),
)
def test_no_sequence_of_replies_breaks_the_manners(steps, scripts, robots):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), delay=DELAY, budget=BUDGET)
        for path, script in scripts.items():
            bench.script(path, *script)
        bench.script("/?q=2", page())
        bench.script("/%1B", page())
        bench.script("/robots.txt", *robots)
        told: list[object] = []  # what each address answered, in the order of net.asked
        real = bench.net.send

        def send(request):
            try:
                told.append(reply := real(request))
            except (NoReply, KeyError) as err:
                told.append(err)
                if isinstance(err, KeyError):
                    raise NoReply("no such page", unusable=True) from err
                raise
            return reply

        bench.net.send = send  # type: ignore[method-assign]
        for step in steps:
            act(bench, *step)
        check(bench, told)
        bench.db.close()


def act(bench: Bench, what: str, *how) -> None:
    """Do one step; an error that is not ours fails the test."""
    if what == "pass":
        bench.clock.pass_time(seconds=how[0])
    elif what == "restart":
        bench.db.close()
        bench.restart()
    elif what == "stall":
        bench.net.seconds = how[0]
    else:
        path, kind = how
        try:
            document = bench.session.get(BASE + path, kind)
        except SourceError as err:
            bench.waits.append((HOST, 0.0, err.message))
        else:
            assert document.body
            assert kind.fits(document.body) or not document.fresh
            bench.session.keep(document)


def check(bench: Bench, told: list[object]) -> None:
    """What the log of the net must show."""
    net = bench.net
    assert all(why for _, seconds, why in bench.waits if not seconds)
    assert len(told) == len(net.asked) == len(net.at)
    rules: object = None
    for at, request, answer, later in zip(
        net.at, net.asked, told, [*net.at[1:], None][: len(told)], strict=True
    ):
        path = request.url.removeprefix(BASE)
        if path == "/robots.txt":
            if isinstance(answer, Reply) and answer.status < 500 and answer.status != 429:
                rules = answer
        elif isinstance(rules, Reply) and rules.status == 200 and rules.body == RULES.encode():
            assert not path.startswith("/secret")
            assert "?q=" not in path
        elif isinstance(rules, Reply):
            assert rules.status not in (401, 403)
        if later is not None:
            assert later - at >= least_gap(path, answer) - 1e-6, (path, answer)
    for a, b in pairwise(net.at):
        assert b - a >= DELAY - 1e-6
    nights: dict[int, int] = {}
    for at, request in zip(net.at, net.asked, strict=True):
        if not request.url.endswith("/robots.txt"):
            night = int((at + 8.5 * HOUR) // (24 * HOUR))
            nights[night] = nights.get(night, 0) + 1
    assert max(nights.values(), default=0) <= BUDGET
    assert all(r.body_limit <= bench.policy.body_limit for r in net.asked)
    assert {r.url.split("/")[2] for r in net.asked} <= {HOST}


def least_gap(path: str, answer: object) -> float:
    """The least seconds until the host may be asked again after such an answer."""
    if isinstance(answer, NoReply):
        if answer.refused:
            return HOUR
        return DELAY if answer.offline or answer.unusable else BACKOFF[0]
    if isinstance(answer, Reply):
        if answer.status in (401, 403) and path != "/robots.txt":
            return HOUR
        if answer.status in (429, 502, 503, 504):
            asked = answer.headers.get("retry-after", "")
            plain = asked.isascii() and asked.isdigit()
            return max(DELAY, min(float(asked), 30 * 24 * HOUR)) if plain else BACKOFF[0]
    return DELAY


@settings(max_examples=60, deadline=None)
@given(value=st.one_of(st.text(max_size=30), st.integers().map(str), st.datetimes().map(str)))
def test_no_retry_after_breaks_the_session(value):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), delay=DELAY)
        url = bench.script("/a", status(429, retry_after=value), page())
        try:
            bench.session.get(url)
        except HostClosed:
            bench.clock.pass_time(days=31)
            bench.session.get(url)
        assert [r.url for r in bench.net.asked].count(url) == 2
        bench.db.close()
