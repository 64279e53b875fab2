"""Planned poses, evenly spaced in time: angles made continuous, poses and profiles between the points."""

from __future__ import annotations

import math

from simeval.arrays import Array
from simeval.kernel import kernel

__all__ = ["pose_at", "principal_angle", "profile_at", "resample", "unwrap_headings"]


@kernel
def principal_angle(angle: float) -> float:
    """The same direction in [-pi, pi), as nuPlan rounds it."""
    return (angle + math.pi) % (2.0 * math.pi) - math.pi


@kernel
def unwrap_headings(poses: Array) -> None:
    """Makes the headings (column 2) continuous, in place: no step is larger than half a turn."""
    shift, before = 0.0, poses[0, 2]
    for k in range(1, len(poses)):
        raw = poses[k, 2]
        change = raw - before
        small = principal_angle(change)
        if small == -math.pi and change > 0.0:
            small = math.pi
        shift += small - change
        poses[k, 2], before = raw + shift, raw


@kernel
def _segment(count: int, spacing: float, time: float) -> tuple[int, float]:
    """The segment of a time and where in it; beyond the last point more than 1."""
    place = max(time, 0.0) / spacing
    k = min(int(place), count - 2)
    return k, place - k


@kernel
def pose_at(poses: Array, spacing: float, time: float) -> tuple[float, float, float]:
    """x, y, heading at a time since the first of [p, >= 3] continuous poses, `spacing` s apart.

    Linear between the points. Beyond the last point the last velocity and the last heading go on.
    """
    k, share = _segment(len(poses), spacing, time)
    x = poses[k, 0] + share * (poses[k + 1, 0] - poses[k, 0])
    y = poses[k, 1] + share * (poses[k + 1, 1] - poses[k, 1])
    turned = min(share, 1.0)
    return x, y, poses[k, 2] + turned * (poses[k + 1, 2] - poses[k, 2])


@kernel
def profile_at(profile: Array, spacing: float, time: float) -> float:
    """A profile at a time since its first value: linear, constant beyond both ends."""
    place = min(max(time / spacing, 0.0), len(profile) - 1.0)
    k = min(int(place), max(len(profile) - 2, 0))
    if len(profile) == 1:
        return float(profile[0])
    return float(profile[k] + (place - k) * (profile[k + 1] - profile[k]))


@kernel
def resample(poses: Array, spacing: float, step: float, samples: Array) -> None:
    """Fills [n, 3] samples, `step` s apart from the first of the continuous poses on."""
    for k in range(len(samples)):
        samples[k, 0], samples[k, 1], samples[k, 2] = pose_at(poses, spacing, k * step)
