"""The content of one file, read once, with limits; formats are told apart by it, never by names."""

from __future__ import annotations

import stat
from functools import cached_property
from pathlib import Path

import msgspec

from simeval.errors import InputError

__all__ = ["MAX_BYTES", "FileContent"]

MAX_BYTES = 128 << 20  # a scenario is a few megabytes; parsing takes about ten times the size in memory
PARQUET_MAGIC = b"PAR1"


class FileContent:
    """A regular file that is not larger than the limit."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The name that messages show: the path as the user gave it."""
        return str(self.path)

    @cached_property
    def size(self) -> int:
        """Bytes.

        Raises:
            InputError: when it is not there, not a file, empty or too large.
        """
        try:
            status = self.path.stat()
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}."
            raise InputError(self.name, what, "Check the path and its permissions.") from None
        if not stat.S_ISREG(status.st_mode):
            raise InputError(self.name, "is not a regular file.", "Name a file or a folder of files.")
        if status.st_size == 0:
            raise InputError(self.name, "is empty.", "Copy or download it again.")
        if status.st_size > MAX_BYTES:
            what = f"has {status.st_size / 2**20:.0f} MiB; at most {MAX_BYTES >> 20} MiB are read."
            raise InputError(self.name, what, "Split it into one file for each scenario.")
        return status.st_size

    @cached_property
    def data(self) -> bytes:
        """The whole file."""
        size = self.size
        try:
            with self.path.open("rb") as file:
                data = file.read(size + 1)
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}."
            raise InputError(self.name, what, "Check the path and its permissions.") from None
        if len(data) != size:
            raise InputError(self.name, "changed while it was read.", "Import it when it is complete.")
        return data

    @cached_property
    def head(self) -> bytes:
        """The first 4 KiB; a Parquet file is not read further to be recognised."""
        _ = self.size
        try:
            with self.path.open("rb") as file:
                return file.read(4096)
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}."
            raise InputError(self.name, what, "Check the path and its permissions.") from None

    @property
    def is_parquet(self) -> bool:
        """Starts like a Parquet file."""
        return self.head.startswith(PARQUET_MAGIC)

    @property
    def is_json(self) -> bool:
        """Starts like a JSON document (an object or a list)."""
        return self.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")

    @property
    def is_text(self) -> bool:
        """Starts like text in UTF-8."""
        try:
            self.head[:-4].decode("utf-8") if len(self.head) > 8 else self.head.decode("utf-8")
        except UnicodeDecodeError as error:
            return error.reason == "unexpected end of data"
        return b"\0" not in self.head

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of a JSON object; none for a JSON list or another file.

        Raises:
            InputError: when it starts like JSON and is not.
        """
        if not self.is_json:
            return frozenset()
        try:
            top = msgspec.json.decode(self.data, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise broken_json(self.name, error) from None
        return frozenset(top) if isinstance(top, dict) else frozenset()


def broken_json(name: str, error: Exception) -> InputError:
    """The error for JSON that cannot be parsed."""
    if isinstance(error, RecursionError):
        return InputError(name, "is nested too deeply to be a scenario.", "Check where it comes from.")
    text = str(error).rstrip(".")
    return InputError(name, f"is not valid JSON: {text}.", "Copy or download it again.")
