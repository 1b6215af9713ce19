"""Whether a site's pages still carry the rows they should, told by name over the pages of a run.

A row that one page lacks may be that company's; a row that half of the pages lack was renamed or
dropped by the site. Then nothing is known of that row, and the pages that lack it must not pass for
companies without the figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scrapers.screener_in import ROWS, CompanyPage

LEAST_PAGES: Final = 5  # with which a row is judged
LEAST_SHARE: Final = 0.5  # of them without it: the layout has changed

_RESULTS: Final = (
    "sales", "expenses", "operating_profit", "other_income", "interest", "depreciation", "pbt",
    "tax_rate", "net_profit", "eps",
)  # fmt: skip
#: Rows that every company's page carries, also where their cells are blank.
EXPECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "quarters": _RESULTS,
    "profit-loss": (*_RESULTS, "dividend_payout"),
    "balance-sheet": (
        "equity_capital", "reserves", "borrowings", "other_liabilities", "total_liabilities",
        "fixed_assets", "cwip", "investments", "other_assets", "total_assets",
    ),
    "cash-flow": ("cfo", "cfi", "cff", "net_cash_flow"),
    "shareholding": ("public", "shareholders"),
}  # fmt: skip
#: Of companies that do not lend.
_EXPECTED_OF_CORPORATES: Final = ("debtor_days", "working_capital_days", "roce_printed")

Row = tuple[str, str]  # section, line


@dataclass(frozen=True)
class Drift:
    """A row that the site no longer shows as it did. `instead`: unknown rows found in its place."""

    source: str
    section: str
    line: str
    missing: int
    pages: int
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        label = next(label for label, line in ROWS[self.section].items() if line == self.line)
        new = f"; new rows there: {', '.join(map(repr, self.instead))}" if self.instead else ""
        return (
            f"{self.source}: {self.section} row {label!r} not found on {self.missing:,} of "
            f"{self.pages:,} pages{new}"
        )


def missing_rows(page: CompanyPage) -> set[Row]:
    """The rows a page should carry and does not; a table without columns lacks none."""
    expected = [(section, line) for section, lines in EXPECTED.items() for line in lines]
    if not page.lends:
        expected += [("ratios", line) for line in _EXPECTED_OF_CORPORATES]
    return {
        (section, line)
        for section, line in expected
        if section in page.statements
        and page.statements[section].periods
        and line not in page.statements[section].lines
    }


class LayoutWatch:
    """Counts the rows that pages of one source lack."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._pages: Counter[str] = Counter()  # by section
        self._missing: Counter[Row] = Counter()
        self._unknown: Counter[Row] = Counter()
        self._lacking: dict[str, set[Row]] = {}

    def see(self, key: str, page: CompanyPage) -> None:
        """Take in a page; the key is its company's."""
        lacking = missing_rows(page)
        if lacking:
            self._lacking[key] = lacking
        self._pages.update(s for s, statement in page.statements.items() if statement.periods)
        self._missing.update(lacking)
        self._unknown.update(_unknown_rows(page))

    def drifts(self) -> list[Drift]:
        """The rows that so many pages lack that the layout must have changed."""
        found = []
        for (section, line), missing in sorted(self._missing.items()):
            pages = self._pages[section]
            if pages >= LEAST_PAGES and missing >= LEAST_SHARE * pages:
                often = [
                    name
                    for (where, name), count in self._unknown.items()
                    if where == section and count >= LEAST_SHARE * missing
                ]
                found.append(Drift(self._source, section, line, missing, pages, tuple(often)))
        return found

    def drifted_keys(self) -> set[str]:
        """The companies whose page lacks a row that drifted."""
        drifted = {(drift.section, drift.line) for drift in self.drifts()}
        return {key for key, lacking in self._lacking.items() if lacking & drifted}


def _unknown_rows(page: CompanyPage) -> list[Row]:
    rows = (row.partition(": ") for row in page.unknown_rows)
    return [(section, name) for section, _, name in rows]
