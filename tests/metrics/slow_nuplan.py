"""nuPlan's metrics of episodes once more, from the cards: shapely, plain loops, fits by least squares."""

import math
from functools import lru_cache

import numpy as np
import shapely
from slow_contacts import angle_from, front_meets, leaves_lane, rear_axle
from slow_view import UNSURE, Want, close_to, exactly, ring

from simeval.scenario import AgentKind, AreaKind, EdgeKind

VULNERABLE = (AgentKind.PEDESTRIAN, AgentKind.CYCLIST, AgentKind.MOTORCYCLE)
LIMITS = {"in": 11.0, "out": 13.0, "back": 9.0}


def lanes_of(view):
    lanes = view.scenario.map.lanes
    return [shapely.Polygon([*lanes.left[k], *lanes.right[k][::-1]]) for k in range(len(lanes))]


def speed_of(view, t, j):
    static = view.trace.agents.kind[view.agent[j]] == int(AgentKind.STATIC)
    return 0.0 if static else math.hypot(*view.velocity[t, j])


def touching(view):
    """By agent: first step and body at which it touches the ego's first body."""
    found = {}
    for t in range(view.steps):
        for j in view.others:
            agent = int(view.agent[j])
            if view.valid[t, j] and agent not in found and view.shapes[t, 0].intersects(view.shapes[t, j]):
                found[agent] = (t, int(j))
    return found


def blamed(view):
    """By agent: the step, and whether it is the ego's fault; None where rounding decides."""
    if not hasattr(view, "_blamed"):
        view._blamed, view.no_lanes = {}, False
        for agent, (t, j) in touching(view).items():
            place, speed = rear_axle(view, t, 0)
            angle = angle_from(place, view.pose[t, 0, 2], view.pose[t, j, :2])
            if speed <= 0.05:
                fault = False
            elif speed_of(view, t, j) <= 0.05:
                fault = True
            elif angle > 150.0:
                fault = False
            else:
                sizes = (view.length[j], view.width[j])
                fault = front_meets(
                    view.pose[t, 0], view.length[0], view.width[0], view.pose[t, j], sizes, 1e-7
                )
                if fault is False:
                    fault = leaves_lane(view, t)
                    view.no_lanes |= fault is None
            view._blamed[agent] = (t, fault)
    return view._blamed


def nearly_touching(view):
    """Whether boxes 5 % larger touch somebody whom boxes 5 % smaller do not."""
    answers = []
    for scale in (0.95, 1.05):
        shapes = shapely.polygons(view.rings(scale))
        hit = view.valid & shapely.intersects(shapes[:, :1], shapes)
        answers.append({int(view.agent[j]) for _, j in np.argwhere(hit) if j in view.others})
    return answers[0] != answers[1]


def collision_score(view):
    found = blamed(view)
    if view.no_lanes:
        return None
    groups = {"vulnerable": [], "vehicle": [], "object": []}
    for agent, (_, fault) in found.items():
        if fault is None:
            return UNSURE
        kind = AgentKind(int(view.trace.agents.kind[agent]))
        name = "object" if kind is AgentKind.STATIC else "vulnerable" if kind in VULNERABLE else "vehicle"
        groups[name] += [agent] * bool(fault)
    left = {0: 1.0, 1: 0.5}
    score = (not groups["vulnerable"]) * (not groups["vehicle"]) * left.get(len(groups["object"]), 0.0)
    return exactly(float(score), nearly_touching(view))


def min_ttc(view):
    """Boxes moved along headings to 0.1, 0.2 ... 2.9 s."""
    if not len(view.scenario.map.lanes):
        return None
    crossing = [shapely.Polygon(p) for p in view.scenario.map.areas_of(AreaKind.INTERSECTION)]
    gone, best = touching(view), math.inf
    for t in range(view.steps):
        if any(step == t and fault for step, fault in blamed(view).values()):
            best = 0.0
        place, speed = rear_axle(view, t, 0)
        wide = leaves_lane(view, t) or any(p.contains(shapely.Point(place)) for p in crossing)
        if speed <= 0.005:
            continue
        times = 0.1 * np.arange(1, 30)
        own = along(view, t, 0, speed, times)
        for j in view.others:
            if not view.valid[t, j] or gone.get(int(view.agent[j]), (view.steps,))[0] <= t:
                continue
            its = speed_of(view, t, j)
            if view.shapes[t, 0].distance(view.shapes[t, j]) > 3.0 * (speed + its):
                continue
            angle = angle_from(place, view.pose[t, 0, 2], view.pose[t, j, :2])
            if angle < 30.0 or (wide and angle <= 150.0):
                hit = shapely.intersects(own, along(view, t, j, its, times))
                best = min(best, times[int(np.argmax(hit))] if hit.any() else math.inf)
    return None if math.isinf(best) else exactly(best, abs(best - 0.95) < 0.0501)


def along(view, t, b, speed, times):
    x, y, h = view.pose[t, b]
    way = speed * times
    size = (np.full(len(times), view.length[b]), np.full(len(times), view.width[b]))
    return shapely.polygons(ring(x + way * math.cos(h), y + way * math.sin(h), np.full(len(times), h), *size))


def path(view):
    """The lane of the ego's centre at each step, -1 in none. One in a junction stays in its connector as long
    as that is nearer than 5 m and no lane begins."""
    if hasattr(view, "_path"):
        return view._path
    shapes, lanes = lanes_of(view), view.scenario.map.lanes
    crossing = [shapely.Polygon(p) for p in view.scenario.map.areas_of(AreaKind.INTERSECTION)]
    now, found = -1, []
    for xy in view.states.xy[:, 0]:
        point = shapely.Point(xy)
        inside = [k for k, s in enumerate(shapes) if s.contains(point)]
        before, now = now, now if now in inside else (inside[0] if inside else -1)
        if before >= 0 and lanes.is_connector[before] and before not in inside:
            joined = lanes.is_connector[now] if now >= 0 else any(p.contains(point) for p in crossing)
            if joined and shapes[before].distance(point) < 5.0:
                now = before
        found.append(now)
    view._path = found
    return found


def road_surface(view):
    """The polygon of the road, from areas or from the closed edge line."""
    areas = view.scenario.map.areas_of(AreaKind.DRIVABLE) or view.scenario.map.edges_of(EdgeKind.BOUNDARY)
    return shapely.Polygon(areas[0])


def slack_of(view):
    """Edges are simplified to 1 cm; straight ones stay what they are."""
    return 1e-6 if view.scenario.route.xy.shape and straight(view) else 0.011


def straight(view):
    d = np.diff(view.scenario.route.xy, axis=0)
    return bool(np.abs(d[:-1, 0] * d[1:, 1] - d[:-1, 1] * d[1:, 0]).max() < 1e-6)


def off_road(view):
    shapes, surface, given = (
        lanes_of(view),
        road_surface(view),
        bool(view.scenario.map.areas_of(AreaKind.DRIVABLE)),
    )
    worst, most = 0.0, 0.0
    for t, lane in enumerate(path(view)):
        for corner in shapely.points(view.corners[t, 0]):
            if any(s.contains(corner) for s in shapes) or surface.contains(corner):
                continue
            own = shapes[lane].distance(corner) if lane >= 0 else math.inf
            worst, most = max(worst, min(own, surface.distance(corner))), max(most, own)
    slack = 1e-6 if given else slack_of(view)  # nuPlan's areas are not simplified
    return Want(worst - slack, worst + slack, close_to(worst, 0.3))


def wrong_way(view):
    lines = [shapely.LineString(line) for line in view.scenario.map.lanes.centre]
    lane, before, way = path(view)[0], None, []
    for xy, now in zip(view.states.xy[:, 0], path(view), strict=True):
        moved = 0.0
        if now >= 0 and now != lane:
            lane, before = now, None
        elif now >= 0:
            s = lines[now].project(shapely.Point(xy))
            moved = s - before if before is not None and s != 0.0 else 0.0
            before = s
        way.append(moved)
    value = abs(min(math.fsum(way[max(0, t - 10) : t + 1]) for t in range(len(way))))
    return exactly(value, close_to(value, 2.0, 6.0))


def mean_overspeed(view):
    """Lanes have limits; that of the junction is the largest before and after its connector."""
    names, total = view.scenario.map.lanes.ids, 0.0
    for t, lane in enumerate(path(view)):
        if lane >= 0:
            piece = names[lane].partition(".")[0]
            limit = max(LIMITS["in"], LIMITS["out"]) if piece == "over" else LIMITS[piece]
            total += max(0.0, rear_axle(view, t, 0)[1] - limit) * view.dt
    return exactly(total / ((view.steps - 1) * view.dt), close_to(total, 0.0))


def progress_ratio(view):
    """The blocks of the expert's lane lie in line: progress is the way along it, from the first place
    to the last one in the expert's blocks. Who goes back into a block it has left is left out."""
    lane = view.scenario.route.lane_ids[0][-1]
    lanes, shapes = view.scenario.map.lanes, lanes_of(view)
    block = {
        n: shapely.union_all([shapes[k] for k, s in enumerate(lanes.section) if s == n], grid_size=1e-7)
        for n in ("in", "over", "out")
    }
    log = view.scenario.states.xy[:, 0]
    pieces = {n: [b.contains(shapely.Point(p)) for p in log] for n, b in block.items()}
    legs = [n for n in block if any(pieces[n])]
    if not legs or not all(any(row) for row in zip(*pieces.values(), strict=True)):
        return UNSURE
    points = np.concatenate([lanes.centre[lanes.ids.index(f"{n}.{lane}")] for n in legs])
    line = shapely.LineString(points[np.concatenate([[True], np.abs(np.diff(points, axis=0)).sum(1) > 1e-9])])

    def way(xy):
        inside = [
            next((k for k, n in enumerate(legs) if block[n].contains(shapely.Point(p))), -1) for p in xy
        ]
        ones = [k for k in inside if k >= 0]
        if not ones or ones != sorted(ones):
            return None
        last = max(t for t, k in enumerate(inside) if k >= 0)
        return line.project(shapely.Point(xy[last])) - line.project(shapely.Point(xy[0]))

    ego, expert = way(view.states.xy[:, 0]), way(log)
    if ego is None or expert is None:
        return UNSURE
    ratio = 0.0 if ego < -2.0 else min(1.0, max(ego, 2.0) / max(expert, 2.0))
    return exactly(ratio, close_to(ratio, 0.2))


@lru_cache
def weights(window, order, derivative, at):
    """Of the samples 0, 1, ... in the derivative at a place of the polynomial that fits them best."""
    powers = np.vander(np.arange(window) - at, order + 1, increasing=True)
    return math.factorial(derivative) * np.linalg.pinv(powers)[derivative]


def fitted(values, window, order, derivative):
    """Savitzky-Golay by least squares on every window; the first and last samples from the outermost ones."""
    n, window = len(values), min(window, len(values))
    half, out = window // 2, np.zeros(len(values))
    for t in range(n):
        if half <= t < n - half:  # an even window lies half a step ahead: its middle is between two samples
            first, at = (t - half, float(half)) if window % 2 else (t - half + 1, half - 0.5)
        else:
            first = 0 if t < half else n - window
            at = float(t - first)
        out[t] = weights(window, order, derivative, at) @ values[first : first + window]
    return out


def shifted(view):
    """Acceleration along the vehicle as nuPlan moves it to the centre."""
    rate = view.trace.yaw_rate[:, 0]
    turning = np.concatenate([[0.0], np.diff(rate)]) / view.dt
    return view.trace.acceleration - view.trace.agents.bodies.axle[0] * (rate**2 + turning)


def comfort(view):
    """How many of six bounds are broken; UNSURE where a value is within rounding of its bound."""
    if view.steps < 4:
        return None
    heading = np.unwrap(view.states.heading[:, 0])
    return bounds_broken(shifted(view), np.abs(view.trace.acceleration), heading, view.dt)


def bounds_broken(along, size, heading, dt, across=None):
    """The same of accelerations along, of their size, and across (None: there is none, as in closed loop)."""
    smooth, size = fitted(along, 8, 2, 0), fitted(size, 8, 2, 0)
    signals = [
        (smooth, -4.05, 2.40), (fitted(size, 15, 2, 1) / dt, -8.37, 8.37),
        (fitted(smooth, 15, 2, 1) / dt, -4.13, 4.13),
        (fitted(heading, 5, 2, 1) / dt, -0.95, 0.95), (fitted(heading, 5, 3, 2) / dt**2, -1.93, 1.93),
    ]  # fmt: skip
    signals += [] if across is None else [(fitted(across, 8, 2, 0), -4.89, 4.89)]
    room = [min((s - low).min(), (high - s).min()) for s, low, high in signals]
    if min(abs(r) for r in room) < 1e-5:
        return UNSURE
    near = any(abs(r) < 0.05 * high for r, (_, _, high) in zip(room, signals, strict=True))
    return exactly(sum(r < 0.0 for r in room), near)


SLOW = {
    "nuplan_collision_score": collision_score,
    "nuplan_min_ttc_s": min_ttc,
    "nuplan_max_off_road_m": off_road,
    "nuplan_wrong_way_m": wrong_way,
    "nuplan_mean_overspeed_mps": mean_overspeed,
    "nuplan_progress_ratio": progress_ratio,
    "nuplan_comfort_bounds_broken": comfort,
}
