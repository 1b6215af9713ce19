"""Every truth case that is at hand, asked of the fields.

The folders are those of KASAUTI_TRUTH, one after another with the system's path separator.
`python -m tests.truth` prints each case that does not agree, and how many do.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.truth import adapter

DEFAULT = str(ROOT / ".." / "shared" / "truth")
NO_MEASURE = "no such measure"


def folders() -> list[str]:
    given = os.environ.get("KASAUTI_TRUTH") or DEFAULT
    return [folder for folder in given.split(os.pathsep) if folder]


def cases() -> Iterator[Mapping[str, Any]]:
    for folder in folders():
        for path in sorted(Path(folder).rglob("*.json")):
            yield from json.loads(path.read_text(encoding="utf-8"))


def verdict(case: Mapping[str, Any]) -> str:
    """passed, failed or no such measure; a case whose source is wrong passes where we differ."""
    try:
        found = adapter.answer(case)
    except adapter.NoSuchMeasureError:
        return NO_MEASURE
    except Exception as err:
        return f"failed: {err!r}"
    agrees = _agrees(found, case)
    return "passed" if agrees != (case["kind"] == "source_wrong") else f"failed: {found!r}"


def _agrees(found: Any, case: Mapping[str, Any]) -> bool:
    expected = case["expected"]
    if expected is None or found is None:
        return found is expected
    if isinstance(expected, bool):
        return bool(found) is expected
    if isinstance(expected, str):
        return bool(str(found) == expected)
    size = abs(expected) if str(case.get("tolerance_kind", "abs")).startswith("rel") else 1.0
    slack = (case.get("tolerance") or 0.0) * size + 1e-12 * abs(expected)
    return bool(abs(found - expected) <= slack)


def line(outcomes: list[str]) -> str:
    """How many cases there are, and what became of them."""
    counts = Counter(outcome.partition(":")[0] for outcome in outcomes)
    return (
        f"{len(outcomes)} cases: {counts['passed']} passed, {counts['failed']} failed, "
        f"{counts[NO_MEASURE]} {NO_MEASURE}"
    )


CASES = list(cases())


@pytest.mark.skipif(not CASES, reason="no truth cases here")
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case, record_property):
    outcome = verdict(case)
    record_property("truth", outcome)
    if outcome == NO_MEASURE:
        pytest.skip(outcome)
    assert outcome == "passed", case


@pytest.mark.skipif(not CASES, reason="no truth cases here")
def test_every_function_has_a_measure():
    functions = {case["function"] for case in CASES}
    assert functions <= {*adapter.MEASURES, *adapter.BY_MEASURE}
