"""How soon the app is on screen, beside an empty Textual app; how soon its rows, kept and judged.

    python benchmarks/start.py [--runs 7]

Wall milliseconds from the start of the process, medians of cold processes, one after the other in
turn, on the demo market, which is made first if there is none. The first rows are those of the list
kept from the run before; a first run, or one on a new market, begins with the judged ones.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

EMPTY = """
import os, time
from textual.app import App
class Empty(App):
    def on_mount(self):
        self.call_after_refresh(self.painted)
    def painted(self):
        os.write(1, f"paint {time.time()}\\n".encode()); self.exit()
Empty().run(headless=True, size=(200, 50))
"""
OURS = """
import os, sys, time
from screener.paths import default_paths
from tui.app import KasautiApp
from tui.screens.browse import Browse
from tui.widgets.results import Results
opening, relist = Browse._begin, Results.relist
def painted(self):
    os.write(1, f"paint {time.time()} {'polars' in sys.modules}\\n".encode()); opening(self)
def listed(self):
    relist(self)
    if self.listing is not None:
        self.call_after_refresh(rows, self.app)
def rows(app):
    os.write(1, f"judged {time.time()}\\n".encode()); app.exit()
def kept(self, last):
    show_last(self, last)
    self.call_after_refresh(lambda: os.write(1, f"rows {time.time()}\\n".encode()))
show_last, Results.show_last = Results.show_last, kept
Browse._begin, Results.relist = painted, listed
KasautiApp(default_paths(), market="demo").run(headless=True, size=(200, 50))
"""


def run(program: str) -> dict[str, float]:
    """Milliseconds from the start of a process that runs the program to what it prints."""
    import time

    start = time.time()
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert "True" not in out, "polars was imported before the first paint"
    marks = (
        line.split() for line in out.splitlines() if line.startswith(("paint", "rows", "judged"))
    )
    return {name: (float(at) - start) * 1000 for name, at, *_ in marks}


def main() -> None:
    parser = argparse.ArgumentParser(description="Start of the app beside an empty one.")
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    run(OURS)  # makes the demo market, the byte code, and keeps its list
    pairs = [(run(EMPTY)["paint"], run(OURS)) for _ in range(runs)]
    empty = statistics.median(pair[0] for pair in pairs)
    paint = statistics.median(pair[1]["paint"] for pair in pairs)
    rows = statistics.median(pair[1]["rows"] for pair in pairs)
    judged = statistics.median(pair[1]["judged"] for pair in pairs)
    print(f"empty app painted     {empty:7.0f} ms")
    print(f"kasauti painted       {paint:7.0f} ms  {paint / empty:.2f}×")
    print(f"its first rows        {rows:7.0f} ms  {rows - paint:+.0f} ms")
    print(f"judged anew           {judged:7.0f} ms  {judged - paint:+.0f} ms")


if __name__ == "__main__":
    main()
