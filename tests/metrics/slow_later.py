"""Imitation, realism, CARLA, CommonRoad, plans and trucks once more, from the cards: loops, shapely."""

import math
from dataclasses import replace

import numpy as np
import shapely
from scipy.integrate import simpson
from slow_contacts import first_pairs
from slow_nuplan import road_surface, slack_of
from slow_rest import differences, on_route, pushes
from slow_road import on_lines
from slow_safety import per_step
from slow_view import UNSURE, View, Want, close_to, exactly, ring

from simeval.scenario import AgentKind, Driver
from simeval.vehicles.choose import set_of


def displacement(seconds):
    def slow(view):
        t, log = round(seconds / view.dt), view.scenario.states
        row = view.trace.first_step + t
        if t >= view.steps or row >= len(log.xy):
            return None
        return exactly(math.dist(view.states.xy[t, 0], log.xy[row, 0]))

    return slow


def route_deviation(view):
    line = shapely.LineString(view.scenario.route.xy)
    value = max(line.distance(shapely.Point(p)) for p in view.states.xy[:, 0])
    return exactly(value, close_to(value, 30.0))


def completion(view):
    line = shapely.LineString(view.scenario.route.xy)
    way = [on_route(view, xy) for xy in view.states.xy[:, 0]]
    left, done = line.length - way[0], max(way) - way[0]
    if left <= 0.0:
        return None
    share = done / left
    return exactly(1.0 if left - done <= 10.0 and share >= 0.99 else min(1.0, share))


def outside_share(view):
    lane = on_lines(view)
    if -2 in lane:
        return UNSURE
    way = [math.dist(a, b) for a, b in zip(view.states.xy[1:, 0], view.states.xy[:-1, 0], strict=True)]
    return exactly(
        sum(w for w, k in zip(way, lane[1:], strict=True) if k < 0) / sum(way) if sum(way) > 0 else 0.0
    )


def compared(view):
    """Road users that a model moved and the log knows for ten steps, with those steps."""
    first, log = view.trace.first_step, view.scenario.states.valid
    for a in range(len(view.trace.agents)):
        if view.trace.driver[a] == int(Driver.REPLAY) or view.trace.agents.kind[a] == int(AgentKind.STATIC):
            continue
        known = [t for t in range(view.steps) if first + t < len(log) and log[first + t, a]]
        rows = [t for t in known if view.states.valid[t, a]]
        if len(rows) >= 10:
            yield a, rows


def probability(own, logged, low, high, bins):
    edges = np.linspace(low, high, bins + 1)[1:-1]
    count = np.full(bins, 0.1)
    for v in own:
        count[int(np.searchsorted(edges, v, side="right"))] += 1.0
    values = [count[int(np.searchsorted(edges, v, side="right"))] / count.sum() for v in logged]
    return math.exp(sum(map(math.log, values)) / len(values))


def likelihood(feature, *form):
    def slow(view):
        found = []
        for a, rows in compared(view):
            log = [view.trace.first_step + t for t in rows]
            own, logged = feature(view, view.states, a, rows), feature(view, view.scenario.states, a, log)
            found.append(probability(own, logged, *form))
        return exactly(sum(found) / len(found)) if found else None

    return slow


def speeds(view, states, a, rows):
    return [math.hypot(*states.velocity[t, a]) for t in rows]


def accelerations(view, states, a, rows):
    """Differences of the speed within stretches of steps in a row; 0 where no two steps are."""
    v, out, stretch = speeds(view, states, a, rows), [], []
    for k, row in enumerate(rows):
        stretch.append(v[k])
        if k + 1 == len(rows) or rows[k + 1] != row + 1:
            out += differences(stretch, view.dt) if len(stretch) > 1 else []
            stretch = []
    return [min(max(x, -12.0), 12.0) for x in out or [0.0]]


def nearest(view, states, a, rows):
    out = []
    for t in rows:
        others = [b for b in range(states.xy.shape[1]) if b != a and states.valid[t, b]]
        out.append(min((math.dist(states.xy[t, a], states.xy[t, b]) for b in others), default=1e9))
    return out


def following_margin(view):
    length = sum(view.length[view.own])
    rows = [r for r in per_step(view) if r is not None and view.speed[r[4]] >= 0.5]
    if not rows:
        return None
    low, high = math.inf, math.inf
    for from_, to, _, sure, t in rows:
        v = view.speed[t]
        asked = length / 3.048 + (1.0 if v > 40 * 0.44704 else 0.0)
        low = min(low, from_ / v - asked)
        high = min(high, to / v - asked) if sure else high
    return UNSURE if math.isinf(high) else Want(low - 1e-6, high + 1e-6)


def outline(view, t, b):
    x, y, h = view.pose[t, b]
    return shapely.Polygon(ring(np.array(x), np.array(y), np.array(h), view.length[b], view.width[b]))


def max_hitch(view):
    if len(view.own) < 2:
        return None
    bends = [
        view.pose[:, a, 2] - view.pose[:, b, 2] for a, b in zip(view.own[:-1], view.own[1:], strict=True)
    ]
    return exactly(float(np.abs(bends).max()))


def steering_and_nearness(view):
    angle, dt = view.trace.steering, view.dt
    rate = np.gradient(angle, dt)
    least = view.gap.min(axis=1)
    near = np.exp(-0.1 * least)
    return exactly(
        0.1 * simpson(angle**2, dx=dt) + 0.1 * simpson(rate**2, dx=dt) + 1e5 * simpson(near, dx=dt),
        slack=1e-3,
    )


def plan_places(view, k, times):
    plans = view.trace.plans
    known = np.arange(plans.poses.shape[1]) * plans.spacing
    return np.stack([np.interp(times, known, plans.poses[k, :, axis]) for axis in range(2)], axis=1)


def jitter(view):
    plans = view.trace.plans
    if plans is None:
        return None
    worst = []
    for k in range(1, len(plans.step)):
        later = int(plans.step[k] - plans.step[k - 1]) * view.dt
        times = np.arange(round((2.0 - later) / view.dt) + 1) * view.dt
        away = plan_places(view, k, times) - plan_places(view, k - 1, times + later)
        worst.append(math.sqrt((away**2).sum(1).mean()))
    return exactly(max(worst)) if worst else None


def tracking(view):
    plans = view.trace.plans
    if plans is None:
        return None
    axle = view.trace.agents.bodies.axle[view.own[0]]
    worst = 0.0
    for t in range(view.steps):
        x, y, h = view.pose[t, view.own[0]]
        now = np.array([x + axle * math.cos(h), y + axle * math.sin(h)])
        for k in range(len(plans.step)):
            first = int(plans.step[k])
            last = int(plans.step[k + 1]) if k + 1 < len(plans.step) else view.steps
            if first <= t <= last and (t - first) * view.dt <= 2.0 + 1e-9:
                worst = max(worst, math.dist(plan_places(view, k, np.array([(t - first) * view.dt]))[0], now))
    return exactly(worst)


def kerb(view):
    """Points every 5 cm around all bodies beyond the polygon of the road."""
    surface, worst = road_surface(view), 0.0
    for t in range(view.steps):
        for b in view.own:
            around = outline(view, t, b)
            if surface.contains(around):
                continue
            points = shapely.points(shapely.get_coordinates(shapely.segmentize(around.exterior, 0.05)))
            worst = max(worst, float(shapely.distance(surface, points).max()))
    return Want(max(0.0, worst - 0.03) - slack_of(view), worst + slack_of(view), close_to(worst, 0.3))


def stopping(view):
    """Stopping ways stepped finely: dead time, then a deceleration that rises to the full one."""
    limits = set_of(view.trace.agents.kind_of(0), view.trace.agents.bodies, 0).limits
    h = 2e-3
    t = (np.arange(12_000) + 0.5) * h
    fade = 1.0 - np.exp(-t / limits.brake.build_up) if limits.brake.build_up > 0.0 else np.ones(len(t))
    lost = np.cumsum(limits.max_braking * fade) * h

    def way(v):
        return v * limits.brake.dead_time + np.maximum(0.0, v - lost).sum() * h

    low, high = math.inf, math.inf
    for row in per_step(view):
        if row is not None:
            least, most, candidates, sure, k = row
            own = way(max(0.0, view.speed[k]))
            lead = [0.5 * max(0.0, u + e) ** 2 / 8.0 for u, _, d in candidates for e in (-d, d)]
            low = min(low, least, least + min(lead) - own)
            high = min(high, most, most + max(lead) - own) if sure else high
    if math.isinf(low):
        return None
    return UNSURE if math.isinf(high) else Want(low - 0.03, high + 0.03)


def carla(*kinds):
    """First contacts of an ego that does not stand; one within 5 m of the last that counted is the same."""

    def slow(view):
        places, names = [], view.trace.agents
        rows = sorted((t, names.ids[a], i, j, a) for a, (t, i, j) in first_pairs(view).items())
        for t, _, i, j, a in rows:
            if AgentKind(int(names.kind[a])) not in kinds:
                continue
            speed = abs(view.speed[max(0, t - 1)])
            if abs(speed - 0.1) < 1e-6:
                return UNSURE
            at = 0.5 * (view.pose[t, i, :2] + view.pose[t, j, :2])
            if speed >= 0.1 and not (places and math.dist(places[-1], at) < 5.0):
                places.append(at)
        return exactly(len(places), view.touches_nearly)

    return slow


def rates(values, dt):
    return np.diff(values) / dt


def lane_errors(view):
    """[t] offset from the line of the lane and angle to it; 0 in no lane; None where rounding decides."""
    lanes, out = view.scenario.map.lanes, []
    if -2 in on_lines(view):
        return None
    for t, k in enumerate(on_lines(view)):
        if k < 0:
            out.append((0.0, 0.0))
            continue
        line, point = shapely.LineString(lanes.centre[k]), shapely.Point(view.states.xy[t, 0])
        s = line.project(point)
        one, two = (
            np.array(line.interpolate(min(max(s + e, 0.0), line.length)).coords[0]) for e in (-1e-3, 1e-3)
        )
        along = math.atan2(*(two - one)[::-1])
        out.append((line.distance(point), math.remainder(view.states.heading[t, 0] - along, 2.0 * math.pi)))
    return np.array(out).T


def costs(**weights):
    def slow(view):
        dt, a = view.dt, rates(view.speed, view.dt)
        errors, turning = lane_errors(view), np.gradient(view.trace.steering, dt)
        if errors is None:
            return UNSURE
        along, across = pushes(view)
        parts = {
            "T": (view.steps - 1) * dt, "A": simpson(a**2, dx=dt), "J": simpson(rates(a, dt) ** 2, dx=dt),
            "SA": simpson(view.trace.steering**2, dx=dt), "SR": simpson(turning**2, dx=dt),
            "D": simpson(np.exp(-0.1 * view.gap.min(axis=1)), dx=dt), "LC": simpson(errors[0] ** 2, dx=dt),
            "O": simpson(errors[1] ** 2, dx=dt), "ID": 1.0 / min((view.steps - 1) * dt, 0.1),
            "JLAT": simpson(np.gradient(across, dt) ** 2, dx=dt),
            "JLONG": simpson(np.gradient(along, dt) ** 2, dx=dt),
        }  # fmt: skip
        value = sum(w * parts[n] for n, w in weights.items())
        return exactly(value, slack=1e-3 + 5e-2 * weights.get("O", 0.0) * (errors[1] ** 2).sum() * dt)

    return slow


def collisions(view):
    """Whether somebody touches anybody, in the drive and in the log, by polygons of all bodies."""
    touched = []
    logged = View(replace(view.made, trace=replace(view.trace, states=view.scenario.states)))
    for seen in (view, logged):
        touched.append(set())
        for t in range(seen.steps):
            there = np.flatnonzero(seen.valid[t])
            shapes = seen.shapes[t, there]
            pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects")
            one, two = (seen.agent[there[side]] for side in pairs)
            touched[-1] |= {int(a) for a, b in zip(one, two, strict=True) if a != b}
    found = [1.001 if (a in touched[0]) == (a in touched[1]) else 0.001 for a, _ in compared(view)]
    return exactly(sum(found) / len(found) / 1.002) if found else None


SLOW = {
    "displacement_3s_m": displacement(3.0),
    "displacement_5s_m": displacement(5.0),
    "displacement_8s_m": displacement(8.0),
    "max_route_deviation_m": route_deviation,
    "carla_route_completion": completion,
    "carla_outside_lanes_share": outside_share,
    "speed_likelihood": likelihood(speeds, 0.0, 25.0, 10),
    "acceleration_likelihood": likelihood(accelerations, -12.0, 12.0, 11),
    "max_kerb_encroachment_m": kerb,
    "min_stopping_margin_m": stopping,
    "distance_likelihood": likelihood(nearest, 0.0, 40.0, 10),
    "min_following_margin_s": following_margin,
    "max_hitch_angle_rad": max_hitch,
    "commonroad_jb1_cost": lambda view: exactly((view.steps - 1) * view.dt),
    "commonroad_sa1_cost": steering_and_nearness,
    "commonroad_wx1_cost": costs(T=10.0, A=0.1, J=0.1, D=0.1, LC=10.0),
    "commonroad_sm1_cost": costs(A=50.0, SA=50.0, SR=50.0, LC=1.0, O=50.0),
    "commonroad_mw1_cost": costs(JLAT=5.0, JLONG=0.5, ID=1.0),
    "collision_likelihood": collisions,
    "max_plan_jitter_m": jitter,
    "max_plan_tracking_error_m": tracking,
}
CARLA = {
    "carla_pedestrian_contacts": carla(AgentKind.PEDESTRIAN),
    "carla_vehicle_contacts": carla(*(k for k in AgentKind if k.is_vehicle), AgentKind.CYCLIST),
    "carla_static_contacts": carla(AgentKind.STATIC, AgentKind.OTHER),
}
