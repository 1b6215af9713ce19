"""Move the number of a condition in steps, and see which companies come and go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

COMPARISONS: Final = frozenset(("<", "<=", ">", ">=", "=", "!="))
_ARITHMETIC: Final = frozenset(("+", "-", "*", "/"))
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
_SHARE: Final = 0.04  # a step is about so much of the number
_MOST_DECIMALS: Final = 6


@dataclass(frozen=True)
class Threshold:
    """A number that a condition compares with, and where it stands in the query."""

    start: int
    end: int
    value: float
    text: str


@dataclass(frozen=True)
class Sweep:
    """A number being moved: the query before, which number, its step, who passed at first."""

    before: str
    number: int
    first: float
    step: float
    passed: frozenset[str]

    def moved(self, query: str, steps: int) -> str:
        """The query with the number so many steps further, on the round values of the step."""
        found = thresholds(query)
        if self.number >= len(found):
            return query
        here = found[self.number]
        place = here.value / self.step
        on_grid = math.isclose(place, round(place), abs_tol=1e-6)
        base = round(place) if on_grid else math.floor(place) if steps > 0 else math.ceil(place)
        text = _written((base + steps) * self.step, self.step)
        return query[: here.start] + text + query[here.end :]


@dataclass(frozen=True)
class Moved:
    """What a sweep has done so far: the numbers, and the symbols that came and went."""

    first: str
    now: str
    entered: tuple[str, ...]
    left: tuple[str, ...]


def begun(query: str, number: int, passed: frozenset[str]) -> Sweep | None:
    """A sweep of the threshold of that number in the query; None where there is none."""
    found = thresholds(query)
    if not 0 <= number < len(found):
        return None
    return Sweep(query, number, found[number].value, step_of(found[number].value), passed)


def thresholds(query: str) -> list[Threshold]:
    """The numbers of a query that something is compared with, in order.

    Numbers that are part of a calculation, a period or a name are none.
    """
    from screener.language.diagnosis import Report
    from screener.language.tokens import NUMBER, SIGN, Token, tokenise

    tokens = tokenise(query, Report(query))
    nothing = Token(SIGN, "", "", 0, 0)
    around = [nothing, nothing, *tokens, nothing]
    between = False
    found: list[Threshold] = []
    for index, (before, token) in enumerate(pairwise(around)):
        if token.key == "between":
            between = True
        if token.kind != NUMBER:
            continue
        start, sign, earlier = token.start, 1, before
        if before.key == "-" and before.kind == SIGN:
            start, sign, earlier = before.start, -1, around[index - 1]
        following = around[index + 2]
        compared = earlier.key in COMPARISONS or following.key in COMPARISONS
        ranged = between and earlier.key in ("between", "and")
        if ranged and earlier.key == "and":
            between = False
        if (compared or ranged) and following.key not in _ARITHMETIC:
            text = query[start : token.end]
            found.append(Threshold(start, token.end, sign * float(token.key), text))
    return found


def step_of(value: float) -> float:
    """A round step for a number: about a twenty-fifth of it, 1, 2 or 5 times a power of ten."""
    if value == 0:
        return 1.0
    share = abs(value) * _SHARE
    power = 10.0 ** math.floor(math.log10(share))
    return next(s for s in _STEPS if s * power >= share * (1 - 1e-9)) * power


def condition_of(spans: Sequence[tuple[int, int]], threshold: Threshold) -> int | None:
    """Which of the conditions at these places holds the threshold."""
    for index, (start, end) in enumerate(spans):
        if start <= threshold.start and threshold.end <= end:
            return index
    return None


def _written(value: float, step: float) -> str:
    decimals = max(0, min(_MOST_DECIMALS, -math.floor(math.log10(step) + 1e-9)))
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return text.removeprefix("-") if float(text) == 0 else text
