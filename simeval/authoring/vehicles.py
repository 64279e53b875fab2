"""The vehicle table: what a `kind` of an authored road user looks like."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simeval.scenario import AgentKind, Bodies
from simeval.vehicles.truck_sets import EU_SEMITRAILER, US_SEMITRAILER
from simeval.vehicles.vehicle_sets import VehicleSet, bodies_of

__all__ = ["VEHICLES", "Vehicle"]


@dataclass(frozen=True)
class Vehicle:
    """One row: size [m] and wheelbase [m] of the first body; a wheelbase of 0 cannot be steered."""

    kind: AgentKind
    length: float
    width: float
    wheelbase: float
    combination: VehicleSet | None = None  # with everything it pulls

    @property
    def front(self) -> float:
        """From the centre of the first body to the front bumper [m]."""
        return 0.5 * self.length

    @property
    def tail(self) -> float:
        """From there to the rear end of the last body, when all stand in line [m]."""
        if self.combination is None:
            return 0.5 * self.length
        centre, units = 0.0, self.combination.units
        for before, unit in pairwise(units):
            centre += before.rear_hitch - unit.front_hitch
        return 0.5 * units[-1].length - centre

    @property
    def bodies(self) -> Bodies:
        """Rows of the body table, as of agent 0."""
        if self.combination is not None:
            return bodies_of(self.combination)
        return Bodies.single(np.array([self.length]), np.array([self.width]), np.array([self.wheelbase]))


def _combination(vehicle: VehicleSet) -> Vehicle:
    first = vehicle.units[0]
    return Vehicle(vehicle.kind, first.length, first.width, first.wheelbase, vehicle)


# Typical European sizes without mirrors; every one can be overridden by `size_m`, except of combinations.
VEHICLES: dict[str, Vehicle] = {
    "car": Vehicle(AgentKind.CAR, 4.6, 1.9, 2.7),
    "van": Vehicle(AgentKind.VAN, 5.9, 2.0, 3.7),
    "truck": Vehicle(AgentKind.TRUCK, 10.0, 2.5, 5.6),
    "semitrailer": _combination(EU_SEMITRAILER),
    "semitrailer_us": _combination(US_SEMITRAILER),
    "bus": Vehicle(AgentKind.BUS, 12.0, 2.55, 5.9),
    "motorcycle": Vehicle(AgentKind.MOTORCYCLE, 2.2, 0.8, 1.45),
    "cyclist": Vehicle(AgentKind.CYCLIST, 1.8, 0.6, 1.05),
    "pedestrian": Vehicle(AgentKind.PEDESTRIAN, 0.5, 0.6, 0.0),
    "obstacle": Vehicle(AgentKind.STATIC, 1.0, 1.0, 0.0),
}
