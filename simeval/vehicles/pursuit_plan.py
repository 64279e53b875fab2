"""Pure pursuit of a trajectory: steer for a point ahead on it, keep up with its times.

It needs poses alone, no headings, and looks at where the vehicle is, not at where its plan began. The point
that is led is the rear axle; of a combination that of the tractor: trailers follow as they may.
"""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.vehicles.plans import pose_at
from simeval.vehicles.pursuit import lookahead_distance, pursuit_steering

__all__ = ["pursuit_command"]

WINDOW = 2.0  # [s] the vehicle is looked for within so much of its plan: a plan may cross itself
SETTLING = 0.7  # [s] time constant in which it catches up with its plan
LONG_WHEELBASE = 1.5  # the point lies at least so many wheelbases ahead, or long vehicles swing
STANDS = 1e-6  # [m] points nearer than this are one


@kernel
def _length(poses: Array, k: int) -> float:
    dx, dy = poses[k + 1, 0] - poses[k, 0], poses[k + 1, 1] - poses[k, 1]
    return math.sqrt(dx * dx + dy * dy)


@kernel
def _nearest(poses: Array, first: int, last: int, x: float, y: float) -> tuple[int, float]:
    """The segment in `first:last` that is nearest, and the distance along it [m]; the last of all goes on."""
    best, segment, along = math.inf, first, 0.0
    for k in range(first, last):
        length = _length(poses, k)
        dx, dy, at = x - poses[k, 0], y - poses[k, 1], 0.0
        if length > STANDS:
            ux, uy = (poses[k + 1, 0] - poses[k, 0]) / length, (poses[k + 1, 1] - poses[k, 1]) / length
            at = max(dx * ux + dy * uy, 0.0)
            if k < len(poses) - 2:
                at = min(at, length)
            dx, dy = dx - at * ux, dy - at * uy
        gap = dx * dx + dy * dy
        if gap < best:
            best, segment, along = gap, k, at
    return segment, along


@kernel
def _point_ahead(poses: Array, k: int, along: float, ahead: float) -> tuple[float, float]:
    """The point so far on from a place on segment k; beyond the end straight on."""
    ux, uy = math.cos(poses[k, 2]), math.sin(poses[k, 2])
    at, length = along + ahead, 0.0
    for j in range(k, len(poses) - 1):
        if j > k:
            at -= length
        length, k = _length(poses, j), j
        if length > STANDS:
            ux, uy = (poses[j + 1, 0] - poses[j, 0]) / length, (poses[j + 1, 1] - poses[j, 1]) / length
        if at <= length:
            break
    return poses[k, 0] + at * ux, poses[k, 1] + at * uy


@kernel
def pursuit_command(
    x: float, y: float, heading: float, speed: float, wheelbase: float,
    poses: Array, spacing: float, time: float,
) -> tuple[float, float]:  # fmt: skip
    """Acceleration [m/s^2] and road-wheel angle [rad] that lead a rear axle along its plan.

    Steering is pure pursuit (see `pursuit_steering`) of the point `lookahead_distance` beyond the place of
    the plan that is nearest. The acceleration is that of a critically damped spring between the vehicle and
    where the plan wants it now, both measured along the plan: 2 / T * (speed planned T / 2 from now -
    speed) + (distance behind) / T^2. A plan of constant acceleration is so followed without lasting error.

    Args:
        x, y, heading, speed: of the rear axle; speed is negative in reverse.
        wheelbase: [m].
        poses: [p, 3], continuous, of the rear axle, `spacing` s apart.
        time: since the first of them [s].
    """
    count = len(poses)
    here = min(int(time / spacing), count - 2)
    reach = int(math.ceil(WINDOW / spacing))
    k, along = _nearest(poses, max(0, here - reach), min(count - 1, here + reach + 1), x, y)
    behind = -along
    for j in range(min(k, here), max(k, here)):
        behind += _length(poses, j) if here > k else -_length(poses, j)
    behind += (time - here * spacing) / spacing * _length(poses, here)
    soon = min(int((time + 0.5 * SETTLING) / spacing), count - 2)
    ax, ay, _ = pose_at(poses, spacing, soon * spacing)
    bx, by, _ = pose_at(poses, spacing, (soon + 1) * spacing)
    way = 1.0 if (bx - ax) * math.cos(heading) + (by - ay) * math.sin(heading) >= 0.0 else -1.0
    wanted = _length(poses, soon) / spacing
    acceleration = way * (2.0 / SETTLING * (wanted - way * speed) + behind / (SETTLING * SETTLING))
    ahead = max(lookahead_distance(speed), LONG_WHEELBASE * wheelbase)
    tx, ty = _point_ahead(poses, k, along, ahead)
    return acceleration, pursuit_steering(x, y, heading, tx, ty, wheelbase)
