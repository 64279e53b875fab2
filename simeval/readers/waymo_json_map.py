"""The map of a GPUDrive or Nocturne file: centre lines without topology, edges, areas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simeval.arrays import Array
from simeval.errors import InputError
from simeval.readers.content import FileContent
from simeval.readers.frame import counted, tidy_line, tidy_ring
from simeval.readers.waymo_json_schema import Point, Road, pairs
from simeval.scenario.kinds import AreaKind, EdgeKind, LaneKind, Source
from simeval.scenario.polylines import Polylines
from simeval.scenario.roadmap import Areas, Edges, Lanes, Links, RoadMap

__all__ = ["map_of_roads"]

MEDIAN = 16  # Waymo's number for an edge in the middle of the road; 15 bounds it
LANE_KINDS = {1: LaneKind.FREEWAY, 2: LaneKind.VEHICLE, 3: LaneKind.BIKE}
AREAS = {
    "crosswalk": AreaKind.CROSSWALK,
    "speed_bump": AreaKind.SPEED_BUMP,
    "driveway": AreaKind.DRIVEWAY,
    "stop_sign": AreaKind.STOP,
}
TYPES = ("lane", "road_edge", "road_line", *AREAS)


@dataclass(kw_only=True)
class _Elements:
    lane_ids: list[str] = field(default_factory=list)
    lane_kinds: list[int] = field(default_factory=list)
    lanes: list[Array] = field(default_factory=list)
    edge_kinds: list[int] = field(default_factory=list)
    edges: list[Array] = field(default_factory=list)
    area_kinds: list[int] = field(default_factory=list)
    areas: list[Array] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def map_of_roads(
    content: FileContent, roads: Sequence[Road], origin: Array, *, has_signals: bool
) -> tuple[RoadMap, list[str]]:
    """The map in the local frame, and notes about elements that were left out.

    Waymo's road edges have the road to their left, as ours.

    Raises:
        InputError: when an element has an unknown type or two lanes share an id.
    """
    found = _Elements()
    for i, road in enumerate(roads):
        where = f"{content.name}: roads[{i}]"
        if road.type not in TYPES:
            what = f"{road.type[:60]!r} is not a type of map element."
            raise InputError(f"{where}.type", what, f"Known are {', '.join(TYPES)}.")
        points = [road.geometry] if isinstance(road.geometry, Point) else road.geometry
        _add(found, road, pairs(points) - origin, where, i)
    missing = ["speed_limits", "topology", "lane_bounds", "connectors"] + ([] if has_signals else ["signals"])
    notes = [f"{counted(n, kind)} with too few points left out" for kind, n in sorted(found.dropped.items())]
    return RoadMap(
        lanes=_lanes(found),
        areas=Areas(kind=np.array(found.area_kinds, dtype=np.int64), outline=Polylines.of(found.areas)),
        edges=Edges(kind=np.array(found.edge_kinds, dtype=np.int64), line=Polylines.of(found.edges)),
        topology=Source.ABSENT,
        missing=tuple(missing),
    ), notes


def _add(found: _Elements, road: Road, xy: Array, where: str, index: int) -> None:
    line: Array | None
    if road.type == "stop_sign":
        line = xy[:1] if len(xy) else None
    else:
        line = tidy_ring(xy) if road.type in AREAS else tidy_line(xy)
    if line is None:
        found.dropped[road.type.replace("_", " ")] += 1
    elif road.type == "lane":
        name = str(index if road.id is None else road.id)
        if name in found.lane_ids:
            raise InputError(f"{where}.id", f"{name[:60]!r} is the id of two lanes.", "Ids must differ.")
        found.lane_ids.append(name)
        found.lane_kinds.append(int(LANE_KINDS.get(road.map_element_id or 0, LaneKind.UNKNOWN)))
        found.lanes.append(line)
    elif road.type in AREAS:
        found.area_kinds.append(int(AREAS[road.type]))
        found.areas.append(line)
    else:
        edge = EdgeKind.MEDIAN if road.map_element_id == MEDIAN else EdgeKind.BOUNDARY
        found.edge_kinds.append(int(EdgeKind.LINE if road.type == "road_line" else edge))
        found.edges.append(line)


def _lanes(found: _Elements) -> Lanes:
    count = len(found.lanes)
    zeros, nothing = np.zeros(count, dtype=np.int64), Polylines.of([np.zeros((0, 2))] * count)
    no_links = Links.of([[] for _ in range(count)])
    return Lanes(
        ids=tuple(found.lane_ids),
        kind=np.array(found.lane_kinds, dtype=np.int64),
        is_connector=zeros,
        speed_limit=np.zeros(count),
        has_limit=zeros,
        centre=Polylines.of(found.lanes),
        left=nothing,
        right=nothing,
        section=("",) * count,
        predecessors=no_links,
        successors=no_links,
        left_neighbour=zeros - 1,
        right_neighbour=zeros - 1,
    )
