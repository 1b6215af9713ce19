"""Make the pictures of README and docs: the app itself on the demo market, saved as SVG."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Final

from screener.paths import Paths
from tests.tui.conftest import Driver
from tui.app import KasautiApp

FOLDER: Final = Path(__file__).parent / "pictures"
VIEWS: Final[dict[str, tuple[tuple[int, int], tuple[str, ...]]]] = {
    "app": ((132, 38), ("down", "down")),
    "query": ((100, 30), ("e", "type: AND Debt to equty < 0.1")),
    "company": ((132, 38), ("enter",)),
}
#: Rich writes where a font may be downloaded from; the picture does without.
_FONT_FACE: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


async def picture(paths: Paths, name: str, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    """Drive the app to a view and save what it shows."""
    app = KasautiApp(paths, market="demo")
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot)
        await driver.ready()
        for key in keys:
            await (driver.type(key[5:]) if key.startswith("type:") else driver.press(key))
        svg = app.export_screenshot(title="kasauti")
    svg = _FONT_FACE.sub("", svg).replace("Fira Code", "DejaVu Sans Mono")
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    """Make every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        paths = Paths(root / "data", root / "config", root / "cache", root / "state")
        for name, (size, keys) in VIEWS.items():
            asyncio.run(picture(paths, name, size, keys))
            print(f"docs/pictures/{name}.svg")


if __name__ == "__main__":
    main()
