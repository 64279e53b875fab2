"""A one-way road that loses a lane: its outermost lane moves over into the one beside it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from simeval.authoring.lines import Line
from simeval.authoring.road import RoadBuilder
from simeval.authoring.templates.common import LaneWidth, Length, Shoulder, SpeedLimit
from simeval.authoring.templates.tapers import Side, narrow
from simeval.authoring.where import Where
from simeval.scenario import RoadMap

__all__ = ["LaneDrop", "lane_drop"]


class LaneDrop(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `lane_drop`."""

    num_lanes: Annotated[int, Meta(ge=2, le=8)] = 2  # before the drop
    side: Side = "right"  # which lane ends
    lane_width_m: LaneWidth = 3.5
    before_m: Length = 300.0
    taper_m: Annotated[float, Meta(ge=15, le=500)] = 80.0
    after_m: Length = 300.0
    speed_limit_mps: SpeedLimit = 22.2
    shoulder_m: Shoulder = 0.5


def lane_drop(settings: LaneDrop, where: Where) -> RoadMap:
    """Lanes `main.i` along +x from the origin, `taper.i` of which the outermost on one side moves over into
    its neighbour, `after.i`; both lanes that meet lead to the same one."""
    width, lanes, limit = settings.lane_width_m, settings.num_lanes, settings.speed_limit_mps
    main = Line.start(0.0, 0.0, 0.0).straight(settings.before_m)
    taper = main.end().straight(settings.taper_m)
    first = 1 if settings.side == "right" else 0
    after = taper.end().straight(settings.after_m).shifted(first * width)
    road = RoadBuilder()
    road.carriageway("main", main, lanes=lanes, width=width, limit=limit, to="taper")
    narrow(
        road, taper, lanes=lanes, width=width, limit=limit, side=settings.side, shoulder=settings.shoulder_m
    )
    road.carriageway("after", after, lanes=lanes - 1, width=width, limit=limit)
    edge = 0.5 * width + settings.shoulder_m
    road.pave(main, -edge, (lanes - 1) * width + edge, open_end=False)
    road.pave(after, -edge, (lanes - 2) * width + edge, open_start=False)
    return road.build()
