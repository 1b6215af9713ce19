"""What is typical of a line of business: margins, capital, working days, leverage, price."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final


@dataclass(frozen=True)
class Economics:
    """Long-run figures of a line of business. Shares are fractions, days are of yearly sales."""

    key: str
    template: str  # schema.TEMPLATES
    growth: float  # nominal sales growth, % a year
    margin: float  # operating profit before depreciation, % of sales
    spread: float  # how far companies differ in margin, percent points (one sd)
    fixed: float  # net fixed assets / yearly sales
    stock_days: float
    debtor_days: float
    creditor_days: float
    gearing: float  # debt / equity
    holdings: float  # investments / yearly sales
    earnings_multiple: float
    material: float  # share of expenses
    staff: float  # share of expenses
    season: float  # extra sales of the strongest quarter, %
    peak: int  # strongest quarter of the calendar year, 0 is January to March
    cycle: float  # how hard a downturn hits, 1 is average
    words: tuple[str, ...]  # what such companies are called


@dataclass(frozen=True)
class Lending:
    """Long-run figures of a bank, a lender or an insurer, in % of loans unless said otherwise.

    For an insurer `assets` is investments per yearly premium and `running` claims, commissions and
    what is set aside for policies, per premium.
    """

    growth: float
    earning: float  # yield on loans; for insurers on investments
    funding: float  # cost of deposits and borrowings
    running: float  # operating cost
    losses: float  # credit cost
    other: float  # fees and other income
    leverage: float  # assets / equity
    assets: float
    bad_loans: float  # gross NPA
    book_multiple: float


@cache
def economics() -> dict[str, Economics]:
    """Every line of business by key. Those that lend or insure have a `lending` entry too."""
    return {e.key: e for e in map(_read, _TABLE.strip().splitlines())}


def _read(line: str) -> Economics:
    head, _, words = line.partition("|")
    key, template, *numbers = head.split()
    columns = [f.name for f in fields(Economics)][2:-1]
    figures: dict[str, Any] = dict(zip(columns, map(float, numbers), strict=True))
    figures["peak"] = int(figures["peak"])
    return Economics(key, template, words=tuple(w.strip() for w in words.split(",")), **figures)


LENDING: Final = {
    "bank": Lending(13, 9.3, 5.4, 2.6, 1.0, 1.5, 9.5, 0, 2.4, 2.0),
    "psubank": Lending(10, 8.2, 5.1, 2.2, 1.1, 1.2, 13.5, 0, 4.0, 1.0),
    "lender": Lending(15, 14.2, 8.4, 3.0, 1.2, 0.8, 4.2, 0, 3.0, 1.8),
    "microlender": Lending(17, 21.0, 9.6, 5.2, 3.6, 1.4, 4.0, 0, 3.4, 1.4),
    "insurer": Lending(12, 7.2, 0, 103, 0, 0, 3.2, 2.1, 0, 4.0),
    "lifeinsurer": Lending(13, 7.0, 0, 137, 0, 0, 16, 6.4, 0, 6.5),
}

# key template | growth margin spread fixed stock debtors creditors gearing holdings P/E
# material staff season peak cycle | words of names
_TABLE: Final = """
chemical corporate 12 14 4.5 .42 62 70 55 .45 .03 26 .64 .08 3 0 1.1|Chemicals, Organics, Chemtech
specialty corporate 14 19 5 .45 75 75 55 .25 .05 36 .58 .10 3 0 .9|Speciality, Fine Chem, Molecules
fertilizer corporate 9 10 3 .28 50 60 50 .6 .03 14 .74 .05 22 2 .6|Fertilisers, Crop Nutrients
cement corporate 10 16 4 .85 35 30 42 .5 .05 27 .42 .08 10 0 1.0|Cement, Concrete, Minerals
metal corporate 11 11 4.5 .45 62 35 48 .8 .02 15 .74 .05 5 0 1.6|Steels, Alloys, Metals
mining corporate 9 26 7 .55 40 35 40 .25 .15 14 .32 .18 8 0 1.3|Minerals, Ores, Mines
paper corporate 8 14 4 .65 48 35 42 .55 .02 13 .66 .10 4 0 1.2|Papers, Pulp, Boards
auto corporate 10 11 3.5 .25 30 20 60 .3 .2 27 .76 .08 6 3 1.3|Motors, Vehicles, Mobility
parts corporate 12 13 3.5 .36 55 62 55 .4 .05 28 .63 .14 4 0 1.3|Components, Autotech, Precision
durable corporate 12 9 3 .2 65 45 65 .3 .05 38 .74 .09 14 1 1.0|Appliances, Home, Living
building corporate 11 14 3.5 .38 75 60 50 .35 .03 32 .58 .13 7 0 1.1|Ceramics, Laminates, Surfaces
jewellery corporate 14 6 2.5 .06 110 30 20 .6 .01 22 .92 .02 18 3 .9|Jewels, Gems, Ornaments
brand corporate 10 18 4 .22 50 25 60 .1 .12 46 .56 .11 5 3 .4|Brands, Consumer Products
medtech corporate 15 20 5 .4 85 75 55 .2 .06 38 .48 .18 3 0 .4|Medtech, Surgicals, Medical Devices
textile corporate 8 10 3.5 .42 80 55 45 .85 .03 16 .66 .12 5 0 1.2|Textiles, Fabrics, Yarns
media corporate 6 17 8 .35 20 85 60 .25 .15 19 .35 .24 6 3 1.4|Media, Communications, Entertainment
platform corporate 22 6 12 .12 8 35 55 .1 .4 48 .22 .34 6 3 .6|Online, Digital, Marketplace
realty corporate 13 24 8 .18 190 60 60 .6 .15 28 .55 .07 12 0 1.5|Realty, Estates, Habitat
hotel corporate 11 28 7 1.5 8 25 35 .55 .12 36 .14 .30 16 0 2.4|Hotels, Resorts, Hospitality
restaurant corporate 15 18 4 .7 10 8 40 .5 .05 42 .44 .25 5 3 2.0|Foods & Dining, Kitchens
education corporate 11 22 9 .45 6 50 25 .2 .15 22 .12 .48 14 1 1.2|Learning, Education, Academy
retail corporate 15 9 3 .32 80 10 50 .4 .03 40 .80 .08 14 3 1.5|Retail, Stores, Mart
services corporate 12 14 5 .25 10 75 45 .3 .08 24 .25 .38 4 0 1.0|Services, Solutions, Facilities
trading corporate 12 4 1.8 .05 42 60 38 .5 .04 18 .93 .02 4 0 1.0|Trading, Overseas, Exim
gas corporate 11 15 3.5 .45 6 15 28 .2 .15 18 .82 .04 5 0 .6|Gas, City Gas, Gas Networks
oil corporate 9 38 10 .95 25 30 45 .35 .3 10 .30 .12 3 0 1.4|Petro, Exploration, Energy Fields
refinery corporate 9 7 2 .3 38 12 35 .6 .06 11 .92 .01 4 0 1.3|Refineries, Petroleum, Petro Products
agro corporate 10 6 2.2 .2 55 30 25 .5 .02 19 .82 .05 12 3 .5|Agro, Agri Products, Plantations
sugar corporate 8 11 3 .5 105 18 45 .8 .02 13 .74 .07 20 0 .6|Sugars, Bio Energy, Distillers
beverage corporate 12 13 4 .35 65 50 45 .4 .03 40 .58 .08 12 1 .7|Beverages, Breweries, Drinks
food corporate 13 11 3.5 .3 42 25 32 .3 .05 36 .70 .08 7 3 .4|Foods, Food Products, Nutrition
pharma corporate 12 20 5.5 .42 72 80 55 .25 .1 32 .46 .20 3 2 .3|Pharma, Lifesciences, Remedies
hospital corporate 14 19 4.5 .7 10 40 45 .4 .06 42 .30 .26 3 2 .6|Hospitals, Healthcare, Diagnostics
contractor corporate 14 12 3 .2 38 95 80 .5 .08 20 .62 .09 28 0 1.2|Infraprojects, Constructions
defence corporate 16 19 5 .3 130 95 70 .15 .1 46 .56 .18 42 0 .5|Aerospace, Defence Systems
machinery corporate 13 13 4 .2 68 88 72 .2 .08 36 .66 .12 22 0 1.1|Engineering, Machines, Industries
cable corporate 14 10 3 .18 58 62 45 .3 .02 32 .80 .05 14 0 1.1|Cables, Wires, Electricals
plastic corporate 11 12 3 .4 52 52 40 .45 .02 23 .70 .09 6 1 .9|Polymers, Plastics, Packaging
steelproduct corporate 12 9 3 .28 58 50 42 .6 .02 20 .80 .05 6 0 1.3|Tubes, Wires, Pipes
itservices corporate 13 17 5 .14 2 68 30 .05 .25 27 .08 .66 2 3 .5|Infotech, Technologies
software corporate 16 23 8 .12 1 72 25 .03 .35 40 .06 .68 5 0 .4|Software, Datasystems, Systems
airline corporate 14 14 6 .9 4 8 40 2.0 .2 22 .42 .13 10 3 3.0|Airways, Aviation, Air
logistics corporate 13 11 3.5 .3 3 60 30 .4 .04 27 .12 .18 5 3 1.1|Logistics, Cargo, Freight
shipping corporate 8 30 8 1.4 12 30 35 .6 .15 11 .25 .20 3 0 1.2|Shipping, Marine, Offshore
infra corporate 12 52 8 2.8 6 40 50 .9 .25 22 .10 .15 4 0 .7|Infrastructure, Ports, Concessions
telecom corporate 9 34 12 1.7 2 20 70 1.4 .1 28 .06 .10 1 3 .2|Telecom, Communications, Connect
power corporate 10 32 7 1.9 18 60 40 1.2 .08 17 .62 .08 6 1 .4|Power, Energy, Renewables
conglomerate corporate 11 14 5 .5 45 50 50 .5 .3 24 .58 .14 5 0 1.0|Enterprises, Group, Ventures
fees corporate 15 48 9 .12 0 40 30 .03 1.4 34 .02 .48 4 0 .7|Capital Markets, Asset Managers
broker corporate 15 36 10 .1 0 90 80 .6 .5 20 .02 .42 5 0 1.2|Securities, Broking, Wealth
holding corporate 9 78 9 .15 0 20 15 .05 14 22 .03 .40 24 2 .9|Investments, Holdings, Investcorp
bank bank 13 0 1 0 0 0 0 0 0 14 0 0 1 0 1|Bank, Small Finance Bank, Commercial Bank
psubank bank 10 0 1 0 0 0 0 0 0 8 0 0 1 0 1|People's Bank, National Bank, State Bank
lender lender 15 0 1 0 0 0 0 0 0 17 0 0 2 0 1|Finance, Fincorp, Credit
microlender lender 17 0 1 0 0 0 0 0 0 13 0 0 2 0 2|Microfinance, Microcredit, Small Finance
insurer insurer 12 0 1 0 0 0 0 0 0 32 0 0 8 0 .8|General Insurance, Assurance, Cover
lifeinsurer insurer 13 0 1 0 0 0 0 0 0 60 0 0 30 0 .8|Life Insurance, Life Assurance, Life
"""
