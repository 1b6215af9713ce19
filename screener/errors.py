"""One tree of errors. Every message says what was wrong, where, and what to do.

KasautiError
├── MarketError            the data on disk
│   ├── NoMarket           nothing has been gathered or generated yet
│   ├── NewerSchema        written by a newer Kasauti
│   └── DamagedMarket      a file is missing or unreadable
├── ScreenError            a screen, a ratio or a screens file
│   ├── LanguageError      the text of a screen; carries every diagnosis
│   ├── ScreensFileError   a screens.toml that cannot be read
│   ├── GoalpostsFileError a goalposts.toml that cannot be read
│   └── UnknownName        no screen, field, company or list of that name
├── SourceError            something outside
│   ├── FetchError         no usable reply
│   ├── LayoutError        a reply whose shape has changed
│   └── RefusedError       robots, terms, a budget or an open circuit forbid it
└── StorageError           a disk that is full or read-only
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class KasautiError(Exception):
    """Anything Kasauti says went wrong. `hint` is what the reader can do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class MarketError(KasautiError):
    """The market on disk cannot be used."""

    exit_code = 4


class NoMarket(MarketError):
    """No generation has been published in this folder yet."""


class NewerSchema(MarketError):
    """The generation was written by a newer version than this one."""


class DamagedMarket(MarketError):
    """A file of the generation is missing or cannot be read."""


class ScreenError(KasautiError):
    """A screen, a ratio or a screens file is at fault."""

    exit_code = 2


class LanguageError(ScreenError):
    """The text of a screen cannot be run. `diagnoses` holds every fault found, in order."""

    def __init__(self, rendered: str, diagnoses: Sequence[object] = ()) -> None:
        super().__init__(rendered)
        self.diagnoses = tuple(diagnoses)


class ScreensFileError(ScreenError):
    """A screens.toml cannot be read; the file itself is left untouched."""


class GoalpostsFileError(ScreenError):
    """A user's goalposts.toml cannot be used; the file itself is left untouched."""


class UnknownName(ScreenError):
    """Nothing of that kind has this name."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownName:
        """Build the error for `name`, listing the nearest of the `known` names."""
        by_fold = {k.casefold(): k for k in known}
        near = get_close_matches(name.casefold(), list(by_fold), n=3, cutoff=0.55)
        hint = f"Did you mean {', '.join(by_fold[n] for n in near)}?" if near else ""
        return cls(f"No {kind} is called “{name}”.", hint)


class SourceError(KasautiError):
    """Something outside did not give what was asked of it."""

    exit_code = 5


class FetchError(SourceError):
    """No usable reply came."""


class LayoutError(SourceError):
    """A reply came whose shape has changed."""


class RefusedError(SourceError):
    """Robots rules, terms, a budget or an open circuit forbid the request."""


class StorageError(KasautiError):
    """The disk is full, read-only or not ours."""

    exit_code = 6
