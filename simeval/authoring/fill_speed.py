"""How fast a vehicle of the traffic may be at the start."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simeval.authoring.actors import Actor
from simeval.authoring.fill_way import Way
from simeval.authoring.vehicles import Vehicle
from simeval.geometry import project

__all__ = ["safe_speed"]

BRAKING = 1.5  # [m/s^2] that suffices for whatever stands ahead
BESIDE = 2.0  # [m] centres this near to the line are in the way
SIGHT = 150.0  # [m]
STANDOFF = 3.0  # [m] kept from what stands ahead


def safe_speed(way: Way, s: float, vehicle: Vehicle, others: Sequence[Actor], wanted: float) -> float:
    """The wanted speed, or what lets one stop calmly behind the next body and before the next conflict."""
    free = SIGHT
    for begin in way.conflicts:
        if begin > s + vehicle.front:
            free = min(free, begin - s - vehicle.front - STANDOFF)
    near = [a for a in others if np.abs(a.xy - way.at(s)[0]).max() < SIGHT]
    if near:
        at, off = project(way.line, np.array([a.xy for a in near]))
        for a, there, aside in zip(near, at, off, strict=True):
            if abs(aside) < BESIDE and there > s + 1e-6:
                free = min(free, there - s - vehicle.front - a.vehicle.tail - STANDOFF)
    return min(wanted, way.cap(s), math.sqrt(2.0 * BRAKING * max(free, 0.0)))
