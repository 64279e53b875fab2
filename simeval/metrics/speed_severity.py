"""Too fast: how much over the limit in all, and too fast for the curve of the route."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.geometry import arc_lengths
from simeval.metrics.episode import Episode
from simeval.metrics.extremes import largest
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.metrics.shared import shared
from simeval.metrics.speed import UNKNOWN

__all__ = ["curvature_of_route", "max_curve_accel", "overspeed_integral", "route_curvature"]

WINDOW = 5.0  # [m] to both sides: corners of a reference line are not curves
NEAR = 3.0  # [m] farther from the route its curve says nothing about the ego


@metric("overspeed_integral_m", unit="m", better="lower")
def overspeed_integral(episode: Episode) -> Reading:
    """Way driven beyond what the limit allows: the excess of speed, summed over time."""
    over = episode.ego_motion.speed - episode.speed_limit
    if np.isnan(over).all():
        return undefined(UNKNOWN)
    excess = np.nan_to_num(np.maximum(over, 0.0))
    return Reading(float(excess.sum()) * episode.dt, step=int(np.argmax(excess)) if excess.any() else None)


def route_curvature(xy: Float[Array, "n 2"], at: Float[Array, "k"]) -> Float[Array, "k"]:
    """Curvature of a line at arc lengths, by the circle through points 5 m behind, there, 5 m ahead [1/m].

    At the ends of the line the three points move inwards.
    """
    s = arc_lengths(xy)
    middle = np.clip(at, min(WINDOW, 0.5 * s[-1]), max(s[-1] - WINDOW, 0.5 * s[-1]))
    a, b, c = (
        np.stack([np.interp(middle + shift, s, xy[:, k]) for k in range(2)], axis=1)
        for shift in (-WINDOW, 0.0, WINDOW)
    )
    u, v, w = b - a, c - b, c - a
    double_area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    sides = np.sqrt((u**2).sum(1) * (v**2).sum(1) * (w**2).sum(1))
    return np.where(sides > 0.0, 2.0 * double_area / np.where(sides > 0.0, sides, 1.0), 0.0)


@shared
def curvature_of_route(episode: Episode) -> Float[Array, "t"] | None:
    """Curvature of the route where the ego is on it at each step [1/m]; None without a route."""
    route = episode.scenario.route
    if route is None or len(route.xy) < 2 or np.isnan(episode.route_s).all():
        return None
    return route_curvature(np.asarray(route.xy, dtype=np.float64), episode.route_s)


@metric("max_curve_accel_mps2", unit="m/s^2", better="lower")
def max_curve_accel(episode: Episode) -> Reading:
    """Largest lateral acceleration that the ego's speed asks for in the curves of its route."""
    curvature = curvature_of_route(episode)
    if curvature is None:
        return undefined("the scenario has no route")
    asked = episode.ego_motion.speed**2 * np.abs(curvature)
    near = np.abs(episode.route_d) <= NEAR
    return largest(
        np.where(near, asked, np.nan), otherwise=f"the ego is never within {NEAR:g} m of its route"
    )
