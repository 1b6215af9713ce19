"""Names within the stream of tokens: the longest known run of words, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from screener.fields.base import Unit
from screener.language.diagnosis import Report, either, quoted
from screener.language.lexicon import Lexicon
from screener.language.syntax import COMPARISONS, Bad, Node, Not, Period, PeriodKind, Quantity
from screener.language.tokens import DATE, END, NUMBER, SIGN, TEXT, WORD, Token

_JOINS: Final = ("and", "or", "not", "between")
_UNITS: Final = ("cr", "crore", "lakh", "lac", "x", "time", "percent", "pct")
#: Words people write for a sign.
_SPOKEN: Final = {
    "divided by": "/", "multiplied by": "*", "plus": "+", "minus": "-", "greater than": ">",
    "more than": ">", "less than": "<", "above": ">", "below": "<", "equal to": "=", "equals": "=",
    "at least": ">=", "at most": "<=",
}  # fmt: skip
_PERIOD_HINT: Final = "Periods are written [FY-3], [Q-1] or [TTM-1]; [FY] is the latest year."

Found = tuple[Node, int]  # a node and the index behind it


class NameReader:
    """Reads names from the tokens of one text."""

    def __init__(
        self, tokens: Sequence[Token], text: str, lexicon: Lexicon, report: Report
    ) -> None:
        self._tokens = tokens
        self._text = text
        self._lexicon = lexicon
        self._report = report

    # --- what stands where ---

    def at_as_of(self, index: int) -> bool:
        """Whether the closing `as of 2025-03-31` begins here."""
        if self._tokens[index].key != "as" or self._key(index + 1) != "of":
            return False
        return self._at(index + 2).kind in (DATE, END, NUMBER)

    def at_in(self, index: int) -> bool:
        """Whether this `in` is the operator and not part of a name."""
        following = self._at(index + 1)
        if following.kind == TEXT or following.key == "(":
            return True
        return following.key in ("watchlist", "index") and self._at(index + 2).kind != WORD

    def begins_value(self, index: int) -> bool:
        """Whether a value begins here."""
        token = self._at(index)
        if token.kind == WORD:
            return not self._joins(index)
        return token.kind == NUMBER or token.key == "("

    def alone(self, index: int) -> bool:
        """Whether no word or number stands right behind this one."""
        return self._end_of_run(index) == index + 1

    def run_text(self, index: int) -> str:
        """The words that stand here, as written."""
        end = self._end_of_run(index)
        return self._text[self._tokens[index].start : self._tokens[end - 1].end]

    # --- reading ---

    def known(self, index: int) -> Found | None:
        """The longest known name that begins here, unless more words show that it is not meant."""
        match = self._lexicon.match(self._tokens, index)
        if match is None:
            return None
        name, negative, behind = match
        if self._goes_on(behind, name.unit is Unit.TEXT):
            return self.stranger(index)
        node: Node = Quantity(name, None, (self._tokens[index].start, self._tokens[behind - 1].end))
        return (Not(node, node.span) if negative else node), behind

    def number_name(self, index: int) -> Found | None:
        """A name that begins with a number, such as `52w high`; None if this is just a number."""
        found = self.known(index)
        if found is not None:
            return found
        following = self._at(index + 1)
        if following.kind != WORD or following.key in _UNITS or self._joins(index + 1):
            return None
        glued = following.start == self._tokens[index].end
        end = self._end_of_run(index)
        begins = index == 0 or self._tokens[index - 1].key in ("and", "or", "not", "(")
        if glued or (begins and self._compares(end)):
            return self.stranger(index)
        return None

    def stranger(self, index: int) -> Found:
        """Tell that nobody has the name that begins here, over its whole run of words."""
        end = self._end_of_run(index)
        span = self._tokens[index].start, self._tokens[end - 1].end
        if self._report.full:
            hint = "See the list of fields."
            self._report.error("unknown-name", "No field has this name.", span, hint)
            return Bad(span), end
        words = self._text[span[0] : span[1]]
        plain = f" {' '.join(words.lower().split())} "
        spoken = next((phrase for phrase in _SPOKEN if f" {phrase} " in plain), "")
        sought = plain.replace(f" {spoken} ", " to ") if spoken else words
        near = [name.name for name in self._lexicon.suggest(sought)]
        hint = f"Did you mean {either(near)}?" if near else "No known name is near it."
        if spoken:
            hint = f"“{spoken}” is written {_SPOKEN[spoken]}. {hint}"
        self._report.error("unknown-name", f"No field is called {quoted(words)}.", span, hint, near)
        return Bad(span), end

    def unquoted(self, index: int) -> Found | None:
        """Tell of words that stand where a text must, without quotation marks."""
        if self._tokens[index].kind != WORD or self._joins(index):
            return None
        end = self._end_of_run(index)
        match = self._lexicon.match(self._tokens, index)
        if match is not None and match[2] == end:
            return None
        span = self._tokens[index].start, self._tokens[end - 1].end
        words = quoted(self._text[span[0] : span[1]])
        hint = f'Write "{words[1:-1]}".'
        self._report.error("quotes", f"The text {words} lacks its quotation marks.", span, hint)
        return Bad(span), end

    def period(self, index: int) -> tuple[Period, int] | None:
        """The period in brackets that begins here, and the index behind it; None after a fault."""
        word, sign, count = self._at(index + 1), self._at(index + 2), self._at(index + 3)
        kinds = {kind.value.lower(): kind for kind in PeriodKind}
        kind = kinds.get(word.key) if word.kind == WORD else None
        if kind and sign.key == "]":
            return Period(kind), index + 3
        if kind and sign.key == "-" and count.key.isdecimal() and self._key(index + 4) == "]":
            return Period(kind, int(count.key[:6])), index + 5
        near = self._tokens[index : index + 6]
        end = next((t.end for t in near if t.key == "]"), self._tokens[index].end)
        span = self._tokens[index].start, end
        self._report.error("period", "This is not a period.", span, _PERIOD_HINT)
        return None

    # --- helpers ---

    def _at(self, index: int) -> Token:
        return self._tokens[min(index, len(self._tokens) - 1)]

    def _key(self, index: int) -> str:
        token = self._at(index)
        return token.key if token.kind in (SIGN, WORD) else ""

    def _joins(self, index: int) -> bool:
        """Whether the word here joins or compares, and so belongs to no name."""
        key = self._tokens[index].key
        if key in _JOINS:
            return True
        return (key == "in" and self.at_in(index)) or (key == "as" and self.at_as_of(index))

    def _compares(self, index: int) -> bool:
        return self._key(index) in (*COMPARISONS, "between")

    def _end_of_run(self, index: int) -> int:
        """The index behind the words and numbers that begin here."""
        end = index + 1
        while (token := self._at(end)).kind in (WORD, NUMBER) or token.key == "%":
            if token.kind == WORD and self._joins(end):
                is_not = token.key == "not" and end == index + 1 and self._tokens[index].key == "is"
                if not is_not:
                    break
            end += 1
        while end > index + 1 and self._tokens[end - 1].key == "%":
            end -= 1
        return end

    def _goes_on(self, behind: int, text: bool) -> bool:
        """Whether the words behind a known name make it part of another, unknown one.

        `text` is said of a name such as Industry, behind which no condition can begin.
        """
        token = self._at(behind)
        end = self._end_of_run(behind) if token.kind in (WORD, NUMBER) else behind
        if token.kind == WORD and not self._joins(behind):
            match = self._lexicon.match(self._tokens, behind)
            return text or match is None or match[2] < end
        if token.kind != NUMBER:
            return False
        following = self._at(behind + 1)
        if following.kind == WORD and following.key not in _UNITS and not self._joins(behind + 1):
            return self._lexicon.match(self._tokens, behind + 1) is None
        return end == behind + 1 and self._compares(end)
