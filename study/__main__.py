"""Make docs/evidence.md anew from the recorded companies (KASAUTI_RECORDED)."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Write the page. Returns 0, or 1 where there is no recorded data."""
    folder = Path(os.environ.get("KASAUTI_RECORDED", ROOT.parent / "shared" / "recorded"))
    if not folder.is_dir():
        sys.stderr.write(f"No recorded data in {folder}; set KASAUTI_RECORDED to its folder.\n")
        return 1
    with tempfile.TemporaryDirectory() as home:
        os.environ["KASAUTI_HOME"] = home  # the built-in goalposts, whatever the user's own say
        from study.findings import find
        from study.page import page
        from study.recorded import open_recorded

        found = find(open_recorded(folder, Path(home)), folder)
    target = ROOT / "docs" / "evidence.md"
    target.write_text(page(found), encoding="utf-8")
    met = sum(verdict.met for verdict in found.verdicts)
    sys.stdout.write(f"{target}: {met} of {len(found.verdicts)} limits met\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
