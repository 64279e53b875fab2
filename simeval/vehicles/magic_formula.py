"""The magic formula for tyre forces without camber, as the CommonRoad models use it.

Source: Pacejka, Tyre and Vehicle Dynamics, 2nd ed., 4.3.2 (steady state, combined slip), simplified by
Althoff & Würsching, CommonRoad: Vehicle Models, TU Munich (2020). As in that implementation the
vertical shift of the longitudinal force is added inside the sine, and signs follow its slip: positive
longitudinal slip brakes.
"""

from __future__ import annotations

import math

from simeval.kernel import kernel
from simeval.vehicles.commonroad_parameters import Tyre

__all__ = ["tyre_force"]


@kernel
def _bent(steep: float, curved: float, slip: float) -> float:
    """The argument of the arctangent: B s - E (B s - atan(B s))."""
    return steep * slip - curved * (steep * slip - math.atan(steep * slip))


@kernel
def _pure_along(slip: float, load: float, t: Tyre) -> float:
    peak = t.p_dx1 * load
    steep = load * t.p_kx1 / (t.p_cx1 * peak)
    shape = t.p_cx1 * math.atan(_bent(steep, t.p_ex1, -slip + t.p_hx1))
    return peak * math.sin(shape + load * t.p_vx1)


@kernel
def _pure_across(angle: float, load: float, t: Tyre) -> float:
    peak = t.p_dy1 * load
    steep = load * t.p_ky1 / (t.p_cy1 * peak)
    return peak * math.sin(t.p_cy1 * math.atan(_bent(steep, t.p_ey1, angle)))


@kernel
def _combined_along(slip: float, angle: float, pure: float, t: Tyre) -> float:
    steep = t.r_bx1 * math.cos(math.atan(t.r_bx2 * slip))
    least = pure / math.cos(t.r_cx1 * math.atan(_bent(steep, t.r_ex1, t.r_hx1)))
    return least * math.cos(t.r_cx1 * math.atan(_bent(steep, t.r_ex1, angle + t.r_hx1)))


@kernel
def _combined_across(slip: float, angle: float, load: float, pure: float, t: Tyre) -> float:
    steep = t.r_by1 * math.cos(math.atan(t.r_by2 * (angle - t.r_by3)))
    least = pure / math.cos(t.r_cy1 * math.atan(_bent(steep, t.r_ey1, t.r_hy1)))
    pushed = t.p_dy1 * load * t.r_vy1 * math.cos(math.atan(t.r_vy4 * angle))
    shift = pushed * math.sin(t.r_vy5 * math.atan(t.r_vy6 * slip))
    return least * math.cos(t.r_cy1 * math.atan(_bent(steep, t.r_ey1, slip + t.r_hy1))) + shift


@kernel
def tyre_force(slip: float, angle: float, load: float, t: Tyre) -> tuple[float, float]:
    """Force along and across the wheel [N].

    Args:
        slip: 1 - circumference speed / speed over ground; positive when braking.
        angle: from the wheel's plane to its velocity [rad].
        load: vertical [N].
        t: coefficients.
    """
    along = _combined_along(slip, angle, _pure_along(slip, load, t), t)
    across = _combined_across(slip, angle, load, _pure_across(angle, load, t), t)
    return along, across
