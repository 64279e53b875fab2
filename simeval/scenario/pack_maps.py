"""The columns of `maps.parquet`: one row a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from simeval.scenario.kinds import Source
from simeval.scenario.polylines import Polylines
from simeval.scenario.roadmap import Areas, Edges, Lanes, Links, RoadMap

__all__ = ["LINES", "MAP_SCHEMA", "lines_of", "lines_row", "map_of", "map_row", "struct"]

TEXT, WHOLE, FLOAT = pa.string(), pa.int64(), pa.float64()


def struct(**fields: Any) -> Any:
    """An Arrow struct type."""
    return pa.struct(list(fields.items()))


LINES = struct(count=pa.list_(WHOLE), x_m=pa.list_(FLOAT), y_m=pa.list_(FLOAT))
LINKS = struct(count=pa.list_(WHOLE), lane=pa.list_(WHOLE))

MAP_SCHEMA = pa.schema(
    {
        "map_id": TEXT,
        "topology": WHOLE,
        "missing": pa.list_(TEXT),
        "lanes": pa.list_(
            struct(
                id=TEXT, kind=WHOLE, is_connector=WHOLE, speed_limit_mps=FLOAT, has_limit=WHOLE,
                section=TEXT, left_neighbour=WHOLE, right_neighbour=WHOLE,
            )
        ),
        "lane_centre": LINES,
        "lane_left": LINES,
        "lane_right": LINES,
        "predecessors": LINKS,
        "successors": LINKS,
        "areas": pa.list_(struct(kind=WHOLE)),
        "area_outline": LINES,
        "edges": pa.list_(struct(kind=WHOLE)),
        "edge_line": LINES,
    }
)  # fmt: skip


def lines_row(lines: Polylines) -> dict[str, Any]:
    """Polylines as three flat lists."""
    return {"count": lines.counts, "x_m": lines.xy[:, 0], "y_m": lines.xy[:, 1]}


def lines_of(row: dict[str, Any]) -> Polylines:
    """The inverse of `lines_row`."""
    xy = np.stack([row["x_m"], row["y_m"]], axis=1)
    return Polylines(offsets=_offsets(row["count"], len(xy)), xy=xy)


def _offsets(count: Any, total: int) -> Any:
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    if (count < 0).any() or offsets[-1] != total:
        raise ValueError("the counts of a list do not add up to its length")
    return offsets


def _links_of(row: dict[str, Any]) -> Links:
    return Links(offsets=_offsets(row["count"], len(row["lane"])), lane=row["lane"])


def _links_row(links: Links) -> dict[str, Any]:
    return {"count": np.diff(links.offsets), "lane": links.lane}


def map_row(roads: RoadMap) -> dict[str, Any]:
    """One row of `maps.parquet`."""
    lanes = roads.lanes
    return {
        "map_id": roads.id,
        "topology": int(roads.topology),
        "missing": list(roads.missing),
        "lanes": {
            "id": list(lanes.ids),
            "kind": lanes.kind,
            "is_connector": lanes.is_connector,
            "speed_limit_mps": np.ma.MaskedArray(lanes.speed_limit, mask=lanes.has_limit == 0),
            "has_limit": lanes.has_limit,
            "section": list(lanes.section),
            "left_neighbour": lanes.left_neighbour,
            "right_neighbour": lanes.right_neighbour,
        },
        "lane_centre": lines_row(lanes.centre),
        "lane_left": lines_row(lanes.left),
        "lane_right": lines_row(lanes.right),
        "predecessors": _links_row(lanes.predecessors),
        "successors": _links_row(lanes.successors),
        "areas": {"kind": roads.areas.kind},
        "area_outline": lines_row(roads.areas.outline),
        "edges": {"kind": roads.edges.kind},
        "edge_line": lines_row(roads.edges.line),
    }


def map_of(row: dict[str, Any]) -> RoadMap:
    """The map of one row."""
    table = row["lanes"]
    lanes = Lanes(
        ids=tuple(table["id"]),
        kind=table["kind"],
        is_connector=table["is_connector"],
        speed_limit=table["speed_limit_mps"],
        has_limit=table["has_limit"],
        centre=lines_of(row["lane_centre"]),
        left=lines_of(row["lane_left"]),
        right=lines_of(row["lane_right"]),
        section=tuple(table["section"]),
        predecessors=_links_of(row["predecessors"]),
        successors=_links_of(row["successors"]),
        left_neighbour=table["left_neighbour"],
        right_neighbour=table["right_neighbour"],
    )
    return RoadMap(
        lanes=lanes,
        areas=Areas(kind=row["areas"]["kind"], outline=lines_of(row["area_outline"])),
        edges=Edges(kind=row["edges"]["kind"], line=lines_of(row["edge_line"])),
        topology=Source(row["topology"]),
        missing=tuple(row["missing"]),
    )
