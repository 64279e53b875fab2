"""Surrogate-safety metrics once more, from their cards: rays and sampled manoeuvres against shapely polygons,
roots of polynomials, strips cut by shapely."""

import math

import numpy as np
import shapely
from scipy.optimize import brentq
from shapely.ops import substring
from slow_view import UNSURE, Want, close_to, exactly

from simeval.scenario import AgentKind

BRAKE, SIDE, STOP_CURVATURE = 8.0, 5.0, 0.2  # the cards' constants
HORIZON, HAIR = 5.0, 0.002  # [s], [m]: boxes are shrunk and grown by so much


def somebody(view):
    return bool(view.there.any())


def min_gap(view):
    if not somebody(view):
        return None
    value = float(view.gap.min())
    return exactly(value, close_to(value, 1.5))


def min_ttc(view):
    value = float(view.ttc.min())
    return None if math.isinf(value) else exactly(value, close_to(value, 0.95, 1.0, 1.5))


def time_ttc_low(view):
    least = view.ttc.min(axis=1)
    value = view.dt * sum(t < 1.5 for t in least)
    return exactly(value, any(close_to(t, 1.5) for t in least))


def ttc_integral(view):
    if not somebody(view):
        return None
    least = view.ttc.min(axis=1)
    near = any(close_to(t, 1.5) for t in least)
    return exactly(view.dt * sum(max(0.0, 1.5 - t) for t in least), near, slack=1e-5)


def near_misses(view):
    low = {int(view.pair_agent[k]) for _, k in np.argwhere(view.ttc < 1.0)}
    return exactly(len(low - set(view.touched)), bool((np.abs(view.ttc - 1.0) <= 0.05).any()))


def on_course(view):
    """(t, pair) with a time to collision, of a moving body of the ego, with somebody not behind."""
    bodies = view.trace.agents.bodies
    for t, k in np.argwhere(np.isfinite(view.ttc)):
        i, j = view.pairs[k]
        if math.hypot(*view.velocity[t, i]) < 0.5:
            continue
        x, y, h = view.pose[t, view.own[0]]
        axle = bodies.axle[view.own[0]]
        away = view.pose[t, j, :2] - [x + axle * math.cos(h), y + axle * math.sin(h)]
        angle = abs(math.remainder(math.atan2(away[1], away[0]) - h, 2.0 * math.pi))
        if angle <= math.radians(150.0):
            yield int(t), int(k), i, j


def keeps_apart(how, after, own, its, shape):
    """For each time in `after`: whether the manoeuvre from then on avoids the obstacle."""
    speed = math.hypot(*own)
    ahead = own / speed
    left = np.array([-ahead[1], ahead[0]])
    push = (
        -BRAKE * ahead if how == 0 else (1 if how == 1 else -1) * min(SIDE, STOP_CURVATURE * speed**2) * left
    )
    lasts = np.full(len(after), speed / BRAKE) if how == 0 else HORIZON - after
    t = np.linspace(0.0, 1.0, 100)[None, :, None] * lasts[:, None, None]
    moved = (own - its) * (after[:, None, None] + t) + 0.5 * push * t * t  # the ego seen from the other
    return ~shapely.intersects(shapely.linestrings(moved), shape)


def last_time(how, own, its, shape, until):
    """The last time at which it is still avoided, on a grid, then halved; 0 where it never is."""
    grid = np.linspace(0.0, until, 20)
    ok = np.flatnonzero(keeps_apart(how, grid, own, its, shape))
    if not len(ok):
        return 0.0
    if ok[-1] == len(grid) - 1:
        return until
    low, high = grid[ok[-1]], grid[ok[-1] + 1]
    for _ in range(3):
        fine = np.linspace(low, high, 12)
        good = np.flatnonzero(keeps_apart(how, fine, own, its, shape))
        k = int(good[-1]) if len(good) else 0
        low, high = fine[k], fine[min(k + 1, 11)]
    return low


def last_moments(view):
    """[3] ranges of TTB, TTS, TTR; None where nobody is on course."""
    if not hasattr(view, "_moments"):
        least = {name: [math.inf, math.inf] for name in ("ttb", "tts", "ttr")}
        for t, k, i, j in on_course(view):
            for side, grow in ((0, HAIR), (1, -HAIR)):
                shape = view.obstacle[t, k].buffer(grow, join_style="mitre")
                brake, left, right = (
                    last_time(how, view.velocity[t, i], view.velocity[t, j], shape, view.ttc[t, k])
                    for how in range(3)
                )
                steer = max(left, right)
                for name, value in (("ttb", brake), ("tts", steer), ("ttr", max(brake, steer))):
                    least[name][side] = min(least[name][side], value)
        view._moments = least
    return view._moments


def moment(name):
    def slow(view):
        low, high = last_moments(view)[name]
        if math.isinf(high):
            return None
        return Want(low - 2e-3, high + 2e-3, close_to(high, 0.5, 1.0))

    return slow


def min_wttc(view):
    """Smallest root of a polynomial of degree four, over all pairs and steps."""
    if not somebody(view):
        return None
    static = view.trace.agents.kind == int(AgentKind.STATIC)
    half = 0.5 * np.hypot(view.length, view.width)
    best = math.inf
    for t, k in np.argwhere(view.there):
        i, j = view.pairs[k]
        d, v = view.pose[t, j, :2] - view.pose[t, i, :2], view.closing[t, k]
        r, g = half[i] + half[j], 0.5 * (8.0 + (0.0 if static[view.agent[j]] else 8.0))
        if d @ d <= r * r:
            best = 0.0
            continue
        roots = np.roots([g * g, 0.0, 2.0 * r * g - v @ v, -2.0 * (d @ v), r * r - d @ d])
        real = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 0.0)]
        best = min(best, real.min())
    return exactly(best, close_to(best, 0.5, 1.0), slack=1e-5)


def leads(view):
    """[t] who surely is the leader and who may be: (gap, speed, deceleration, speed, agent), tolerance."""
    if hasattr(view, "_leads"):
        return view._leads
    ego, half = view.own[0], 0.5 * view.width[view.own[0]]
    h = view.states.heading[-1, view.trace.ego]
    xy = view.states.xy[:, view.trace.ego]
    keep = np.concatenate([[True], np.hypot(*np.diff(xy, axis=0).T) > 1e-9])
    line = shapely.LineString([*xy[keep], xy[-1] + 250.0 * np.array([math.cos(h), math.sin(h)])])
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    straight = np.ptp(np.unwrap(view.states.heading[:, view.trace.ego])) < 1e-9
    tolerance = 1e-6 if straight else 0.008
    rate = np.stack(
        [rates(view.velocity[:, b], view.valid[:, b], view.dt) for b in range(len(view.agent))], 1
    )
    view._leads = [
        leads_at(view, t, line, steps[t] + 0.5 * view.length[ego], half, tolerance, rate[t])
        for t in range(view.steps)
    ]
    return view._leads


def rates(velocity, valid, dt):
    """Differences before and after, where the road user was there; 0 where it was not."""
    out = np.zeros_like(velocity)
    last = len(velocity) - 1
    for t in np.flatnonzero(valid):
        first, then = (t - 1 if t > 0 and valid[t - 1] else t), (t + 1 if t < last and valid[t + 1] else t)
        if then > first:
            out[t] = (velocity[then] - velocity[first]) / ((then - first) * dt)
    return out


def leads_at(view, t, line, front, half, tolerance, rate):
    found = {}
    piece = substring(line, front, front + 100.0)
    close = shapely.distance(piece, view.shapes[t]) <= half + 1.0
    for sure, wide in ((True, -tolerance), (False, tolerance)):
        rows, sign = [], 1.0 if sure else -1.0
        strip = piece.buffer(half + wide, cap_style="flat", join_style="mitre")
        for j in view.others:
            if not view.valid[t, j] or not close[j]:
                continue
            inside = shapely.intersection(view.shapes[t, j], strip)
            if inside.is_empty:
                continue
            at = min(line.project(shapely.Point(p)) for p in shapely.get_coordinates(inside))
            if at > front + 100.0 - sign * tolerance:
                continue
            one, two = (np.array(line.interpolate(at + e).coords[0]) for e in (0.0, 0.02))
            ahead = (two - one) / math.hypot(*(two - one))
            its = view.pose[t, j, 2]
            speed = math.hypot(*view.velocity[t, j])
            turned = math.cos(its) * ahead[0] + math.sin(its) * ahead[1]
            if speed >= 0.5 and turned < 0.5 + sign * (0.0 if tolerance < 1e-3 else 0.02):
                continue
            agent = int(view.agent[j])
            rows.append(
                (at - front, float(view.velocity[t, j] @ ahead), float(-rate[j] @ ahead), speed, agent)
            )
        least = min((r[0] for r in rows), default=0.0)  # equally near ones, such as two that are touched
        found[sure] = [r for r in rows if max(0.0, r[0]) <= max(0.0, least) + 2.0 * tolerance]
    return found[True], found[False], tolerance


def per_step(view):
    """[t] gap from, to, candidates (speed, braking, slack of the speed), sure, t; None: nobody ahead."""
    rows = []
    for t, (sure, maybe, tolerance) in enumerate(leads(view)):
        if not maybe:
            rows.append(None)
            continue
        both = [*sure, *maybe]
        gaps = [min(r[0] for r in side) for side in (sure, maybe) if side]
        slack = 1e-6 if tolerance < 1e-3 else 0.003
        rows.append(
            (max(0.0, min(gaps) - tolerance), max(0.0, max(gaps)) + tolerance,
             [(r[1], r[2], slack * (1.0 + r[3])) for r in both], bool(sure), t)
        )  # fmt: skip
    return rows


def lead_gap(view):
    rows = [r for r in per_step(view) if r is not None]
    if not rows:
        return None
    high = min((r[1] for r in rows if r[3]), default=math.inf)
    return (
        UNSURE
        if math.isinf(high)
        else Want(min(r[0] for r in rows) - 1e-9, high, close_to(high, 2.0, 5.0, 8.0))
    )


def headway(view):
    rows = [r for r in per_step(view) if r is not None and view.speed[r[4]] >= 0.5]
    if not rows:
        return None
    high = min((r[1] / view.speed[r[4]] for r in rows if r[3]), default=math.inf)
    if math.isinf(high):
        return UNSURE
    return Want(min(r[0] / view.speed[r[4]] for r in rows) - 1e-9, high, close_to(high, 0.5, 1.0, 2.0))


def extreme(view, demand, *thresholds):
    """Range of the largest demand(gap, v, u, braking) over the steps."""
    rows = [r for r in per_step(view) if r is not None and r[1] >= 0.01]
    if not rows:
        return None
    low, high = -math.inf, 0.0
    for from_, to, candidates, sure, t in rows:
        v, least = max(view.speed[t], 0.0), max(from_, 0.01)
        grazes = from_ < 0.01 <= to  # a touch: nobody demands anything, or very much
        values = [
            (demand(to, v, u + d, max(0.0, b - 5 * d)), demand(least, v, u - d, max(0.0, b + 5 * d)))
            for u, b, d in candidates
        ]
        if sure and not grazes:
            low = max(low, min(v[0] for v in values))
        high = max(high, max(v[1] for v in values))
    if math.isinf(low):
        return UNSURE
    return Want(low - 1e-6, high + 1e-6, close_to(high, *thresholds))


def drac(gap, v, u, _braking):
    """Least deceleration that makes the speeds equal before the gap is gone, by the way they close."""
    if v <= u:
        return 0.0
    return brentq(
        lambda a: (v - u) * (v - u) / a - 0.5 * (v - u) ** 2 / a - gap, 1e-9, 1e7, xtol=1e-12, rtol=1e-12
    )


def least_gap(a, gap, v, u, b):
    """Least gap of two that brake until they stand: at ends of stretches, or where speeds are equal."""
    own_stop, its_stop = v / a, (u / b if b > 0.0 else math.inf)
    times = [own_stop, min(its_stop, 1e6)]
    if a != b:
        times.append((v - u) / (a - b))
    times.append((v - 0.0) / a)
    if b == 0.0:
        times.append((v - u) / a)

    def way(speed, braking, t):
        t = min(t, speed / braking) if braking > 0.0 else t
        return speed * t - 0.5 * braking * t * t

    return min(gap + way(u, b, t) - way(v, a, t) for t in times if 0.0 <= t < math.inf)


def required(gap, v, u, b):
    if u <= 0.0:
        return drac(gap, v, u, b)
    if b <= 0.0:
        return drac(gap, v, u, b)
    if v == 0.0:
        return 0.0
    return brentq(lambda a: least_gap(a, gap, v, u, b), 1e-6, 1e6, xtol=1e-10, rtol=1e-10)


SLOW = {
    "min_gap_m": min_gap,
    "min_ttc_s": min_ttc,
    "time_ttc_low_s": time_ttc_low,
    "ttc_integral_s2": ttc_integral,
    "near_misses": near_misses,
    "min_ttb_s": moment("ttb"),
    "min_tts_s": moment("tts"),
    "min_ttr_s": moment("ttr"),
    "min_wttc_s": min_wttc,
    "min_lead_gap_m": lead_gap,
    "min_headway_s": headway,
    "max_drac_mps2": lambda view: extreme(view, drac, 3.35),
    "max_required_decel_mps2": lambda view: extreme(view, required, 3.35, 8.0),
}
