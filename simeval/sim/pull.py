"""What a vehicle pulls follows it: hitch angles from the motion of its first rear axle."""

from __future__ import annotations

import math

from simeval.geometry.angles import wrap_angle
from simeval.kernel import kernel
from simeval.sim.tables import BodyTable, Row
from simeval.vehicles.trailers import trailers_step

__all__ = ["pull"]


@kernel
def pull(it: Row, me: Row, bodies: BodyTable, a: int, x: float, y: float, heading: float) -> None:
    """Moves the trailers of agent `a`, whose centre was at x, y, heading before the step.

    The rear axle's path is the arc over the chord between both places, along the mean heading.
    """
    turn = wrap_angle(me.heading - heading)
    half = 0.5 * turn
    c, s = math.cos(heading + half), math.sin(heading + half)
    dx = me.x - x + it.axle * (math.cos(me.heading) - math.cos(heading))
    dy = me.y - y + it.axle * (math.sin(me.heading) - math.sin(heading))
    chord = dx * c + dy * s
    distance = chord * half / math.sin(half) if math.fabs(half) > 1e-9 else chord
    coupling = trailers_step(
        bodies.hitch, bodies.offset, bodies.wheelbase, bodies.limit, it.body0 - a, it.body1 - a - 1,
        distance, turn,
    )  # fmt: skip
    me.folded = 1 if coupling >= 0 else 0
