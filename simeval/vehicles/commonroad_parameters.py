"""Parameters of the CommonRoad vehicle models, and the three cars and the truck they are given for.

Source: Althoff & Würsching, CommonRoad: Vehicle Models, TU Munich (2020), with the values of release
3.0.2 of commonroad-vehicle-models, whose numbers they carry (1 to 4). The tyre is one set for all of them.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BMW_320I", "FORD_ESCORT", "TRUCK_WITH_TRAILER", "VW_VANAGON", "CommonRoadVehicle", "Tyre"]


class Tyre(NamedTuple):
    """Coefficients of the magic formula without camber, by their names in Pacejka, Tyre and Vehicle
    Dynamics (2nd ed., 4.3): p for pure slip, r for the loss by combined slip, x along, y across."""

    p_cx1: float = 1.6411
    p_dx1: float = 1.1739
    p_ex1: float = 0.46403
    p_kx1: float = 22.303
    p_hx1: float = 0.0012297
    p_vx1: float = -8.8098e-06
    r_bx1: float = 13.276
    r_bx2: float = -13.778
    r_cx1: float = 1.2568
    r_ex1: float = 0.65225
    r_hx1: float = 0.0050722
    p_cy1: float = 1.3507
    p_dy1: float = 1.0489  # friction coefficient of the linear model
    p_ey1: float = -0.0074722
    p_ky1: float = -21.92
    r_by1: float = 7.1433
    r_by2: float = 9.1916
    r_by3: float = -0.027856
    r_cy1: float = 1.0719
    r_ey1: float = -0.27572
    r_hy1: float = 5.7448e-06
    r_vy1: float = -0.027825
    r_vy4: float = 12.12
    r_vy5: float = 1.9
    r_vy6: float = -10.704


class CommonRoadVehicle(NamedTuple):
    """One vehicle. Zero where a model does not need the value and the source has none."""

    length: float  # [m]
    width: float  # [m]
    front: float  # front axle ahead of the centre of gravity [m]
    rear: float  # rear axle behind it [m]
    min_steering: float  # [rad]
    max_steering: float
    min_steering_rate: float  # [rad/s]
    max_steering_rate: float
    min_speed: float  # [m/s]
    max_speed: float
    switch_speed: float  # above it the engine's power limits [m/s]
    max_acceleration: float  # [m/s^2]
    mass: float = 0.0  # [kg]
    yaw_inertia: float = 0.0  # [kg m^2]
    cog_height: float = 0.0  # of the sprung mass [m]
    wheel_radius: float = 0.0  # [m]
    wheel_inertia: float = 0.0  # of one axle [kg m^2]
    front_braking: float = 0.0  # share of the front axle
    front_drive: float = 0.0
    trailer_wheelbase: float = 0.0  # hitch to trailer axle [m]
    tyre: Tyre = Tyre()


FORD_ESCORT = CommonRoadVehicle(
    4.298, 1.674, 0.88392, 1.50876, -0.91, 0.91, -0.4, 0.4, -13.9, 45.8, 4.755, 11.5,
    1225.8878467253344, 1538.8533713561394, 0.59436, 0.344, 1.7, 0.76, 1.0,
)  # fmt: skip
BMW_320I = CommonRoadVehicle(
    4.508, 1.61, 1.1561957064, 1.4227170936, -1.066, 1.066, -0.4, 0.4, -13.9, 50.8, 7.319, 11.5,
    1093.2952334674046, 1791.5995300122856, 0.61373004, 0.344, 1.7, 0.66, 0.0,
)  # fmt: skip
VW_VANAGON = CommonRoadVehicle(
    4.569, 1.844, 1.1507916024, 1.3211363976000001, -1.023, 1.023, -0.4, 0.4, -11.2, 41.7, 7.824, 11.5,
    1478.8979637767998, 2473.1176915564442, 0.804490644, 0.344, 1.7, 0.64, 0.0,
)  # fmt: skip
TRUCK_WITH_TRAILER = CommonRoadVehicle(
    5.1, 2.55, 1.8, 1.8, -0.55, 0.55, -0.7103, 0.7103, -2.78, 22.22, 7.824, 11.5, trailer_wheelbase=8.1
)
