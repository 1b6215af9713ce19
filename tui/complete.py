"""Complete field names while a screen is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

MOST_WORDS: Final = 8
_WORDS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/%.'-]*$")
_KEYWORDS: Final = frozenset(("and", "or", "not", "between", "in", "is"))


def suggestions(before: str, names: Sequence[str], limit: int = 6) -> list[tuple[str, int]]:
    """Names that go on from the words before the caret: each with how many characters it replaces.

    The longest run of words that begins a name is taken; names that start with it come first,
    then names in which one of the words starts so.
    """
    runs = list(_runs(before))
    for run in runs:
        folded = " ".join(run.casefold().split())
        found = [name for name in names if name.casefold().startswith(folded)]
        if found and len(folded) > 1 and found != [run]:
            return [(name, len(run)) for name in sorted(found, key=len)[:limit]]
    if not runs:
        return []
    last = runs[-1].casefold()
    if len(last) < 3 or last in _KEYWORDS:
        return []
    inside = [name for name in names if f" {last}" in f" {name.casefold()}"]
    return [(name, len(last)) for name in sorted(inside, key=len)[:limit]]


def _runs(before: str) -> Iterable[str]:
    """The runs of words that end at the caret, the longest first."""
    found: list[str] = []
    start = len(before)
    while len(found) < MOST_WORDS:
        head = before[:start].rstrip(" \n") if found else before[:start]
        match = _WORDS.search(head)
        if match is None or match[0].casefold() in _KEYWORDS:
            break
        start = match.start()
        found.append(before[start:])
    return reversed(found)
