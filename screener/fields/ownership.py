"""Who owns the company, what they have pledged, and how that changes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial, reduce
from typing import Final

import polars as pl

from screener.fields import terms
from screener.fields.base import At, Family, Field, History, Measure, Reason, Unit
from screener.fields.growth import compound
from screener.fields.levels import unsourced
from screener.fields.terms import months_between, percent
from screener.market.slots import YEARS

RED_OF_PROMOTERS: Final = 50.0  # percent; the exchange regulator's trigger for disclosure
RED_OF_CAPITAL: Final = 20.0
AMBER_OF_PROMOTERS: Final = 5.0

OWNERS: Final = ("promoters", "fiis", "diis", "government", "public", "others")
ROUNDING: Final = 0.5  # percent points by which the owners of a pattern may miss 100

_SOURCE: Final = "shareholding patterns"


def holding(line: str, at: At) -> Measure:
    """A line of the latest shareholding pattern."""
    return at.holding(line)


def owned(line: str, at: At, back: int = 0) -> Measure:
    """What a kind of owner holds; 0 where it is not listed and the others hold all there is.

    A company without promoters, or without the state among its owners, files no line for them.
    """
    own = at.holding(line, back)
    told = pl.sum_horizontal(at.holding(owner, back).value for owner in OWNERS)
    nothing_left = (told - 100).abs() <= ROUNDING
    return own.otherwise(Measure(pl.when(nothing_left).then(0.0)))


def change(line: str, quarters: int, at: At) -> Measure:
    """Change of a holding over so many quarters, in percent points."""
    return owned(line, at) - owned(line, at, quarters)


def earlier(line: str, quarters: int, at: At) -> Measure:
    """A line of the shareholding pattern so many quarters before."""
    return at.holding(line, quarters)


def growth(line: str, quarters: int, at: At) -> Measure:
    """Change of a number over so many quarters, in percent."""
    return percent(at.holding(line) / at.holding(line, quarters) - 1)


def pledged(at: At) -> Measure:
    """Pledged share of the promoters' holding, in percent; of the latest pattern that states it."""
    return at.holding("pledged").otherwise(at.holding("pledged", 1))


def pledged_of_capital(at: At) -> Measure:
    """Pledged shares in percent of all shares."""
    return pledged(at) * owned("promoters", at) / 100


def unpledged(at: At) -> Measure:
    """Promoters' holding without the pledged part, in percent of all shares."""
    return owned("promoters", at) - pledged_of_capital(at)


def pledge_is_red(at: At) -> Measure:
    """Whether half of the promoters' holding, or a fifth of the capital, is pledged."""
    of_promoters, of_capital = pledged(at), pledged_of_capital(at)
    red = (of_promoters.value >= RED_OF_PROMOTERS) | (of_capital.value >= RED_OF_CAPITAL)
    return Measure(red, of_promoters.codes + of_capital.codes)


def pledge_is_amber(at: At) -> Measure:
    """Whether a twentieth of the promoters' holding or more is pledged."""
    return pledged(at).map(lambda share: share >= AMBER_OF_PROMOTERS)


# --- shares ---------------------------------------------------------------------------------


def shares_back(years: int, at: At) -> Measure:
    """Shares at a year end on today's basis, in crore."""
    return terms.shares_of_year(at.back(years=years))


def share_growth(years: int, at: At) -> Measure:
    """Change of the share count over financial years, splits and bonuses apart, in percent.

    Null for a company listed since: its owners before the listing were given shares in other ways.
    """
    steps = [terms.share_step(at.back(years=k)) for k in range(years)]
    grown = percent(reduce(lambda a, b: a * b, steps) - 1)
    end = at.years + years
    if end >= YEARS:
        return grown
    young = (pl.col("listed_on") > pl.col(f"end@{end}")).fill_null(False)
    return grown.only_if(~young, Reason.SHORT_HISTORY)


def book_value(at: At) -> Measure:
    """Owners' equity a share, in ₹."""
    if at.years or at.quarters:
        return at.annual(terms.equity) / terms.shares_of_year(at)
    return at.balance(terms.equity) / terms.shares(at)


def _book_value_back(years: int, at: At) -> Measure:
    return book_value(at.back(years=years))


def book_value_growth(years: int, at: At) -> Measure:
    """Compound yearly growth of book value a share, in percent."""
    now = at.annual(terms.equity) / terms.shares_of_year(at)
    return compound(now, _book_value_back(years, at), months_between(at, years) / 12)


def face_value(at: At) -> Measure:
    """Nominal value of a share, in ₹."""
    del at
    return Measure(pl.coalesce("face_value@s", "face_value"))


def _holding_fields() -> Iterator[Field]:
    owners = (
        ("promoter", "Promoter", "promoters", "The promoters"),
        ("fii", "FII", "fiis", "Foreign institutions"),
        ("dii", "DII", "diis", "Domestic institutions"),
        ("government", "Government", "government", "Governments"),
        ("public", "Public", "public", "The public, without institutions and promoters"),
    )
    for key, name, line, who in owners:
        yield Field(
            f"{key}_holding", f"{name} holding", Unit.PERCENT,
            f"{who} hold this part of all shares.", "As filed each quarter",
            partial(owned, line), history=History.HOLDING, source=_SOURCE,
            note="0 where there is no such line and the other owners add up to 100 %.",
        )  # fmt: skip
        for quarters, words, suffix, extra in (
            (1, "", "", (f"{name} holding quarterly change",)),
            (4, " 1Year", "_1y", ()),
            (12, " 3Years", "_3y", ()),
        ):
            yield Field(
                f"{key}_holding_change{suffix}", f"Change in {name} holding{words}", Unit.PERCENT,
                f"Change over {quarters} quarter{'s' if quarters > 1 else ''}, in percent points.",
                "Holding − holding then", partial(change, line, quarters), aliases=extra,
                history=History.HOLDING, source=_SOURCE,
            )  # fmt: skip


def _shareholder_fields() -> Iterator[Field]:
    yield Field(
        "shareholders", "Number of Shareholders", Unit.COUNT, "Shareholders on record.",
        "As filed each quarter", partial(holding, "shareholders"), history=History.HOLDING,
        source=_SOURCE,
    )  # fmt: skip
    for key, words, quarters in (
        ("preceding_quarter", "preceding quarter", 1),
        ("1y_back", "1year back", 4),
    ):
        yield Field(
            f"shareholders_{key}", f"Number of Shareholders {words}", Unit.COUNT,
            f"Shareholders on record, {words}.", "As filed each quarter",
            partial(earlier, "shareholders", quarters), history=History.HOLDING, source=_SOURCE,
        )  # fmt: skip
    yield Field(
        "shareholders_growth_1y", "Shareholders growth 1Year", Unit.PERCENT,
        "Change of the number of shareholders over four quarters.", "number / number then − 1",
        partial(growth, "shareholders", 4), history=History.HOLDING, source=_SOURCE,
    )  # fmt: skip


def _pledge_fields() -> Iterator[Field]:
    for key, name, about, formula, define, aliases in (
        (
            "pledged_pct_of_promoter",
            "Pledged percentage",
            "Part of the promoters' shares that is pledged or otherwise encumbered.",
            "pledged / promoters' shares",
            pledged,
            ("Pledged % of promoter", "Promoter pledge"),
        ),
        (
            "pledged_pct_of_capital",
            "Pledged percentage of capital",
            "Pledged promoters' shares in percent of all shares.",
            "pledged % × promoter holding",
            pledged_of_capital,
            ("Pledged % of capital",),
        ),
        (
            "unpledged_promoter_holding",
            "Unpledged promoter holding",
            "Promoters' shares that are not pledged, in percent of all shares.",
            "promoter holding × (1 − pledged %)",
            unpledged,
            (),
        ),
    ):
        yield Field(
            key, name, Unit.PERCENT, about, formula, define, aliases=aliases,
            history=History.HOLDING, source=_SOURCE,
        )  # fmt: skip
    yield Field(
        "pledge_red_flag", "Pledge red flag", Unit.FLAG,
        "Whether half of the promoters' shares, or a fifth of all shares, is pledged.",
        "pledged ≥ 50 % of promoters' shares or ≥ 20 % of all", pledge_is_red,
        history=History.HOLDING, source=_SOURCE,
        note="Follows the levels at which the regulator asks promoters for reasons.",
    )  # fmt: skip


def _pledge_amber() -> Iterator[Field]:
    yield Field(
        "pledge_amber_flag", "Pledge amber flag", Unit.FLAG,
        "Whether 5 % of the promoters' shares or more is pledged.",
        "pledged ≥ 5 % of promoters' shares", pledge_is_amber, history=History.HOLDING,
        source=_SOURCE,
    )  # fmt: skip


_BASIS: Final = (
    "Earlier counts are on today's basis, so that splits and bonuses are not growth: the filed "
    "count or the equity capital year by year, but a jump counts as none where profit over EPS, "
    "which sources restate for splits and bonuses, stays even."
)


def _share_fields() -> Iterator[Field]:
    yield Field(
        "shares", "Number of equity shares", Unit.CRORE_SHARES, "Shares outstanding, in crore.",
        "Market cap / price as printed, else equity capital / face value", terms.shares,
        aliases=("Shares outstanding",),
    )  # fmt: skip
    for years, key, words in (
        (1, "preceding_year", "preceding year"),
        (10, "10y_back", "10years back"),
    ):
        yield Field(
            f"shares_{key}", f"Number of equity shares {words}", Unit.CRORE_SHARES,
            f"Shares outstanding, {words}, on today's basis.",
            "Today's count × equity capital then / now",
            partial(shares_back, years), history=History.ANNUAL, note=_BASIS,
        )  # fmt: skip
    for years in (1, 3, 5):
        yield Field(
            f"share_count_growth_{years}y", f"Share count growth {years}Year{'s' * (years > 1)}",
            Unit.PERCENT, "Change of the share count, splits and bonuses apart: dilution.",
            "shares / shares then − 1", partial(share_growth, years), history=History.ANNUAL,
            note=_BASIS,
        )  # fmt: skip
    yield Field(
        "book_value", "Book value", Unit.RUPEES, "Owners' equity a share.",
        "(Equity capital + reserves) / shares", book_value,
        aliases=("Book value per share", "BVPS"), history=History.ANNUAL,
    )  # fmt: skip
    for years, words in (
        (1, "preceding year"),
        (3, "3years back"),
        (5, "5years back"),
        (10, "10years back"),
    ):
        yield Field(
            f"book_value_{words.replace(' ', '_')}", f"Book value {words}", Unit.RUPEES,
            f"Owners' equity a share, {words}, on today's share basis.",
            "(Equity capital + reserves) / shares", partial(_book_value_back, years),
            history=History.ANNUAL, note=_BASIS,
        )  # fmt: skip
    for years in (3, 5):
        yield Field(
            f"book_value_growth_{years}y", f"Book value growth {years}Years", Unit.PERCENT,
            "Compound yearly growth of book value a share.",
            "(book value / book value then) ^ (1 / years) − 1", partial(book_value_growth, years),
            history=History.ANNUAL, note=_BASIS,
        )  # fmt: skip
    yield Field(
        "face_value", "Face value", Unit.RUPEES, "Nominal value of a share.", "As filed",
        face_value, source="exchange lists",
    )  # fmt: skip
    yield unsourced(
        "Credit rating", Unit.TEXT, "The rating agencies' press releases would bring it."
    )


FAMILY: Final = Family(
    "Ownership and shares",
    (
        *_holding_fields(),
        *_shareholder_fields(),
        *_pledge_fields(),
        *_pledge_amber(),
        *_share_fields(),
    ),
)
