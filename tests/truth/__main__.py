"""Asks every truth case and says which do not agree: `python -m tests.truth`."""

from __future__ import annotations

import sys

from tests.truth.test_truth import CASES, line, verdict


def main() -> int:
    outcomes = [verdict(case) for case in CASES]
    for case, outcome in zip(CASES, outcomes, strict=True):
        if outcome != "passed":
            print(f"{case['id']} ({case['function']}): {outcome}, expected {case['expected']}")
    print(line(outcomes))
    return 1 if any(outcome.startswith("failed") for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
