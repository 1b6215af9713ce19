"""The keys a reader gave the commands, from a TOML file of their own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from screener.errors import KasautiError, UnknownName
from tui.commands import COMMANDS, Command, commands


class Keys:
    """The commands with the keys a user gave them."""

    def __init__(self, remapped: Mapping[str, str] | None = None) -> None:
        self.remapped = dict(remapped or {})
        known = {c.id for c in COMMANDS}
        for name in self.remapped:
            if name not in known:
                raise UnknownName.among("command", name, known)

    @classmethod
    def load(cls, path: Path) -> Keys:
        """Read a keys.toml of lines like `"list.why" = "w,f2"`. No file means no changes.

        Raises KasautiError for a file that cannot be read and UnknownName for a wrong id.
        """
        if not path.is_file():
            return cls()
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
            raise KasautiError(
                f"{path} cannot be read: {err}", "The usual keys are in use until it is mended."
            ) from err
        return cls({name: str(keys) for name, keys in document.items()})

    def commands(self, views: Iterable[str]) -> tuple[Command, ...]:
        """The commands of these views with the keys in force."""
        return tuple(self.of(c) for view in views for c in commands(view))

    def of(self, command: Command) -> Command:
        """A command with the keys in force."""
        keys = self.remapped.get(command.id)
        return replace(command, keys=tuple(keys.replace(" ", "").split(","))) if keys else command
