"""Two one-way roads that become one: all their lanes run side by side, then the rightmost may end."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta, Struct

from simeval.authoring.lines import Line
from simeval.authoring.road import RoadBuilder
from simeval.authoring.templates.common import Count, LaneWidth, Length, Shoulder, SpeedLimit
from simeval.authoring.templates.tapers import narrow
from simeval.authoring.where import Where
from simeval.scenario import RoadMap

__all__ = ["Merge", "merge"]


class Merge(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `merge`."""

    num_left: Count = 2  # lanes of the road that runs straight on
    num_right: Count = 2  # lanes of the road that joins it from the right
    drops: bool = True  # whether the rightmost lane ends after the merge
    lane_width_m: LaneWidth = 3.5
    before_m: Length = 300.0  # straight road up to the merge
    joined_m: Length = 200.0
    taper_m: Annotated[float, Meta(ge=15, le=500)] = 80.0
    after_m: Length = 300.0
    right_m: Length = 200.0  # straight part of the joining road
    right_angle_deg: Annotated[float, Meta(ge=1, le=45)] = 8.0
    right_radius_m: Annotated[float, Meta(ge=40, le=5000)] = 300.0  # of its leftmost lane's centre line
    speed_limit_mps: SpeedLimit = 27.8
    shoulder_m: Shoulder = 0.5


def merge(settings: Merge, where: Where) -> RoadMap:
    """Lanes `left.i` straight along +x and `right.i` from the right, which run on side by side as `joined.i`
    (those from the right have the lower numbers), then `taper.i` where the rightmost moves over to the left,
    and `after.i`. The centre of `joined.0` begins at the origin."""
    width, limit, shoulder = settings.lane_width_m, settings.speed_limit_mps, settings.shoulder_m
    from_right, lanes = settings.num_right, settings.num_left + settings.num_right
    if settings.right_radius_m < from_right * width + 5.0:
        raise (where / "right_radius_m").error("is too small for its lanes.", "Write a larger one.")
    road, edge = RoadBuilder(), 0.5 * width + shoulder
    left = Line.start(-settings.before_m, from_right * width, 0.0).straight(settings.before_m)
    right = _joining(settings)
    joined = Line.start(0.0, 0.0, 0.0).straight(settings.joined_m)
    road.carriageway("left", left, lanes=settings.num_left, width=width, limit=limit)
    road.carriageway("right", right, lanes=from_right, width=width, limit=limit)
    for lane in road.lanes:
        group, _, i = lane.name.partition(".")
        lane.to = (f"joined.{int(i) + (from_right if group == 'left' else 0)}",)
    to = "taper" if settings.drops else "after"
    road.carriageway("joined", joined, lanes=lanes, width=width, limit=limit, to=to)
    end = joined
    if settings.drops:
        end = joined.end().straight(settings.taper_m)
        narrow(road, end, lanes=lanes, width=width, limit=limit, side="right", shoulder=shoulder)
    dropped = int(settings.drops)
    after = end.end().straight(settings.after_m).shifted(dropped * width)
    road.carriageway("after", after, lanes=lanes - dropped, width=width, limit=limit)
    road.pave(left, -edge, (settings.num_left - 1) * width + edge, open_end=False)
    road.pave(right, -edge, (from_right - 1) * width + edge, open_end=False)
    road.pave(joined, -edge, (lanes - 1) * width + edge, open_start=False, open_end=False)
    road.pave(after, -edge, (lanes - 1 - dropped) * width + edge, open_start=False)
    return road.build()


def _joining(settings: Merge) -> Line:
    """Centre line of the rightmost joining lane, built so that it ends at the origin along +x.

    It bends to the right, so its own radius is the smallest of its road.
    """
    angle, width = math.radians(settings.right_angle_deg), settings.lane_width_m
    radius = settings.right_radius_m - (settings.num_right - 1) * width
    x = -radius * math.sin(angle) - settings.right_m * math.cos(angle)
    y = -radius * (1.0 - math.cos(angle)) - settings.right_m * math.sin(angle)
    line = Line.start(x, y, angle).straight(settings.right_m).arc(radius, -angle)
    xy, heading = line.xy.copy(), line.heading.copy()
    xy[-1], heading[-1] = (0.0, 0.0), 0.0  # exactly, not to 1e-14
    return Line(xy, heading)
