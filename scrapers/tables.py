"""HTML to text and tables: one seam, two readers that must agree on every cell.

The fast reader is selectolax (lexbor); BeautifulSoup on lxml is the reference it is checked
against. Both are asked in CSS and return text with its white space made single.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from screener.errors import LayoutError

if TYPE_CHECKING:
    import bs4
    from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Control characters, marks of no width, and marks that turn the order of the text around them.
_UNSEEN: Final = dict.fromkeys(
    [
        *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if not chr(code).isspace()),
        *(0x200B, 0x200E, 0x200F, 0xFEFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)


@dataclass(frozen=True)
class Table:
    """A table as printed: the header cells after the first, and each row's label and cells."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Element:
    """An element found: its text and its attributes."""

    text: str
    attributes: dict[str, str]


class Html(Protocol):
    """A parsed page."""

    def table(self, css: str) -> Table | None:
        """The first table that matches, or None. May raise LayoutError for a table out of shape."""

    def all(self, css: str) -> list[Element]:
        """Every element that matches, in the order of the page."""


def read_html(text: str, reader: str = "selectolax") -> Html:
    """The page as read by that reader (`selectolax` or `soup`)."""
    return _Soup(text) if reader == "soup" else _Lexbor(text)


def clean(text: str) -> str:
    """Text with single spaces, without control characters and without marks that turn its order."""
    return " ".join(text.translate(_UNSEEN).split())


class _Lexbor:
    def __init__(self, text: str) -> None:
        from selectolax.lexbor import LexborHTMLParser

        self._tree: LexborHTMLParser = LexborHTMLParser(text)

    def table(self, css: str) -> Table | None:
        node = self._tree.css_first(css)
        if node is None:
            return None
        return _table([[clean(cell.text()) for cell in row.css("th,td")] for row in node.css("tr")])

    def all(self, css: str) -> list[Element]:
        return [self._element(node) for node in self._tree.css(css)]

    @staticmethod
    def _element(node: LexborNode) -> Element:
        return Element(clean(node.text()), {k: v or "" for k, v in node.attributes.items()})


class _Soup:
    def __init__(self, text: str) -> None:
        import bs4

        self._tree: bs4.BeautifulSoup = bs4.BeautifulSoup(text, "lxml")

    def table(self, css: str) -> Table | None:
        node = self._tree.select_one(css)
        if node is None:
            return None
        rows = node.find_all("tr")
        cells = [row.find_all(["th", "td"]) for row in rows]
        in_rows = {id(cell) for row in cells for cell in row}
        if any(id(cell) not in in_rows for cell in node.find_all(["th", "td"])):
            # The two readers mend such a table in different ways.
            raise LayoutError(f"A table {css} has cells outside its rows.")
        return _table([[clean(cell.get_text()) for cell in row] for row in cells])

    def all(self, css: str) -> list[Element]:
        return [self._element(node) for node in self._tree.select(css)]

    @staticmethod
    def _element(node: bs4.Tag) -> Element:
        attributes = {
            name: value if isinstance(value, str) else " ".join(value)
            for name, value in node.attrs.items()
        }
        return Element(clean(node.get_text()), attributes)


def _table(rows: list[list[str]]) -> Table:
    """The first row holds the headers; a row without cells is no row."""
    filled = [row for row in rows if row]
    if not filled:
        return Table((), ())
    head, *body = filled
    return Table(tuple(head[1:]), tuple((row[0], tuple(row[1:])) for row in body))
