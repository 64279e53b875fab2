"""Closed forms for trailers: steady cornering, off-tracking, the angle of no return, and when bodies touch.

Plain functions, for parameter sets, checks and tests; the motion itself is in `simeval.vehicles.trailers`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.errors import UsageError
from simeval.kernel import kernel
from simeval.scenario.agents import Bodies
from simeval.vehicles.trailers import trailers_step

__all__ = [
    "articulation_limit", "couplings_of", "critical_hitch_angle", "drive_trailers", "steady_axle_radii",
    "steady_hitch_angle",
]  # fmt: skip


def couplings_of(bodies: Bodies, agent: int = 0) -> tuple[Float[Array, "n"], Float[Array, "n"]]:
    """Offset behind the axle before and wheelbase of each coupling of one agent [m], from the front."""
    own = np.flatnonzero(bodies.agent == agent)
    before, pulled = own[:-1], own[1:]
    offset = bodies.axle[before] - bodies.rear_hitch[before]
    return offset, bodies.front_hitch[pulled] - bodies.axle[pulled]


def steady_hitch_angle(curvature: float, offset: float, wheelbase: float) -> float:
    """Hitch angle [rad] at which a trailer follows a circle for ever; 0 of g' in `trailers`.

    Raises:
        UsageError: when the circle is tighter than the trailer can follow.
    """
    reach = wheelbase * curvature / math.sqrt(1.0 + (offset * curvature) ** 2)
    if abs(reach) > 1.0:
        raise UsageError(
            "steady_hitch_angle", f"no steady angle at curvature {curvature:g}: the trailer folds.",
            f"Stay below 1/{math.sqrt(max(wheelbase**2 - offset**2, 0.0)):.2f} m.",
        )  # fmt: skip
    return math.atan(offset * curvature) + math.asin(reach)


def steady_axle_radii(radius: float, offsets: Sequence[float], wheelbases: Sequence[float]) -> list[float]:
    """Radii of the circles of all axles [m], the first body's rear axle first.

    Each axle, coupling and centre make right triangles: R_i^2 = R_(i-1)^2 + offset^2 - wheelbase^2.
    """
    radii = [radius]
    for offset, wheelbase in zip(offsets, wheelbases, strict=True):
        square = radii[-1] ** 2 + offset**2 - wheelbase**2
        if square < 0.0:
            raise UsageError(
                "steady_axle_radii", f"a circle of {radius:g} m is tighter than trailers follow."
            )
        radii.append(math.sqrt(square))
    return radii


def critical_hitch_angle(max_curvature: float, offset: float, wheelbase: float) -> float:
    """Hitch angle [rad] from which a reversing vehicle cannot straighten up, whatever it steers.

    Full lock holds the angle of steady cornering at its curvature; beyond it the angle grows. Where full
    lock is tighter than the trailer can follow there is no such angle, and the result is half a turn: only
    touching bodies end it.
    """
    reach = wheelbase * max_curvature / math.sqrt(1.0 + (offset * max_curvature) ** 2)
    if reach > 1.0:
        return math.pi
    return steady_hitch_angle(max_curvature, offset, wheelbase)


def articulation_limit(
    cab_gap: float, cab_half_width: float, trailer_overhang: float, trailer_half_width: float
) -> float:
    """Hitch angle [rad] at which a semitrailer touches the cab.

    Seen from the kingpin, the cab's rear wall is `cab_gap` ahead and the trailer reaches
    `trailer_overhang` ahead of it. Either a front corner of the trailer swings into the wall, or, when the
    wall is out of its reach, a corner of the cab comes to rest against the side of the trailer.
    """
    swing = math.hypot(trailer_overhang, trailer_half_width)
    if swing >= cab_gap:
        return max(math.atan2(trailer_half_width, trailer_overhang) - math.acos(cab_gap / swing), 0.0)
    corner = math.hypot(cab_gap, cab_half_width)
    leaning = math.asin(min(trailer_half_width / corner, 1.0))
    return math.pi - leaning - math.atan2(cab_half_width, cab_gap)


@kernel
def _drive(
    hitch: Array, offset: Array, wheelbase: Array, limit: Array, motion: Array, jackknifed: Array
) -> None:
    for t in range(len(motion)):
        for k in range(hitch.shape[1]):
            hitch[t + 1, k] = hitch[t, k]
        jackknifed[t] = trailers_step(
            hitch[t + 1], offset, wheelbase, limit, 0, hitch.shape[1], motion[t, 0], motion[t, 1]
        )


def drive_trailers(
    hitch: Float[Array, "n"], offset: Float[Array, "n"], wheelbase: Float[Array, "n"],
    motion: Float[Array, "t 2"], limit: Float[Array, "n"] | None = None,
) -> tuple[Float[Array, "t_plus_1 n"], Float[Array, "t"]]:  # fmt: skip
    """Hitch angles [rad] of a chain while its first rear axle moves by (path [m], turn [rad]) in each step.

    Also the first coupling at its limit after each step, -1 for none; the limit is a half turn by default.
    """
    steps = np.ascontiguousarray(motion, dtype=np.float64)
    offset, wheelbase = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (offset, wheelbase))
    largest = np.full(len(offset), math.pi) if limit is None else np.asarray(limit, dtype=np.float64)
    if steps.ndim != 2 or steps.shape[1] != 2 or not len(offset) == len(wheelbase) == len(largest):
        raise UsageError("drive_trailers", "expected motion of shape [t, 2] and one value for each coupling.")
    if not (wheelbase > 0.0).all():
        raise UsageError("drive_trailers", "wheelbase: expected lengths > 0.")
    angles = np.empty((len(steps) + 1, len(offset)))
    angles[0] = hitch
    jackknifed = np.empty(len(steps), dtype=np.int64)
    _drive(angles, offset, wheelbase, largest, steps, jackknifed)
    return angles, jackknifed
