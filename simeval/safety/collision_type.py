"""What sort of collision a first contact is, seen from the ego, and what that says about fault.

Source: the closed-loop score of nuPlan (motional/nuplan-devkit, no_ego_at_fault_collisions). We differ in
one thing: the angle is computed without arccos, which gives NaN for an object exactly ahead or behind;
`nuplan_relative_angle` keeps that form for comparison.
"""

from __future__ import annotations

import math
from enum import IntEnum, StrEnum

import numpy as np
from jaxtyping import Float, Int

from simeval.arrays import Array
from simeval.geometry.boxes import touch_between
from simeval.kernel import kernel

__all__ = [
    "CollisionType", "Fault", "collision_types", "delta_v", "fault_of", "is_behind", "nuplan_relative_angle",
]  # fmt: skip

STOPPED_SPEED = 0.05  # [m/s] at or below it a road user stands
BEHIND_ANGLE = math.radians(150.0)  # seen from the ego's rear axle; beyond it an object is behind
_MASS = 2000.0  # [kg] nuPlan gives both sides the same mass


class CollisionType(IntEnum):
    """nuPlan's five types; the first that fits counts."""

    STOPPED_EGO = 1
    STOPPED_TRACK = 2
    ACTIVE_REAR = 3
    ACTIVE_FRONT = 4
    ACTIVE_LATERAL = 5


class Fault(StrEnum):
    """Whether the ego is to blame; `UNKNOWN` where the map cannot tell."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@kernel
def is_behind(rear_x: float, rear_y: float, cos: float, sin: float, x: float, y: float) -> bool:
    """Whether (x, y) lies more than 150 degrees off the direction (cos, sin), seen from the rear axle."""
    dx, dy = x - rear_x, y - rear_y
    return math.fabs(math.atan2(cos * dy - sin * dx, cos * dx + sin * dy)) > BEHIND_ANGLE


@kernel
def collision_type(ego: Array, other: Array) -> int:
    """`CollisionType` of one pair; columns as in `collision_types`."""
    if math.fabs(ego[6]) <= STOPPED_SPEED:
        return 1
    if other[6] == 0.0 or math.fabs(other[5]) <= STOPPED_SPEED:
        return 2
    c, s = math.cos(ego[2]), math.sin(ego[2])
    if is_behind(ego[0] + ego[5] * c, ego[1] + ego[5] * s, c, s, other[0], other[1]):
        return 3
    # The front edge is a box without length: the same separating axes decide.
    front_x, front_y = ego[0] + 0.5 * ego[3] * c, ego[1] + 0.5 * ego[3] * s
    hit = touch_between(
        other[0] - front_x, other[1] - front_y, c, s, 0.0, 0.5 * ego[4],
        math.cos(other[2]), math.sin(other[2]), 0.5 * other[3], 0.5 * other[4],
    )  # fmt: skip
    return 4 if hit else 5


@kernel
def _types_of(ego: Array, other: Array, out: Array) -> None:
    for i in range(len(out)):
        out[i] = collision_type(ego[i], other[i])


def collision_types(ego: Float[Array, "n 7"], other: Float[Array, "n 7"]) -> Int[Array, "n"]:
    """`CollisionType` of each contact, from the states at its first step.

    Args:
        ego: centre x, y [m], heading [rad], length, width [m], rear axle along the heading from the
            centre [m], speed of the rear axle [m/s].
        other: centre x, y [m], heading [rad], length, width [m], speed [m/s], 1 for a road user that can
            move and 0 for an object, which always counts as stopped.
    """
    out = np.zeros(len(ego), dtype=np.int64)
    _types_of(np.ascontiguousarray(ego, np.float64), np.ascontiguousarray(other, np.float64), out)
    return out


def fault_of(kind: CollisionType, leaves_lane: bool | None) -> Fault:
    """The fault rule: hitting what stands or with the front is; being hit standing or from behind is not.

    A lateral contact is the ego's fault only where it is in more than one lane or off all lanes;
    `leaves_lane` None says that the map cannot tell.
    """
    if kind in (CollisionType.STOPPED_TRACK, CollisionType.ACTIVE_FRONT):
        return Fault.YES
    if kind in (CollisionType.STOPPED_EGO, CollisionType.ACTIVE_REAR):
        return Fault.NO
    if leaves_lane is None:
        return Fault.UNKNOWN
    return Fault.YES if leaves_lane else Fault.NO


def delta_v(speed: float, heading: float, other_speed: float, other_heading: float) -> float:
    """Change of the ego's speed in a collision of equal masses that stay together [m/s], as nuPlan has it."""
    share = _MASS / (_MASS + _MASS)
    cross = 2.0 * speed * other_speed * math.cos(heading - other_heading)
    return share * math.sqrt(max(0.0, speed**2 + other_speed**2 - cross))


def nuplan_relative_angle(heading: float, rear: Float[Array, "2"], xy: Float[Array, "2"]) -> float:
    """Angle from the ego's heading to `xy` [rad] in nuPlan's form, to compare with nuPlan only.

    arccos of a dot product that is not clamped: for an object exactly ahead or behind rounding can push it
    beyond 1, the angle is NaN, and the object is then neither ahead nor behind.
    """
    away = np.asarray(xy, dtype=np.float64) - np.asarray(rear, dtype=np.float64)
    distance = math.sqrt(away.dot(away))
    if distance == 0.0:
        return math.nan
    cosine = np.array([np.cos(heading), np.sin(heading)]).dot(away / distance)
    return float(np.arccos(cosine)) if abs(cosine) <= 1.0 else math.nan
