"""A one-way road with one bend: a straight, a circular arc, a straight."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta, Struct

from simeval.authoring.lines import Line
from simeval.authoring.road import RoadBuilder
from simeval.authoring.templates.common import Count, LaneWidth, Length, Shoulder, SpeedLimit
from simeval.authoring.where import Where
from simeval.scenario import RoadMap

__all__ = ["Curve", "curve"]


class Curve(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `curve`."""

    num_lanes: Count = 1
    lane_width_m: LaneWidth = 3.5
    approach_m: Length = 150.0
    radius_m: Annotated[float, Meta(ge=5, le=5000)] = 60.0  # of the centre line of lane 0
    angle_deg: Annotated[float, Meta(ge=-180, le=180)] = 90.0  # positive: to the left
    exit_m: Length = 150.0
    speed_limit_mps: SpeedLimit = 13.9
    curve_speed_limit_mps: SpeedLimit | None = None  # default: the limit of the road
    shoulder_m: Shoulder = 0.5


def curve(settings: Curve, where: Where) -> RoadMap:
    """Lanes `approach.i`, `curve.i`, `exit.i`; lane 0 is the rightmost, `approach.0` begins at the origin
    along +x."""
    width, lanes = settings.lane_width_m, settings.num_lanes
    angle = math.radians(settings.angle_deg)
    right, left = -0.5 * width - settings.shoulder_m, (lanes - 0.5) * width + settings.shoulder_m
    inner = settings.radius_m - (left if angle > 0 else -right)
    if angle == 0.0 or inner < 1.0:
        raise (where / "radius_m").error(
            f"an arc of {settings.radius_m} m and {settings.angle_deg} deg has no room for its inner edge.",
            "Write a larger radius and an angle that is not 0.",
        )
    start = Line.start(0.0, 0.0, 0.0).straight(settings.approach_m)
    arc = start.end().arc(settings.radius_m, angle)
    end = arc.end().straight(settings.exit_m)
    limit, slow = settings.speed_limit_mps, settings.curve_speed_limit_mps
    road = RoadBuilder()
    road.carriageway("approach", start, lanes=lanes, width=width, limit=limit, to="curve")
    road.carriageway("curve", arc, lanes=lanes, width=width, limit=slow or limit, to="exit")
    road.carriageway("exit", end, lanes=lanes, width=width, limit=limit)
    road.pave(start, right, left, open_end=False)
    road.pave(arc, right, left, open_start=False, open_end=False)
    road.pave(end, right, left, open_start=False)
    return road.build()
