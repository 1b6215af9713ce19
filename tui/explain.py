"""Explanations as plain text and JSON: why, funnel, field pages, tables. No terminal needed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl

from screener.errors import UnknownName
from screener.export import caption
from screener.fields.base import Field
from screener.fields.catalogue import all_fields, by_key, find
from screener.market.schema import LINES
from screener.provenance import Source
from screener.screening import ConditionWhy, Result, Verdict, Why
from tui.format import cell, header, plain, quantity
from tui.headings import short

MARKS: Final = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.UNKNOWN: "?"}
WORDS: Final = {Verdict.PASS: "passes", Verdict.FAIL: "fails", Verdict.UNKNOWN: "cannot be judged"}
_NAME_WIDTH: Final = 30
_HEAD_WIDTH: Final = 10


def table_text(frame: pl.DataFrame) -> str:
    """The frame as aligned columns under headings of two lines, numbers to the right.

    Empty where the frame has no rows.
    """
    if frame.is_empty():
        return ""
    columns = [_column_lines(frame[name]) for name in frame.columns]
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def _column_lines(values: pl.Series) -> list[str]:
    field = by_key().get(values.name)
    unit = field.unit.value if field else "text"
    cells = [cell(value, unit)[:_NAME_WIDTH] for value in values]
    head = header(field) if field else values.name.capitalize()
    width = max(_HEAD_WIDTH, *(len(text) for text in cells))
    lines = textwrap.wrap(short(head, width), width) or [""]
    top, bottom = ("", lines[0]) if len(lines) == 1 else (lines[0], " ".join(lines[1:]))
    column = [top, bottom, *cells]
    width = max(len(text) for text in column)
    if values.dtype == pl.String:
        return [text.ljust(width) for text in column]
    return [text.rjust(width) for text in column]


def why_text(why: Why, result: Result) -> str:
    """The explanation of one company, a condition a line with its margin and sources."""
    lines = [
        f"{plain(why.name)} ({plain(why.symbol)}) {WORDS[why.verdict]}: {result.screen.title}",
        caption(result),
    ]
    if not why.in_universe:
        lines.append(f"It lies outside the screen's universe: {result.screen.universe}")
    lines.append("")
    for condition in why.conditions:
        lines += _condition_lines(condition, 0)
    return "\n".join(lines)


def _condition_lines(c: ConditionWhy, depth: int) -> Iterable[str]:
    pad = "    " * depth
    yield f"{pad}{MARKS[c.verdict]} {c.text}"
    detail = condition_detail(c)
    if detail:
        yield f"{pad}    {detail}"
    yield from (f"{pad}    · {line}" for line in source_lines(c.sources))
    for child in c.children:
        yield from _condition_lines(child, depth + 1)


def condition_detail(c: ConditionWhy) -> str:
    """The value found and the margin, or why there is none."""
    if c.children:
        return ""
    if c.verdict is Verdict.UNKNOWN:
        words = c.reason.sentence if c.reason else "unknown"
        return f"{c.missing_field}: {words}" if c.missing_field else words
    if c.left_value is None or c.unit is None or not c.unit.numeric:
        return "" if c.left_value is None else f"found: {cell(c.left_value, 'text')}"
    unit = c.unit.value
    found = f"{c.left_text} is {quantity(c.left_value, unit)}"
    if not is_literal(c.right_text):
        found += f", {c.right_text} is {quantity(c.right_value, unit)}"
    if c.margin is None:
        return found
    room = quantity(abs(c.margin), unit)
    share = f" ({abs(c.margin_relative):.0%})" if c.margin_relative is not None else ""
    if c.verdict is Verdict.PASS:
        return f"{found}; room {room}{share}"
    return f"{found}; misses by {room}{share}"


def is_literal(text: str) -> bool:
    """Whether an operand is a plain number."""
    return text.replace(",", "").replace(".", "", 1).lstrip("-").rstrip("%").strip().isdigit()


def source_lines(sources: Iterable[Source]) -> list[str]:
    """The figures behind a value, a statement line a text line, the latest period first.

    Each says its amounts and periods, basis, source and since when the last of them was known.
    """
    groups: dict[tuple[str, str, str, str], list[Source]] = {}
    for source in sources:
        groups.setdefault((source.line, source.unit, source.basis, source.source), []).append(
            source
        )
    return [_source_line(*key, found) for key, found in groups.items()]


def _source_line(line: str, unit: str, basis: str, origin: str, found: list[Source]) -> str:
    amounts = dict.fromkeys(  # two fields may rest on one figure
        f"{quantity(s.value, unit)}" + (f" ({s.period_end:%d %b %Y})" if s.period_end else "")
        for s in sorted(found, key=lambda s: s.period_end or dt.date.min, reverse=True)
    )
    parts = [f"{line}: {', '.join(amounts)}", *(text for text in (basis, origin) if text)]
    known = max(found, key=lambda s: s.known_at or dt.date.min)
    if known.known_at:
        how = {"rule": " by the filing deadline", "seen": " when first seen"}
        parts.append(f"known {known.known_at:%d %b %Y}{how.get(known.known_basis, '')}")
    return plain(" · ".join(parts))


def why_json(why: Why, result: Result) -> str:
    """The explanation as JSON."""
    return _json(
        {
            "screen": result.screen.title,
            "market": result.market.label,
            "market_date": result.market.date,
            "demo": result.market.is_demo,
            **dataclasses.asdict(why),
        }
    )


def funnel_text(result: Result) -> str:
    """The funnel: companies left after each condition, and how many fail it alone."""
    counts = result.counts
    total = counts.passed + counts.failed + counts.unknown
    lines = [caption(result), "", f"{'left':>7}{'unknown':>9}{'fail it':>9}{'only it':>9}"]
    lines.append(f"{total:>7,}{'':>27}  companies in the universe")
    lines += [
        f"{s.left:>7,}{s.unknown:>9,}{s.failed:>9,}{s.fails_alone:>9,}  {s.text}"
        for s in result.funnel
    ]
    binding = result.binding
    if binding:
        lines += ["", f"Binding: {binding.text} alone keeps out {binding.fails_alone:,}."]
    lines.append(f"{counts.passed:,} pass · {counts.failed:,} fail · {counts.unknown:,} need data")
    return "\n".join(lines)


def funnel_json(result: Result) -> str:
    """The funnel as JSON."""
    return _json(
        {
            "screen": result.screen.title,
            "market": result.market.label,
            "market_date": result.market.date,
            "demo": result.market.is_demo,
            "counts": dataclasses.asdict(result.counts),
            "funnel": [dataclasses.asdict(step) for step in result.funnel],
        }
    )


def fields_text(words: Sequence[str]) -> str:
    """The page of the field so named, else a list of the fields that match all words."""
    if words:
        try:
            return field_page(find(" ".join(words)))
        except UnknownName:
            pass  # words to look for, then
    found = matching_fields(words)
    if not found:
        find(" ".join(words))
    width = max(len(f.name) for f in found)
    return "\n".join(f"{f.name:<{width}}  {f.unit.label:<9}  {f.about}" for f in found)


def fields_json(words: Sequence[str]) -> str:
    """The matching fields as JSON."""
    return _json([_field_record(f) for f in matching_fields(words)])


def matching_fields(words: Sequence[str]) -> list[Field]:
    """Fields whose name, aliases or meaning hold every word."""
    wanted = [word.casefold() for word in words]

    def holds(f: Field) -> bool:
        text = " ".join([f.key, f.name, *f.aliases, f.about, f.family]).casefold()
        return all(word in text for word in wanted)

    return [f for f in all_fields() if holds(f)]


def field_page(f: Field) -> str:
    """Everything the catalogue says of one field."""
    rows = [
        ("key", f.key),
        ("also", ", ".join(f.aliases)),
        ("unit", f.unit.label or f.unit.value),
        ("formula", f.formula),
        ("inputs", ", ".join(_input_words(f))),
        ("source", f.source),
        ("periods", f"by {f.history.value}" if f.history else ""),
        ("note", f.note),
    ]
    body = "\n".join(f"{name:<8} {text}" for name, text in rows if text)
    return f"{f.name}\n{f.about}\n\n{body}"


def fields_markdown() -> str:
    """Every field, family by family, as the page docs/fields.md."""
    lines = [
        "# Fields",
        "",
        "Every name a screen can use, made from the catalogue by `make docs`. A value that cannot",
        "be computed is unknown and says why; it is never zero.",
    ]
    family = None
    for f in all_fields():
        if f.family != family:
            family = f.family
            lines += [
                "",
                f"## {family}",
                "",
                "| name | unit | meaning | formula |",
                "|---|---|---|---|",
            ]
        names = f"**{f.name}**" + (f"; {', '.join(f.aliases)}" if f.aliases else "")
        meaning = f"{f.about} {f.note}".strip()
        cells = (names, f.unit.label or f.unit.value, meaning, f.formula)
        lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines) + "\n"


def _input_words(f: Field) -> list[str]:
    """What the value is computed from, in the statements' own words, each once."""
    fields = by_key()
    words = []
    for column in f.inputs:
        line, _, slot = column.partition("@")
        if column.endswith("?") or (line in ("end", "months", "known") and slot):
            continue  # reasons, and when a period ends, go with the figures themselves
        if column in fields and f.stage != 1:
            words.append(fields[column].name)
        else:
            words.append(LINES[line][0] if line in LINES else line.replace("_", " "))
    return list(dict.fromkeys(words))


def _field_record(f: Field) -> dict[str, Any]:
    return {
        "key": f.key,
        "name": f.name,
        "aliases": list(f.aliases),
        "unit": f.unit.value,
        "about": f.about,
        "formula": f.formula,
        "inputs": list(f.inputs),
        "source": f.source,
        "family": f.family,
        "history": f.history.value if f.history else None,
        "note": f.note,
    }


def _json(value: Any) -> str:
    def plain_value(item: Any) -> Any:
        if isinstance(item, dt.date):
            return item.isoformat()
        return str(item)

    return json.dumps(value, ensure_ascii=False, indent=1, default=plain_value)
