"""What is to happen after the next painting happens only to what is still there then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from textual.widget import Widget


def is_gone(widget: Widget) -> bool:
    """Whether a widget or screen is being taken down, or was; its parts may be gone already."""
    return widget._pruning or not (widget.is_running and widget.is_attached)


class StillThere:
    """Mixed into screens and widgets: nothing is called later on one that was taken down.

    Textual lets the screen on top make these calls, also for a screen that was left meanwhile.
    """

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Call it once what is on screen is painted anew, unless this is gone by then."""
        widget = cast("Widget", self)

        def if_there() -> Any:
            return None if is_gone(widget) else callback(*args, **kwargs)

        later = super().call_after_refresh  # type: ignore[misc]
        return bool(later(if_there))
