"""Files that appear whole or not at all: temporary name in the same folder, flush to disk, rename."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from simeval.errors import StorageFull, UsageError

__all__ = ["make_folder", "storage_errors", "sync_folder", "whole_file"]

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns "disk full" and "cannot be written" into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        what = f"cannot be written: {error.strerror or error}."
        raise StorageFull(str(path), what, "Free some space or choose another folder.") from error


def make_folder(path: Path) -> None:
    """Makes a folder and those above it.

    Raises:
        UsageError: when a file is in its place.
        StorageFull: when the place cannot be written.
    """
    try:
        with storage_errors(path):
            path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(
            str(path), "is or lies below a file, not a folder.", "Choose another name."
        ) from None


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the name `path` at the end, or leaves nothing after an error."""
    with storage_errors(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
