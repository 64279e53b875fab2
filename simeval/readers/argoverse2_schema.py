"""The map archive of Argoverse 2 as strictly typed structures."""

from __future__ import annotations

import msgspec

from simeval.errors import InputError
from simeval.readers.content import FileContent, broken_json

__all__ = ["Archive", "Crossing", "Point", "Segment", "decode_archive"]


class Point(msgspec.Struct, frozen=True, gc=False):
    """A point; z is ignored (centre lines have none)."""

    x: float
    y: float


class Segment(msgspec.Struct, frozen=True):
    """A lane segment."""

    id: int
    is_intersection: bool
    lane_type: str
    centerline: list[Point]
    left_lane_boundary: list[Point]
    right_lane_boundary: list[Point]
    predecessors: list[int]
    successors: list[int]
    left_neighbor_id: int | None = None
    right_neighbor_id: int | None = None


class Crossing(msgspec.Struct, frozen=True):
    """A pedestrian crossing: the quadrilateral between two edges."""

    edge1: list[Point]
    edge2: list[Point]


class Drivable(msgspec.Struct, frozen=True):
    """A closed polygon on which vehicles may drive."""

    area_boundary: list[Point]


class Archive(msgspec.Struct, frozen=True):
    """The whole file."""

    lane_segments: dict[str, Segment]
    drivable_areas: dict[str, Drivable]
    pedestrian_crossings: dict[str, Crossing] = {}


def decode_archive(content: FileContent) -> Archive:
    """Parses a map archive.

    Raises:
        InputError: naming the element and the field of a wrong type.
    """
    try:
        return msgspec.json.decode(content.data, type=Archive)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        where = f"{content.name}: {path.rstrip('`').lstrip('.')}"
        raise InputError(
            where, f"{what[:1].lower() + what[1:].replace('`', '')}.", "Download it again."
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise broken_json(content.name, error) from None
