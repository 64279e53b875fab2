"""Typical road users in numbers: boxes, axles, masses and what they can do.

None of the sets is one particular product. Dimensions are those of common models of the class; limits of
mass and size are of Council Directive 96/53/EC where one is met. A set is a starting point: replace what
you know better (`dataclasses.replace`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simeval.scenario.agents import Bodies
from simeval.scenario.kinds import AgentKind
from simeval.vehicles.actuators import DriveLimits
from simeval.vehicles.air_brakes import UN_R13, AirBrake

__all__ = [
    "BICYCLE", "BUS", "CAR", "HYDRAULIC",
    "MOTORCYCLE", "PEDESTRIAN", "RIGID_TRUCK", "RIGID_TRUCK_EMPTY",
    "RIGID_TRUCK_FULL", "VAN", "DriveLimits", "Unit",
    "VehicleSet", "bodies_of",
]  # fmt: skip

HYDRAULIC = AirBrake(0.05, 0.1, 0.05)  # hydraulic brakes in the same terms: typical


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One body. Positions are along its heading from the centre of the box, positive forward [m]."""

    length: float
    width: float
    axles: tuple[float, ...]  # all of them, from the front
    axle: float  # where the rear axle, or the middle of the rear group, acts
    wheelbase: float  # from the front axle, or the coupling, to there
    front_hitch: float = 0.0
    rear_hitch: float = 0.0
    mass: float  # [kg]
    cog_height: float  # [m]


@dataclass(frozen=True, kw_only=True)
class VehicleSet:
    """A road user: its bodies from the front, its limits, and what the numbers rest on."""

    name: str
    kind: AgentKind
    units: tuple[Unit, ...]
    limits: DriveLimits
    articulation: tuple[float, ...] = ()  # hitch angle at which bodies touch, for each coupling [rad]
    source: str

    @property
    def mass(self) -> float:
        """Of the whole combination [kg]."""
        return sum(unit.mass for unit in self.units)


def bodies_of(vehicle: VehicleSet, agent: int = 0) -> Bodies:
    """The rows of the body table for one agent."""

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([getattr(unit, name) for unit in vehicle.units], dtype=np.float64)

    names = ("length", "width", "axle", "wheelbase", "front_hitch", "rear_hitch")
    owner = np.full(len(vehicle.units), agent, dtype=np.int64)
    return Bodies(agent=owner, **{name: column(name) for name in names})


def rigid(
    length: float, width: float, wheelbase: float, front_overhang: float, mass: float, cog_height: float
) -> Unit:
    """A body with two axles."""
    front = 0.5 * length - front_overhang
    return Unit(
        length=length, width=width, axles=(front, front - wheelbase), axle=front - wheelbase,
        wheelbase=wheelbase, mass=mass, cog_height=cog_height,
    )  # fmt: skip


CAR = VehicleSet(
    name="car", kind=AgentKind.CAR, units=(rigid(4.6, 1.85, 2.75, 0.9, 1550.0, 0.55),),
    limits=DriveLimits(4.0, 65.0, 9.0, 0.6, 0.8, 10.0, HYDRAULIC),
    source="a European mid-size estate with 100 kW at the wheels",
)  # fmt: skip
VAN = VehicleSet(
    name="van", kind=AgentKind.VAN, units=(rigid(5.95, 2.0, 3.65, 1.0, 2800.0, 0.85),),
    limits=DriveLimits(3.0, 36.0, 8.0, 0.6, 0.7, 10.0, HYDRAULIC),
    source="a 3.5 t panel van, half loaded, with 100 kW at the wheels",
)  # fmt: skip
BUS = VehicleSet(
    name="bus", kind=AgentKind.BUS, units=(rigid(12.0, 2.55, 5.9, 2.7, 15000.0, 1.2),),
    limits=DriveLimits(1.3, 13.0, 6.0, 0.75, 0.6, 5.0, UN_R13),
    source="a 12 m city bus, half full; width at the limit of 96/53/EC",
)  # fmt: skip
RIGID_TRUCK = VehicleSet(
    name="rigid-truck", kind=AgentKind.TRUCK, units=(rigid(9.6, 2.55, 5.3, 1.4, 15000.0, 1.4),),
    limits=DriveLimits(1.5, 13.0, 6.0, 0.7, 0.6, 5.0, UN_R13),
    source="an 18 t two-axle distribution truck, part loaded, with 195 kW at the wheels",
)  # fmt: skip
RIGID_TRUCK_EMPTY = VehicleSet(
    name="rigid-truck-empty", kind=AgentKind.TRUCK, units=(rigid(9.6, 2.55, 5.3, 1.4, 8500.0, 1.1),),
    limits=DriveLimits(2.0, 22.9, 6.3, 0.7, 0.6, 5.0, UN_R13),
    source="the same truck empty",
)  # fmt: skip
RIGID_TRUCK_FULL = VehicleSet(
    name="rigid-truck-full", kind=AgentKind.TRUCK, units=(rigid(9.6, 2.55, 5.3, 1.4, 18000.0, 1.6),),
    limits=DriveLimits(1.3, 10.8, 5.8, 0.7, 0.6, 5.0, UN_R13),
    source="the same truck at the 18 t of 96/53/EC, annex I, 2.3.1",
)  # fmt: skip
MOTORCYCLE = VehicleSet(
    name="motorcycle", kind=AgentKind.MOTORCYCLE, units=(rigid(2.15, 0.8, 1.45, 0.4, 290.0, 0.7),),
    limits=DriveLimits(6.0, 140.0, 8.0, 0.5, 1.5, 15.0, HYDRAULIC),
    source="a 200 kg roadster with 40 kW at the wheel and its rider; does not lean",
)  # fmt: skip
BICYCLE = VehicleSet(
    name="bicycle", kind=AgentKind.CYCLIST, units=(rigid(1.8, 0.65, 1.05, 0.35, 95.0, 1.1),),
    limits=DriveLimits(1.2, 2.0, 4.0, 0.6, 1.5, 10.0, AirBrake(0.0, 0.05, 0.05)),
    source="a city bicycle with an adult who gives 190 W",
)  # fmt: skip
PEDESTRIAN = VehicleSet(
    name="pedestrian", kind=AgentKind.PEDESTRIAN, units=(
        Unit(length=0.5, width=0.6, axles=(0.0,), axle=0.0, wheelbase=0.0, mass=75.0, cog_height=1.0),
    ),
    limits=DriveLimits(1.5, 15.0, 2.5, 0.0, 0.0, 20.0, AirBrake(0.0, 0.0, 0.0)),
    source="an adult; moves as a unicycle, a wheelbase of 0 cannot be steered",
)  # fmt: skip
