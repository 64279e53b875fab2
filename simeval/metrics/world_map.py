"""The map under scripted worlds: straight lanes side by side."""

from __future__ import annotations

import numpy as np

from simeval.scenario import (
    AreaKind,
    Areas,
    Edges,
    LaneKind,
    Lanes,
    Links,
    Polylines,
    RoadMap,
    Source,
)

__all__ = ["LANE_WIDTH", "straight_map"]

LANE_WIDTH = 3.5  # [m]
BEGIN, END = -100.0, 600.0  # [m] along x


def straight_map(num_lanes: int, speed_limit: float | None = None, *, bounds: bool = True) -> RoadMap:
    """Lanes along +x, lane 0 centred on y = 0, the others to its left; the road is exactly theirs.

    Without `bounds` only centre lines are known, and the road has to be inferred from them.
    """
    x, ints = np.arange(BEGIN, END + 1.0, 50.0), np.zeros(num_lanes, dtype=np.int64)
    offsets = LANE_WIDTH * np.arange(num_lanes)
    half = 0.5 * LANE_WIDTH

    def lines(shift: float) -> Polylines:
        return Polylines.of([np.stack([x, np.full_like(x, y + shift)], axis=1) for y in offsets])

    none = Polylines.of([np.zeros((0, 2))] * num_lanes)
    low, high = -half, float(offsets[-1]) + half
    outline = np.array([[BEGIN, low], [END, low], [END, high], [BEGIN, high]])
    lanes = Lanes(
        ids=tuple(f"main.{k}" for k in range(num_lanes)), kind=ints + int(LaneKind.VEHICLE),
        is_connector=ints, speed_limit=np.full(num_lanes, speed_limit or 0.0),
        has_limit=ints + int(speed_limit is not None), centre=lines(0.0),
        left=lines(half) if bounds else none, right=lines(-half) if bounds else none,
        section=("main",) * num_lanes, predecessors=Links.of([[]] * num_lanes),
        successors=Links.of([[]] * num_lanes),
        left_neighbour=np.array([*range(1, num_lanes), -1], dtype=np.int64),
        right_neighbour=np.arange(-1, num_lanes - 1, dtype=np.int64),
    )  # fmt: skip
    given = [outline] if bounds else []
    areas = Areas(kind=np.full(len(given), int(AreaKind.DRIVABLE)), outline=Polylines.of(given))
    edges = Edges(kind=np.zeros(0, dtype=np.int64), line=Polylines.of([]))
    return RoadMap(lanes=lanes, areas=areas, edges=edges, topology=Source.GIVEN)
