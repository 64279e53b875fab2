"""Which lane the ego is in: by the nearest centre line that runs its way, and by lane outlines."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from simeval.arrays import Array
from simeval.geometry import Line
from simeval.kernel import kernel
from simeval.scenario import Lanes, RoadMap

__all__ = ["LaneLines", "lane_at_each_step", "lane_lines", "lanes_under"]

MAX_OFFSET = 3.0  # [m] farther from every centre line is in no lane
MAX_ANGLE = math.radians(60.0)  # a lane that runs another way is not the ego's
ROUTE_BONUS = 0.75  # [m] in a junction lanes overlap: one of the route wins by this much


@dataclass(frozen=True, kw_only=True, eq=False)
class LaneLines:
    """Segments of all centre lines, and the outlines of the lanes that have both bounds."""

    lanes: Lanes
    segments: Float[Array, "k 5"]  # from x, y to x, y; length [m]
    segment_box: Float[Array, "4 k"]  # high x, high y, low x, low y of each segment
    lane: Int[Array, "k"]
    outlines: list[Array | None]
    boxes: Float[Array, "l 4"]  # of the outlines: low x, low y, high x, high y; NaN without one
    _kept: dict[tuple[str, int], Line] = field(default_factory=dict)

    def line(self, part: Literal["centre", "left", "right"], lane: int) -> Line:
        """Centre line or bound of a lane, with its arc lengths; made when first asked for."""
        if (part, lane) not in self._kept:
            self._kept[part, lane] = Line.of(getattr(self.lanes, part)[lane])
        return self._kept[part, lane]


_KNOWN: weakref.WeakKeyDictionary[RoadMap, LaneLines] = weakref.WeakKeyDictionary()


def lane_lines(road_map: RoadMap) -> LaneLines:
    """Segments and outlines of a map's lanes; made once for each map."""
    found = _KNOWN.get(road_map)
    if found is None:
        found = _KNOWN[road_map] = _build(road_map.lanes)
    return found


def _build(lanes: Lanes) -> LaneLines:
    parts: list[Array] = []
    owner: list[Array] = []
    outlines: list[Array | None] = []
    boxes = np.full((len(lanes), 4), np.nan)
    for i, line in enumerate(lanes.centre):
        if len(line) >= 2:
            parts.append(np.concatenate([line[:-1], line[1:]], axis=1))
            owner.append(np.full(len(line) - 1, i, dtype=np.int64))
        left, right = lanes.left[i], lanes.right[i]
        known = len(left) >= 2 and len(right) >= 2
        outlines.append(np.concatenate([left, right[::-1]]) if known else None)
        if known:
            bounds = np.concatenate([left, right])
            boxes[i] = (*bounds.min(axis=0), *bounds.max(axis=0))
    ends = np.concatenate(parts) if parts else np.zeros((0, 4))
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    return LaneLines(
        lanes=lanes,
        segments=np.column_stack([ends, length]),
        segment_box=np.concatenate(
            [np.maximum(ends[:, :2], ends[:, 2:]), np.minimum(ends[:, :2], ends[:, 2:])], axis=1
        ).T.copy(),
        lane=np.concatenate(owner) if owner else np.zeros(0, dtype=np.int64),
        outlines=outlines,
        boxes=boxes,
    )


@kernel
def _nearest(
    segments: Array, lane: Array, near: Array, preferred: Array, xy: Array, heading: Array, out: Array
) -> None:  # fmt: skip
    cos_limit = math.cos(MAX_ANGLE)
    for t in range(len(xy)):
        c, s = math.cos(heading[t]), math.sin(heading[t])
        best = MAX_OFFSET
        out[t] = -1
        for n in range(len(near)):
            k = near[n]
            g = segments[k]
            far = g[4] + MAX_OFFSET + 1e-6
            if (xy[t, 0] - g[0]) * (xy[t, 0] - g[0]) + (xy[t, 1] - g[1]) * (xy[t, 1] - g[1]) > far * far:
                continue
            ex, ey = g[2] - g[0], g[3] - g[1]
            length2 = ex * ex + ey * ey
            if length2 == 0.0 or ex * c + ey * s < cos_limit * math.sqrt(length2):
                continue
            rx, ry = xy[t, 0] - g[0], xy[t, 1] - g[1]
            u = min(max((rx * ex + ry * ey) / length2, 0.0), 1.0)
            ox, oy = rx - u * ex, ry - u * ey
            d = math.sqrt(ox * ox + oy * oy)
            if d > MAX_OFFSET:
                continue
            if preferred[lane[k]]:
                d -= ROUTE_BONUS
            if d < best:
                best = d
                out[t] = lane[k]


def lane_at_each_step(
    road_map: RoadMap, preferred: Bool[Array, "l"], xy: Float[Array, "t 2"], heading: Float[Array, "t"]
) -> Int[Array, "t"]:
    """Index of the lane with the nearest centre line that runs within 60 degrees of the heading; -1: none."""
    lines = lane_lines(road_map)
    low, high = xy.min(axis=0) - MAX_OFFSET, xy.max(axis=0) + MAX_OFFSET
    g = lines.segments
    box = lines.segment_box
    near = (box[0] >= low[0]) & (box[1] >= low[1]) & (box[2] <= high[0]) & (box[3] <= high[1])
    out = np.full(len(xy), -1, dtype=np.int64)
    chosen = np.flatnonzero(near)
    if len(chosen):
        xy, heading = np.ascontiguousarray(xy), np.ascontiguousarray(heading)
        _nearest(g, lines.lane, chosen, preferred, xy, heading, out)
    return out


def lanes_under(road_map: RoadMap, points: Float[Array, "k 2"]) -> list[set[int]]:
    """For each point the lanes whose outline contains it; lanes without both bounds are left out."""
    lines = lane_lines(road_map)
    found: list[set[int]] = []
    for p in points:
        inside = (lines.boxes[:, :2] <= p).all(axis=1) & (p <= lines.boxes[:, 2:]).all(axis=1)
        near = np.flatnonzero(inside).tolist()
        found.append({i for i in near if _contains(lines.outlines[i], p)})
    return found


def _contains(outline: Array | None, p: Array) -> bool:
    """Even-odd rule: a ray to +x crosses the outline an odd number of times."""
    if outline is None:
        return False
    a, b = outline, np.roll(outline, -1, axis=0)
    crosses = (a[:, 1] > p[1]) != (b[:, 1] > p[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        x = a[:, 0] + (p[1] - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return bool((crosses & (x > p[0])).sum() % 2)
