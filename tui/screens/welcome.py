"""The first page a reader sees, once: what the demo market is and how real data comes in."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.binding import BindingType
from textual.content import Content

from tui.commands import bindings
from tui.screens.scrolling import ScrollingPage

#: A heading on a line of its own, its text under it.
TEXT: Final = """
What you see now
The demo market: some 2,200 companies that do not exist, made so that every kind of company is
there. Their names, figures and prices are fictional; the title bar and every file you export
say so.

Real companies
Press r in the list, or run `kasauti refresh`. It fetches the exchange's and other public files one
by one, waits between them as each site asks, and can be stopped and run again at any time. What
was gathered then takes the demo market's place; `kasauti --demo` still shows that one.

The terms of the sources
Each site has terms of its own: most allow personal, non-commercial use and forbid passing the
data on. Those of screener.in are put to you before its first page. robots.txt is obeyed.

Finding your way
1 to 9 pick a screen, arrows or j k move, Space marks, s saves a shortlist, x exports, w says why
a company passes or fails, Enter opens it. The colon takes a condition, a command or a symbol,
? lists the keys of the moment, and Ctrl+P finds everything by name.

What it is not
Kasauti computes and compares and gives no advice. A figure that is not known is shown as unknown,
never as zero.
"""


class Welcome(ScrollingPage):
    """A page to read once; the palette brings it back."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("welcome")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("welcome",)
    VIEWS: ClassVar[tuple[str, ...]] = ("welcome",)

    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("Enter", "begin"), ("↑ ↓", "scroll"))
    SHAPE: ClassVar[str] = "welcome"

    def __init__(self) -> None:
        super().__init__("Kasauti, a screener for Indian small caps")

    def text(self, width: int) -> Content | None:
        """What this is, where figures come from, and the first keys."""
        return Content("\n").join(_lines())


def _lines() -> list[Content]:
    lines: list[Content] = []
    for part in TEXT.strip().split("\n\n"):
        heading, *text = part.splitlines()
        lines += [Content.styled(heading, "$accent bold"), Content(" ".join(text)), Content("")]
    return lines[:-1]
