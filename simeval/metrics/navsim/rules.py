"""NAVSIM's driving direction, lane keeping and progress of a simulated plan.

Source: autonomousvision/navsim 0a380a9, scoring/pdm_scorer.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.geometry import project
from simeval.metrics.navsim.simulation import STEP
from simeval.metrics.nuplan.direction import WINDOW, windowed
from simeval.metrics.nuplan.ego import NuplanEgo

__all__ = ["LONG", "longest_beside", "normalised_progress", "raw_progress", "way_off_route"]

OFFSET, LONG = 0.5, 2.0  # [m], [s] so far beside the centre line for so long is not keeping the lane
LEAST_PROGRESS = 5.0  # [m] if nobody gets farther, all have made full progress


def way_off_route(ego: NuplanEgo, off_route: Bool[Array, "t"]) -> Float[Array, "t"]:
    """Way within each second while the centre is off the route [m]; in intersections it is not off it.

    It counts in either direction: leaving the route is the wrong way, and driving against a lane of the
    route is not.
    """
    way = np.zeros(ego.num_steps)
    way[1:] = np.hypot(*np.diff(ego.xy, axis=0).T)
    return windowed(np.where(off_route, way, 0.0), WINDOW / round(WINDOW / STEP))


def longest_beside(offset: Float[Array, "t"], crossing: Bool[Array, "t"]) -> tuple[int, int | None]:
    """Most steps in a row with the centre more than 0.5 m beside the line, and the last of them.

    Steps in an intersection are skipped: they neither count nor break the row. NAVSIM asks for less than 2 s.
    """
    row, longest, last = 0, 0, None
    for step in np.flatnonzero(~crossing).tolist():
        row = row + 1 if abs(offset[step]) > OFFSET else 0
        if row > longest:
            longest, last = row, step
    return longest, last


def raw_progress(ego: NuplanEgo, line: Float[Array, "_ 2"]) -> float:
    """Way along the route's centre line from the first step to the last, at least 0 [m]."""
    (start, end), _ = project(line, ego.xy[[0, -1]])
    return max(0.0, float(end - start))


def normalised_progress(raw: Sequence[float], factors: Sequence[float]) -> list[float]:
    """Share of the farthest in a batch of plans, one of which is the reference planner's.

    The farthest is that of progress times factors, the share is of the progress itself: a plan that hits
    somebody can have a share of 1. If nobody gets farther than 5 m all have 1, who stands or crashes as well.
    """
    best = max(r * f for r, f in zip(raw, factors, strict=True))
    if best <= LEAST_PROGRESS:
        return [1.0] * len(raw)
    return [min(1.0, max(0.0, r / best)) for r in raw]
