"""The page of a number taken apart, as lines of styled text."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from tui.charts.text import Line, Part
from tui.drill import Drill
from tui.format import UNKNOWN


def drill_lines(found: Drill, width: int) -> list[Line]:
    """The page: value, meaning, formula, inputs, earlier values, other definitions."""
    lines: list[Line] = [_headline(found), ()]
    for label, text in (
        ("Why not", found.reason),
        ("Before", found.before),
        ("Meaning", found.about),
        ("Formula", found.formula),
        ("Note", found.note),
    ):
        lines += _labelled(label, text, width)
    if found.inputs:
        lines += [(), (("Computed from" if found.formula else "Source", "$accent bold"),)]
        rows = [(i.name, i.value, i.period, i.basis, i.source, i.known) for i in found.inputs]
        lines += _table(rows, width)
    if found.versions:
        lines += [(), (("Restated", "$accent bold"),)]
        versions = [
            ("first" if i == 0 else "then", v.value, v.known, v.source)
            for i, v in enumerate(found.versions)
        ]
        lines += _table(versions, width)
    if found.others:
        lines += [(), (("Other definitions of the name", "$accent bold"),)]
        lines += _table([(o.name, o.value, o.formula) for o in found.others], width)
    return lines


def _headline(found: Drill) -> Line:
    value: Part = (found.value, "$quiet" if found.value == UNKNOWN else "bold")
    return (value, (f"   {found.at}" if found.at else "", "$quiet"))


def _labelled(label: str, text: str, width: int) -> list[Line]:
    """A label and its text, wrapped beside it."""
    if not text:
        return []
    parts = wrap(text, max(width - 10, 20))
    return [
        ((label.ljust(10) if i == 0 else " " * 10, "$quiet"), (part, ""))
        for i, part in enumerate(parts)
    ]


def _table(rows: Sequence[tuple[str, ...]], width: int) -> list[Line]:
    """Rows with the second column, the values, to the right; the rest wraps under itself."""
    name = min(max(len(row[0]) for row in rows), max(width // 3, 12))
    value = max(len(row[1]) for row in rows)
    left = name + value + 6
    lines: list[Line] = []
    for row in rows:
        rest = " · ".join(text for text in row[2:] if text)
        parts = wrap(rest, max(width - left, 20)) or [""]
        head = wrap(row[0], name) or [""]
        for i in range(max(len(parts), len(head))):
            label = (head[i] if i < len(head) else "").ljust(name)
            shown = row[1] if i == 0 else ""
            tail = parts[i] if i < len(parts) else ""
            lines.append(
                ((f"  {label}", ""), (f"  {shown:>{value}}", "bold"), (f"  {tail}", "$quiet"))
            )
    return lines
