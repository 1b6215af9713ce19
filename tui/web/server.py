"""The app in a browser of this machine: textual-serve, behind a key and on loopback only.

A page of another site can reach a loopback port and so can other users of the machine, and whoever
reaches the app can write files through it. So every request must name this host, come from this
page, and carry the key that is printed when the server starts.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from textual_serve.server import Server

from screener.errors import StorageError

HOST: Final = "127.0.0.1"
_TEMPLATES: Final = Path(__file__).parent / "templates"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalServer(Server):  # type: ignore[misc,unused-ignore]
    """One app process a browser window."""

    def __init__(self, command: str, port: int, say: Callable[[str], None]) -> None:
        port = port or free_port()
        super().__init__(command, HOST, port, "Kasauti", templates_path=_TEMPLATES)
        self.key = secrets.token_urlsafe(18)
        self._say = say
        self._cookie = f"kasauti-{port}"

    @property
    def address(self) -> str:
        """What to open in the browser; the key is good until the server stops."""
        return f"{self.public_url}/?key={self.key}"

    def initialize_logging(self) -> None:
        """Only what went wrong, and not on the page."""
        logging.basicConfig(level=logging.ERROR)

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is."""
        self._say(f"Kasauti is at {self.address}\nCtrl-C ends it; windows that are open close.")

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @property
    def _guard(self) -> Any:
        own = f"{self.host}:{self.port}"

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            """Let in who names this host, comes from this page and has the key."""
            if request.host != own:
                raise web.HTTPForbidden(text=f"Open {self.public_url} instead.")
            if request.headers.get("Origin", self.public_url) != self.public_url:
                raise web.HTTPForbidden(text="Another site asked for this.")
            if request.path == "/" and self._is_key(request.query.get("key", "")):
                entered = web.HTTPSeeOther("/")
                entered.set_cookie(self._cookie, self.key, httponly=True, samesite="Strict")
                raise entered
            if not self._is_key(request.cookies.get(self._cookie, "")):
                raise web.HTTPForbidden(text="Open the address that `kasauti serve` printed.")
            return await handler(request)

        return guard

    def _is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.key.encode())


def serve(arguments: list[str], port: int, say: Callable[[str], None]) -> None:
    """Serve the app started with these arguments until Ctrl-C. Port 0 takes a free one.

    Raises StorageError where the port cannot be had.
    """
    import shlex

    command = shlex.join([sys.executable, "-m", "tui", *arguments])
    server = LocalServer(command, port, say)
    try:
        server.serve()
    except OSError as err:
        raise StorageError(
            f"Port {server.port} of this machine cannot be used: {err.strerror or err}",
            "Choose another with --port, or --port 0 for any free one.",
        ) from err


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
