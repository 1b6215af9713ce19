"""The folders Kasauti reads and writes, and the version it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

APP = "kasauti"


@dataclass(frozen=True)
class Paths:
    """Where things live. `KASAUTI_HOME` puts all of them under one folder."""

    data: Path
    config: Path
    cache: Path
    state_dir: Path

    @property
    def real_market(self) -> Path:
        """Generations gathered from the real sources."""
        return self.data / "market"

    @property
    def demo_market(self) -> Path:
        """Generations of the fictional demo market."""
        return self.data / "demo"

    @property
    def screens_file(self) -> Path:
        """The user's own screens and ratios (TOML)."""
        return self.config / "screens.toml"

    @property
    def state(self) -> Path:
        """Shortlists, notes, run history and the job queue (SQLite)."""
        return self.state_dir / "state.sqlite"

    @property
    def log(self) -> Path:
        """Where unexpected errors are written."""
        return self.state_dir / "kasauti.log"


def default_paths() -> Paths:
    """The folders of this user on this system."""
    home = os.environ.get("KASAUTI_HOME")
    if home:
        root = Path(home).expanduser().absolute()
        return Paths(root / "data", root / "config", root / "cache", root / "state")
    import platformdirs

    return Paths(
        Path(platformdirs.user_data_dir(APP)),
        Path(platformdirs.user_config_dir(APP)),
        Path(platformdirs.user_cache_dir(APP)),
        Path(platformdirs.user_state_dir(APP)),
    )


@cache
def app_version() -> str:
    """The installed version, or "0" in a checkout that was not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(APP)
    except PackageNotFoundError:
        return "0"
