"""Which market to open: the gathered one if there is one, else the demo market."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from screener.errors import NoMarket
from screener.market.schema import SCHEMA_VERSION
from screener.market.store import Market, current_generation
from screener.paths import Paths, app_version

Which = Literal["auto", "demo", "real"]
#: Raised with every change of what the demo market holds.
DEMO_EDITION: Final = 4
MAKING_DEMO: Final = "Making the demo market (fictional companies); this happens once …"


def open_market(
    paths: Paths, which: Which = "auto", *, notice: Callable[[str], None] | None = None
) -> Market:
    """Open the market asked for. `auto` prefers the real one. Raises MarketError.

    `notice` is told when the demo market has to be made first.
    """
    if which == "real" or (which == "auto" and current_generation(paths.real_market)):
        return Market.open(paths.real_market)
    try:
        market = Market.open(paths.demo_market)
        if market.manifest.sources.get("demo") == demo_edition():
            return market
    except NoMarket:
        pass
    if notice:
        notice(MAKING_DEMO)
    return make_demo(paths)


def make_demo(paths: Paths) -> Market:
    """Generate and publish the demo market.

    In a process of its own, because generating needs a gigabyte for some seconds and this process
    would keep it; where that fails, in this one, which then raises what is wrong.
    """
    child = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", __spec__.name, str(paths.demo_market)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if child.returncode:
        return _publish_demo(paths.demo_market)
    return Market.open(paths.demo_market)


def _publish_demo(root: Path) -> Market:
    from screener.market.demo import DEMO_DATE, generate
    from screener.market.store import publish

    return publish(root, generate(), date=DEMO_DATE, sources={"demo": demo_edition()}, demo=True)


def demo_edition() -> str:
    """What the demo market says of its making; another edition is made anew."""
    return f"edition {DEMO_EDITION}, schema {SCHEMA_VERSION}, by Kasauti {app_version()}"


if __name__ == "__main__":
    _publish_demo(Path(sys.argv[1]))
