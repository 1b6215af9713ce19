"""What the app remembers of a reader between two runs, in one small file replaced in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, get_args

from screener.paths import Paths
from tui.listing import Show, View

VERSION: Final = 1
LIBRARY_WIDTH: Final = 36
LIBRARY_WIDTHS: Final = range(24, 61)
MOST_PLACES: Final = 200  # screens remembered; a file that grows without end slows every start
_SHOWS: Final = get_args(Show)


@dataclass(frozen=True)
class Place:
    """Where a reader was in a screen: how the list was looked at, on which company, which query.

    An empty `query` is the saved one.
    """

    view: View = field(default_factory=View)
    cursor: str = ""
    query: str = ""


@dataclass(frozen=True)
class Memory:
    """Everything remembered. `scope` is (kind, name) of the part of the market on screen."""

    theme: str = ""
    heat: bool = True
    welcomed: bool = False
    library_width: int = LIBRARY_WIDTH
    library_hidden: bool = False
    copy_form: str = ""
    screen: str = ""
    scope: tuple[str, str] = ("", "")
    places: Mapping[str, Place] = field(default_factory=dict)

    def at(self, screen: str, place: Place) -> Memory:
        """With that place in a screen, the last one visited last."""
        places = {name: kept for name, kept in self.places.items() if name != screen}
        places[screen] = place
        kept = dict(list(places.items())[-MOST_PLACES:])
        return replace(self, screen=screen, places=kept)


def recall(paths: Paths) -> tuple[Memory, str]:
    """What was remembered, and what to tell the reader where the file is damaged.

    A file that cannot be read as a whole is not read in part: the app begins as if it were new.
    """
    file = _file(paths)
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return Memory(), ""
    except OSError as err:
        return Memory(), f"{file} cannot be read ({err.strerror}). The app begins as if new."
    try:
        return _read(json.loads(text)), ""
    except (ValueError, TypeError, KeyError, RecursionError):
        return Memory(), (
            f"{file} is damaged, so the app begins as if new.\n"
            "Screens, shortlists and the market are kept elsewhere and are as they were."
        )


def remember(paths: Paths, memory: Memory) -> None:
    """Keep it for the next run. Raises OSError where the disk refuses."""
    replace_json(_file(paths), _written(memory))


def replace_json(file: Path, found: Mapping[str, Any]) -> None:
    """Write a file in one step. Raises OSError where the disk refuses."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _file(paths: Paths) -> Path:
    return paths.state_dir / "app.json"


def _written(memory: Memory) -> dict[str, Any]:
    return {
        "version": VERSION,
        "theme": memory.theme,
        "heat": memory.heat,
        "welcomed": memory.welcomed,
        "library_width": memory.library_width,
        "library_hidden": memory.library_hidden,
        "copy_form": memory.copy_form,
        "screen": memory.screen,
        "scope": list(memory.scope),
        "places": {name: _place_written(place) for name, place in memory.places.items()},
    }


def _place_written(place: Place) -> dict[str, Any]:
    view = place.view
    found = {
        "show": view.show,
        "sort": [list(pair) for pair in view.sort],
        "hidden": sorted(view.hidden),
        "added": list(view.added),
        "order": list(view.order),
        "frozen": view.frozen,
        "cursor": place.cursor,
        "query": place.query,
    }
    return {key: value for key, value in found.items() if value}


def _read(found: Any) -> Memory:
    if not isinstance(found, dict):
        raise TypeError("not a table")
    kind, name = (_text(part) for part in found.get("scope", ["", ""]))
    width = _whole(found.get("library_width", LIBRARY_WIDTH))
    return Memory(
        theme=_text(found.get("theme", "")),
        heat=_flag(found.get("heat", True)),
        welcomed=_flag(found.get("welcomed", False)),
        library_width=min(max(width, LIBRARY_WIDTHS.start), LIBRARY_WIDTHS.stop - 1),
        library_hidden=_flag(found.get("library_hidden", False)),
        copy_form=_text(found.get("copy_form", "")),
        screen=_text(found.get("screen", "")),
        scope=(kind, name),
        places={_text(key): _place(each) for key, each in dict(found.get("places", {})).items()},
    )


def _place(found: Mapping[str, Any]) -> Place:
    show = found.get("show", "pass")
    if show not in _SHOWS:
        raise ValueError(show)
    view = View(
        show=show,
        sort=tuple((_text(key), _flag(down)) for key, down in found.get("sort", ())),
        hidden=frozenset(_texts(found.get("hidden", []))),
        added=_texts(found.get("added", [])),
        order=_texts(found.get("order", [])),
        frozen=_text(found.get("frozen", "")),
    )
    return Place(view, _text(found.get("cursor", "")), _text(found.get("query", "")))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(_text(item) for item in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value
