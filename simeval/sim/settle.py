"""After everyone moved: who enters, who touches whom, who left the road, what is recorded, what ends."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.geometry.boundary import edge_touches_box, nearest_edge
from simeval.geometry.boxes import touch_between
from simeval.kernel import kernel
from simeval.safety.bodies import body_pose
from simeval.sim.tables import (
    AgentTable,
    Live,
    LiveWorld,
    PathTable,
    Record,
    RoadTable,
    SignalTable,
    WorldTable,
)

__all__ = ["end_world", "record_world", "settle_world"]

CONTACT, OFF_ROAD, RED_LIGHT, HELD_BACK = 1, 2, 4, 8  # members of scenario.trace.Flag
HORIZON, ENDED_BY_CONTACT, ENDED_OFF_ROAD, ROUTE_END, INVALID_START = 1, 2, 3, 4, 8  # Ending
REPLAY, PARKED, LOG = 1, 4, 10  # Driver
RED = 4
ABSENT_X = 1e300  # sorts absent bodies behind all others


@kernel
def _pose_bodies(agents: AgentTable, live: Live, a: int) -> None:
    for b in range(agents.body0[a], agents.body0[a + 1]):
        body_pose(
            agents.body0, agents.front, agents.rear, live.hitch, a, b,
            live.x[a], live.y[a], live.heading[a], live.pose,
        )  # fmt: skip


@kernel
def _bodies_touch(agents: AgentTable, live: Live, i: int, j: int) -> bool:
    dx, dy = live.pose[j, 0] - live.pose[i, 0], live.pose[j, 1] - live.pose[i, 1]
    reach = agents.size[i, 2] + agents.size[j, 2] + 1e-9
    # Radius test first: nearly all pairs are far apart, and the exact test costs many times as much.
    if dx * dx + dy * dy > reach * reach:
        return False
    return touch_between(
        dx, dy, live.pose[i, 2], live.pose[i, 3], agents.size[i, 0], agents.size[i, 1],
        live.pose[j, 2], live.pose[j, 3], agents.size[j, 0], agents.size[j, 1],
    )  # fmt: skip


@kernel
def _place_is_free(world: WorldTable, agents: AgentTable, live: Live, w: int, a: int) -> bool:
    for other in range(world.agent0[w], world.agent0[w + 1]):
        if other == a or live.presence[other] != 1:
            continue
        for i in range(agents.body0[a], agents.body0[a + 1]):
            for j in range(agents.body0[other], agents.body0[other + 1]):
                if _bodies_touch(agents, live, i, j):
                    return False
    return True


@kernel
def _enter(world: WorldTable, agents: AgentTable, live: Live, livew: LiveWorld, w: int) -> None:
    """Lets agents in whose time has come; one that would appear inside another waits for its place."""
    t = world.start[w] + livew.step[w]
    for a in range(world.agent0[w], world.agent0[w + 1]):
        waiting = live.presence[a] == 0 or live.presence[a] == 2
        if agents.driver[a] == REPLAY or agents.driver[a] == LOG or not waiting or t < agents.enter[a]:
            continue
        _pose_bodies(agents, live, a)
        if livew.step[w] == 0 or _place_is_free(world, agents, live, w, a):
            live.presence[a] = 1
        else:
            live.presence[a] = 2
            live.flags[a] |= HELD_BACK


@kernel
def _sort(world: WorldTable, agents: AgentTable, live: Live, livew: LiveWorld, w: int) -> None:
    """Keeps the bodies of a world sorted by x, by insertion: they are nearly sorted from the step before."""
    first, last = world.body0[w], world.body0[w + 1]
    for a in range(world.agent0[w], world.agent0[w + 1]):
        if live.presence[a] == 1:
            _pose_bodies(agents, live, a)
        else:
            for b in range(agents.body0[a], agents.body0[a + 1]):
                live.pose[b, 0] = ABSENT_X
    for k in range(first, last):
        body = livew.order[k]
        x = live.pose[body, 0]
        at = k
        while at > first and livew.sorted_x[at - 1] > x:
            livew.order[at], livew.sorted_x[at] = livew.order[at - 1], livew.sorted_x[at - 1]
            at -= 1
        livew.order[at], livew.sorted_x[at] = body, x


@kernel
def _touch(world: WorldTable, agents: AgentTable, live: Live, livew: LiveWorld, w: int) -> None:
    """Flags agents in contact; the ego's partner with the lowest index is remembered."""
    first, last, ego = world.body0[w], world.body0[w + 1], world.ego[w]
    reach = 0.0
    for b in range(first, last):
        reach = max(reach, agents.size[b, 2])
    livew.detail[w] = -1
    for k in range(first, last):
        i = livew.order[k]
        if livew.sorted_x[k] >= ABSENT_X:
            break
        limit = livew.sorted_x[k] + agents.size[i, 2] + reach
        for m in range(k + 1, last):
            if livew.sorted_x[m] > limit:
                break
            j = livew.order[m]
            if not _bodies_touch(agents, live, i, j):
                continue
            a, b = int(agents.owner[i]), int(agents.owner[j])
            if a == b:
                continue
            live.flags[a] |= CONTACT
            live.flags[b] |= CONTACT
            if a == ego or b == ego:
                other = (b if a == ego else a) - world.agent0[w]
                if livew.detail[w] < 0 or other < livew.detail[w]:
                    livew.detail[w] = other


@kernel
def _look_at_edges(
    road: RoadTable, offsets: Array, r: int, agents: AgentTable, live: Live, a: int, radius: float
) -> None:
    clear = nearest_edge(road.segments, road.box[r], road.shape[r], offsets, road.items, live.x[a], live.y[a])
    off = clear > 0.0
    if not off and -clear <= radius:
        b = agents.body0[a]
        p = live.pose[b]
        off = edge_touches_box(
            road.segments, road.box[r], road.shape[r], offsets, road.items,
            p[0], p[1], p[2], p[3], agents.size[b, 0], agents.size[b, 1],
        )  # fmt: skip
    live.clearance[a], live.off[a] = clear, 1 if off else 0
    live.seen[a, 0], live.seen[a, 1] = live.x[a], live.y[a]
    live.seen[a, 2], live.seen[a, 3] = live.heading[a], 1.0


@kernel
def _road(world: WorldTable, agents: AgentTable, road: RoadTable, live: Live, w: int) -> None:
    """Flags vehicles of which any part is off the road.

    `clearance` is a lower bound of the distance of the centre to the nearest edge: while it exceeds the
    vehicle's radius no edge can touch it, and nothing has to be looked up.
    """
    r = world.road[w]
    if r < 0:
        return
    offsets = road.offsets[road.cell0[r] : road.cell0[r + 1]]
    for a in range(world.agent0[w], world.agent0[w + 1]):
        if live.presence[a] != 1 or agents.on_road[a] == 0:
            continue
        moved = math.sqrt((live.x[a] - live.seen[a, 0]) ** 2 + (live.y[a] - live.seen[a, 1]) ** 2)
        turned = live.heading[a] != live.seen[a, 2]
        radius = agents.size[agents.body0[a], 2]
        clear = live.clearance[a]
        known = live.seen[a, 3] != 0.0 and (
            math.fabs(clear) - moved > radius or (moved == 0.0 and not turned)
        )
        if not known:
            _look_at_edges(road, offsets, r, agents, live, a, radius)
        if live.off[a] == 1:
            live.flags[a] |= OFF_ROAD


@kernel
def _red_light(
    world: WorldTable,
    agents: AgentTable,
    path: PathTable,
    signal: SignalTable,
    live: Live,
    livew: LiveWorld,
    w: int,
) -> None:
    """Flags agents on paths whose front crossed a stop point in this step while its signal was red."""
    count = world.signal0[w + 1] - world.signal0[w]
    t = world.start[w] + livew.step[w]
    for a in range(world.agent0[w], world.agent0[w + 1]):
        if agents.stop0[a + 1] == agents.stop0[a] or live.presence[a] != 1:
            continue
        front = live.s[a] + 0.5 * agents.length[a]
        for k in range(agents.stop0[a], agents.stop0[a + 1]):
            state = signal.state[world.signal_log0[w] + t * count + path.stop_signal[k]]
            if live.front[a] < path.stop_s[k] <= front and state == RED:
                live.flags[a] |= RED_LIGHT
        live.front[a] = front


@kernel
def settle_world(
    world: WorldTable, agents: AgentTable, path: PathTable, signal: SignalTable, road: RoadTable,
    live: Live, livew: LiveWorld, w: int,
) -> None:  # fmt: skip
    """Facts of the moment, from the poses of all bodies."""
    for a in range(world.agent0[w], world.agent0[w + 1]):
        live.flags[a] = 0
    for a in range(world.agent0[w], world.agent0[w + 1]):
        if live.presence[a] == 1:
            _pose_bodies(agents, live, a)
    _enter(world, agents, live, livew, w)
    _sort(world, agents, live, livew, w)
    _touch(world, agents, live, livew, w)
    _road(world, agents, road, live, w)
    _red_light(world, agents, path, signal, live, livew, w)


@kernel
def record_world(world: WorldTable, live: Live, livew: LiveWorld, record: Record, w: int) -> None:
    """Writes the row of the current step."""
    first, last = world.agent0[w], world.agent0[w + 1]
    row = livew.step[w]
    at = world.record0[w] + row * (last - first)
    for a in range(first, last):
        there = live.presence[a] == 1
        record.valid[at], record.flags[at] = there, live.flags[a]
        if there:
            record.x[at], record.y[at], record.heading[at] = live.x[a], live.y[a], live.heading[a]
            record.vx[at], record.vy[at], record.yaw_rate[at] = live.vx[a], live.vy[a], live.yaw_rate[a]
        at += 1
    pulled = (world.body0[w + 1] - world.body0[w]) - (last - first)
    own = world.body0[w] - first
    for h in range(pulled):
        record.hitch[world.hitch_record0[w] + row * pulled + h] = live.hitch[own + h]
    at = world.command0[w] + row
    record.command[at, 0], record.command[at, 1] = livew.command[w, 0], livew.command[w, 1]
    record.acceleration[at], record.steering[at] = livew.acceleration[w], livew.steering[w]


@kernel
def end_world(world: WorldTable, live: Live, livew: LiveWorld, w: int) -> None:
    """Decides whether the episode ends at this step, and why; the first cause that holds is kept."""
    ego, on = world.ego[w], world.end_on[w]
    start = livew.step[w] == 0
    if on & 1 and live.flags[ego] & CONTACT:
        livew.ending[w] = INVALID_START if start else ENDED_BY_CONTACT
    elif on & 2 and live.flags[ego] & OFF_ROAD and live.clearance[ego] > 0.0:
        livew.ending[w] = INVALID_START if start else ENDED_OFF_ROAD
    elif on & 4 and live.s[ego] >= world.goal[w] and not start:
        livew.ending[w] = ROUTE_END
    elif livew.step[w] >= world.last[w]:
        livew.ending[w] = HORIZON
