"""Recognises PufferDrive's packed binary maps, which are not read: they carry no version."""

from __future__ import annotations

import struct

from simeval.errors import InputError
from simeval.readers.content import FileContent
from simeval.scenario.scenario import Scenario

__all__ = ["refuse_pufferdrive_binary", "sniff_pufferdrive_binary"]

MAX_COUNT = 100_000
ROAD_USERS = (1, 2, 3)  # record types with velocities, headings and validity
RECORD_TYPES = range(11)


def sniff_pufferdrive_binary(content: FileContent) -> bool:
    """Whether the records end exactly at the end of the file; there is no magic number."""
    if content.is_parquet or content.is_json or content.is_text:
        return False
    return _ends_exactly(content.data)


def refuse_pufferdrive_binary(content: FileContent) -> Scenario:
    """Always refuses.

    Raises:
        InputError: naming the form that is read.
    """
    raise InputError(
        content.name,
        "is a PufferDrive binary map; it has no version number, so its meaning cannot be checked.",
        "Import the JSON file it was made from.",
    )


def _ends_exactly(data: bytes) -> bool:
    try:
        _, predicted = struct.unpack_from("<ii", data, 0)
        if not 0 <= predicted <= MAX_COUNT:
            return False
        at = 8 + 4 * predicted
        objects, roads = struct.unpack_from("<ii", data, at)
        if not (0 <= objects <= MAX_COUNT and 0 <= roads <= MAX_COUNT and objects + roads > 0):
            return False
        at += 8
        for _ in range(objects + roads):
            _, kind, _, points = struct.unpack_from("<iiii", data, at)
            if kind not in RECORD_TYPES or not 0 <= points <= MAX_COUNT:
                return False
            at += 16 + 4 * points * (8 if kind in ROAD_USERS else 3) + 28
    except struct.error:
        return False
    return bool(at == len(data))
