"""Recorded strings put back into a page of the site's shape; the markup is written here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from tests.replay.recordings import Record

#: Names of the tables in recorded files and the ids of their sections.
SECTIONS = {
    "quarters": "quarters",
    "profit_loss": "profit-loss",
    "balance_sheet": "balance-sheet",
    "cash_flow": "cash-flow",
    "ratios": "ratios",
    "shareholding": "shareholding",
}
_NO_HEADER = "Unnamed: 0"
_NOTE = re.compile(r"^(\w{3} \d{4})\s+(\d+m)$")

Rows = Sequence[tuple[str, Sequence[str]]]


def cell_text(value: Any) -> str:
    """A recorded cell as the page prints it; NaN was a blank."""
    if value is None or value != value:
        return ""
    return value if isinstance(value, str) else repr(value)


def recorded_table(rows: list[dict[str, Any]]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Headers and rows of a recorded table. Without columns its first label became a key."""
    if not rows:
        return [], []
    first, *headers = rows[0]
    if first != _NO_HEADER:
        return [], [(first, []), *((row[first], []) for row in rows)]
    return headers, [(row[first], [cell_text(row[h]) for h in headers]) for row in rows]


def company_page(
    *,
    name: str,
    symbol: str = "",
    bse_code: str = "",
    company_id: int = 1,
    consolidated: bool = True,
    price: float | None = None,
    price_date: str | None = None,
    pe: float | None = None,
    top: dict[str, str] | None = None,
    sectors: Sequence[str] = (),
    cons: Sequence[str] = (),
    tables: dict[str, tuple[Sequence[str], Rows]] | None = None,
) -> bytes:
    """A whole page. tables: section id → (headers, rows); one that is not given is left out."""
    ratios = {
        "Market Cap": "",
        "Current Price": cell_text(price),
        "High / Low": "",
        "Stock P/E": cell_text(pe),
        **(top or {}),
    }
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(name)} share price</title></head>
<body><main>
<div data-company-id="{company_id}" data-warehouse-id="{company_id + 5_000_000}"
     {'data-consolidated="true"' if consolidated else ""} id="company-info"></div>
<div class="card card-large" id="top">
  <h1 class="margin-0">{escape(name)}</h1>
  <div class="ink-600 font-size-11 font-weight-500">{_day(price_date)} - close price</div>
  <div class="company-links">{"".join(_links(symbol, bse_code))}</div>
  <ul id="top-ratios">{"".join(_ratio(k, v) for k, v in ratios.items())}</ul>
</div>
<section id="analysis"><div class="cons"><ul>{"".join(f"<li>{escape(c)}</li>" for c in cons)}</ul>
</div></section>
<section id="peers"><p class="sub">{"".join(_crumbs(sectors))}</p>
<p class="sub" id="benchmarks">Part of <a href="/company/CNX500/">Nifty 500</a></p></section>
{"".join(_section(k, *t, consolidated) for k, t in (tables or {}).items())}
</main></body></html>""".encode()


def recorded_page(record: Record, bse_code: str = "", sectors: Sequence[str] = ()) -> bytes:
    """The page of a recorded company, on the consolidated basis it was recorded on."""
    return company_page(
        name=record.name,
        symbol=record.symbol,
        bse_code=bse_code,
        company_id=record.company_id,
        price=record.price,
        price_date=record.price_date,
        pe=record.pe,
        sectors=sectors,
        tables={SECTIONS[key]: recorded_table(rows) for key, rows in record.statements.items()},
    )


def _day(date: str | None) -> str:
    if not date:
        return ""
    day = dt.date.fromisoformat(date)
    return f"{day.day} {day:%b}"


def _links(symbol: str, bse_code: str) -> Iterator[str]:
    yield '<a href="http://www.example.com">example.com</a>'
    if bse_code:
        url = f"https://www.bseindia.com/stock-share-price/a/b/{bse_code}/"
        yield f'<a href="{url}"><span class="upper">BSE: {bse_code}</span></a>'
    if symbol:
        url = f"https://www.nseindia.com/get-quotes/equity?symbol={quote(symbol)}"
        yield f'<a href="{url}"><span class="upper">NSE: {escape(symbol)}</span></a>'


def _ratio(name: str, value: str) -> str:
    return (
        f'<li class="flex" data-source="default"><span class="name">\n {name}\n </span>'
        f'<span class="nowrap value">₹ <span class="number">{value}</span></span></li>'
    )


def _crumbs(sectors: Sequence[str]) -> Iterator[str]:
    for title, sector in zip(("Broad Sector", "Sector", "Industry"), sectors, strict=False):
        yield f'<a href="/market/IN01/" title="{title}">{escape(sector)}</a>\n'


def _section(section: str, headers: Sequence[str], rows: Rows, consolidated: bool) -> str:
    holder = ("<div id='quarterly-shp'>", "</div>") if section == "shareholding" else ("", "")
    basis = "Consolidated" if consolidated else "Standalone"
    return f"""<section id="{section}" class="card card-large">
<p class="sub">{basis} Figures in Rs. Crores</p>{holder[0]}
<div class="responsive-holder fill-card-width"><table class="data-table responsive-text-nowrap">
<thead><tr><th class="text"></th>{"".join(_header(h) for h in headers)}</tr></thead>
<tbody>{"".join(_row(label, cells) for label, cells in rows)}</tbody></table></div>{holder[1]}
</section>
"""


def _header(text: str) -> str:
    note = _NOTE.match(text)
    inner = f'{note[1]}\n<span class="ink-600 smaller">{note[2]}</span>' if note else escape(text)
    return f"<th class=''>\n  {inner}\n</th>"


def _row(label: str, cells: Sequence[str]) -> str:
    plain = label.replace("\xa0", " ").removesuffix("+").strip()
    head = escape(plain)
    if label.endswith("+"):
        head = (
            f'<button class="button-plain" onclick="Company.showSchedule()">{head}&nbsp;'
            '<span class="blue-icon">+</span></button>'
        )
    tail = "".join(f'<td class="">\n  {escape(cell)}\n</td>' for cell in cells)
    return f'<tr class="stripe"><td class="text">\n  {head}\n</td>{tail}</tr>\n'
