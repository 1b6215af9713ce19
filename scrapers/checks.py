"""What the doctor found: one check a thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"  # works, but is worth knowing
    SKIPPED = "skipped"  # was not looked at, `text` says why
    BROKEN = "broken"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    fault: `route` where no usable reply came, `parser` where one came that cannot be read. seconds:
    how long the host took, waiting for its turn aside. exit_code: of the command if it is broken.
    """

    name: str
    state: State
    text: str
    hint: str = ""
    host: str = ""
    fault: str = ""
    seconds: float | None = None
    exit_code: int = 1


@dataclass(frozen=True)
class Diagnosis:
    """Every check, in order."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is broken."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0, or that of the first thing that is broken."""
        return next((c.exit_code for c in self.checks if c.state is State.BROKEN), 0)
