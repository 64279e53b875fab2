"""Metrics that failure modes rest on once more, from the cards: plain loops, shapely."""

import math
from dataclasses import replace

import numpy as np
import shapely
from slow_rest import differences, on_route, pushes
from slow_road import on_lines
from slow_view import UNSURE, close_to, exactly


def joined(mask, bridge):
    """Stretches (first, last) of a mask, joined over at most so many steps."""
    runs = []
    for t in np.flatnonzero(mask).tolist():
        if runs and t - runs[-1][1] - 1 <= bridge:
            runs[-1][1] = t
        else:
            runs.append([t, t])
    return runs


def ways(view, mask, *, bridge, least=0.0):
    """Speed times the step, summed over stretches of at least a length."""
    found = [sum(abs(v) for v in view.speed[i : j + 1]) * view.dt for i, j in joined(mask, bridge)]
    return (
        UNSURE
        if any(abs(w - least) < 1e-6 for w in found if least)
        else exactly(sum(w for w in found if w >= least))
    )


def reversing(view):
    return ways(view, [v < -0.2 for v in view.speed], bridge=2, least=0.3)


def off_route(view):
    line = shapely.LineString(view.scenario.route.xy)
    away = [line.distance(shapely.Point(p)) for p in view.states.xy[:, 0]]
    before = [on_route(view, p) < line.length - 0.1 for p in view.states.xy[:, 0]]
    found = ways(view, [a > 6.0 and b for a, b in zip(away, before, strict=True)], bridge=3)
    return replace(found, near=any(close_to(a, 6.0) for a in away))


def infeasible(view):
    along, across = pushes(view)
    count = 0
    for t in range(view.steps):
        vx, vy = view.states.velocity[t, 0]
        slip = math.remainder(math.atan2(vy, vx) - view.states.heading[t, 0], math.pi)
        slides = math.hypot(vx, vy) > 2.0 and abs(math.sin(slip)) > math.sin(math.radians(25.0))
        command = abs(view.trace.command[t])
        count += (
            slides or abs(along[t]) > 12.0 or abs(across[t]) > 12.0 or command[0] > 12.0 or command[1] > 0.9
        )
    return exactly(count * view.dt)


def start_jerk(view):
    stands, jerk = [abs(v) <= 0.1 for v in view.speed], differences(pushes(view)[0], view.dt)
    worst = [
        max(abs(j) for j in jerk[t : t + round(2.0 / view.dt) + 1])
        for t in range(view.steps - 1)
        if stands[t] and not stands[t + 1]
    ]
    return exactly(max(worst)) if worst else None


def lane_changes(view):
    lane, lanes, count = on_lines(view), view.scenario.map.lanes, 0
    if -2 in lane:
        return UNSURE
    for t in range(1, view.steps):
        old, new = lane[t - 1], lane[t]
        if old < 0 or new < 0 or old == new or new in lanes.successors[old] or old in lanes.successors[new]:
            continue
        count += shapely.LineString(lanes.centre[old]).distance(shapely.Point(view.states.xy[t, 0])) >= 1.0
    return exactly(count)


def steering_reversals(view):
    """Turning points of which each differs from the next by a swing, by going from extreme to extreme."""
    wave = view.speed * np.gradient(np.unwrap(view.states.heading[:, 0]), view.dt)
    points, extreme, way = [], 0, 0
    for k in range(1, len(wave)):
        if way == 0:
            low, high = int(np.argmin(wave[: k + 1])), int(np.argmax(wave[: k + 1]))
            if wave[high] - wave[k] >= 1.0:
                way, extreme = -1, k
            elif wave[k] - wave[low] >= 1.0:
                way, extreme = 1, k
            continue
        if way * (wave[k] - wave[extreme]) > 0.0:
            extreme = k
        elif way * (wave[extreme] - wave[k]) >= 1.0:
            points.append(extreme)
            way, extreme = -way, k
    best = [sum(0 <= (p - b) * view.dt <= 5.0 for p in points) for b in points]
    return exactly(max(best, default=0))


SLOW = {
    "reversing_distance_m": reversing,
    "off_route_way_m": off_route,
    "infeasible_time_s": infeasible,
    "max_start_jerk_mps3": start_jerk,
    "lane_changes": lane_changes,
    "steering_reversals": steering_reversals,
}
