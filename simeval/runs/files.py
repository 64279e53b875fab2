"""Every change that a run makes on disk goes through here, so that each can be made durable, and be
made to fail by a test.

A file appears whole or not at all: it is written under a temporary name in the same folder, flushed to
the disk, renamed, and the folder is flushed. A failing disk becomes one message (`StorageFull`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from simeval.errors import StorageFull, UsageError
from simeval.runs import faults
from simeval.runs.temporary import temporary_beside

__all__ = [
    "make_folder",
    "publish_folder",
    "remove",
    "sha256_of",
    "sha256_of_bytes",
    "storage_errors",
    "write_file",
]

REMEDIES = {
    errno.ENOSPC: "Free some space and run the same command again: finished episodes are kept.",
    errno.EDQUOT: "Free some of your quota and run the same command again: finished episodes are kept.",
    errno.EROFS: "The file system is read-only: choose another folder with --out.",
    errno.EACCES: "You may not write there: choose another folder with --out.",
    errno.EPERM: "You may not write there: choose another folder with --out.",
}
OTHER_FOLDER = "Choose another folder with --out."
AGAIN = "Check the disk and run the same command again: finished episodes are kept."


def write_file(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Writes a whole file durably. An older file of that name is replaced in one step, or, with
    `replace=False`, stays: of several writers the first one wins.

    Raises:
        StorageFull: when the disk is full or the folder cannot be written; nothing is left behind.
    """
    part = temporary_beside(path)
    with storage_errors(path, num_bytes=len(data)):
        try:
            with part.open("xb") as file:
                _write(file.fileno(), data, part)
                _fsync(file.fileno(), part)
            _rename(part, path) if replace else _link(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        _fsync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Creates a folder and those above it; one that exists is fine.

    Raises:
        UsageError: when a file is in its place.
        StorageFull: when it cannot be created.
    """
    if path.is_dir():
        return
    with storage_errors(path):
        _strike("mkdir", path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise UsageError(_shown(path), "is or lies below a file, not a folder.", OTHER_FOLDER) from None
        _fsync_folder(path.parent)


def publish_folder(part: Path, path: Path) -> None:
    """Gives a finished temporary folder its final name; if another writer was first, ours is dropped."""
    with storage_errors(path):
        for file in sorted(p for p in part.rglob("*") if p.is_file()):
            with file.open("rb") as opened:
                _fsync(opened.fileno(), file)
        _fsync_folder(part)
        try:
            _rename(part, path)
        except OSError:
            if not path.is_dir():
                raise
            shutil.rmtree(part, ignore_errors=True)
        _fsync_folder(path.parent)


def remove(path: Path) -> None:
    """Removes a file or a folder; one that is gone already is fine."""
    with storage_errors(path):
        _strike("unlink", path)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_bytes(data: bytes) -> str:
    """SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def storage_errors(path: Path, *, num_bytes: int | None = None) -> Iterator[None]:
    """Turns an operating-system error inside into one message that says where, what, and what to do."""
    try:
        yield
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT) and num_bytes is not None:
            what += f" ({num_bytes:,} bytes needed, {_free(path)} free)"
        raise StorageFull(_shown(path), what + ".", REMEDIES.get(error.errno or 0, AGAIN)) from error


def _free(path: Path) -> str:
    for folder in path.parents:
        with contextlib.suppress(OSError):
            return f"{shutil.disk_usage(folder).free:,}"
    return "unknown"


def _shown(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(path.resolve().relative_to(Path.cwd()))
    return str(path)


def _strike(operation: str, path: Path) -> None:
    if fault := faults.hit(operation):
        fault.strike(path)


def _write(handle: int, data: bytes, path: Path) -> None:
    view, fault = memoryview(data), faults.hit("write")
    if fault:
        os.write(handle, view[: len(view) // 2])  # what a crash or a full disk leaves: a part of it
        fault.strike(path)
    while view:
        view = view[os.write(handle, view) :]


def _fsync(handle: int, path: Path) -> None:
    _strike("fsync", path)
    os.fsync(handle)


def _fsync_folder(folder: Path) -> None:
    _strike("fsync", folder)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rename(part: Path, path: Path) -> None:
    _strike("rename", path)
    part.rename(path)


def _link(part: Path, path: Path) -> None:
    _strike("rename", path)
    try:
        path.hardlink_to(part)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            part.rename(path)
            return
    part.unlink()
