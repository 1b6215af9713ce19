"""Complete field names while a screen is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from screener.fields.base import Field

MOST_WORDS: Final = 8
_WORDS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/%.'-]*$")
_KEYWORDS: Final = frozenset(("and", "or", "not", "between", "in", "is"))


@dataclass(frozen=True)
class Offer:
    """Something to put in place of the last `length` characters, and what it means.

    `unit` and `about` describe it; `also` is the other name by which it was found.
    """

    text: str
    length: int
    unit: str = ""
    about: str = ""
    also: str = ""


class FieldNames:
    """Every field by its name and its other names."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._of = {name: f for f in fields.values() for name in (*f.aliases, f.key)}
        self._of |= {f.name: f for f in fields.values()}
        self._names = list(self._of)

    def offers(self, before: str, limit: int = 6) -> list[Offer]:
        """Fields that go on from the words before the caret, each once, the nearest first."""
        found: dict[str, Offer] = {}
        for name, length in suggestions(before, self._names, limit=4 * limit):
            field = self._of[name]
            if field.key not in found:
                unit = field.unit.label or field.unit.value
                also = "" if name in (field.name, field.key) else name
                found[field.key] = Offer(field.name, length, unit, field.about, also)
        return list(found.values())[:limit]

    def field(self, name: str) -> Field | None:
        """The field that is so called, in any case, or that alone begins so."""
        wanted = " ".join(name.casefold().split())
        for each in self._names:
            if each.casefold() == wanted:
                return self._of[each]
        begun = {
            self._of[n].key: self._of[n] for n in self._names if n.casefold().startswith(wanted)
        }
        return next(iter(begun.values())) if wanted and len(begun) == 1 else None


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
