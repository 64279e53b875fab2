"""Criticality measures as CommonRoad-CriMe 0.4.5 has them, to compare with its numbers and not with ours.

Its measures along a lane depend on how the map is turned: speeds and accelerations are multiplied by the
cosine of the lane's heading in the map's frame, and headway takes half a length off both coordinates. HW and
TTC are rounded to 0.01 before others use them. Source: Lin & Althoff, CommonRoad-CriMe, IEEE IV 2023, and the
numbers that version 0.4.5 gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import gaps, project

__all__ = [
    "ALONG_MAX", "CrimeVehicle", "along_required", "brake_threat", "closest", "deceleration_to_safety",
    "exposed", "headway", "headway_time", "stopping_distance", "time_to_collision", "worst_case_time",
]  # fmt: skip

ALONG_MAX = 11.5  # [m/s^2] of its default vehicle, a BMW 320i
SAFETY_TIME = 2.0  # [s] of the deceleration-to-safety time
EXPOSED = 2.0  # [s] a time to collision at or below it counts as exposed
SAME = 0.1  # [m/s^2] accelerations that differ by less count as equal


@dataclass(frozen=True, kw_only=True, eq=False)
class CrimeVehicle:
    """One vehicle over its recorded steps and the centre line of the lane it is in at each step."""

    xy: Float[Array, "t 2"]  # box centre [m]
    heading: Float[Array, "t"]
    speed: Float[Array, "t"]
    acceleration: Float[Array, "t"]
    length: float
    width: float
    lanes: list[Float[Array, "n 2"]]  # one a step: of the lanes its box touches the first
    lane_heading: Float[Array, "t"]  # direction of that lane beside the vehicle, in the map's frame [rad]
    is_static: bool = False

    def velocity(self, t: int) -> Float[Array, "2"]:
        """In the map's frame, along the heading [m/s]."""
        speed = 0.0 if self.is_static else float(self.speed[t])
        return speed * np.array([math.cos(self.heading[t]), math.sin(self.heading[t])])

    def along(self, t: int) -> tuple[float, float]:
        """Speed and acceleration times the cosine of the lane's heading, with its sign."""
        if self.is_static:
            return 0.0, 0.0
        c = math.cos(self.lane_heading[t])
        return float(self.speed[t]) * c, float(self.acceleration[t]) * c


def headway(ego: CrimeVehicle, other: CrimeVehicle, t: int) -> float:
    """HW [m]: along the ego's lane from its front to the other's rear; inf in another lane or behind."""
    if ego.lanes[t] is not other.lanes[t]:
        return math.inf
    points = np.stack([ego.xy[t] + 0.5 * ego.length, other.xy[t] - 0.5 * other.length])
    s, _ = project(ego.lanes[t], points)
    return round(float(s[1] - s[0]), 2) if s[1] >= s[0] else math.inf


def time_to_collision(ego: CrimeVehicle, other: CrimeVehicle, t: int) -> float:
    """TTC [s] along the lane with constant accelerations.

    The ego's speed and acceleration get their own sign back after the cosine, the other's do not, and the
    other's acceleration is an amount: on lanes that run backwards in the map's frame the two seem to meet.
    """
    gap = headway(ego, other, t)
    if math.isinf(gap):
        return math.inf
    (v, a), (u, b) = ego.along(t), other.along(t)
    v, a = math.copysign(v, ego.speed[t]), math.copysign(a, ego.acceleration[t])
    b = b if other.acceleration[t] >= 0.0 else -b
    speed, rate = u - v, b - a
    if abs(rate) <= SAME:
        return round(-gap / speed, 2) if speed < 0.0 else math.inf
    inside = speed * speed - 2.0 * gap * rate
    return math.inf if inside < 0.0 else round((-speed - math.sqrt(inside)) / rate, 2)


def along_required(ego: CrimeVehicle, other: CrimeVehicle, t: int) -> float:
    """ALongReq [m/s^2], at most 0; always 0 on a lane whose heading is exactly 0, which counts as missing."""
    gap = headway(ego, other, t)
    if math.isinf(gap) or ego.lane_heading[t] == 0.0:
        return 0.0
    (v, _), (u, b) = ego.along(t), other.along(t)
    return min(b - (u - v) ** 2 / (2.0 * gap), 0.0)


def brake_threat(required: float) -> float:
    """BTN: the required deceleration as a share of the largest one."""
    return -required / ALONG_MAX


def stopping_distance(ego: CrimeVehicle, t: int) -> float:
    """MSD [m]: the least distance to stop within."""
    return ego.along(t)[0] ** 2 / (2.0 * ALONG_MAX)


def deceleration_to_safety(ego: CrimeVehicle, other: CrimeVehicle, t: int) -> float:
    """DST [m/s^2], the deceleration that leaves a headway of 2 s; also where nobody closes in.

    Here the cosine is that of the vehicles' own headings. Source: Hupfer 1997 as cited there.
    """
    gap = headway(ego, other, t)
    if math.isinf(gap):
        return 0.0
    v, u = ((0.0 if w.is_static else float(w.speed[t]) * math.cos(w.heading[t])) for w in (ego, other))
    return 3.0 * (v - u) ** 2 / (2.0 * (gap - u * SAFETY_TIME))


def exposed(ttc: Float[Array, "t"], dt: float) -> tuple[float, float]:
    """TET [s] and TIT [s^2] of times to collision over the steps, with the threshold of 2 s.

    The last step is left out.
    """
    times = np.asarray(ttc)[:-1]
    low = times <= EXPOSED
    return float(low.sum()) * dt, float((EXPOSED - times[low]).sum()) * dt


def headway_time(ego: CrimeVehicle, other: CrimeVehicle, t: int, dt: float) -> float:
    """THW [s]: whole steps until the ego's centre has gone as far as HW is long; inf if it never has."""
    if math.isinf(headway(ego, other, t)):
        return math.inf
    lane = ego.lanes[t]
    rear = other.xy[t] - 0.5 * other.length * np.array(
        [math.cos(other.heading[t]), math.sin(other.heading[t])]
    )
    ahead = np.stack([np.cos(ego.heading[t:]), np.sin(ego.heading[t:])], axis=1)
    front = project(lane, ego.xy[t:] + 0.5 * ego.length * ahead)[0]
    passed = np.flatnonzero(front >= project(lane, rear)[0] - 1e-9)
    return float(passed[0]) * dt if len(passed) else math.inf


def worst_case_time(ego: CrimeVehicle, other: CrimeVehicle, t: int) -> float:
    """WTTC [s]: until a circle around the other, grown by both largest accelerations, reaches the ego.

    Source: Wachenfeld et al., IEEE IV 2016; the first positive real root.
    """
    reach = 0.5 * other.length  # one circle only, that fits the values best; a second would be expected
    total = 0.5 * ALONG_MAX * (1.0 if other.is_static else 2.0)
    away = other.xy[t] - ego.xy[t]
    closing = other.velocity(t) - ego.velocity(t)
    terms = [
        total**2, 0.0, 2.0 * total * reach - float(closing @ closing), -2.0 * float(away @ closing),
        reach**2 - float(away @ away),
    ]  # fmt: skip
    roots = np.roots(terms)
    real = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 0.0)]
    return float(real[0]) if len(real) else math.inf


def closest(ego: CrimeVehicle, other: CrimeVehicle, t: int, dt: float) -> tuple[float, float]:
    """DCE [m] and TTCE [s]: the least distance of the boxes from step t on, the last step left out."""
    last = len(ego.xy) - 1
    rows = [
        np.column_stack(
            [v.xy[t:last], v.heading[t:last], np.full(last - t, v.length), np.full(last - t, v.width)]
        )
        for v in (ego, other)
    ]
    apart = gaps(np.concatenate(rows, axis=1))
    first = int(np.argmin(apart))
    return float(apart[first]), first * dt
