"""The space a long vehicle needs in a bend: swept path, off-tracking, cut-in, swing-out."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.episode import Episode
from simeval.metrics.extremes import largest
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared
from simeval.metrics.truck.paths import NO_TRAILER, beside_path, is_towing, point_of, total_length

__all__ = ["max_cut_in", "max_off_tracking", "max_swept_width", "max_swing_out", "section_widths"]

STANDS = "the ego does not move forwards"
STRAIGHT = "the ego does not turn while it moves forwards"
CORNERS = ((1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0))


@kernel
def _widths(
    sections: Array, at: Array, pose: Array, half: Array, first: int, last: int, reach: float, out: Array
) -> None:
    """Width of what the bodies first:last sweep on each section (x, y, unit tangent), around its step."""
    for k in range(len(sections)):
        px, py, ex, ey = sections[k, 0], sections[k, 1], sections[k, 2], sections[k, 3]
        low, high = math.inf, -math.inf
        for t in range(len(pose)):
            if math.fabs(at[t] - at[k]) > reach:
                continue
            for b in range(first, last):
                u1 = v1 = u0 = v0 = 0.0
                for n in range(5):
                    m = n % 4
                    a = half[b, 0] if m in (0, 3) else -half[b, 0]
                    c = half[b, 1] if m < 2 else -half[b, 1]
                    q = pose[t, b]
                    x, y = q[0] + a * q[2] - c * q[3] - px, q[1] + a * q[3] + c * q[2] - py
                    u2, v2 = x * ex + y * ey, y * ex - x * ey
                    if n > 0 and (u1 < 0.0) != (u2 < 0.0):  # an edge crosses the section
                        v = v1 + u1 / (u1 - u2) * (v2 - v1)
                        low, high = min(low, v), max(high, v)
                    if n < 4 and t + 1 < len(pose):  # so does a corner on its way to the next step
                        r = pose[t + 1, b]
                        x, y = r[0] + a * r[2] - c * r[3] - px, r[1] + a * r[3] + c * r[2] - py
                        u0, v0 = x * ex + y * ey, y * ex - x * ey
                        if (u2 < 0.0) != (u0 < 0.0):
                            v = v2 + u2 / (u2 - u0) * (v0 - v2)
                            low, high = min(low, v), max(high, v)
                    u1, v1 = u2, v2
        out[k] = high - low if high >= low else math.nan


def section_widths(episode: Episode) -> Float[Array, "t"]:
    """Width of the swept path on the section through the front axle at each step [m]; NaN while it stands.

    A section is at right angles to the path of the front axle, and counts what passes it within the
    vehicle's length of way before and after.
    """
    own = episode.bodies.of(episode.ego)
    axle = _front_axle(episode)
    tangent = np.gradient(axle, axis=0) if len(axle) > 1 else np.zeros_like(axle)
    length = np.hypot(tangent[:, 0], tangent[:, 1])
    moving = length > 1e-6
    out = np.full(len(axle), np.nan)
    if not moving.any():
        return out
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(axle, axis=0).T))])
    sections = np.column_stack([axle, tangent / np.where(moving, length, 1.0)[:, None]])
    _widths(
        sections, at, episode.bodies.pose, episode.bodies.half, own.start, own.stop,
        total_length(episode) + 5.0, out,
    )  # fmt: skip
    out[~moving] = np.nan
    return out


@shared
def _front_axle(episode: Episode) -> Float[Array, "t 2"]:
    """Path of the middle of the first body's front axle."""
    bodies, first = episode.trace.agents.bodies, episode.bodies.of(episode.ego).start
    return point_of(episode, first, float(bodies.axle[first] + bodies.wheelbase[first]))


def _forwards(episode: Episode, values: Float[Array, "t"]) -> Float[Array, "t"]:
    """NaN while the ego reverses: then its rear goes where its front has not been."""
    return np.where(episode.ego_motion.speed > 0.0, values, np.nan)


def _turning(episode: Episode) -> Float[Array, "t"]:
    """1 while the ego turns left, -1 while it turns right."""
    return np.asarray(np.sign(episode.trace.yaw_rate[:, episode.ego]))


@metric("max_swept_width_m", unit="m", better="lower", on_request=True)
def max_swept_width(episode: Episode) -> Reading:
    """Largest width of the path that all bodies of the ego sweep."""
    return largest(section_widths(episode), otherwise="the ego does not move")


@metric("max_off_tracking_m", unit="m", better="lower", on_request=True)
def max_off_tracking(episode: Episode) -> Reading:
    """Largest distance of the ego's last axle from the path of its first."""
    bodies, own = episode.trace.agents.bodies, episode.bodies.of(episode.ego)
    last = point_of(episode, own.stop - 1, float(bodies.axle[own.stop - 1]))
    offset = beside_path(_front_axle(episode), last, total_length(episode))
    return largest(_forwards(episode, np.abs(offset)), otherwise=STANDS)


@metric("max_cut_in_m", unit="m", better="lower", on_request=True)
def max_cut_in(episode: Episode) -> Reading:
    """Largest distance by which the axle of a pulled body passes inside the path of the first body's."""
    if not is_towing(episode):
        return undefined(NO_TRAILER)
    bodies, own = episode.trace.agents.bodies, episode.bodies.of(episode.ego)
    reach, turning = total_length(episode), _turning(episode)
    worst = np.full(episode.num_steps, np.nan)
    for side in (1.0, -1.0):
        width = float(episode.bodies.half[own.start, 1])
        path = point_of(episode, own.start, float(bodies.axle[own.start]), side * width)
        for body in range(own.start + 1, own.stop):
            beside = side * float(episode.bodies.half[body, 1])
            place = point_of(episode, body, float(bodies.axle[body]), beside)
            inside = side * beside_path(path, place, reach)
            worst = np.fmax(worst, np.where(turning == side, inside, np.nan))
    return largest(_forwards(episode, worst), otherwise=STRAIGHT, floor=0.0)


@metric("max_swing_out_m", unit="m", better="lower", on_request=True)
def max_swing_out(episode: Episode) -> Reading:
    """Largest distance by which a rear corner of the ego swings out of the path of the front corner."""
    own = episode.bodies.of(episode.ego)
    reach, turning = total_length(episode) + 5.0, _turning(episode)
    worst = np.full(episode.num_steps, np.nan)
    length, width = episode.bodies.half[own.start]
    for side in (1.0, -1.0):
        path = point_of(episode, own.start, float(length), side * float(width))
        for body in range(own.start, own.stop):
            a, b = episode.bodies.half[body]
            corner = point_of(episode, body, -float(a), side * float(b))
            came = float(episode.ego_heading[0]) if body == own.start else None
            outside = side * beside_path(path, corner, reach, came)
            worst = np.fmax(worst, np.where(turning == -side, outside, np.nan))
    return largest(_forwards(episode, worst), otherwise=STRAIGHT, floor=0.0)
