"""Reads a file once, with a limit: what was checked is what is loaded, whatever happens to the file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from simeval.errors import InputError

__all__ = ["LARGEST", "read_regular"]

LARGEST = 8 * 2**30  # bytes; larger weights want a factory of their own


def read_regular(path: Path, *, largest: int = LARGEST) -> bytes:
    """Every byte of a regular file.

    Raises:
        InputError: it is not there, empty, too large, a folder, a pipe, a device, or a loop of links.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before it is opened: a pipe would wait for a writer
            raise InputError(str(path), "is not a regular file.", "Name the file of the policy.")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(largest) if size <= largest else b""
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}.", "Name a regular file.") from error
    if size > largest:
        what = f"{size / 2**30:.1f} GiB; at most {largest / 2**30:.1f} GiB are read."
        raise InputError(str(path), what, "Load it in a factory: --policy package.module:factory.")
    if not data:
        raise InputError(str(path), "is empty.", "Export the policy again.")
    return data
