"""What becomes of plans by NAVSIM's rules once more: tracker and bicycle as matrices, then what is said of
drives."""

import math
from dataclasses import replace

import numpy as np
import shapely
from slow_navsim import areas, beside_lane, collision_score, conflict, first, off_route, red_light
from slow_navsim import time_off_road as off_road
from slow_nuplan import bounds_broken, fitted, shifted
from slow_view import UNSURE, View, close_to, exactly
from transforms import until

from simeval.scenario import Driver

STEP, STEPS, AHEAD = 0.1, 40, 10
JERK, BEND, FIRST_BEND = 1e-4, 1e-2, 1e-10  # penalties


def sums(count):
    """Matrix that makes values of a first one and of rates of change."""
    return np.hstack([np.ones((count, 1)), STEP * np.tri(count, count - 1, -1)])


def speed_profile(plan):
    """Speeds of a first one and accelerations, fitted to displacements in the plane. NAVSIM asks for small
    accelerations; of the last two for a small difference."""
    count, h = len(plan) - 1, plan[:-1, 2]
    along = STEP * np.stack([np.cos(h), np.sin(h)], axis=1)[:, :, None] * sums(count)[:, None, :]
    small = np.eye(count - 1)
    small[-2] = small[-1] - small[-2]
    rows = np.hstack([np.zeros((count - 2, 1)), math.sqrt(JERK) * small[:-1]])
    left = np.vstack([along.reshape(-1, count), rows])
    right = np.concatenate([np.diff(plan[:, :2], axis=0).ravel(), np.zeros(count - 2)])
    return sums(count) @ np.linalg.lstsq(left, right, rcond=None)[0]


def bend_profile(plan, speeds):
    """Curvatures of a first one and rates, fitted to changes of heading."""
    count = len(speeds)
    turned = [math.remainder(d, 2.0 * math.pi) for d in np.diff(plan[:, 2])]
    penalty = np.sqrt(np.diag([FIRST_BEND] + [BEND] * (count - 1)))
    left = np.vstack([STEP * speeds[:, None] * sums(count), penalty])
    return sums(count) @ np.linalg.lstsq(left, np.concatenate([turned, np.zeros(count)]), rcond=None)[0]


def at(profile, time):
    return np.interp(time, STEP * np.arange(len(profile)), profile)


def command(plan, speeds, bends, state, wheelbase, k):
    """Acceleration and steering rate by one quadratic problem over ten steps."""
    x, y, h, v, _, angle = state
    wanted = at(speeds, STEP * (k + AHEAD))
    if wanted <= 0.2 and v <= 0.2:
        return -0.5 * (v - wanted), 0.0
    push = 10.0 / 11.0 * (wanted - v)
    away = np.array([x, y]) - plan[k, :2]
    error = np.array([
        away @ [-math.sin(plan[k, 2]), math.cos(plan[k, 2])],
        math.remainder(h - plan[k, 2], 2.0 * math.pi), angle,
    ])  # fmt: skip
    by_rate = np.zeros(3)
    for n in range(AHEAD):
        way = (v + n * STEP * push) * STEP
        over = np.array([[1.0, way, 0.0], [0.0, 1.0, way / wheelbase], [0.0, 0.0, 1.0]])
        error = over @ error - [0.0, way * at(bends, STEP * (k + n)), 0.0]
        by_rate = over @ by_rate + [0.0, 0.0, STEP]
    error[1] = math.remainder(error[1], 2.0 * math.pi)
    weights = np.diag([1.0, 10.0, 0.0])
    return push, -(by_rate @ weights @ error) / (by_rate @ weights @ by_rate + 1.0)


def followed(plan, state, wheelbase):
    """[41, 6] x, y, heading, speed, acceleration, steering angle of the rear axle."""
    plan = np.column_stack([plan[:, :2], np.unwrap(plan[:, 2])])
    speeds = speed_profile(plan)
    bends, rows = bend_profile(plan, speeds), [state]
    for k in range(STEPS):
        x, y, h, v, a, angle = rows[-1]
        asked, rate = command(plan, speeds, bends, rows[-1], wheelbase, k)
        a += STEP / (STEP + 0.2) * (asked - a)
        bent = angle + STEP / (STEP + 0.05) * STEP * rate
        x, y = x + v * math.cos(h) * STEP, y + v * math.sin(h) * STEP
        h, v = h + v * math.tan(angle) / wheelbase * STEP, v + a * STEP
        rows.append((x, y, h, v, a, min(max(bent, -math.pi / 3), math.pi / 3)))
    return np.array(rows)


def body(view):
    """Wheelbase, and how far the axle is from the centre (negative: behind)."""
    bodies = view.trace.agents.bodies
    return float(bodies.wheelbase[view.own[0]]), float(bodies.axle[view.own[0]])


def human(view):
    """The world in which the ego drives its log by tracker and bicycle; None without four logged seconds."""
    if hasattr(view, "_human"):
        return view._human
    view._human, log, now = None, view.scenario.states, view.trace.first_step
    rows = slice(now, now + STEPS + 1)
    if len(log.xy[rows]) <= STEPS or not log.valid[rows, 0].all():
        return None
    wheelbase, axle = body(view)
    h = log.heading[rows, 0]
    plan = np.column_stack([log.xy[rows, 0] + axle * np.stack([np.cos(h), np.sin(h)], axis=1), h])
    state = (*plan[0], view.speed[0], float(view.trace.acceleration[0]), float(view.trace.steering[0]))
    x, y, h, v, a, angle = followed(plan, state, wheelbase).T
    rate = v * np.tan(angle) / wheelbase
    rate[0] = 0.0
    ahead, left = np.stack([np.cos(h), np.sin(h)], axis=1), np.stack([-np.sin(h), np.cos(h)], axis=1)
    made = until(view.made, STEPS + 1)
    old, yaw = made.trace.states, made.trace.yaw_rate.copy()
    xy, heading, velocity, yaw[:, 0] = old.xy.copy(), old.heading.copy(), old.velocity.copy(), rate
    xy[:, 0], heading[:, 0] = np.stack([x, y], axis=1) - axle * ahead, h
    velocity[:, 0] = v[:, None] * ahead - (axle * rate)[:, None] * left
    states = replace(old, xy=xy, heading=heading, velocity=velocity)
    trace = replace(made.trace, states=states, yaw_rate=yaw, acceleration=a, steering=angle)
    view._human = View(replace(made, trace=trace))
    return view._human


def of_human(slow):
    def same(view):
        seen = human(view)
        return None if seen is None or not len(view.scenario.map.lanes) else slow(seen)

    return same


def raw_progress(view):
    line, xy = shapely.LineString(view.scenario.route.xy), view.states.xy[:, 0]
    return max(0.0, line.project(shapely.Point(xy[-1])) - line.project(shapely.Point(xy[0])))


def factor(view):
    """Product of the four scores that multiply; None where rounding decides."""
    hits, way, red = collision_score(view), off_route(view), red_light(view)
    if UNSURE in (hits, way, red):
        return None
    middle = 0.5 * (way.low + way.high)
    if min(abs(middle - 2.0), abs(middle - 6.0)) < 1e-6:
        return None
    direction = 1.0 if middle < 2.0 else 0.5 if middle < 6.0 else 0.0
    lights = 1.0 if red is None else 1.0 - round(red.high)
    return 0.5 * (hits.low + hits.high) * (not areas(view)[1].any()) * direction * lights


def share(view, reference):
    parts = [(raw_progress(v), factor(v)) for v in (reference, view)]
    if any(f is None for _, f in parts):
        return UNSURE
    best = max(raw * f for raw, f in parts)
    if abs(best - 5.0) < 1e-5:
        return UNSURE
    return exactly(1.0 if best <= 5.0 else min(1.0, parts[1][0] / best), close_to(best, 5.0), slack=1e-5)


def reference(view):
    if not hasattr(view, "_reference"):
        view._reference = first(View(replace(view.made, trace=view.made.companions["reference"])))
    return view._reference


def progress(view):
    return share(first(view), reference(view))


def human_progress(view):
    seen = human(view)
    return None if seen is None else share(seen, reference(view))


def past(view):
    """[14] acceleration along and across and heading of the rear axle, between four logged states."""
    log, now = view.scenario.states, view.trace.first_step
    if now < 15 or not log.valid[now - 15 : now + 1, 0].all():
        return None
    rows, axle = slice(now - 15, now + 1), body(view)[1]
    h = np.unwrap(log.heading[rows, 0])
    left = np.stack([-np.sin(h), np.cos(h)], axis=1)
    velocity = log.velocity[rows, 0] + axle * (np.gradient(h) / STEP)[:, None] * left
    rate = np.gradient(velocity, axis=0) / STEP
    along = rate[:, 0] * np.cos(h) + rate[:, 1] * np.sin(h)
    across = (rate * left).sum(axis=1)
    four, wanted = np.array([0, 5, 10, 15]), np.arange(14)
    return [np.interp(wanted, four, values[four]) for values in (along, across, h)]


def history_comfort(view):
    """The past and the drive are one row of samples."""
    before, view = past(view), first(view)
    if before is None:
        return None
    along, across, h = before
    raw, none = view.trace.acceleration, np.zeros(view.steps)
    size = np.concatenate([np.hypot(along, across), np.abs(raw)])
    heading = np.unwrap(np.concatenate([h, view.states.heading[:, 0]]))
    joined = np.concatenate([along, shifted(view)])
    return bounds_broken(joined, size, heading, STEP, across=np.concatenate([across, none]))


def simulated_plan(view, number):
    plans, (wheelbase, axle) = view.trace.plans, body(view)
    known, times = plans.spacing * np.arange(plans.poses.shape[1]), STEP * np.arange(STEPS + 1)
    columns = (*plans.poses[number, :, :2].T, np.unwrap(plans.poses[number, :, 2]))
    plan = np.stack([np.interp(times, known, c) for c in columns], axis=1)
    t = int(plans.step[number])
    x, y, h = view.pose[t, view.own[0]]
    state = (x + axle * math.cos(h), y + axle * math.sin(h), h, view.speed[t])
    return followed(plan, (*state, view.trace.acceleration[t], view.trace.steering[t]), wheelbase)


def extended_comfort(view):
    plans = view.trace.plans
    if plans is None:
        return None
    steps = plans.step.tolist()
    number = next(k for k, s in enumerate(steps) if s - 5 in steps)
    pair = simulated_plan(view, steps.index(steps[number] - 5))[5:], simulated_plan(view, number)[:-5]
    features = []
    for rows in pair:
        smooth, h = fitted(np.abs(rows[:, 4]), 8, 2, 0), np.unwrap(rows[:, 2])
        features.append((
            smooth, fitted(smooth, 15, 2, 1) / STEP, fitted(h, 5, 2, 1) / STEP, fitted(h, 5, 2, 2) / STEP**2
        ))  # fmt: skip
    apart = [math.sqrt(((a - b) ** 2).mean()) for a, b in zip(*features, strict=True)]
    bounds = (0.7, 0.5, 0.1, 0.1)
    if any(abs(d - b) < 1e-5 for d, b in zip(apart, bounds, strict=True)):
        return UNSURE
    near = any(close_to(d, b) for d, b in zip(apart, bounds, strict=True))
    return exactly(sum(d > b for d, b in zip(apart, bounds, strict=True)), near)


def invalid_outputs(view):
    """What the simulation says of its end, where a policy drove."""
    if view.trace.driver[view.trace.ego] != int(Driver.POLICY):
        return None
    return exactly(view.trace.ending.name in ("POLICY_ERROR", "TIMEOUT", "NONFINITE"))


SLOW = {
    "invalid_outputs": invalid_outputs,
    "navsim_progress_ratio": progress,
    "navsim_history_comfort_bounds_broken": history_comfort,
    "navsim_extended_comfort_bounds_broken": extended_comfort,
    "navsim_human_collision_score": of_human(collision_score),
    "navsim_human_time_off_road_s": of_human(off_road),
    "navsim_human_off_route_m": of_human(off_route),
    "navsim_human_red_light": of_human(red_light),
    "navsim_human_progress_ratio": human_progress,
    "navsim_human_conflict": of_human(conflict),
    "navsim_human_beside_lane_s": of_human(beside_lane),
}
