"""Truck metrics once more, from the cards: paths and sections as shapely lines, points around bodies."""

import math

import numpy as np
import shapely
from shapely.ops import substring
from slow_safety import rates
from slow_view import UNSURE, Want, exactly

from simeval.scenario import Flag
from simeval.vehicles.choose import set_of

GRAVITY, INSET = 9.81, 0.25  # the card's constants


def point(view, body, along, left=0.0):
    """Way of a point of a body [t, 2]."""
    x, y, h = view.pose[:, body].T
    return np.stack(
        [x + along * np.cos(h) - left * np.sin(h), y + along * np.sin(h) + left * np.cos(h)], axis=1
    )


def front_axle(view):
    bodies, b = view.trace.agents.bodies, view.own[0]
    return point(view, b, bodies.axle[b] + bodies.wheelbase[b])


def overall(view):
    return float(sum(view.length[view.own]))


def swept_width(view):
    """Sections cut all edges of all boxes near them, and the ways of all corners from step to step."""
    axle, ring = front_axle(view), view.corners[:, view.own]
    driven = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(axle, axis=0).T))])
    sides = np.stack([ring, np.roll(ring, -1, axis=2)], axis=3).reshape(view.steps, -1, 2, 2)
    moves = np.stack([ring[:-1], ring[1:]], axis=3).reshape(view.steps - 1, -1, 2, 2)
    widest = None
    for k in range(view.steps):
        along = axle[min(k + 1, view.steps - 1)] - axle[max(k - 1, 0)]
        if math.hypot(*along) < 1e-6:
            continue
        near = np.flatnonzero(np.abs(driven - driven[k]) <= overall(view) + 5.0)
        lines = np.concatenate(
            [sides[near].reshape(-1, 2, 2), moves[near[near < len(moves)]].reshape(-1, 2, 2)]
        )
        left = np.array([-along[1], along[0]]) / math.hypot(*along)
        section = shapely.LineString([axle[k] - 100.0 * left, axle[k] + 100.0 * left])
        across = (lines - axle[k]) @ (along / math.hypot(*along))
        lines = lines[(across.min(axis=1) <= 1e-6) & (across.max(axis=1) >= -1e-6)]
        met = shapely.get_coordinates(shapely.intersection(shapely.linestrings(lines), section))
        across = (met - axle[k]) @ left
        widest = max(widest or 0.0, float(np.ptp(across)))
    return None if widest is None else exactly(widest, slack=1e-5)


def beside(path, places, reach, heading=None):
    """[t] how far left of another point's way each place is, where that way leads past it within reach."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    moved = np.concatenate([[True], np.diff(way) > 1e-3])
    if moved.sum() < 2:
        return np.full(len(path), np.nan)
    first = path[moved][1] - path[0] if heading is None else np.array([math.cos(heading), math.sin(heading)])
    line = shapely.LineString([path[0] - reach * first / math.hypot(*first), *path[moved]])
    out = []
    for t, place in enumerate(shapely.points(places)):
        low = max(0.0, way[t] - 2.0)
        part = substring(line, low, min(line.length, reach + way[t] + 2.0))
        s = low + part.project(place)
        begun = s > (reach if heading is None else 0.0) + 1e-9
        if not begun or s > line.length - 1e-9:
            out.append(math.nan)
            continue
        one, two = (np.array(line.interpolate(s + e).coords[0]) for e in (-1e-4, 1e-4))
        off = places[t] - one
        side = (two - one)[0] * off[1] - (two - one)[1] * off[0]
        out.append(math.copysign(part.distance(place), side))
    return np.array(out)


def forwards(view, values):
    """Largest where the ego drives forwards; None where it never does."""
    there = (view.speed > 0.0) & ~np.isnan(values)
    return float(values[there].max()) if there.any() else None


def off_tracking(view):
    last = view.own[-1]
    away = beside(front_axle(view), point(view, last, view.trace.agents.bodies.axle[last]), overall(view))
    value = forwards(view, np.abs(away))
    return None if value is None else exactly(value, slack=1e-4)


def turning(view, side, values):
    return np.where(np.sign(view.trace.yaw_rate[:, 0]) == side, values, np.nan)


def worst_of(view, series):
    values = [v for v in (forwards(view, s) for s in series) if v is not None]
    return exactly(max(0.0, *values), slack=1e-4) if values else None


def cut_in(view):
    bodies, first = view.trace.agents.bodies, view.own[0]
    if len(view.own) < 2:
        return None
    series = []
    for side in (1.0, -1.0):
        path = point(view, first, bodies.axle[first], side * 0.5 * view.width[first])
        for b in view.own[1:]:
            inner = point(view, b, bodies.axle[b], side * 0.5 * view.width[b])
            series.append(turning(view, side, side * beside(path, inner, overall(view))))
    return worst_of(view, series)


def swing_out(view):
    first, series = view.own[0], []
    for side in (1.0, -1.0):
        path = point(view, first, 0.5 * view.length[first], side * 0.5 * view.width[first])
        for b in view.own:
            corner = point(view, b, -0.5 * view.length[b], side * 0.5 * view.width[b])
            came = view.pose[0, first, 2] if b == first else None
            series.append(turning(view, -side, side * beside(path, corner, overall(view) + 5.0, came)))
    return worst_of(view, series)


def vehicle(view):
    return set_of(view.trace.agents.kind_of(0), view.trace.agents.bodies, 0)


def rollover(view):
    """Moments about the outer wheels: half a track times g against the height times what pulls sideways."""
    units = vehicle(view).units
    holds = sum(u.mass * GRAVITY * (0.5 * u.width - INSET) for u in units)
    heights = [u.mass * u.cog_height for u in units][: len(view.own)]
    pulls = np.zeros(view.steps)
    for share, b in zip(heights, view.own, strict=False):
        rate, h = rates(view.velocity[:, b], view.valid[:, b], view.dt), view.pose[:, b, 2]
        pulls += share * (rate[:, 1] * np.cos(h) - rate[:, 0] * np.sin(h)) / sum(heights)
    return exactly(holds / sum(u.mass * u.cog_height for u in units) - np.abs(pulls).max())


def jackknife_margin(view):
    """The headings of coupled bodies against the angle at which the sides of the set meet."""
    if len(view.own) < 2:
        return None
    limits, left = vehicle(view).articulation, []
    for k, (a, b) in enumerate(zip(view.own[:-1], view.own[1:], strict=True)):
        bends = [abs(math.remainder(x, 2.0 * math.pi)) for x in view.pose[:, a, 2] - view.pose[:, b, 2]]
        left.append((limits[k] if k < len(limits) else 1.5) - max(bends))
    return exactly(min(left))


def jackknife_time(view):
    if len(view.own) < 2:
        return None
    return exactly(sum(bool(f & int(Flag.JACKKNIFE)) for f in view.trace.flags[:, 0].tolist()) * view.dt)


def lanes_of(view, b):
    """[t] the lane whose line is nearest a body among those that run its way; of the route 0.75 m nearer."""
    lanes = view.scenario.map.lanes
    ends = np.concatenate([np.stack([c[:-1], c[1:]], axis=1) for c in lanes.centre])
    owner = np.repeat(np.arange(len(lanes)), [len(c) - 1 for c in lanes.centre])
    along = np.arctan2(*(ends[:, 1] - ends[:, 0]).T[::-1])
    pieces, bonus = shapely.linestrings(ends), np.isin(lanes.ids, view.scenario.route.lane_ids) * 0.75
    out = []
    for x, y, h in view.pose[:, b]:
        away = shapely.distance(pieces, shapely.Point(x, y))
        away = np.where((np.cos(along - h) >= 0.5) & (away <= 3.0), away - bonus[owner], math.inf)
        out.append(int(owner[away.argmin()]) if away.min() < math.inf else -1)
    return out


def lane_encroachment(view):
    """Points 25 cm apart around each body, beyond the bounds of the lane of its own centre, beside them."""
    lanes, worst = view.scenario.map.lanes, []
    for b in view.own:
        for t, k in enumerate(lanes_of(view, b)):
            if k < 0 or lanes.is_connector[k]:
                continue
            around = shapely.Polygon(view.corners[t, b]).exterior.segmentize(0.25)
            dots = shapely.get_coordinates(around)
            worst += [beyond(shapely.LineString(lanes.left[k]), 1.0, dots)]
            worst += [beyond(shapely.LineString(lanes.right[k]), -1.0, dots)]
    return Want(max(0.0, *worst) - 5e-3, max(0.0, *worst) + 1e-6) if worst else None


def beyond(line, side, dots):
    """Largest distance of the dots on that side of a line, of those beside it and not past its ends."""
    s = shapely.line_locate_point(line, shapely.points(dots))
    kept = (s > 0.0) & (s < line.length)
    if not kept.any():
        return -math.inf
    s, dots = s[kept], dots[kept]
    one, two = (shapely.get_coordinates(shapely.line_interpolate_point(line, s + e)) for e in (-1e-4, 1e-4))
    along, off = two - one, dots - one
    turned = along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0]
    return float((np.sign(side * turned) * shapely.distance(line, shapely.points(dots))).max())


def sure(slow):
    """Undecided where the ego hardly moves: then the direction of its way is one of rounding."""
    return lambda view: UNSURE if 0.0 < np.abs(view.speed).max() < 1e-3 else slow(view)


SLOW = {
    "max_swept_width_m": sure(swept_width),
    "max_off_tracking_m": sure(off_tracking),
    "max_cut_in_m": sure(cut_in),
    "max_swing_out_m": sure(swing_out),
    "min_rollover_margin_mps2": rollover,
    "min_jackknife_margin_rad": jackknife_margin,
    "jackknife_time_s": jackknife_time,
    "max_lane_encroachment_m": lane_encroachment,
}
