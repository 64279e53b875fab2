"""Writes a file of the report whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from simeval.errors import StorageFull

__all__ = ["written"]


def written(path: Path, write: Callable[[Path], object]) -> Path:
    """Calls `write` with a temporary name in the same folder, then renames; returns `path`.

    Raises:
        StorageFull: when the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        try:
            write(Path(name))
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        why = error.strerror or str(error)
        raise StorageFull(str(path), f"cannot be written: {why}.", "Choose another file with -o.") from None
    return path
