"""A roundabout with four arms and one lane; one drives counter-clockwise, who is in it goes first."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import shapely
from msgspec import Meta, Struct

from simeval.authoring.lines import Line, turned
from simeval.authoring.road import Lane, RoadBuilder
from simeval.authoring.templates.common import LaneWidth, Shoulder, SpeedLimit
from simeval.authoring.templates.intersection import ARMS, STOP_DEPTH
from simeval.authoring.where import Where
from simeval.scenario import AreaKind, RoadMap

__all__ = ["Roundabout", "roundabout"]


QUARTER = np.linspace(0.0, math.pi / 2, 91)


class Roundabout(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the template `roundabout`."""

    radius_m: Annotated[float, Meta(ge=12, le=100)] = 22.0  # of the circulating lane's centre line
    entry_radius_m: Annotated[float, Meta(ge=8, le=100)] = 15.0  # of the entries' and exits' centre lines
    lane_width_m: LaneWidth = 3.5
    arm_m: Annotated[float, Meta(ge=20, le=5000)] = 120.0  # from the stop line outwards
    speed_limit_mps: SpeedLimit = 13.9
    ring_speed_limit_mps: SpeedLimit = 8.3
    shoulder_m: Shoulder = 0.5

    @property
    def x(self) -> float:
        """From the middle of an arm to its lanes' centre lines [m]."""
        return 0.5 * self.lane_width_m

    @property
    def line(self) -> float:
        """From the centre of the roundabout to the lines where the entries begin [m]."""
        far, out = self.radius_m + self.entry_radius_m, self.x + self.entry_radius_m
        return math.sqrt(far * far - out * out)

    @property
    def half_angle(self) -> float:
        """From the middle of an arm to where its entry meets the ring [rad], seen from the centre."""
        return math.asin((self.x + self.entry_radius_m) / (self.radius_m + self.entry_radius_m))


def roundabout(settings: Roundabout, where: Where) -> RoadMap:
    """The centre is the origin. For each arm (south, east, north, west): `south.0` to the line where one
    gives way, `south.entry.0` from there onto the ring, `ring.south.0` past the arm, from its exit to its
    entry, and `ring.south.1` on to the next exit, `south.exit.0` off the ring and `south.out.0` away."""
    if settings.half_angle > math.radians(40.0):
        raise (where / "entry_radius_m").error(
            f"{settings.entry_radius_m} m leaves no room between entry and exit on a ring of "
            f"{settings.radius_m} m.",
            "Write a smaller one or a larger 'radius_m'.",
        )
    road = RoadBuilder()
    for k in range(len(ARMS)):
        _add_arm(road, settings, k)
    _pave(road, settings)
    _mark(road, settings)
    return road.build()


def _entry(settings: Roundabout) -> Line:
    """The southern entry: it bends right until it touches the ring."""
    turn = math.pi / 2 - settings.half_angle
    line = Line.start(settings.x, -settings.line, math.pi / 2).arc(settings.entry_radius_m, -turn)
    xy = line.xy.copy()
    xy[-1] = _on_ring(settings, settings.half_angle)
    return Line(xy, line.heading)


def _on_ring(settings: Roundabout, angle: float) -> tuple[float, float]:
    """A point of the ring's centre line, `angle` counter-clockwise of due south."""
    return settings.radius_m * math.sin(angle), -settings.radius_m * math.cos(angle)


def _ring(settings: Roundabout, begin: float, end: float) -> Line:
    """The ring's centre line between two angles counter-clockwise of due south; its ends are exact."""
    line = Line.start(*_on_ring(settings, begin), begin).arc(settings.radius_m, end - begin)
    xy = line.xy.copy()
    xy[-1] = _on_ring(settings, end)
    return Line(xy, line.heading)


def _mirrored(line: Line) -> Line:
    """A line reflected at the y axis, driven the other way: an entry becomes an exit."""
    xy = line.xy[::-1] * np.array([-1.0, 1.0])
    return Line(np.ascontiguousarray(xy), -line.heading[::-1])


def _add_arm(road: RoadBuilder, settings: Roundabout, k: int) -> None:
    arm, after, width, a = ARMS[k], ARMS[(k + 1) % 4], settings.lane_width_m, settings.half_angle
    entry, limit = _entry(settings), settings.speed_limit_mps
    inwards = Line.start(settings.x, -settings.line - settings.arm_m, math.pi / 2).straight(settings.arm_m)
    inwards = Line(
        np.stack([np.full(len(inwards.xy), settings.x), inwards.xy[:, 1]], axis=1), inwards.heading
    )
    slow = settings.ring_speed_limit_mps
    for name, section, line, top, to in (
        (f"{arm}.0", arm, inwards, limit, (f"{arm}.entry.0",)),
        (f"{arm}.out.0", f"{arm}.out", _mirrored(inwards), limit, ()),
        (f"{arm}.entry.0", f"{arm}.entry", entry, slow, (f"ring.{arm}.1",)),
        (f"{arm}.exit.0", f"{arm}.exit", _mirrored(entry), slow, (f"{arm}.out.0",)),
        (f"ring.{arm}.0", f"ring.{arm}", _ring(settings, -a, a), slow, (f"ring.{arm}.1",)),
        (f"ring.{arm}.1", f"ring.{arm}.on", _ring(settings, a, math.pi / 2 - a), slow,
         (f"ring.{after}.0", f"{after}.exit.0")),
    ):  # fmt: skip
        lane = Lane(name, line.quarter_turned(k), width, top, section=section, to=to)
        lane.connector = name not in (f"{arm}.0", f"{arm}.out.0")
        road.lanes.append(lane)


def _pave(road: RoadBuilder, settings: Roundabout) -> None:
    """The ring, and for each arm a straight piece and two wings along its entry and exit."""
    edge, x, far = settings.x + settings.shoulder_m, settings.x, settings.line + settings.arm_m
    outer, inner = settings.radius_m + edge, settings.radius_m - edge
    entry = _entry(settings)
    arm = np.array(
        [[-x - edge, -far], [x + edge, -far], [x + edge, -settings.line], [-x - edge, -settings.line]]
    )
    around = np.stack([np.cos(QUARTER), np.sin(QUARTER)], axis=1)
    around[0], around[-1] = (1.0, 0.0), (0.0, 1.0)  # exactly: the quarters of the ring must not leave a gap
    sector = np.concatenate([outer * around, inner * around[::-1]])
    for k in range(len(ARMS)):
        road.pavement.append(turned(sector, k))
        road.pavement.append(turned(arm, k))
        for wing in (entry.strip(-edge, edge), _mirrored(entry).strip(-edge, edge)):
            road.pavement.append(turned(wing, k))
        road.pavement.append(turned(_between(settings, entry), k))
        road.open_ends.append(turned(arm[:2], k))


def _between(settings: Roundabout, entry: Line) -> np.ndarray:
    """What lies between entry, exit and ring: paved, so that nobody has to follow a thin island."""
    side = np.concatenate([entry.xy, [[0.0, -settings.radius_m]]])
    return np.concatenate([side, (side * np.array([-1.0, 1.0]))[::-1]])


def _mark(road: RoadBuilder, settings: Roundabout) -> None:
    """The junction's area and a line for each entry."""
    paved = shapely.unary_union([shapely.Polygon(p) for p in road.pavement])
    reach = settings.line
    inside = paved.intersection(shapely.box(-reach, -reach, reach, reach))
    shell = shapely.geometry.polygon.orient(shapely.Polygon(inside.exterior))
    road.areas.append((AreaKind.INTERSECTION, np.asarray(shell.exterior.coords)[:-1]))
    right = settings.lane_width_m
    line = [[0.0, -reach - STOP_DEPTH], [right, -reach - STOP_DEPTH], [right, -reach], [0.0, -reach]]
    for k in range(len(ARMS)):
        road.areas.append((AreaKind.STOP, turned(np.array(line), k)))
