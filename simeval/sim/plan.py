"""First half of a step: everyone decides, looking at the same moment."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.polyline import project_near, segment_at
from simeval.kernel import inlined_kernel, kernel
from simeval.sim.crossers import cyclist_wanted, pedestrian_wanted
from simeval.sim.crosswalks import look_where_to_stop
from simeval.sim.lane_choice import change_lanes, choose_lane
from simeval.sim.leave_log import board_path, leaves_log
from simeval.sim.peer_models import nuplan_wanted, waymax_wanted
from simeval.sim.scripts import (
    CRUISE,
    GAP_SIGHT,
    KEEP_GAP,
    gap_acceleration,
    script_acceleration,
    start_actions,
)
from simeval.sim.signal_ahead import signal_gap
from simeval.sim.sweep import first_in_sweep
from simeval.sim.tables import BodyTable, LaneTable, PathTable, Row, Table, TrafficTable
from simeval.traffic.idm import IdmParameters, follow, lookahead
from simeval.traffic.leads import first_in_corridor
from simeval.traffic.paths import speed_cap_at
from simeval.vehicles.pursuit import lookahead_distance, pursuit_steering

__all__ = ["EGO_MARGIN", "IDM", "follow_path", "locate", "plan_world", "steer_along"]

# Members of scenario.trace.Driver.
REPLAY, IDM_DRIVER, SCRIPTED, PARKED, REACTIVE, NUPLAN, WAYMAX = 1, 2, 3, 4, 5, 6, 7
MOBIL = 8
PEDESTRIAN, CONSTANT, IDM_EGO, CYCLIST = 9, 11, 12, 15
IDM = IdmParameters()
CYCLIST_IDM = IdmParameters(0.5, 1.5, 1.0, 1.0, 3.0)  # of a cyclist behind somebody
MIDDLE = 1e-6  # a margin that means the middle of the path, where one who changes lanes will be
HOLD_BEFORE = 0.5  # [m] where paths meet one stands that far before the place to stop
EGO_MARGIN = 0.15  # [m] to each side of the ego's corridor: it follows its path with small errors


@inlined_kernel
def _leader(
    here: Row,
    it: Row,
    me: Row,
    path: PathTable,
    bodies: BodyTable,
    live: Table,
    margin: float,
    reach: float,
    look: float,
) -> tuple[float, float]:
    """(gap to the body ahead within `look` m, its speed along the path [m/s]); infinite gap without one."""
    half = 0.5 * it.length
    entry, body = first_in_corridor(
        path.s, path.x, path.y, path.ux, path.uy, me.path0, me.path1, me.segment, me.s,
        me.offset if margin == 0.0 else 0.0, 0.5 * it.width + margin,
        me.s + half + look, it.body0, it.body1, here.body0, here.body1,
        bodies.order, bodies.sorted_x, reach, bodies.pose, bodies.size,
    )  # fmt: skip
    if body < 0:
        return math.inf, 0.0
    other = live[bodies.owner[body]]
    i = segment_at(path.s, me.path0, me.path1, me.segment, entry)
    return entry - me.s - half, other.vx * path.ux[i] + other.vy * path.uy[i]


@kernel
def _seen_leader(
    here: Row, it: Row, me: Row, path: PathTable, bodies: BodyTable, live: Table, margin: float, reach: float,
    look: float,
) -> tuple[float, float]:  # fmt: skip
    """`_leader` for those who look seldom: called, so that its code is there once for all of them."""
    return _leader(here, it, me, path, bodies, live, margin, reach, look)


@kernel
def _swept(
    here: Row, it: Row, me: Row, path: PathTable, bodies: BodyTable, live: Table, reach: float,
    gap: float, lead_speed: float, look: float,
) -> tuple[float, float]:  # fmt: skip
    """(gap, speed) of the leader, or of whom the body would touch in a bend, if that is nearer."""
    way, body = first_in_sweep(here, it, me, path, bodies, live, reach, look)
    me.swept = -1
    if way >= gap:
        return gap, lead_speed
    other, i = live[bodies.owner[body]], segment_at(path.s, me.path0, me.path1, me.segment, me.s + way)
    me.swept = bodies.owner[body] - here.agent0
    if me.urgent == 2:
        return gap, lead_speed
    return way, max(other.vx * path.ux[i] + other.vy * path.uy[i], 0.0)


@inlined_kernel
def follow_path(
    here: Row, it: Row, me: Row, path: PathTable, bodies: BodyTable, live: Table,
    stops: Table, signals: Array, margin: float, reach: float, wish: float, p: IdmParameters,
) -> float:  # fmt: skip
    """Acceleration of a driver who follows a path at up to `wish` m/s: leader, signals, path end, curves."""
    speed = max(me.speed, 0.0)
    ahead = me.s + 0.5 * speed
    i = segment_at(path.s, me.path0, me.path1, me.segment, ahead)
    desired = min(wish, speed_cap_at(path.s, path.cap, i, ahead))
    gap, lead_speed = _leader(here, it, me, path, bodies, live, margin, reach, lookahead(speed, p))
    if it.on_lanes == 1 and here.conflict1 > here.conflict0:
        gap, lead_speed = _swept(
            here, it, me, path, bodies, live, reach, gap, lead_speed, lookahead(speed, p)
        )
    wanted = follow(speed, gap, speed - lead_speed, desired, p)
    me.gap, me.gap_speed = gap, lead_speed
    stop = min(
        signal_gap(stops, signals, it, me), me.hold - me.s - 0.5 * it.length + (p.min_gap - HOLD_BEFORE)
    )
    if it.stays == 1:
        stop = min(stop, path.s[me.path1 - 1] - me.s + p.min_gap)
    if stop < math.inf:
        wanted = min(wanted, follow(speed, stop, speed, desired, p))
    return wanted


@kernel
def steer_along(it: Row, me: Row, path: PathTable) -> float:
    """Pure pursuit of the ego's path from its rear axle [rad]."""
    x, y = me.x + it.axle * math.cos(me.heading), me.y + it.axle * math.sin(me.heading)
    if me.s >= path.s[me.path1 - 1] - 1e-6:
        return 0.0  # beyond its end: straight on
    at = me.s + it.axle + lookahead_distance(me.speed)
    i = segment_at(path.s, me.path0, me.path1, me.segment, at)
    tx, ty = path.x[i] + (at - path.s[i]) * path.ux[i], path.y[i] + (at - path.s[i]) * path.uy[i]
    return pursuit_steering(x, y, me.heading, tx, ty, it.wheelbase)


@kernel
def locate(me: Row, path: PathTable) -> None:
    """Projects an agent on its path, near where it was: a path may cross itself."""
    at, offset, segment = project_near(path.s, path.x, path.y, me.path0, me.path1, me.s, 30.0, me.x, me.y)
    me.s, me.offset, me.segment = at, offset, segment


@inlined_kernel
def _driver(row: Row) -> IdmParameters:
    """The character of a driver."""
    return IdmParameters(
        row.max_acceleration, row.comfortable_braking, row.headway, row.min_gap, row.max_braking
    )


@kernel
def _otherwise_wanted(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, stops: Table, signals: Array,
    live: Table, traffic: TrafficTable, a: int, reach: float,
) -> float:  # fmt: skip
    """As `_wanted`, of those who drive by another model than ours, walk, or ride a bicycle."""
    it, me = agents[a], live[a]
    if it.driver == NUPLAN:
        stop = signal_gap(stops, signals, it, me)
        return nuplan_wanted(here, now, it, me, path, bodies, agents, live, stop, reach)
    if it.driver == WAYMAX:
        return waymax_wanted(here, it, me, agents, bodies, live, a)
    if it.driver == PEDESTRIAN:
        return pedestrian_wanted(here, it, me, agents, live, path, traffic.crossing, a)
    if it.driver == CYCLIST:
        rides = cyclist_wanted(here, it, me, agents, live, path, traffic.crossing, a)
        look = lookahead(me.speed, CYCLIST_IDM)
        gap, lead_speed = _seen_leader(here, it, me, path, bodies, live, 0.0, reach, look)
        return min(rides, follow(me.speed, gap, me.speed - lead_speed, it.desired, CYCLIST_IDM))
    return 0.0


@inlined_kernel
def _wanted(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, script: Table,
    stops: Table, signals: Array, live: Table, traffic: TrafficTable, a: int, reach: float,
) -> float:  # fmt: skip
    """What the driver of an agent that moves on its path wants [m/s^2]."""
    it, me = agents[a], live[a]
    p, wish, margin = _driver(traffic.character[it.character]), it.desired, 0.0
    if it.driver == SCRIPTED:
        start_actions(script, agents, bodies, path, live, a, here.ego, now.step * here.dt)
        if me.pace == KEEP_GAP:
            gap, lead_speed = _seen_leader(here, it, me, path, bodies, live, 0.0, reach, GAP_SIGHT)
            return gap_acceleration(me.speed, gap, lead_speed, me.pace_p, me.pace_q)
        if me.pace != CRUISE:
            return script_acceleration(me, here.dt)
        wish = me.pace_p if me.pace_p > 0.0 else it.desired
    elif it.driver == IDM_EGO:
        p, margin = IDM, EGO_MARGIN
    elif it.driver != IDM_DRIVER and it.driver != REACTIVE and it.driver != MOBIL:
        return _otherwise_wanted(here, now, agents, path, bodies, stops, signals, live, traffic, a, reach)
    wanted = follow_path(here, it, me, path, bodies, live, stops, signals, margin, reach, wish, p)
    if it.driver == MOBIL and me.shift_time > 0.0:
        gap, lead_speed = _seen_leader(
            here, it, me, path, bodies, live, MIDDLE, reach, lookahead(me.speed, p)
        )
        return min(wanted, follow(me.speed, gap, me.speed - lead_speed, it.desired, p))
    return wanted


@inlined_kernel
def plan_world(
    here: Row, now: Row, agents: Table, path: PathTable, bodies: BodyTable, script: Table,
    stops: Table, signals: Array, live: Table, driven: Table, lanes: LaneTable, log: Table,
    traffic: TrafficTable,
) -> None:  # fmt: skip
    """Writes the wanted acceleration of each agent, and the ego's command if an engine driver drives it.

    `here` and `now` are the world's rows of what never changes and of what does.
    """
    reach, changing = 0.0, 0
    for b in range(here.body0, here.body1):
        reach = max(reach, bodies.size[b, 2])
    if here.conflict1 > here.conflict0 or here.walks > 0:
        look_where_to_stop(here, now, agents, path, bodies, stops, signals, live, lanes, reach)
    for a in range(here.agent0, here.agent1):
        me, driver = live[a], agents[a].driver
        if me.presence != 1 or driver == REPLAY or driver == PARKED:
            continue
        if driver == REACTIVE and me.off_log == 0:
            if not leaves_log(here, now, agents, bodies, log, live, a):
                continue
            board_path(me, path)
        me.wanted = _wanted(here, now, agents, path, bodies, script, stops, signals, live, traffic, a, reach)
        if driver == MOBIL:
            character = traffic.character[agents[a].character]
            choose_lane(
                here, now, agents, live, path, bodies, lanes.path, character, _driver(character), a, reach
            )
            changing += 1 if me.want >= 0 else 0
        if driver == IDM_EGO or driver == CONSTANT:
            own = driven[agents[a].driven]
            own.wanted_acceleration, own.wanted_steering = me.wanted, 0.0
            if driver == IDM_EGO:
                own.wanted_steering = steer_along(agents[a], me, path)
    if changing > 0:
        change_lanes(here, now, agents, live, path, lanes.path)
