"""A road map as a block: what is drawn, thinned to what the eye can see."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely

from simeval.arrays import Array
from simeval.report.blocks import CENTI, FLAG, Quantised, encode_block
from simeval.scenario import AreaKind, EdgeKind, LaneKind, RoadMap

__all__ = ["encode_map"]

# A line may leave its original by this much [m]: a twentieth of a lane marking's width at the usual zoom.
# Logged maps hold a point every half metre, of which one in ten is needed.
THINNED_M = 0.05


def encode_map(road: RoadMap) -> str:
    """The block of one map: lanes (centre line and bounds), areas and edges, to 1 cm."""
    lanes, areas, edges = road.lanes, road.areas, road.edges
    header = {
        "lane_kind": [_name(LaneKind, int(k)) for k in lanes.kind],
        "lane_connector": [int(c) for c in lanes.is_connector],
        "area_kind": [_name(AreaKind, int(k)) for k in areas.kind],
        "edge_kind": [_name(EdgeKind, int(k)) for k in edges.kind],
        "topology": road.topology.name.lower(),
        "missing": list(road.missing),
    }
    arrays: dict[str, Quantised] = {}
    arrays |= _lines("centre", lanes.centre)
    arrays |= _lines("left", lanes.left)
    arrays |= _lines("right", lanes.right)
    arrays |= _lines("area", areas.outline)
    arrays |= _lines("edge", edges.line)
    return encode_block(header, arrays)


def _lines(name: str, lines: Iterable[Array]) -> dict[str, Quantised]:
    """Polylines one after the other, and how many points each has."""
    thin = [_thinned(line) for line in lines]
    points = np.concatenate(thin) if thin else np.zeros((0, 2))
    return {
        f"{name}_count": Quantised(values=np.asarray([len(line) for line in thin]), scale=FLAG),
        f"{name}_m": Quantised(values=points, scale=CENTI),
    }


def _thinned(line: Array) -> Array:
    if len(line) < 3:
        return line
    kept = shapely.simplify(shapely.LineString(line), THINNED_M, preserve_topology=False)
    return np.asarray(shapely.get_coordinates(kept))


def _name(kinds: type[LaneKind] | type[AreaKind] | type[EdgeKind], number: int) -> str:
    return kinds(number).name.lower()
