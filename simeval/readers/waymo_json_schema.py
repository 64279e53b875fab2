"""The JSON of GPUDrive, PufferDrive and Nocturne as strictly typed structures.

Nocturne's layout has no `scenario_id` and no `metadata`, gives headings in degrees, and in its oldest
form holds positions and velocities in columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec
import numpy as np

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.content import FileContent, broken_json

__all__ = ["Columns", "File", "Object", "Point", "Road", "TrafficLight", "decode_file", "pairs"]


class Point(msgspec.Struct, frozen=True, gc=False):
    """A position or a velocity; z is ignored."""

    x: float
    y: float


class Columns(msgspec.Struct, frozen=True):
    """Positions or velocities in columns."""

    x: list[float]
    y: list[float]


Track: TypeAlias = list[Point] | Columns


class Object(msgspec.Struct, frozen=True):
    """A road user over all steps."""

    position: Track
    heading: list[float]
    velocity: Track
    valid: list[bool]
    width: float
    length: float
    type: str
    id: int | str | None = None
    mark_as_expert: bool = False


class Road(msgspec.Struct, frozen=True):
    """An element of the map."""

    geometry: list[Point] | Point
    type: str
    id: int | str | None = None
    map_element_id: int | None = None


class TrafficLight(msgspec.Struct, frozen=True):
    """Observations of the signal of one lane; `time_index` says at which steps."""

    state: list[str]
    time_index: list[int]
    x: list[float] | float
    y: list[float] | float


class Metadata(msgspec.Struct, frozen=True):
    """GPUDrive's additions."""

    sdc_track_index: int | None = None


class File(msgspec.Struct, frozen=True):
    """A whole file."""

    objects: list[Object]
    roads: list[Road]
    name: str = ""
    scenario_id: str | None = None
    metadata: Metadata | None = None
    tl_states: dict[str, TrafficLight] = {}

    @property
    def is_nocturne(self) -> bool:
        """Nocturne's layout: headings in degrees, no ego."""
        return self.metadata is None and self.scenario_id is None


DECODER = msgspec.json.Decoder(File)


def decode_file(content: FileContent) -> File:
    """Parses a file.

    Raises:
        InputError: naming the field with its agent and step when a value is missing or of a wrong type.
    """
    try:
        return DECODER.decode(content.data)
    except msgspec.ValidationError as error:
        raise _wrong_value(content.name, str(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise broken_json(content.name, error) from None


def _wrong_value(name: str, text: str) -> InputError:
    what, _, path = text.partition(" - at `$")
    place = path.rstrip("`").lstrip(".")
    where = f"{name}: {place}" if place else name
    what = what[:1].lower() + what[1:].replace("`", "")
    return InputError(where, f"{what}.", "The schema is that of GPUDrive or Nocturne; export it again.")


def pairs(values: Track | Sequence[Point]) -> Array:
    """[n, 2] of a track or a line in either layout.

    Raises:
        ValueError: when the columns differ in length.
    """
    if isinstance(values, Columns):
        if len(values.x) != len(values.y):
            raise ValueError(f"x has {len(values.x)} entries and y has {len(values.y)}")
        return np.stack([np.array(values.x, dtype=float), np.array(values.y, dtype=float)], axis=1)
    return np.array([(p.x, p.y) for p in values], dtype=float).reshape(-1, 2)
