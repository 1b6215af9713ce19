"""The goalposts and weights of the selectivity score: those built in, and a user's own over them.

goalposts.toml beside this module is the built-in file. A file of that name in the user's config
folder may change any of it: what it does not name stays as built in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import GoalpostsFileError, UnknownName
from screener.fields.base import Reason
from screener.fields.company import has_no_book, of_layout
from screener.paths import Paths, default_paths

Post = tuple[float, float]

SCORE_STAGE: Final = 3  # of the fields made here; an input is of an earlier stage
LEASE_HEAVY: Final = 0.1  # of equity: smaller leases do not make a company lease-heavy
_LINE: Final = re.compile(r"line (\d+)")


def _lease_heavy() -> pl.Expr:
    """At least half of what is borrowed, and a tenth of equity, are leases."""
    plain, with_leases = pl.col("debt_to_equity"), pl.col("debt_to_equity_incl_lease")
    leases = with_leases - plain
    return ((leases >= plain) & (leases >= LEASE_HEAVY)).fill_null(False)


#: Kinds of company an input can be for.
KINDS: Final[Mapping[str, pl.Expr]] = {
    "other": ~of_layout(),
    "owner": ~of_layout() & ~_lease_heavy(),
    "lease_heavy": ~of_layout() & _lease_heavy(),
    "financial": of_layout(),
    "bank": of_layout("bank"),
    "lender": of_layout("lender"),
    "insurer": of_layout("insurer"),
    "fee": has_no_book(),
}


def of_kinds(kinds: tuple[str, ...]) -> pl.Expr:
    """Whether a company is of one of the kinds; of any if there are none."""
    return pl.any_horizontal(KINDS[kind] for kind in kinds) if kinds else pl.lit(True)


@dataclass(frozen=True)
class Input:
    """A figure, its weight in a part, and the points it gives.

    `only` names the kinds of company it is for (all if empty). `stands_in_for` is another figure
    of the part: where that one is unknown, this one takes its place.
    """

    field: str
    weight: float
    posts: tuple[Post, ...]
    only: tuple[str, ...] = ()
    analyst: bool = False
    reasons: Mapping[str, float] | None = None
    stands_in_for: str = ""
    stand_ins: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what stands in for it, and for whom

    def points(self) -> pl.Expr:
        """0 to 100; null where the figure is unknown or is not for this kind of company."""
        return pl.when(self.applies()).then(self._earned())

    def applies(self) -> pl.Expr:
        """Whether the figure is for this kind of company."""
        mine, known = of_kinds(self.only), pl.col(self.field).is_not_null()
        if self.stands_in_for:
            return mine & known & pl.col(self.stands_in_for).is_null()
        for field, only in self.stand_ins:
            mine = mine & (known | pl.col(field).is_null() | ~of_kinds(only))
        return mine

    def _earned(self) -> pl.Expr:
        points = between_posts(pl.col(self.field), self.posts)
        for reason, given in (self.reasons or {}).items():
            applies = (pl.col(f"{self.field}?") == reason).fill_null(False)
            points = pl.when(applies).then(given).otherwise(points)
        return points


@dataclass(frozen=True)
class Part:
    """One of the four parts of the score."""

    key: str
    name: str
    about: str
    weight: float
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Goalposts:
    """The parts of the score and the user's file that changed them; None where none did."""

    parts: tuple[Part, ...]
    own: Path | None = None


def between_posts(value: pl.Expr, posts: tuple[Post, ...]) -> pl.Expr:
    """Points on the straight lines between the posts, level beyond the first and last."""
    points = pl.lit(posts[0][1])
    for (x0, y0), (x1, y1) in pairwise(posts):
        points = points + (value.clip(x0, x1) - x0) * ((y1 - y0) / (x1 - x0))
    return points


@cache
def built_in() -> tuple[Part, ...]:
    """The parts as the built-in goalposts.toml has them."""
    file = Path(__file__).with_name("goalposts.toml")
    return _parts(_document(file.read_text(encoding="utf-8"), file), (), file)


def own_file(paths: Paths | None = None) -> Path:
    """Where a user's own goalposts are looked for."""
    return (paths or default_paths()).config / "goalposts.toml"


def in_use(paths: Paths | None = None) -> Goalposts:
    """The built-in goalposts, changed by the user's own where there are any.

    Raises GoalpostsFileError where that file cannot be read or says what cannot be.
    """
    file = own_file(paths)
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        return Goalposts(built_in())
    except OSError as err:
        raise GoalpostsFileError(f"{file} cannot be read: {err.strerror}.", _UNREAD) from err
    return _with_own(file, changed)


@cache
def _with_own(file: Path, changed: int) -> Goalposts:
    del changed  # a file that was written anew is read anew
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise GoalpostsFileError(f"{file} cannot be read: {err}.", _UNREAD) from err
    return Goalposts(_parts(_document(text, file), built_in(), file), file)


# --- reading --------------------------------------------------------------------------------

_UNREAD: Final = "Make it a readable text file, or move it away to use the built-in goalposts."
_MEND: Final = "Mend it, or move the file away to use the built-in goalposts."
_KEYS: Final = ("field", "weight", "posts", "only", "analyst", "reasons", "stands_in_for")


def _document(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        found = _LINE.search(str(err))
        lines = text.splitlines()
        number = int(found.group(1)) if found else len(lines)
        shown = f"\n  {number:>4} │ {lines[number - 1]}" if 0 < number <= len(lines) else ""
        raise GoalpostsFileError(f"{file} is not valid TOML: {err}{shown}", _MEND) from err


def _parts(document: Mapping[str, Any], base: tuple[Part, ...], file: Path) -> tuple[Part, ...]:
    parts = {part.key: part for part in base}
    for key, table in document.items():
        at = f"{file}, [{key}]"
        if base and key not in parts:
            error = UnknownName.among("part of the score", key, parts)
            raise GoalpostsFileError(
                f"{at}: {error.message}", f"The parts are {', '.join(parts)}. {_MEND}"
            )
        if not isinstance(table, dict):
            raise GoalpostsFileError(f"{at}: not a table.", _MEND)
        part = parts.get(key) or Part(key, "", "", 0.0, ())
        if base:
            _check_fields(table, at)
        parts[key] = _part(key, table, part, at)
    if not sum(part.weight for part in parts.values()) > 0:
        raise GoalpostsFileError(f"{file}: no part has a weight above zero.", _MEND)
    return tuple(parts.values())


def _part(key: str, table: Mapping[str, Any], base: Part, at: str) -> Part:
    _known_keys(table, ("name", "about", "weight", "inputs"), at)
    inputs = {(given.field, given.only): given for given in base.inputs}
    entries = table.get("inputs", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise GoalpostsFileError(
            f"{at}: inputs are not tables.", f"Write [[{key}.inputs]]. {_MEND}"
        )
    for entry in entries:
        where = f"{at}, input “{entry.get('field', '?')}”"
        given = _input(entry, inputs, where)
        inputs[given.field, given.only] = given
    part = replace(
        base,
        name=_text(table.get("name", base.name), f"{at}, name"),
        about=_text(table.get("about", base.about), f"{at}, about"),
        weight=_number(table.get("weight", base.weight), f"{at}, weight", 0.0),
        inputs=tuple(_with_stand_ins([given for given in inputs.values() if given.weight > 0])),
    )
    if part.weight > 0 and not part.inputs:
        raise GoalpostsFileError(f"{at}: no input has a weight above zero.", _MEND)
    return part


def _with_stand_ins(inputs: list[Input]) -> Iterator[Input]:
    for given in inputs:
        others = [(o.field, o.only) for o in inputs if o.stands_in_for == given.field]
        yield replace(given, stand_ins=tuple(others))


def _input(
    entry: Mapping[str, Any], inputs: Mapping[tuple[str, tuple[str, ...]], Input], at: str
) -> Input:
    _known_keys(entry, _KEYS, at)
    field = _text(entry.get("field"), f"{at}, field")
    base = _changed(field, entry, inputs, at)
    for key in ("weight", "posts"):
        if base is None and key not in entry:
            raise GoalpostsFileError(f"{at}: no {key}.", f"A new input needs {key}. {_MEND}")
    base = base or Input(field, 0.0, ())
    analyst = entry.get("analyst", base.analyst)
    if not isinstance(analyst, bool):
        raise GoalpostsFileError(f"{at}: analyst is not true or false.", _MEND)
    stands_in_for = entry.get("stands_in_for", base.stands_in_for)
    return Input(
        field,
        _number(entry.get("weight", base.weight), f"{at}, weight", 0.0),
        _posts(entry["posts"], at) if "posts" in entry else base.posts,
        _kinds(entry["only"], at) if "only" in entry else base.only,
        analyst,
        _reasons(entry["reasons"], at) if "reasons" in entry else base.reasons,
        _text(stands_in_for, f"{at}, stands_in_for"),
    )


def _changed(
    field: str,
    entry: Mapping[str, Any],
    inputs: Mapping[tuple[str, tuple[str, ...]], Input],
    at: str,
) -> Input | None:
    """The input that the entry changes; None where it is a new one."""
    if "only" in entry:
        return inputs.get((field, _kinds(entry["only"], at)))
    same = [given for (key, _), given in inputs.items() if key == field]
    if len(same) > 1:
        kinds = " or ".join(f"only = [{', '.join(repr(k) for k in g.only)}]" for g in same)
        raise GoalpostsFileError(
            f"{at}: there are {len(same)} of it, for different companies.", f"Say which: {kinds}."
        )
    return same[0] if same else None


def _check_fields(table: Mapping[str, Any], at: str) -> None:
    """Raises where a part names what is no field, or no figure."""
    from screener.fields.catalogue import by_key  # it is made with the built-in goalposts

    entries = table.get("inputs", [])
    for entry in entries if isinstance(entries, list) else []:
        for key in ("field", "stands_in_for"):
            name = entry.get(key) if isinstance(entry, dict) else None
            field = by_key().get(str(name))
            if name is None or (field and field.unit.numeric and field.stage < SCORE_STAGE):
                continue
            if field:
                raise GoalpostsFileError(f"{at}: no points can be given for “{name}”.", _MEND)
            error = UnknownName.among("field", str(name), by_key())
            raise GoalpostsFileError(f"{at}: {error.message}", error.hint or _MEND)


def _posts(value: Any, at: str) -> tuple[Post, ...]:
    shape = "Write posts = [[0, 100], [0.5, 60], [2, 0]]: figures that rise, points from 0 to 100."
    pairs = value if isinstance(value, list) else []
    if len(pairs) < 2 or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise GoalpostsFileError(f"{at}: posts are not two or more pairs.", shape)
    posts = [(_number(x, f"{at}, posts"), _number(y, f"{at}, posts", 0, 100)) for x, y in pairs]
    for (x0, _), (x1, _) in pairwise(posts):
        if not x0 < x1:
            raise GoalpostsFileError(f"{at}: posts go from {x0:g} to {x1:g}.", shape)
    return tuple(posts)


def _kinds(value: Any, at: str) -> tuple[str, ...]:
    kinds = [value] if isinstance(value, str) and value else value or []
    for kind in kinds if isinstance(kinds, list) else [value]:
        if kind not in KINDS:
            raise GoalpostsFileError(
                f"{at}: no kind of company is called “{kind}”.",
                f"The kinds are {', '.join(KINDS)}.",
            )
    return tuple(kinds)


def _reasons(value: Any, at: str) -> dict[str, float]:
    if not isinstance(value, dict):
        raise GoalpostsFileError(f"{at}: reasons are no table.", "Write { NO_DEBT = 100 }.")
    for reason in value:
        if reason not in list(Reason):
            raise GoalpostsFileError(
                f"{at}: no reason is called “{reason}”.", f"The reasons are {', '.join(Reason)}."
            )
    return {key: _number(points, f"{at}, reasons", 0, 100) for key, points in value.items()}


def _number(value: Any, at: str, low: float | None = None, high: float | None = None) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    if not number or abs(value) == float("inf"):
        raise GoalpostsFileError(f"{at}: “{value}” is not a number.", _MEND)
    if (low is not None and value < low) or (high is not None and value > high):
        limits = f"{low:g} or more" if high is None else f"from {low:g} to {high:g}"
        raise GoalpostsFileError(f"{at}: {value:g} is not {limits}.", _MEND)
    return float(value)


def _text(value: Any, at: str) -> str:
    if not isinstance(value, str):
        raise GoalpostsFileError(f"{at}: not a text.", "Put it in quotes.")
    return value


def _known_keys(table: Mapping[str, Any], known: Iterable[str], at: str) -> None:
    for key in table:
        if key not in known:
            error = UnknownName.among("setting of the goalposts", key, known)
            raise GoalpostsFileError(f"{at}: {error.message}", error.hint or _MEND)
