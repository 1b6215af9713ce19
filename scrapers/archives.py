"""Zip files from outside, opened only within limits."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Final

from screener.errors import LayoutError

MEMBERS: Final = 64
UNPACKED_BYTES: Final = 128 * 1024 * 1024
RATIO: Final = 200  # unpacked to packed; a list of prices packs about 6 to 1


def checked_zip(body: bytes, name: str) -> zipfile.ZipFile:
    """The archive, if it is whole and of a sensible size. Raises LayoutError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as err:
        raise LayoutError(
            f"{name} is not a whole zip file ({err}).", "It is fetched again in a later run."
        ) from err
    members = archive.infolist()
    unpacked = sum(m.file_size for m in members)
    packed = sum(m.compress_size for m in members)
    if len(members) > MEMBERS or unpacked > UNPACKED_BYTES or unpacked > RATIO * max(packed, 1024):
        archive.close()
        raise LayoutError(
            f"{name} unpacks to {len(members)} files and {unpacked:,} bytes; it was not opened."
        )
    return archive


def only_member(body: bytes, name: str, suffix: str) -> bytes:
    """The content of the archive's one file with that suffix. Raises LayoutError."""
    return named_member(body, name, re.compile(f".*{re.escape(suffix)}", re.IGNORECASE), suffix)


def named_member(body: bytes, name: str, pattern: re.Pattern[str], what: str) -> bytes:
    """The content of the archive's one file whose whole name fits. Raises LayoutError.

    what: how to call such a file when there is none, or more than one.
    """
    with checked_zip(body, name) as archive:
        members = [m for m in archive.infolist() if pattern.fullmatch(m.filename)]
        if len(members) != 1:
            raise LayoutError(f"{name} holds {len(members)} {what} files instead of one.")
        try:
            with archive.open(members[0]) as file:
                content = file.read(UNPACKED_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as err:
            raise LayoutError(
                f"{name} is damaged ({err}).", "It is fetched again in a later run."
            ) from err
    if len(content) != members[0].file_size:
        raise LayoutError(f"{name} is damaged: its size is not what it says.")
    return content
