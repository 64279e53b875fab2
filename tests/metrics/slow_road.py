"""Road, lane, signal and route metrics once more, from the cards: shapely polygons and plain loops."""

import math

import numpy as np
import shapely
from slow_nuplan import road_surface, slack_of
from slow_view import UNSURE, Want, close_to, exactly

from simeval.scenario import SignalState


def beyond_edge(view):
    """[t] signed distance of the outermost corner of all bodies beyond the road, negative inside."""
    surface = road_surface(view)
    points = shapely.points(view.corners[:, view.own].reshape(view.steps, -1, 2))
    away = shapely.distance(surface.exterior, points) * np.where(shapely.contains(surface, points), -1, 1)
    return away.max(axis=1)


def max_off_road(view):
    value = max(0.0, float(beyond_edge(view).max()))
    return Want(value - slack_of(view), value + slack_of(view), close_to(value, 0.3))


def time_off_road(view):
    away, slack = beyond_edge(view), slack_of(view)
    low, high = (view.dt * int((away > 0.01 + s).sum()) for s in (slack, -slack))
    return Want(low - 1e-9, high + 1e-9, any(close_to(a, 0.01) for a in away))


def on_lines(view):
    """[t] the lane the ego is in; -1: none; -2: rounding decides."""
    if hasattr(view, "_lane"):
        return view._lane
    lanes, route = view.scenario.map.lanes, view.scenario.route.lane_ids
    ends = [np.stack([c[:-1], c[1:]], axis=1) for c in lanes.centre]
    owner, ends = np.repeat(np.arange(len(ends)), [len(e) for e in ends]), np.concatenate(ends)
    pieces, step = shapely.linestrings(ends), ends[:, 1] - ends[:, 0]
    angle = np.arctan2(step[:, 1], step[:, 0])
    bonus = np.array([0.75 * (name in route) for name in lanes.ids])
    out = []
    for xy, heading in zip(view.states.xy[:, 0], view.states.heading[:, 0], strict=True):
        away = np.where(np.cos(angle - heading) >= 0.5, shapely.distance(pieces, shapely.Point(xy)), math.inf)
        least = np.array([away[owner == k].min() for k in range(len(lanes))])
        score = np.where(least <= 3.0, least - bonus, math.inf)
        first, second = np.sort(score)[:2]
        out.append(-1 if math.isinf(first) else -2 if second - first < 1e-6 else int(score.argmin()))
    view._lane = out
    return out


def offsets(view):
    lanes = view.scenario.map.lanes
    lines = [shapely.LineString(c) for c in lanes.centre]
    return [
        lines[k].distance(shapely.Point(xy))
        for xy, k in zip(view.states.xy[:, 0], on_lines(view), strict=True)
        if k >= 0 and not lanes.is_connector[k]
    ]


def max_lane_offset(view):
    if -2 in on_lines(view):
        return UNSURE
    values = offsets(view)
    return exactly(max(values), close_to(max(values), 0.5)) if values else None


def beyond_lines(view):
    """[t] how far the outermost corner of the first body is beyond a bound of the lane; NaN where unknown."""
    if hasattr(view, "_beyond"):
        return view._beyond
    lanes, out, sides = view.scenario.map.lanes, [], {}
    for t, k in enumerate(on_lines(view)):
        if k < 0 or lanes.is_connector[k]:
            out.append(math.nan)
            continue
        if k not in sides:  # all that lies to the left of the left bound, to the right of the right one
            sides[k] = [
                (
                    shapely.LineString(line),
                    shapely.LineString(line).buffer(side * 40.0, single_sided=True),
                    other,
                )
                for line, side, other in (
                    (lanes.left[k], 1, shapely.LineString(lanes.left[k]).buffer(-40.0, single_sided=True)),
                    (lanes.right[k], -1, shapely.LineString(lanes.right[k]).buffer(40.0, single_sided=True)),
                )
            ]
        found = [-math.inf]
        for line, outside, inside in sides[k]:
            for corner in shapely.points(view.corners[t, view.own[0]]):
                if outside.contains(corner):
                    found.append(line.distance(corner))
                elif inside.contains(corner):
                    found.append(-line.distance(corner))
        out.append(max(found))
    view._beyond = np.array(out)
    return view._beyond


def over_lines(view):
    """[t] over a line; None where the metric is undefined, UNSURE where rounding decides."""
    if -2 in on_lines(view):
        return UNSURE
    away = beyond_lines(view)
    if np.isnan(away).all():
        return None
    if (np.abs(away - 0.1) < 1e-6).any():
        return UNSURE
    return away > 0.1


def time_over_line(view):
    over = over_lines(view)
    if over is None or over is UNSURE:
        return over
    return exactly(view.dt * over.sum(), any(close_to(a, 0.1) for a in beyond_lines(view)))


def lane_invasions(view):
    over = over_lines(view)
    if over is None or over is UNSURE:
        return over
    return exactly(stretches(over, bridge=2), any(close_to(a, 0.1) for a in beyond_lines(view)))


def stretches(mask, *, bridge=0, shortest=1):
    """How many stretches of a mask, those joined that are at most `bridge` steps apart."""
    runs, start = [], None
    for t, holds in enumerate([*mask, False]):
        if holds and start is None:
            start = t
        if not holds and start is not None:
            if runs and start - runs[-1][1] - 1 <= bridge:
                runs[-1][1] = t - 1
            else:
                runs.append([start, t - 1])
            start = None
    return sum(last - first + 1 >= shortest for first, last in runs)


def red_lights(view):
    """Steps at which the way of the front crosses a stop line of 4 m; of two the one of the route counts."""
    signals, lanes = view.scenario.signals, view.scenario.map.lanes
    h = view.states.heading[:, 0]
    front = view.states.xy[:, 0] + 0.5 * view.length[0] * np.stack([np.cos(h), np.sin(h)], axis=1)
    count, near = 0, False
    for t in range(1, view.steps):
        passed = []
        for k in range(len(signals)):
            line = lanes.centre[int(signals.lane[k])]
            along = (line[1] - line[0]) / math.hypot(*(line[1] - line[0]))
            left = np.array([-along[1], along[0]])
            stop = signals.stop_xy[k]
            before, after = front[t - 1] - stop, front[t] - stop
            near |= bool(abs(after @ along) < 0.25 and abs(after @ left) < 2.0)
            if (
                before @ along < 0.0 <= after @ along
                and abs(after @ left) <= 2.0
                and math.cos(h[t] - math.atan2(along[1], along[0])) >= 0.5
            ):
                on_route = lanes.ids[int(signals.lane[k])] in view.scenario.route.lane_ids
                passed.append((not on_route, abs(after @ left), k))
        count += bool(passed) and signals.state[t, min(passed)[2]] == int(SignalState.RED)
    return exactly(count, near)


def sampled(line):
    whole = shapely.LineString(line)
    return np.array(
        [whole.interpolate(s).coords[0] for s in np.append(np.arange(0.0, whole.length, 1.0), whole.length)]
    )


def path_distances(view):
    """[t] distances to the nearest points of the route and of the other lanes, 1 m apart."""
    if not hasattr(view, "_paths"):
        lanes, route = view.scenario.map.lanes, view.scenario.route
        on = sampled(route.xy)
        off = np.concatenate(
            [sampled(c) for i, c in zip(lanes.ids, lanes.centre, strict=True) if i not in route.lane_ids]
        )
        xy = view.states.xy[:, 0]
        view._paths = [np.sqrt(((xy[:, None] - p[None]) ** 2).sum(2)).min(1) for p in (on, off)]
    return view._paths


def waymax_wrong_way(view):
    least = np.minimum(*path_distances(view))
    if (np.abs(least - 3.5) < 1e-6).any():
        return UNSURE
    value = float(np.where(least < 3.5, 0.0, least).max())
    return exactly(value, any(close_to(d, 3.5) for d in least))


def waymax_off_route(view):
    on, off = path_distances(view)
    if (np.abs(on - 5.0) < 1e-6).any() or (np.abs(on - off - 2.0) < 1e-6).any():
        return UNSURE
    value = float(np.where((on > 5.0) | (on - off > 2.0), on, 0.0).max())
    return exactly(value, any(close_to(d, 5.0) for d in on) or any(close_to(d, 2.0) for d in on - off))


def waymax_offroad(view):
    """Beside a road whose corners are blunt the side of the nearest point is that of the edge, but for what a
    kink between two points changes."""
    worst = float(beyond_edge(view).max())
    slack = 1e-6 if slack_of(view) < 1e-3 else 0.03
    return UNSURE if abs(worst) < slack else exactly(float(worst > 0.0), abs(worst) < 0.05)


SLOW = {
    "max_distance_off_road_m": max_off_road,
    "time_off_road_s": time_off_road,
    "max_lane_offset_m": max_lane_offset,
    "time_over_lane_line_s": time_over_line,
    "lane_invasions": lane_invasions,
    "red_light_crossings": red_lights,
    "waymax_wrong_way_m": waymax_wrong_way,
    "waymax_off_route_m": waymax_off_route,
    "waymax_offroad": waymax_offroad,
}
SCENE = {"steps": 21}
