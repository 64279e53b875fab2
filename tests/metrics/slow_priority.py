"""Who goes first where lanes meet once more, from the card: plain loops over points and segments."""

import math
from itertools import pairwise

import numpy as np
from slow_road import on_lines
from slow_view import close_to, exactly

from simeval.scenario import AgentKind, AreaKind, SignalState

DRIVES = (
    AgentKind.CAR, AgentKind.VAN, AgentKind.TRUCK, AgentKind.BUS, AgentKind.MOTORCYCLE, AgentKind.CYCLIST
)  # fmt: skip


def wrapped(angle):
    return math.remainder(angle, 2.0 * math.pi)


def to_segment(p, a, b):
    ax, ay = b[0] - a[0], b[1] - a[1]
    u = ((p[0] - a[0]) * ax + (p[1] - a[1]) * ay) / (ax * ax + ay * ay)
    u = min(max(u, 0.0), 1.0)
    return math.dist(p, (a[0] + u * ax, a[1] + u * ay))


def to_line(p, line):
    return min(to_segment(p, a, b) for a, b in pairwise(line))


def lanes_of(view, agent):
    """[t] the nearest lane that runs the agent's way; -1: none."""
    if agent == view.trace.ego:
        return on_lines(view)
    out, centres = [], view.scenario.map.lanes.centre
    for t in range(view.steps):
        best = (3.0, -1)
        for k, line in enumerate(centres):
            for a, b in pairwise(line):
                along = math.atan2(b[1] - a[1], b[0] - a[0])
                if abs(wrapped(along - view.states.heading[t, agent])) <= math.radians(60.0):
                    best = min(best, (to_segment(view.states.xy[t, agent], a, b), k))
        out.append(best[1] if view.states.valid[t, agent] else -1)
    return out


def front(view, agent, t):
    h, half = view.states.heading[t, agent], 0.5 * view.trace.agents.length[agent]
    x, y = view.states.xy[t, agent]
    return x + half * math.cos(h), y + half * math.sin(h)


def inside(p, area):
    """Whether a point is in a convex outline."""
    turns = [
        (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
        for a, b in zip(area, np.roll(area, -1, axis=0), strict=True)
    ]
    return min(turns) >= 0.0 or max(turns) <= 0.0


def to_area(p, area):
    return 0.0 if inside(p, area) else to_line(p, np.concatenate([area, area[:1]]))


def ends_at_stop(road, lane):
    """The last 3 m of a lane's last segment come near a line that is near its end."""
    a, b = road.lanes.centre[lane][-2:]
    long = math.dist(a, b)
    shares = np.linspace(max(0.0, 1.0 - 3.0 / long), 1.0, 301)
    near = [a + u * (b - a) for u in shares]
    areas = road.areas_of(AreaKind.STOP)
    close = any(to_area(b, area) <= 3.0 for area in areas)
    return close and any(to_area(p, area) < 0.5 for area in areas for p in near)


def rank(road, lane):
    lanes = road.lanes
    if not lanes.is_connector[lane]:
        return 3
    step = np.diff(lanes.centre[lane], axis=0)
    headings = [math.atan2(y, x) for x, y in step]
    turn = sum(wrapped(b - a) for a, b in pairwise(headings))
    worth = 3 if abs(turn) <= 0.5 else (1 if turn > 0.0 else 2)
    before = lanes.predecessors[lane]
    return worth - 10 * (len(before) > 0 and all(ends_at_stop(road, k) for k in before))


def later(lanes, a):
    """The next three after a lane."""
    found, ahead = set(), {a}
    for _ in range(3):
        ahead = {int(n) for k in ahead for n in lanes.successors[k]}
        found |= ahead
    return found


def arrives(view, agent, lane, line):
    for t, k in enumerate(lanes_of(view, agent)):
        if k == lane and to_line(front(view, agent, t), line) <= 1.0:
            return t
    return None


def red(view, lane, t):
    signals = view.scenario.signals
    row = view.trace.first_step + t
    return any(
        int(k) == lane and signals.state[row, i] == SignalState.RED for i, k in enumerate(signals.lane)
    )


def goes_first(view, a, b, t, turned):
    road, signals = view.scenario.map, set(view.scenario.signals.lane.tolist())
    if red(view, a, t) or red(view, b, t):
        return False
    own, other = rank(road, a), rank(road, b)
    plain = road.lanes.is_connector[b] and own > 0 and not {a, b} & signals
    right = math.pi / 6.0 < turned < 5.0 * math.pi / 6.0
    return other > own or (other == own and plain and right)


def violated(view, agent, a, b):
    """How long after the ego the other would have come, if the ego took its turn on these two lanes."""
    lanes, ego = view.scenario.map.lanes, view.trace.ego
    apart = math.dist(lanes.centre[a][0], lanes.centre[b][0])
    if a == b or b in later(lanes, a) or a in later(lanes, b) or apart <= 1.0:
        return None
    mine, its = arrives(view, ego, a, lanes.centre[b]), arrives(view, agent, b, lanes.centre[a])
    if mine is None or its is None or its <= mine:
        return None
    enters = on_lines(view).index(a)
    xy, h = view.states.xy[:, agent], view.states.heading
    way = sum(math.dist(xy[t], xy[t + 1]) for t in range(enters, its))
    v = view.states.velocity[enters, agent]
    speed = v[0] * math.cos(h[enters, agent]) + v[1] * math.sin(h[enters, agent])
    turned = wrapped(h[its, agent] - h[mine, ego])
    there = view.states.valid[enters : its + 1, agent].all() and speed >= 0.5
    after = way / max(speed, 0.5) - (mine - enters) * view.dt
    return after if there and goes_first(view, a, b, mine, turned) else None


def priority_violations(view):
    lanes, ego, times = view.scenario.map.lanes, view.trace.ego, []
    own = sorted({k for k in on_lines(view) if k >= 0 and lanes.is_connector[k]})
    if not own:
        return None
    for agent in range(len(view.trace.agents)):
        if agent == ego or view.trace.agents.kind[agent] not in DRIVES:
            continue
        others = sorted({k for k in lanes_of(view, agent) if k >= 0})
        found = [violated(view, agent, a, b) for a in own for b in others]
        times.append(min((t for t in found if t is not None), default=math.inf))
    return exactly(sum(t < 3.0 for t in times), any(close_to(t, 3.0) for t in times))


SLOW = {"priority_violations": priority_violations}
