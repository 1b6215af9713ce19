"""How a request leaves this machine: over the net, or to a stand-in that answers for the hosts.

A transport sends one request and returns what came, whatever its status. It follows no redirect,
keeps no cookie and knows nothing of politeness; that is the session's part.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from scrapers.clock import Clock
from scrapers.hosts import checked_hosts
from screener.errors import FetchError

if TYPE_CHECKING:
    import requests

_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Request:
    """A GET, or a POST where there is a payload, with the limits of its reply.

    Times in seconds, the limit in bytes.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body_limit: int = 8 * 1024 * 1024
    connect_timeout: float = 10
    read_timeout: float = 30
    total_timeout: float = 120
    payload: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What came back. Header names are in lower case, the body is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def redirects(self) -> bool:
        """Whether it sends the reader elsewhere."""
        return self.status in _REDIRECTS and "location" in self.headers


class NoReply(FetchError):
    """The request brought nothing that can be used.

    `refused`: the host closed its door. `offline`: there is no way to the host at all.
    `unusable`: what came is no such document, and would be none again. Else it may work when tried
    again.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        refused: bool = False,
        offline: bool = False,
        unusable: bool = False,
    ) -> None:
        super().__init__(message, hint)
        self.refused = refused
        self.offline = offline
        self.unusable = unusable


class Transport(Protocol):
    """Sends one request."""

    def send(self, request: Request) -> Reply:
        """The reply, whatever its status. Raises NoReply."""


class HostMap:
    """A transport that sends each host's requests to the base address standing in for it.

    The stand-in sees the real host in the Host header. A host without a stand-in is not asked.
    """

    def __init__(self, inner: Transport, hosts: Mapping[str, str]) -> None:
        self._inner = inner
        self._hosts = checked_hosts(hosts)

    def send(self, request: Request) -> Reply:
        """The stand-in's reply."""
        parts = urlsplit(request.url)
        base = self._hosts.get((parts.hostname or "").lower())
        if base is None:
            raise NoReply(
                f"The hosts file names no address for {parts.hostname}.",
                "Add a line for it, or run without a hosts file.",
                offline=True,
            )
        to = urlsplit(base)
        url = urlunsplit((to.scheme, to.netloc, to.path + parts.path, parts.query, ""))
        headers = {**request.headers, "Host": parts.netloc}
        return self._inner.send(replace(request, url=url, headers=headers))


class RequestsTransport:
    """The net, through requests: keep-alive, no cookies, no redirects, no stored passwords."""

    def __init__(self, clock: Clock) -> None:
        from http.cookiejar import DefaultCookiePolicy

        import requests

        self._clock = clock
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.auth = _no_passwords

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, request: Request) -> Reply:
        """The reply. Raises NoReply when none came, or one that was cut off or too large."""
        import requests
        import urllib3

        try:
            with self._session.request(
                "POST" if request.payload else "GET",
                request.url,
                data=request.payload or None,
                headers=dict(request.headers),
                timeout=(request.connect_timeout, request.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._body(response, request)
                headers = {k.lower(): v for k, v in response.headers.items()}
                return Reply(response.status_code, headers, body)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as err:
            raise _no_reply(request.url, err) from err
        except ValueError as err:
            # requests reads a redirect's address, followed or not, and trips over one that is none.
            raise NoReply(f"The reply of {request.url} makes no sense.", unusable=True) from err

    def _body(self, response: requests.Response, request: Request) -> bytes:
        """The decompressed body, read no further than its limits in size and time."""
        too_large = NoReply(
            f"{request.url} is larger than {request.body_limit:,} bytes; nothing of it was kept.",
            "Such a page is not what was asked for. Try again later.",
            unusable=True,
        )
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and int(declared) > request.body_limit:
            raise too_large
        started, body = self._clock.monotonic(), bytearray()
        # What has come is looked at as it comes: to wait for a full chunk is to wait for as long
        # as a host likes that sends a byte now and then.
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > request.body_limit:
                raise too_large
            if self._clock.monotonic() - started > request.total_timeout:
                raise NoReply(f"{request.url} came too slowly to be read to its end.")
        return bytes(body)


def _no_passwords(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send nothing from a .netrc file."""
    return request


def _no_reply(url: str, err: Exception) -> NoReply:
    """The failure in our words, with what kind of failure it was."""
    host = urlsplit(url).netloc
    causes = list(_causes(err))
    if any(type(c).__name__ == "NameResolutionError" for c in causes):
        return NoReply(
            f"The address of {host} cannot be found.",
            "Is this machine connected to the internet?",
            offline=True,
        )
    codes = {c.errno for c in causes if isinstance(c, OSError)}
    if codes & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}:
        return NoReply(
            f"There is no way to {host}.",
            "Is this machine connected to the internet?",
            offline=True,
        )
    if errno.ECONNREFUSED in codes:
        return NoReply(f"{host} refused the connection.", "It is left alone.", refused=True)
    kinds = {type(c).__name__ for c in causes}
    if kinds & {"ReadTimeoutError", "ReadTimeout", "ConnectTimeoutError", "ConnectTimeout"}:
        return NoReply(f"{host} did not answer in time.")
    if kinds & {"IncompleteRead", "ProtocolError", "DecodeError", "ContentDecodingError"}:
        return NoReply(f"The reply of {url} was cut off.")
    return NoReply(f"{url} could not be fetched: {err}")


def _causes(err: BaseException) -> list[BaseException]:
    """The error, and those inside it that it was raised from or wraps."""
    found: list[BaseException] = []
    todo: list[object] = [err]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
