"""Files written so that a reader sees the old or the new: flushed, moved into place, locked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file's content so that a reader sees the old or the new, never a part."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write_bytes(part, content)
        os.replace(part, path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file through to the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Write a folder's entries through to the disk."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def only_writer(root: Path) -> Iterator[None]:
    """One writer at a time, by a lock that the system drops if the process dies."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("a+b") as file:
        _lock(file.fileno())
        yield


def _lock(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
