"""Processor time of an action, for scripts that set ours beside a peer in one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def median_ms(action: Callable[[], object], times: int) -> float:
    """The median processor milliseconds, all threads together, after one unmeasured go."""
    action()
    spent = []
    for _ in range(times):
        start = time.process_time()
        action()
        spent.append(time.process_time() - start)
    return 1000 * statistics.median(spent)


def table(title: str, found: dict[str, float], ours: str) -> None:
    """Print each time and how many times ours it is."""
    print(title)
    for name, ms in found.items():
        print(f"{ms:>12,.1f} ms{ms / found[ours]:>8.1f} ×  {name}")
