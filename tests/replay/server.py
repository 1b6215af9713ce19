"""A server on this machine that answers for the real hosts from recorded or hand-made material.

It tells the hosts apart by the Host header. A fault sees what was asked and the answer, and may
return another one: another status, a body cut off, a delay, a connection that is dropped.
The log says when each request came by the reader's clock, and what was sent.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import re
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from scrapers.hosts import (
    AMFI_HOST,
    NSE_HOST,
    POLICIES,
    SCREENER_HOST,
)
from tests.replay.clock import FakeClock
from tests.replay.exchange import Exchange
from tests.replay.recordings import Recordings
from tests.replay.render import recorded_page

SCREENER_ROBOTS = """User-agent: *
Disallow: /user/*
Disallow: /*?q=
Disallow: /*?sort=
Disallow: /*?limit=
Disallow: /*?page=
Disallow: /company/source/quarter/*
"""
_COMPANY = re.compile(r"/company/([^/]+)/(consolidated/)?")
_BHAVCOPY = re.compile(r"/content/cm/BhavCopy_NSE_CM_0_0_0_(\d{8})_F_0000\.csv\.zip")
_BUNDLE = re.compile(r"/archives/equities/bhavcopy/pr/PR(\d{6})\.zip")
_LEVELS = re.compile(r"/content/indices/ind_close_all_(\d{8})\.csv")
_AMFI = re.compile(r"/spages/(AverageMarketCapitalization\w+\.xlsx)")


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    host: str
    path: str  # with its query
    headers: Mapping[str, str]
    body: bytes = b""  # what was posted


@dataclass(frozen=True)
class Answer:
    """What is sent back, and how badly."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds before anything is sent
    cut: int | None = None  # send only so many bytes of the body, then drop the connection
    drop: bool = False  # send nothing at all
    reset: bool = False  # break the connection with a reset, after the bytes of `cut` if it is set
    chunked: bool = False  # send the body in chunks, without saying how long it is
    drip: Callable[[], None] | None = None  # called before each byte, which is sent alone


@dataclass(frozen=True)
class Logged:
    """A request, when it came by the reader's clock, what was sent, whether a fault changed it."""

    host: str
    path: str
    at: float
    answer: Answer
    changed: bool


NOT_FOUND = Answer(b"<html>no such page</html>", 404)

Fault = Callable[[Asked, Answer], Answer]


class Site(Protocol):
    """Answers for one or more hosts."""

    def answer(self, asked: Asked) -> Answer: ...


class FixedSite:
    """Answers from a table of (host, path) → body or answer; anything else is not there."""

    def __init__(self, pages: Mapping[tuple[str, str], bytes | Answer]) -> None:
        self.pages = dict(pages)

    def answer(self, asked: Asked) -> Answer:
        found = self.pages.get((asked.host, asked.path), NOT_FOUND)
        return found if isinstance(found, Answer) else Answer(found)


class RecordedSite:
    """Answers for all hosts from the recorded folder.

    everyone: the list of companies holds every recorded symbol, also funds and companies that are
    listed no more; those without a recorded ISIN get one that no company has.
    """

    def __init__(self, folder: Path, *, everyone: bool = False) -> None:
        self._folder = folder
        self._everyone = everyone
        self.recordings = Recordings(folder)
        self.exchange = Exchange(folder)
        self._bhavcopies: dict[dt.date, bytes | None] = {}

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        body = {SCREENER_HOST: self._screener, NSE_HOST: self._nse, AMFI_HOST: self._amfi}.get(
            asked.host, lambda _: None
        )(path)
        if body is None:
            return NOT_FOUND
        if path.startswith("/company/") or path == "/robots.txt":
            return Answer(body, headers={"Content-Type": "text/html; charset=utf-8"})
        return _unless_unchanged(asked, body)

    @cached_property
    def equity_list(self) -> bytes:
        """The list of companies that is served."""
        recorded = self.exchange.equity_list
        if not self._everyone:
            return recorded
        listed = {line.split(b",")[0].decode() for line in recorded.splitlines()}
        more = []
        for number, symbol in enumerate(sorted(self.recordings.universe.keys() - listed)):
            row = self.recordings.universe[symbol]
            isin = row["isin"]
            if not isin or isin.encode() in recorded:
                isin = f"INEZ{number:03d}01010"
            name = row["name"].replace(",", " ")
            more.append(f"{symbol},{name},EQ,06-OCT-2008,5,1,{isin},5\n".encode())
        return recorded.rstrip() + b"\n" + b"".join(more)

    def _screener(self, path: str) -> bytes | None:
        if path == "/robots.txt":
            return SCREENER_ROBOTS.encode()
        found = _COMPANY.fullmatch(path)
        if not found:
            return None
        symbol, consolidated = unquote(found[1]), bool(found[2])
        whole = self._whole_pages.get((symbol, consolidated))
        if whole is not None or not consolidated:
            return whole
        record = self.recordings.find(symbol)
        if record is None:
            return None
        known = self.recordings.universe.get(symbol, {})
        right = known.get("identity") in ("ok", "name_ok")
        return recorded_page(
            record,
            known.get("bse_code", "") if right else "",
            self.recordings.sectors.get(symbol, ()),
        )

    @cached_property
    def _whole_pages(self) -> dict[tuple[str, bool], bytes]:
        pages = self._folder / "pages"
        return {
            ("RELIANCE", True): (pages / "RELIANCE_consolidated_2026-06.html").read_bytes(),
            ("HCLTECH", False): (pages / "HCLTECH_standalone_2026-01-16.html").read_bytes(),
        }

    def _nse(self, path: str) -> bytes | None:
        if path == "/content/equities/EQUITY_L.csv":
            return self.equity_list
        if path.startswith("/content/indices/ind_nifty"):
            return self.exchange.members(path.rsplit("/", 1)[-1])
        for pattern, form, file in (
            (_BUNDLE, "%d%m%y", self.exchange.bundle),
            (_LEVELS, "%d%m%Y", self.exchange.levels),
        ):
            if dated := pattern.fullmatch(path):
                return file(dt.datetime.strptime(dated[1], form).date())
        found = _BHAVCOPY.fullmatch(path)
        if not found:
            return None
        date = dt.datetime.strptime(found[1], "%Y%m%d").date()
        if date not in self._bhavcopies:
            self._bhavcopies[date] = self.exchange.bhavcopy(date)
        return self._bhavcopies[date]

    def _amfi(self, path: str) -> bytes | None:
        if path == "/robots.txt":
            return b"User-agent: *\nDisallow: /admin\nDisallow: /login\nDisallow: /search\n"
        found = _AMFI.fullmatch(path)
        file = self._folder / "masters" / found[1] if found else None
        return file.read_bytes() if file and file.is_file() else None


class ReplayServer:
    """The server. `asked` lists the requests, `hosts` is what a refresh is given.

    clock: the reader's, for the log. at_once: the most requests of one host that were open at once.
    """

    def __init__(self, site: Site, clock: FakeClock | None = None) -> None:
        self.site = site
        self.clock = clock
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.log: list[Logged] = []
        self.at_once = 0
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        """The base address all hosts are mapped to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def hosts(self) -> dict[str, str]:
        """Host → base address."""
        return dict.fromkeys(POLICIES, self.address)

    def paths(self, host: str) -> list[str]:
        """What one host was asked for, in order."""
        return [asked.path for asked in self.asked if asked.host == host]

    def answer(self, asked: Asked) -> Answer:
        """The site's answer, after the faults."""
        at = self.clock.elapsed if self.clock else 0.0
        self.asked.append(asked)
        right = answer = self.site.answer(asked)
        for fault in self.faults:
            answer = fault(asked, answer)
        self.log.append(Logged(asked.host, asked.path, at, answer, answer is not right))
        return answer

    def begun(self, host: str) -> None:
        """A request of that host is being answered."""
        with self._lock:
            self._open[host] += 1
            self.at_once = max(self.at_once, self._open[host])

    def ended(self, host: str) -> None:
        """Its last bytes are about to go out; before that its reader cannot ask again."""
        with self._lock:
            self._open[host] -= 1

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of readers that were killed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serving(site: Site, *faults: Fault, clock: FakeClock | None = None) -> Iterator[ReplayServer]:
    """A running server of that site."""
    server = ReplayServer(site, clock)
    server.faults.extend(faults)
    server.start()
    try:
        yield server
    finally:
        server.close()


def _unless_unchanged(asked: Asked, body: bytes) -> Answer:
    """The body with its tag, or 304 where the reader has it."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if asked.headers.get("If-None-Match") == tag:
        return Answer(b"", 304, {"ETag": tag})
    return Answer(body, headers={"ETag": tag})


class _Handler(BaseHTTPRequestHandler):
    """Sends what the replay server answers, as badly as the answer says."""

    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    replay: ReplayServer

    def do_GET(self) -> None:
        host = self.headers.get("Host", "")
        posted = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.replay.begun(host)
        answer = self.replay.answer(Asked(host, self.path, dict(self.headers.items()), posted))
        time.sleep(answer.delay)
        if answer.drop or (answer.reset and answer.cut is None):
            self.replay.ended(host)
            self._leave(answer)
            return
        body = self._send_head(answer)
        if answer.drip:
            self._drip(body, answer.drip)
            body = b""
        self.replay.ended(host)
        self.wfile.write(_chunks(body, answer.cut is None) if answer.chunked else body)
        if answer.cut is not None:
            self._leave(answer)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _send_head(self, answer: Answer) -> bytes:
        """Send status and headers. Returns the bytes of the body that are to follow."""
        body, headers = answer.body, dict(answer.headers)
        packed = "Content-Encoding" in headers or body.startswith(b"PK")
        if "gzip" in self.headers.get("Accept-Encoding", "") and not packed:
            body, headers["Content-Encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif answer.status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return b"" if answer.status == 304 else body[: answer.cut]

    def _leave(self, answer: Answer) -> None:
        """Close the connection, with a reset where the answer says so."""
        self.close_connection = True
        if answer.reset:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _drip(self, body: bytes, before: Callable[[], None]) -> None:
        """Send byte by byte until the reader has had enough."""
        self.wfile.flush()
        for i in range(len(body)):
            before()
            self.connection.sendall(body[i : i + 1])


def _chunks(body: bytes, whole: bool) -> bytes:
    """The body in chunks of 700 bytes; without the last, empty one where it is not whole."""
    parts = [body[i : i + 700] for i in range(0, len(body), 700)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n" * whole


def _handler(server: ReplayServer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"replay": server})
