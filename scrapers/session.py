"""The one polite way out: robots, pace, budgets, conditional requests, stored bodies, circuits.

A scraper asks `get` for a document, judges it, and gives it to `keep` when it is what it should be;
only then is it stored. Nothing here knows what a page means.
"""

from __future__ import annotations

import email.utils
import hashlib
import random
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urljoin, urlsplit, urlunsplit

from scrapers.cache import BodyCache, Kept
from scrapers.circuit import HostClosed, Hosts
from scrapers.clock import Clock
from scrapers.hosts import POLICIES, UNLISTED, HostPolicy, user_agent
from scrapers.robots import BODY_LIMIT, Robots, Rules, refuse_unless_allowed
from scrapers.transport import NoReply, Reply, Request, Transport
from screener.errors import FetchError, RefusedError, SourceError

TARPIT_SECONDS: Final = 15.0
BACKOFF: Final = (60.0, 300.0, 1800.0)
LONGEST_RETRY_AFTER: Final = 1800.0
LONGEST_PAUSE: Final = 30 * 24 * 3600.0
LONGEST_DELAY: Final = 600.0  # between two requests
REDIRECTS: Final = 5
OPENINGS_THAT_END_A_RUN: Final = 3
#: Statuses that speak of the host; another 5xx may be the fault of one page.
_HOST_TROUBLE: Final = frozenset({429, 502, 503, 504})
_LOGIN_PATHS: Final = ("/login", "/register")
_HTML_STARTS: Final = (b"<!doctype html", b"<html")
_TICK: Final = 1.0


class Kind(StrEnum):
    """What a reply must look like to be that kind of file."""

    HTML = "html"
    CSV = "csv"
    ZIP = "zip"  # xlsx too
    JSON = "json"
    XML = "xml"
    ANY = "any"  # the reader tells by what is inside

    def fits(self, body: bytes) -> bool:
        """Whether the first bytes are those of such a file."""
        start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
        if self is Kind.XML:
            return start.startswith(b"<") and not start.lower().startswith(_HTML_STARTS)
        if self is Kind.ZIP:
            return body.startswith(b"PK\x03\x04")
        if self is Kind.JSON:
            return start.startswith((b"{", b"[", b'"'))
        if self is Kind.ANY:
            return True
        return bool(start) and start.startswith(b"<") == (self is Kind.HTML)


class NotThere(FetchError):
    """The host says there is no such document (404 or 410)."""


class LoginNeeded(RefusedError):
    """The host shows the document to logged-in users only, or says so for a while."""


class Stopped(Exception):
    """The person asked the run to stop."""


@dataclass(frozen=True)
class Document:
    """A body and where it came from. `fresh` is false where the stored one is still good."""

    url: str
    final_url: str
    body: bytes
    fetched_at: float  # seconds since 1970
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""
    fresh: bool = True


@dataclass
class Polite:
    """What a session works with; every effect it has goes through one of these."""

    db: sqlite3.Connection
    state_path: Path
    cache: Path
    transport: Transport
    clock: Clock
    policies: Mapping[str, HostPolicy] = field(default_factory=lambda: POLICIES)
    random: Callable[[], float] = random.random
    on_wait: Callable[[str, float, str], None] | None = None  # host, seconds, why
    stop: Callable[[], bool] | None = None


class PoliteSession:
    """Fetches documents, one at a time, no faster and no more than each host's policy allows."""

    def __init__(self, parts: Polite) -> None:
        self._parts = parts
        self._clock = parts.clock
        self._bodies = BodyCache(parts.cache, parts.db)
        self._hosts = Hosts(parts.db, parts.clock, parts.state_path)
        self._robots = Robots(parts.db, parts.clock, parts.state_path)

    def get(
        self,
        url: str,
        kind: Kind = Kind.HTML,
        *,
        max_age: float = 0.0,
        immutable: bool = False,
        payload: bytes = b"",
    ) -> Document:
        """The document at an address, from the store while it is fresh, else from its host.

        max_age: seconds for which a stored body is used without asking. immutable: a stored body
        is used for ever. payload: a question in JSON that is posted; what is stored is then the
        answer to that question. Raises HostClosed (budget, circuit), RefusedError (robots, login),
        NotThere, NoReply or FetchError.
        """
        if payload:
            url = f"{url}#{hashlib.sha256(payload).hexdigest()[:16]}"
        kept = self._bodies.find(url)
        body = self._bodies.body(kept) if kept else None
        if kept and body is not None:
            age = self._clock.now().timestamp() - kept.checked_at
            if immutable or 0 <= age < max_age:
                return _stored(kept, body)
        if self.troubled:
            raise HostClosed(
                f"{OPENINGS_THAT_END_A_RUN} times a host closed its door in this run; it asks "
                "nothing more.",
                "Run the refresh again in some hours; what was fetched is kept.",
            )
        rules = self._robots.rules(url, self._ask_robots)
        if rules.delay > LONGEST_DELAY:
            raise RefusedError(
                f"robots.txt of {urlsplit(url).netloc} asks for {rules.delay:,.0f} s between two "
                "requests.",
                "That is no pace to read anything at; the host is not asked.",
            )
        conditions = _conditions(kept) if kept and body is not None else {}
        reply, final_url = self._follow(url, rules, conditions, payload)
        now = self._clock.now().timestamp()
        if reply.status == 304 and kept and body is not None:
            self._bodies.touch(url, now)
            self._hosts.answered(urlsplit(final_url).netloc)
            return _stored(kept, body)
        self._judge(reply, final_url, kind)
        return Document(
            url,
            final_url,
            reply.body,
            now,
            reply.headers.get("etag", ""),
            reply.headers.get("last-modified", ""),
            reply.headers.get("content-type", ""),
        )

    def stored(self, url: str) -> Document | None:
        """The stored document, however old, without asking anyone."""
        kept = self._bodies.find(url)
        body = self._bodies.body(kept) if kept else None
        return _stored(kept, body) if kept and body is not None else None

    def keep(self, document: Document) -> None:
        """Store a document that was found to be what it should be. Raises StorageError."""
        if document.fresh:
            # Only what was found good shows that the host is well: a block page comes as a 200 too.
            self._hosts.answered(urlsplit(document.url).netloc)
            now = self._clock.now().timestamp()
            self._bodies.store(
                Kept(
                    document.url,
                    document.final_url,
                    document.fetched_at,
                    now,
                    document.etag,
                    document.last_modified,
                    document.content_type,
                    "",
                    len(document.body),
                ),
                document.body,
            )

    def leave_alone(self, host: str, reason: str) -> None:
        """Open the host's circuit, for a reader that was given something else than it asked for."""
        self._hosts.open(host, reason)

    @property
    def troubled(self) -> bool:
        """Whether so many circuits opened that this run should end."""
        return self._hosts.openings >= OPENINGS_THAT_END_A_RUN

    # -- one request, politely -----------------------------------------------------------------

    def _follow(
        self, url: str, rules: Rules, conditions: Mapping[str, str], payload: bytes
    ) -> tuple[Reply, str]:
        """The reply at the end of its redirects, and the address it came from."""
        for _ in range(REDIRECTS + 1):
            refuse_unless_allowed(rules, url)
            reply = self._exchange(url, conditions, rules.delay, counted=True, payload=payload)
            if not reply.redirects:
                return reply, url
            url = _next_url(url, reply.headers["location"])
        raise FetchError(f"{url} redirects more than {REDIRECTS} times.")

    def _ask_robots(self, url: str) -> tuple[int, str]:
        """The host's robots.txt. A host whose rules cannot be read is left alone (RFC 9309)."""
        try:
            return self._read_robots(url)
        except NoReply as err:
            if err.offline or err.refused:
                raise
            self._close(urlsplit(url).netloc, f"its robots.txt cannot be read: {err.message}")
        except HostClosed:
            raise
        except SourceError as err:
            self._close(urlsplit(url).netloc, f"its robots.txt cannot be read: {err.message}")

    def _read_robots(self, url: str) -> tuple[int, str]:
        """Its status and text; redirects are followed within the host."""
        for _ in range(REDIRECTS + 1):
            reply = self._exchange(url, {}, 0.0, counted=False)
            if not reply.redirects:
                return reply.status, reply.body.decode("utf-8-sig", "replace")
            url = _next_url(url, reply.headers["location"])
        return 404, ""

    def _exchange(
        self,
        url: str,
        conditions: Mapping[str, str],
        delay: float,
        *,
        counted: bool,
        payload: bytes = b"",
    ) -> Reply:
        """One reply to act on: waits its turn, tries again where that may help, closes the door.

        Robots.txt is exempt from the budget and from 401 and 403 closing the host.
        """
        host = urlsplit(url).netloc
        policy = self._parts.policies.get(host, UNLISTED)
        request = Request(
            url,
            {
                "User-Agent": user_agent(),
                "Accept-Encoding": "gzip",
                **policy.headers,
                **({"Content-Type": "application/json; charset=utf-8"} if payload else {}),
                **conditions,
            },
            policy.body_limit if counted else BODY_LIMIT,
            policy.connect_timeout,
            policy.read_timeout,
            payload=payload,
        )
        for attempt in range(len(BACKOFF) + 1):
            self._hosts.check(host)
            self._pace(host, max(policy.delay, delay), policy.jitter)
            if counted:
                # After the wait: a night may have ended meanwhile.
                self._hosts.spend(host, policy.budget)
            reply, failure = self._send(host, request)
            if reply is not None and reply.status < 500 and reply.status != 429:
                if counted and reply.status in (401, 403):
                    self._close(host, f"it answered {reply.status}")
                return reply
            why = failure.message if failure else f"it answered {reply.status if reply else 0}"
            asked = _retry_after(reply, self._clock) if reply else None
            if reply is not None and reply.status not in _HOST_TROUBLE and attempt:
                raise FetchError(f"{url} fails: {why}.", "It is tried again in a later run.")
            if attempt == len(BACKOFF) or (asked or 0) > LONGEST_RETRY_AFTER:
                self._close(host, why, asked)
            self._wait(host, asked if asked is not None else BACKOFF[attempt], why)
        raise AssertionError("the last attempt returns or raises")

    def _close(self, host: str, why: str, seconds: float | None = None) -> NoReturn:
        """Open the host's circuit and say so. Raises HostClosed."""
        self._hosts.open(host, why, seconds)
        self._hosts.check(host)
        raise AssertionError("an open circuit refuses")

    def _send(self, host: str, request: Request) -> tuple[Reply | None, NoReply | None]:
        """What one request brought: a reply, or a failure that may pass. Others are raised."""
        started = self._clock.monotonic()
        try:
            reply = self._parts.transport.send(request)
        except NoReply as err:
            if err.refused:
                self._hosts.open(host, err.message)
            if err.refused or err.offline or err.unusable:
                raise
            return None, err
        finally:
            self._hosts.asked(host)
        if self._clock.monotonic() - started > TARPIT_SECONDS:
            # The reply is good, but a host that stalls wants to be left alone.
            self._hosts.open(host, f"it took more than {TARPIT_SECONDS:.0f} s to answer")
        return reply, None

    def _pace(self, host: str, delay: float, jitter: float) -> None:
        seconds = self._hosts.seconds_to_wait(host, delay * (1 + jitter * self._parts.random()))
        if seconds > 0:
            self._wait(host, seconds, "")

    def pause(self, host: str, seconds: float) -> None:
        """Wait for a host that is asked by another way than `get`. Raises Stopped."""
        self._wait(host, seconds, "")

    def _wait(self, host: str, seconds: float, why: str) -> None:
        """Wait in short steps, so that a wish to stop is heard. Raises Stopped."""
        if self._parts.on_wait:
            self._parts.on_wait(host, seconds, why)
        left = seconds
        while left > 0:
            if self._parts.stop and self._parts.stop():
                raise Stopped
            self._clock.sleep(min(_TICK, left))
            left -= _TICK

    def _judge(self, reply: Reply, url: str, kind: Kind) -> None:
        """Raise unless the reply is a document of that kind."""
        host = urlsplit(url).netloc
        if reply.status in (404, 410):
            raise NotThere(f"{host} has no {urlsplit(url).path}")
        if reply.status != 200:
            raise FetchError(f"{host} answered {reply.status} for {url}")
        if not reply.body:
            raise FetchError(f"{url} came back empty.")
        if not kind.fits(reply.body):
            if kind is not Kind.HTML:
                self._hosts.open(host, f"it sent a page instead of a {kind} file")
            raise FetchError(
                f"{url} is not the {kind} file it should be.",
                "The host may be blocking, or down. What was fetched before is kept.",
            )


def _stored(kept: Kept, body: bytes) -> Document:
    return Document(
        kept.url,
        kept.final_url,
        body,
        kept.fetched_at,
        kept.etag,
        kept.last_modified,
        kept.content_type,
        fresh=False,
    )


def _conditions(kept: Kept) -> dict[str, str]:
    """Headers that let the host say `not modified`."""
    headers = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
    return {name: v for name, v in headers.items() if v and v.isascii() and v.isprintable()}


def _next_url(url: str, location: str) -> str:
    """Where a redirect leads. Raises when it leads off the host or to a login."""
    try:
        there = urlsplit(urljoin(url, location))
    except ValueError as err:
        raise FetchError(f"{url} redirects to an address that is none.") from err
    here = urlsplit(url)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise FetchError(
            f"{url} redirects to another host ({there.netloc}); it is not followed.",
            "The site may have moved, or a network login page is in the way.",
        )
    if there.path.startswith(_LOGIN_PATHS):
        raise LoginNeeded(
            f"{url} is shown to logged-in users only.", "Kasauti never logs in; it is left out."
        )
    return urlunsplit((there.scheme, there.netloc, there.path or "/", there.query, ""))


def _retry_after(reply: Reply, clock: Clock) -> float | None:
    """The seconds the host asks us to wait, from either form of the header, a month at most."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE)
    try:
        moment = email.utils.parsedate_to_datetime(value)
        if moment.tzinfo is None:
            return None
        seconds = (moment - clock.now()).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, seconds), LONGEST_PAUSE)
