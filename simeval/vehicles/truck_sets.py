"""Two tractors with semitrailers, each empty and loaded.

European 4x2: 16.50 m overall, 12.00 m from the kingpin to the rear, at most 2.04 m from the kingpin to any
point of the front, 2.55 m wide, 40 t on five axles: Council Directive 96/53/EC, annex I, 1.1, 1.2, 1.6, 2.2
and 4.4. Axle positions, masses and heights are typical of a 3.7 m tractor and a curtain-sider with three
axles 1.31 m apart.

US 6x4 day cab: 53 ft by 102 in trailer (23 CFR 658.13, 658.15), 80,000 lb (23 CFR 658.17), kingpin 36 in
behind the front, 40 ft from the kingpin to the last axle (California Vehicle Code 35400), tandem axles 49
and 52 in apart. The rest is typical of a day cab with 187 in wheelbase and a dry van.

Braking holds the stopping distances of UN Regulation 13 (annex 4) and 49 CFR 571.121; a test computes both.
"""

from __future__ import annotations

from dataclasses import replace

from simeval.scenario.kinds import AgentKind
from simeval.vehicles.actuators import DriveLimits
from simeval.vehicles.air_brakes import FMVSS121_TRUCK, UN_R13
from simeval.vehicles.trailer_geometry import articulation_limit
from simeval.vehicles.vehicle_sets import Unit, VehicleSet

__all__ = ["EU_SEMITRAILER", "EU_SEMITRAILER_EMPTY", "US_SEMITRAILER", "US_SEMITRAILER_EMPTY"]

_EU_TRACTOR = Unit(
    length=5.95, width=2.55, axles=(1.575, -2.125), axle=-2.125, wheelbase=3.7, rear_hitch=-1.525,
    mass=7600.0, cog_height=1.0,
)  # fmt: skip
_EU_TRAILER = Unit(
    length=13.6, width=2.55, axles=(-1.19, -2.5, -3.81), axle=-2.5, wheelbase=7.7, front_hitch=5.2,
    mass=32400.0, cog_height=1.9,
)  # fmt: skip
_US_TRACTOR = Unit(
    length=7.32, width=2.59, axles=(2.39, -1.7, -3.02), axle=-2.36, wheelbase=4.75, rear_hitch=-2.06,
    mass=7700.0, cog_height=1.0,
)  # fmt: skip
_US_TRAILER = Unit(
    length=16.154, width=2.591, axles=(-3.785, -5.029), axle=-4.407, wheelbase=11.57, front_hitch=7.163,
    mass=28587.0, cog_height=2.0,
)  # fmt: skip

EU_SEMITRAILER = VehicleSet(
    name="eu-semitrailer", kind=AgentKind.TRUCK, units=(_EU_TRACTOR, _EU_TRAILER),
    limits=DriveLimits(1.0, 7.9, 5.6, 0.65, 0.5, 4.0, UN_R13),
    articulation=(articulation_limit(2.2, 1.25, 1.6, 1.275),),
    source="40 t, 315 kW at the wheels; see the module",
)  # fmt: skip
EU_SEMITRAILER_EMPTY = replace(
    EU_SEMITRAILER, name="eu-semitrailer-empty",
    units=(_EU_TRACTOR, replace(_EU_TRAILER, mass=6800.0, cog_height=1.2)),
    limits=DriveLimits(2.0, 21.9, 6.0, 0.65, 0.5, 5.0, UN_R13),
    source="14.4 t, 315 kW at the wheels; see the module",
)  # fmt: skip
US_SEMITRAILER = VehicleSet(
    name="us-semitrailer", kind=AgentKind.TRUCK, units=(_US_TRACTOR, _US_TRAILER),
    limits=DriveLimits(0.9, 8.3, 5.8, 0.65, 0.5, 4.0, FMVSS121_TRUCK),
    articulation=(articulation_limit(2.5, 1.2, 0.914, 1.2955),),
    source="80,000 lb, 300 kW at the wheels; see the module",
)  # fmt: skip
US_SEMITRAILER_EMPTY = replace(
    US_SEMITRAILER, name="us-semitrailer-empty",
    units=(_US_TRACTOR, replace(_US_TRAILER, mass=6600.0, cog_height=1.25)),
    limits=DriveLimits(1.8, 21.0, 6.3, 0.65, 0.5, 5.0, FMVSS121_TRUCK),
    source="14.3 t, 300 kW at the wheels; see the module",
)  # fmt: skip
