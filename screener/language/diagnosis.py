"""What is wrong with a screen, where, and how to mend it; shown with a caret under the place."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from screener.errors import LanguageError

MAX_DIAGNOSES: Final = 40  # faults listed before the rest are only counted
_EXCERPT: Final = 96  # columns of the line that are shown around the caret

Span = tuple[int, int]
NOWHERE: Final[Span] = (0, 0)


class Severity(StrEnum):
    """Whether the screen can run."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Diagnosis:
    """One fault or warning. Lines and columns count from 1; `start` and `end` index the text."""

    code: str
    message: str
    hint: str
    start: int
    end: int
    line: int
    column: int
    excerpt: str
    caret: str
    suggestions: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return self.fitted(_EXCERPT + 4)

    def fitted(self, width: int) -> str:
        """The diagnosis as lines, the excerpt cut so that it and its caret fit `width` columns."""
        excerpt, caret, room = self.excerpt, self.caret, max(width - 3, 20)
        if len(excerpt) > room:
            at = len(caret) - len(caret.lstrip())
            left = max(0, min(at - room // 3, len(excerpt) - room))
            cut = excerpt[left + (left > 0) : left + room]
            excerpt = ("…" if left else "") + cut + ("…" if left + room < len(excerpt) else "")
            caret = caret[left : left + room]
        place = f"line {self.line}, column {self.column}"
        lines = [f"{place}: {self.message}", f"  {excerpt}", f"  {caret}"]
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class Report:
    """Collects the diagnoses of one text, in any order, and hands them out in text order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None
        self._found: dict[tuple[str, int, int, str], Diagnosis] = {}
        self._uncounted = 0

    def error(
        self, code: str, message: str, span: Span, hint: str = "", near: Iterable[str] = ()
    ) -> None:
        """Record a fault that keeps the screen from running."""
        self._add(Severity.ERROR, code, message, span, hint, near)

    def warning(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Record something the author should look at."""
        self._add(Severity.WARNING, code, message, span, hint, ())

    @property
    def full(self) -> bool:
        """Whether further faults are counted but no longer described."""
        return len(self._found) >= MAX_DIAGNOSES

    @property
    def errors(self) -> tuple[Diagnosis, ...]:
        """The faults, in text order."""
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnosis, ...]:
        """The warnings, in text order."""
        return self._of(Severity.WARNING)

    def raise_errors(self) -> None:
        """Raise LanguageError with every fault, if there is one."""
        errors = self.errors
        if not errors:
            return
        parts = [str(d) for d in errors]
        if self._uncounted:
            parts.append(f"and {self._uncounted} more")
        raise LanguageError("\n".join(parts), errors)

    def _of(self, severity: Severity) -> tuple[Diagnosis, ...]:
        chosen = (d for d in self._found.values() if d.severity is severity)
        return tuple(sorted(chosen, key=lambda d: (d.start, d.end)))

    def _add(
        self,
        severity: Severity,
        code: str,
        message: str,
        span: Span,
        hint: str,
        near: Iterable[str],
    ) -> None:
        if self.full:
            self._uncounted += severity is Severity.ERROR
            return
        start, end = self._clamp(span)
        line, column, excerpt, caret = self._place(start, end)
        self._found.setdefault(
            (code, start, end, message),
            Diagnosis(
                code, clean(message), clean(hint), start, end, line, column, excerpt, caret,
                tuple(near), severity,
            ),
        )  # fmt: skip

    def _clamp(self, span: Span) -> Span:
        """The span without white space at its ends; at the end of the text, its last character."""
        start, end = span
        if start >= len(self._text):
            start = max(len(self._text.rstrip()) - 1, 0)
        while end > start + 1 and self._text[min(end, len(self._text)) - 1].isspace():
            end -= 1
        return start, max(end, start + 1)

    def _place(self, start: int, end: int) -> tuple[int, int, str, str]:
        if self._starts is None:
            breaks = (i + 1 for i, c in enumerate(self._text) if c == "\n")
            self._starts = [0, *breaks]
        index = bisect_right(self._starts, start) - 1
        first = self._starts[index]
        last = self._starts[index + 1] - 1 if index + 1 < len(self._starts) else len(self._text)
        left = max(first, min(start - _EXCERPT // 3, last - _EXCERPT))
        right = min(last, left + _EXCERPT)
        before, at = self._text[left:start], self._text[start : min(end, right)]
        lead, tail = "…" if left > first else "", "…" if right < last else ""
        excerpt = lead + clean(self._text[left:right]) + tail
        indent = " " * (_width(clean(before)) + len(lead))
        return index + 1, start - first + 1, excerpt, indent + "^" * max(_width(clean(at)), 1)


def clean(text: str) -> str:
    """The text safe to print: control, direction and private characters shown as “·”."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe(c) for c in text)


def _safe(char: str) -> str:
    if char in "\t\n\r" or char.isspace():
        return " "
    return "·" if unicodedata.category(char)[0] == "C" else char


def _width(text: str) -> int:
    """Columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def quoted(text: str, limit: int = 60) -> str:
    """A piece of the author's text in quotation marks, shortened."""
    words = " ".join(text.split())
    return f"“{words if len(words) <= limit else words[: limit - 1] + '…'}”"


def either(names: Iterable[str], word: str = "or") -> str:
    """`a, b or c`."""
    items = list(names)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
