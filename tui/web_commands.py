"""The command that shows the app in a browser."""

from __future__ import annotations

import click

from tui.session import Session, narrate


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8050, show_default=True,
              help="Port of this machine; 0 for any that is free.")  # fmt: skip
@click.pass_obj
def serve(session: Session, port: int) -> None:
    """Show the app in a browser of this machine.

    It listens on this machine only, and only to who has the key in the address it prints. From
    elsewhere, reach it through an ssh tunnel.
    """
    from screener.errors import KasautiError

    try:
        from tui.web import server
    except ModuleNotFoundError as err:
        raise KasautiError(
            f"The app in a browser needs the package {err.name}.",
            "Install it with: pip install 'kasauti[web]'",
        ) from err
    server.serve(["--demo"] if session.which == "demo" else [], port, narrate)
