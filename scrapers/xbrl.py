"""Results documents in XBRL, plain or inside a web page, read down to numbers a period.

A document states the same element for many periods and segments. What counts here is what it is
filed for: the reporting period, the financial year where it ends with it, and the balance sheet at
its end. Periods before are left out, for they were known from earlier documents, and so is
everything that a segment or scenario narrows.

Documents are hostile until read: nothing is loaded, no entity is defined or replaced, and size,
depth and number of elements are limited.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from screener.errors import LayoutError

BODY_BYTES: Final = 12 * 1024 * 1024
ELEMENTS: Final = 400_000
_TEXT_LENGTH: Final = 400  # of what is told about the company; notes are longer
_DATE_FORMATS: Final = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d %B %Y", "%d-%b-%Y", "%d %b %Y")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST: Final = 1e17  # rupees; ten times the economy
_LARGEST_SCALE: Final = 12
_DAYS_A_MONTH: Final = 30.44
_LONGEST: Final = 24  # months

Span = tuple[dt.date, dt.date]  # the first and the last day; the same day twice is a point in time


@dataclass(frozen=True)
class Context:
    """A period a document speaks of. `start` is None for a point in time."""

    id: str
    start: dt.date | None
    end: dt.date
    narrowed: bool  # to a segment or scenario


@dataclass(frozen=True)
class Figure:
    """A number as stated: rupees, rupees a share or a ratio. `step`: what it is rounded to."""

    concept: str
    context: str
    value: float
    step: float


@dataclass(frozen=True)
class Instance:
    """A document's contexts, numbers and texts. Concepts are local names in lower case."""

    contexts: Mapping[str, Context]
    figures: tuple[Figure, ...]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Results:
    """What a document is filed for. Numbers by concept; None where it contradicts itself."""

    name: str
    scrip_code: str
    symbol: str
    basis: str  # of BASES
    period_end: dt.date
    months: int  # of the reporting period: 3, or 6 for half-yearly filers
    year_months: int | None  # of the financial year, where the period ends it
    period: Mapping[str, float]
    year: Mapping[str, float]
    balance: Mapping[str, float]
    conflicts: tuple[str, ...] = field(default=())


def read_results(body: bytes, name: str) -> Results:
    """What a results document states. Raises LayoutError, named by `name`."""
    return results_of(read_instance(body, name), name)


def read_instance(body: bytes, name: str) -> Instance:
    """The contexts and facts of an XBRL document or of a web page that carries one.

    Raises LayoutError.
    """
    contexts: dict[str, Context] = {}
    figures: list[Figure] = []
    texts: dict[str, str] = {}
    for number, element in enumerate(_root(body, name).iter()):
        if number > ELEMENTS:
            raise LayoutError(f"{name} holds more than {ELEMENTS:,} elements; it was not read.")
        if not isinstance(element.tag, str):
            continue
        local = _local(element.tag)
        attributes = {_local(key): value for key, value in element.attrib.items()}
        if local == "context":
            found = _context(element, attributes.get("id", ""))
            if found:
                contexts[found.id] = found
        elif "contextref" in attributes:
            inline = local in ("nonfraction", "nonnumeric", "fraction")
            concept = _local(attributes.get("name", "")) if inline else local
            text = "".join(element.itertext()).strip()
            value = None if local == "nonnumeric" else _value(text, attributes)
            if value is not None:
                step = _step(attributes.get("decimals", ""))
                figures.append(Figure(concept, attributes["contextref"], value, step))
            if text and len(text) <= _TEXT_LENGTH:
                texts.setdefault(concept, text)
    if not contexts or not figures:
        raise LayoutError(f"{name} is no XBRL document; it states no figures.")
    return Instance(contexts, tuple(figures), texts)


def results_of(instance: Instance, name: str) -> Results:
    """What an instance is filed for. Raises LayoutError where it does not tell."""
    texts = instance.texts
    end = _date(texts.get("dateofendofreportingperiod", "")) or _last_end(instance)
    year_start = _date(texts.get("dateofstartoffinancialyear", ""))
    year_end = _date(texts.get("dateofendoffinancialyear", ""))
    start = _date(texts.get("dateofstartofreportingperiod", ""))
    spans = _spans(instance, end, year_start)
    starts = sorted({s for s, e in spans.values() if e == end and s < end}, reverse=True)
    if start is None or start not in starts:
        # The shortest period is the one that is reported.
        start = starts[0] if starts else None
    conflicts: set[str] = set()

    def stated(span: Span) -> dict[str, float]:
        found, doubted = _stated(instance, spans, span)
        conflicts.update(doubted)
        return found

    period = stated((start, end)) if start else {}
    year_months = None
    year: dict[str, float] = {}
    if year_start and year_start in starts and (year_end == end or _months(year_start, end) >= 12):
        year_months, year = _months(year_start, end), stated((year_start, end))
    if _is_blank(period) and not _is_blank(year):
        period = {}
    months = _months(start, end) if start else 3
    if period and not 3 <= months <= _LONGEST:
        raise LayoutError(f"{name} reports a period of {months} months to {end}.")
    return Results(
        texts.get("nameofthecompany") or texts.get("nameofbank", ""),
        texts.get("scripcode", ""),
        texts.get("symbol", ""),
        _basis(texts, name),
        end,
        months,
        year_months,
        period,
        year,
        stated((end, end)),
        tuple(sorted(conflicts)),
    )


# -- the document ----------------------------------------------------------------------------------


def _root(body: bytes, name: str) -> Any:
    """The root element: of XML, or of a web page that is not quite XML. Raises LayoutError."""
    from lxml import etree

    if len(body) > BODY_BYTES:
        raise LayoutError(f"{name} is larger than {BODY_BYTES:,} bytes; it was not read.")
    lowered = body.lower()
    if b"\0" in body or b"<!entity" in lowered:
        raise LayoutError(f"{name} defines entities or is of an odd encoding; it was not read.")
    limits = {"no_network": True, "huge_tree": False, "remove_comments": True, "remove_pis": True}
    try:
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, **limits)
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as err:
        if b"<html" not in lowered[:4096]:
            raise LayoutError(f"{name} is no whole XML document ({err}).") from err
    try:
        root = etree.fromstring(body, etree.HTMLParser(recover=True, **limits))
    except (etree.XMLSyntaxError, ValueError) as err:
        raise LayoutError(f"{name} cannot be read ({err}).") from err
    if root is None:
        raise LayoutError(f"{name} is empty.")
    return root


def _local(tag: str) -> str:
    """A name without its namespace and prefix, in lower case: pages change the case of names."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _context(element: Any, name: str) -> Context | None:
    dates: dict[str, dt.date] = {}
    narrowed = False
    for part in element.iter():
        if not isinstance(part.tag, str):
            continue
        local = _local(part.tag)
        if local in ("startdate", "enddate", "instant"):
            day = _date((part.text or "").strip()[:10])
            if day is None:
                return None
            dates[local] = day
        narrowed |= local in ("segment", "scenario") and len(part) > 0
    end = dates.get("instant") or dates.get("enddate")
    if not name or end is None:
        return None
    return Context(name, dates.get("startdate"), end, narrowed)


def _value(text: str, attributes: Mapping[str, str]) -> float | None:
    """The number of an element, None where it states none."""
    if attributes.get("nil", "") in ("true", "1"):
        return None
    form = _local(attributes.get("format", ""))
    if "zero" in form or (form == "numdash" and text in ("-", "–", "—")):
        return 0.0
    plain = text.replace(",", "").replace("\u00a0", "").replace(" ", "").replace("−", "-")
    if not _NUMBER.fullmatch(plain):
        return None
    scale = attributes.get("scale", "0") or "0"
    if not re.fullmatch(r"[+-]?[0-9]{1,2}", scale) or abs(int(scale)) > _LARGEST_SCALE:
        return None
    value = float(plain) * 10.0 ** int(scale)
    value = -value if attributes.get("sign") == "-" else value
    return value if math.isfinite(value) and abs(value) <= _LARGEST else None


def _step(decimals: str) -> float:
    """What a figure is rounded to: 100,000 for decimals of -5."""
    return 10.0 ** -int(decimals) if re.fullmatch(r"-?[0-9]{1,2}", decimals) else 0.0


def _date(text: str) -> dt.date | None:
    for form in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


# -- its periods -----------------------------------------------------------------------------------


def _last_end(instance: Instance) -> dt.date:
    return max(context.end for context in instance.contexts.values())


def _spans(instance: Instance, end: dt.date, year_start: dt.date | None) -> dict[str, Span]:
    """The span of each context that ends the reporting period and is not narrowed.

    Some documents give the year to date the dates of the quarter; the context's name tells.
    """
    found: dict[str, Span] = {}
    for context in instance.contexts.values():
        if context.narrowed or context.end != end:
            continue
        start = context.start or context.end
        if context.id.casefold().startswith("fourd") and year_start and start != end:
            start = min(start, year_start)
        found[context.id] = (start, context.end)
    return found


def _stated(
    instance: Instance, spans: Mapping[str, Span], span: Span
) -> tuple[dict[str, float], set[str]]:
    """The figures of a span, and the concepts stated twice with values that differ.

    Of two that agree but for rounding the finer one counts.
    """
    ids = {name for name, found in spans.items() if found == span}
    finest: dict[str, Figure] = {}
    doubted: set[str] = set()
    for figure in instance.figures:
        if figure.context not in ids:
            continue
        known = finest.setdefault(figure.concept, figure)
        if abs(known.value - figure.value) > max(known.step, figure.step) / 2 + 1e-6:
            doubted.add(figure.concept)
        if figure.step < known.step:
            finest[figure.concept] = figure
    return {c: f.value for c, f in finest.items() if c not in doubted}, doubted


def _months(start: dt.date, end: dt.date) -> int:
    return round(((end - start).days + 1) / _DAYS_A_MONTH)


_TELLING: Final = (
    "revenuefromoperations", "income", "expenses", "interestearned", "profitlossforperiod",
    "profitlossfortheperiod", "profitbeforetax",
)  # fmt: skip


def _is_blank(figures: Mapping[str, float]) -> bool:
    """Whether a period is filled with zeros, as yearly filings may do with their quarter."""
    return not any(figures.get(concept) for concept in _TELLING)


def _basis(texts: Mapping[str, str], name: str) -> str:
    nature = texts.get("natureofreportstandaloneconsolidated", "").casefold()
    if "consolidated" in nature and "non" not in nature:
        return "consolidated"
    if nature:
        return "standalone"
    raise LayoutError(f"{name} does not say whether it is consolidated.")


def iter_rows(results: Results) -> Iterator[tuple[str, int, Mapping[str, float]]]:
    """(kind, months, figures) of what the document is filed for, schema KINDS."""
    if results.period:
        yield "quarter", results.months, results.period
    if results.year and results.year_months:
        yield "annual", results.year_months, results.year
    if results.balance:
        yield ("annual" if results.year_months else "interim"), 0, results.balance
