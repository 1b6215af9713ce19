"""The NSE industry classification the demo companies are spread over, broad to narrow.

Names are those of the exchange's published structure (12 macro-economic sectors, 22 sectors,
59 industries, 197 basic industries; those with companies are listed here). A leaf gives the number
of demo companies in it and the economics they share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

FINANCIAL_SERVICES: Final = "Financial Services"


@dataclass(frozen=True)
class BasicIndustry:
    """A leaf of the classification, its share of the market and how its companies earn."""

    macro_sector: str
    sector: str
    industry: str
    name: str
    companies: int
    economics: str  # key of economics.ECONOMICS

    @property
    def is_financial(self) -> bool:
        """Whether its macro-economic sector is Financial Services."""
        return self.macro_sector == FINANCIAL_SERVICES


@cache
def basic_industries() -> tuple[BasicIndustry, ...]:
    """Every leaf, in the order of the classification."""
    above: list[str] = []
    leaves = []
    for line in _TREE.strip("\n").splitlines():
        depth = len(line) - len(line.lstrip())
        if "|" not in line:
            above[depth:] = [line.strip()]
            continue
        name, companies, economics = (part.strip() for part in line.split("|"))
        macro, sector, industry = above
        leaves.append(BasicIndustry(macro, sector, industry, name, int(companies), economics))
    return tuple(leaves)


# macro-economic sector / sector / industry / basic industry | companies | economics
_TREE: Final = """
Commodities
 Chemicals
  Chemicals & Petrochemicals
   Commodity Chemicals|44|chemical
   Specialty Chemicals|58|specialty
   Carbon Black|5|chemical
   Dyes And Pigments|21|chemical
   Explosives|4|specialty
   Petrochemicals|12|chemical
   Printing Inks|3|specialty
   Trading - Chemicals|9|trading
   Industrial Gases|4|specialty
  Fertilizers & Agrochemicals
   Fertilizers|19|fertilizer
   Pesticides & Agrochemicals|26|chemical
 Construction Materials
  Cement & Cement Products
   Cement & Cement Products|36|cement
  Other Construction Materials
   Other Construction Materials|14|cement
 Metals & Mining
  Ferrous Metals
   Iron & Steel|38|metal
   Sponge Iron|9|metal
   Pig Iron|3|metal
   Ferro & Silica Manganese|8|metal
  Non - Ferrous Metals
   Aluminium|8|metal
   Copper|5|metal
   Zinc|3|metal
   Precious Metals|4|trading
  Diversified Metals
   Diversified Metals|2|metal
  Minerals & Mining
   Industrial Minerals|16|mining
  Metals & Minerals Trading
   Trading - Metals|14|trading
   Trading - Minerals|6|trading
 Forest Materials
  Paper, Forest & Jute Products
   Paper & Paper Products|27|paper
   Forest Products|3|paper
   Jute & Jute Products|4|paper
Consumer Discretionary
 Automobile and Auto Components
  Automobiles
   Passenger Cars & Utility Vehicles|5|auto
   2/3 Wheelers|7|auto
   Auto Dealer|6|retail
  Auto Components
   Auto Components & Equipments|88|parts
   Tyres & Rubber Products|13|parts
   Trading - Auto Components|4|trading
 Consumer Durables
  Consumer Durables
   Consumer Electronics|13|durable
   Household Appliances|16|durable
   Furniture, Home Furnishing|12|durable
   Ceramics|16|building
   Granites & Marbles|9|building
   Gems, Jewellery And Watches|34|jewellery
   Houseware|6|durable
   Leather And Leather Products|5|textile
   Footwear|12|durable
   Leisure Products|4|durable
   Plastic Products - Consumer|9|plastic
   Plywood Boards/ Laminates|17|building
   Sanitary Ware|4|building
   Paints|9|brand
   Cycles|3|durable
   Diversified consumer products|3|durable
 Textiles
  Textiles & Apparels
   Garments & Apparels|46|textile
   Other Textile Products|84|textile
   Trading - Textile Products|9|trading
 Media, Entertainment & Publication
  Media
   Advertising & Media Agencies|10|media
   Electronic Media|5|media
   Print Media|8|media
   Web based media and service|5|platform
  Entertainment
   Film Production, Distribution & Exhibition|13|media
   TV Broadcasting & Software Production|15|media
   Digital Entertainment|3|platform
  Printing & Publication
   Printing & Publication|12|media
 Realty
  Realty
   Residential, Commercial Projects|72|realty
   Real Estate related services|5|services
 Consumer Services
  Leisure Services
   Hotels & Resorts|36|hotel
   Restaurants|10|restaurant
   Tour, Travel Related Services|13|services
   Amusement Parks/ Other Recreation|5|hotel
   Wellness|4|services
  Other Consumer Services
   Education|12|education
   E-Learning|5|education
   Food Storage Facilities|3|logistics
   Other Consumer Services|6|services
  Retailing
   Speciality Retail|14|retail
   Diversified Retail|7|retail
   Pharmacy Retail|3|retail
   E-Retail/ E-Commerce|8|platform
   Internet & Catalogue Retail|3|platform
   Distributors|8|trading
Energy
 Oil, Gas & Consumable Fuels
  Gas
   LPG/CNG/PNG/LNG Supplier|9|gas
   Gas Transmission/Marketing|3|gas
   Trading - Gas|2|trading
  Oil
   Oil Exploration & Production|6|oil
   Oil Equipment & Services|8|services
   Offshore Support Solution Drilling|5|shipping
   Oil Storage & Transportation|3|infra
  Petroleum Products
   Refineries & Marketing|7|refinery
   Lubricants|7|brand
  Consumable Fuels
   Coal|3|mining
   Trading - Coal|3|trading
Fast Moving Consumer Goods
 Fast Moving Consumer Goods
  Agricultural Food & other Products
   Edible Oil|22|agro
   Sugar|33|sugar
   Tea & Coffee|18|agro
   Other Agricultural Products|24|agro
  Beverages
   Breweries & Distilleries|17|beverage
   Other Beverages|5|beverage
  Cigarettes & Tobacco Products
   Cigarettes & Tobacco Products|5|brand
  Food Products
   Packaged Foods|25|food
   Dairy Products|13|food
   Animal Feed|5|agro
   Seafood|8|agro
   Meat Products including Poultry|3|agro
   Other Food Products|24|food
  Household Products
   Household Products|9|brand
  Personal Products
   Personal Care|15|brand
  Diversified FMCG
   Diversified FMCG|3|brand
Financial Services
 Financial Services
  Finance
   Non Banking Financial Company (NBFC)|92|lender
   Housing Finance Company|18|lender
   Microfinance Institutions|8|microlender
   Financial Institution|6|lender
   Investment Company|38|holding
   Holding Company|14|holding
   Other Financial Services|14|fees
  Banks
   Public Sector Bank|12|psubank
   Private Sector Bank|20|bank
   Other Bank|10|bank
  Capital Markets
   Asset Management Company|7|fees
   Depositories, Clearing Houses and Other Intermediaries|6|fees
   Exchange and Data Platform|3|fees
   Financial Products Distributor|6|fees
   Ratings|4|fees
   Stockbroking & Allied|42|broker
   Other Capital Market related Services|6|broker
  Insurance
   Life Insurance|6|lifeinsurer
   General Insurance|7|insurer
   Insurance Distributors|2|fees
  Financial Technology (Fintech)
   Financial Technology (Fintech)|8|platform
Healthcare
 Healthcare
  Pharmaceuticals & Biotechnology
   Pharmaceuticals|112|pharma
   Biotechnology|9|pharma
  Healthcare Equipment & Supplies
   Medical Equipment & Supplies|13|medtech
  Healthcare Services
   Hospital|26|hospital
   Healthcare Service Provider|17|hospital
   Healthcare Research, Analytics & Technology|6|software
Industrials
 Construction
  Construction
   Civil Construction|94|contractor
 Capital Goods
  Aerospace & Defense
   Aerospace & Defense|20|defence
  Agricultural, Commercial & Construction Vehicles
   Commercial Vehicles|6|auto
   Construction Vehicles|5|auto
   Tractors|4|auto
   Dealers-Commercial Vehicles, Tractors, Construction Vehicles|3|retail
  Electrical Equipment
   Heavy Electrical Equipment|24|machinery
   Other Electrical Equipment|38|machinery
  Industrial Manufacturing
   Industrial Products|62|machinery
   Railway Wagons|6|machinery
   Ship Building & Allied Services|5|defence
  Industrial Products
   Abrasives & Bearings|10|parts
   Aluminium, Copper & Zinc Products|12|metal
   Cables - Electricals|22|cable
   Castings & Forgings|26|parts
   Compressors, Pumps & Diesel Engines|20|machinery
   Electrodes & Refractories|9|parts
   Glass - Industrial|4|building
   Iron & Steel Products|62|steelproduct
   Packaging|48|plastic
   Plastic Products - Industrial|52|plastic
   Rubber|8|plastic
   Other Industrial Products|20|machinery
Information Technology
 Information Technology
  IT - Software
   Computers - Software & Consulting|88|itservices
   Software Products|18|software
  IT - Services
   IT Enabled Services|26|itservices
  IT - Hardware
   Computers Hardware & Equipments|14|trading
Services
 Services
  Engineering Services
   Engineering Services|5|contractor
  Transport Services
   Airline|3|airline
   Logistics Solution Provider|26|logistics
   Road Transport|9|logistics
   Shipping|8|shipping
   Transport Related Services|5|logistics
  Transport Infrastructure
   Airport & Airport services|2|infra
   Port & Port services|5|infra
   Road Assets-Toll, Annuity, Hybrid-Annuity|8|infra
   Dredging|2|contractor
  Commercial Services & Supplies
   Trading & Distributors|72|trading
   Diversified Commercial Services|18|services
   Consulting Services|10|itservices
   Business Process Outsourcing (BPO)/ Knowledge Process Outsourcing (KPO)|10|itservices
Telecommunication
 Telecommunication
  Telecom - Services
   Telecom - Cellular & Fixed line services|5|telecom
   Telecom - Infrastructure|4|infra
   Other Telecom Services|9|services
  Telecom - Equipment & Accessories
   Telecom - Equipment & Accessories|13|cable
Utilities
 Power
  Power
   Power Generation|20|power
   Integrated Power Utilities|6|power
   Power Distribution|4|power
   Power - Transmission|3|infra
   Power Trading|2|fees
 Utilities
  Other Utilities
   Multi Utilities|2|power
   Water Supply & Management|9|contractor
   Waste Management|5|services
Diversified
 Diversified
  Diversified
   Diversified|16|conglomerate
"""
