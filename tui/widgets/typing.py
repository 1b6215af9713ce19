"""Keys of a view while text is typed: dealt with in their place among the letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget

    from tui.app import KasautiApp


async def ran_command(widget: Widget, event: events.Key, view: str) -> bool:
    """Run the command of the view that has this key, if there is one.

    A binding would run it only when the key has come up to the app, by then after later letters.
    """
    app = cast("KasautiApp", widget.app)
    for command in app.keys.commands((view,)):
        if event.key in command.keys:
            event.stop()
            event.prevent_default()
            await widget.run_action(command.action)
            return True
    return False
