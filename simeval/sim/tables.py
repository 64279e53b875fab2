"""The tables that kernels work on: flat, one row a world, an agent, a logged or recorded state.

Worlds stand one after the other: agent i of world w is row `world[w].agent0 + i` of the agent table, and
so on. No padding: a world costs what it is, and cannot see its neighbours. Tables are record arrays, so
that a kernel takes few arguments and compiles quickly; `x0` and `x1` are the first row of x and one past
the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from simeval.arrays import Array

if TYPE_CHECKING:
    Table: TypeAlias = Any
    Row: TypeAlias = Any
else:
    Table, Row = np.recarray, np.record

__all__ = [
    "ACTION",
    "AGENT",
    "CHARACTER",
    "CLAIM",
    "CROSSING",
    "DRIVEN",
    "EGO_RECORD",
    "LIVE",
    "LIVE_WORLD",
    "LOGGED",
    "PATH",
    "RECORDED",
    "STOP",
    "VEHICLE",
    "WALK",
    "WORLD",
    "ZONE",
    "BodyTable",
    "LaneTable",
    "PathTable",
    "RoadTable",
    "Row",
    "Table",
    "TrafficTable",
    "table",
]


def table(dtype: np.dtype, rows: int) -> Table:
    """A table of zeros; fields are read as `table[row].field`, compiled or not."""
    return np.zeros(rows, dtype=dtype).view(np.recarray)


def _record(integers: str, floats: str) -> np.dtype:
    return np.dtype([(n, "i8") for n in integers.split()] + [(n, "f8") for n in floats.split()], align=True)


WORLD = _record(
    "agent0 agent1 body0 body1 signal0 signal1 driven0 driven1 path0 point0 stop0 "
    "walks "  # 1: there are crosswalks on paths, and people who may use them
    "conflict0 conflict1 claim0 "  # pairs of paths that meet; its first claim
    "log0 hitch_log0 signal_log0 "  # first element of its logs: [T, A], [T, H], [T, S]; others may share them
    "record0 ego_record0 hitch_record0 "  # first element of what is recorded: [R, A], [R], [R, H]
    "ego "  # row of the ego in the agent table
    "log_steps "  # of its logs
    "start last "  # scenario step at which simulation begins; last step, counted from there
    "end_on "  # bits: 1 contact, 2 off road, 4 route end
    "road "  # row of the road table; -1: not known
    "ego_path",  # 1: the ego has a path
    "dt goal",  # [s]; arc length of the goal on the ego's path [m], inf: none
)
"""One row a world; never changes."""

AGENT = _record(
    "driver body0 body1 script0 script1 "
    "driven "  # row of the driven and vehicle tables, -1: nobody gives it commands
    "enter "  # scenario step at which it may appear
    "stays "  # 1: stands at the end of its path; 0: leaves the scene there
    "on_road "  # 1: leaving the road is looked at
    "is_vehicle "  # 1: car, van, truck, bus, motorcycle
    "character cross0 cross1 "  # row of its driver; lanes that it crosses on foot or by bicycle
    "on_foot "  # whom crosswalks are made for: 1 on foot, 2 by bicycle, 0 nobody
    "on_lanes "  # 1: its path follows lanes of the map
    "gives_way "  # 1: its driver looks at who goes first where paths meet
    "number turn",  # its place by id; the agent of this place: their order in the file is nothing
    "length width axle wheelbase desired "  # of the first body [m]; axle from the centre; [m/s]
    "swing "  # how far before and after a zone a long body, which swings out, needs it [m]
    "tail",  # from the first body's centre back to the end of the last one, when straight [m]
)
"""One row an agent; never changes."""

LIVE = _record(
    "presence "  # 0 not yet, 1 there, 2 waiting for its place, 3 gone
    "flag_bits next_action "  # Flag; row of its next scripted action
    "acted shift_form "  # scripted actions begun before this step; form of a move to the side under way
    "path path0 path1 stop0 stop1 segment "  # row of its path, -1: none; its points, stops; where on it
    "seen "  # 1: its distance to the road's edge was looked up
    "folded "  # 1: a coupling is at its limit
    "held "  # 1: could not go where paths meet even if all others let it
    "swept "  # row in its world of whom its body would touch in a bend, -1: nobody
    "urgent "  # 1: somebody waits for its leaving, 2: and it has to go past that one, though it would wait
    "off_log "  # 1: left its log for good
    "phase want",  # of a pedestrian; path beside that it wants to change to, -1: none
    "x y heading vx vy yaw_rate "  # of the centre [m, rad, m/s, rad/s]
    "speed "  # along the heading; of a driven ego: of its rear axle
    "s offset front "  # arc length, offset (left positive) on its path; its front at the step before [m]
    "wanted "  # acceleration decided in this step [m/s^2]
    "gap gap_speed "  # to the body ahead, at the step before [m]; its speed along the path [m/s]
    "granted hold "  # may enter zones that begin before this; the front has to stop before that [m]
    "arrived "  # when it came to stand where it gives way [s]; < 0: it does not
    "clearance seen_x seen_y "  # signed distance to the road's edge, and where it was looked up
    "shift_start shift_from shift_by shift_time "  # lateral move: when, from which offset, how far, how long
    "pace pace_p pace_q "  # longitudinal action under way and its two numbers
    "clock changed",  # time in its phase [s]; when it last began to change lanes [s]
)
"""What changes, one row an agent."""

LIVE_WORLD = _record(
    "step ending detail",  # since the start, -1: not begun; Ending; the ego's partner in contact, -1: none
    "",
)
"""What changes, one row a world."""

DRIVEN = _record(
    "agent",  # its row
    "wanted_acceleration wanted_steering "  # what whoever drives it wants [m/s^2, rad]
    "told_acceleration told_steering "  # what of it arrives at the actuators
    "target_x target_y target_heading target_speed "  # of the centre, when it is put on poses
    "acceleration steering "  # of the rear axle along the heading; road-wheel angle
    "drive braking waited "  # of engine and brakes, and how long a demand has been pending; see actuators
    "slide",  # lateral velocity at the centre of gravity, of a vehicle whose tyres slip [m/s]
)
"""What changes, one row an agent that is driven by commands: of each world first the ego."""

VEHICLE = _record(
    "model",  # 0 kinematic, 1 with the limits of its actuators, 2 with slipping tyres too, 3 put on poses
    "max_acceleration specific_power max_braking max_steering max_steering_rate max_jerk "  # DriveLimits
    "dead_time build_up release friction "
    "mass yaw_inertia front rear front_stiffness rear_stiffness "  # SingleTrack
    "steer_gain steer_offset accel_gain "  # of the actuators: 1, 0, 1 when they are calibrated
    "gravity_centre",  # along the heading, from the centre of the box [m]
)
"""What a driven agent can do, one row each; never changes."""

PATH = _record("point0 point1 stop0 stop1 left right zone0 zone1 walk0 walk1", "")
"""One row a path: its points, its stop points, the path beside it to either side (-1: none), its zones."""

ZONE = _record("conflict side kind rank other_rank", "s0 s1 hold cap heading")
"""Where paths meet, in driving order; see traffic.lane_zones. Conflicts are counted in all worlds."""

WALK = _record("", "s0 s1")
"""Crosswalks on paths: arc lengths, in driving order."""

CLAIM = _record(
    "agent zone granted silent rank "  # silent: nobody waits for it
    "next",  # the claim on the same side that was made before it, -1: none
    "enters leaves gate arrived",  # times from now [s]; speed at the zone [m/s]; see `Claim`
)
"""Who comes to a zone: made anew in every step."""

LOGGED = _record("valid", "x y heading vx vy")
"""Recorded states of the scenarios, [T, A] of each; worlds of the same recording share them."""

RECORDED = np.dtype(
    [(n, "i4") for n in ("valid", "flag_bits")]
    + [(n, "f8") for n in ("x", "y", "heading", "vx", "vy", "yaw_rate")],
    align=True,
)
"""What happened, [R, A] of each world."""

EGO_RECORD = _record("", "wanted_acceleration wanted_steering acceleration steering")
"""What happened to the ego, [R] of each world."""

ACTION = _record("trigger action other", "when p q first second third")
"""Actions of scripted agents; see scenario.script."""

CHARACTER = _record(
    "", "max_acceleration comfortable_braking headway min_gap max_braking politeness"
)  # fmt: skip
"""How a driver follows and changes lanes, see traffic.idm and traffic.mobil; row 0 is the default."""

CROSSING = _record("", "lane0 lane1 road0 road1")
"""Lanes on the way across, by arc lengths of the own path [m]: the lane, and the road it belongs to."""

STOP = _record("signal", "s")
"""Stop points on paths: the signal (counted in its world) and the arc length."""


class PathTable(NamedTuple):
    """Points of all paths; see traffic.paths.Path."""

    s: Array
    x: Array
    y: Array
    heading: Array
    cap: Array
    ux: Array
    uy: Array


class BodyTable(NamedTuple):
    """One row a body; hitch angles one a pulled body (body b of agent a: row b - a - 1)."""

    size: Array  # [b, 3] half length, half width, radius [m]
    front: Array  # couplings, see Bodies
    rear: Array
    owner: Array  # row of the agent
    offset: Array  # coupling behind the axle of the body before, one a pulled body [m]
    wheelbase: Array  # from there to the own axle [m]
    limit: Array  # largest hitch angle [rad]
    logged_hitch: Array  # [T, H] of each world
    recorded_hitch: Array  # [R, H] of each world
    pose: Array  # [b, 4] x, y, cos, sin; this and the following change
    hitch: Array  # [rad]
    order: Array  # bodies of each world by x
    sorted_x: Array
    room: Array  # [b, 5] a pose and how far ahead of it no edge of the road is [m], see `road_flags`


class RoadTable(NamedTuple):
    """Road boundaries of all maps in use; see geometry.boundary."""

    segments: Array
    box: Array  # [roads, 2]
    shape: Array  # [roads, 2]
    cell0: Array  # first entry of its offsets
    offsets: Array  # into items, already shifted
    items: Array  # into segments, already shifted


class LaneTable(NamedTuple):
    """Where paths meet, and who comes there."""

    path: Table  # PATH rows
    zone: Table
    walk: Table
    claim: Table  # of each world from its `claim0` on; as many as its agents can make
    first: Array  # [agents + 1 a world] first claim of each agent
    head: Array  # [conflicts, 2] the last claim on each side, -1: none


class TrafficTable(NamedTuple):
    """What traffic models need besides paths."""

    character: Table
    crossing: Table
