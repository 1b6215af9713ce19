"""The log of unexpected errors, so that no traceback reaches the screen."""

from __future__ import annotations

import datetime as dt
import traceback
from pathlib import Path

from screener.paths import Paths


def write_log(paths: Paths, err: BaseException) -> Path | None:
    """Append the error with its traceback; the file's path, or None where it cannot be written."""
    try:
        paths.log.parent.mkdir(parents=True, exist_ok=True)
        with paths.log.open("a", encoding="utf-8") as file:
            file.write(f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')}\n")
            file.writelines(traceback.format_exception(err))
            file.write("\n")
    except OSError:
        return None
    return paths.log
