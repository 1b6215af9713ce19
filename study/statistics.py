"""The few statistics the study needs, each of plain columns of numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the middle of theirs."""
    order = np.argsort(values, kind="stable")
    _, inverse, counts = np.unique(values[order], return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    out = np.empty(len(values))
    out[order] = (ends - (counts - 1) / 2)[inverse]
    return out


def spearman(a: Floats, b: Floats) -> float:
    """Rank correlation of two columns, over the rows where both are known; NaN if there is none."""
    known = ~(np.isnan(a) | np.isnan(b))
    return pearson(ranks(a[known]), ranks(b[known]))


def pearson(a: Floats, b: Floats) -> float:
    """Correlation of two columns; NaN where one of them does not vary."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def auc(score: Floats, member: npt.NDArray[np.bool_]) -> float:
    """How often a member scores above one that is not, ties as a half; unknown scores left out."""
    known = ~np.isnan(score)
    score, member = score[known], member[known]
    inside, outside = int(member.sum()), int((~member).sum())
    if not inside or not outside:
        return float("nan")
    above = ranks(score)[member].sum() - inside * (inside + 1) / 2
    return float(above / (inside * outside))


def tenths(score: Floats, groups: int = 10) -> npt.NDArray[np.int64]:
    """The group of each score, 1 the lowest, all as equal in number as can be."""
    order = np.argsort(score, kind="stable")
    group = np.empty(len(score), dtype=np.int64)
    group[order] = np.arange(len(score)) * groups // max(len(score), 1) + 1
    return group


def overlap(one: set[str], other: set[str]) -> float:
    """The share of one list that is in the other."""
    return len(one & other) / len(one) if one else float("nan")
