"""The flat arrays that kernels work on, as few named tuples by subject.

Worlds stand one after the other: agent i of world w is row `world.agent0[w] + i` of every agent array,
and so on for bodies. No padding: a world costs what it is, and cannot see its neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

from simeval.arrays import Array

__all__ = ["AgentTable", "Live", "LiveWorld", "LogTable", "PathTable", "Record", "RoadTable", "ScriptTable",
           "SignalTable", "WorldTable"]  # fmt: skip


class WorldTable(NamedTuple):
    """One row a world; never changes."""

    agent0: Array  # first agent, [w + 1]
    body0: Array  # first body, [w + 1]
    log0: Array  # first element of its [T, A] log
    trailer0: Array  # first element of its [T, H] hitch log
    record0: Array  # first row of its [R, A] record
    command0: Array  # first row of its [R] ego record
    hitch_record0: Array  # first element of its [R, H] record
    ego: Array  # row of the ego in the agent arrays
    start: Array  # scenario step at which simulation begins
    last: Array  # last step of the episode, counted from the start
    dt: Array  # [s]
    end_on: Array  # bits: 1 contact, 2 off road, 4 route end
    road: Array  # row of the road table; -1: not known
    signal0: Array  # first signal, [w + 1]
    signal_log0: Array  # first element of its [T, S] states
    goal: Array  # arc length of the goal on the ego's path [m]; inf: none
    ego_path: Array  # 1: the ego has a path


class AgentTable(NamedTuple):
    """One row an agent; never changes."""

    driver: Array  # Driver
    body0: Array  # first body, [a + 1]
    length: Array  # of the first body [m]
    width: Array
    axle: Array  # rear axle from the centre, usually negative [m]
    wheelbase: Array
    enter: Array  # scenario step at which it may appear
    desired: Array  # [m/s]
    stays: Array  # 1: stands at the end of its path; 0: leaves the scene there
    path0: Array  # first path point, [a + 1]; empty: no path
    stop0: Array  # first stop point, [a + 1]
    script0: Array  # first action, [a + 1]
    size: Array  # [bodies, 3]: half length, half width, radius
    front: Array  # [bodies] couplings, see Bodies
    rear: Array
    owner: Array  # [bodies] whose body
    on_road: Array  # 1: leaving the road is looked at


class PathTable(NamedTuple):
    """Points of all paths; see traffic.paths.Path. Stop points of signals on them."""

    s: Array
    x: Array
    y: Array
    heading: Array
    cap: Array
    ux: Array
    uy: Array
    stop_s: Array  # arc length of the stop point on the agent's path
    stop_signal: Array  # which signal of the world


class ScriptTable(NamedTuple):
    """Actions of scripted agents; see scenario.script."""

    trigger: Array
    when: Array
    action: Array
    p: Array
    q: Array


class LogTable(NamedTuple):
    """Recorded states, [T, A] of each world flat."""

    x: Array
    y: Array
    heading: Array
    vx: Array
    vy: Array
    valid: Array
    hitch: Array  # [T, H]


class SignalTable(NamedTuple):
    """States of signals, [T, S] of each world flat."""

    state: Array


class RoadTable(NamedTuple):
    """Road boundaries of all maps in use; see geometry.boundary."""

    segments: Array
    box: Array  # [roads, 2]
    shape: Array  # [roads, 2]
    cell0: Array  # first entry of its offsets
    offsets: Array  # into items, already shifted
    items: Array  # into segments, already shifted


class Live(NamedTuple):
    """What changes, one row an agent (and a body: `pose`)."""

    x: Array  # centre [m]
    y: Array
    heading: Array
    vx: Array  # of the centre [m/s]
    vy: Array
    yaw_rate: Array
    speed: Array  # along the heading; of an ego with axles: of its rear axle
    s: Array  # arc length on its path
    offset: Array  # from its path, left positive
    segment: Array  # of its path
    presence: Array  # 0 not yet, 1 there, 2 waiting for its place, 3 gone
    wanted: Array  # acceleration decided in this step
    flags: Array
    clearance: Array  # distance of the centre to the road's edge where it was last looked up, signed [m]
    seen: Array  # [a, 4] x, y, heading there; 1: looked up at all
    off: Array  # 1: off the road there
    front: Array  # arc length of its front at the step before
    next_action: Array  # row of the script table
    shift: Array  # [a, 4] lateral move: start time, offset before, size, duration (0: none)
    pace: Array  # [a, 4] longitudinal action: kind, its two numbers, 0
    pose: Array  # [bodies, 4] x, y, cos, sin
    hitch: Array  # [trailer bodies]


class LiveWorld(NamedTuple):
    """What changes, one row a world (and the order of its bodies)."""

    step: Array  # since the start
    ending: Array
    detail: Array  # the other agent (row in the world), -1: none
    acceleration: Array  # the ego's actuators
    steering: Array
    command: Array  # [w, 2] acceleration, steering wanted by whoever drives
    target: Array  # [w, 4] x, y, heading, speed of the centre to be reached, for pose control
    order: Array  # bodies of the world by x
    sorted_x: Array


class Record(NamedTuple):
    """What is kept of each step."""

    x: Array
    y: Array
    heading: Array
    vx: Array
    vy: Array
    yaw_rate: Array
    valid: Array
    flags: Array
    hitch: Array
    command: Array  # [rows, 2]
    acceleration: Array  # [rows]
    steering: Array  # [rows]
