"""What changed for a screen, as plain text, JSON and Markdown."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from screener.hybrids import Kind
from tui.format import UNKNOWN, day, period, plain, quantity

if TYPE_CHECKING:
    from screener.causes import Cause
    from screener.changes import Change, Changes, Flip
    from screener.filings import Filing
    from screener.market.store import Market

STANDINGS: Final = {
    "pass": "passes",
    "fail": "fails",
    "unknown": "needs data",
    "outside": "outside its universe",
    "absent": "not in the market",
}
_PERIODS: Final = {
    "annual": "year to",
    "quarter": "quarter to",
    "interim": "half-year balance sheet of",
    "holding": "owners of",
}
_BASES: Final = {"rule": ", by the filing deadline", "seen": ", first seen then"}
_MARKUP: Final = re.compile(r"[\\`*_{}\[\]<>#|~&@$^]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def changes_text(changed: Changes, market: Market) -> str:
    """Who entered and who left, a condition a line with its causes under it."""
    lines = [summary(changed), f"Kasauti · {market.label} · before: {_before(changed)}"]
    if changed.text_changed:
        lines.append("The screen's text has changed since.")
    for title, items in (
        ("Entered", changed.entered),
        ("Left", changed.left),
        ("Members still, their data came or went", changed.moved),
    ):
        if items:
            lines += ["", title]
            for one in items:
                lines += _change_lines(one)
    return "\n".join(lines)


def summary(changed: Changes) -> str:
    """The counts in one line."""
    parts = [f"{len(changed.entered):,} entered", f"{len(changed.left):,} left"]
    if changed.moved:
        parts.append(f"{len(changed.moved):,} with other data")
    return (
        f"{plain(changed.title)}: {', '.join(parts)}; "
        f"{changed.before.members:,} → {changed.after.members:,} members"
    )


def _before(changed: Changes) -> str:
    return f"{day(changed.before.date)} ({changed.before.basis})"


def _change_lines(one: Change) -> Iterator[str]:
    moved = f"{STANDINGS[one.before]} → {STANDINGS[one.after]}"
    yield f"  {plain(one.symbol)}  {plain(one.name, 40)}  ({moved})"
    for flip in one.flips:
        if flip.text or flip.text_before:
            yield f"      {flip_words(flip)}"
        for cause in flip.causes:
            yield f"        · {cause_words(cause, flip)}"


def flip_words(flip: Flip) -> str:
    """A condition with its number before and after."""
    text = plain(flip.text or flip.text_before)
    if flip.causes and flip.causes[0].kind is Kind.TEXT:
        if not flip.text:
            return f"{text} is no longer asked; the value is {_value(flip, flip.value_after)}"
        if not flip.text_before:
            return f"{text} is asked now; the value is {_value(flip, flip.value_after)}"
        before = plain(flip.text_before)
        return f"{text}, before: {before}; the value is {_value(flip, flip.value_after)}"
    if not flip.left_text:
        return f"{text}: {STANDINGS[flip.before]} → {STANDINGS[flip.after]}"
    words = f"{text}: {_between(flip, flip.value_before, flip.value_after)}"
    if flip.limit_before != flip.limit_after:
        words += f" against {_between(flip, flip.limit_before, flip.limit_after)}"
    return words


def values_of(flip: Flip) -> tuple[str, str]:
    """The number of a condition before and after; where it has none, what the condition said."""
    if not flip.left_text:
        was, now = (STANDINGS[each].partition(" its ")[0] for each in (flip.before, flip.after))
        return was, now
    before, _, after = _between(flip, flip.value_before, flip.value_after).partition(" → ")
    return before, after


def moved_words(cause: Cause) -> str:
    """The kind of a cause with its day, in two or three words."""
    word = _SHORT_WORDS.get(cause.kind, str(cause.kind))
    known = cause.known_at or (cause.after_date if cause.kind is Kind.PRICE else None)
    return f"{word} {day(known)}" if known else word


def _between(flip: Flip, before: object, after: object) -> str:
    """Two values, with more digits where they would read the same."""
    was, now = _value(flip, before), _value(flip, after)
    if was == now and isinstance(before, float) and isinstance(after, float) and before != after:
        was, now = (f"{value:.6g}" for value in (before, after))
        if was == now:
            was, now = (repr(value) for value in (before, after))
    return f"{was} → {now}"


def cause_words(cause: Cause, flip: Flip) -> str:
    """What moved it, in a few words."""
    words = _cause_words(cause)
    if len(flip.causes) > 1 and cause.alone is not None and flip.left_text:
        words += f" (alone it gives {_value(flip, cause.alone)})"
    return words


def _cause_words(c: Cause) -> str:
    if c.kind in _REPORTED:
        return _report_words(c)
    before, after = _figure(c, c.before), _figure(c, c.after)
    match c.kind:
        case Kind.ESTIMATE | Kind.PRICE:
            then, now = day(c.before_date), day(c.after_date)
            return f"{c.kind}: {plain(c.what)} {before} ({then}) → {after} ({now})"
        case Kind.MEMBERSHIP:
            return f"membership: {plain(c.what)} {before} → {after}"
        case Kind.PEERS:
            figures = (
                f"{plain(c.what)} {before} → {after}" if c.what else "other companies' figures"
            )
            return f"peers: {figures}"
        case Kind.FORMULA:
            return f"formula: Kasauti {plain(c.after)} computes it otherwise than {plain(c.before)}"
        case Kind.CALENDAR:
            return f"time: {day(c.before_date)} → {day(c.after_date)}, nothing else"
        case Kind.LISTED:
            return f"new in the market by {day(c.after_date)}"
        case Kind.GONE:
            return f"no longer in the market by {day(c.after_date)}"
    return _OTHER_WORDS.get(c.kind, "no single group of inputs explains it")


_REPORTED: Final = (Kind.FILING, Kind.RESTATEMENT, Kind.LATE, Kind.SNAPSHOT)
_SHORT_WORDS: Final = {
    Kind.FILING: "new filing",
    Kind.LISTED: "newly listed",
    Kind.GONE: "gone",
    Kind.TEXT: "the screen's text",
    Kind.CALENDAR: "time",
}
_OTHER_WORDS: Final = {Kind.TEXT: "threshold: the screen's own text"}


def _report_words(c: Cause) -> str:
    """A figure of a report: its period, the figure, and when it was known."""
    if not c.what:
        return f"{c.kind}: of figures gathered since"
    before, after = _figure(c, c.before), _figure(c, c.after)
    figure = after if c.before is None else f"{before} → {after}"
    more = f", and {c.also:,} more" if c.also else ""
    match c.kind:
        case Kind.FILING:
            return f"new filing: {_period(c)}, {plain(c.what)} {after}{more}; known {_known(c)}"
        case Kind.SNAPSHOT:
            return f"as its source shows it today: {plain(c.what)} {figure}{more}"
    return f"{c.kind}: {plain(c.what)}, {_period(c)}: {figure}{more}; known {_known(c)}"


def _figure(c: Cause, value: object) -> str:
    return plain(quantity(value, c.unit)) if value not in (None, "") else UNKNOWN


def _value(flip: Flip, value: object) -> str:
    return UNKNOWN if value is None else plain(quantity(value, flip.unit))


def _period(c: Cause) -> str:
    return f"{_PERIODS.get(c.period, c.period)} {period(c.period_end)}"


def _known(c: Cause) -> str:
    return f"{day(c.known_at)}{_BASES.get(c.known_basis, '')}"


def changes_json(changed: Changes, market: Market) -> str:
    """The same as JSON, with nothing rounded."""
    document = {
        "market": market.label,
        "fictional": market.is_demo,
        "changed": bool(changed),
        **dataclasses.asdict(changed),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=_json_value)


def _json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


# --- the digest ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Digest:
    """What a digest is written from: the state in a sentence, the changes, the new reports."""

    label: str
    sentence: str
    since: dt.date
    changes: Sequence[Changes]
    filings: Sequence[Filing]
    skipped: Sequence[str] = ()  # screens that could not be compared, with the reason


def digest_text(digest: Digest) -> str:
    """A Markdown page; no outside text in it is taken for markup."""
    lines = [
        f"# Kasauti · {escaped(digest.label)}",
        "",
        f"**{escaped(digest.sentence)}**",
        "",
        f"Changes since {day(digest.since)}. A description, not advice.",
    ]
    still = [c for c in digest.changes if not c]
    for changed in digest.changes:
        if changed:
            lines += ["", *_digest_table(changed)]
    if still:
        names = "; ".join(f"{escaped(c.title)} ({c.after.members:,})" for c in still)
        lines += ["", "## Unchanged", "", f"{names}."]
    if digest.skipped:
        lines += ["", "## Not compared", "", *(f"- {escaped(text)}" for text in digest.skipped)]
    if digest.filings:
        lines += ["", "## Reports of members since", "", *_filing_lines(digest.filings)]
    return "\n".join(lines) + "\n"


def _digest_table(changed: Changes) -> Iterator[str]:
    yield f"## {escaped(summary(changed))}"
    yield ""
    yield "| | company | what changed | moved by |"
    yield "|---|---|---|---|"
    for word, items in (
        ("entered", changed.entered), ("left", changed.left), ("data", changed.moved)
    ):  # fmt: skip
        for one in items:
            name = f"**{escaped(one.symbol)}** {escaped(plain(one.name, 40))}"
            for at, flip in enumerate(one.flips):
                what = flip_words(flip) if flip.text or flip.text_before else ""
                moved = "; ".join(cause_words(c, flip) for c in flip.causes)
                who = f"{word} | {name}" if at == 0 else " | "
                yield f"| {who} | {escaped(what)} | {escaped(moved)} |"


def _filing_lines(filings: Iterable[Filing]) -> Iterator[str]:
    by_report: dict[tuple[dt.date, str, dt.date], list[str]] = {}
    for one in filings:
        by_report.setdefault((one.known_at, one.kind, one.period_end), []).append(one.symbol)
    for (known, kind, end), symbols in by_report.items():
        names = ", ".join(escaped(symbol) for symbol in symbols)
        yield f"- {day(known)}, {_PERIODS[kind]} {period(end)}: {names}"


def escaped(text: str) -> str:
    """Outside text for Markdown: one line, and nothing in it is markup, a link or a mention."""
    return _MARKUP.sub(r"\\\g<0>", plain(text))
