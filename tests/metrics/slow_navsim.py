"""NAVSIM's metrics of episodes once more, from the cards: shapely over the first four seconds."""

import math

import numpy as np
import shapely
from slow_contacts import angle_from, front_meets, rear_axle
from slow_nuplan import comfort, lanes_of, nearly_touching, speed_of
from slow_road import beyond_edge
from slow_view import UNSURE, View, close_to, exactly, ring
from transforms import until

from simeval.scenario import AgentKind, AreaKind, SignalState

STEPS = 41


def first(view):
    """What lies within four seconds."""
    if view.steps <= STEPS:
        return view
    if not hasattr(view, "_first"):
        view._first = View(until(view.made, STEPS))
    return view._first


def areas(view):
    """[t] in several lanes or off the road; off the road; centre, rear axle in the junction."""
    if hasattr(view, "_areas"):
        return view._areas
    lanes, shapes = view.scenario.map.lanes, lanes_of(view)
    crossing = shapely.union_all(
        [shapely.Polygon(p) for p in view.scenario.map.areas_of(AreaKind.INTERSECTION)]
    )
    drivable = [shapely.Polygon(p) for p in view.scenario.map.areas_of(AreaKind.DRIVABLE)]
    road = [*(s for s, c in zip(shapes, lanes.is_connector, strict=True) if not c), crossing, *drivable]
    rows = []
    for t in range(view.steps):
        corners = shapely.points(view.corners[t, 0])
        under = np.array([shapely.contains(s, corners) for s in shapes])
        several = under.any(axis=1).sum() > 1 and not under.all(axis=1).any()
        off = not np.any([shapely.contains(s, corners) for s in road], axis=0).all()
        centre, axle = shapely.Point(view.pose[t, 0, :2]), shapely.Point(rear_axle(view, t, 0)[0])
        rows.append((several or off, off, crossing.contains(centre), crossing.contains(axle)))
    view._areas = np.array(rows).T
    return view._areas


def collision_score(whole):
    view = first(whole)
    value, forgiven, names = 1.0, set(), view.trace.agents
    for t in range(view.steps):
        place, speed = rear_axle(view, t, 0)
        for j in view.others:
            agent = int(view.agent[j])
            if (
                agent in forgiven
                or not view.valid[t, j]
                or not view.shapes[t, 0].intersects(view.shapes[t, j])
            ):
                continue
            appears = int(np.argmax(view.valid[:, j]))
            static = names.kind[agent] == int(AgentKind.STATIC)
            if speed <= 0.05:
                fault = False
            elif static or speed_of(view, appears, j) <= 0.05:
                fault = True
            elif angle_from(place, view.pose[t, 0, 2], view.pose[t, j, :2]) > 150.0:
                fault = False
            else:
                sizes = (view.length[j], view.width[j])
                fault = front_meets(
                    view.pose[t, 0], view.length[0], view.width[0], view.pose[t, j], sizes, 1e-7
                )
                if fault is None:
                    return UNSURE
                fault = fault or bool(areas(view)[0][t])
            if fault:
                value = min(value, 0.5 if static else 0.0)
            else:
                forgiven.add(agent)
    return exactly(value, nearly_touching(view))


def time_off_road(whole):
    view = first(whole)
    near = bool((np.abs(beyond_edge(view)) < 0.05).any())
    return exactly(0.1 * areas(view)[1].sum(), near)


def off_route(whole):
    view = first(whole)
    lanes, shapes = view.scenario.map.lanes, lanes_of(view)
    on = shapely.union_all(
        [s for s, n in zip(shapes, lanes.section, strict=True) if n != "back"], grid_size=1e-9
    )
    way = [0.0]
    for t in range(1, view.steps):
        point = shapely.Point(view.pose[t, 0, :2])
        off = not on.contains(point) and not areas(view)[2][t]
        way.append(math.dist(view.pose[t, 0, :2], view.pose[t - 1, 0, :2]) if off else 0.0)
    value = max(math.fsum(way[max(0, t - 10) : t + 1]) for t in range(view.steps))
    return exactly(value, close_to(value, 2.0, 6.0))


def red_light(whole):
    view = first(whole)
    shapes, signals = lanes_of(view), view.scenario.signals
    if not len(signals):
        return None
    hit = any(
        signals.state[view.trace.first_step + t, k] == int(SignalState.RED)
        and view.shapes[t, 0].intersects(shapes[int(signals.lane[k])])
        for t in range(view.steps)
        for k in range(len(signals))
    )
    closest = min(view.shapes[-1, 0].distance(shapes[int(k)]) for k in signals.lane)
    return exactly(float(hit), closest < 0.25)


def beside_lane(whole):
    view = first(whole)
    line, row, longest, near = shapely.LineString(view.scenario.route.xy), 0, 0, False
    for t in range(view.steps):
        if areas(view)[2][t]:
            continue
        away = line.distance(shapely.Point(view.pose[t, 0, :2]))
        near |= close_to(away, 0.5)
        row = row + 1 if away > 0.5 else 0
        longest = max(longest, row)
    return exactly(0.1 * longest, near)


def conflict(whole):
    view = first(whole)
    ignored = set()
    for t in range(view.steps - 9):
        place, speed = rear_axle(view, t, 0)
        if speed < 0.005:
            continue
        x, y, h = view.pose[t, 0]
        for look in (0, 3, 6, 9):
            way = 0.1 * look * speed
            place_then = map(np.array, (x + way * math.cos(h), y + way * math.sin(h), h))
            own = shapely.Polygon(ring(*place_then, view.length[0], view.width[0]))
            for j in view.others:
                agent = int(view.agent[j])
                if (
                    agent in ignored
                    or not view.valid[t + look, j]
                    or not own.intersects(view.shapes[t + look, j])
                ):
                    continue
                angle = angle_from(place, h, view.pose[t + look, j, :2])
                wide = areas(view)[0][t] or areas(view)[3][t]
                if angle < 30.0 or (wide and angle <= 150.0):
                    return exactly(1.0, near_conflict(view))
                ignored.add(agent)
    return exactly(0.0, near_conflict(view))


def near_conflict(view):
    """Whether boxes 5 % larger are touched ahead within 0.9 s and boxes 5 % smaller are not."""
    answers = []
    for scale in (0.95, 1.05):
        hit = False
        corners = view.rings(scale)
        for t in range(view.steps - 9):
            speed, h = rear_axle(view, t, 0)[1], view.pose[t, 0, 2]
            for look in (0, 3, 6, 9):
                shift = 0.1 * look * speed * np.array([math.cos(h), math.sin(h)])
                own = shapely.Polygon(corners[t, 0] + shift)
                met = shapely.intersects(own, shapely.polygons(corners[t + look, 1:]))
                hit |= bool((view.valid[t + look, 1:] & met).any())
        answers.append(hit)
    return answers[0] != answers[1]


def on_lanes(slow):
    """Without lanes there is none of them."""
    return lambda view: slow(view) if len(view.scenario.map.lanes) else None


SLOW = {
    "navsim_collision_score": on_lanes(collision_score),
    "navsim_time_off_road_s": on_lanes(time_off_road),
    "navsim_off_route_m": on_lanes(off_route),
    "navsim_red_light": on_lanes(red_light),
    "navsim_beside_lane_s": on_lanes(beside_lane),
    "navsim_conflict": on_lanes(conflict),
    "navsim_comfort_bounds_broken": on_lanes(lambda view: comfort(first(view))),
}
