"""Readers: scenario files of other projects in, scenarios out. One file for each format."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simeval.errors import InputError
from simeval.readers.argoverse2 import is_map_archive, read_argoverse2, sniff_argoverse2
from simeval.readers.content import FileContent
from simeval.readers.pufferdrive_binary import refuse_pufferdrive_binary, sniff_pufferdrive_binary
from simeval.readers.waymo_json import read_waymo_json, sniff_waymo_json
from simeval.scenario.scenario import Scenario

__all__ = ["FORMATS", "Format", "Rejected", "files_under", "read_file", "read_path"]


@dataclass(frozen=True)
class Format:
    """A file format: how to recognise it by content, and how to read it."""

    name: str
    doc: str
    sniff: Callable[[FileContent], bool]
    read: Callable[[FileContent], Scenario]
    is_read: bool = True  # False: recognised in order to say what to import instead


@dataclass(frozen=True)
class Rejected:
    """A file that gave no scenario, and why."""

    path: Path
    reason: str  # the whole message: place, problem, remedy
    format: str | None = None  # None: no known format


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            "argoverse2",
            "Argoverse 2 motion forecasting: scenario_*.parquet beside log_map_archive_*.json",
            sniff_argoverse2,
            read_argoverse2,
        ),
        Format(
            "waymo-json",
            "Waymo Open Motion as JSON of GPUDrive, PufferDrive or Nocturne",
            sniff_waymo_json,
            read_waymo_json,
        ),
        Format(
            "pufferdrive-binary",
            "PufferDrive binary maps: recognised, not read; import the JSON they were made from",
            sniff_pufferdrive_binary,
            refuse_pufferdrive_binary,
            is_read=False,
        ),
    )
}


def read_path(path: Path) -> Iterator[Scenario | Rejected]:
    """Scenarios of a file, or of all files below a folder in the order of their names.

    Every file gives a scenario or a `Rejected`, but for maps that belong to tracks beside them.

    Raises:
        InputError: when the path is not there.
    """
    for file in files_under(path):
        result = read_file(file, alone=file == path)
        if result is not None:
            yield result


def files_under(path: Path) -> list[Path]:
    """The file itself, or all files below the folder; links to folders are not followed.

    Raises:
        InputError: when the path is not there.
    """
    if not path.exists():
        raise InputError(str(path), "does not exist.", "Name a scenario file or a folder of them.")
    if not path.is_dir():
        return [path]
    found = [Path(root) / name for root, _, names in os.walk(path) for name in names]
    return sorted(f for f in found if not f.name.startswith("."))


def read_file(path: Path, *, alone: bool = True) -> Scenario | Rejected | None:
    """The scenario of one file. A map whose tracks lie beside it gives None, unless it was named `alone`."""
    name: str | None = None
    content = FileContent(path)
    try:
        for known in FORMATS.values():
            if known.sniff(content):
                name = known.name
                # absurd numbers overflow on the way; validation refuses them with their place
                with np.errstate(over="ignore", invalid="ignore"):
                    return known.read(content)
        if is_map_archive(content):
            return _map_alone(content, alone)
        raise _unknown(content)
    except InputError as error:
        return Rejected(path, str(error), name)


def _map_alone(content: FileContent, alone: bool) -> Rejected | None:
    others = [FileContent(p) for p in content.path.parent.iterdir() if p.is_file() and p.stat().st_size]
    if not alone and any(o.is_parquet for o in others):
        return None
    text = "is the map of an Argoverse 2 scenario, without tracks. Import the folder that holds both."
    return Rejected(content.path, f"{content.name}: {text}", "argoverse2")


def _unknown(content: FileContent) -> InputError:
    formats = ", ".join(f.name for f in FORMATS.values() if f.is_read)
    fix = f"Formats that are read: {formats} (`simeval list formats`)."
    if content.is_parquet:
        return InputError(content.name, "is a Parquet file of another kind.", fix)
    if content.is_json:
        keys = ", ".join(sorted(k[:30] for k in content.keys)[:5]) or "none"
        return InputError(content.name, f"is JSON of another kind (keys: {keys}).", fix)
    kind = "text" if content.is_text else "binary data"
    return InputError(content.name, f"is {kind} of no known format.", fix)
