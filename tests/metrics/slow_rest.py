"""Comfort, speed, progress and the like once more, from the cards: plain loops, shapely's arc lengths."""

import math

import numpy as np
import shapely
from slow_nuplan import comfort, mean_overspeed, progress_ratio
from slow_road import on_lines, sampled, stretches
from slow_safety import per_step
from slow_view import UNSURE, Want, close_to, exactly


def differences(values, dt):
    """Central differences, one-sided at both ends."""
    last = len(values) - 1
    return [
        (values[min(k + 1, last)] - values[max(k - 1, 0)]) / ((min(k + 1, last) - max(k - 1, 0)) * dt)
        for k in range(len(values))
    ]


def pushes(view):
    """Accelerations along and across the heading [t]."""
    ax, ay = (differences(view.states.velocity[:, 0, k].tolist(), view.dt) for k in range(2))
    headings = view.states.heading[:, 0]
    along = [x * math.cos(h) + y * math.sin(h) for x, y, h in zip(ax, ay, headings, strict=True)]
    across = [y * math.cos(h) - x * math.sin(h) for x, y, h in zip(ax, ay, headings, strict=True)]
    return along, across


def max_decel(view):
    rates = [a if v < -0.1 else -a for a, v in zip(pushes(view)[0], view.speed, strict=True)]
    return exactly(max(0.0, *rates), close_to(max(rates), 4.05))


def hard_brakes(view):
    along = pushes(view)[0]
    return exactly(
        stretches([a < -4.05 for a in along], bridge=2, shortest=2), any(close_to(a, -4.05) for a in along)
    )


def swerves(view):
    across = pushes(view)[1]
    return exactly(
        stretches([abs(a) > 4.0 for a in across], bridge=2, shortest=2),
        any(close_to(abs(a), 4.0) for a in across),
    )


def jerk(which, draw):
    def slow(view):
        values = differences(pushes(view)[which], view.dt)
        return exactly(draw(values))

    return slow


def worst(values):
    return max(map(abs, values))


def limits(view):
    """[t] limit of the lane; None in junctions and in no lane; UNSURE where rounding decides."""
    lanes, lane = view.scenario.map.lanes, on_lines(view)
    if -2 in lane:
        return UNSURE
    return [float(lanes.speed_limit[k]) if k >= 0 and lanes.has_limit[k] else None for k in lane]


def excess(view, draw):
    known = limits(view)
    if known is UNSURE:
        return UNSURE
    over = [v - limit for v, limit in zip(view.speed, known, strict=True) if limit is not None]
    return exactly(draw(over), any(close_to(o, 0.5) for o in over)) if over else None


def on_route(view, xy):
    return shapely.LineString(view.scenario.route.xy).project(shapely.Point(xy))


def route_progress(view):
    return exactly(on_route(view, view.states.xy[-1, 0]) - on_route(view, view.states.xy[0, 0]))


def route_ratio(view):
    start, goal = on_route(view, view.states.xy[0, 0]), on_route(view, view.scenario.goal)
    if goal - start < 2.0:
        return None
    share = (on_route(view, view.states.xy[-1, 0]) - start) / (goal - start)
    return exactly(min(1.0, max(0.0, share)), close_to(share, 0.2))


def time_to_goal(view):
    goal = on_route(view, view.scenario.goal)
    way = [on_route(view, xy) for xy in view.states.xy[:, 0]]
    if any(abs(s - goal) < 1e-5 for s in way):
        return UNSURE
    for t, s in enumerate(way):
        if s >= goal:
            return exactly(
                0.0 if t == 0 else view.dt * (t - 1 + (goal - way[t - 1]) / (s - way[t - 1])), slack=1e-4
            )
    return None


def curve(view):
    """Speed squared over the radius of the circle through three points of the route: sides and area."""
    line, values = shapely.LineString(view.scenario.route.xy), []
    for xy, v in zip(view.states.xy[:, 0], view.speed, strict=True):
        point = shapely.Point(xy)
        if line.distance(point) > 3.0:
            continue
        s = min(max(line.project(point), 5.0), line.length - 5.0)
        a, b, c = (line.interpolate(s + d) for d in (-5.0, 0.0, 5.0))
        area = shapely.Polygon([a, b, c]).area
        values.append(v * v * 4.0 * area / (a.distance(b) * b.distance(c) * c.distance(a)))
    return exactly(max(values), slack=1e-4) if values else None


def stands(view):
    return [abs(v) <= 0.1 for v in view.speed]


def stall_time(view):
    longest, run = 0, 0
    for still in stands(view):
        run = run + 1 if still else 0
        longest = max(longest, run)
    return exactly(view.dt * max(0, longest - 1))


def stalls(view):
    return exactly(stretches(stands(view), shortest=31), False)


def blocked(view):
    rows = {r[4]: r for r in per_step(view) if r is not None}
    low = sum(still and t in rows and rows[t][3] and rows[t][1] < 8.0 for t, still in enumerate(stands(view)))
    high = sum(still and t in rows and rows[t][0] < 8.0 for t, still in enumerate(stands(view)))
    return Want(view.dt * low - 1e-9, view.dt * high + 1e-9, any(close_to(r[0], 8.0) for r in rows.values()))


def divergence(view):
    away = [math.dist(a, b) for a, b in zip(view.states.xy[:, 0], view.scenario.states.xy[:, 0], strict=True)]
    return exactly(sum(away) / len(away))


def progression(view):
    """Arc lengths at the nearest of points 1 m apart; the last one may be nearer."""
    points = sampled(view.scenario.route.xy)
    length = shapely.LineString(view.scenario.route.xy).length
    s = np.append(np.arange(0.0, length, 1.0), length)
    log = view.scenario.states.xy[:, 0]
    asked = (view.states.xy[-1, 0], log[0], log[-1])
    away = [np.sort(((points - p) ** 2).sum(1)) for p in asked]
    if any(a[1] - a[0] < 1e-9 for a in away):
        return UNSURE
    now, start, end = (s[((points - p) ** 2).sum(1).argmin()] for p in asked)
    return exactly(1.0 if start == end else (now - start) / (end - start))


def infeasible(view):
    """Any step that asks a bicycle for more than 10.4 m/s^2 or a curvature of 0.3."""
    v, h, dt, worst_ratio = view.states.velocity[:, 0], view.states.heading[:, 0], view.dt, 0.0
    for t in range(view.steps - 1):
        one, two = math.hypot(*v[t]), math.hypot(*v[t + 1])
        a, k = (two - one) / dt, 0.0
        if one >= 0.6 and two >= 0.6:
            turned = math.remainder(math.atan2(v[t + 1, 1], v[t + 1, 0]) - h[t], 2.0 * math.pi)
            k = turned / (one * dt + 0.5 * a * dt * dt)
        worst_ratio = max(worst_ratio, abs(a) / 10.401, abs(k) / 0.301)
    if abs(worst_ratio - 1.0) < 1e-9:
        return UNSURE
    return exactly(float(worst_ratio > 1.0), close_to(worst_ratio, 1.0))


SLOW = {
    "max_decel_mps2": max_decel,
    "hard_brakes": hard_brakes,
    "swerves": swerves,
    "max_jerk_mps3": jerk(0, worst),
    "rms_jerk_mps3": jerk(0, lambda j: math.sqrt(sum(x * x for x in j) / len(j))),
    "max_lateral_jerk_mps3": jerk(1, worst),
    "max_lateral_accel_mps2": lambda view: exactly(worst(pushes(view)[1])),
    "max_overspeed_mps": lambda view: excess(view, lambda over: max(0.0, *over, 0.0)),
    "overspeed_time_s": lambda view: excess(view, lambda over: view.dt * sum(o > 0.5 for o in over)),
    "overspeed_integral_m": lambda view: excess(view, lambda over: view.dt * sum(max(0.0, o) for o in over)),
    "route_progress_m": route_progress,
    "route_progress_ratio": route_ratio,
    "time_to_goal_s": time_to_goal,
    "max_curve_accel_mps2": curve,
    "stall_time_s": stall_time,
    "stalls": stalls,
    "blocked_time_s": blocked,
    "duration_s": lambda view: exactly((view.steps - 1) * view.dt),
    "waymax_log_divergence_m": divergence,
    "waymax_progression": progression,
    "waymax_kinematic_infeasibility": infeasible,
    "nuplan_mean_overspeed_mps": mean_overspeed,
    "nuplan_progress_ratio": progress_ratio,
    "nuplan_comfort_bounds_broken": comfort,
}
SCENE = {"steps": 41}
