"""Named screens and custom ratios: the built-in ones, and the user's file, its comments kept.

A screens file is TOML made to live in git:

    [screen.cheap_compounders]
    title = "Cheap compounders"
    query = "ROCE > 20 and PE < 15"
    why = "…"
    unknown = "review"            # or "exclude", "include"
    universe = "Size class in ('small', 'micro')"
    columns = ["roce", "pe"]
    sort = ["-roce"]

    [ratios]
    "Owner yield" = "(Net profit + Depreciation) / Market Capitalization * 100"
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, get_args

from screener.errors import ScreensFileError, StorageError, UnknownName
from screener.paths import Paths

Unknown = Literal["review", "exclude", "include"]
DEFAULT_SCREEN: Final = "selectivity_core"
_KEYS: Final = frozenset({"title", "query", "why", "unknown", "universe", "columns", "sort"})
_LINE_IN_MESSAGE: Final = re.compile(r"line (\d+)")


@dataclass(frozen=True)
class Screen:
    """A named question to the market.

    `universe` narrows the companies that are judged at all; `unknown` says whether companies that
    lack data are listed apart (review), left out (exclude) or listed with the passes (include).
    """

    name: str
    title: str
    query: str
    why: str = ""
    unknown: Unknown = "review"
    universe: str = ""
    columns: tuple[str, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()  # (field key, descending)
    own: bool = False


@dataclass(frozen=True)
class Library:
    """Every named screen, built-in ones first, and the user's ratios."""

    screens: tuple[Screen, ...]
    ratios: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None

    @classmethod
    def load(cls, paths: Paths) -> Library:
        """Read the built-in screens and the user's file, if there is one.

        An own screen takes the place of a built-in one of the same name.
        Raises ScreensFileError, showing the line; the file is not touched.
        """
        built_in, _ = _read(_built_in_text(), "the built-in screens", own=False)
        if not paths.screens_file.is_file():
            return cls(built_in, {}, paths.screens_file)
        own, ratios = _read(_text_of(paths.screens_file), str(paths.screens_file), own=True)
        names = {screen.name for screen in own}
        kept = tuple(screen for screen in built_in if screen.name not in names)
        return cls(kept + own, ratios, paths.screens_file)

    @cached_property
    def _by_name(self) -> dict[str, Screen]:
        by_title = {slug(screen.title): screen for screen in self.screens}
        return by_title | {screen.name: screen for screen in self.screens}

    def find(self, name: str) -> Screen | None:
        """The screen of that name or title, or None."""
        return self._by_name.get(name) or self._by_name.get(slug(name))

    def get(self, name: str) -> Screen:
        """The screen of that name or title. Raises UnknownName with the nearest names."""
        screen = self.find(name)
        if screen is None:
            raise UnknownName.among("screen", name, [s.name for s in self.screens])
        return screen

    def save(self, screen: Screen) -> Library:
        """Write the screen to the user's file, keeping its comments and order."""
        entry = _entry(screen)

        def put(document: Any) -> None:
            import tomlkit

            table = document.setdefault("screen", tomlkit.table(is_super_table=True))
            old = table.get(screen.name)
            if old is None:
                table[screen.name] = entry
                return
            for key in [key for key in old if key in _KEYS and key not in entry]:
                del old[key]
            for key, value in entry.items():
                if old.get(key) != value:
                    old[key] = value

        self._edit(put)
        return self._with(replace(screen, own=True))

    def delete(self, name: str) -> Library:
        """Remove one of the user's own screens."""
        screen = self.get(name)
        if not screen.own:
            raise UnknownName(f"“{name}” is a built-in screen and stays.", "")

        def drop(document: Any) -> None:
            del document["screen"][screen.name]

        self._edit(drop)
        kept = tuple(s for s in self.screens if s.name != screen.name)
        return replace(self, screens=kept)

    def _with(self, screen: Screen) -> Library:
        if any(s.name == screen.name for s in self.screens):
            screens = tuple(screen if s.name == screen.name else s for s in self.screens)
        else:
            screens = (*self.screens, screen)
        return replace(self, screens=screens)

    def _edit(self, change: Any) -> None:
        """Read the user's file as it is now, change it, and replace it in one step."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        from screener.market.files import replace_file

        path = self.file
        assert path is not None, "a library that was not loaded from paths cannot be edited"
        try:
            text = path.read_text(encoding="utf-8") if path.is_file() else _NEW_FILE
            document = tomlkit.parse(text)
            change(document)
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, tomlkit.dumps(document).encode())
        except TOMLKitError as err:
            raise ScreensFileError(
                f"{path} is not valid TOML: {err}", "Mend it first; nothing was written."
            ) from err
        except OSError as err:
            raise StorageError(f"Cannot write {path}: {err.strerror}", "Nothing was lost.") from err


_NEW_FILE: Final = "# Your own Kasauti screens and ratios. Comments here are kept.\n"


def read_file(path: Path) -> tuple[Screen, ...]:
    """The screens of any screens file. Raises ScreensFileError, showing the line."""
    return _read(_text_of(path), str(path), own=True)[0]


def read_queries(path: Path) -> list[tuple[str, str]]:
    """Names and texts of a file with one JSON object a line, each with a "query".

    Raises ScreensFileError, naming the line.
    """
    found = []
    for number, line in enumerate(_text_of(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            text = entry["query"]
        except (ValueError, KeyError, TypeError) as err:
            raise ScreensFileError(
                f"{path}, line {number}: not a JSON object with a “query”.", "Nothing was changed."
            ) from err
        found.append((str(entry.get("name") or entry.get("id") or number), str(text)))
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise ScreensFileError(
            f"{path} cannot be read: {err}", "The file was not touched."
        ) from err


def slug(text: str) -> str:
    """A name a screen can be filed under: lower case words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def _entry(screen: Screen) -> dict[str, Any]:
    import tomlkit

    query = screen.query.strip()
    sort = [("-" if down else "") + key for key, down in screen.sort]
    values: dict[str, Any] = {
        "title": screen.title,
        "query": tomlkit.string(f"\n{query}\n", multiline=True, literal="'''" not in query)
        if "\n" in query
        else query,
        "why": screen.why,
        "unknown": screen.unknown if screen.unknown != "review" else "",
        "universe": screen.universe,
        "columns": list(screen.columns),
        "sort": sort,
    }
    return {key: value for key, value in values.items() if value}


def _built_in_text() -> str:
    """screens.toml: inside the package when installed, beside it in a checkout."""
    inside = resources.files("screener").joinpath("screens.toml")
    if inside.is_file():
        return inside.read_text(encoding="utf-8")
    return (Path(__file__).parent.parent / "screens.toml").read_text(encoding="utf-8")


def _read(text: str, where: str, *, own: bool) -> tuple[tuple[Screen, ...], dict[str, str]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise _broken(text, where, str(err)) from err
    defaults = _table(document, "defaults", where)
    screens = tuple(
        _screen(name, entry, defaults, where, own=own)
        for name, entry in _table(document, "screen", where).items()
    )
    ratios = _table(document, "ratios", where)
    for name, formula in ratios.items():
        if not isinstance(formula, str):
            raise ScreensFileError(f"{where}: ratio “{name}” is not a text.", "Put it in quotes.")
    return screens, ratios


def _broken(text: str, where: str, message: str) -> ScreensFileError:
    found = _LINE_IN_MESSAGE.search(message)
    lines = text.splitlines()
    number = int(found.group(1)) if found else len(lines)
    shown = f"\n  {number:>4} │ {lines[number - 1]}" if 0 < number <= len(lines) else ""
    return ScreensFileError(
        f"{where} is not valid TOML: {message}{shown}", "Mend that line; the file was not touched."
    )


def _table(document: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = document.get(key, {})
    if not isinstance(value, dict):
        raise ScreensFileError(f"{where}: [{key}] is not a table.", "The file was not touched.")
    return value


def _screen(name: str, entry: Any, defaults: Mapping[str, Any], where: str, *, own: bool) -> Screen:
    at = f"{where}, [screen.{name}]"
    if not isinstance(entry, dict):
        raise ScreensFileError(f"{at}: not a table.", "The file was not touched.")
    for key in entry.keys() - _KEYS:
        error = UnknownName.among("setting of a screen", key, _KEYS)
        raise ScreensFileError(f"{at}: {error.message}", error.hint)
    values: dict[str, Any] = {
        key: entry.get(key, defaults.get(key, "")) for key in _KEYS - {"columns", "sort"}
    }
    for key, value in values.items():
        if not isinstance(value, str):
            raise ScreensFileError(f"{at}: “{key}” is not a text.", "Put it in quotes.")
    if not values["query"].strip():
        raise ScreensFileError(f"{at}: no query.", 'Add a line like query = "ROCE > 20".')
    unknown: Unknown = values["unknown"] or "review"
    if unknown not in get_args(Unknown):
        raise ScreensFileError(
            f"{at}: unknown = “{unknown}”.", f"It is one of {', '.join(get_args(Unknown))}."
        )
    return Screen(
        name=name,
        title=values["title"] or name.replace("_", " "),
        query=values["query"].strip(),
        why=values["why"].strip(),
        unknown=unknown,
        universe=values["universe"].strip(),
        columns=_texts(entry.get("columns", defaults.get("columns", [])), at, "columns"),
        sort=tuple(
            (key.removeprefix("-"), key.startswith("-"))
            for key in _texts(entry.get("sort", defaults.get("sort", [])), at, "sort")
        ),
        own=own,
    )


def _texts(value: Any, at: str, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ScreensFileError(f"{at}: “{key}” is not a list of texts.", 'Write ["roce", "pe"].')
    return tuple(value)
