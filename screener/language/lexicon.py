"""The names a screen can use, found by their words: the longest known run of words wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from screener.fields.base import Field, Unit
from screener.language.diagnosis import Report
from screener.language.nearness import Index, Title
from screener.language.syntax import Name
from screener.language.tokens import Token, tokenise, words_of

#: Columns of the company that a screen may name: name, aliases.
_COMPANY: Final[tuple[tuple[Name, tuple[str, ...]], ...]] = (
    (Name("symbol", "Symbol", Unit.TEXT), ("NSE symbol", "Ticker")),
    (Name("name", "Name", Unit.TEXT), ("Company name", "Company")),
    (Name("isin", "ISIN", Unit.TEXT), ()),
    (Name("bse_code", "BSE code", Unit.TEXT), ()),
    (Name("series", "Series", Unit.TEXT), ()),
    (Name("macro_sector", "Macro sector", Unit.TEXT), ("Macro-economic sector",)),
    (Name("sector", "Sector", Unit.TEXT), ()),
    (Name("industry", "Industry", Unit.TEXT), ()),
    (Name("basic_industry", "Basic industry", Unit.TEXT), ()),
    (Name("size_class", "Size class", Unit.TEXT), ("Size", "Cap class")),
    (Name("template", "Statement layout", Unit.TEXT), ()),
    (Name("basis", "Basis", Unit.TEXT), ()),
    (Name("status", "Status", Unit.TEXT), ()),
    (Name("size_rank", "Size rank", Unit.COUNT), ("Market cap rank",)),
    (Name("listed_on", "Listed on", Unit.DATE), ("Listing date",)),
    (Name("is_sme", "Is SME", Unit.FLAG), ()),
    (Name("is_financial", "Is financial", Unit.FLAG), ("Is financials",)),
)

#: Short words of names that people also spell out.
_SPELT_OUT: Final = {"dma": ("day", "moving", "average"), "eps": ("earning", "per", "share")}

RATIO: Final = "ratio:"  # what the key of a custom ratio begins with


class Lexicon:
    """Every name of a set of fields, of the company's own columns, and of custom ratios.

    Words match without regard to case, white space and number; `3Years`, `3 years` and `3-year`
    are one, and so are `200 DMA` and `DMA 200`. A custom ratio hides a field of the same name.
    """

    def __init__(self, fields: Sequence[Field], ratios: Mapping[str, str]) -> None:
        self._fields = {field.key: field for field in fields}
        self._ratios = {f"{RATIO}{name}": text for name, text in ratios.items()}
        self._names: dict[str, Name] = {}
        self._titles: list[Title] = []
        self._trie: dict[Any, Any] = {}
        self._clashes: list[tuple[str, str, str]] = []
        for name in ratios:
            self._learn(Name(f"{RATIO}{name}", name, None), (), "")
        for field in fields:
            self._learn(Name(field.key, field.name, field.unit, field.history), (), field.about)
        for known, aliases in _COMPANY:
            if known.key not in self._names:
                self._learn(known, aliases, "")
        for field in fields:
            for alias in (*field.aliases, field.key):
                self._teach(self._names[field.key], alias)
        for title in self._titles:
            self._teach_variants(title.words, self._names[title.key])
        # What other modules have worked out about these names, kept for the next screen:
        self.trees: dict[str, Any] = {}  # of custom ratios
        self.moments: dict[tuple[str, Any], Any] = {}  # of fields at earlier periods

    @classmethod
    def of(cls, fields: Iterable[Field], ratios: Mapping[str, str] | None = None) -> Lexicon:
        """The names of these fields and of custom ratios (name → text of its expression)."""
        return cls(tuple(fields), dict(ratios or {}))

    @property
    def names(self) -> Iterator[Name]:
        """Every name, custom ratios first."""
        return iter(self._names.values())

    @property
    def ratios(self) -> Mapping[str, str]:
        """Key of each custom ratio → its text."""
        return MappingProxyType(self._ratios)

    @property
    def clashes(self) -> tuple[tuple[str, str, str], ...]:
        """Names whose words already stand for another field: words, the field, the one hidden."""
        return tuple(self._clashes)

    def field(self, key: str) -> Field | None:
        """The field of that key; None for a column of the company and for a custom ratio."""
        return self._fields.get(key)

    def name(self, key: str) -> Name:
        """The name of that key. Raises KeyError."""
        return self._names[key]

    def find(self, words: str) -> Name | None:
        """The name these words stand for, all of them, if there is one."""
        node: Any = self._trie
        for word in words_of(words):
            node = node.get(word)
            if node is None:
                return None
        found = node.get(None)
        return found[0] if found and not found[1] else None

    def match(self, tokens: Sequence[Token], index: int) -> tuple[Name, bool, int] | None:
        """The longest name that begins at `tokens[index]`.

        Returns the name, whether it is said in the negative (“Is not SME”), and the index behind
        it; None if no name begins there.
        """
        node: Any = self._trie.get(tokens[index].key)
        best: tuple[Name, bool, int] | None = None
        while node is not None:
            index += 1
            found = node.get(None)
            if found is not None:
                best = (found[0], found[1], index)
            key = tokens[index].key
            if key == "%" and "%" not in node:
                index += 1
                key = tokens[index].key
            node = node.get(key) if tokens[index].kind not in ("text", "end") else None
        return best

    def complete(self, words: str, limit: int = 8) -> list[Name]:
        """The names that go on from these words, the last of which may be unfinished.

        Names come in the order of length, those that begin with the words before those that hold
        them further on.
        """
        wanted = tuple(t.key for t in tokenise(words, Report(words))[:-1])
        if not wanted:
            return []
        *whole, begun = wanted
        typed = words.split()[-1].lower()
        found: dict[str, tuple[int, int]] = {}
        for title in self._titles:
            for at in range(len(title.words) - len(whole)):
                last = title.words[at + len(whole)]
                if list(title.words[at : at + len(whole)]) == whole and last.startswith(
                    (begun, typed)
                ):
                    rank = (at, len(title.words))
                    found[title.key] = min(found.get(title.key, rank), rank)
                    break
        keys = sorted(found, key=lambda key: found[key])
        return [self._names[key] for key in keys[:limit]]

    def suggest(self, words: str, limit: int = 3) -> list[Name]:
        """The names nearest to these words, the nearest first; none if nothing is near.

        Compares the whole run of words by spelling, by words in common with names and aliases,
        and by the words that say what a field means.
        """
        keys = self._index.nearest(words_of(words), limit)
        return [self._names[key] for key in keys]

    @cached_property
    def _index(self) -> Index:
        return Index(self._titles)

    def _learn(self, name: Name, aliases: Iterable[str], about: str) -> None:
        self._names[name.key] = name
        self._teach(name, name.name, about)
        for alias in aliases:
            self._teach(name, alias)

    def _teach(self, name: Name, title: str, about: str = "") -> None:
        words = words_of(title)
        if not words:
            return
        self._titles.append(Title(name.key, words, about))
        self._enter(words, name, negative=False, own=True)

    def _teach_variants(self, words: tuple[str, ...], name: Name) -> None:
        """Other ways to say a title, where they are not names of something else."""
        variants = [words]
        if len(words) > 1 and words[1].isdigit() and not words[0].isdigit():
            variants.append((words[1], words[0], *words[2:]))
        for variant in variants:
            spelt = (_SPELT_OUT.get(word, (word,)) for word in variant)
            for entry in (variant, tuple(word for part in spelt for word in part)):
                self._enter(entry, name, negative=False, own=False)
        if name.unit is Unit.FLAG and words[0] == "is" and words[1:2] != ("not",):
            self._enter(("is", "not", *words[1:]), name, negative=True, own=False)

    def _enter(self, words: tuple[str, ...], name: Name, *, negative: bool, own: bool) -> None:
        node = self._trie
        for word in words:
            node = node.setdefault(word, {})
        held = node.setdefault(None, (name, negative))[0]
        if own and held.key != name.key:
            self._clashes.append((" ".join(words), held.key, name.key))
