"""Stop lines, gaps, crosswalks, exits and the wrong side once more, from the cards: lines clipped by half
planes, boxes by separating axes, others moved in small parts of a second."""

import math
from itertools import pairwise

import numpy as np
import shapely
from slow_modes import joined
from slow_road import on_lines
from slow_view import UNSURE, Want, close_to, exactly, ring

from simeval.scenario import AgentKind, AreaKind

HAIR, FINE = 0.002, 0.04  # [m] boxes are grown and shrunk by so much; [s]


def inside_of(area, start, end):
    """Shares of a straight way at which it enters and leaves a convex area; None where it misses it."""
    low, high = 0.0, 1.0
    turn = math.copysign(1.0, sum(a[0] * b[1] - a[1] * b[0] for a, b in sides(area)))
    for a, b in sides(area):
        normal = turn * np.array([a[1] - b[1], b[0] - a[0]])  # into the area
        begins, ends = (start - a) @ normal, (end - a) @ normal
        if begins < 0.0 and ends < 0.0:
            return None
        if begins < 0.0:
            low = max(low, begins / (begins - ends))
        elif ends < 0.0:
            high = min(high, begins / (begins - ends))
    return (low, high) if low <= high else None


def sides(area):
    return list(zip(area, np.roll(area, -1, axis=0), strict=True))


def stop_lines(view):
    """Outlines that no signal is near."""
    stops = view.scenario.signals.stop_xy
    lines = view.scenario.map.areas_of(AreaKind.STOP)
    return [a for a in lines if all(shapely.Polygon(a).distance(shapely.Point(p)) >= 8.0 for p in stops)]


def passes(view):
    """[(step, stood)] and whether a threshold is near."""
    h = view.states.heading[:, 0]
    front = view.states.xy[:, 0] + 0.5 * view.length[0] * np.stack([np.cos(h), np.sin(h)], axis=1)
    found, near = [], False
    for area in stop_lines(view):
        over = [t for t in range(1, view.steps) if inside_of(area, front[t - 1], front[t]) is not None]
        near |= any(close_to(view.speed[t], 0.3) for t in over)
        over = [t for t in over if view.speed[t] > 0.3]
        if not over:
            continue
        back = [math.dist(front[t], front[over[-1]]) for t in range(over[-1] + 1)]
        slow = [abs(v) for v in view.speed[: over[-1] + 1]]
        near |= any(close_to(v, 0.3) and b <= 6.3 for v, b in zip(slow, back, strict=True))
        near |= any(v <= 0.3 and close_to(b, 6.0) for v, b in zip(slow, back, strict=True))
        found.append((over[-1], any(v <= 0.3 and b <= 6.0 for v, b in zip(slow, back, strict=True))))
    return found, near


def stop_lines_run(view):
    if not stop_lines(view):
        return None
    found, near = passes(view)
    return exactly(sum(not stood for _, stood in found), near)


def arrival(view, step, j, grow):
    """When body j, going straight on, is where the ego will be within 5 s; boxes grown by so much."""
    until = min(view.steps, step + round(5.0 / view.dt) + 1)
    its = view.pose[step, j]
    turned = np.abs(np.cos(view.pose[step:until, view.own[0], 2] - its[2])) <= math.cos(math.radians(30.0))
    if not turned.any():
        return math.inf
    size = view.length[view.own] + grow, view.width[view.own] + grow
    x, y, h = np.moveaxis(view.pose[step:until][turned][:, view.own], 2, 0)
    place = shapely.union_all(shapely.polygons(ring(x, y, h, *size)).ravel())
    shapely.prepare(place)
    low, high = 0.0, 8.0
    times = np.arange(0.0, 8.0 + FINE, FINE)
    for _ in range(3):
        ones = np.ones(len(times))
        xy = its[:2] + times[:, None] * view.velocity[step, j]
        boxes = ring(*xy.T, its[2] * ones, (view.length[j] + grow) * ones, (view.width[j] + grow) * ones)
        met = shapely.intersects(place, shapely.polygons(boxes))
        if not met.any():
            return math.inf
        k = int(met.argmax())
        low, high = times[max(k - 1, 0)], times[k]
        times = np.linspace(low, high, 20)
    return high


def gaps(view):
    """Ranges of the gaps of all who come across behind a stop line that the ego passes."""
    if not hasattr(view, "_gaps"):
        view._gaps = []
        for step, _ in passes(view)[0]:
            for agent in sorted(set(view.agent[view.others])):
                moving = [
                    j for j in view.others
                    if view.agent[j] == agent and view.valid[step, j]
                    and math.hypot(*view.velocity[step, j]) >= 0.5
                ]  # fmt: skip
                early, late = (
                    min((arrival(view, step, j, g) for j in moving), default=math.inf) for g in (HAIR, -HAIR)
                )
                view._gaps.append((early, late))
    return view._gaps


def accepted_gap(view):
    found = [g for g in gaps(view) if g[0] <= 8.0] if stop_lines(view) else []
    if not found:
        return None
    low, high = min(g[0] for g in found), min(g[1] for g in found)
    return UNSURE if high > 8.0 else Want(low - 1e-2, high + 1e-2, close_to(high, 3.0))


def right_of_way(view):
    if not stop_lines(view):
        return None
    low, high = (sum(g[k] < 3.0 for g in gaps(view)) for k in (1, 0))
    return Want(low - 1e-6, high + 1e-6, any(close_to(g[1], 3.0) for g in gaps(view)))


def overlap(ring_a, ring_b):
    """Whether two convex outlines share a point, by the normals of all sides."""
    for a, b in (*sides(ring_a), *sides(ring_b)):
        normal = np.array([a[1] - b[1], b[0] - a[0]])
        one, two = ring_a @ normal, ring_b @ normal
        if one.max() < two.min() or two.max() < one.min():
            return False
    return True


def crosswalk_conflicts(view):
    count, near, ego = 0, False, view.trace.ego
    people = np.flatnonzero(view.trace.agents.kind == int(AgentKind.PEDESTRIAN))
    for area in view.scenario.map.areas_of(AreaKind.CROSSWALK):
        on = [t for t in range(view.steps) if overlap(view.corners[t, view.own[0]], np.asarray(area))]
        for agent in people:
            hit = False
            for t in on:
                xy = view.states.xy[t, agent]
                if not view.states.valid[t, agent] or inside_of(area, xy, xy) is None:
                    continue
                h, half = view.states.heading[t, ego], 0.5 * view.width[view.own[0]]
                left = np.array([-math.sin(h), math.cos(h)])
                across = (xy - view.states.xy[t, ego]) @ left
                pace = view.states.velocity[t, agent] @ left
                leaves = abs(across) > half and pace * math.copysign(1.0, across) > 0.3
                drives = view.speed[t] > 1.0
                near |= close_to(view.speed[t], 1.0) or (drives and close_to(abs(across), 5.0))
                near |= drives and close_to(abs(pace), 0.3)
                hit |= bool(drives and abs(across) < 5.0 and not leaves)
            count += hit
    return exactly(count, near)


def missed_exits(view):
    """Steps from a lane of the route, or beside one, into one that only leads away from it."""
    lanes, route, lane = view.scenario.map.lanes, view.scenario.route.lane_ids, on_lines(view)
    if -2 in lane:
        return UNSURE
    names = {lanes.section[lanes.ids.index(n)] for n in route}
    good = {
        k
        for k in range(len(lanes))
        if lanes.ids[k] in route or (lanes.section[k] and lanes.section[k] in names)
    }
    onward = {int(n) for k in good for n in lanes.successors[k]}
    seen = [k for k in lane if k >= 0]
    return exactly(
        sum(
            old in good
            and new not in good
            and new in onward
            and any(int(n) in good for n in lanes.successors[old])
            for old, new in pairwise(seen)
        )
    )


def nearest(lanes, pieces, owner, along, xy, heading):
    """Distance and lane of the nearest centre line within 3 m that runs within 60 degrees of a heading."""
    away = np.where(np.cos(along - heading) >= 0.5, shapely.distance(pieces, shapely.Point(xy)), math.inf)
    k = int(away.argmin())
    return (away[k], int(owner[k])) if away[k] <= 3.0 else (math.inf, -1)


def against_lane(view):
    """Way in front of whose ego the nearest line comes towards it."""
    lanes = view.scenario.map.lanes
    if not len(lanes):
        return None
    ends = np.concatenate([np.stack([c[:-1], c[1:]], axis=1) for c in lanes.centre])
    owner = np.repeat(np.arange(len(lanes)), [len(c) - 1 for c in lanes.centre])
    table = lanes, shapely.linestrings(ends), owner, np.arctan2(*(ends[:, 1] - ends[:, 0]).T[::-1])
    rows = []
    for t in range(view.steps):
        xy, h = view.states.xy[t, 0], view.states.heading[t, 0]
        (own, _), (other, lane) = nearest(*table, xy, h), nearest(*table, xy, h + math.pi)
        if lane >= 0 and abs(own - other) < 1e-6:
            return UNSURE
        rows.append(lane >= 0 and not lanes.is_connector[lane] and other < own and view.speed[t] > 0.5)
    found = [sum(view.speed[i : j + 1]) * view.dt for i, j in joined(rows, 3)]
    if any(abs(w - 5.0) < 1e-6 for w in found):
        return UNSURE
    return exactly(sum(w for w in found if w >= 5.0), any(close_to(w, 5.0) for w in found))


SLOW = {
    "stop_lines_run": stop_lines_run,
    "min_accepted_gap_s": accepted_gap,
    "right_of_way_violations": right_of_way,
    "crosswalk_conflicts": crosswalk_conflicts,
    "missed_exits": missed_exits,
}
ROAD = {"against_lane_m": against_lane}
