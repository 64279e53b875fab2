"""What highway-env does when two vehicles meet: both are crashed, and pushed apart."""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.traffic.highway_env_idm import Vehicles

__all__ = ["HALF_LENGTH", "highway_contacts"]

HALF_LENGTH, HALF_WIDTH = 2.5, 1.0  # of every vehicle [m]
DIAGONAL = 2.0 * math.sqrt(HALF_LENGTH * HALF_LENGTH + HALF_WIDTH * HALF_WIDTH)


@kernel
def _spacing(low: float, high: float, other_low: float, other_high: float) -> float:
    """Distance of two intervals, negative when they overlap; one inside the other counts from its side."""
    return other_low - high if low < other_low else low - other_high


@kernel
def _extent(heading: float, nx: float, ny: float) -> float:
    """Half the length of a vehicle's shadow on an axis [m]."""
    along = math.fabs(math.cos(heading) * nx + math.sin(heading) * ny)
    across = math.fabs(math.cos(heading) * ny - math.sin(heading) * nx)
    return HALF_LENGTH * along + HALF_WIDTH * across


@kernel
def _meeting(
    dx: float, dy: float, heading: float, other_heading: float, move_x: float, move_y: float
) -> tuple[bool, bool, float, float]:
    """(touch now, touch within the step, push on the first one) of two vehicles.

    (dx, dy) leads from the first to the second, (move_x, move_y) is how far the first one moves against
    the second in a step. Separating axes, each in both directions, as the peer has them: an interval inside
    another gives two different depths. The push is along the axis of least depth, away from the second.
    """
    touches, meets, least, push_x, push_y = True, True, math.inf, 0.0, 0.0
    nx, ny = 0.0, 0.0
    for k in range(8):
        if k % 4 == 0:
            angle = heading if k == 0 else other_heading
            nx, ny = -math.cos(angle), -math.sin(angle)
        else:  # back, left, front, right: the peer's order, which decides between equal depths
            nx, ny = ny, -nx
        half, other = _extent(heading, nx, ny), _extent(other_heading, nx, ny)
        centre, move = dx * nx + dy * ny, move_x * nx + move_y * ny
        if _spacing(-half, half, centre - other, centre + other) > 0.0:
            touches = False
        gap = _spacing(-half + min(move, 0.0), half + max(move, 0.0), centre - other, centre + other)
        if gap > 0.0:
            meets = False
        if not touches and not meets:
            return False, False, 0.0, 0.0
        if math.fabs(gap) < least:
            least = math.fabs(gap)
            away = least if centre < 0.0 else -least
            push_x, push_y = away * nx, away * ny
    return touches, meets, push_x, push_y


@kernel
def highway_contacts(vehicles: Vehicles, dt: float) -> None:
    """Marks vehicles that touch as crashed, and gives those that touch or are about to half a push each.

    The push moves and crashes a vehicle in its next step; of several the last one counts, as in the peer.
    """
    for i in range(len(vehicles)):
        me = vehicles[i]
        for j in range(i + 1, len(vehicles)):
            it = vehicles[j]
            dx, dy = it.x - me.x, it.y - me.y
            if math.sqrt(dx * dx + dy * dy) > DIAGONAL + me.speed * dt:
                continue
            move_x = (me.speed * math.cos(me.heading) - it.speed * math.cos(it.heading)) * dt
            move_y = (me.speed * math.sin(me.heading) - it.speed * math.sin(it.heading)) * dt
            touches, meets, push_x, push_y = _meeting(dx, dy, me.heading, it.heading, move_x, move_y)
            if meets:
                me.pushed, me.push_x, me.push_y = 1, 0.5 * push_x, 0.5 * push_y
                it.pushed, it.push_x, it.push_y = 1, -0.5 * push_x, -0.5 * push_y
            if touches:
                me.crashed, it.crashed = 1, 1
