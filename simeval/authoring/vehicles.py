"""The vehicle table: what a `kind` of an authored road user looks like."""

from __future__ import annotations

from dataclasses import dataclass

from simeval.scenario import AgentKind

__all__ = ["VEHICLES", "Vehicle"]


@dataclass(frozen=True)
class Vehicle:
    """One row: size [m] and wheelbase [m] of a rigid road user; a wheelbase of 0 cannot be steered."""

    kind: AgentKind
    length: float
    width: float
    wheelbase: float


# Typical European sizes without mirrors; every one can be overridden by `size_m`.
VEHICLES: dict[str, Vehicle] = {
    "car": Vehicle(AgentKind.CAR, 4.6, 1.9, 2.7),
    "van": Vehicle(AgentKind.VAN, 5.9, 2.0, 3.7),
    "truck": Vehicle(AgentKind.TRUCK, 10.0, 2.5, 5.6),
    "bus": Vehicle(AgentKind.BUS, 12.0, 2.55, 5.9),
    "motorcycle": Vehicle(AgentKind.MOTORCYCLE, 2.2, 0.8, 1.45),
    "cyclist": Vehicle(AgentKind.CYCLIST, 1.8, 0.6, 1.05),
    "pedestrian": Vehicle(AgentKind.PEDESTRIAN, 0.5, 0.6, 0.0),
    "obstacle": Vehicle(AgentKind.STATIC, 1.0, 1.0, 0.0),
}
