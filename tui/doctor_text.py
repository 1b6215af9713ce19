"""`kasauti doctor` as text of a given width and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from scrapers.checks import Check, Diagnosis

WIDTH: Final = 80
_MARKS: Final = {"ok": "ok", "note": "note", "skipped": "-", "broken": "BROKEN"}
_MARK_WIDTH: Final = 7
_NAME_WIDTH: Final = 14


def check_lines(check: Check, width: int = WIDTH) -> Iterator[str]:
    """A check as lines no wider than that: mark, name, what was found; a hint below it."""
    from screener.export import clean

    took = f" ({check.seconds:.1f} s)" if check.seconds is not None else ""
    name = clean(check.name)
    indent = " " * (_MARK_WIDTH + _NAME_WIDTH)
    head = f"{_MARKS[check.state]:<{_MARK_WIDTH}}{name:<{_NAME_WIDTH}}"
    if len(name) >= _NAME_WIDTH:
        head = f"{head.rstrip()}  "
    yield from _wrapped(clean(f"{check.text}{took}"), head, indent, width)
    if check.hint and check.state != "ok":
        yield from _wrapped(clean(check.hint), f"{indent}→ ", f"{indent}  ", width)


def ending(diagnosis: Diagnosis) -> str:
    """The verdict in a line."""
    broken = [check.name for check in diagnosis.checks if check.state == "broken"]
    if not broken:
        return "Everything that was looked at works."
    return f"Broken: {', '.join(dict.fromkeys(broken))}."


def as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """The diagnosis as JSON data."""
    from dataclasses import asdict

    checks = [{k: v for k, v in asdict(c).items() if k != "exit_code"} for c in diagnosis.checks]
    return {"healthy": diagnosis.healthy, "exit_code": diagnosis.exit_code, "checks": checks}


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
