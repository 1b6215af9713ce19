"""A replay in words: a line a period, what it comes to, and what it can and cannot show."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from tui.format import UNKNOWN, plain

if TYPE_CHECKING:
    from screener.replay import Line, Replay, Turn

WIDTH: Final = 80
_MANY: Final = 36  # periods shown one by one; longer replays show the last of them
_EVERY: Final = {"month": "monthly", "quarter": "quarterly", "year": "yearly"}
_HEAD: Final = "date        held  bought   screen universe    index   ahead  <-30%  rose"
MEMBER_COLUMNS: Final = (
    "date", "symbol", "isin", "name", "size_class", "state", "return", "stopped"
)  # fmt: skip

EVIDENCE: Final = (
    (
        "One past, seen once: a different start, step or threshold may say something else, and a "
        "screen shaped on these years will look good in them."
    ),
    (
        "Figures without a recorded broadcast time count from the end of the time the rules allow. "
        "A value that was restated before it was first gathered is the restated one."
    ),
    (
        "Companies that were gone before the first gathering are in no list and cannot be in here: "
        "where that is so, results are too good."
    ),
    (
        "Prices are closes without dividends, taxes or the effect of one's own orders; drawdown is "
        "measured from date to date. It says nothing about what comes next."
    ),
)


def replay_text(found: Replay) -> str:
    """The replay as text of at most 80 columns."""
    blocks = [
        [
            *textwrap.wrap(f"{plain(found.title)}, replayed {_EVERY[found.every]}", WIDTH),
            _span(found),
        ],
        _turn_lines(found),
        line_lines(found),
        _wrapped("Names", name_facts(found)),
        _wrapped("Read it with care", EVIDENCE),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _title(found: Replay) -> str:
    return f"{plain(found.title)}, replayed {_EVERY[found.every]}"


def _span(found: Replay) -> str:
    cost = f"{found.cost:g} % of what is traded" if found.cost else "none"
    return "\n".join(
        textwrap.wrap(
            f"{plain(found.market)} · {found.start} to {found.end} · {len(found.turns)} periods · "
            f"costs: {cost} · index: {plain(found.index) or 'none on file'}",
            WIDTH,
        )
    )


def _turn_lines(found: Replay) -> list[str]:
    shown = found.turns[-_MANY:]
    lines = [_HEAD, *(_turn_line(turn) for turn in shown)]
    hidden = len(found.turns) - len(shown)
    if hidden:
        lines.append(f"({hidden} earlier periods: --json or --csv has them all)")
    return lines


def _turn_line(turn: Turn) -> str:
    ahead = None if turn.universe is None or not turn.held else turn.net - turn.universe
    deep = turn.deep_losses / turn.held if turn.held else None
    rose = turn.gains / turn.held if turn.held else None
    return (
        f"{turn.date}  {turn.held:>4}  {_pct(turn.turnover, 0, sign=False):>6}  "
        f"{_pct(turn.net if turn.held else None):>7}  {_pct(turn.universe):>7}  "
        f"{_pct(turn.index):>7} {_pct(ahead):>7}  {_pct(deep, 0, sign=False):>5} "
        f"{_pct(rose, 0, sign=False):>5}"
    )


def line_lines(found: Replay) -> list[str]:
    """The screen, its universe and the index as a table of lines."""
    lines = [f"{'':22}{'in all':>10}{'a year':>10}{'drawdown':>10}{'worst period':>14}"]
    for name, line in (
        ("the screen, after costs", found.strategy),
        ("its universe, equal", found.universe),
        (plain(found.index, 22), found.benchmark),
    ):
        if line is not None:
            lines.append(_line_text(name, line))
    return lines


def _line_text(name: str, line: Line) -> str:
    return (
        f"{name[:23]:23}{_pct(line.total):>9}{_pct(line.yearly):>10}"
        f"{_pct(line.drawdown):>10}{_pct(line.worst):>14}"
    )


def name_facts(found: Replay) -> list[str]:
    """What became of the names held, a sentence each."""
    ahead, periods = found.ahead
    empty = sum(not turn.held for turn in found.turns)
    unknown = sum(turn.unknown for turn in found.turns)
    stopped = sum(turn.stopped for turn in found.turns)
    out = found.left_out
    facts = [
        f"Names held, over all periods: {found.names:,}; on the last date {found.now:,} pass.",
        (
            f"Fell more than 30 % in their period: {_pct(found.deep_share, 1, sign=False)} of "
            f"names (universe {_pct(found.universe_deep_share, 1, sign=False)}). "
            f"Rose: {_pct(found.hit_rate, 0, sign=False)} "
            f"(universe {_pct(found.universe_hit_rate, 0, sign=False)})."
        ),
        (
            f"Ahead of its universe in {ahead} of {periods} periods; "
            f"bought anew at a date, on average: {_pct(found.mean_turnover, 0, sign=False)}."
        ),
        "Passes left out: "
        + ("; ".join(f"{count:,} for {reason}" for reason, count in out.items()) or "none")
        + f". Not judged for lack of data, and not held: {unknown:,} (company-dates).",
        f"Stopped trading while held and kept at their last price: {stopped:,}.",
    ]
    if empty:
        facts.append(
            f"In {empty} period{'' if empty == 1 else 's'} nothing passed; the money lay idle."
        )
    blind = [turn for turn in found.turns if turn.unknown and not turn.members]
    if blind:
        most = max(blind, key=lambda turn: turn.unknown)
        facts.append(
            f"In {len(blind)} of them companies could not be judged for lack of data, at most "
            f"{most.unknown:,}, on {most.date.isoformat()}: the funnel of that day "
            f"(--as-of {most.date.isoformat()}) shows which condition lacks it."
        )
    return facts


def _wrapped(title: str, sentences: tuple[str, ...] | list[str]) -> list[str]:
    lines = [title]
    for sentence in sentences:
        unbroken = sentence.replace(" %", "\N{NO-BREAK SPACE}%")
        wrapped = textwrap.wrap(unbroken, WIDTH, initial_indent="- ", subsequent_indent="  ")
        lines += [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped]
    return lines


def _pct(value: float | None, decimals: int = 1, *, sign: bool = True) -> str:
    if value is None:
        return UNKNOWN
    text = f"{100 * value:{'+' if sign else ''}.{decimals}f}"
    return f"{text.replace('-', '−')} %"


def replay_json(found: Replay) -> str:
    """The replay as JSON; returns and shares are fractions, cost is percent."""
    data = {
        "title": found.title,
        "query": found.query,
        "market": found.market,
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "every": found.every,
        "cost_percent": found.cost,
        "index": found.index or None,
        "strategy": asdict(found.strategy),
        "universe": asdict(found.universe) if found.universe else None,
        "benchmark": asdict(found.benchmark) if found.benchmark else None,
        "names": found.names,
        "deep_loss_share": found.deep_share,
        "universe_deep_loss_share": found.universe_deep_share,
        "hit_rate": found.hit_rate,
        "universe_hit_rate": found.universe_hit_rate,
        "mean_turnover": found.mean_turnover,
        "left_out": found.left_out,
        "passes_on_last_date": found.now,
        "limits": list(EVIDENCE),
        "turns": [asdict(turn) for turn in found.turns],
        "members": found.members.select(MEMBER_COLUMNS).to_dicts(),
    }
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False, default=str)


def replay_csv(found: Replay) -> str:
    """The members, a row a name and date, led by a line that says what they are of."""
    from screener.export import Table, csv_text

    span = f"{found.start} to {found.end}, {_EVERY[found.every]}"
    caption = f"Kasauti replay · {found.title} · {found.market} · {span}"
    return csv_text(Table(found.members.select(MEMBER_COLUMNS), caption))
