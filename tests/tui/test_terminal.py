"""The main loop in a real terminal: tmux sends the keys and shows what a person would see."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.paths import Paths
from screener.shortlists import Shortlists
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

PATIENCE = 30.0  # seconds until something is given up; nothing waits longer than it has to


class Terminal:
    """A tmux session of its own on a socket of its own."""

    def __init__(self, socket: Path, home: Path, folder: Path) -> None:
        self._tmux = ("tmux", "-S", str(socket), "-f", "/dev/null")
        env = os.environ | {"KASAUTI_HOME": str(home), "PYTHONPATH": str(ROOT), "PS1": "ready> "}
        env = {k: v for k, v in env.items() if k not in ("TMUX", "KASAUTI_ASCII", "NO_COLOR")}
        self._run("new-session", "-d", "-x", "80", "-y", "24", "-c", str(folder),
                  "env PS1='ready> ' sh", env=env)  # fmt: skip

    def _run(self, *args: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [*self._tmux, *args], env=env, capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._run("send-keys", "-l", text)

    def shown(self) -> str:
        """What is on the screen."""
        return self._run("capture-pane", "-p")

    def until(self, *wanted: str, gone: str = "") -> str:
        """What is on the screen once all of that is there and `gone` is not."""
        end = time.monotonic() + PATIENCE
        while True:
            shown = self.shown()
            assert "Traceback" not in shown, shown
            if all(text in shown for text in wanted) and not (gone and gone in shown):
                return shown
            assert time.monotonic() < end, f"{wanted} did not appear:\n{shown}"

    def close(self) -> None:
        """End the session."""
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False, timeout=20)


@pytest.fixture
def terminal(demo_home: Paths, tmp_path: Path) -> Iterator[Terminal]:
    folder = tmp_path / "work"
    folder.mkdir()
    opened = Terminal(tmp_path / "s", tmp_path, folder)
    yield opened
    opened.close()


def test_the_main_loop(terminal: Terminal, demo_home: Paths, tmp_path: Path) -> None:
    terminal.until("ready>")
    terminal.type(f"{shlex.quote(sys.executable)} -m tui --demo; echo ended $?")
    terminal.keys("Enter")
    terminal.until("demo market", "Enter begin")  # the welcome, once
    terminal.keys("Escape")
    terminal.until("demo · fictional", "Enter Open")
    terminal.keys("0")
    listed = terminal.until("All companies", "Fail 0  All 300")  # none fails: it is this list
    first, second = _rows(listed)[:2]
    terminal.keys("j")
    terminal.keys("w")
    terminal.until(f"Why {second}")
    terminal.keys("Escape")
    # A key that follows Esc in one breath is another key to a terminal.
    terminal.until("All companies", gone=f"Why {second}")
    terminal.keys("Space")
    terminal.until("1 marked")
    terminal.keys("s")
    terminal.until("Esc", "Save")
    terminal.keys("C-u")
    terminal.type("To read")
    terminal.keys("Enter")
    terminal.until("To read", gone="Esc leave")
    terminal.keys("g")
    terminal.keys("Enter")
    terminal.until(f"{first} ", "1 of 300", "Overview")
    terminal.keys("Escape")
    terminal.until("All companies", "Enter Open")
    terminal.keys("Space")
    terminal.until("1 marked")
    terminal.keys("x")
    terminal.until("Esc leave")
    terminal.keys("C-u")
    terminal.type("picked.csv")
    terminal.keys("Enter")
    terminal.until("Exported", gone="Esc leave")  # a long path is broken over lines
    terminal.keys("q")
    terminal.until("ended 0", "ready>")
    terminal.type("echo still $((40 + 2))")
    terminal.keys("Enter")
    terminal.until("still 42")
    assert not demo_home.log.exists()
    (written,) = tmp_path.rglob("picked.csv")
    lines = written.read_text(encoding="utf-8").splitlines()
    *notes, header, company = lines  # one company: the marked one
    assert "demo" in " ".join(notes)
    assert header.startswith("ISIN,Symbol,Name")
    assert company.split(",")[1] == first
    assert Shortlists(demo_home.state).get("To read").entries[0].symbol == second


def _rows(shown: str) -> list[str]:
    """The symbols of a list on screen, in order."""
    lines = shown.splitlines()
    words = [line.split() for line in lines]
    return [each[0] if each[0] not in "✓✗?" else each[1] for each in words if _is_row(each)]


def _is_row(words: list[str]) -> bool:
    symbol = words[1] if len(words) > 1 and words[0] in "✓✗?" else words[0] if words else ""
    return symbol.isupper() and symbol.isalpha() and len(symbol) > 4
