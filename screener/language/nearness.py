"""Which known names are nearest to words that nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Final

from screener.language.tokens import words_of

_ENOUGH: Final = 0.4  # a name less near than this is not worth proposing
_BY_WORDS: Final = 0.6  # the part that words have in the score; letter pairs have the rest
_SAME_WORD: Final = 0.6  # words less alike than this are different words
_MEANING: Final = 0.4  # worth of a word found only in what the field means
_WITHIN: Final = 0.5  # least score of a name that stands whole within the run, or means all of it
_MOST_WORDS: Final = 12  # of a run that are looked at


@dataclass(frozen=True)
class Title:
    """One way to write a name, and (for its main one) what it means."""

    key: str
    words: tuple[str, ...]
    about: str = ""


class Index:
    """Titles prepared for comparison.

    Nearness is the weight of the words in common over the weight of all words of both, and to a
    smaller part the share of letter pairs in common. A word weighs more the fewer names have it.
    """

    def __init__(self, titles: Iterable[Title]) -> None:
        self._titles = list(titles)
        self._pairs = [_pairs("".join(title.words)) for title in self._titles]
        self._holders: dict[str, list[int]] = defaultdict(list)
        self._meant: dict[str, list[int]] = defaultdict(list)
        keys: dict[str, set[str]] = defaultdict(set)
        for number, title in enumerate(self._titles):
            for word in set(title.words):
                self._holders[word].append(number)
                keys[word].add(title.key)
            for word in set(words_of(title.about)) - set(title.words):
                self._meant[word].append(number)
        every = len({title.key for title in self._titles}) + 1
        self._weight = {word: log(every / len(found)) + 0.2 for word, found in keys.items()}
        self._rare = log(every) + 0.2
        self._whole = [sum(self._weight[w] for w in title.words) for title in self._titles]

    def nearest(self, words: Sequence[str], limit: int) -> list[str]:
        """Keys of the nearest names, best first."""
        return list(self._nearest(tuple(words)[:_MOST_WORDS])[:limit])

    @lru_cache(maxsize=256)  # noqa: B019  an index lives as long as its lexicon
    def _nearest(self, wanted: tuple[str, ...]) -> list[str]:
        overlap = self._overlaps(wanted)
        pairs = _pairs("".join(wanted))
        scores: dict[str, float] = {}
        for number, title_pairs in enumerate(self._pairs):
            in_common, whole = overlap.get(number, (0.0, False))
            shared = len(pairs & title_pairs)
            dice = 2 * shared / (len(pairs) + len(title_pairs)) if shared else 0.0
            score = _BY_WORDS * in_common + (1 - _BY_WORDS) * dice
            score = max(score, _WITHIN) if whole else score
            key = self._titles[number].key
            if score > scores.get(key, 0.0):
                scores[key] = score
        best = sorted(scores.items(), key=lambda item: -item[1])[:10]
        return [key for key, score in best if score >= _ENOUGH]

    def _overlaps(self, wanted: tuple[str, ...]) -> dict[int, tuple[float, bool]]:
        """Title → weight of the words in common over that of all words of both.

        And whether the title stands whole within the run, or its meaning holds all of the run.
        """
        gained: dict[int, float] = defaultdict(float)
        matched: dict[int, float] = defaultdict(float)
        meant: dict[int, int] = defaultdict(int)
        total = 0.0
        for word in wanted:
            alike = self._alike(word)
            weight = max((self._weight[w] for w in alike), default=self._rare)
            total += weight
            best: dict[int, tuple[float, float]] = {}
            for number in self._meant.get(word, ()):
                best[number] = (_MEANING * weight, 0.0)
                meant[number] += 1
            for other, likeness in alike.items():
                for number in self._holders[other]:
                    if likeness * weight > best.get(number, (0.0, 0.0))[0]:
                        best[number] = (likeness * weight, self._weight[other])
            for number, (gain, held) in best.items():
                gained[number] += gain
                matched[number] += held
        out = {}
        for number, gain in gained.items():
            left = max(self._whole[number] - matched[number], 0.0)
            whole = left < 0.01 and gain > 0.8 * self._whole[number]
            out[number] = gain / (total + left), whole or meant[number] == len(wanted)
        return out

    def _alike(self, word: str) -> dict[str, float]:
        """Known words like this one → how alike they are."""
        if word in self._weight:
            return {word: 1.0}
        return {w: s for w in self._weight if (s := similarity(word, w)) >= _SAME_WORD}


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


@lru_cache(maxsize=8192)
def similarity(a: str, b: str) -> float:
    """1 for equal words, 0 for words with nothing in common, by edits (swaps count one)."""
    longest = max(len(a), len(b))
    if longest > 40 or abs(len(a) - len(b)) > 0.4 * longest or not set(a) & set(b):
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
