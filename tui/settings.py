"""What the app remembers of a reader between two runs: the colours."""

from __future__ import annotations

import json
import os
from pathlib import Path

from screener.paths import Paths


def _file(paths: Paths) -> Path:
    return paths.state_dir / "app.json"


def remembered_theme(paths: Paths) -> str:
    """The theme chosen last; empty where none was, or where the file cannot be read."""
    try:
        found = json.loads(_file(paths).read_bytes())
    except (OSError, ValueError):
        return ""
    theme = found.get("theme") if isinstance(found, dict) else None
    return theme if isinstance(theme, str) else ""


def remember_theme(paths: Paths, theme: str) -> None:
    """Keep the theme for the next run. Raises OSError where the disk refuses."""
    file = _file(paths)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(json.dumps({"theme": theme}), encoding="utf-8")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
