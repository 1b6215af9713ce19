"""Every truth case that is at hand, asked of the fields.

The folders are those of KASAUTI_TRUTH, one after another with the system's path separator.
`python -m tests.truth.test_truth` prints each case that does not agree.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.truth import adapter

DEFAULT = str(ROOT / ".." / "shared" / "truth")
FOLDERS = (os.environ.get("KASAUTI_TRUTH") or DEFAULT).split(os.pathsep)


def cases() -> Iterator[Mapping[str, Any]]:
    for folder in FOLDERS:
        for path in sorted(Path(folder).glob("*.json")):
            yield from json.loads(path.read_text(encoding="utf-8"))


def verdict(case: Mapping[str, Any]) -> str:
    """passed, failed or no such measure; a case whose source is wrong passes where we differ."""
    try:
        found = adapter.answer(case)
    except KeyError as err:
        if case["function"] in adapter.MEASURES:
            raise AssertionError(f"{case['id']}: input {err} is missing") from err
        return "no such measure"
    agrees = _agrees(found, case)
    return "passed" if agrees != (case["kind"] == "source_wrong") else f"failed: {found!r}"


def _agrees(found: Any, case: Mapping[str, Any]) -> bool:
    expected = case["expected"]
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        return found is expected or found == expected
    return found is not None and abs(found - expected) <= case["tolerance"] + 1e-12 * abs(expected)


CASES = list(cases())


@pytest.mark.skipif(not CASES, reason="no truth cases here")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case):
    outcome = verdict(case)
    if outcome == "no such measure":
        pytest.skip(outcome)
    assert outcome == "passed", case


@pytest.mark.skipif(not CASES, reason="no truth cases here")
def test_most_functions_have_a_measure():
    functions = {case["function"] for case in CASES}
    known = functions & {*adapter.MEASURES, "div"}
    assert len(known) >= 0.7 * len(functions), sorted(functions - known)


def main() -> int:
    outcomes = [(case, verdict(case)) for case in CASES]
    for case, outcome in outcomes:
        if outcome != "passed":
            print(f"{case['id']} ({case['function']}): {outcome}, expected {case['expected']}")
    passed = sum(outcome == "passed" for _, outcome in outcomes)
    missing = sum(outcome == "no such measure" for _, outcome in outcomes)
    failed = len(outcomes) - passed - missing
    print(f"{len(outcomes)} cases: {passed} passed, {failed} failed, {missing} no such measure")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
