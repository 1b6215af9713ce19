"""What a log of requests must show: pace, budget, pauses, robots, and nothing good asked twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

from scrapers.hosts import SCREENER_HOST, HostPolicy
from tests.replay.faults import dated_path
from tests.replay.server import SCREENER_ROBOTS, Logged, ReplayServer

NIGHT = 24 * 3600.0
HOUR = 3600.0
#: Seconds from the start of the clock (20:30 in India) back to the noon its night began at.
FROM_NOON = 8.5 * HOUR


def check_manners(
    server: ReplayServer, policies: Mapping[str, HostPolicy], *, robots: bool = True
) -> None:
    """Assert it of everything the server was asked. robots: screener.in's are the usual ones."""
    assert server.at_once == 1
    by_host: dict[str, list[Logged]] = {}
    for entry in server.log:
        by_host.setdefault(entry.host, []).append(entry)
    for host, entries in by_host.items():
        policy = policies[host]
        for before, after in pairwise(entries):
            gap = after.at - before.at
            assert gap >= least_gap(before, policy) - 1e-6, (before, after)
        if policy.budget is not None:
            assert max(nightly(entries).values(), default=0) <= policy.budget, (
                host,
                nightly(entries),
            )
    twice = good_twice(server.log)
    assert not twice, twice
    if robots:
        paths = [entry.path for entry in by_host.get(SCREENER_HOST, [])]
        assert not [path for path in paths if forbidden(path)]


def least_gap(before: Logged, policy: HostPolicy) -> float:
    """The least seconds to the next request after such an answer."""
    answer = before.answer
    if answer.status in (401, 403) and before.path != "/robots.txt":
        return HOUR
    if answer.status in (429, 503):
        return max(policy.delay, float(answer.headers.get("Retry-After", 60)))
    if answer.reset or answer.drop or answer.cut is not None:
        return 60.0
    return policy.delay


def nightly(entries: Iterable[Logged]) -> Counter[int]:
    """Requests a night, noon to noon in India; robots.txt is not counted."""
    return Counter(
        int((entry.at + FROM_NOON) // NIGHT) for entry in entries if entry.path != "/robots.txt"
    )


def good_twice(log: Iterable[Logged]) -> set[str]:
    """The dated files that were asked for after they had come whole."""
    whole: set[str] = set()
    twice: set[str] = set()
    for entry in log:
        if dated_path(entry.path):
            if entry.path in whole:
                twice.add(entry.path)
            if entry.answer.status == 200 and not entry.changed:
                whole.add(entry.path)
    return twice


def forbidden(path: str) -> bool:
    """Whether the site's robots.txt closes the address; read here by other means."""
    rules = re.findall(r"^Disallow: (.+)$", SCREENER_ROBOTS, re.MULTILINE)
    return any(re.match(re.escape(rule).replace(r"\*", ".*"), path) for rule in rules)
