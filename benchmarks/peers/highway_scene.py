"""The scene that several peers and simeval drive alike: a straight motorway full of followers.

Four lanes of 4 m, 48 vehicles 25 m apart in each lane's own rhythm, slower and faster ones mixed, 200 steps
of 0.1 s. This file needs nothing but Python.
"""

from __future__ import annotations

from typing import NamedTuple

LANES, LANE_WIDTH, LENGTH = 4, 4.0, 3000.0  # [m]
VEHICLES, SPACING = 48, 25.0  # [m]
CAR_LENGTH, CAR_WIDTH = 5.0, 2.0  # [m]
SPEED_LIMIT = 30.0  # [m/s]
DT, STEPS = 0.1, 200  # [s]


class Car(NamedTuple):
    """Where a car begins, and how fast it wants to go."""

    lane: int  # 0: leftmost
    s: float  # of its centre [m]
    speed: float  # [m/s]
    desired: float  # [m/s]


def cars() -> list[Car]:
    """All cars; every third one is slow, so that queues form."""
    made = []
    for k in range(VEHICLES):
        row, lane = divmod(k, LANES)
        desired = (28.0, 24.0, 18.0)[(row + lane) % 3]
        made.append(Car(lane, 60.0 + SPACING * row + 6.0 * lane, min(20.0, desired), desired))
    return made
