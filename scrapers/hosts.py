"""The hosts that are asked, and how gently: one table of delays, budgets and size limits."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from screener.errors import SourceError
from screener.paths import app_version

SCREENER_HOST: Final = "www.screener.in"
NSE_HOST: Final = "nsearchives.nseindia.com"
AMFI_HOST: Final = "portal.amfiindia.com"
BSE_API_HOST: Final = "api.bseindia.com"
BSE_HOST: Final = "www.bseindia.com"
NIFTY_HOST: Final = "niftyindices.com"
MONEYCONTROL_HOST: Final = "www.moneycontrol.com"
MONEYCONTROL_API_HOST: Final = "api.moneycontrol.com"

#: The name robots rules are read for; the header that is sent begins with it.
ROBOTS_AGENT: Final = "kasauti"

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class HostPolicy:
    """How a host is asked. Times in seconds, sizes in bytes."""

    delay: float  # least time between two requests
    jitter: float = 0.3  # a random share of the delay that is added
    budget: int | None = None  # requests a night, robots.txt aside; None is no limit
    body_limit: int = 8 * MEGABYTE  # after decompression
    connect_timeout: float = 10
    read_timeout: float = 30
    headers: Mapping[str, str] = field(default_factory=dict)


POLICIES: Final[Mapping[str, HostPolicy]] = {
    SCREENER_HOST: HostPolicy(delay=5, budget=400, body_limit=4 * MEGABYTE),
    NSE_HOST: HostPolicy(
        delay=2,
        budget=1000,
        body_limit=32 * MEGABYTE,
        headers={"Accept": "*/*", "Referer": "https://www.nseindia.com/"},
    ),
    AMFI_HOST: HostPolicy(delay=3, budget=20, body_limit=16 * MEGABYTE),
    BSE_API_HOST: HostPolicy(
        delay=1.5,
        budget=300,
        headers={
            "Accept": "application/json, text/plain, */*",
            "Referer": "https://www.bseindia.com/",
        },
    ),
    BSE_HOST: HostPolicy(
        delay=1.5,
        budget=900,
        body_limit=16 * MEGABYTE,
        headers={"Accept": "*/*", "Referer": "https://www.bseindia.com/"},
    ),
    NIFTY_HOST: HostPolicy(
        delay=3,
        budget=60,
        body_limit=16 * MEGABYTE,
        headers={
            "Accept": "application/json, text/plain, */*",
            "Referer": "https://niftyindices.com/reports/historical-data",
            "X-Requested-With": "XMLHttpRequest",
        },
    ),
    **dict.fromkeys(
        (MONEYCONTROL_HOST, MONEYCONTROL_API_HOST),
        HostPolicy(delay=3, budget=500, headers={"Referer": "https://www.moneycontrol.com/"}),
    ),
}
UNLISTED: Final = HostPolicy(delay=5, budget=50)


def user_agent() -> str:
    """What is sent as User-Agent: who asks and why, never another program's name."""
    return f"Kasauti/{app_version()} (personal research; one request at a time)"


def read_hosts(path: Path) -> dict[str, str]:
    """A hosts file: a TOML or JSON table of host → base address, e.g. of a local mirror.

    Raises SourceError when the file cannot be read or an address is not http(s).
    """
    how = 'Write lines such as  "www.screener.in" = "http://127.0.0.1:8000"'
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as err:
        raise SourceError(f"The hosts file {path} cannot be read: {err}", how) from err
    hosts = raw.get("hosts", raw) if isinstance(raw, dict) else None
    if not isinstance(hosts, dict) or not all(isinstance(v, str) for v in hosts.values()):
        raise SourceError(f"The hosts file {path} is not a table of addresses.", how)
    return checked_hosts(hosts)


def checked_hosts(hosts: Mapping[str, str]) -> dict[str, str]:
    """The same table, every address checked to be a bare http(s) one."""
    for host, base in hosts.items():
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise SourceError(f"{base!r} is no address for {host}.", "It must begin with http://")
    return {host.lower(): base.rstrip("/") for host, base in hosts.items()}
