"""docs/evidence.md: the figures of the study put into the words of evidence.template.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import TextWrapper
from typing import Final

import numpy as np

from screener.fields.catalogue import by_key
from study import findings as limits
from study import later
from study.findings import PARTS, QUARTERS, SECTOR_LIMIT, Findings
from study.later import BAD_FALL, LARGEST, Tenth

WIDTH: Final = 100
QUIET: Final = 5.0  # percent of bad falls below which there is little to tell apart


def page(found: Findings) -> str:
    """The whole page."""
    template = Path(__file__).with_name("evidence.template.md").read_text(encoding="utf-8")
    return wrapped(template.format(**_tables(found), **_figures(found)))


def wrapped(text: str) -> str:
    """The text with its paragraphs and list items in lines of one length; tables as they are."""
    return "\n\n".join(map(_wrapped_block, text.split("\n\n")))


def _wrapped_block(block: str) -> str:
    if block.lstrip("\n").startswith(("|", "#")):
        return block
    items = ["- " + item for item in f"\n{block}".split("\n- ")[1:]] or [block]
    ends = "\n" if block.endswith("\n") else ""
    return "\n".join(_wrapped_item(item) for item in items) + ends


def _wrapped_item(item: str) -> str:
    indent = "  " if item.startswith("- ") else ""
    return TextWrapper(
        WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ).fill(" ".join(item.split()))


def _figures(found: Findings) -> dict[str, object]:
    pooled = later.pooled(found.years)
    low_bad, high_bad = _fifths(pooled)
    return {
        "companies": found.companies,
        "scored": found.scored,
        "coverage": found.coverage,
        "tests": len(found.verdicts),
        "met": sum(verdict.met for verdict in found.verdicts),
        "ended": sum(year.ended for year in found.years),
        "years": len(found.years),
        "unknown": ", ".join(by_key()[name].name for name in found.unknown),
        "largest": LARGEST,
        "fall": -BAD_FALL,
        "low_bad": low_bad,
        "high_bad": high_bad,
        "low_mean": pooled[0].mean,
        "high_mean": pooled[-1].mean,
        "quiet": sum(max(t.bad for t in year.tenths) < QUIET for year in found.years),
        "auc_limit": limits.AUC_LIMIT,
        "gap_limit": limits.GAP_LIMIT,
        "kept_limit": 100 * limits.OVERLAP_LIMIT,
        "gap_times": limits.GAP_TIMES,
        "weight_times": limits.WEIGHT_TIMES,
        "placebo_times": limits.PLACEBO_TIMES,
        "size": found.size[0],
        "size_ranks": found.size[1],
        "small_size": found.size_of_small[0],
        "small_ranks": found.size_of_small[1],
        "size_parts": ", ".join(f"{_name(p).lower()} {found.size_of_parts[p]:.2f}" for p in PARTS),
        "gated": 100 * found.gated,
        "tilted": sum(tilt.times > SECTOR_LIMIT for tilt in found.sectors),
        "sectors": len(found.sectors),
        "sector_limit": SECTOR_LIMIT,
        "by_lot": found.sectors_by_lot,
        "apart_low": found.apart[0],
        "apart_high": found.apart[1],
        "draws": limits.LOT_TIMES,
        "late": " and ".join(by_key()[name].name for name in found.late) or "no inputs",
        "turnover_same": 100 * np.mean(found.turnover_of_same),
        "turnover": 100 * np.mean(found.turnover),
        "placebo": np.mean(found.placebo),
        "placebo_low": np.quantile(found.placebo, 0.05),
        "placebo_high": np.quantile(found.placebo, 0.95),
        "turnover_parts": ", ".join(
            f"{_name(p).lower()} {_percent(found.turnover_of_parts[p])}" for p in PARTS
        ),
    }


def _tables(found: Findings) -> dict[str, str]:
    return {
        "verdicts": _table(
            ("test", "limit", "found", ""),
            ((v.test, v.limit, v.found, "met" if v.met else "**missed**") for v in found.verdicts),
        ),
        "year_table": _year_table(found),
        "tenth_table": _tenth_table(later.pooled(found.years)),
        "part_table": _part_table(found),
        "quality_table": _quality_table(found),
        "stability_table": _stability_table(found),
        "sector_table": _sector_table(found),
        "turnover_table": _table(
            ("by", "new"),
            (
                (f"{day:%d %b %Y}", _percent(share))
                for day, share in zip(QUARTERS[1:], found.turnover, strict=True)
            ),
        ),
    }


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _year_table(found: Findings) -> str:
    return _table(
        ("start", "companies", "known", *(f"{n}" for n in range(1, 11)), "tail", "return"),
        (
            (
                f"{year.start:%d %b %Y}",
                f"{year.companies:,}",
                f"{year.coverage:.0f} %",
                *(f"{row.bad:.0f}" for row in year.tenths),
                f"{year.tail:.3f}",
                f"{year.returns:.2f}",
            )
            for year in found.years
        ),
    )


def _tenth_table(tenths: Sequence[Tenth]) -> str:
    return _table(
        ("tenth", "companies", "median return", "mean return", "bad falls"),
        (
            (
                f"{t.number}",
                f"{t.companies:,}",
                f"{t.median:.1f} %",
                f"{t.mean:.1f} %",
                f"{t.bad:.1f} %",
            )
            for t in tenths
        ),
    )


def _part_table(found: Findings) -> str:
    rows = []
    for part in PARTS:
        years = found.part_years[part]
        pooled = later.pooled(years)
        low, high = _fifths(pooled)
        tail, returns = later.tail_correlation(pooled), np.mean([y.returns for y in years])
        rows.append((_name(part), f"{low:.1f} %", f"{high:.1f} %", f"{tail:.2f}", f"{returns:.2f}"))
    return _table(
        ("part", "bad falls, lowest fifth", "highest fifth", "tail", "return, mean of years"), rows
    )


def _quality_table(found: Findings) -> str:
    return _table(
        ("day", "fifth", "score", *map(_name, PARTS), "score without the shared inputs"),
        (
            (
                f"{q.day:%d %b %Y}",
                f"{q.members} of {q.companies}",
                f"{q.auc:.2f}",
                *(f"{q.parts[part]:.2f}" for part in PARTS),
                f"{q.unshared:.2f}",
            )
            for q in found.quality
        ),
    )


def _stability_table(found: Findings) -> str:
    gaps = [
        (
            f"{percent} % of the inputs missing",
            "rank correlation with the whole score",
            f"{np.mean(values):.3f}",
            f"{min(values):.3f}",
        )
        for percent, values in found.gaps.items()
    ]
    weights = [
        (
            f"{name} changed by up to a half",
            "top 100 kept",
            _percent(float(np.mean(values))),
            _percent(min(values)),
        )
        for name, values in found.overlaps.items()
    ]
    return _table(("what", "measured by", "mean", "worst"), [*gaps, *weights])


def _sector_table(found: Findings) -> str:
    return _table(
        ("sector", "companies", "of all", "of the top 100"),
        (
            (
                tilt.sector.title(),
                f"{tilt.companies}",
                f"{tilt.universe:.1f} %",
                f"{tilt.top:.0f} %",
            )
            for tilt in found.sectors
            if tilt.times > SECTOR_LIMIT
        ),
    )


def _fifths(tenths: Sequence[Tenth]) -> tuple[float, float]:
    """Share of bad falls in the lowest and the highest fifth."""
    low, high = (float(np.mean([t.bad for t in part])) for part in (tenths[:2], tenths[-2:]))
    return low, high


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _name(part: str) -> str:
    return by_key()[part].name.removesuffix(" score")
