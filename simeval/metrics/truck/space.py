"""Whose space a long vehicle takes: neighbouring lanes and kerbs, with all its bodies and all their sides."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from simeval.arrays import Array
from simeval.metrics.episode import Episode
from simeval.metrics.extremes import largest
from simeval.metrics.lanes import lane_at_each_step, lane_lines
from simeval.metrics.records import Reading, undefined
from simeval.metrics.registry import metric
from simeval.scenario import Source

__all__ = ["max_kerb_encroachment", "max_lane_encroachment", "outline_points"]

SPACING = 0.5  # [m] of points along the sides: a kerb's corner is between the corners of a long body


def outline_points(episode: Episode, body: int) -> Float[Array, "t k 2"]:
    """Points around one body, its corners among them, at most 0.5 m apart [m]."""
    local, pose = _ring(*episode.bodies.half[body].tolist()), episode.bodies.pose[:, body, None]
    x = pose[..., 0] + local[:, 0] * pose[..., 2] - local[:, 1] * pose[..., 3]
    return np.stack([x, pose[..., 1] + local[:, 0] * pose[..., 3] + local[:, 1] * pose[..., 2]], axis=2)


@lru_cache(maxsize=64)
def _ring(a: float, b: float) -> Float[Array, "k 2"]:
    """Points around a box with these half sizes, ahead of and to the left of its centre [m]."""
    ring = np.array([[a, b], [-a, b], [-a, -b], [a, -b], [a, b]])
    parts = [
        np.linspace(p, q, math.ceil(float(np.hypot(*(q - p))) / SPACING), endpoint=False)
        for p, q in pairwise(ring)
    ]
    return np.concatenate(parts)


@metric("max_kerb_encroachment_m", unit="m", better="lower", on_request=True)
def max_kerb_encroachment(episode: Episode) -> Reading:
    """Largest distance of any point around the ego's bodies beyond the edge of the road."""
    boundary = episode.road.boundary
    if boundary is None:
        return undefined("the map does not say where the road is")
    own, worst = episode.bodies.of(episode.ego), np.full(episode.num_steps, -np.inf)
    for body in range(own.start, own.stop):
        points = outline_points(episode, body)
        distance = boundary.signed_distance(points.reshape(-1, 2)).reshape(points.shape[:2])
        worst = np.maximum(worst, distance.max(axis=1))
    note = "the road is inferred from lanes" if episode.road.source is Source.INFERRED else None
    return largest(worst, otherwise="", floor=0.0, note=note)


@metric("max_lane_encroachment_m", unit="m", better="lower", on_request=True)
def max_lane_encroachment(episode: Episode) -> Reading:
    """Largest distance of a body of the ego beyond a line of its own lane, outside junctions."""
    own, worst = episode.bodies.of(episode.ego), np.full(episode.num_steps, np.nan)
    for body in range(own.start, own.stop):
        worst = np.fmax(worst, _beyond_lane(episode, body))
    return largest(worst, otherwise="no body of the ego is in a lane whose lines are known", floor=0.0)


def _beyond_lane(episode: Episode, body: int) -> Float[Array, "t"]:
    """How far a body reaches over the lines of the lane that its own centre is in; NaN where unknown."""
    lanes, tracks = episode.scenario.map.lanes, episode.bodies
    out = np.full(episode.num_steps, np.nan)
    own = lane_at_each_step(
        episode.scenario.map, episode.route_lanes, tracks.pose[:, body, :2], tracks.heading(body)
    )
    points, lines = outline_points(episode, body), lane_lines(episode.scenario.map)
    for lane in np.unique(own[own >= 0]).tolist():
        if lanes.is_connector[lane] or len(lanes.left[lane]) < 2 or len(lanes.right[lane]) < 2:
            continue
        at = np.flatnonzero(own == lane)
        for line, sign in ((lines.line("left", lane), 1.0), (lines.line("right", lane), -1.0)):
            s, d = line.project(points[at].reshape(-1, 2))
            beside = (s > 0.0) & (s < line.s[-1])
            over = np.where(beside, sign * d, -np.inf).reshape(len(at), -1).max(axis=1)
            out[at] = np.fmax(out[at], over)
    return out
