"""Crawling, waiting and cut-ins once more, from the cards: strips and ways of shapely, plain loops."""

import math

import numpy as np
import shapely
from shapely.ops import substring
from slow_modes import joined
from slow_rest import limits
from slow_road import on_lines
from slow_safety import leads
from slow_view import UNSURE, Want, close_to, exactly

from simeval.scenario import SignalState


class Way:
    """The line ahead of the ego at a step: its route, or straight on where it is not on it."""

    def __init__(self, view, t):
        xy, h = view.states.xy[t, 0], view.states.heading[t, 0]
        route, place = shapely.LineString(view.scenario.route.xy), shapely.Point(xy)
        half = 0.5 * view.length[0]
        s = route.project(place)
        along = self.direction_of(view.scenario.route.xy, s)
        if route.distance(place) <= 5.0 and math.cos(along - h) >= 0.5:
            self.line, self.front, self.xy = route, s + half, view.scenario.route.xy
        else:
            self.xy = np.stack([xy, xy + 120.0 * np.array([math.cos(h), math.sin(h)])])
            self.line, self.front = shapely.LineString(self.xy), half

    @staticmethod
    def direction_of(xy, s):
        """Of the piece that an arc length lies on."""
        lengths = np.cumsum(np.hypot(*np.diff(xy, axis=0).T))
        k = min(int(np.searchsorted(lengths, s, side="right")), len(lengths) - 1)
        return math.atan2(*(xy[k + 1] - xy[k])[::-1])

    def direction(self, ahead):
        return self.direction_of(self.xy, self.front + ahead)

    def places(self, points):
        """How far ahead of the front, and how far beside the line [m]."""
        dots = shapely.points(points)
        return shapely.line_locate_point(self.line, dots) - self.front, shapely.distance(self.line, dots)

    def strip(self, reach, half=1.75):
        piece = substring(self.line, self.front, self.front + reach)
        return piece.buffer(half, cap_style="flat") if piece.length > 0.0 else shapely.Polygon()


def on_the_way(view, way, t, reach):
    """(gap, agent) of who reaches into the strip with nine points along each side, nearest first."""
    found, strip = {}, way.strip(reach)
    shapely.prepare(strip)
    for j in view.others:
        if not view.valid[t, j]:
            continue
        ring = view.corners[t, j]
        sides = np.concatenate([np.linspace(ring[1], ring[0], 9), np.linspace(ring[2], ring[3], 9)])
        s, d = way.places(sides)
        inside = (d <= 1.75) & (s > 0.0) & (s <= reach)
        assert not (inside & ~shapely.dwithin(strip, shapely.points(sides), 0.2)).any()
        if inside.any():
            agent = int(view.agent[j])
            found[agent] = min(found.get(agent, math.inf), float(s[inside].min()))
    return sorted((gap, view.trace.agents.ids[a], a) for a, gap in found.items())


def comes_across(view, way, t, within, reach):
    """(seconds, agent) of who first comes into the strip, turned against it; None where nobody does."""
    best, last = None, min(view.steps - 1, t + round(within / view.dt))
    for a in range(len(view.trace.agents)):
        if a == view.trace.ego or not view.states.valid[t, a]:
            continue
        if max(math.hypot(*v) for v in view.states.velocity[t : last + 1, a]) <= 0.5:
            continue
        half = 0.5 * float(view.trace.agents.width[a]) + 1.75
        for k in range(t, last + 1):
            if not view.states.valid[k, a]:
                continue
            (s,), (d,) = way.places(view.states.xy[k, a][None])
            if d < half and -1.0 < s < reach:
                turned = math.cos(way.direction(s) - view.states.heading[k, a])
                if turned <= math.cos(math.radians(25.0)) and (best is None or k - t < best[0]):
                    best = (k - t, a)
                break
    return None if best is None else (best[0] * view.dt, best[1])


def next_signal(view, way, t, reach):
    """What the nearest stop point on the way shows; None where there is none."""
    signals = view.scenario.signals
    if not len(signals):
        return None
    s, d = way.places(signals.stop_xy)
    rows = [(s[k], k) for k in range(len(s)) if d[k] < 1.0 and -0.5 < s[k] <= reach]
    return SignalState(int(signals.state[view.trace.first_step + t, min(rows)[1]])) if rows else None


def bend(view, xy):
    """Curvature of the route beside a place, by three points 5 m apart."""
    line = shapely.LineString(view.scenario.route.xy)
    s = min(max(line.project(shapely.Point(xy)), 5.0), line.length - 5.0)
    a, b, c = (line.interpolate(s + d) for d in (-5.0, 0.0, 5.0))
    return 4.0 * shapely.Polygon([a, b, c]).area / (a.distance(b) * b.distance(c) * c.distance(a))


def allowed(view):
    """[t] the limit, the last known one in junctions, or what 2 m/s^2 allow in the bends of the route."""
    known = limits(view)
    if known is UNSURE or not any(v is not None for v in known):
        return known if known is UNSURE else None
    now, out = next(v for v in known if v is not None), []
    for xy, limit in zip(view.states.xy[:, 0], known, strict=True):
        now = now if limit is None else limit
        out.append(min(now, math.sqrt(2.0 / max(bend(view, xy), 1e-6))))
    return out


def is_free(view, t):
    way = Way(view, t)
    if on_the_way(view, way, t, max(12.0, 3.0 * view.speed[t])):
        return False
    stops = (SignalState.RED, SignalState.YELLOW, SignalState.UNKNOWN)
    return next_signal(view, way, t, 40.0) not in stops and comes_across(view, way, t, 5.0, 40.0) is None


def long_enough(runs, steps):
    return [(i, j) for i, j in runs if j - i + 1 >= steps]


def crawl_time(view):
    may = allowed(view)
    if may is None or may is UNSURE:
        return may
    if any(abs(v - 0.4 * m) < 1e-6 for v, m in zip(view.speed, may, strict=True)):
        return UNSURE
    four, look, total = round(4.0 / view.dt), round(0.5 / view.dt), 0
    slow = [0.1 < v < 0.4 * m for v, m in zip(view.speed, may, strict=True)]
    for first, last in long_enough(joined(slow, 0), four):
        free = [is_free(view, first + (t - first) // look * look) for t in range(first, last + 1)]
        for i, j in long_enough(joined(free, 2 * look), four):
            change = abs(view.speed[first + j] - view.speed[first + i]) / ((j - i) * view.dt)
            if abs(change - 0.75) < 1e-6:
                return UNSURE
            total += (j - i + 1) * (change <= 0.75)
    return exactly(view.dt * total)


def faces(view, way, t):
    """Whether a vehicle that has driven stands within 25 m and its straight way on leads over the ego's."""
    for a in range(len(view.trace.agents)):
        states = view.states
        if a == view.trace.ego or not states.valid[t, a] or not view.trace.agents.kind_of(a).is_vehicle:
            continue
        xy, h = states.xy[t, a], states.heading[t, a]
        if math.hypot(*states.velocity[t, a]) > 0.1 or not has_moved(view, a, t):
            continue
        if math.dist(xy, states.xy[t, 0]) > 25.0:
            continue
        dots = xy + np.linspace(0.0, 25.0, 26)[:, None] * np.array([math.cos(h), math.sin(h)])
        s, d = way.places(dots)
        if ((d < 1.0) & (s > 0.0) & (s < 30.0)).any():
            return True
    return False


def has_moved(view, agent, t):
    return any(
        view.states.valid[k, agent] and math.hypot(*view.states.velocity[k, agent]) > 0.5
        for k in range(t + 1)
    )


def reason(view, t):
    """Why one could stand; the three last are no reasons."""
    way = Way(view, t)
    shows = next_signal(view, way, t, 15.0)
    if shows in (SignalState.RED, SignalState.YELLOW) or on_the_way(view, way, t, 20.0):
        return "something"
    across = comes_across(view, way, t, 15.0, 30.0)
    if across is not None:
        return "crossing" if across[0] <= 6.5 else "free"
    if faces(view, way, t):
        return "something"
    return "green" if shows is SignalState.GREEN else "nothing"


def unexplained_wait(view):
    longest, every = 0, round(0.5 / view.dt)
    for first, last in joined([abs(v) <= 0.1 for v in view.speed], 0):
        if (last - first) * view.dt < 3.0:
            continue
        looks = list(range(first, last + 1, every))
        seen = [reason(view, t) for t in looks]
        if "crossing" in seen:
            begun = seen.index("crossing")
            seen[begun:] = ["free" if r == "nothing" else r for r in seen[begun:]]
        for name in ("free", "green", "nothing"):
            for i, j in joined([r == name for r in seen], 2):
                end = last if j == len(looks) - 1 else looks[j + 1]
                if (end - looks[i]) * view.dt >= 3.0:
                    longest = max(longest, end - looks[i])
    return exactly(view.dt * longest)


def leader(rows):
    """(agent, gap) of the leader among those that may be it, (-1, inf) of nobody; None where two may be."""
    names = {r[4] for r in rows}
    if len(names) > 1:
        return None
    return (names.pop(), max(0.0, min(r[0] for r in rows))) if names else (-1, math.inf)


def lane_ahead(view, t):
    """The lane of the ego and 150 m of those that follow, of the route where lanes part; else straight on."""
    lanes, k, h = view.scenario.map.lanes, on_lines(view)[t], view.states.heading[t, 0]
    if k < 0:
        ahead = 150.0 * np.array([math.cos(h), math.sin(h)])
        return shapely.LineString([view.states.xy[t, 0] - ahead, view.states.xy[t, 0] + ahead])
    parts, added = [lanes.centre[k]], 0.0
    while added < 150.0 and len(lanes.successors[k]):
        onward = [int(n) for n in lanes.successors[k]]
        k = next((n for n in onward if lanes.ids[n] in view.scenario.route.lane_ids), onward[0])
        parts.append(lanes.centre[k][1:])
        added += shapely.LineString(lanes.centre[k]).length
    return shapely.LineString(np.concatenate(parts))


def cut_ins(view):
    """Counted with those who surely are leaders, and with those who may be."""
    both = [count_of(view, [leader(row[k]) for row in leads(view)]) for k in range(2)]
    if None in both or -2 in on_lines(view):
        return UNSURE
    low, high = sorted(count for count, _ in both)
    return Want(low - 1e-6, high + 1e-6, any(near for _, near in both))


def count_of(view, now):
    count, near = 0, False
    for t in range(1, view.steps):
        if now[t] is None or now[t - 1] is None:
            return None
        agent, gap = now[t]
        if agent < 0 or agent == now[t - 1][0]:
            continue
        bound = max(10.0, 2.5 * view.speed[t])
        before = max(int(np.argmax(view.states.valid[:, agent])), t - round(2.0 / view.dt))
        line = lane_ahead(view, before)
        (own0, own1), (its0, its1) = (
            [line.distance(shapely.Point(view.states.xy[k, a])) for k in (before, t)] for a in (0, agent)
        )
        if min(abs(its0 - its1 - 0.8), abs(own1 - own0 - 0.8)) < 1e-6 or abs(gap - bound) < 0.02:
            return None
        near |= close_to(its0 - its1, 0.8) or close_to(gap, bound)
        count += gap < bound and its0 - its1 > 0.8 and own1 - own0 < 0.8
    return count, near


CALM = {"crawl_time_s": crawl_time, "unexplained_wait_s": unexplained_wait}
SLOW = {"cut_ins": cut_ins}
