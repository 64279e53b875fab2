"""Small things every reader needs: angles, ids, tidy polylines."""

from __future__ import annotations

import numpy as np

from simeval.arrays import Array

__all__ = ["counted", "tidy_line", "tidy_ring", "wrapped"]

COINCIDENT = 1e-6  # [m]; points closer than this are one


def counted(number: int, noun: str) -> str:
    """ "1 agent", "3 agents"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def wrapped(angle: Array) -> Array:
    """Angles in [-pi, pi]; those that are there already stay as they are, to the last bit."""
    inside = np.abs(angle) <= np.pi
    return np.where(inside, angle, np.remainder(angle + np.pi, 2.0 * np.pi) - np.pi)


def tidy_line(xy: Array) -> Array | None:
    """The line without repeated points [k, 2]; None when fewer than two different ones are left."""
    if len(xy) < 2:
        return None
    step = np.abs(np.diff(xy, axis=0)).max(axis=1)
    kept = xy[np.concatenate([[True], step > COINCIDENT])]
    return kept if len(kept) >= 2 else None


def tidy_ring(xy: Array) -> Array | None:
    """The polygon without repeated and closing points [k, 2]; None when fewer than three are left."""
    line = tidy_line(xy)
    if line is None:
        return None
    if np.abs(line[0] - line[-1]).max() <= COINCIDENT:
        line = line[:-1]
    return line if len(line) >= 3 else None
