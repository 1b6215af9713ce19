"""A place in the tokens of a text, and what can be said of it when reading cannot go on."""

from __future__ import annotations

from collections.abc import Sequence

from screener.language.diagnosis import Report, Span, quoted
from screener.language.tokens import END, SIGN, WORD, Token


class Fault(Exception):
    """Reading cannot go on here; the report has been told why."""


class Cursor:
    """Steps through tokens. `key` is the sign or word at hand, empty for anything else."""

    def __init__(self, tokens: Sequence[Token], report: Report) -> None:
        self.tokens = tokens
        self.report = report
        self.open: list[tuple[Token, int]] = []  # brackets not closed, and the faults before each
        self.faults = 0
        self.go_to(0)

    def go_to(self, index: int) -> None:
        """Stand at that token."""
        self.index = index
        self.token = token = self.tokens[index]
        self.key = token.key if token.kind in (SIGN, WORD) else ""

    def advance(self) -> None:
        """Go one token on."""
        self.go_to(self.index + 1)

    def take(self, key: str) -> bool:
        """Step over that sign or word if it is next."""
        if self.key != key:
            return False
        self.go_to(self.index + 1)
        return True

    def ahead(self, steps: int) -> Token:
        """The token so many steps on; the end if there are not so many."""
        return self.tokens[min(self.index + steps, len(self.tokens) - 1)]

    def since(self, start: int) -> Span:
        """From there to the end of the last token read."""
        return start, max(self.tokens[self.index - 1].end, start + 1)

    def fault(self, code: str, message: str, span: Span | None = None, hint: str = "") -> Fault:
        """Tell the report; the error to raise if reading cannot go on."""
        self.faults += 1
        self.report.error(code, message, span or self.token.span, hint)
        return Fault()

    def skip(self, level: int) -> None:
        """Go on to the next AND, OR or closing bracket, `level` brackets further out."""
        while self.token.kind != END:
            if self.key in ("(", "["):
                level += 1
            elif self.key in (")", "]"):
                if level <= 0:
                    return
                level -= 1
            elif level <= 0 and self.key in ("and", "or"):
                return
            self.advance()

    def enter(self) -> None:
        """Step over an opening bracket."""
        if self.key != "(":
            hint = 'Write it as in Industry in ("Pharmaceuticals", "Hospitals").'
            raise self.fault("bracket", "An opening bracket is missing here.", hint=hint)
        self.open.append((self.token, self.faults))
        self.advance()

    def leave(self, expected: str) -> None:
        """Step over the closing bracket."""
        if self.key == ")":
            self.open.pop()
            self.advance()
        elif self.token.kind == END:
            bracket, faults = self.open.pop()
            if faults == self.faults:
                self.fault("bracket", "This bracket is not closed.", bracket.span, "Add a “)”.")
        else:
            found = quoted(self.token.text)
            message = f"Expected {expected}, found {found}."
            raise self.fault("unexpected", message, hint="Complete it, or remove what is here.")

    def nothing_here(self) -> Fault:
        """Say what is missing at a place where nothing that begins a value or condition stands."""
        before = self.tokens[self.index - 1] if self.index else None
        found = "the end" if self.token.kind == END else quoted(self.token.text)
        if before is None:
            message = f"A screen cannot begin with {found}."
            return self.fault("unexpected", message, hint="Begin with a condition: ROCE > 15.")
        span = before.span if self.token.kind == END else self.token.span
        if before.kind == WORD:
            what = before.text.upper()
            message = f"A condition is missing after {what}; found {found}."
            return self.fault("missing", message, span, f"Complete it, or remove {what}.")
        if before.key == "(":
            message = "There is nothing inside this bracket."
            return self.fault("missing", message, span, "Remove it, or write something inside.")
        message = f"A value is missing after {quoted(before.text)}; found {found}."
        return self.fault("missing", message, span, "Write a number or a field there.")
