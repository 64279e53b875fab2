"""A straight road, one way or two ways, with crosswalks where wanted."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from simeval.authoring.lines import Line
from simeval.authoring.road import RoadBuilder
from simeval.authoring.templates.common import (
    Count,
    LaneWidth,
    Length,
    NotNegative,
    OptionalCount,
    Shoulder,
    SpeedLimit,
)
from simeval.authoring.where import Where
from simeval.scenario import AreaKind, RoadMap

__all__ = ["Straight", "straight"]


class Straight(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `straight`."""

    num_lanes: Count = 1
    num_oncoming: OptionalCount = 0
    lane_width_m: LaneWidth = 3.5
    length_m: Annotated[float, Meta(ge=20, le=5000)] = 400.0
    speed_limit_mps: SpeedLimit = 13.9
    shoulder_m: Shoulder = 0.5  # paved beside the outer lanes
    crosswalks_s_m: tuple[NotNegative, ...] = ()  # their middles, along main.0
    crosswalk_width_m: Length = 4.0


def straight(settings: Straight, where: Where) -> RoadMap:
    """Lanes `main.0` (rightmost, along +x from the origin), `main.1`, ... and, the other way,
    `oncoming.0` (rightmost in its own direction), ... to the left of them."""
    width, shoulder = settings.lane_width_m, settings.shoulder_m
    line = Line.start(0.0, 0.0, 0.0).straight(settings.length_m)
    num_all = settings.num_lanes + settings.num_oncoming
    right, left = -0.5 * width - shoulder, (num_all - 0.5) * width + shoulder
    road = RoadBuilder()
    road.carriageway("main", line, lanes=settings.num_lanes, width=width, limit=settings.speed_limit_mps)
    if settings.num_oncoming:
        back = line.shifted((num_all - 1) * width).reversed()
        road.carriageway(
            "oncoming", back, lanes=settings.num_oncoming, width=width, limit=settings.speed_limit_mps
        )
    road.pave(line, right, left)
    half = 0.5 * settings.crosswalk_width_m
    for i, s in enumerate(settings.crosswalks_s_m):
        if not half <= s <= settings.length_m - half:
            raise (where / "crosswalks_s_m" / i).error(
                f"{s} m is not on the road of {settings.length_m} m.", "Move it or make the road longer."
            )
        corners = [[s - half, right], [s + half, right], [s + half, left], [s - half, left]]
        road.areas.append((AreaKind.CROSSWALK, np.array(corners)))
    return road.build()
