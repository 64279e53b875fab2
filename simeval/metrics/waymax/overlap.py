"""Overlap as Waymax counts it: boxes that merely touch do not overlap."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float

from simeval.arrays import Array
from simeval.kernel import kernel
from simeval.metrics.poses import BodyTracks

__all__ = ["ego_overlap", "overlap_between", "overlaps", "pair_overlaps"]


@kernel
def overlap_between(
    dx: float, dy: float,
    c1: float, s1: float, a1: float, b1: float, c2: float, s2: float, a2: float, b2: float,
) -> bool:  # fmt: skip
    """Whether the insides of two boxes share a point; box 2 lies (dx, dy) from box 1, a and b are halves."""
    c = math.fabs(c1 * c2 + s1 * s2)
    s = math.fabs(c1 * s2 - s1 * c2)
    return (
        math.fabs(dx * c1 + dy * s1) < a1 + (a2 * c + b2 * s)
        and math.fabs(dy * c1 - dx * s1) < b1 + (a2 * s + b2 * c)
        and math.fabs(dx * c2 + dy * s2) < a2 + (a1 * c + b1 * s)
        and math.fabs(dy * c2 - dx * s2) < b2 + (a1 * s + b1 * c)
    )


@kernel
def _boxes_overlap(p: Array, q: Array) -> bool:
    return overlap_between(
        q[0] - p[0], q[1] - p[1],
        math.cos(p[4]), math.sin(p[4]), 0.5 * p[2], 0.5 * p[3],
        math.cos(q[4]), math.sin(q[4]), 0.5 * q[2], 0.5 * q[3],
    )  # fmt: skip


@kernel
def _pairs(one: Array, two: Array, out: Array) -> None:
    for i in range(len(out)):
        out[i] = _boxes_overlap(one[i], two[i])


@kernel
def _scene(boxes: Array, valid: Array, out: Array) -> None:
    for i in range(len(boxes)):
        for j in range(len(boxes)):
            if i != j and valid[j] and _boxes_overlap(boxes[i], boxes[j]):
                out[i] = True


def pair_overlaps(one: Float[Array, "n 5"], two: Float[Array, "n 5"]) -> Bool[Array, "n"]:
    """Whether each pair of boxes (x, y, length, width, heading) overlaps by more than touching."""
    out = np.zeros(len(one), dtype=np.bool_)
    _pairs(np.ascontiguousarray(one, np.float64), np.ascontiguousarray(two, np.float64), out)
    return out


def overlaps(boxes: Float[Array, "n 5"], valid: Bool[Array, "n"]) -> Bool[Array, "n"]:
    """For each box whether it overlaps another one that is valid.

    As in Waymax a box that is not valid itself still gets an answer; its caller masks it.
    """
    out = np.zeros(len(boxes), dtype=np.bool_)
    _scene(np.ascontiguousarray(boxes, np.float64), np.ascontiguousarray(valid, np.bool_), out)
    return out


@kernel
def _of_ego(pose: Array, valid: Array, half: Array, first: int, last: int, out: Array) -> None:
    for t in range(len(pose)):
        out[t] = -1
        for j in range(len(half)):
            if first <= j < last or not valid[t, j] or out[t] >= 0:
                continue
            q = pose[t, j]
            for i in range(first, last):
                p = pose[t, i]
                if overlap_between(
                    q[0] - p[0], q[1] - p[1], p[2], p[3], half[i, 0], half[i, 1],
                    q[2], q[3], half[j, 0], half[j, 1],
                ):  # fmt: skip
                    out[t] = j


def ego_overlap(tracks: BodyTracks, ego: int) -> tuple[Bool[Array, "t"], Array]:
    """At each step whether the ego overlaps another body that is there, and the agent it is of (or -1)."""
    own = tracks.of(ego)
    body = np.zeros(len(tracks.pose), dtype=np.int64)
    _of_ego(tracks.pose, tracks.valid, tracks.half, own.start, own.stop, body)
    return body >= 0, np.where(body >= 0, tracks.agent[body], -1)
