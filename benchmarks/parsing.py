"""A company page read by selectolax, beside the same seam on BeautifulSoup with lxml.

    python benchmarks/parsing.py [--repeat 9]

Processor time of the whole parser on a made page and on every recorded one (KASAUTI_RECORDED). What
both make of a page must be equal before either is timed.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from timing import median_ms

from scrapers.screener_in import parse_page
from tests.scrapers.made_pages import made_page


def pages() -> dict[str, bytes]:
    found = {"a made page": made_page()}
    folder = Path(os.environ.get("KASAUTI_RECORDED", "../shared/recorded")) / "pages"
    for path in sorted(folder.glob("*consolidated*.html")) + sorted(
        folder.glob("*standalone*.html")
    ):
        found[path.stem] = path.read_bytes()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=9)
    args = parser.parse_args()
    print(f"{'processor ms':34}{'selectolax':>11}{'soup':>9}{'ratio':>8}")
    for name, body in pages().items():

        def read(reader: str, body: bytes = body) -> object:
            return parse_page(body, "https://www.screener.in/company/X/consolidated/", reader)

        assert read("selectolax") == read("soup"), f"{name}: the readers differ"
        fast, slow = (
            median_ms(lambda r=reader, f=read: f(r), args.repeat)
            for reader in ("selectolax", "soup")
        )
        print(f"{name[:33]:34}{fast:11.2f}{slow:9.1f}{slow / fast:7.0f}×")


if __name__ == "__main__":
    main()
