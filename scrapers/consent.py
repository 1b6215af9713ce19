"""Terms a user accepts before a source is first asked: recorded once, asked anew if they change."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Final

from scrapers.clock import Clock, SystemClock, in_india
from scrapers.hosts import SCREENER_HOST
from scrapers.screener_in import TERMS
from scrapers.state import open_state
from screener.errors import RefusedError
from screener.paths import Paths

#: What has to be accepted before company pages are fetched.
NOTICE: Final = f"Company pages are read from a website. {TERMS}"


def accept_terms(paths: Paths, clock: Clock | None = None) -> None:
    """Record that this user has read and accepted screener.in's terms for personal use."""
    with closing(open_state(paths.state)) as db:
        require_consent(db, clock or SystemClock(), accept=True)


def terms_accepted(paths: Paths) -> bool:
    """Whether this user has accepted the terms of company pages as they are now."""
    if not paths.state.is_file():
        return False
    with closing(open_state(paths.state)) as db:
        return consents(db).get(SCREENER_HOST, ("", ""))[0] == TERMS


def consents(db: sqlite3.Connection) -> Mapping[str, tuple[str, str]]:
    """Host → the terms that were accepted for it, and when (ISO, in India)."""
    rows = db.execute("SELECT host, terms, accepted_at FROM consent ORDER BY host")
    return {host: (terms, moment) for host, terms, moment in rows}


def require_consent(db: sqlite3.Connection, clock: Clock, accept: bool) -> None:
    """Raise RefusedError unless the terms of company pages are or were accepted."""
    if consents(db).get(SCREENER_HOST, ("", ""))[0] == TERMS:
        return
    if not accept:
        raise RefusedError(
            NOTICE,
            "If you agree, run it once with --accept-terms. It is asked again only if this text "
            "changes.",
        )
    moment = in_india(clock.now()).isoformat(timespec="seconds")
    db.execute("INSERT OR REPLACE INTO consent VALUES (?, ?, ?)", (SCREENER_HOST, TERMS, moment))
