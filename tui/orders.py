"""The command line of the app: what a line asks for, and what completes it. No terminal here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.complete import FieldNames, Offer

if TYPE_CHECKING:
    from screener.fields.base import Field

#: Word → what follows it, and what it does.
VERBS: Final = {
    "screen": ("NAME", "show a screen"),
    "list": ("NAME", "show a saved shortlist"),
    "sort": ("FIELD, …", "sort by it; -FIELD for the largest first"),
    "column": ("FIELD", "add a column"),
    "asof": ("DATE", "the market as known on a day; without one, today"),
    "export": ("FILE", "write the list; the ending says how"),
    "theme": ("NAME", "other colours"),
    "undo": ("", "take the last change back"),
    "help": ("", "the keys of the moment"),
    "quit": ("", "leave Kasauti"),
}
NEEDS_MORE: Final = ("screen", "list", "sort", "column", "export", "theme")
#: Other words for them.
SHORT: Final = {"q": "quit", "as-of": "asof", "col": "column", "u": "undo", "h": "help"}
MOST_OFFERS: Final = 6


@dataclass(frozen=True)
class Order:
    """What a line asks for: a verb with the rest of the line, or no verb at all.

    Without a verb the line is a company's symbol or a condition.
    """

    verb: str
    rest: str


def read(line: str) -> Order:
    """The line as an order. A leading colon is left out."""
    text = line.strip().removeprefix(":").strip()
    first, _, rest = text.partition(" ")
    verb = SHORT.get(first.casefold(), first.casefold())
    if verb in VERBS:
        return Order(verb, rest.strip())
    return Order("", text)


def sort_keys(text: str, names: FieldNames) -> tuple[tuple[str, bool], ...]:
    """The fields to sort by with whether the largest come first. Raises UnknownName."""
    keys = []
    for part in text.split(","):
        name = part.strip()
        keys.append((field_of(name.removeprefix("-").strip(), names).key, name.startswith("-")))
    return tuple(keys)


def field_of(name: str, names: FieldNames) -> Field:
    """The field of that name. Raises UnknownName with the nearest names."""
    from screener.fields.catalogue import find

    return names.field(name) or find(name)


@dataclass(frozen=True)
class Completer:
    """What may follow in a line: verbs, screens, lists, fields, symbols."""

    names: FieldNames
    screens: Sequence[tuple[str, str]]  # name, title
    lists: Sequence[str]
    themes: Sequence[str]
    companies: Callable[[str], Iterable[tuple[str, str]]]  # beginning → (symbol, name)

    def offers(self, before: str) -> list[Offer]:
        """What completes the text before the caret."""
        start = before.lstrip().removeprefix(":").lstrip()
        verb, space, rest = start.partition(" ")
        verb = SHORT.get(verb.casefold(), verb.casefold())
        if not space:
            return [*_verbs(start), *self._companies(start), *self.names.offers(start)][
                :MOST_OFFERS
            ]
        return self._of_verb(verb, rest.lstrip())[:MOST_OFFERS]

    def _of_verb(self, verb: str, rest: str) -> list[Offer]:
        match verb:
            case "screen":
                return _matching(rest, self.screens)
            case "list":
                return _matching(rest, [(name, "") for name in self.lists])
            case "theme":
                return _matching(rest, [(name, "") for name in self.themes])
            case "sort" | "column":
                return self.names.offers(rest.rpartition(",")[2].lstrip(" -"))
            case "asof" | "export" | "undo" | "help" | "quit":
                return []
        return self.names.offers(f"{verb} {rest}")

    def _companies(self, start: str) -> list[Offer]:
        if len(start) < 2:
            return []
        found = self.companies(start)
        return [Offer(symbol, len(start), "company", name) for symbol, name in found]


def _verbs(start: str) -> list[Offer]:
    folded = start.casefold()
    return [
        Offer(verb, len(start), what, about)
        for verb, (what, about) in VERBS.items()
        if verb.startswith(folded) and verb != folded
    ]


def _matching(typed: str, choices: Iterable[tuple[str, str]]) -> list[Offer]:
    """Choices that hold every word typed, those that begin with the text first."""
    folded = typed.casefold()
    found = [
        (name, about)
        for name, about in choices
        if all(word in f"{name} {about}".casefold() for word in folded.split())
    ]
    found.sort(key=lambda pair: not pair[0].casefold().startswith(folded))
    return [Offer(name, len(typed), "", about) for name, about in found if name != typed]
