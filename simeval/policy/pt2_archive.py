"""The records of a `.pt2` archive, read as data: a zip of stored files under one folder."""

from __future__ import annotations

import io
import re
import zipfile

from simeval.errors import InputError

__all__ = ["read_archive"]

MOST_RECORDS = 100_000
SAFE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_. \-]*(/[A-Za-z0-9_.\-][A-Za-z0-9_. \-]*)+", re.ASCII)
OTHER = "is a zip, but not one that torch.export.save wrote."
FIX = "Export it again: simeval.policy.export.save_pt2(module, path, spec)."


def read_archive(data: bytes, where: str) -> dict[str, bytes]:
    """Every record by its name inside the archive's folder.

    torch writes its archives without compression, so a compressed record is refused: nothing can grow.

    Raises:
        InputError: not such an archive, or one that nobody's exporter wrote.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if not any(entry.filename.partition("/")[2] == "archive_format" for entry in entries):
                raise InputError(where, OTHER, FIX)
            _check(entries, len(data), where)
            records = {e.filename.split("/", 1)[1]: archive.read(e) for e in entries}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(where, f"is no readable archive: {error}.", FIX) from error
    if records.get("archive_format") != b"pt2":
        raise InputError(where, OTHER, FIX)
    return records


def _check(entries: list[zipfile.ZipInfo], size: int, where: str) -> None:
    names = [entry.filename for entry in entries]
    if not 0 < len(names) <= MOST_RECORDS or len(set(names)) != len(names):
        raise InputError(where, f"holds {len(names)} records, or one name twice.", FIX)
    roots = {name.split("/", 1)[0] for name in names}
    if len(roots) != 1:
        raise InputError(where, "its records do not lie in one folder.", FIX)
    for entry in entries:
        if not SAFE.fullmatch(entry.filename) or ".." in entry.filename:
            raise InputError(where, f"a record is called {entry.filename[:80]!r}.", FIX)
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise InputError(where, f"record {entry.filename} is compressed.", FIX)
    if sum(entry.file_size for entry in entries) > size:
        raise InputError(where, "its records claim more bytes than the file has.", FIX)
