"""Which known names are nearest to words that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Final

from screener.language.tokens import words_of

_ENOUGH: Final = 0.3  # a name less near than this is not worth proposing
_SAME_WORD: Final = 0.6  # words less alike than this are different words
_MEANING: Final = 0.25  # weight of a word found only in what the field means


@dataclass(frozen=True)
class Title:
    """One way to write a name, and (for its main one) what it means."""

    key: str
    words: tuple[str, ...]
    about: str = ""


class Index:
    """Titles prepared for comparison."""

    def __init__(self, titles: Iterable[Title]) -> None:
        self._titles = [(t, _pairs("".join(t.words))) for t in titles]
        self._about: dict[str, frozenset[str]] = {}
        seen: dict[str, set[str]] = {}
        for title, _ in self._titles:
            for word in title.words:
                seen.setdefault(word, set()).add(title.key)
            if title.about:
                self._about[title.key] = frozenset(words_of(title.about))
        keys = len({title.key for title, _ in self._titles}) + 1
        self._weights = {word: log(keys / len(found)) + 0.2 for word, found in seen.items()}
        self._rare = log(keys) + 0.2

    def nearest(self, words: Sequence[str], limit: int) -> list[str]:
        """Keys of the nearest names, best first."""
        wanted = [w for w in words if w][:12]
        if not wanted:
            return []
        pairs = _pairs("".join(wanted))
        likeness = {w: self._alike(w) for w in set(wanted)}
        scores: dict[str, float] = {}
        for title, title_pairs in self._titles:
            score = 0.6 * self._overlap(wanted, title, likeness)
            if title_pairs and pairs:
                shared = len(pairs & title_pairs)
                score += 0.4 * 2 * shared / (len(pairs) + len(title_pairs))
            if score > scores.get(title.key, 0.0):
                scores[title.key] = score
        best = sorted(scores.items(), key=lambda item: -item[1])[:limit]
        return [key for key, score in best if score >= _ENOUGH]

    def _alike(self, word: str) -> dict[str, float]:
        """Known words like this one → how alike they are."""
        if word in self._weights:
            return {word: 1.0}
        return {w: s for w in self._weights if (s := similarity(word, w)) >= _SAME_WORD}

    def _overlap(
        self, wanted: list[str], title: Title, likeness: dict[str, dict[str, float]]
    ) -> float:
        """Weight of the words in common over the weight of all words of both."""
        common = total = 0.0
        about = self._about.get(title.key, frozenset())
        left = list(title.words)
        for word in wanted:
            alike = likeness[word]
            weight = max((self._weights[w] for w in alike), default=self._rare)
            total += weight
            best = max(left, key=lambda w: alike.get(w, 0.0), default="")
            if found := alike.get(best, 0.0):
                left.remove(best)
                common += found * weight
            elif word in about:
                common += _MEANING * weight
        total += sum(self._weights[w] for w in left)
        return common / total if total else 0.0


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


@lru_cache(maxsize=8192)
def similarity(a: str, b: str) -> float:
    """1 for equal words, 0 for words with nothing in common, by edits (swaps count one)."""
    longest = max(len(a), len(b))
    if longest > 40 or abs(len(a) - len(b)) > 0.5 * longest:
        return 0.0
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return 1.0 - last[-1] / longest
