"""A motorway with an on-ramp: the ramp joins an acceleration lane that ends."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from simeval.authoring.lines import Line
from simeval.authoring.road import RoadBuilder
from simeval.authoring.templates.common import Count, LaneWidth, Length, Shoulder, SpeedLimit
from simeval.authoring.where import Where
from simeval.scenario import RoadMap

__all__ = ["OnRamp", "on_ramp"]


class OnRamp(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `on_ramp`."""

    num_lanes: Count = 2
    lane_width_m: LaneWidth = 3.5
    before_m: Length = 250.0  # main road up to the acceleration lane
    acceleration_m: Annotated[float, Meta(ge=20, le=5000)] = 200.0
    taper_m: Length = 40.0  # paved wedge behind the acceleration lane
    after_m: Length = 400.0
    ramp_m: Length = 120.0  # straight part of the ramp
    ramp_angle_deg: Annotated[float, Meta(ge=1, le=45)] = 8.0
    ramp_radius_m: Annotated[float, Meta(ge=20, le=5000)] = 150.0
    speed_limit_mps: SpeedLimit = 27.8
    ramp_speed_limit_mps: SpeedLimit = 22.2
    shoulder_m: Shoulder = 0.5


def on_ramp(settings: OnRamp, where: Where) -> RoadMap:
    """Main lanes `main.i`, beside the acceleration lane `merge.i`, then `after.i`, along +x from the
    origin; the ramp `ramp.0` runs into `accel.0`, the right neighbour of `merge.0`, which ends."""
    if settings.taper_m > settings.after_m:
        raise (where / "taper_m").error("is longer than 'after_m'.", "Shorten it.")
    width, lanes = settings.lane_width_m, settings.num_lanes
    main = Line.start(0.0, 0.0, 0.0).straight(settings.before_m)
    merge = main.end().straight(settings.acceleration_m)
    after = merge.end().straight(settings.after_m)
    road = RoadBuilder()
    for name, line, to in (("main", main, "merge"), ("merge", merge, "after"), ("after", after, "")):
        road.carriageway(name, line, lanes=lanes, width=width, limit=settings.speed_limit_mps, to=to)
    ramp, accel = _ramp(settings), merge.shifted(-width)
    road.carriageway("ramp", ramp, lanes=1, width=width, limit=settings.ramp_speed_limit_mps, to="accel")
    road.carriageway("accel", accel, lanes=1, width=width, limit=settings.speed_limit_mps)
    _join(road)
    _pave(road, settings, Line(np.concatenate([main.xy, after.xy[-1:]]), np.zeros(len(main.xy) + 1)))
    road.pave(ramp, -0.5 * width - settings.shoulder_m, 0.5 * width, open_end=False)
    return road.build()


def _ramp(settings: OnRamp) -> Line:
    """The ramp's centre line, built so that it ends where the acceleration lane begins."""
    angle, radius = math.radians(settings.ramp_angle_deg), settings.ramp_radius_m
    x = settings.before_m - radius * math.sin(angle) - settings.ramp_m * math.cos(angle)
    y = -settings.lane_width_m - radius * (1.0 - math.cos(angle)) - settings.ramp_m * math.sin(angle)
    line = Line.start(x, y, angle).straight(settings.ramp_m).arc(radius, -angle)
    xy, heading = line.xy.copy(), line.heading.copy()
    xy[-1], heading[-1] = (settings.before_m, -settings.lane_width_m), 0.0  # exactly, not to 1e-14
    return Line(xy, heading)


def _join(road: RoadBuilder) -> None:
    """The acceleration lane belongs to the section beside it."""
    lanes = {lane.name: lane for lane in road.lanes}
    lanes["accel.0"].section, lanes["accel.0"].left = "merge", "merge.0"
    lanes["merge.0"].right = "accel.0"


def _pave(road: RoadBuilder, settings: OnRamp, line: Line) -> None:
    """Main road, acceleration lane and taper."""
    width, edge = settings.lane_width_m, -0.5 * settings.lane_width_m - settings.shoulder_m
    road.pave(line, edge, (settings.num_lanes - 0.5) * width + settings.shoulder_m)
    first, last = settings.before_m, settings.before_m + settings.acceleration_m
    low, inner = edge - width, -0.5 * width
    corners = [[first, low], [last, low], [last + settings.taper_m, edge], [last, inner], [first, inner]]
    road.pavement.append(np.array(corners))
