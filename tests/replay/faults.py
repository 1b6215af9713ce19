"""What a hostile or broken host may send, each fault by its name, and a seeded mix of them."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import random
import re
import threading
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from tests.replay.clock import FakeClock
from tests.replay.server import Answer, Asked, Site

BLOCK_PAGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    b"<body>Access denied</body></html>"
)
NOT_TEXT = bytes(range(256)) * 8
_DATED = re.compile(r"(?<=[_R/])(20\d{6}|\d{8}|\d{6})(?=[_.])")
_FORMS = {"BhavCopy": "%Y%m%d", "ind_close": "%d%m%Y", "/PR": "%d%m%y", "sec_bhav": "%d%m%Y"}

Change = Callable[[Asked, Answer], Answer]


@lru_cache(maxsize=4)
def bomb(megabytes: int, layers: int = 1) -> bytes:
    """Gzip that unpacks to so many megabytes; with more layers it has to be unpacked again."""
    body = b"\0" * (megabytes * 1024 * 1024)
    for _ in range(layers):
        body = gzip.compress(body, 9, mtime=0)
    return body


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip file of those members; a name may come twice."""
    buffer = io.BytesIO()
    with (
        warnings.catch_warnings(action="ignore"),  # that a name comes twice
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def dated_path(path: str) -> bool:
    """Whether the address names the day its file is of."""
    return any(mark in path for mark in _FORMS) and bool(_DATED.search(path))


def day_earlier(path: str, days: int) -> str:
    """The address of the file of so many days before."""
    for mark, form in _FORMS.items():
        found = _DATED.search(path)
        if mark in path and found:
            day = dt.datetime.strptime(found[1], form) - dt.timedelta(days=days)
            return path[: found.start()] + day.strftime(form) + path[found.end() :]
    return path


class Faults:
    """The faults by name. `clock` is the reader's: a stall moves its hands, nobody waits."""

    def __init__(self, site: Site, clock: FakeClock) -> None:
        self._site = site
        self._clock = clock

    def named(self, name: str) -> Change:
        """The fault of that name."""
        plain: Mapping[str, Answer] = {
            "429": Answer(b"slow down", 429),
            "429 for 90 s": Answer(b"slow down", 429, {"Retry-After": "90"}),
            "500": Answer(b"<html>oops</html>", 500),
            "503": Answer(b"<html>busy</html>", 503),
            "403": Answer(BLOCK_PAGE, 403),
            "reset": Answer(reset=True),
            "dropped": Answer(drop=True),
            "block page": Answer(BLOCK_PAGE),
            "empty": Answer(b""),
            "not text": Answer(NOT_TEXT),
            "to login": Answer(status=302, headers={"Location": "/login/?next=/"}),
            "elsewhere": Answer(status=302, headers={"Location": "https://elsewhere.example/"}),
            "bomb": Answer(bomb(40), headers={"Content-Encoding": "gzip"}),
        }
        if name in plain:
            return lambda asked, answer: plain[name]
        return {
            "half": _cut_off(),
            "half in chunks": _cut_off(chunked=True),
            "half, then reset": _cut_off(reset=True),
            "loop": lambda asked, answer: Answer(status=302, headers={"Location": asked.path}),
            "stall": self._stall,
            "wrong day": self._wrong_day,
        }[name]

    def _stall(self, asked: Asked, answer: Answer) -> Answer:
        self._clock.pass_time(seconds=16)
        return replace(answer)

    def _wrong_day(self, asked: Asked, answer: Answer) -> Answer:
        if not dated_path(asked.path) or answer.status != 200:
            return answer
        for days in (7, 1, 2, 3, 4):
            other = self._site.answer(replace(asked, path=day_earlier(asked.path, days)))
            if other.status == 200:
                return other
        return answer


def _cut_off(**how: bool) -> Change:
    """Send the beginning of a body; a reply that has none is whole without it."""

    def change(asked: Asked, answer: Answer) -> Answer:
        return replace(answer, cut=len(answer.body) // 20, **how) if answer.body else answer

    return change


#: Faults and how often each is chosen. Those that close a host for hours are rare, or no night
#: would get anywhere.
MIX: Mapping[str, float] = {
    "429": 8, "429 for 90 s": 10, "500": 8, "503": 8, "reset": 10, "dropped": 8,
    "half": 8, "half in chunks": 8, "half, then reset": 8, "bomb": 1,
    "block page": 2, "empty": 5, "not text": 2, "to login": 1, "elsewhere": 3, "loop": 2,
    "wrong day": 4, "403": 0.6, "stall": 0.6,
}  # fmt: skip


class Sometimes:
    """A fault for a share of the replies, chosen by seed, address and how often it was asked."""

    def __init__(
        self, site: Site, clock: FakeClock, *, seed: int, share: float, mix: Mapping[str, float]
    ) -> None:
        self._faults = Faults(site, clock)
        self._seed = seed
        self._share = share
        self._mix = mix
        self._times: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()

    def __call__(self, asked: Asked, answer: Answer) -> Answer:
        with self._lock:
            self._times[asked.host, asked.path] += 1
            times = self._times[asked.host, asked.path]
        chance = self._chance(asked, times)
        if chance.random() >= self._share:
            return answer
        name = chance.choices(list(self._mix), list(self._mix.values()))[0]
        changed = self._faults.named(name)(asked, answer)
        if changed is not answer:
            self.done[name] += 1
        return changed

    def _chance(self, asked: Asked, times: int) -> random.Random:
        key = f"{self._seed} {asked.host} {asked.path} {times}".encode()
        return random.Random(hashlib.sha256(key).digest())
